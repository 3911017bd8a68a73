"""Reads JSON files of records. Every error names the file and the place, so that it can be found and corrected."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from index.errors import SourceError
from index.types import Span

T = TypeVar("T")

_KINDS = {str: "a text", bool: "true or false", int: "a whole number", list: "a list"}


@dataclass(frozen=True, slots=True)
class Record:
    """A JSON object and its place in a file, which errors name."""

    values: dict[str, Any]
    place: str

    def get(self, name: str, kind: type[T], default: T | None = None) -> T:
        """The value under `name`, or `default` if there is none. Raises SourceError for a value of another type."""
        value = self.values.get(name)
        if value is None and default is not None:
            return default
        if not isinstance(value, kind):
            raise self.fault(f"has no {name!r} that is {_KINDS[kind]}; mend it")
        return value

    def records(self, name: str) -> list["Record"]:
        """The JSON objects in the list under `name`."""
        values: list[Any] = self.get(name, list)
        return [_record(value, f"{self.place}, {name} {number}") for number, value in enumerate(values, start=1)]

    def span(self, name: str, default: Span) -> Span:
        """The two numbers under `name`."""
        match self.get(name, list, [default.start, default.end]):
            case [int(start), int(end)]:
                return Span(start, end)
        raise self.fault(f"has no {name!r} that is two whole numbers; mend it")

    def fault(self, what: str) -> SourceError:
        """The error for something wrong in the record."""
        return SourceError(f"{self.place} {what}.")


def _record(value: object, place: str) -> Record:
    if not isinstance(value, dict):
        raise SourceError(f"{place} is not a JSON object; mend it.")
    return Record(value, place)


def lines_of(path: Path) -> Iterator[Record]:
    """The JSON objects of a file, one per line; blank lines are skipped. Raises SourceError."""
    for number, line in enumerate(_text_of(path).split("\n"), start=1):
        if line.strip():
            yield _parse(line, path, number)


def read_record(path: Path) -> Record:
    """Read a file that is one JSON object. Raises SourceError."""
    return _parse(_text_of(path), path)


def _parse(text: str, path: Path, line: int | None = None) -> Record:
    """Parse the JSON object in a whole file, or in line `line` of it."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        number = line or getattr(error, "lineno", 1)
        raise SourceError(f"{path}, line {number} is not JSON ({getattr(error, 'msg', error)}); mend it.") from error
    return _record(value, f"{path}, line {line}" if line else str(path))


def _text_of(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SourceError(f"{path} cannot be read ({error.strerror}); name a folder that holds it.") from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        number = content.count(b"\n", 0, error.start) + 1
        raise SourceError(f"{path}, line {number} is not UTF-8; save the file as UTF-8.") from error
