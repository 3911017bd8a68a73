"""Where an article came from: what the one string of its `source` means. No other module reads that string."""

import os
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePath
from typing import Self

_UPLOAD = "upload: "
"""How the `source` of an article begins that came as a file, before its name."""


class OriginKind(StrEnum):
    """The ways an article comes in; ELSEWHERE are those that whoever uses the library has made up."""

    FILE = "file"
    ADDRESS = "address"
    UPLOAD = "upload"
    PASTED = "pasted"
    SAMPLE = "sample"
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an article came from.

    `place` is the real path of a file, a web address, or the name of an upload; "" for a text that was pasted and for
    the sample. From elsewhere it is whatever `source` says.
    """

    kind: OriginKind
    place: str = ""

    @classmethod
    def of(cls, source: str | None) -> Self:
        """What the `source` of an article means."""
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
        """How an article stores it as its `source`."""
        if self.kind in (OriginKind.PASTED, OriginKind.SAMPLE):
            return self.kind.value
        return f"{_UPLOAD}{self.place}" if self.kind is OriginKind.UPLOAD else self.place

    @property
    def is_sample(self) -> bool:
        """Whether it is the bundled sample, which makes way for the first articles of somebody's own."""
        return self.kind is OriginKind.SAMPLE

    @property
    def is_known(self) -> bool:
        """Whether the article says anything of where it came from."""
        return self != Origin(OriginKind.ELSEWHERE)

    @property
    def is_web(self) -> bool:
        """Whether the article was read from a web address."""
        return self.kind is OriginKind.ADDRESS

    @property
    def is_file(self) -> bool:
        """Whether the article was read from a file, which need not be there any more."""
        return self.kind is OriginKind.FILE

    def is_within(self, place: str | Path) -> bool:
        """Whether it is the file `place`, or one in the folder `place`; a real path."""
        return self.is_file and Path(self.place).is_relative_to(place)

    def name(self, *, in_full: bool) -> str:
        """How messages name it. Only `in_full`, for the operator, with the folders that a file is in."""
        if self.is_file and not in_full:
            return PurePath(self.place).name
        return self.source or "elsewhere"


def is_address(place: str) -> bool:
    """Whether articles are to be read from the web there, not from a file."""
    return place.lower().startswith(("http://", "https://"))
