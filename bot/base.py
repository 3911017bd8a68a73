"""The base library: the operator's own articles, from ARTICLES_DIR or the command line; until then the sample."""

import asyncio
import os
from collections.abc import Callable, Iterable, Sequence
from functools import cache, partial
from pathlib import Path

from bot.errors import SettingsError
from bot.settings import Settings
from index import (
    SAMPLE,
    Article,
    ArticleError,
    CrossEncoderReranker,
    Encoder,
    Known,
    Library,
    Progress,
    Reading,
    Refreshed,
    Refusal,
    SentenceTransformerEncoder,
    Source,
    SourceError,
    Web,
    fetch_article,
    find_source,
    read_folder,
    read_paths,
    refresh,
    sample_articles,
)

OnProgress = Callable[[Progress], None]


def shared_encoder(settings: Settings) -> Callable[[], Encoder]:
    """Gives the encoder that every library of this process reads with; the first call loads it."""
    return cache(partial(SentenceTransformerEncoder, settings.embedding_model))


def open_base(settings: Settings, load_encoder: Callable[[], Encoder] | None = None) -> Library:
    """Open the base library in the data folder, or make it. Raises LibraryError."""
    return open_library(settings.data_dir, settings, load_encoder or shared_encoder(settings))


def open_library(folder: Path, settings: Settings, load_encoder: Callable[[], Encoder]) -> Library:
    """Open the library in `folder`, or make it, as the settings have it. Raises LibraryError."""
    return Library.open(
        folder,
        load_encoder=load_encoder,
        load_reranker=partial(CrossEncoderReranker, settings.reranker_model) if settings.reranker_model else None,
        learned_ranking=settings.learned_ranking,
        threshold=settings.answer_threshold,
    )


def read_first(settings: Settings) -> tuple[Reading, str]:
    """What a new base library starts with, and where that comes from: ARTICLES_DIR, else the bundled sample."""
    if settings.articles_dir:
        return read_folder(settings.articles_dir, max_bytes=settings.max_article_bytes), str(settings.articles_dir)
    return Reading(sample_articles()), "the bundled sample story"


def read_new(library: Library, paths: Sequence[Path], settings: Settings) -> Reading:
    """The articles of `paths`. One whose id belongs to an article from elsewhere is refused: it would replace it."""
    reading = read_paths(paths, max_bytes=settings.max_article_bytes)
    return _without_taken_ids(reading, [article for article in library.articles() if article.source != SAMPLE])


def read_addresses(library: Library, addresses: Sequence[str], settings: Settings) -> Reading:
    """The articles of web pages; those that cannot be read are named. None replaces an article from a file."""

    async def read() -> Reading:
        articles, refused = list[Article](), list[Refusal]()
        async with Web(max_bytes=settings.max_article_bytes) as web:
            for address in addresses:
                try:
                    articles.append(await fetch_article(web, address))
                except (SourceError, ArticleError) as error:
                    refused.append(Refusal(address, str(error)))
        return Reading(tuple(articles), tuple(refused))

    return _without_taken_ids(asyncio.run(read()), _from_files(library))


def read_source(library: Library, address: str, settings: Settings) -> Refreshed:
    """What the source at `address` holds, for a library that does not know it. Raises SourceError."""

    async def read() -> Refreshed:
        async with Web(max_bytes=settings.max_article_bytes) as web:
            if web.check(address) in {source.address for source in library.sources()}:
                raise SourceError(f"{address} is a source already; `pullquote reindex` reads it again.")
            return await refresh(web, _known(library), [await find_source(web, address)])

    refreshed = asyncio.run(read())
    if problem := refreshed.results[0].problem:
        raise SourceError(problem)
    return refreshed


def read_sources(
    library: Library, settings: Settings, *, remove_missing: bool, on_progress: OnProgress | None = None
) -> Refreshed:
    """What all sources of the library hold now."""

    async def read() -> Refreshed:
        async with Web(max_bytes=settings.max_article_bytes) as web:
            return await refresh(web, _known(library), remove_missing=remove_missing, on_progress=on_progress)

    return asyncio.run(read()) if library.sources() else Refreshed()


