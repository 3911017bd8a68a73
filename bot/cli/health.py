"""What `pullquote health` says of the bot that runs on a data folder."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from bot.watching.health import Facts, Report, Status
from bot.wording import as_bytes, as_span, counted

NOT_HERE = "No bot has run on this data folder."


def answers(report: Report | None, now: datetime) -> bool:
    """Whether the bot runs and answers."""
    return report is not None and report.is_well and report.is_current(now)


def all_answer(reports: Sequence[Report], now: datetime) -> bool:
    """Whether a process runs, and each answers that was not stopped."""
    running = [report for report in reports if report.status is not Status.STOPPED]
    return bool(running) and all(answers(report, now) for report in running)


def headline(report: Report, now: datetime) -> str:
    """How the bot is, in a sentence."""
    ago = f"{as_span(abs((now - report.facts.at).total_seconds()))} ago"
    if report.status is Status.STOPPED:
        return f"stopped {ago}"
    if not report.is_current(now):
        return f"last heard of {ago}: it has ended without stopping in order, or stands still"
    return f"{report.status}, running for {as_span((now - report.facts.started).total_seconds())}"


def lines_of_all(reports: Sequence[Report], now: datetime) -> Iterator[str]:
    """All that is known of each process of the bot."""
    if not reports:
        yield NOT_HERE
    for report in reports:
        yield from lines_of(report, now)


def lines_of(report: Report, now: datetime) -> Iterator[str]:
    """All that is known of a bot: a line for how it is, for each fact, and for each problem."""
    process = report.facts.process
    yield f"bot{f', {process.title}' if process else ''}: {headline(report, now)}"
    if not report.is_current(now) or report.status is Status.STOPPED:
        return
    yield from _facts(report.facts)
    for problem in report.problems:
        yield f"problem: {problem.sentence}"


def _facts(facts: Facts) -> Iterator[str]:
    signed_in = f"signed in, in {counted(facts.servers, 'server')}" if facts.ready else "not signed in yet"
    yield f"gateway: {'; '.join([signed_in, *_shards(facts)])}"
    yield f"queue: {facts.queue.waiting} waiting, {facts.queue.working} worked on"
    yield f"model: {'loaded' if facts.model_warm else 'not loaded yet'}"
    if facts.storage.on_server:
        reach = facts.storage.reach
        answers_in = "it does not answer" if reach is None else f"it answers in {1000 * reach:.1f} ms"
        yield f"database: {facts.storage.place}; {answers_in}"
    if base := facts.base:
        made = f", made {_ago(base.made, facts.at)}" if base.made else ""
        failing = f", of which {base.failing} cannot be read" if base.failing else ""
        made += f", articles read {_ago(base.read, facts.at)}" if base.read else ""
        yield f"library: generation {base.generation}{made}; {counted(base.sources, 'source')}{failing}"
    if facts.process:
        yield f"leader: {'this process' if facts.process.leads else 'another process'}"
    refreshing = facts.refreshing
    last = _ago(refreshing.last, facts.at) if refreshing.last else "not known"
    if facts.process is None or facts.process.leads:
        yield f"refresh: last {last}, next {_until(refreshing.next, facts.at)}"
    if facts.disk_free is not None:
        yield f"disk: {as_bytes(facts.disk_free)} left"


def _shards(facts: Facts) -> Iterator[str]:
    for shard in facts.shards:
        if shard.silent is not None:
            latency = f", latency {shard.latency * 1000:.0f} ms" if shard.latency is not None else ""
            yield f"shard {shard.id} heard {as_span(shard.silent)} ago{latency}"


def _ago(moment: datetime, now: datetime) -> str:
    return f"{as_span((now - moment).total_seconds())} ago"


def _until(moment: datetime | None, now: datetime) -> str:
    if moment is None:
        return "not planned"
    return f"in {as_span((moment - now).total_seconds())}" if moment > now else "now"
