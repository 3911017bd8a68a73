"""Reads articles from files and folders. A file that cannot be read is reported and skipped; the rest is still read."""

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from index.errors import ArticleError, SourceError
from index.naming import printable
from index.resources import shortage
from index.sources.document import ARTICLE_SUFFIXES, DOCUMENT_SUFFIXES, not_an_article, read_document
from index.sources.limits import too_large
from index.sources.parser import Parser
from index.types import Article, Refusal, RefusedKind


@dataclass(frozen=True, slots=True)
class ArticlesRead:
    """The articles that were read, in the order of their files, and the files that were refused, with the reason."""

    articles: tuple[Article, ...] = ()
    refused: tuple[Refusal, ...] = ()


def read_folder(path: Path, parser: Parser) -> ArticlesRead:
    """Read a folder and all folders in it, sorted by path. Hidden files and other types of file are skipped.

    Raises SourceError if `path` is not a folder or may not be read. (An empty result would mean that all articles are
    gone.)
    """
    try:
        os.scandir(path).close()
    except (OSError, ValueError) as error:
        raise shortage(error) or SourceError(
            f"{printable(str(path))} cannot be read as a folder ({_cause(error)}): "
            "name a folder that is there and that this user may read."
        ) from error
    return read_paths([path], parser)


def read_paths(paths: Sequence[Path], parser: Parser) -> ArticlesRead:
    """Read files, and folders with all folders in them. Each file is read once, even if several links lead to it.

    An article's id is the one in its front matter. Without one, it is the file's path inside the folder, without the
    ending, or the file's name without the ending if the file itself was given. Its source is the real path of the file,
    with links resolved.
    """
    taken: dict[str, tuple[Article, str]] = {}
    refused: list[Refusal] = []
    visited: set[str] = set()
    for root in paths:
        for path in _walk(root, visited, refused):
            name = printable(str(path))
            try:
                article = _read_file(path, root, parser)
                if article.id in taken:
                    raise ArticleError(
                        f"{name} has the id “{article.id}”, which {taken[article.id][1]} has already: "
                        "give one of them another id in its front matter, or remove one."
                    )
            except ArticleError as error:
                refused.append(Refusal.of(name, error, RefusedKind.FILE))
            else:
                taken[article.id] = article, name
    return ArticlesRead(tuple(article for article, _ in taken.values()), tuple(refused))


def _walk(root: Path, visited: set[str], refused: list[Refusal]) -> Iterator[Path]:
    """Yield `root` if it is a file, else the files of articles under it, in order. Unreadable paths go to `refused`.

    Links are followed. Every real path is added to `visited` and visited only once, so a loop of links ends.
    """
    waiting = [root]
    while waiting:
        path = waiting.pop()
        try:
            is_folder = stat.S_ISDIR(path.stat().st_mode)
            real = os.path.realpath(path)
            inside = sorted(path.iterdir(), reverse=True) if is_folder and real not in visited else []
        except (OSError, ValueError) as error:  # ValueError: a null character in the path
            name = printable(str(path))
            refused.append(Refusal.of(name, _unreadable(name, error), RefusedKind.FILE))
            continue
        waiting += [child for child in inside if not child.name.startswith(".")]
        is_wanted = path == root or path.suffix.lower() in ARTICLE_SUFFIXES
        if not is_folder and is_wanted and real not in visited:
            yield path
        visited.add(real)


def _read_file(path: Path, root: Path, parser: Parser) -> Article:
    name, max_bytes = str(path), parser.max_bytes
    if path.suffix.lower() not in DOCUMENT_SUFFIXES:
        raise not_an_article(name)
    if not path.is_file():  # opening a pipe would wait until somebody writes to it
        raise ArticleError(f"{printable(name)} is a pipe, a socket or a device: save the article as an ordinary file.")
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size > max_bytes:
                raise too_large(name, size, max_bytes)
            data = file.read(max_bytes + 1)
    except OSError as error:
        raise _unreadable(name, error) from error
    inside = path.relative_to(root) if path != root else Path(path.name)
    task = partial(
        read_document,
        data,
        name,
        article_id=printable(inside.with_suffix("").as_posix()),
        source=printable(os.path.realpath(path)),
        max_bytes=max_bytes,
    )
    return parser.run(task, name)


def _unreadable(name: str, error: OSError | ValueError) -> ArticleError:
    """The error for a file that cannot be read. Raises OutOfResources if the machine is the reason and not the file."""
    if short := shortage(error):
        raise short from error
    return ArticleError(
        f"{printable(name)} cannot be read ({_cause(error)}): check that it is there and that this user may read it."
    )


def _cause(error: OSError | ValueError) -> str:
    """The system's own words for `error`, without its number and the path."""
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