def without_files_ids(library: Library, refreshed: Refreshed) -> Reading:
    """The articles of sources; those whose id belongs to an article from a file are refused."""
    return _without_taken_ids(Reading(refreshed.articles, refreshed.refused), _from_files(library))


def known_source(library: Library, address: str) -> Source:
    """The source of that address. Raises SourceError when it is none of the library's."""
    for source in library.sources():
        if source.address == address.strip():
            return source
    raise SourceError(f"{address} is no source of this library; `pullquote sources list` shows those that are.")


def articles_of(library: Library, source: Source) -> tuple[str, ...]:
    """The ids of the articles that come from that source and from no other."""
    pages = library.source_pages()
    others = {page.article_id for page in pages if page.source != source.address}
    own = dict.fromkeys(page.article_id for page in pages if page.source == source.address and page.article_id)
    return tuple(article_id for article_id in own if article_id not in others)


def _known(library: Library) -> Known:
    return Known(library.articles(), library.sources(), library.source_pages())


def _from_files(library: Library) -> list[Article]:
    return [a for a in library.articles() if a.source and a.source != SAMPLE and not is_address(a.source)]


def is_address(place: str) -> bool:
    """Whether articles are to be read from the web there, not from a file."""
    return place.lower().startswith(("http://", "https://"))


def read_articles_dir(library: Library, settings: Settings) -> tuple[Reading, tuple[str, ...]]:
    """The articles in ARTICLES_DIR, and the ids of those in the library that are there no more.

    What was added from elsewhere stays, also where an article in ARTICLES_DIR has its id, and so does an article whose
    file is still there but cannot be read. Raises SettingsError without ARTICLES_DIR, and SourceError for one without
    a single article while the library has some.
    """
    folder = settings.articles_dir
    if folder is None:
        raise SettingsError(
            "ARTICLES_DIR is not set, so there is no folder to read; set it in .env, or use `pullquote articles add` "
            "or `pullquote sources add`."
        )
    reading = read_folder(folder, max_bytes=settings.max_article_bytes)
    found = {article.id for article in reading.articles}
    unread = [os.path.realpath(refusal.name) for refusal in reading.refused]
    gone = [a for a in library.articles() if a.id not in found and _is_from(a, folder) and not _is_from(a, *unread)]
    if gone and not found:
        raise SourceError(
            f"{folder} holds no article that can be read, so nothing was removed; check ARTICLES_DIR, or take articles "
            "out with `pullquote articles remove`."
        )
    elsewhere = [a for a in library.articles() if a.source and os.path.exists(a.source) and not _is_from(a, folder)]
    reading = _without_taken_ids(reading, elsewhere)
    return reading, (*(article.id for article in gone), *retired_by(library, reading))


def retired_by(library: Library, reading: Reading) -> tuple[str, ...]:
    """The ids of what makes way for the articles read: the sample, for the first of them, and a file's former id."""
    if not reading.articles:
        return ()
    found = {article.id for article in reading.articles}
    files = {article.source for article in reading.articles if article.source and os.path.isfile(article.source)}
    others = (article for article in library.articles() if article.id not in found)
    return tuple(article.id for article in others if article.source == SAMPLE or article.source in files)


def _without_taken_ids(reading: Reading, others: Iterable[Article]) -> Reading:
    """`reading` with those articles refused that would replace another one of `others`, for its id alone."""
    held = {article.id: article for article in others}
    taken, refused = [], list(reading.refused)
    for article in reading.articles:
        other = held.get(article.id)
        if other is None or other.source == article.source or other.text == article.text:
            taken.append(article)
        else:
            reason = (
                f"{article.source} has the id {article.id!r}, which the article from {other.source} has already; put "
                f"another `id:` into its front matter, or run `pullquote articles remove {article.id}` first."
            )
            refused.append(Refusal(article.source or article.id, reason))
    return Reading(tuple(taken), tuple(refused))


def _is_from(article: Article, *places: str | Path) -> bool:
    """Whether the article was read from one of the files or folders `places`."""
    source = article.source
    return source is not None and any(Path(source).is_relative_to(os.path.realpath(place)) for place in places)
