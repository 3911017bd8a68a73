"""The base library: the operator's own articles, from ARTICLES_DIR or the command line; until then the sample."""

import asyncio
import os
from collections.abc import Collection
from datetime import datetime
from pathlib import Path

from bot.errors import SettingsError
from bot.settings import Settings
from index import (
    Change,
    Library,
    OnProgress,
    Parser,
    SourceError,
    Web,
    overlapping,
    read_all,
    read_folder,
    read_folder_source,
    read_whole_folder,
    sample_articles,
    seen_in,
    together,
)


def first_articles(settings: Settings, parser: Parser) -> tuple[Change, str]:
    """What a new base library starts with, and where that comes from: ARTICLES_DIR, else the bundled sample."""
    if settings.articles_dir:
        reading = read_folder(settings.articles_dir, parser)
        return seen_in((), Change(reading.articles, refused=reading.refused)), str(settings.articles_dir)
    return seen_in((), Change(sample_articles())), "the bundled sample story"


def read_folder_to_add(
    library: Library, folder: Path, settings: Settings, parser: Parser, *, private: bool = False
) -> Change:
    """The articles of a folder that is to become a source. Raises SourceError."""
    if not os.path.exists(folder):
        raise SourceError(
            f"There is no folder {str(folder)!r}; name one that is there, or a web address in full, such as "
            "https://news.example.org/feed."
        )
    if settings.articles_dir and overlapping(folder, [settings.articles_dir]):
        raise SourceError(
            f"{folder} overlaps ARTICLES_DIR, {settings.articles_dir}, which every `pullquote reindex` reads already; "
            "name a folder apart from it."
        )
    return read_folder_source(library, folder, parser, private=private)


def read_articles_dir(library: Library, settings: Settings, parser: Parser) -> Change:
    """The change to what ARTICLES_DIR holds now: brings its articles in, and removes those that are gone.

    Articles that were removed by hand are not brought in again. Articles from elsewhere stay, also if an article in
    ARTICLES_DIR has the same id, and so do articles whose files are there but cannot be read. Raises SourceError if
    the folder has no article left while the library has some from it, and SettingsError if it overlaps a source.
    """
    folder = settings.articles_dir
    if folder is None:
        return Change()
    sources = [Path(source.address) for source in library.sources() if source.kind == "folder"]
    if source := overlapping(folder, sources):
        raise SettingsError(
            f"ARTICLES_DIR, {folder}, overlaps the source {source}, so files would be read twice; set another folder, "
            f"or run `pullquote sources remove {source}` first."
        )
    remedy = "check ARTICLES_DIR, or take articles out with `pullquote articles remove`"
    return read_whole_folder(library, folder, parser, remedy=remedy)


async def read_everything(
    library: Library,
    settings: Settings,
    web: Web,
    parser: Parser,
    *,
    remove_missing: Collection[str] = (),
    seconds: float | None = None,
    on_progress: OnProgress | None = None,
    now: datetime | None = None,
) -> Change:
    """The change to what ARTICLES_DIR and all sources hold now. Raises SourceError, SettingsError."""
    change = await asyncio.to_thread(read_articles_dir, library, settings, parser)
    of_sources = await read_all(
        library, web, parser, remove_missing=remove_missing, seconds=seconds, on_progress=on_progress, now=now
    )
    return together(change, of_sources)


def has_sources(library: Library, settings: Settings) -> bool:
    """Whether the base library has ARTICLES_DIR or a source to read."""
    return settings.articles_dir is not None or bool(library.sources())
