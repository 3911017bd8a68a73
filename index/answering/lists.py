"""Lists of different lengths, one after the other in one array, and what is computed of all of them at once."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

Value = TypeVar("Value", bound=np.generic)


@dataclass(frozen=True, slots=True, eq=False)
class Lists(Generic[Value]):
    """n lists: the values of all of them, (t,), and the length of each, int64 (n,)."""

    values: NDArray[Value]
    lengths: NDArray[np.int64]

    @property
    def starts(self) -> NDArray[np.int64]:
        """Where each list starts in `values`, int64 (n,)."""
        return np.cumsum(self.lengths) - self.lengths

    @property
    def owners(self) -> NDArray[np.int64]:
        """The index of the list of each value, int64 (t,)."""
        return np.repeat(np.arange(len(self.lengths)), self.lengths)

    def take(self, rows: NDArray[np.int64]) -> "Lists[Value]":
        """The lists with those indexes, in that order."""
        lengths = self.lengths[rows]
        skipped = np.repeat(self.starts[rows] - (np.cumsum(lengths) - lengths), lengths)
        return Lists(self.values[np.arange(len(skipped)) + skipped], lengths)

    def count(self, wanted: NDArray[Value]) -> NDArray[np.int64]:
        """How often each list has each of the `wanted` values (w,): int64 (n, w)."""
        shape = len(self.lengths), len(wanted)
        which, place = np.divmod(np.flatnonzero(wanted[:, np.newaxis] == self.values), max(len(self.values), 1))
        return np.bincount(self.owners[place] * shape[1] + which, minlength=shape[0] * shape[1]).reshape(shape)

    def reduce(self, ufunc: np.ufunc, values: NDArray[Any]) -> NDArray[Any]:
        """The values (t, …) of each list reduced to one: (n, …), with 0 for an empty list."""
        found = np.zeros((len(self.lengths), *values.shape[1:]), dtype=values.dtype)
        filled = self.lengths > 0
        if filled.any():
            found[filled] = ufunc.reduceat(values, self.starts[filled], axis=0)
        return found

    def pairs(self: "Lists[np.uint32]") -> "Lists[np.uint64]":
        """The neighbouring values of each list, two in one number."""
        wide, owners = self.values.astype(np.uint64), self.owners
        both = wide[:-1] << np.uint64(32) | wide[1:]
        return Lists(both[owners[1:] == owners[:-1]], np.maximum(self.lengths - 1, 0))

    def distinct(self: "Lists[np.uint32]") -> NDArray[np.int64]:
        """How many different values each list has, int64 (n,)."""
        with_owners = np.unique(self.owners << 32 | self.values.astype(np.int64))
        return np.bincount(with_owners >> 32, minlength=len(self.lengths))
