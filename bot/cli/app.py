"""The command line: its commands, and `main`, which runs them. The exit codes are in `exit_codes.py`."""

import contextlib
import io
import json
import logging
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from bot.cli import evaluation
from bot.cli.arguments import AsJson, Data, DryRun, check_places
from bot.cli.articles import articles_app
from bot.cli.as_json import answer_as_json, correction_as_json, verification_as_json
from bot.cli.backups import backup, export_articles, import_articles, restore
from bot.cli.chat import converse
from bot.cli.choices import chosen_in, never_app, pins_app, why
from bot.cli.doctor import examine
from bot.cli.ending import end_on
from bot.cli.exit_codes import ExitCode
from bot.cli.health import all_answer, lines_of_all
from bot.cli.log import TerminalHandler
from bot.cli.moving import migrate
from bot.cli.parts import Part, encode, publish
from bot.cli.sample import write_samples
from bot.cli.session import load_settings, opened_session
from bot.cli.sources import sources_app
from bot.cli.terminal import Terminal
from bot.errors import SettingsError
from bot.privacy import privacy_text
from bot.settings import Settings
from bot.watching.status_file import as_json as report_as_json
from bot.watching.status_file import read_reports
from bot.wording import counted
from index import PullquoteError, Verdict, evaluate

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)
app.add_typer(articles_app, name="articles")
app.add_typer(sources_app, name="sources")
app.add_typer(pins_app, name="pins")
app.add_typer(never_app, name="never-quote")
app.command()(why)
app.command()(publish)
app.command()(backup)
app.command()(restore)
app.command()(migrate)
app.command("export")(export_articles)
app.command("import")(import_articles)


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
    with opened_session(data) as session:
        session.fill()
        with session.terminal.busy("Reading the question …"):
            chosen = chosen_in(session)
            answer = session.library.ask(
                question,
                limit=limit,
                article_id=article,
                since=since,
                until=until,
                never=chosen.never,
                pinned=chosen.pinned,
            )
        if as_json:
            session.terminal.write_json(answer_as_json(answer, session.freshness(answer)))
        else:
            session.terminal.answer(answer)
            session.terminal.freshness(session.freshness(answer), datetime.now(UTC))
    raise typer.Exit(ExitCode.DONE if answer.answered else ExitCode.NO_ANSWER)


