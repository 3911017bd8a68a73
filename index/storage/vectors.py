"""The index of a library's passage vectors: files beside the database that are derived from it and grow by what is new.

There are three files, with a row for each passage: `passages.N.rows` (ROW), `passages.N.signs` (the sign of each
component of its vector, a bit each) and `passages.N.vectors` (float16). N is the epoch. Rows are only appended; a row
of a removed passage is marked with the generation that removed it. When a third of the rows is dead, all others are
written to the files of the next epoch.

The database says how many rows count (`Stand`). An update writes rows and marks before it commits, so a reader of any
generation finds its rows, whatever others do meanwhile; what an update that failed has left behind counts for nobody,
and the next update overwrites it.

Files that are missing, stale or damaged are never used: the Stand has a sum over the marks of all living rows, each a
checksum of a row, its signs and the CRC-32 of its vector. The CRC is checked when the vector is first used.

A search compares the signs of the question with those of all rows (Hamming distance, 8 ms for a million), and then the
question with the vectors of the COMPARED rows whose signs are nearest. So up to COMPARED passages, it is exact. Among a
million vectors that are distributed as those of news are, it found 98.7% of the hundred nearest.
"""

import json
import os
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from index.types import Floats

NAME = "passages"
"""How the names of the files begin."""

ROW = np.dtype([("id", "<i8"), ("published", "<i8"), ("died", "<i8"), ("crc", "<u4"), ("mark", "<u4")])
"""A passage's id; when its article was published, in microseconds since 1970, or UNDATED; the generation that removed
it, or NEVER; the CRC-32 of its vector; and a checksum of all that but `died`, and of its signs. It is 0 if the row was
wiped."""

NEVER = np.iinfo(np.int64).max
UNDATED = np.iinfo(np.int64).min

COMPARED = 16_000
"""How many passages with the nearest signs are compared by their vectors: 2 ms."""

AT_ONCE = 1_000
"""How many vectors are copied and compared at once, so that they stay in the processor's cache."""

DEAD_SHARE = 3
"""If one of so many rows is dead, the files are written anew, unless there are few."""

FEW = 4_000
"""Files with fewer rows than this are not written anew before a DEAD_SHARE of so many is dead."""

_ODD = 0x9E3779B97F4A7C15  # 2^64 over the golden ratio: Knuth's multiplicative hashing

Ids = NDArray[np.int64]
Rows = NDArray[np.int64]


class UnusableIndex(Exception):
    """Files that cannot be used; `str(error)` says why. They are then made again from the database."""


@dataclass(frozen=True, slots=True)
class Stand:
    """What the database says of the files: their epoch, how many rows count, and which of these live.

    `seal` is the sum of the marks of the living rows.
    """

    epoch: int
    rows: int
    living: int
    seal: int
    dimension: int

    def as_json(self) -> str:
        """As the database stores it."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `as_json` wrote."""
        return cls(**json.loads(text))


