"""Articles as lines of JSON, which hold all of an article and give back just the same one."""

import json
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

from index.errors import Remedy, SourceError
from index.sources.folder import ArticlesRead
from index.types import Article, Refusal, RefusedKind

_FIELDS = tuple(field.name for field in fields(Article))
_REQUIRED = ("id", "title", "text")


def as_line(article: Article) -> str:
    """An article as one line of JSON, without a line break; fields that are None are left out."""
    values = {name: getattr(article, name) for name in _FIELDS}
    values |= {name: values[name] and values[name].isoformat() for name in ("published", "updated", "embargo")}
    values["private"] = article.private or None
    return json.dumps({name: value for name, value in values.items() if value is not None}, ensure_ascii=False)


def read_lines(file: Path, max_bytes: int) -> ArticlesRead:
    """Read the articles in a file of such lines; blank ones are skipped, and what is no article is refused by its line.

    `max_bytes` is the largest text, in UTF-8. Raises SourceError if the file cannot be read or holds no line.
    """
    articles, refused = list[Article](), list[Refusal]()
    for number, line in _lines_in(file):
        place = f"{file}, line {number}"
        try:
            article = _article_in(line)
        except ValueError as error:
            refused.append(Refusal(place, f"{place} is no article: {error}; mend it.", RefusedKind.FILE))
            continue
        if len(article.text.encode()) > max_bytes:
            cause = f"{place} has a text of more than {max_bytes:,} bytes; shorten it"
            refused.append(Refusal(place, cause, RefusedKind.FILE, Remedy.RAISE_LIMIT))
        else:
            articles.append(article)
    if not articles and not refused:
        raise SourceError(f"{file} holds no article; name a file with one as JSON in each line.")
    return ArticlesRead(tuple(articles), tuple(refused))


def _lines_in(file: Path) -> Iterator[tuple[int, bytes]]:
    try:
        with file.open("rb") as stream:
            yield from ((number, line) for number, line in enumerate(stream, start=1) if line.strip())
    except OSError as error:
        raise SourceError(f"{file} cannot be read ({error.strerror or error}); name another file.") from error


def _article_in(line: bytes) -> Article:
    """The article in a line. Raises ValueError with what is wrong."""
    try:
        values = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8") from None
    except (ValueError, RecursionError) as error:
        raise ValueError(f"it is not JSON ({getattr(error, 'msg', error)})") from None
    if not isinstance(values, dict):
        raise ValueError("it is not a JSON object")
    for name, value in values.items():
        if name not in _FIELDS:
            raise ValueError(f"no article has a field {name!r}")
        if name == "private":
            if not isinstance(value, bool):
                raise ValueError("its 'private' is neither true nor false")
            continue
        if not isinstance(value, str) and (value is not None or name in _REQUIRED):
            raise ValueError(f"its {name!r} is not a text")
        if value is not None and any("\ud800" <= character <= "\udfff" for character in value):
            raise ValueError(f"its {name!r} holds half a character")
    if missing := next((name for name in _REQUIRED if name not in values), None):
        raise ValueError(f"it has no {missing!r}")
    return Article(**values)
