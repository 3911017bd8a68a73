"""The command line.

Exit codes: 0 answered or done, 1 no answer found, 2 usage, bad input or whatever else Pullquote can explain, 3 what it
did not expect, 130 interrupted.
"""

import asyncio
import contextlib
import io
import logging
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from bot.cli import evaluation
from bot.cli.chat import converse
from bot.cli.doctor import examine
from bot.cli.ending import BAD_INPUT, end_on
from bot.cli.terminal import (
    Terminal,
    answer_as_json,
    article_as_json,
    for_operator,
    problem_of,
    report_as_json,
    source_as_json,
)
from bot.errors import SettingsError
from bot.services.base_library import first_articles, has_sources, read_everything, read_folder_to_add, read_places
from bot.services.opening import open_base, open_parser, open_web, shared_encoder
from bot.settings import Settings
from bot.wording import counted
from index import (
    Change,
    Encoder,
    Library,
    Parser,
    PullquoteError,
    SourceError,
    UpdateReport,
    Web,
    article_removal,
    articles_per_source,
    evaluate,
    is_address,
    make_change,
    plan_change,
    read_addresses,
    read_source,
    sample_articles,
    source_removal,
    together,
)

NO_ANSWER, INTERRUPTED = 1, 130

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)
articles_app = typer.Typer(no_args_is_help=True, help="Bring articles in, look at them, take them out.")
app.add_typer(articles_app, name="articles")
sources_app = typer.Typer(no_args_is_help=True, help="Say which pages, feeds and folders articles come from.")
app.add_typer(sources_app, name="sources")

Data = Annotated[Path | None, typer.Option("--data", metavar="FOLDER", help="The data folder; else DATA_DIR.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
ArticleId = Annotated[str, typer.Argument(metavar="ID", help="As `pullquote articles list` shows it.")]


@app.callback()
def pullquote() -> None:
    """Answers questions about your articles by quoting the sentences that answer them, word for word."""


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="In plain words.")],
    as_json: AsJson = False,
    limit: Annotated[int, typer.Option(help="How many quotes at the most.")] = 3,
    article: Annotated[str | None, typer.Option(metavar="ID", help="Ask this article alone.")] = None,
    since: Annotated[str | None, typer.Option(metavar="DATE", help="Published then or later.")] = None,
    until: Annotated[str | None, typer.Option(metavar="DATE", help="Published then or before.")] = None,
    data: Data = None,
) -> None:
    """Answer QUESTION with quotes from the articles; exit code 1 when they do not hold the answer."""
    with _base(data) as base:
        base.fill()
        with base.terminal.busy("Reading the question …"):
            answer = base.library.ask(question, limit=limit, article_id=article, since=since, until=until)
        if as_json:
            base.terminal.write_json(answer_as_json(answer))
        else:
            base.terminal.answer(answer)
    raise typer.Exit(0 if answer.answered else NO_ANSWER)


@app.command()
def chat(data: Data = None) -> None:
    """Ask one question after another; the arrow keys bring earlier ones back, Ctrl-D leaves."""
    with _base(data) as base:
        base.fill()
        with base.terminal.busy("Loading the model …"):
            base.library.warm()
        converse(base.library, base.terminal, base.settings.data_dir / "chat-history")


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
    _check_places(*places)
    with _base(data) as base:
        addresses = [place for place in places if is_address(place)]
        paths = [Path(place) for place in places if not is_address(place)]
        change = read_places(base.library, paths, base.parser)
        if addresses:
            with base.terminal.busy("Reading the pages …"):
                pages = base.read(lambda web: read_addresses(base.library, addresses, web, base.parser))
            change = together(change, pages)
        if not change.articles and not change.refused:
            raise SourceError(
                f"There is no .md, .txt or .html file in {', '.join(map(str, paths))}; name another folder."
            )
        base.update(change, dry_run=dry_run, as_json=as_json)


