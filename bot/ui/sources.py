"""What people on Discord see of a source: where it is, when it was read, and what is wrong with it."""

from datetime import datetime

from bot.library_words import library_sentence
from bot.markdown import Markdown, bare_link, md, md_later, shortened
from bot.services.catalog import ListedSource
from index import Problem, Source

ADDRESS_CHARACTERS = 200
"""How long an address may be to be shown whole."""

PROBLEM_CHARACTERS = 200
"""How much is shown of what was wrong with a source at its last reading."""

_FOLDER_PROBLEM = md_later(
    "A folder of the bot's operator could not be read as it should; they find out why with `pullquote reindex`."
)


def address_of(address: str) -> Markdown:
    """An address as a link; as text if it is too long for a line, or no web address."""
    return bare_link(address, ADDRESS_CHARACTERS)


def place_of(source: Source) -> Markdown:
    """Where a source is. The path of a folder is not shown, since it is only for the operator."""
    return md("a folder of the bot's operator") if source.kind == "folder" else address_of(source.address)


def said_of(source: Source, problem: Problem) -> str:
    """What is wrong with a source. What is wrong with a folder names paths, so it is only for the operator."""
    return _FOLDER_PROBLEM() if source.kind == "folder" else library_sentence(problem.sentence)


def last_problem(source: Source) -> str:
    """What was wrong with a source at its last reading; "" if nothing was."""
    if not source.problem:
        return ""
    if source.kind == "folder":
        return _FOLDER_PROBLEM()
    return shortened(library_sentence(source.problem), PROBLEM_CHARACTERS)


def when_read(one: ListedSource) -> Markdown:
    """When a source was last read; of one whose last reading failed, when that last went well."""
    if one.source.checked is None:
        return md("not read yet")
    if not one.source.problem:
        return md("read <t:{}:R>", _seconds(one.source.checked))
    return md("last read well <t:{}:R>", _seconds(one.read_well)) if one.read_well else md("never read well")


def last_failure(one: ListedSource) -> Markdown:
    """That the last reading of a source failed, when, since when all do, and why."""
    problem = last_problem(one.source)
    last, first = one.source.checked, one.failing_since
    if last is None:
        return md("{}", problem)
    if first is None or first >= last:
        return md("The last reading failed <t:{}:R>: {}", _seconds(last), problem)
    return md(
        "The last reading failed <t:{}:R>, as did all others since <t:{}:f>: {}",
        _seconds(last), _seconds(first), problem,
    )  # fmt: skip


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())
