"""The FAISS index of a library's passage vectors. It is derived from the database, and rebuilt if it does not match."""

import contextlib
import math
import os
import struct
import tempfile
import time
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from index.types import Floats

FILE = "passages.faiss"

# The file is what faiss writes, then this trailer: a mark, the library's generation, the CRC-32 of what faiss wrote.
_TRAILER = struct.Struct("<8sQI")
_MARK = b"pullquot"


SECONDS_UNTOUCHED = 60
"""A temporary file that nobody has written to for this long will never be finished."""


class UnusableIndex(Exception):
    """A passage index on disk that cannot be used; `str(error)` says why. It is then rebuilt."""


@dataclass(frozen=True, slots=True)
class PassageIndex:
    """Exact cosine search over unit vectors, each with the id of its passage."""

    _index: Any

    @classmethod
    def build(cls, ids: NDArray[np.int64], vectors: Floats) -> "PassageIndex":
        """Build an index of unit `vectors` (n, d) with `ids` (n,)."""
        index = faiss.IndexIDMap2(faiss.IndexFlatIP(max(vectors.shape[1], 1)))
        if len(ids):
            index.add_with_ids(np.ascontiguousarray(vectors), ids)
        return cls(index)

    def __len__(self) -> int:
        """How many passages it holds."""
        return int(self._index.ntotal)

    def search(self, vector: Floats, limit: int, among: NDArray[np.int64] | None = None) -> list[int]:
        """The ids of the `limit` passages, of those in `among`, nearest to the unit `vector` (d,), nearest first."""
        if not len(self):
            return []
        parameters = None
        if among is not None:
            parameters = faiss.SearchParameters()
            parameters.sel = faiss.IDSelectorBatch(among)
        faiss.omp_set_num_threads(1)  # with one question, several threads would wait for each other longer than search
        _, ids = self._index.search(vector[np.newaxis], min(limit, len(self)), params=parameters)
        return [int(i) for i in ids[0] if i >= 0]

    def contents(self) -> dict[int, Floats]:
        """The vector (d,) under each id."""
        if not len(self):
            return {}
        ids = faiss.vector_to_array(self._index.id_map).tolist()
        return dict(zip(ids, self._index.index.reconstruct_n(0, len(self)), strict=True))

    def save(self, folder: Path, generation: int) -> None:
        """Write it as `passages.faiss`, atomically. Raises OSError."""
        content = faiss.serialize_index(self._index).tobytes()
        trailer = _TRAILER.pack(_MARK, generation, zlib.crc32(content))
        sweep(folder)
        descriptor, temporary = tempfile.mkstemp(dir=folder, prefix=f"{FILE}.")
        try:
            os.chmod(temporary, 0o644)  # as the database has it: readable by the same users
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(content)
                stream.write(trailer)
                stream.flush()
                os.fsync(stream.fileno())
            os.replace(temporary, folder / FILE)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            raise

    @classmethod
    def load(cls, folder: Path, generation: int) -> "PassageIndex":
        """Read `passages.faiss` of that `generation`. Raises UnusableIndex if it is missing, stale or damaged."""
        try:
            file = (folder / FILE).read_bytes()
        except FileNotFoundError:
            raise UnusableIndex("is missing") from None
        except OSError as error:
            raise UnusableIndex(f"cannot be read ({error.strerror})") from error
        content, trailer = file[: -_TRAILER.size], file[-_TRAILER.size :]
        if len(trailer) < _TRAILER.size or not trailer.startswith(_MARK):
            raise UnusableIndex("is damaged")
        _, stamp, checksum = _TRAILER.unpack(trailer)
        if checksum != zlib.crc32(content):
            raise UnusableIndex("is damaged")
        if stamp != generation:
            raise UnusableIndex("is from another update")
        return cls(faiss.deserialize_index(np.frombuffer(content, dtype=np.uint8)))


def leftovers(folder: Path) -> list[Path]:
    """The unfinished files of indexes whose saving was interrupted, but not those that are being written now."""
    return sorted(file for file in folder.glob(f"{FILE}.*") if time.time() - _touched(file) > SECONDS_UNTOUCHED)


def sweep(folder: Path) -> None:
    """Delete unfinished files. Errors are ignored: another process may have deleted them, or a later call will."""
    with contextlib.suppress(OSError):
        for file in leftovers(folder):
            with contextlib.suppress(OSError):
                file.unlink()


def _touched(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:  # gone meanwhile
        return math.inf
