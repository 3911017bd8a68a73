"""What is done by which of several processes."""

from pathlib import Path

import pytest

from bot.services.duties import EVERYTHING, Duties
from bot.services.leadership import Leadership
from bot.services.libraries import Libraries
from bot.shards import Shards
from index import BASE, EmbeddedEngine, Engine, Library
from tests.bot.conftest import Follows
from tests.encoder import WordEncoder

EVEN, ODD = 4 << 22, 5 << 22


def test_a_process_that_is_alone_does_everything() -> None:
    assert EVERYTHING.leads
    assert all(EVERYTHING.has(server) and EVERYTHING.keeps(server) for server in (None, EVEN, ODD))


@pytest.mark.parametrize("leadership", [Leadership(), Follows()], ids=["leads", "follows"])
def test_the_base_library_is_the_leaders_and_direct_messages_are_shard_0s(leadership: Leadership) -> None:
    first, second = (Duties(Shards(2, (number,)), leadership) for number in (0, 1))
    assert (first.has(None), second.has(None)) == (True, False)
    assert first.keeps(None) is second.keeps(None) is leadership.is_leader
    assert (first.has(EVEN), first.keeps(EVEN), first.has(ODD), first.keeps(ODD)) == (True, True, False, False)


def test_the_last_traces_in_a_library_are_erased_by_the_process_that_looks_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tidied: list[str] = []
    monkeypatch.setattr(Library, "tidy", lambda self: tidied.append(self.folder.name))

    def open_library(engine: Engine, name: str = BASE) -> Library:
        return Library.open_in(engine, name, load_encoder=WordEncoder)

    engine = EmbeddedEngine(tmp_path / "base")
    with open_library(engine) as base:
        libraries = Libraries(base, engine, open_library)
        for server in (EVEN, ODD):
            libraries.own_or_create(server)
        libraries.tidy(Duties(Shards(2, (0,)), Leadership()).keeps)
        assert tidied == ["base", str(EVEN)]
        tidied.clear()
        libraries.tidy(Duties(Shards(2, (1,)), Follows()).keeps)
        assert tidied == [str(ODD)]
        libraries.close()
