"""The passage index: search that is exact among few, and files that serve only when they are whole and up to date."""

import logging
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import Article, Fault, Library
from index.encoding.encoder import unit
from index.storage import vectors
from index.storage.vectors import (
    NEVER,
    UNDATED,
    Columns,
    PassageIndex,
    UnusableIndex,
    create,
    extend,
    files_of,
    is_sparse,
    wipe,
)
from index.types import Floats
from tests.encoder import WordEncoder
from tests.index.town import ARTICLES, SCHOOL
from tests.limits import lines_of

KINDS = ("rows", "signs", "vectors")


def random_vectors(count: int, seed: int = 0, dimension: int = 16) -> Floats:
    return unit(np.random.default_rng(seed).standard_normal((count, dimension)).astype(np.float32))


def ids_of(count: int, first: int = 7) -> np.ndarray:
    """Ids with gaps, as a store has them after removals."""
    return np.arange(count, dtype=np.int64) * 3 + first


def columns_of(count: int, seed: int = 0, first: int = 7, dimension: int = 16) -> Columns:
    days = np.arange(count, dtype=np.int64) * 86_400_000_000
    days[::5] = UNDATED
    return Columns.of(ids_of(count, first), days, random_vectors(count, seed, dimension).astype(np.float16))


def exact(columns: Columns, question: Floats) -> list[int]:
    """All ids, nearest first."""
    order = np.argsort(-(columns.vectors.astype(np.float32) @ question), kind="stable")
    return columns.rows["id"][order].tolist()  # type: ignore[no-any-return]


# Search


@given(count=st.integers(1, 60), limit=st.integers(1, 80), seed=st.integers(0, 1000), share=st.floats(0, 1))
def test_search_finds_what_comparing_with_every_vector_finds(count: int, limit: int, seed: int, share: float) -> None:
    columns, question = columns_of(count, seed), random_vectors(1, seed + 1)[0]
    index = PassageIndex(columns, 1)
    nearest_first = exact(columns, question)
    assert index.search(question, limit) == nearest_first[:limit]

    among = columns.rows["id"][np.random.default_rng(seed).random(count) < share]
    expected = [i for i in nearest_first if i in among][:limit]
    assert index.search(question, limit, index.rows_of(among)) == expected


def test_search_among_ids_that_it_does_not_hold_finds_nothing() -> None:
    index = PassageIndex(columns_of(5), 1)
    for ids in ([1, 2], [8], [10_000], []):
        assert index.search(random_vectors(1)[0], 3, index.rows_of(np.array(ids, dtype=np.int64))) == []


def test_an_empty_index_finds_nothing() -> None:
    index = PassageIndex(columns_of(0), 1)
    assert (len(index), index.search(random_vectors(1)[0], 3)) == (0, [])


def test_the_rows_of_a_period_are_those_of_articles_with_a_date_in_it() -> None:
    index, day = PassageIndex(columns_of(12), 1), 86_400_000_000
    assert index.rows_in(2 * day, 8 * day).tolist() == [2, 3, 4, 6, 7]  # 5 has no date, and 8 is after it
    assert index.rows_in(UNDATED, NEVER).tolist() == [1, 2, 3, 4, 6, 7, 8, 9, 11]
    assert index.ids_of(index.rows_in(2 * day, 4 * day)).tolist() == [13, 16]


@pytest.mark.parametrize("dimension", [96, 384])
def test_among_many_the_signs_choose_whose_vectors_are_compared(
    monkeypatch: pytest.MonkeyPatch, dimension: int
) -> None:
    """Vectors around a hundred centres, as those of passages about the same things are."""
    monkeypatch.setattr(vectors, "COMPARED", 400)
    chance = np.random.default_rng(1)
    centres = random_vectors(100, 3, dimension)
    noise = random_vectors(6_000, 5, dimension)
    held = unit(centres[chance.integers(0, 100, 6_000)] + noise).astype(np.float16)
    columns = Columns.of(ids_of(6_000), np.full(6_000, UNDATED), held)
    index, found, wanted = PassageIndex(columns, 1), 0, 0
    half = columns.rows["id"][::2]
    for question in unit(centres[:40] + random_vectors(40, 7, dimension)):
        best = np.array(exact(columns, question))
        for ids, among in ((best, None), (best[np.isin(best, half)], index.rows_of(half))):
            place = {number: place for place, number in enumerate(ids.tolist())}
            nearest = index.search(question, 20, among)
            assert nearest == sorted(nearest, key=place.__getitem__)  # compared by their vectors, so in their order
            found, wanted = found + len(set(nearest) & set(ids[:20].tolist())), wanted + 20
    assert found / wanted > 0.97
    assert index.search(held[17].astype(np.float32), 1) == [int(columns.rows["id"][17])]


# Files


def test_an_index_comes_back_from_its_files_as_it_was(tmp_path: Path) -> None:
    for epoch, count in enumerate((0, 1, 50)):
        columns = columns_of(count)
        create(tmp_path, epoch, columns)
        stand = columns.stand(epoch, 1)
        mapped = Columns.mapped(tmp_path, stand)
        mapped.check(stand, 1)
        mapped.verify(1)
        assert all(np.array_equal(one, other) for one, other in zip(mapped.arrays(), columns.arrays(), strict=True))


