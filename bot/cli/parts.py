"""`pullquote reindex --part 3/16` and `pullquote publish`: many processes encode, and one publishes."""

import re
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.cli.arguments import AsJson, Data
from bot.cli.exit_codes import ExitCode
from bot.cli.session import Session, load_settings, opened_session
from bot.cli.terminal import Terminal, problem_of
from bot.errors import SettingsError
from bot.remedies import operator_reason
from bot.services.opening import opened_engine
from bot.wording import counted
from index import (
    BASE,
    Change,
    PartState,
    StagedChange,
    Staging,
    StagingPlan,
    begin_parts,
    encode_part,
    staged_change,
)

MOST_PARTS = 1_000
"""More parts than there are machines; a larger number is a mistake."""

Part = Annotated[
    str | None,
    typer.Option("--part", metavar="K/N", help="Encode part K of N, beside others, for `pullquote publish`."),
]

_NUMBERS = re.compile(r"0*(\d{1,9})/0*(\d{1,9})", re.ASCII)


def encode(part: str, data: Path | None, *, full: bool, dry_run: bool, remove_missing: bool, as_json: bool) -> None:
    """Encode one part, and say how far it is. Ends with BAD_INPUT if something could not be read."""
    number, parts = _numbers_of(part)
    if dry_run:
        raise SettingsError(
            "A part changes no article, so there is nothing to try out; leave --dry-run or --part away."
        )
    _check_database(data)
    with opened_session(data) as session:
        staging = session.engine.staging(BASE)
        notes: list[str] = []

        def read() -> tuple[Change, Sequence[str]]:
            change = session.read_everything(full=full, remove_missing=remove_missing)
            notes.extend(_notes_of(change))
            return change, notes

        try:
            plan = begin_parts(
                session.library, staging, parts, session.load_encoder, read, full=full, on_wait=_waiting(session)
            )
            for note in notes:
                session.terminal.say(note, "red")
            with session.terminal.progress(f"Encoding part {number}/{parts}", unit="articles") as on_progress:
                done = encode_part(session.library, staging, plan, number, session.load_encoder, on_progress)
        except KeyboardInterrupt:
            session.terminal.say("Interrupted; what is encoded stays, and the same command goes on from there.")
            raise typer.Exit(ExitCode.INTERRUPTED) from None
        if as_json:
            found = {**_as_json(done.state), "parts": parts, "passages_embedded": done.passages_read, "notes": notes}
            session.terminal.write_json(found)
        else:
            left = [state for state in staging.states(plan) if not state.is_complete]
            read_now = counted(done.passages_read, "passage")
            session.terminal.write(
                f"Part {number}/{parts} is complete: {counted(done.state.articles, 'article')}; embedded {read_now}."
            )
            session.terminal.say(_what_is_left(left, plan), "dim")
    if notes:
        raise typer.Exit(ExitCode.BAD_INPUT)