@articles_app.command("list")
def list_articles(as_json: AsJson = False, data: Data = None) -> None:
    """Show all articles, newest first."""
    with _base(data) as base:
        base.fill()
        articles = base.library.articles()
        if as_json:
            base.terminal.write_json([article_as_json(article) for article in articles])
        else:
            base.terminal.articles(articles)


@articles_app.command("show")
def show_article(article_id: ArticleId, as_json: AsJson = False, data: Data = None) -> None:
    """Show one article, whole."""
    with _base(data) as base:
        base.fill()
        article = base.library.article(article_id)
        if as_json:
            base.terminal.write_json(article_as_json(article) | {"text": article.text})
        else:
            base.terminal.article(article)


@articles_app.command("remove")
def remove_article(article_id: ArticleId, dry_run: DryRun = False, as_json: AsJson = False, data: Data = None) -> None:
    """Take one article out. No source brings it back, until `pullquote articles add` does."""
    with _base(data) as base:
        base.update(article_removal(base.library, article_id), dry_run=dry_run, as_json=as_json)


@sources_app.command("add")
def add_source(
    place: Annotated[
        str, typer.Argument(metavar="URL", help="Of a page, or of an RSS or Atom feed; or the path of a folder.")
    ],
    dry_run: DryRun = False,
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """Bring in the articles of a page, feed or folder, and read it again at every `pullquote reindex`."""
    _check_places(place)
    with _base(data) as base:
        if is_address(place):
            with base.terminal.progress("Reading", unit="pages") as on_progress:
                change = base.read(
                    lambda web: read_source(base.library, place, web, base.parser, on_progress=on_progress)
                )
        else:
            change = read_folder_to_add(base.library, Path(place), base.settings, base.parser)
        base.update(change, dry_run=dry_run, as_json=as_json)


@sources_app.command("list")
def list_sources(as_json: AsJson = False, data: Data = None) -> None:
    """Show the sources: kind, when it was last read, how many articles it has, address, and how that reading went."""
    with _base(data) as base:
        sources, counts = base.library.sources(), articles_per_source(base.library)
        if as_json:
            base.terminal.write_json(
                [source_as_json(source) | {"articles": counts[source.address]} for source in sources]
            )
        else:
            base.terminal.sources(sources, counts)


@sources_app.command("remove")
def remove_source(
    address: Annotated[
        str, typer.Argument(metavar="URL", help="As `pullquote sources list` shows it; or the path of a folder.")
    ],
    with_articles: Annotated[bool, typer.Option("--with-articles", help="Take its articles out, too.")] = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """Read a source no more; its articles stay unless asked otherwise."""
    _check_places(address)
    with _base(data) as base:
        change = source_removal(base.library, address, with_articles=with_articles)
        base.update(change, dry_run=dry_run, as_json=as_json)


@app.command()
def reindex(
    full: Annotated[bool, typer.Option("--full", help="Embed every article afresh, after a change of model.")] = False,
    dry_run: DryRun = False,
    remove_missing: Annotated[
        bool, typer.Option("--remove-missing", help="Also where a source has lost more than half of its articles.")
    ] = False,
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """Bring the library in line with ARTICLES_DIR and the sources: add, replace what changed, remove what is gone."""
    with _base(data) as base:
        if not (full or has_sources(base.library, base.settings)):
            raise SettingsError(
                "ARTICLES_DIR is not set, so there is no folder to read; set it in .env, or use `pullquote articles "
                "add` or `pullquote sources add`."
            )
        confirmed = {article.id for article in base.library.articles()} if remove_missing else ()
        with base.terminal.progress("Reading", unit="pages") as on_progress:
            change = base.read(
                lambda web: read_everything(
                    base.library, base.settings, web, base.parser, remove_missing=confirmed, on_progress=on_progress
                )
            )
        base.update(change, rebuild=full, dry_run=dry_run, as_json=as_json)


@app.command("eval")
def evaluate_answers(
    folder: Annotated[
        Path,
        typer.Argument(metavar="FOLDER", readable=False, help="It holds articles.jsonl and questions.jsonl, or SQuAD."),
    ],
    split: Annotated[str | None, typer.Option(metavar="NAME", help="Only the questions of this split.")] = None,
    absent_split: Annotated[
        str | None, typer.Option(metavar="NAME", help="Leave out the articles of this split: nothing answers it.")
    ] = None,
    specific: Annotated[bool, typer.Option("--specific", help="Only the questions marked specific.")] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="Draw this many of the questions.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="What the drawing and the intervals start from.")] = 0,
    as_json: AsJson = False,
    out: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Write each result and the risk-coverage curve there.")
    ] = None,
) -> None:
    """Score the answers to questions with known answers, in a library made for that alone."""
    known = evaluate.load(folder, split=split, absent_split=absent_split, specific=specific, limit=limit, seed=seed)
    if out is not None:
        evaluation.make_folder(out)
    with TemporaryDirectory(prefix="pullquote-eval-") as place, _base(Path(place)) as base:
        found = evaluation.score(known, base.library, base.settings, base.terminal, seed)
        if out is not None:
            evaluation.save(found, out)
        if as_json:
            base.terminal.write_json(evaluation.as_json(found))
        else:
            for line in evaluation.in_lines(found):
                base.terminal.write(line)


@app.command()
def run(data: Data = None) -> None:
    """Run the Discord bot until Ctrl-C or SIGTERM; needs DISCORD_TOKEN."""
    from bot.run import run as run_bot  # late: no other command needs discord.py
    from bot.token import token_of

    token = token_of(_settings(data))
    with _base(data) as base:
        base.fill()
        run_bot(token, base.settings, base.library, base.load_encoder, base.parser)


@app.command()
def demo(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Of the page; 0 takes any that is free.")] = 0,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Only print the address.")] = False,
) -> None:
    """Show the bot in a page on this machine that looks like Discord; needs no token."""
    try:
        from bot.cli.demo import demo as show_demo
    except ModuleNotFoundError as error:
        raise PullquoteError('The demo is not installed; run: pip install ".[demo]".') from error
    with TemporaryDirectory(prefix="pullquote-demo-") as place, _base(Path(place)) as base:
        base.library.update(sample_articles())
        show_demo(
            base.settings,
            base.library,
            base.load_encoder,
            base.parser,
            base.terminal,
            port=port,
            open_browser=not no_browser,
        )