def test_files_grow_by_what_is_new_and_each_generation_sees_its_own(tmp_path: Path) -> None:
    first, more = columns_of(6), columns_of(3, seed=1, first=100)
    create(tmp_path, 1, first)
    stands = {1: first.stand(1, 1)}
    stands[2] = extend(tmp_path, stands[1], 1, more, np.array([10, 16]))
    stands[3] = extend(tmp_path, stands[2], 2, columns_of(0), np.array([103]))
    held = {1: ids_of(6), 2: [7, 13, 19, 22, 100, 103, 106], 3: [7, 13, 19, 22, 100, 106]}
    for generation, stand in stands.items():
        mapped = Columns.mapped(tmp_path, stand)
        mapped.check(stand, generation)
        index = PassageIndex(mapped, generation)
        assert sorted(index.search(random_vectors(1)[0], 50)) == list(held[generation])
    assert (stands[3].rows, stands[3].living) == (9, 6)


def test_what_an_update_left_that_was_never_committed_counts_for_nobody(tmp_path: Path) -> None:
    first = columns_of(6)
    create(tmp_path, 1, first)
    stand = first.stand(1, 1)
    extend(tmp_path, stand, 1, columns_of(4, seed=1, first=100), np.array([7, 22]))  # and then it dies
    Columns.mapped(tmp_path, stand).check(stand, 1)
    second = extend(tmp_path, stand, 1, columns_of(2, seed=2, first=100), np.array([10]))
    mapped = Columns.mapped(tmp_path, second)
    mapped.check(second, 2)
    mapped.verify(2)
    assert PassageIndex(mapped, 2).ids_of(np.flatnonzero(mapped.rows["died"] == NEVER)).tolist() == [
        7, 13, 16, 19, 22, 100, 103,
    ]  # fmt: skip


def test_rows_of_another_model_are_not_appended(tmp_path: Path) -> None:
    create(tmp_path, 1, columns_of(6))
    with pytest.raises(UnusableIndex):
        extend(tmp_path, columns_of(6).stand(1, 1), 1, columns_of(2, first=100, dimension=32), ids_of(0))


def test_what_was_removed_is_overwritten_once_nobody_reads_it(tmp_path: Path) -> None:
    columns = columns_of(6)
    create(tmp_path, 1, columns)
    create(tmp_path, 0, columns)
    stand = extend(tmp_path, columns.stand(1, 1), 1, columns_of(0), np.array([10]))
    kept, gone = columns.vectors[0].tobytes(), columns.vectors[1].tobytes()
    assert gone in files_of(tmp_path, 1)[2].read_bytes()
    wipe(tmp_path, stand, 1)  # of generation 2, that is
    assert gone in files_of(tmp_path, 1)[2].read_bytes()
    wipe(tmp_path, stand, 2)
    assert gone not in files_of(tmp_path, 1)[2].read_bytes()
    assert kept in files_of(tmp_path, 1)[2].read_bytes()
    mapped = Columns.mapped(tmp_path, stand)
    mapped.check(stand, 2)
    assert (mapped.signs[1].tolist(), mapped.signs[0].tolist()) == ([0], columns.signs[0].tolist())
    assert [file.name for file in sorted(tmp_path.iterdir())] == [f"passages.1.{kind}" for kind in KINDS]


def test_files_are_written_anew_when_a_third_of_many_rows_is_dead() -> None:
    stand = columns_of(6).stand(1, 1)
    assert not is_sparse(stand, 6)
    many = replace(stand, rows=9_000, living=7_000)
    assert (is_sparse(many, 999), is_sparse(many, 1_001)) == (False, True)


def flip(file: Path) -> None:
    """One bit in the middle."""
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


SPOILED: dict[str, tuple[str, Callable[[Path], object]]] = {
    "missing": ("is missing", Path.unlink),
    "empty": ("is damaged", lambda file: file.write_bytes(b"")),
    "truncated": ("is damaged", lambda file: file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])),
    "without its last byte": ("is damaged", lambda file: file.write_bytes(file.read_bytes()[:-1])),
    "one bit flipped": ("is damaged|is from another update", flip),
    "junk": ("is damaged|is from another update", lambda file: file.write_bytes(b"junk" * 10_000)),
    "a folder": (r"cannot be read \(Is a directory\)", lambda file: (file.unlink(), file.mkdir())),
}


@pytest.mark.parametrize("kind", range(3), ids=KINDS)
@pytest.mark.parametrize(("reason", "spoil"), SPOILED.values(), ids=SPOILED)
def test_files_that_cannot_serve_are_refused_with_the_reason(
    tmp_path: Path, kind: int, reason: str, spoil: Callable[[Path], object]
) -> None:
    columns = columns_of(50)
    create(tmp_path, 1, columns)
    spoil(files_of(tmp_path, 1)[kind])
    stand = columns.stand(1, 1)
    with pytest.raises(UnusableIndex, match=f"^({reason})$"):
        mapped = Columns.mapped(tmp_path, stand)
        mapped.check(stand, 1)
        PassageIndex(mapped, 1).search(random_vectors(1)[0], 3)


