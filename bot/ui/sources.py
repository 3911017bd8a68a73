"""What people on Discord see of a source: where it is, and what is wrong with it."""

from bot.library_words import library_sentence
from bot.markdown import Markdown, bare_link, md, md_later, shortened
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