@app.command()
def verify(
    text: Annotated[str, typer.Argument(help="What a story is said to have said; `-` reads it from standard input.")],
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """Say whether TEXT is from the articles: word for word, altered, or not; exit code 1 when not word for word."""
    with opened_session(data) as session:
        session.fill()
        pasted = sys.stdin.read() if text == "-" else text
        with session.terminal.busy("Looking for the text …"):
            never = chosen_in(session).never
            found = session.library.verify(pasted, earlier=session.earlier(), never=never)
        if as_json:
            session.terminal.write_json(verification_as_json(found))
        else:
            session.terminal.verification(found)
    raise typer.Exit(ExitCode.DONE if found.verdict is Verdict.WORD_FOR_WORD else ExitCode.NOT_OURS)


@app.command()
def chat(data: Data = None) -> None:
    """Ask one question after another; the arrow keys bring earlier ones back, Ctrl-D leaves."""
    with opened_session(data) as session:
        session.fill()
        with session.terminal.busy("Loading the model …"):
            session.library.warm()
        history = session.settings.data_dir / "chat-history"
        converse(session.library, session.terminal, history, chosen_in(session))


@app.command()
def reindex(
    full: Annotated[bool, typer.Option("--full", help="Embed every article afresh, after a change of model.")] = False,
    dry_run: DryRun = False,
    remove_missing: Annotated[
        bool, typer.Option("--remove-missing", help="Also where a source has lost more than half of its articles.")
    ] = False,
    part: Part = None,
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """Bring the library in line with ARTICLES_DIR and the sources: add, replace what changed, remove what is gone.

    With --part, as many processes as there are share the work, and `pullquote publish` makes the change.
    """
    if part is not None:
        encode(part, data, full=full, dry_run=dry_run, remove_missing=remove_missing, as_json=as_json)
        return
    with opened_session(data) as session:
        session.update(
            session.read_everything(full=full, remove_missing=remove_missing),
            rebuild=full,
            dry_run=dry_run,
            as_json=as_json,
        )


@app.command()
def rollback(
    dry_run: DryRun = False,
    forget: Annotated[
        bool,
        typer.Option("--forget", help="Erase what is kept to be undone, and former words in the list of corrections."),
    ] = False,
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """Undo the last reindex, refresh or addition, within ROLLBACK_DAYS; repeat it to undo the one before."""
    with opened_session(data) as session:
        if forget:
            session.drop_kept()
        else:
            session.roll_back(dry_run=dry_run, as_json=as_json)


@app.command()
def corrections(as_json: AsJson = False, data: Data = None) -> None:
    """Show what was corrected or withdrawn in the base library within RECORDS_DAYS, the newest first."""
    with opened_session(data) as session:
        found = session.corrections()
        if as_json:
            session.terminal.write_json([correction_as_json(one) for one in found])
        else:
            session.terminal.corrections(found)


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
    with TemporaryDirectory(prefix="pullquote-eval-") as place, opened_session(Path(place)) as session:
        found = evaluation.score(known, session.library, session.settings, session.terminal, seed)
        if out is not None:
            evaluation.save(found, out)
        if as_json:
            session.terminal.write_json(evaluation.as_json(found))
        else:
            for line in evaluation.in_lines(found):
                session.terminal.write(line)


@app.command()
def run(data: Data = None) -> None:
    """Run the Discord bot until Ctrl-C or SIGTERM; needs DISCORD_TOKEN."""
    from bot.run import run as run_bot  # here, since no other command needs discord.py
    from bot.token import token_of

    if data and Settings.load().database_url:
        raise SettingsError(
            "DATABASE_URL is set, and --data names a folder to run on; set DATA_DIR for the folder of this process, or "
            "remove DATABASE_URL."
        )
    token = token_of(load_settings(data))
    with opened_session(data) as session:
        session.fill()
        run_bot(token, session.settings, session.library, session.load_encoder, session.parser, session.engine)


@app.command()
def health(as_json: AsJson = False, data: Data = None) -> None:
    """Say how the bot is that runs on this data folder; exit code 1 when it does not run, or does not answer."""
    terminal, now = Terminal.standard(), datetime.now(UTC)
    settings = load_settings(data)
    reports = read_reports(settings.data_dir, settings.shards)
    if as_json:
        found = [json.loads(report_as_json(report)) for report in reports]
        terminal.write_json(found if len(found) > 1 else next(iter(found), None))
    else:
        for line in lines_of_all(reports, now):
            terminal.write(line)
    raise typer.Exit(ExitCode.DONE if all_answer(reports, now) else ExitCode.UNHEALTHY)


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
    with TemporaryDirectory(prefix="pullquote-demo-") as place, opened_session(Path(place)) as session:
        session.terminal.say("Opening the page …", "dim")
        loaded = show_demo(
            session.settings,
            session.library,
            session.load_encoder,
            session.parser,
            session.terminal,
            port=port,
            open_browser=not no_browser,
        )
    if not loaded:  # Python would end the thread that loads the model in the middle of something, and may crash
        sys.stdout.flush()
        os._exit(ExitCode.DONE)


@app.command()
def privacy(data: Data = None) -> None:
    """Print a text about privacy to publish: what the bot keeps of people, how and for how long."""
    Terminal.standard().write(privacy_text(load_settings(data)).strip())


@app.command()
def sample(
    folder: Annotated[str, typer.Argument(metavar="FOLDER", help="It is made if it is not there.")],
) -> None:
    """Write a few articles into FOLDER as files, to try things out with; what is there is never written over."""
    check_places(folder)
    files = write_samples(Path(folder))
    Terminal.standard().write(f"{counted(len(files), 'article')} in {folder}: {', '.join(file.name for file in files)}")


@app.command()
def doctor(
    mend: Annotated[bool, typer.Option("--mend", help="Put right what can be made again from what is sound.")] = False,
    data: Data = None,
) -> None:
    """Check Python, model, libraries, settings and token: for each line ok, or the remedy."""
    terminal = Terminal.standard()
    with terminal.busy("Checking …"):
        checks = list(examine(lambda: load_settings(data), mend=mend))
    for check in checks:
        terminal.check(check)
    raise typer.Exit(ExitCode.BAD_INPUT if any(check.remedy for check in checks) else ExitCode.DONE)


def main() -> None:
    """Run `pullquote`. Every error ends here, as one sentence and an exit code."""
    # A character that the encoding of the terminal lacks must not end the command.
    for stream, errors in ((sys.stdin, "surrogateescape"), (sys.stdout, "backslashreplace")):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=errors)
    terminal = Terminal.standard()
    handler = TerminalHandler(terminal)
    logging.basicConfig(handlers=[handler], level=logging.WARNING)
    try:
        try:
            app()
        finally:
            with contextlib.suppress(BrokenPipeError):  # the reader, such as `head`, has closed the pipe
                if sys.stdout:  # which may have been closed
                    sys.stdout.flush()  # here, where a full disk is explained; when Python ends, it is not
    except Exception as error:
        sys.exit(end_on(error, terminal, logged=handler not in logging.root.handlers))  # `run` puts a log in its place
    except SystemExit as ended:
        if ended.code == ExitCode.INTERRUPTED:  # a cut-off import may hold up a thread, for which Python waits
            os._exit(ExitCode.INTERRUPTED)
        raise
