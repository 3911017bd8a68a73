"""Which servers are this process's own: Discord gives each to one shard, and several processes share the shards."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

MOST = 100_000
"""The most shards that are believed. Discord gives each about a thousand servers."""

PATTERN = r"^\s*\d{1,6}(\s*-\s*\d{1,6})?(\s*,\s*\d{1,6}(\s*-\s*\d{1,6})?)*\s*$"
"""How shards are named: numbers and ranges, such as 0-7 or 0,2,4."""


@dataclass(frozen=True, slots=True)
class Shards:
    """The shards of this process among `count`; by default it has all that there are."""

    count: int = 1
    ids: tuple[int, ...] = (0,)

    @property
    def are_all(self) -> bool:
        """Whether no other process has any."""
        return len(self.ids) == self.count

    def have(self, server: int | None) -> bool:
        """Whether they are told of what happens in that server, or of direct messages, which belong to shard 0."""
        return ((server or 0) >> 22) % self.count in self.ids

    @property
    def title(self) -> str:
        """What the process with these shards is called, as in "shards 0-7 of 16"."""
        return f"shard{'s' if len(self.ids) > 1 else ''} {self} of {self.count}"

    def __str__(self) -> str:
        return ",".join(_range(first, last) for first, last in _runs(self.ids))


def shards_in(named: str) -> list[tuple[int, int]]:
    """The ranges that a text with PATTERN names, each with its first and its last shard."""
    ranges = [[int(number) for number in part.split("-")] for part in re.sub(r"\s", "", named).split(",")]
    return [(one[0], one[-1]) for one in ranges]


def _range(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}-{last}"


def _runs(ids: Iterable[int]) -> list[tuple[int, int]]:
    """The runs of numbers that follow one another."""
    runs: list[tuple[int, int]] = []
    for number in sorted(ids):
        if runs and runs[-1][1] == number - 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs
