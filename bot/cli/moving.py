"""`pullquote migrate`: moves all that is kept from the data folder into a database, and back."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.arguments import Data, check_places
from bot.cli.exit_codes import ExitCode
from bot.cli.session import load_settings
from bot.cli.terminal import Terminal
from bot.errors import SettingsError
from bot.services.moving import Moved, Place, move
from bot.settings import Settings, is_address_of_database
from bot.shards import Shards
from bot.watching.health import Status
from bot.watching.status_file import read_reports
from index import is_database

_GO_ON = "What was moved so far is kept: run the same command again to go on. The source is as it was."

Url = Annotated[
    str | None,
    typer.Argument(metavar="DATABASE_URL", help="postgresql://user:password@host/name; else the setting of that name."),
]
ToFolder = Annotated[
    Path | None,
    typer.Option("--to-folder", metavar="FOLDER", help="Move from the database into this folder, which must be empty."),
]


def migrate(database_url: Url = None, to_folder: ToFolder = None, data: Data = None) -> None:
    """Move all that is kept from the data folder into a database, or back; the source stays as it is."""
    terminal, settings = Terminal.standard(), Settings.load()
    database = Place(settings.data_dir, _url_of(database_url, settings))
    if to_folder is None:
        source, target = Place(load_settings(data).data_dir), database
        _check_no_bot(source.folder)
    elif data is not None:
        raise SettingsError("--to-folder names the folder to move into, and --data one to move from; leave out one.")
    else:
        check_places(str(to_folder))
        source, target = database, Place(to_folder)
    try:
        with terminal.progress("Moving", unit="articles") as on_progress:
            moved = move(source, target, on_progress)
    except KeyboardInterrupt:
        terminal.say(f"Interrupted. {_GO_ON}")
        raise typer.Exit(ExitCode.INTERRUPTED) from None
    _tell(terminal, moved)
    if to_folder is None:
        terminal.say(f"Set DATABASE_URL to use it; {source.folder} is as it was, and can be deleted then.", "dim")
    else:
        terminal.say(f"Remove DATABASE_URL and set DATA_DIR={to_folder} to use it; the database is as it was.", "dim")


def _url_of(given: str | None, settings: Settings) -> str:
    if not given and settings.database_url is None:
        raise SettingsError(
            "There is no database; name it as `pullquote migrate postgresql://user:password@host/name`, or set "
            "DATABASE_URL."
        )
    url = given or (settings.database_url.get_secret_value() if settings.database_url else "")
    if not is_database(url):
        raise SettingsError("What was named is no address of a PostgreSQL database; it begins with postgresql://.")
    if not is_address_of_database(url):
        raise SettingsError(
            "The address that was named cannot be read; it has the form postgresql://user:password@host:5432/name, "
            "with special characters of the password written like %40."
        )
    return url


def _check_no_bot(folder: Path) -> None:
    """Raise SettingsError if a bot runs on a data folder."""
    now = datetime.now(UTC)
    if any(one.status is not Status.STOPPED and one.is_current(now) for one in read_reports(folder, Shards())):
        raise SettingsError(
            f"A bot runs on {folder}, or has ended a moment ago without saying so; stop it, and try again in a minute."
        )


def _tell(terminal: Terminal, moved: Moved) -> None:
    """Show what was moved, and that both sides hold the same."""
    terminal.write(f"Moved from {moved.source} to {moved.target}, and compared.")
    rows: list[tuple[object, ...]] = [("library", "articles", "passages", "sources", "can be undone", "SHA-256")]
    for name, held in moved.libraries.items():
        rows.append((name, held.articles, held.passages, held.sources, held.kept, held.digest[:12]))
    terminal.table(rows)
    if tables := {name: rows for name, rows in moved.records.items() if rows.count}:
        terminal.write()
        terminal.table(
            [("records", "rows", "SHA-256"), *((name, rows.count, rows.short) for name, rows in tables.items())]
        )
