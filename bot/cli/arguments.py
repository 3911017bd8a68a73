"""The options and arguments that several commands take, and the check of one."""

import os
from pathlib import Path
from typing import Annotated

import typer

from index import SourceError, complete_address, is_address

Data = Annotated[
    Path | None,
    typer.Option("--data", metavar="FOLDER", help="The data folder; else DATABASE_URL, or DATA_DIR without that."),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
ArticleId = Annotated[str, typer.Argument(metavar="ID", help="As `pullquote articles list` shows it.")]


def check_places(*places: str) -> None:
    """Raise SourceError for an empty place. As a path it would be the working directory, which nobody meant."""
    if not all(place.strip() for place in places):
        raise SourceError("An empty place was given, as by a variable that is not set; name a file, folder or address.")


def address_in(place: str) -> str | None:
    """The web address that was given, in full; None for a path. Where a file or folder has that name, it is a path."""
    if is_address(place):
        return place
    full = complete_address(place)
    return full if is_address(full) and not os.path.exists(place) else None
