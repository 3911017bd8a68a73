"""FAISS over the passage vectors of one library: derived from the store, and rebuilt whenever it does not match."""

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

# The file is what faiss writes, then this trailer: a mark, the store's generation, the CRC-32 of what is before it.
_TRAILER = struct.Struct("<8sQI")
_MARK = b"pullquot"


SECONDS_UNTOUCHED = 60
"""For how long nobody has written to a file that nobody is going to finish."""


class UnusableIndex(Exception):
    """A passage index on disk that cannot serve; `str(error)` says why. Only a reason to rebuild."""


@dataclass(frozen=True, slots=True)
class PassageIndex:
    """Exact search by cosine over unit vectors, each under its passage's id."""

    _index: Any

    @classmethod
    def build(cls, ids: NDArray[np.int64], vectors: Floats) -> "PassageIndex":
        """An index of unit `vectors` (n, d) under `ids` (n,)."""
        index = faiss.IndexIDMap2(faiss.IndexFlatIP(max(vectors.shape[1], 1)))
        if len(ids):
            index.add_with_ids(np.ascontiguousarray(vectors), ids)
        return cls(index)

    def __len__(self) -> int:
        """How many passages it holds."""
        return int(self._index.ntotal)

    def search(self, vector: Floats, limit: int, among: NDArray[np.int64] | None = None) -> list[int]:
        """The ids of the `limit` passages nearest to the unit `vector` (d,), nearest first; of those in `among`."""
        if not len(self):
            return []
        parameters = None
        if among is not None:
            parameters = faiss.SearchParameters()
            parameters.sel = faiss.IDSelectorBatch(among)
        faiss.omp_set_num_threads(1)  # for one question more threads wait for each other longer than they search
        _, ids = self._index.search(vector[np.newaxis], min(limit, len(self)), params=parameters)
        return [int(i) for i in ids[0] if i >= 0]

    def contents(self) -> dict[int, Floats]:
        """The vector (d,) under each id."""
        if not len(self):
            return {}
        ids = faiss.vector_to_array(self._index.id_map).tolist()
        return dict(zip(ids, self._index.index.reconstruct_n(0, len(self)), strict=True))

    def save(self, folder: Path, generation: int) -> None:
        """Write it as `passages.faiss`: whole or not at all. Raises OSError."""
        content = faiss.serialize_index(self._index).tobytes()
        trailer = _TRAILER.pack(_MARK, generation, zlib.crc32(content))
        sweep(folder)
        descriptor, temporary = tempfile.mkstemp(dir=folder, prefix=f"{FILE}.")
        try:
            os.chmod(temporary, 0o644)  # as the database: whoever may read that may read this
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
        """Read `passages.faiss` as of `generation`. Raises UnusableIndex where it is missing, stale or damaged."""
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
    """The files of indexes whose saving was cut short, as by a kill; not those that are just being written."""
    return sorted(file for file in folder.glob(f"{FILE}.*") if time.time() - _touched(file) > SECONDS_UNTOUCHED)


def sweep(folder: Path) -> None:
    """Delete what was left over; what somebody else deletes at the same time, or nobody can just now, is as good."""
    with contextlib.suppress(OSError):
        for file in leftovers(folder):
            with contextlib.suppress(OSError):
                file.unlink()


def _touched(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:  # gone meanwhile
        return math.inf
