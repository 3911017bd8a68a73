"""`pullquote sources …`: adds, lists and removes the pages, feeds, sitemaps and folders that articles come from."""

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.arguments import AsJson, Data, DryRun, address_in, check_places
from bot.cli.as_json import source_as_json
from bot.cli.session import opened_session
from bot.services.base_library import read_folder_to_add
from bot.services.catalog import sources_in
from index import read_source, source_privacy, source_removal

sources_app = typer.Typer(no_args_is_help=True, help="Say which pages, feeds and folders articles come from.")


KnownAddress = Annotated[
    str, typer.Argument(metavar="URL", help="As `pullquote sources list` shows it; or the path of a folder.")
]


@sources_app.command("add")
def add_source(
    place: Annotated[
        str, typer.Argument(metavar="URL", help="Of a page, an RSS or Atom feed or a sitemap; or the path of a folder.")
    ],
    private: Annotated[
        bool, typer.Option("--private", help="Answer no reader from it, as it has members' stories in full.")
    ] = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """Bring in the articles of a page, feed, sitemap or folder, and read it again at every `pullquote reindex`."""
    check_places(place)
    with opened_session(data) as session:
        if address := address_in(place):
            with session.terminal.progress("Reading", unit="pages") as on_progress:
                change = session.read(
                    lambda web: read_source(
                        session.library, address, web, session.parser, private=private, on_progress=on_progress
                    )
                )
        else:
            with session.terminal.busy("Reading the folder …"):
                folder = Path(place)
                change = read_folder_to_add(session.library, folder, session.settings, session.parser, private=private)
        session.update(change, dry_run=dry_run, as_json=as_json)


@sources_app.command("list")
def list_sources(as_json: AsJson = False, data: Data = None) -> None:
    """Show the sources: kind, when last read well, how many articles, address, and how the last reading went."""
    with opened_session(data) as session:
        sources = sources_in(session.library)
        if as_json:
            session.terminal.write_json([source_as_json(one) for one in sources])
        else:
            session.terminal.sources(sources)


@sources_app.command("private")
def make_source_private(
    address: KnownAddress,
    public: Annotated[bool, typer.Option("--public", help="Let readers have it again.")] = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """Keep what a source has from readers; answers that quoted it are struck through."""
    check_places(address)
    with opened_session(data) as session:
        change = source_privacy(session.library, address, private=not public)
        session.update(change, dry_run=dry_run, as_json=as_json)


@sources_app.command("remove")
def remove_source(
    address: KnownAddress,
    with_articles: Annotated[bool, typer.Option("--with-articles", help="Take its articles out, too.")] = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """Read a source no more; its articles stay unless asked otherwise."""
    check_places(address)
    with opened_session(data) as session:
        change = source_removal(session.library, address, with_articles=with_articles)
        session.update(change, dry_run=dry_run, as_json=as_json, by_hand=True)
