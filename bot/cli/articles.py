"""`pullquote articles …`: brings articles in, shows them and takes them out."""

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.arguments import ArticleId, AsJson, Data, DryRun, address_in, check_places
from bot.cli.as_json import article_as_json
from bot.cli.session import opened_session
from index import SourceError, article_removal, read_addresses, read_files, together

articles_app = typer.Typer(no_args_is_help=True, help="Bring articles in, look at them, take them out.")


@articles_app.command("add")
def add_articles(
    places: Annotated[
        list[str],
        typer.Argument(metavar="PATH…", help="Files or folders of .md, .txt and .html, PDFs, or addresses of pages."),
    ],
    dry_run: DryRun = False,
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """Bring articles in, or bring them up to date; what cannot be read is named, the rest lands.

    `pullquote reindex` reads pages again, and files where their folder is a source or ARTICLES_DIR.
    """
    check_places(*places)
    with opened_session(data) as session:
        addresses = [address for place in places if (address := address_in(place))]
        paths = [Path(place) for place in places if not address_in(place)]
        with session.terminal.busy("Reading the files …"):
            change = read_files(session.library, paths, session.parser)
        if addresses:
            with session.terminal.busy("Reading the pages …"):
                pages = session.read(lambda web: read_addresses(session.library, addresses, web, session.parser))
            change = together(change, pages)
        if not (change.articles or change.unchanged or change.refused):
            raise SourceError(
                f"There is no .md, .txt or .html file in {', '.join(map(str, paths))}; name another folder."
            )
        session.update(change, dry_run=dry_run, as_json=as_json)


@articles_app.command("list")
def list_articles(as_json: AsJson = False, data: Data = None) -> None:
    """Show all articles, newest first."""
    with opened_session(data) as session:
        session.fill()
        articles = session.library.headlines()
        if as_json:
            session.terminal.write_json([article_as_json(article) for article in articles])
        else:
            session.terminal.articles(articles)


@articles_app.command("show")
def show_article(article_id: ArticleId, as_json: AsJson = False, data: Data = None) -> None:
    """Show one article, whole."""
    with opened_session(data) as session:
        session.fill()
        article = session.library.article(article_id)
        if as_json:
            session.terminal.write_json(article_as_json(article) | {"text": article.text})
        else:
            session.terminal.article(article)


@articles_app.command("remove")
def remove_article(article_id: ArticleId, dry_run: DryRun = False, as_json: AsJson = False, data: Data = None) -> None:
    """Take one article out. No source brings it back, until `pullquote articles add` does."""
    with opened_session(data) as session:
        change = article_removal(session.library, article_id)
        session.update(change, dry_run=dry_run, as_json=as_json, by_hand=True)
