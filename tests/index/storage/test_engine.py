"""Which libraries there are: asked of the engine, which is told by its place."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from index import BASE, EmbeddedEngine, Library, LibraryError, Remedy, is_database, open_engine
from tests.encoder import WordEncoder
from tests.index.town import HARBOUR, SCHOOL

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)


def in_engine(engine: EmbeddedEngine, name: str) -> Library:
    return Library.open_in(engine, name, load_encoder=WordEncoder, threshold=0.0, clock=lambda: NOON)


@pytest.fixture
def engine(folder: Path) -> EmbeddedEngine:
    return EmbeddedEngine(folder)


def test_a_place_where_nothing_was_opened_has_no_library_and_is_not_made(engine: EmbeddedEngine, folder: Path) -> None:
    assert engine.names() == []
    assert not engine.exists(BASE)
    engine.delete("servers/33")
    assert not folder.exists() or not list(folder.iterdir())


def test_libraries_are_named_from_when_they_are_opened_until_they_are_deleted(engine: EmbeddedEngine) -> None:
    for name in ("servers/200", BASE, "servers/33"):
        in_engine(engine, name).close()
    assert engine.names() == [BASE, "servers/33", "servers/200"]
    engine.delete("servers/33")
    assert engine.names() == [BASE, "servers/200"]
    assert not engine.exists("servers/33")


def test_the_base_library_is_in_the_folder_itself_and_the_others_are_inside_it(
    engine: EmbeddedEngine, folder: Path
) -> None:
    with in_engine(engine, BASE) as base, in_engine(engine, "servers/33") as own:
        base.update([SCHOOL])
        own.update([HARBOUR])
        assert (base.place, own.place) == (str(folder), str(folder / "servers" / "33"))
        assert base.now() == NOON
    with Library.open(folder, load_encoder=WordEncoder) as again:
        assert [article.id for article in again.articles()] == ["school"]
    with Library.open(folder / "servers" / "33", load_encoder=WordEncoder) as again:
        assert [article.id for article in again.articles()] == ["harbour"]


def test_folders_of_other_kinds_are_no_libraries(engine: EmbeddedEngine, folder: Path) -> None:
    in_engine(engine, "servers/33").close()
    (folder / "servers" / "44").mkdir()
    for other in ("servers/notes", "Old copy/33"):
        Library.open(folder / other).close()
    assert engine.names() == ["servers/33"]
    assert not engine.exists("servers/44")


@pytest.mark.parametrize("name", ["", "servers", "../33", "servers/..", "servers/33/44", "/servers/33", "base/"])
def test_a_name_leads_out_of_no_folder(engine: EmbeddedEngine, name: str) -> None:
    for use in (engine.exists, engine.delete):
        with pytest.raises(ValueError, match="no name of a library"):
            use(name)


def test_the_base_library_is_not_deleted_from_under_the_others(engine: EmbeddedEngine, folder: Path) -> None:
    in_engine(engine, BASE).close()
    with pytest.raises(LibraryError, match="is deleted by deleting that folder"):
        engine.delete(BASE)
    assert engine.exists(BASE)


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("postgresql://user@host/base", True),
        ("postgres://host/base", True),
        ("postgres", False),
        ("mysql://host/base", False),
        (Path("postgres") / "data", False),
    ],
)
def test_the_address_of_a_database_is_told_from_a_folder(place: str | Path, expected: bool) -> None:
    assert is_database(place) is expected


def test_a_folder_is_embedded_and_has_no_server(folder: Path) -> None:
    engine = open_engine(str(folder))
    assert isinstance(engine, EmbeddedEngine)
    assert engine.place == str(folder)
    assert engine.server() is None
    assert 0 <= engine.reach() < 5


def test_without_its_extra_the_address_of_a_database_names_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("index.storage.postgres")]:
        monkeypatch.delitem(sys.modules, name)
    for name in ("psycopg", "psycopg_pool", "pgvector"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(LibraryError) as raised:
        open_engine("postgresql://reader:hunter2@db.example.org/news")
    assert raised.value.remedy is Remedy.INSTALL
    assert str(raised.value) == 'What PostgreSQL needs is not installed; install -e ".[postgres]".'
