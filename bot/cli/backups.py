"""`pullquote backup`, `restore`, `export` and `import`: takes all that is kept, or the articles, elsewhere and back."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.arguments import AsJson, Data, DryRun, check_places
from bot.cli.session import load_settings, opened_session
from bot.cli.terminal import Terminal
from bot.errors import SettingsError
from bot.services.backup import SETTINGS, Backup, restore_backup, write_backup
from bot.services.opening import open_library, shared_encoder
from bot.settings import Settings
from bot.wording import counted
from index import BASE, EmbeddedEngine, Encoder, Library, as_line, make_private, read_export

File = Annotated[str, typer.Argument(metavar="FILE", help="It must not be there yet.")]
Existing = Annotated[str, typer.Argument(metavar="FILE")]


def backup(file: File, data: Data = None) -> None:
    """Copy all that is kept into FILE, while the bot runs: libraries, records, their key, settings."""
    check_places(file)
    with opened_session(data) as session:
        open_own = _opening(session.settings, session.load_encoder)
        with session.terminal.busy("Copying …"):
            made = write_backup(Path(file), session.library, session.settings, open_own)
        session.terminal.write(f"{file}: {_described(made)}. It holds the key to the records: keep it to yourself.")


def restore(file: Existing, data: Data = None) -> None:
    """Put a backup back into the data folder, which must be empty or not there yet: all of it, or nothing."""
    check_places(file)
    settings, terminal = load_settings(data), Terminal.standard()
    folder = settings.data_dir
    if settings.database_url:
        raise SettingsError(
            "A backup is put back into a data folder, and DATABASE_URL names a database; name a folder with --data, "
            "and move that into the database with `pullquote migrate`."
        )
    open_own = _opening(settings, shared_encoder(settings))
    with terminal.busy("Checking and unpacking …"):
        made = restore_backup(Path(file), folder, open_own)
    terminal.write(f"{folder}: {_described(made)}, of {made.manifest.made:%Y-%m-%d %H:%M} UTC.")
    terminal.say(f"The settings of then, without the token, are in {folder / SETTINGS}.", "dim")


def export_articles(file: File, data: Data = None) -> None:
    """Write all articles into FILE, each as JSON in a line of its own."""
    check_places(file)
    with opened_session(data) as session:
        session.fill()
        articles, place = session.library.articles(), Path(file)
        if place.exists():
            raise SettingsError(f"{file} is there already, and is not written over; name another file.")
        try:
            make_private(place)
            with place.open("w", encoding="utf-8", newline="\n") as out:
                out.writelines(f"{as_line(article)}\n" for article in articles)
        except OSError as error:
            raise SettingsError(f"{file} cannot be written ({error.strerror or error}); name another file.") from error
        session.terminal.write(f"{file}: {counted(len(articles), 'article')}.")


def import_articles(file: Existing, dry_run: DryRun = False, as_json: AsJson = False, data: Data = None) -> None:
    """Bring in the articles that `export` wrote; those with the same ids are replaced."""
    check_places(file)
    with opened_session(data) as session:
        with session.terminal.busy("Reading the articles …"):
            change = read_export(session.library, Path(file), session.settings.max_article_bytes)
        session.update(change, dry_run=dry_run, as_json=as_json)


def _opening(settings: Settings, load_encoder: Callable[[], Encoder]) -> Callable[[Path], Library]:
    """Opens the library in a folder."""
    return lambda folder: open_library(EmbeddedEngine(folder), BASE, settings, load_encoder)


def _described(made: Backup) -> str:
    files = counted(len(made.manifest.files), "file")
    return f"{files}, {made.size / 1e6:.1f} MB, with the libraries of {counted(made.servers, 'server')}"
