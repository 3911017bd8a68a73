"""The passage index: exact search, and a file that serves only when it is whole and of the right generation."""

import logging
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import Fault, Library
from index.encoding.encoder import unit
from index.storage.vectors import FILE, PassageIndex, UnusableIndex
from index.types import Floats
from tests.encoder import WordEncoder
from tests.index.town import ARTICLES, SCHOOL


def random_vectors(count: int, seed: int = 0, dimension: int = 16) -> Floats:
    return unit(np.random.default_rng(seed).standard_normal((count, dimension)).astype(np.float32))


def ids_of(count: int) -> np.ndarray:
    """Ids with gaps, as a store has them after removals."""
    return np.arange(count, dtype=np.int64) * 3 + 7


@given(count=st.integers(1, 60), limit=st.integers(1, 80), seed=st.integers(0, 1000), share=st.floats(0, 1))
def test_search_finds_what_comparing_with_every_vector_finds(count: int, limit: int, seed: int, share: float) -> None:
    ids, vectors = ids_of(count), random_vectors(count, seed)
    question = random_vectors(1, seed + 1)[0]
    index = PassageIndex.build(ids, vectors)
    nearest_first = ids[np.argsort(-(vectors @ question), kind="stable")]
    assert index.search(question, limit) == nearest_first[:limit].tolist()

    among = ids[np.random.default_rng(seed).random(count) < share]
    expected = [i for i in nearest_first.tolist() if i in among][:limit]
    assert index.search(question, limit, among) == expected


def test_search_among_ids_that_it_does_not_hold_finds_nothing() -> None:
    index = PassageIndex.build(ids_of(5), random_vectors(5))
    assert index.search(random_vectors(1)[0], 3, np.array([1, 2], dtype=np.int64)) == []
    assert index.search(random_vectors(1)[0], 3, np.array([], dtype=np.int64)) == []


def test_an_empty_index_finds_nothing() -> None:
    index = PassageIndex.build(np.array([], dtype=np.int64), np.zeros((0, 0), dtype=np.float32))
    assert len(index) == 0
    assert index.search(random_vectors(1)[0], 3) == []
    assert index.contents() == {}


def test_an_index_holds_what_it_was_built_from_and_nothing_else() -> None:
    ids, vectors = ids_of(4), random_vectors(4)
    contents = PassageIndex.build(ids, vectors).contents()
    assert list(contents) == ids.tolist()
    assert np.array_equal(np.stack(list(contents.values())), vectors)


@pytest.mark.parametrize("count", [0, 1, 50])
def test_an_index_comes_back_from_its_file_as_it_was(tmp_path: Path, count: int) -> None:
    ids, vectors = ids_of(count), random_vectors(count)
    PassageIndex.build(ids, vectors).save(tmp_path, 3)
    assert [file.name for file in tmp_path.iterdir()] == [FILE]
    loaded = PassageIndex.load(tmp_path, 3)
    contents = loaded.contents()
    assert list(contents) == ids.tolist()
    assert all(np.array_equal(contents[i], vector) for i, vector in zip(ids.tolist(), vectors, strict=True))
    assert loaded.search(vectors[0] if count else random_vectors(1)[0], 1) == ids[:1].tolist()


def spoil(file: Path, how: str) -> None:
    content = file.read_bytes()
    match how:
        case "missing":
            file.unlink()
        case "empty":
            file.write_bytes(b"")
        case "shorter than its trailer":
            file.write_bytes(content[-10:])
        case "truncated":
            file.write_bytes(content[: len(content) // 2])
        case "without its last byte":
            file.write_bytes(content[:-1])
        case "one bit flipped":
            middle = len(content) // 2
            file.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
        case "junk":
            file.write_bytes(b"junk" * 1000)
        case "of another generation":
            file.write_bytes(content[:-12] + (99).to_bytes(8, "little") + content[-4:])
        case _:
            raise AssertionError(how)


SPOILED = {
    "missing": "is missing",
    "empty": "is damaged",
    "shorter than its trailer": "is damaged",
    "truncated": "is damaged",
    "without its last byte": "is damaged",
    "one bit flipped": "is damaged",
    "junk": "is damaged",
    "of another generation": "is from another update",
}


@pytest.mark.parametrize(("how", "reason"), SPOILED.items(), ids=SPOILED)
def test_a_file_that_cannot_serve_is_refused_with_its_reason(tmp_path: Path, how: str, reason: str) -> None:
    PassageIndex.build(ids_of(50), random_vectors(50)).save(tmp_path, 3)
    spoil(tmp_path / FILE, how)
    with pytest.raises(UnusableIndex) as caught:
        PassageIndex.load(tmp_path, 3)
    assert str(caught.value) == reason


def test_a_folder_in_place_of_the_file_is_refused_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    with pytest.raises(UnusableIndex, match=r"cannot be read \(Is a directory\)"):
        PassageIndex.load(tmp_path, 0)


def test_a_file_that_cannot_be_written_leaves_the_one_before_and_no_litter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    PassageIndex.build(ids_of(5), random_vectors(5)).save(tmp_path, 1)

    def full_disk(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full_disk)
    with pytest.raises(OSError, match="No space left"):
        PassageIndex.build(ids_of(9), random_vectors(9)).save(tmp_path, 2)
    assert [file.name for file in tmp_path.iterdir()] == [FILE]
    assert len(PassageIndex.load(tmp_path, 1)) == 5


@pytest.mark.parametrize(("how", "reason"), SPOILED.items(), ids=SPOILED)
def test_a_library_rebuilds_an_unusable_file_and_says_so_in_one_line(
    folder: Path, caplog: pytest.LogCaptureFixture, how: str, reason: str
) -> None:
    encoder = WordEncoder()
    with Library.open(folder, load_encoder=lambda: encoder) as library:
        library.update(ARTICLES)
        expected = library.ask("Who is the harbour master?").closest
    spoil(folder / FILE, how)
    with Library.open(folder, load_encoder=lambda: encoder) as library:
        assert library.check() == (Fault(f"passages.faiss {reason}", mendable=True),)
        assert library.ask("Who is the harbour master?").closest == expected
        assert library.ask("Who is the harbour master?").closest == expected
        assert library.check() == ()
    assert [record.getMessage() for record in caplog.records] == [
        f"{folder / FILE} {reason}; rebuilt from the stored vectors."
    ]
    assert encoder.passages_read == 4


def test_an_index_with_other_vectors_than_the_store_is_found_by_the_check(town: Library) -> None:
    with town._storage.reading() as reader:
        ids, vectors = reader.passage_vectors()
    PassageIndex.build(ids, vectors[::-1]).save(town.folder, town.read_generation())
    assert town.check() == (Fault("passages.faiss does not hold the stored vectors", mendable=True),)


def test_an_index_that_cannot_be_saved_is_no_reason_to_fail(
    library: Library, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full_disk(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full_disk)
    library.update([SCHOOL])
    assert library.ask("Where do pupils learn geometry?").quotes[0].article == SCHOOL
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == [
        f"{library.folder / FILE} could not be written (No space left on device); it will be rebuilt."
    ]
