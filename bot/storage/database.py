"""The bot's own database, as the stores see it: plain SQL, transactions, and the key that hides who asked, and what.

There are two of them, `sqlite.py` and `postgres.py`; `records.py` opens the one that is set. Both understand the same
SQL, with `?` for each value. What they say differently is written so:

- `IS ?` compares with a value that may be None.
- `IN ?` takes a list.
- TRUE and FALSE for what is yes or no, `ON CONFLICT`, `coalesce` and RETURNING, as both have them.
- `items` and `field` look into JSON.
- `rowid` is the order in which rows came in, in the tables whose stores ask for it.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from bot.errors import SettingsError
from bot.storage.sealing import Sealer

DATABASE, KEY = "records.sqlite3", "records.key"
"""Files in the data folder."""

KEY_BYTES = 32

SCHEMA = "pullquote"
"""Where the tables are in a PostgreSQL database, beside those of the libraries."""


class Row(Protocol):
    """A row that was found. Its columns have names and numbers."""

    def __getitem__(self, column: Any, /) -> Any: ...  # noqa: ANN401, D105 - a name, a number or a slice
    def __iter__(self) -> Iterator[Any]: ...  # noqa: D105
    def __len__(self) -> int: ...  # noqa: D105
    def keys(self) -> Iterable[str]:
        """The names of the columns."""
        ...


class Cursor(Protocol):
    """What a statement did."""

    @property
    def rowcount(self) -> int:
        """How many rows it changed; not more than 0 if none."""
        ...

    def fetchone(self) -> Any:  # noqa: ANN401 - a row, or None
        """The next row that it found, if any."""
        ...


class Transaction(Protocol):
    """The statements of one transaction."""

    def execute(self, query: str, values: Sequence[object] = (), /) -> Cursor:
        """Run a statement."""
        ...

    def executemany(self, query: str, rows: Iterable[Sequence[object]], /) -> Cursor:
        """Run a statement for each of `rows`."""
        ...


class Database(ABC):
    """A database that threads use at once. For worker threads, since it waits for a disk or a server.

    Its methods raise OutOfResources, and SettingsError if it cannot be used as things are.
    """

    key: bytes
    sealer: Sealer

    @abstractmethod
    def close(self) -> None:
        """Close it."""

    @abstractmethod
    def rows(self, query: str, *values: object) -> list[Row]:
        """All rows that a query finds; inside `writing`, as the transaction has left them."""

    def row(self, query: str, *values: object) -> Row | None:
        """The first row that a query finds, if any."""
        return next(iter(self.rows(query, *values)), None)

    @abstractmethod
    def writing(self) -> AbstractContextManager[Transaction]:
        """One transaction: all of the body, or nothing. There is one at a time, over all threads and processes."""

    @abstractmethod
    def reading(self) -> AbstractContextManager[None]:
        """All that this thread reads in the body is as it was at one moment. Others may write meanwhile."""

    @abstractmethod
    def overwrite(self) -> None:
        """Remove what is left of deleted rows, as far as that can be done at once."""

    @abstractmethod
    def check(self) -> None:
        """Read all of it. Raises SettingsError if it is damaged."""

    @abstractmethod
    def damaged(self, why: str) -> SettingsError:
        """What to say of a row that holds what was never written there."""

    @abstractmethod
    def last_number(self, table: str) -> int:
        """The last number that a row of that table had, one of NUMBERED; 0 if none."""

    @abstractmethod
    def number_after(self, transaction: Transaction, table: str, number: int) -> None:
        """Give new rows of that table numbers after this one."""

    @abstractmethod
    def items(self, array: str, *, tolerant: bool = False) -> str:
        """The SQL for the items of an array in JSON, to be read FROM: its columns are `key`, from 0, and `value`.

        If it is `tolerant`, a text that is no JSON has none.
        """

    @abstractmethod
    def field(self, item: str, name: str, *, number: bool = False) -> str:
        """The SQL for a field of an object in JSON, which is a text or a whole number; NULL in an item that is null."""

    def _check_seal(self, questions: str, key: str, *, renew: bool) -> None:
        """See whether the key is the one that the questions are sealed under; both places are named in the message.

        With `renew`, what is sealed under another key is forgotten. Raises SettingsError.
        """
        if self._is_sealed() is True:
            return
        with self.writing() as transaction:
            if (found := self._is_sealed()) is True:  # another process was first
                return
            if found is False and not renew:
                raise SettingsError(
                    f"The questions in {questions} are sealed under another key than the one in {key}; put the file "
                    f"{KEY} that belongs to them back, or run `pullquote doctor --mend`, which forgets all answers."
                )
            if found is False:
                transaction.execute("DELETE FROM answers")
                transaction.execute("DELETE FROM pins")  # their questions are sealed, too
                transaction.execute("DELETE FROM seal")
            transaction.execute("INSERT INTO seal VALUES (?)", (self.sealer.seal("", DATABASE),))
        if found is False:
            self.overwrite()

    def _is_sealed(self) -> bool | None:
        """Whether the questions are sealed under the key; None if none was ever sealed."""
        sealed = self.row("SELECT sealed FROM seal")
        return self.sealer.unseal(sealed[0], DATABASE) is not None if sealed else None