def publish(
    status: Annotated[bool, typer.Option("--status", help="Only say how far the parts are.")] = False,
    discard: Annotated[bool, typer.Option("--discard", help="Delete what is encoded, and publish nothing.")] = False,
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """Put what `pullquote reindex --part` has encoded into the library, in one step; all parts must be complete."""
    if status and discard:
        raise SettingsError("--status and --discard were given, and only one of them can be done; leave one away.")
    _check_database(data)
    if status:
        _say_status(data, as_json=as_json)
        return
    with opened_session(data) as session:
        staging = session.engine.staging(BASE)
        with staging.alone(_waiting(session)):
            if discard:
                dropped = staging.drop()
                said = "What was encoded in parts is deleted." if dropped else "There was nothing to delete."
                session.terminal.write(said)
            else:
                _publish(session, staging, as_json=as_json)


def _waiting(session: Session) -> Callable[[], None]:
    return lambda: session.terminal.say("Waiting for another process, which reads the articles or publishes.", "dim")


def _publish(session: Session, staging: Staging, *, as_json: bool) -> None:
    with session.terminal.busy("Looking whether all parts are complete …"):
        plan, change, notes = staged_change(staging)
    for note in notes:
        session.terminal.say(note, "red")
    session.update(change, rebuild=plan.whole, as_json=as_json, make=StagedChange(staging, plan).make)
    if notes:
        raise typer.Exit(ExitCode.BAD_INPUT)


def _say_status(data: Path | None, *, as_json: bool) -> None:
    """Say how far the parts are. Nothing is opened for that but the database."""
    settings, terminal = load_settings(data), Terminal.standard()
    with opened_engine(settings) as engine:
        staging = engine.staging(BASE)
        plan = staging.plan()
        states = staging.states(plan) if plan else []
    if as_json:
        terminal.write_json(None if plan is None else _status_as_json(plan, states))
        return
    if plan is None:
        terminal.write("Nothing is being encoded in parts.")
        return
    for line in _status_in_lines(plan, states, datetime.now(UTC)):
        terminal.write(line)


def _status_as_json(plan: StagingPlan, states: Sequence[PartState]) -> dict[str, Any]:
    return {
        "model": plan.made_with.model,
        "full": plan.whole,
        "begun": plan.begun.isoformat(),
        "complete": all(state.is_complete for state in states),
        "parts": [_as_json(state) for state in states],
    }


def _as_json(state: PartState) -> dict[str, Any]:
    values = asdict(state) | {"complete": state.is_complete, "last": state.last.isoformat() if state.last else None}
    return {"part": values.pop("number"), **values}


def _status_in_lines(plan: StagingPlan, states: Sequence[PartState], now: datetime) -> list[str]:
    """A line for each part, and one for all."""
    lines = [f"{state.number}/{plan.parts}: {_said_of(state, now)}" for state in states]
    done, articles = sum(state.done for state in states), sum(state.articles for state in states)
    passages = sum(state.passages for state in states)
    complete = sum(state.is_complete for state in states)
    return [
        *lines,
        f"{complete} of {plan.parts} parts complete: {done:,} of {counted(articles, 'article')}, "
        f"{counted(passages, 'passage')} embedded with {plan.made_with.model} since "
        f"{plan.begun.astimezone(UTC):%Y-%m-%d %H:%M} UTC.",
        _what_is_left([state for state in states if not state.is_complete], plan),
    ]


def _said_of(state: PartState, now: datetime) -> str:
    said = f"{state.done:,} of {counted(state.articles, 'article')}, {counted(state.passages, 'passage')} embedded"
    if state.holder:
        return f"{said}; at work: {state.holder}"
    if state.is_complete:
        return f"{said}; complete"
    if state.last is None:
        return f"{said}; not begun"
    minutes = max(0, round((now - state.last).total_seconds() / 60))
    return f"{said}; nobody is at work, the last article came {counted(minutes, 'minute')} ago"


def _what_is_left(left: Sequence[PartState], plan: StagingPlan) -> str:
    """What is to be done next."""
    if not left:
        return "All parts are complete: `pullquote publish` puts them into the library."
    idle = [state for state in left if state.holder is None]
    if not idle:
        return f"The other processes are at work on {counted(len(left), 'part')}."
    full = " --full" if plan.whole else ""
    return f"{counted(len(left), 'part')} left; next: `pullquote reindex{full} --part {idle[0].number}/{plan.parts}`."


def _numbers_of(part: str) -> tuple[int, int]:
    """The numbers in a part such as "3/16". Raises SettingsError."""
    found = _NUMBERS.fullmatch(part.strip())
    number, parts = map(int, found.groups()) if found else (0, 0)
    if not 1 <= number <= parts <= MOST_PARTS:
        raise SettingsError(
            f"{part!r} is no part; give its number and how many there are, such as --part 3/16, and at most "
            f"{MOST_PARTS:,} parts."
        )
    return number, parts


def _check_database(data: Path | None) -> None:
    """Raise SettingsError where the library is in a folder, which only one process changes."""
    if load_settings(data).database_url is None:
        raise SettingsError(
            "Parts are encoded for a library in a database, which many processes share; set DATABASE_URL, without "
            "--data, or run `pullquote reindex` by itself."
        )


def _notes_of(change: Change) -> list[str]:
    """What could not be read, in sentences."""
    refused = [f"refused: {operator_reason(refusal)}" for refusal in change.refused]
    return refused + [f"source: {problem_of(result)}" for result in change.sources if result.problem]
