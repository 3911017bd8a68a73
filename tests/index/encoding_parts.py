"""A process that encodes parts of a library, for `test_parts.py`: any that nobody works on, until all are complete.

`python -m tests.index.encoding_parts URL SCHEMA PARTS [PASSAGES]`. It prints how many passages it has read. After so
many PASSAGES it prints a line instead, and stands still until it is killed.
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime

import index.parts
from index import BASE, Article, Change, Library, LibraryBusy, Staging, begin_parts, encode_part, seen_in
from index.encoding.encoder import PassageEncoding, PassageText
from index.storage.postgres.engine import PostgresEngine
from tests.encoder import WordEncoder
from tests.index.town import crew

STORIES = 64


def stories(edition: str = "grey") -> list[Article]:
    """Articles of six passages each; the last one is in all of them."""
    return [
        Article(f"story-{n}", f"Story {n}", " ".join([*(crew(10 * n + k, edition) for k in range(9)), *EVERYWHERE]))
        for n in range(STORIES)
    ]


EVERYWHERE = [crew(n, "blue") for n in range(10_000, 10_003)]


class StandingStill(WordEncoder):
    """Stands still after so many passages."""

    def __init__(self, passages: int) -> None:
        super().__init__()
        self._left = passages

    def encode_passages(self, passages: Sequence[PassageText]) -> Iterator[tuple[int, PassageEncoding]]:
        for found in super().encode_passages(passages):
            if self._left == 0:
                print("stands still", flush=True)  # noqa: T201
                sys.stdin.read()
            self._left -= 1
            yield found


def begun(library: Library, staging: Staging, parts: int, encoder: WordEncoder) -> index.parts.StagingPlan:
    """The parts of the stories, begun by whoever comes first."""
    return begin_parts(library, staging, parts, lambda: encoder, lambda: (seen_in((), Change((*stories(),))), ()))


def work(url: str, schema: str, parts: int, encoder: WordEncoder) -> int:
    """Encode every part that nobody works on, until all are complete. Returns how many passages were read."""
    index.parts.BATCH = 2
    read = 0
    with closing(PostgresEngine(url, schema=schema)) as engine:
        staging = engine.staging(BASE)
        with Library.open_in(engine, BASE, load_encoder=lambda: encoder, clock=lambda: datetime.now(UTC)) as library:
            plan = begun(library, staging, parts, encoder)
            while left := [state for state in staging.states(plan) if not (state.is_complete or state.holder)]:
                for state in left:
                    with suppress(LibraryBusy):
                        read += encode_part(library, staging, plan, state.number, lambda: encoder).passages_read
    return read


if __name__ == "__main__":
    place, own_schema, count, *most = sys.argv[1:]
    reader = StandingStill(int(most[0])) if most else WordEncoder()
    print(work(place, own_schema, int(count), reader), flush=True)  # noqa: T201
