"""Where an article came from. It parses the string `Article.source`; no other module does that."""

import os
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePath
from typing import Self

_UPLOAD = "upload: "
"""The `source` of an uploaded article begins with this; the name of the file follows."""


class OriginKind(StrEnum):
    """How an article came into the library. ELSEWHERE is any `source` that a user of the library made up."""

    FILE = "file"
    ADDRESS = "address"
    UPLOAD = "upload"
    PASTED = "pasted"
    SAMPLE = "sample"
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an article came from.

    `place` is the real path of a file, a web address, or the name of an uploaded file. It is "" for a pasted text and
    for the sample. For ELSEWHERE it is the whole `source`.
    """

    kind: OriginKind
    place: str = ""

    @classmethod
    def of(cls, source: str | None) -> Self:
        """Parse the `source` of an article."""
        if not source:
            return cls(OriginKind.ELSEWHERE)
        if source in (OriginKind.PASTED, OriginKind.SAMPLE):
            return cls(OriginKind(source))
        if source.startswith(_UPLOAD):
            return cls(OriginKind.UPLOAD, source.removeprefix(_UPLOAD))
        if is_address(source):
            return cls(OriginKind.ADDRESS, source)
        return cls(OriginKind.FILE if os.path.isabs(source) else OriginKind.ELSEWHERE, source)

    @property
    def source(self) -> str:
        """The string for `Article.source`."""
        if self.kind in (OriginKind.PASTED, OriginKind.SAMPLE):
            return self.kind.value
        return f"{_UPLOAD}{self.place}" if self.kind is OriginKind.UPLOAD else self.place

    @property
    def is_sample(self) -> bool:
        """Whether it is the bundled sample, which is removed when somebody adds the first articles of their own."""
        return self.kind is OriginKind.SAMPLE

    @property
    def is_known(self) -> bool:
        """Whether the article says where it came from."""
        return self != Origin(OriginKind.ELSEWHERE)

    @property
    def is_web(self) -> bool:
        """Whether the article was read from a web address."""
        return self.kind is OriginKind.ADDRESS

    @property
    def is_file(self) -> bool:
        """Whether the article was read from a file. The file may be gone by now."""
        return self.kind is OriginKind.FILE

    def is_within(self, place: str | Path) -> bool:
        """Whether it is the file `place`, or a file in the folder `place`. `place` must be a real path."""
        return self.is_file and Path(self.place).is_relative_to(place)

    def name(self, *, in_full: bool) -> str:
        """Its name in messages. With `in_full`, which is for the operator, a file is named with its folders."""
        if self.is_file and not in_full:
            return PurePath(self.place).name
        return self.source or "elsewhere"


def is_address(place: str) -> bool:
    """Whether `place` is a web address and not the path of a file."""
    return place.lower().startswith(("http://", "https://"))
