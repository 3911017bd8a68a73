"""The records of a test, in SQLite or in PostgreSQL."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from psycopg import sql

from bot.storage.database import Database
from bot.storage.records import open_database
from bot.storage.schema import TABLES
from tests.postgres import Place


class Records:
    """Where the records of a test are: a folder, or with a `place` a schema of a database."""

    def __init__(self, folder: Path, place: Place | None = None) -> None:
        self.folder = folder
        self.place = place

    def open(self, *, renew_seal: bool = False) -> Database:
        """Open them, or make them."""
        if self.place is None:
            return open_database(self.folder, renew_seal=renew_seal)
        return open_database(self.folder, self.place.url, schema=self.place.schema, renew_seal=renew_seal)

    @contextmanager
    def opened(self, *, renew_seal: bool = False) -> Iterator[Database]:
        """Open them, and close them at the end."""
        with closing(self.open(renew_seal=renew_seal)) as database:
            yield database

    def lose_key(self) -> None:
        """Forget the key, wherever it is."""
        (self.folder / "records.key").unlink(missing_ok=True)
        if self.place:
            with self.place.connect() as connection:
                connection.execute("DELETE FROM sealing_key")

    def held(self) -> bytes:
        """All that whoever has the files, or the tables, can read there."""
        files = b"".join(path.read_bytes() for path in self.folder.iterdir() if path.is_file())
        return files + (b"".join(self._in_tables(self.place)) if self.place else b"")

    def _in_tables(self, place: Place) -> Iterator[bytes]:
        with place.connect() as connection:
            for table in TABLES:
                for row in connection.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(table))):
                    for value in row:
                        yield bytes(value) if isinstance(value, bytes) else str(value).encode()
                        yield value.to_bytes(8, signed=True) if isinstance(value, int) else b" "
