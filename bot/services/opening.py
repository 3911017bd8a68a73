"""Libraries, encoder, web and parser, opened as the settings have them."""

import contextlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache, partial

from bot.settings import Settings
from bot.storage import records
from bot.storage.database import Database
from index import (
    BASE,
    CrossEncoderReranker,
    Encoder,
    Engine,
    Library,
    Parser,
    SentenceTransformerEncoder,
    Web,
    open_engine,
)


def shared_encoder(settings: Settings) -> Callable[[], Encoder]:
    """Gives the encoder that every library of this process reads with; the first call loads it."""
    return cache(partial(SentenceTransformerEncoder, settings.embedding_model))


def opened_engine(settings: Settings) -> contextlib.closing[Engine]:
    """What holds the libraries: the database at DATABASE_URL, or else the data folder. Raises LibraryError."""
    return contextlib.closing(open_engine(settings.libraries_at))


@contextlib.contextmanager
def open_base(
    settings: Settings, load_encoder: Callable[[], Encoder] | None = None, engine: Engine | None = None
) -> Iterator[Library]:
    """Open the base library, or make it, and close it at the end. Raises LibraryError.

    Without an `engine`, one is opened for it as the settings have it.
    """
    with contextlib.ExitStack() as stack:
        engine = engine or stack.enter_context(opened_engine(settings))
        yield stack.enter_context(open_library(engine, BASE, settings, load_encoder or shared_encoder(settings)))


def open_library(
    engine: Engine,
    name: str,
    settings: Settings,
    load_encoder: Callable[[], Encoder],
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Library:
    """Open the library of that name, or make it, as the settings have it. Raises LibraryError."""
    return Library.open_in(
        engine,
        name,
        load_encoder=load_encoder,
        load_reranker=partial(CrossEncoderReranker, settings.reranker_model) if settings.reranker_model else None,
        learned_ranking=settings.learned_ranking,
        learned_reading=settings.learned_reading,
        threshold=settings.answer_threshold,
        clock=clock,
        opinion_sections=settings.opinion_names,
    )


def open_records(settings: Settings, *, renew_seal: bool = False) -> Database:
    """Open the records, or make them. Raises SettingsError and OutOfResources; `records.open_database` says when."""
    return records.open_database(settings.data_dir, _url_of(settings), renew_seal=renew_seal)


def has_records(settings: Settings) -> bool:
    """Whether there are records, which are not made. Raises SettingsError and OutOfResources."""
    return records.has_records(settings.data_dir, _url_of(settings))


def open_web(settings: Settings) -> Web:
    """The web as the settings have it, to be entered."""
    return Web(max_bytes=settings.max_article_bytes)


def open_parser(settings: Settings) -> Parser:
    """What reads documents as the settings have it, to be closed."""
    return Parser(max_bytes=settings.max_article_bytes)


def _url_of(settings: Settings) -> str | None:
    return settings.database_url.get_secret_value() if settings.database_url else None
