"""Files and folders -> Articles. What cannot be read is named and left out; it never stops the rest."""

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
    """The articles that were read, in the order of their files, and what was refused, by file, and why."""

    articles: tuple[Article, ...] = ()
    refused: tuple[Refusal, ...] = ()


def read_folder(path: Path, parser: Parser) -> ArticlesRead:
    """The articles of a folder and of the folders in it, sorted by path; hidden ones and other types are passed over.

    Raises SourceError if `path` is no folder, or one that may not be read: an empty reading would say that every
    article is gone.
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
    """The articles of files, and of folders and the folders in them; each file once, however many ways lead to it.

    An article's id is the one in its front matter, else its path inside the folder without the ending; for a file
    named itself, its name without the ending. Its source is the path that its links resolve to.
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
    """`root` if it is a file, else the articles under it, in order. Adds what it could not look at to `refused`.

    Links are followed, and what they resolve to is added to `visited` and visited once, so no loop of them goes on.
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
    if not path.is_file():  # opening a pipe would wait for whoever writes to it
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
    """What to say of a file. Raises OutOfResources where nothing is wrong with it, and none would fare better."""
    if short := shortage(error):
        raise short from error
    return ArticleError(
        f"{printable(name)} cannot be read ({_cause(error)}): check that it is there and that this user may read it."
    )


def _cause(error: OSError | ValueError) -> str:
    """The system's own words for `error`, without its number and the path."""
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