@app.command()
def doctor(
    mend: Annotated[bool, typer.Option("--mend", help="Put right what can be made again from what is sound.")] = False,
    data: Data = None,
) -> None:
    """Check Python, model, libraries, settings and token: for each line ok, or the remedy."""
    terminal = Terminal.standard()
    findings = list(examine(lambda: _settings(data), mend=mend))
    for finding in findings:
        terminal.finding(finding)
    raise typer.Exit(BAD_INPUT if any(finding.remedy for finding in findings) else 0)


@dataclass(frozen=True, slots=True)
class Base:
    """The base library with its settings, and the terminal that is told about it."""

    library: Library
    settings: Settings
    terminal: Terminal
    load_encoder: Callable[[], Encoder]
    parser: Parser

    def fill(self) -> None:
        """Give a library that was never used its first articles, and say so."""
        if self.library.read_generation():
            return
        change, origin = first_articles(self.settings, self.parser)
        report = self._carry_out(change, rebuild=False)
        self.terminal.say(f"The library was empty: indexed {origin}, {counted(len(report.added), 'article')}.", "dim")
        for refusal in report.refused:
            self.terminal.say(f"refused: {for_operator(refusal.reason)}", "red")

    def read(self, read: Callable[[Web], Awaitable[Change]]) -> Change:
        """What `read` finds on the web."""

        async def reading() -> Change:
            _heed_ctrl_c()
            async with open_web(self.settings) as web:
                return await read(web)

        try:
            return asyncio.run(reading())
        except asyncio.CancelledError:
            raise KeyboardInterrupt from None

    def update(self, change: Change, *, rebuild: bool = False, dry_run: bool = False, as_json: bool = False) -> None:
        """Make or plan a change and report it; exit code 2 when something was refused, or a source cannot be read."""
        report = plan_change(self.library, change) if dry_run else self._carry_out(change, rebuild=rebuild)
        problems = [result for result in change.sources if result.problem]
        if as_json:
            self.terminal.write_json(report_as_json(report, change.sources, planned=dry_run))
        else:
            self.terminal.report(report, planned=dry_run, anew=rebuild)
            for result in change.sources:
                if result.excluded:
                    left_out = counted(len(result.excluded), "article")
                    self.terminal.say(f"{result.source.address}: {left_out} left out, removed by hand", "dim")
            for result in problems:
                self.terminal.say(f"source: {problem_of(result)}", "red")
        if report.refused or problems:
            raise typer.Exit(BAD_INPUT)

    def _carry_out(self, change: Change, *, rebuild: bool) -> UpdateReport:
        with self.terminal.progress("Indexing") as on_progress:
            return make_change(self.library, change, rebuild=rebuild, on_progress=on_progress)