@dataclass(frozen=True, slots=True)
class Columns:
    """The rows of the files: ROW (n,), the signs as uint64 (n, words), and the vectors as float16 (n, dimension)."""

    rows: NDArray[np.void]
    signs: NDArray[np.uint64]
    vectors: NDArray[np.float16]

    @classmethod
    def of(cls, ids: Ids, published: NDArray[np.int64], vectors: NDArray[np.float16]) -> Self:
        """Make the rows of living passages, from `ids` (n,), ascending, `published` (n,) and `vectors` (n, d)."""
        rows = np.empty(len(ids), dtype=ROW)
        rows["id"], rows["published"], rows["died"] = ids, published, NEVER
        rows["crc"] = [zlib.crc32(vector) for vector in np.ascontiguousarray(vectors)]
        signs = signs_of(vectors)
        rows["mark"] = _marks(rows, signs)
        return cls(rows, signs, np.ascontiguousarray(vectors))

    @classmethod
    def mapped(cls, folder: Path, stand: Stand) -> Self:
        """Map the rows of a stand into memory, to be read. Raises UnusableIndex if there are not so many."""
        rows, signs, vectors = (
            _mapped(file, stand.rows, dtype, width)
            for file, dtype, width in zip(files_of(folder, stand.epoch), *_shape(stand.dimension), strict=True)
        )
        return cls(rows.reshape(-1), signs, vectors)

    def arrays(self) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        """What the three files hold, each as (n, values)."""
        return self.rows.reshape(-1, 1), self.signs, self.vectors

    def stand(self, epoch: int, generation: int) -> Stand:
        """The stand of these rows in a generation."""
        marks = self.rows["mark"][self.rows["died"] > generation]
        return Stand(epoch, len(self.rows), len(marks), int(marks.sum(dtype=np.uint64)), self.vectors.shape[1])

    def check(self, stand: Stand, generation: int) -> None:
        """Raise UnusableIndex if the living rows are not those of the stand, or if they or their signs are damaged."""
        if self.stand(stand.epoch, generation) != stand:
            raise UnusableIndex("is from another update")
        living = self.rows["died"] > generation
        if not np.array_equal(self.rows["mark"][living], _marks(self.rows, self.signs)[living]):
            raise UnusableIndex("is damaged")

    def verify(self, generation: int) -> None:
        """Raise UnusableIndex if a vector of a living row is not the one that was written."""
        living = np.flatnonzero(self.rows["died"] > generation)
        _check_crcs(self, living)

    def living(self, generation: int) -> "Columns":
        """The rows that live in a generation, copied."""
        living = self.rows["died"] > generation
        rows = self.rows[living]
        rows["died"] = NEVER
        return Columns(rows, self.signs[living], self.vectors[living])

    def without(self, ids: Ids) -> "Columns":
        """All rows but those of these passages."""
        kept = ~np.isin(self.rows["id"], ids)
        return Columns(self.rows[kept], self.signs[kept], self.vectors[kept])

    def followed_by(self, others: "Columns") -> "Columns":
        """These rows and then the others. Where there are none, they may have any dimension."""
        if not (len(self.rows) and len(others.rows)):
            return self if len(self.rows) else others
        return Columns(
            np.concatenate([self.rows, others.rows]),
            np.concatenate([self.signs, others.signs]),
            np.concatenate([self.vectors, others.vectors]),
        )