def test_files_of_another_stand_are_refused(tmp_path: Path) -> None:
    columns = columns_of(6)
    create(tmp_path, 1, columns)
    stand = columns.stand(1, 1)
    extend(tmp_path, stand, 1, columns_of(0), np.array([10]))
    mapped = Columns.mapped(tmp_path, stand)
    mapped.check(stand, 1)
    for wrong in (replace(stand, living=5), replace(stand, seal=stand.seal + 1)):
        with pytest.raises(UnusableIndex, match="is from another update"):
            mapped.check(wrong, 1)
    with pytest.raises(UnusableIndex, match="is from another update"):
        mapped.check(stand, 2)  # when the passage of that row was removed


# In a library


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("reason", "spoil"), SPOILED.values(), ids=SPOILED)
def test_a_library_makes_unusable_files_anew_and_says_so_in_one_line(
    folder: Path, caplog: pytest.LogCaptureFixture, kind: str, reason: str, spoil: Callable[[Path], object]
) -> None:
    encoder = WordEncoder()
    with Library.open(folder, load_encoder=lambda: encoder) as library:
        library.update(ARTICLES)
        expected = library.ask("Who is the harbour master?").closest
    spoil(folder / f"passages.1.{kind}")
    with Library.open(folder, load_encoder=lambda: encoder) as library:
        (fault,) = library.check()
        assert fault.mendable
        assert fault.sentence.startswith("the passage index ")
        assert library.ask("Who is the harbour master?").closest == expected
        assert library.ask("Who is the harbour master?").closest == expected
        if spoil is not SPOILED["a folder"][1]:
            assert library.check() == ()
    reported = fault.sentence.removeprefix("the passage index ")
    assert [record.getMessage() for record in caplog.records][:1] == [
        f"The passage index of {folder} {reported}; rebuilt from the stored vectors."
    ]
    assert encoder.passages_read == 4


def test_an_index_with_other_vectors_than_the_database_is_found_by_the_check(town: Library) -> None:
    with town._storage.reading() as reader:
        columns = reader.columns()
    other = Columns.of(columns.rows["id"], columns.rows["published"], np.ascontiguousarray(columns.vectors[::-1]))
    create(town.folder, 2, other)
    with town._storage.writing(1) as writer:
        writer.set_stand(other.stand(2, 1))
    assert town.check() == (Fault("the passage index does not hold the stored vectors", mendable=True),)


def test_files_that_cannot_be_written_are_no_reason_to_fail(
    library: Library, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full_disk(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full_disk)
        library.update([SCHOOL])
        assert library.ask("Where do pupils learn geometry?").quotes[0].article == SCHOOL
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == [
        f"The passage index of {library.folder} could not be written (No space left on device); it will be rebuilt."
    ]
    assert library.check() == (Fault("the passage index is missing", mendable=True),)
    library.update([replace(SCHOOL, id="second", text="It has one now.")])
    assert library.check() == ()


def test_files_that_were_not_written_are_made_when_the_library_is_opened(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(_: int) -> None:
        raise OSError(28, "No space left on device")

    with Library.open(folder, load_encoder=WordEncoder) as library, monkeypatch.context() as patch:
        patch.setattr("os.fsync", full_disk)
        library.update(ARTICLES)
    with Library.open(folder, load_encoder=WordEncoder) as library:
        assert library.check() == ()


def test_a_library_goes_over_to_new_files_when_a_third_of_the_rows_is_dead_and_the_old_ones_go(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vectors, "FEW", 2)
    encoder = WordEncoder()
    with Library.open(folder, load_encoder=lambda: encoder, threshold=0.0) as library:
        library.update([Article(f"a{n}", f"Gate {n}", f"The gate{n} was painted in 19{n:02}.") for n in range(12)])
        for n in range(5):
            library.remove(f"a{n}")
        assert len({file.name.split(".")[1] for file in folder.glob("passages.*")}) == 1
        assert not (folder / "passages.1.rows").exists()
        library.update([Article("a0", "Gate 0", "The gate0 was painted in 1900.")])
        assert library.check() == ()
        assert library.ask("When was gate7 painted?").quotes[0].article.id == "a7"


WITH_LITTLE_ROOM = """
import signal, sys
from pathlib import Path
import numpy as np
from index.storage.vectors import Columns, create

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
ids = np.arange(1, 11)
columns = Columns.of(ids, ids, np.ones((10, 4), np.float16))
for most in (0, 100, 1000):
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))
    print(outcome(lambda: create(Path(sys.argv[1]), 1, columns)))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits are set as Linux has them")
def test_files_that_cannot_be_written_whole_are_not_taken_for_written(tmp_path: Path) -> None:
    said = "OSError: [Errno 27] File too large"
    assert lines_of(WITH_LITTLE_ROOM, tmp_path) == [said, said, "fine"]
