"""Libraries, encoder, web and parser, opened as the settings have them."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path

from bot.settings import Settings
from bot.storage import records
from bot.storage.database import Database
from index import CrossEncoderReranker, Encoder, Library, Parser, SentenceTransformerEncoder, Web


def shared_encoder(settings: Settings) -> Callable[[], Encoder]:
    """Gives the encoder that every library of this process reads with; the first call loads it."""
    return cache(partial(SentenceTransformerEncoder, settings.embedding_model))


def open_base(settings: Settings, load_encoder: Callable[[], Encoder] | None = None) -> Library:
    """Open the base library in the data folder, or make it. Raises LibraryError."""
    return open_library(settings.data_dir, settings, load_encoder or shared_encoder(settings))


def open_library(
    folder: Path,
    settings: Settings,
    load_encoder: Callable[[], Encoder],
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Library:
    """Open the library in `folder`, or make it, as the settings have it. Raises LibraryError."""
    return Library.open(
        folder,
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
    return records.open_database(settings.data_dir, renew_seal=renew_seal)


def has_records(settings: Settings) -> bool:
    """Whether there are records, which are not made. Raises SettingsError and OutOfResources."""
    return records.has_records(settings.data_dir)


def open_web(settings: Settings) -> Web:
    """The web as the settings have it, to be entered."""
    return Web(max_bytes=settings.max_article_bytes)


def open_parser(settings: Settings) -> Parser:
    """What reads documents as the settings have it, to be closed."""
    return Parser(max_bytes=settings.max_article_bytes)