class PassageIndex:
    """Search over the passages of one generation. `columns` were checked, or made from the database."""

    def __init__(self, columns: Columns, generation: int) -> None:
        self._columns = columns
        self._ids: Ids = np.ascontiguousarray(columns.rows["id"])
        self._published = np.ascontiguousarray(columns.rows["published"])
        self._living: Rows = np.flatnonzero(columns.rows["died"] > generation)
        self._verified = np.zeros(len(self._ids), dtype=bool)

    def __len__(self) -> int:
        """How many passages it holds."""
        return len(self._living)

    @property
    def all_rows(self) -> Rows:
        """The rows of all passages, ascending."""
        return self._living

    def ids_of(self, rows: Rows) -> Ids:
        """The ids of the passages in these rows."""
        return np.asarray(self._ids[rows])

    def rows_of(self, ids: Ids) -> Rows:
        """The rows of those of these passages that it holds; `ids` must be ascending."""
        rows = np.searchsorted(self._ids, ids)
        rows, ids = rows[rows < len(self._ids)], ids[rows < len(self._ids)]
        return np.asarray(rows[self._ids[rows] == ids])

    def rows_in(self, since: int, until: int) -> Rows:
        """The rows of the passages whose articles were published from `since` to before `until`, in microseconds."""
        is_in = (self._published >= max(since, UNDATED + 1)) & (self._published < until)
        if len(self._living) == len(is_in):
            return np.flatnonzero(is_in)
        return np.asarray(self._living[is_in[self._living]])

    def search(self, vector: Floats, limit: int, among: Rows | None = None) -> list[int]:
        """The ids of the `limit` passages nearest to the unit `vector` (d,), nearest first; `among` these rows only.

        Raises UnusableIndex if a vector is damaged.
        """
        rows = self._living if among is None else among
        if not len(rows):
            return []
        if len(rows) > COMPARED:
            rows = self._with_nearest_signs(vector, rows)
        self._verify(rows)
        if len(rows) <= AT_ONCE:  # importing faiss takes longer than this
            found, cosines = rows, self._columns.vectors[rows].astype(np.float32) @ vector
        else:
            found, cosines = self._nearest(vector, limit, rows)
        order = np.argsort(-cosines, kind="stable")[:limit]
        return self._ids[found[order]].tolist()  # type: ignore[no-any-return]

    def _nearest(self, vector: Floats, limit: int, rows: Rows) -> tuple[Rows, Floats]:
        """Those of the `rows` that may be among the `limit` nearest to the vector, and their cosines with it."""
        import faiss

        index = faiss.IndexScalarQuantizer(len(vector), faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
        faiss.omp_set_num_threads(1)  # with one question, several threads would wait for each other longer than search
        found, cosines = [], []
        for start in range(0, len(rows), AT_ONCE):
            some = rows[start : start + AT_ONCE]
            index.reset()
            index.add_sa_codes(self._columns.vectors[some].view(np.uint8))
            best, places = index.search(vector[np.newaxis], min(limit, len(some)))
            found.append(some[places[0]])
            cosines.append(best[0])
        return np.concatenate(found), np.concatenate(cosines)

    def _with_nearest_signs(self, vector: Floats, rows: Rows) -> Rows:
        """Those of the `rows` whose signs differ the least from those of the vector: COMPARED, and what is as near.

        Their Hamming distances stand for angles (M. Charikar, "Similarity estimation techniques from rounding
        algorithms", 2002).
        """
        import faiss

        signs = self._columns.signs
        asked = signs_of(vector[np.newaxis])
        distances = np.empty(len(signs), dtype=np.int32)
        as_bytes = faiss.swig_ptr(asked.view(np.uint8)), faiss.swig_ptr(signs.view(np.uint8))
        code_size = signs.itemsize * signs.shape[1]
        faiss.hammings(*as_bytes, 1, len(signs), code_size, faiss.swig_ptr(distances))  # type: ignore[attr-defined]
        near = distances if len(rows) == len(distances) else distances[rows]
        furthest = int(np.searchsorted(np.bincount(near).cumsum(), COMPARED))
        return np.asarray(rows[near <= furthest])

    def _verify(self, rows: Rows) -> None:
        """Raise UnusableIndex if the vector in one of the rows is not the one that was written; each is read once."""
        new = rows[~self._verified[rows]]
        _check_crcs(self._columns, new)
        self._verified[new] = True


def signs_of(vectors: NDArray[Any]) -> NDArray[np.uint64]:
    """The signs of vectors (n, d), a set bit for each positive component: uint64 (n, ceil(d / 64))."""
    packed = np.packbits(vectors > 0, axis=1)
    padded = np.zeros((len(vectors), -(-vectors.shape[1] // 64) * 8), dtype=np.uint8)
    padded[:, : packed.shape[1]] = packed
    return padded.view("<u8")


def _check_crcs(columns: Columns, rows: Rows) -> None:
    for row, crc in zip(rows.tolist(), columns.rows["crc"][rows].tolist(), strict=True):
        if zlib.crc32(columns.vectors[row]) != crc:
            raise UnusableIndex("is damaged")


def _marks(rows: NDArray[np.void], signs: NDArray[np.uint64]) -> NDArray[np.uint32]:
    """A checksum of each row and its signs: uint32 (n,)."""
    words = [rows["id"].view(np.uint64), rows["published"].view(np.uint64), rows["crc"].astype(np.uint64), *signs.T]
    total = np.zeros(len(rows), dtype=np.uint64)
    for number, word in enumerate(words):
        total = (total ^ word) * np.uint64((_ODD + 2 * number) % (1 << 64))
        total ^= total >> np.uint64(32)
    return np.asarray(total >> np.uint64(32), dtype=np.uint32) | np.uint32(1)


def files_of(folder: Path, epoch: int) -> tuple[Path, Path, Path]:
    """The files of an epoch: rows, signs, vectors."""
    rows, signs, vectors = (folder / f"{NAME}.{epoch}.{kind}" for kind in ("rows", "signs", "vectors"))
    return rows, signs, vectors


def epochs_in(folder: Path) -> Iterator[tuple[int, Path]]:
    """All files of the index in a folder, each with its epoch."""
    for file in sorted(folder.glob(f"{NAME}.*.*")):
        epoch = file.name.split(".")[1]
        if epoch.isdecimal() and file.suffix in (".rows", ".signs", ".vectors"):
            yield int(epoch), file


def create(folder: Path, epoch: int, columns: Columns) -> None:
    """Write the files of a new epoch. Raises OSError."""
    for file, array in zip(files_of(folder, epoch), columns.arrays(), strict=True):
        with file.open("wb") as stream:
            stream.write(array.data)
            _sync(stream)


def extend(folder: Path, stand: Stand, generation: int, added: Columns, removed: Ids) -> Stand:
    """Append rows, and mark those of the passages `removed`, for the generation after `generation`. Returns its stand.

    The caller holds the write lock of the database. What updates that were never committed have left is undone. Raises
    UnusableIndex if the files are not those of `stand`; OSError.
    """
    if added.vectors.shape[1] != stand.dimension and len(added.rows):
        raise UnusableIndex("is of another model")
    before = Columns.mapped(folder, stand)
    if before.stand(stand.epoch, generation) != stand:
        raise UnusableIndex("is from another update")
    died = before.rows["died"]
    uncommitted = np.flatnonzero((died > generation) & (died != NEVER))
    dead = np.searchsorted(before.rows["id"], removed)
    for file, array in zip(files_of(folder, stand.epoch), added.arrays(), strict=True):
        with file.open("r+b") as stream:
            if array.dtype == ROW:
                _mark(stream, uncommitted, NEVER)
                _mark(stream, dead, generation + 1)
            stream.seek(stand.rows * array.dtype.itemsize * array.shape[1])
            stream.write(array.data)
            _sync(stream)
    gone, new = before.rows["mark"][dead], added.rows["mark"]
    seal = stand.seal + int(new.sum(dtype=np.uint64)) - int(gone.sum(dtype=np.uint64))
    return Stand(stand.epoch, stand.rows + len(new), stand.living + len(new) - len(gone), seal, stand.dimension)


def is_sparse(stand: Stand, removed: int) -> bool:
    """Whether so many rows are dead, when `removed` more are, that the files should be written anew."""
    return (stand.rows - stand.living + removed) * DEAD_SHARE > max(stand.rows, FEW)


def wipe(folder: Path, stand: Stand, generation: int) -> None:
    """Overwrite the vectors of the passages that were removed up to `generation`, and delete files of earlier epochs.

    Nobody may read an earlier generation any more. Raises UnusableIndex, OSError.
    """
    columns = Columns.mapped(folder, stand)
    dead = np.flatnonzero((columns.rows["died"] <= generation) & (columns.rows["mark"] != 0))
    if len(dead):
        for file, dtype, width in zip(files_of(folder, stand.epoch), *_shape(stand.dimension), strict=True):
            array = np.memmap(file, dtype, mode="r+", shape=(stand.rows, width))
            if dtype == ROW:
                array["mark"][dead] = array["crc"][dead] = 0
            else:
                array[dead] = 0
            array.flush()
    delete_before(folder, stand.epoch)


def delete_before(folder: Path, epoch: int) -> None:
    """Delete the files of all epochs before this one. Raises OSError."""
    for earlier, file in epochs_in(folder):
        if earlier < epoch:
            file.unlink(missing_ok=True)


def _shape(dimension: int) -> tuple[tuple[Any, Any, Any], tuple[int, int, int]]:
    """The types of the three files, and how many values of them a row has."""
    return (ROW, np.dtype("<u8"), np.dtype("<f2")), (1, -(-dimension // 64), dimension)


def _mapped(file: Path, rows: int, dtype: Any, width: int) -> NDArray[Any]:  # noqa: ANN401 - of numpy
    try:
        if file.stat().st_size < rows * width * dtype.itemsize:
            raise UnusableIndex("is damaged")
        if not rows * width:
            return np.empty((rows, width), dtype)
        return np.asarray(np.memmap(file, dtype, mode="r", shape=(rows, width)))
    except FileNotFoundError:
        raise UnusableIndex("is missing") from None
    except OSError as error:
        raise UnusableIndex(f"cannot be read ({error.strerror})") from error


def _mark(stream: Any, rows: Rows, generation: int) -> None:  # noqa: ANN401 - a binary file
    """Write in each of the rows which generation removed its passage."""
    number = np.array([generation], dtype="<i8").tobytes()
    for row in rows.tolist():
        stream.seek(row * ROW.itemsize + ROW.fields["died"][1])  # type: ignore[index]
        stream.write(number)


def _sync(stream: Any) -> None:  # noqa: ANN401 - a binary file
    stream.flush()
    os.fsync(stream.fileno())
