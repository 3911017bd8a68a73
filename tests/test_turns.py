import threading
from pathlib import Path

from tests.turns import turn


class Runs:
    """Tests that begin at once, each in a thread, and end when they are told."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._threads: list[threading.Thread] = []
        self._ends: dict[str, threading.Event] = {}
        self._begun: dict[str, threading.Event] = {}
        self.order: list[str] = []

    def start(self, name: str, *, alone: bool) -> None:
        self._ends[name], self._begun[name] = threading.Event(), threading.Event()
        thread = threading.Thread(target=self._run, args=(name, alone))
        thread.start()
        self._threads.append(thread)

    def begins(self, name: str, within: float = 30) -> bool:
        return self._begun[name].wait(within)

    def end(self, name: str) -> None:
        self._ends[name].set()

    def end_all(self) -> None:
        for end in self._ends.values():
            end.set()
        for thread in self._threads:
            thread.join()

    def _run(self, name: str, alone: bool) -> None:
        with turn(self._folder, alone=alone):
            self.order.append(name)
            self._begun[name].set()
            self._ends[name].wait(30)


def test_tests_run_side_by_side_and_one_that_wants_to_be_alone_waits_for_them_and_is_not_overtaken(
    tmp_path: Path,
) -> None:
    runs = Runs(tmp_path)
    runs.start("one", alone=False)
    runs.start("another", alone=False)
    assert runs.begins("one") and runs.begins("another")
    runs.start("alone", alone=True)
    assert not runs.begins("alone", within=0.1)
    runs.start("later", alone=False)
    runs.end("one")
    assert not runs.begins("alone", within=0.1) and not runs.begins("later", within=0.1)
    runs.end("another")
    assert runs.begins("alone")
    assert not runs.begins("later", within=0.1)
    runs.end("alone")
    assert runs.begins("later")
    runs.end_all()
    assert runs.order[2:] == ["alone", "later"]


def test_a_turn_ends_with_a_test_that_fails(tmp_path: Path) -> None:
    try:
        with turn(tmp_path, alone=True):
            raise ValueError
    except ValueError:
        pass
    with turn(tmp_path, alone=True):
        pass
