"""Opens the records: in PostgreSQL if a URL is set, else as a file in the data folder."""

from pathlib import Path
from typing import TYPE_CHECKING

from bot.errors import SettingsError
from bot.storage.database import DATABASE, SCHEMA, Database
from bot.storage.sqlite import SqliteDatabase

if TYPE_CHECKING:
    from bot.storage.postgres import PostgresDatabase


def open_database(
    folder: Path,
    url: str | None = None,
    *,
    schema: str = SCHEMA,
    renew_seal: bool = False,
    unfinished: bool = False,
    key: bytes | None = None,
) -> Database:
    """Open the records in the database at `url`, else in `folder`, or make them there.

    With a `key`, that one is stored there in place of another. With `unfinished` a move to there may be under way.

    With `renew_seal`, answers that are sealed under another key than the present one are forgotten; the rest is kept.
    Without it, they raise SettingsError, as does a place that cannot be used. Raises OutOfResources, too.
    """
    if url is None:
        return SqliteDatabase(folder, renew_seal=renew_seal, key=key)
    return _postgres()(url, folder, schema=schema, renew_seal=renew_seal, unfinished=unfinished, key=key)


def has_records(folder: Path, url: str | None = None, *, schema: str = SCHEMA) -> bool:
    """Whether there are records, which are not made. Raises SettingsError and OutOfResources."""
    if url is None:
        return (folder / DATABASE).exists()
    return _postgres().has_records(url, schema=schema)


def _postgres() -> "type[PostgresDatabase]":
    """What opens records in PostgreSQL; its driver is loaded for that alone."""
    try:
        from bot.storage.postgres import PostgresDatabase
    except ImportError as error:
        raise SettingsError(f'DATABASE_URL takes a driver ({error}); run: pip install -e ".[postgres]"') from error
    return PostgresDatabase
