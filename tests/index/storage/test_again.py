"""What the loss of a server has cut off is read again, once and from the beginning."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from index import BASE, EmbeddedEngine, Library, LibraryBusy, LibraryUnreachable
from index.storage.again import again
from index.storage.embedded import EmbeddedSnapshot, EmbeddedStorage
from index.storage.seam import Storage
from tests.encoder import WordEncoder
from tests.index.town import ARTICLES


class Failing:
    """An engine whose server is lost in the middle of so many readings."""

    def __init__(self, folder: Path) -> None:
        self.left = 0
        self.readings = 0
        failing = self

        class Lost(EmbeddedStorage):
            @contextmanager
            def reading(self, *, whole: bool = False) -> Iterator[EmbeddedSnapshot]:
                with super().reading(whole=whole) as snapshot:
                    failing.readings += 1
                    yield snapshot
                    if failing.left:
                        failing.left -= 1
                        raise LibraryUnreachable("The connection was lost")

        class Engine(EmbeddedEngine):
            def open(self, name: str, clock: Callable[[], datetime]) -> Storage:
                return Lost(folder, clock)

        self.engine = Engine(folder)


@pytest.fixture
def failing(folder: Path) -> Failing:
    return Failing(folder)


@pytest.fixture
def town(failing: Failing) -> Iterator[Library]:
    with Library.open_in(
        failing.engine, BASE, load_encoder=WordEncoder, threshold=0.0, clock=lambda: datetime(2030, 1, 1, tzinfo=UTC)
    ) as library:
        library.update(ARTICLES)
        yield library


QUESTION = "What did engineers find in the cables?"

READINGS: dict[str, Callable[[Library], object]] = {
    "ask": lambda library: [quote.text for quote in library.ask(QUESTION, never=iter(())).quotes],
    "explain": lambda library: [quote.text for quote in library.explain(QUESTION, never=iter(())).answer.quotes],
    "verify": lambda library: library.verify(ARTICLES[0].text[:90]).verdict,
}


@pytest.mark.parametrize("reading", READINGS.values(), ids=READINGS)
def test_what_is_asked_is_answered_though_the_server_was_lost_once(
    town: Library, failing: Failing, reading: Callable[[Library], object]
) -> None:
    expected = reading(town)
    before, failing.left = failing.readings, 1
    assert reading(town) == expected
    assert (failing.readings - before, failing.left) == (2, 0)


@pytest.mark.parametrize("reading", READINGS.values(), ids=READINGS)
def test_where_the_server_stays_away_that_is_said_after_the_second_time(
    town: Library, failing: Failing, reading: Callable[[Library], object]
) -> None:
    before, failing.left = failing.readings, 9
    with pytest.raises(LibraryUnreachable):
        reading(town)
    assert failing.readings - before == 2


def test_what_else_goes_wrong_is_not_tried_again() -> None:
    calls = list[int]()

    def read() -> None:
        calls.append(1)
        raise LibraryBusy("Another process is updating it.")

    with pytest.raises(LibraryBusy):
        again(read)
    assert calls == [1]