def _heed_ctrl_c() -> None:
    """Have Ctrl-C cancel the current task at once, and a second one interrupt whatever goes on.

    What asyncio.run() does for that wakes no event loop that has just begun to wait: the task would go on until a site
    answers.
    """
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task

    def stop() -> None:
        loop.remove_signal_handler(signal.SIGINT)
        task.cancel()

    if signal.getsignal(signal.SIGINT) != signal.SIG_IGN:
        with contextlib.suppress(NotImplementedError):  # Windows; there asyncio.run() is all there is
            loop.add_signal_handler(signal.SIGINT, stop)


def _check_places(*places: str) -> None:
    """Raise SourceError for an empty place: a path of nothing is the working directory, which nobody meant."""
    if not all(place.strip() for place in places):
        raise SourceError("An empty place was given, as by a variable that is not set; name a file, folder or address.")


@contextlib.contextmanager
def _base(data: Path | None) -> Iterator[Base]:
    settings = _settings(data)
    terminal = Terminal.standard()
    try:
        load_encoder = shared_encoder(settings)
        with open_base(settings, load_encoder) as library, open_parser(settings) as parser:
            yield Base(library, settings, terminal, load_encoder, parser)
    except KeyboardInterrupt:
        terminal.say("Interrupted; the library is as it was before.")
        raise typer.Exit(INTERRUPTED) from None


def _settings(data: Path | None) -> Settings:
    settings = Settings.load()
    return settings if data is None else settings.model_copy(update={"data_dir": data})


def main() -> None:
    """Run `pullquote`. Every error ends here, as one sentence and an exit code."""
    # What an encoding has no place for is no reason to fail.
    for stream, errors in ((sys.stdin, "surrogateescape"), (sys.stdout, "backslashreplace")):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=errors)
    terminal = Terminal.standard()
    handler = _ToTerminal(terminal)
    logging.basicConfig(handlers=[handler], level=logging.WARNING)
    try:
        try:
            app()
        finally:
            with contextlib.suppress(BrokenPipeError):  # whoever read it has read enough
                if sys.stdout:  # which may have been closed
                    sys.stdout.flush()  # now: at its end Python would not say what to do about a full disk
    except Exception as error:
        sys.exit(end_on(error, terminal, logged=handler not in logging.root.handlers))  # `run` has a log in its place


class _ToTerminal(logging.Handler):
    """Says what is logged in a line; tracebacks are for a log file, which the command line has none of."""

    def __init__(self, terminal: Terminal) -> None:
        super().__init__()
        self._terminal = terminal

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.partition(".")[0] in ("bot", "index", "dotenv"):  # what others find odd they raise if it matters
            self._terminal.say(record.getMessage(), "yellow")
