"""A conversation in the terminal."""

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from bot.cli.terminal import Terminal
from bot.services.choices import Chosen
from bot.services.freshness import freshness_of
from bot.wording import counted
from index import Answer, Library, Outcome, QuestionError, make_private, talk_in

PROMPT = "? "

NOT_ASKED = "Ask a question about the articles, in plain words."
"""What is said to greetings, thanks and other words that ask nothing."""


def converse(library: Library, terminal: Terminal, history: Path, chosen: Chosen) -> None:
    """Read questions and show their answers until Ctrl-D; Ctrl-C drops the line that is being written.

    Each question follows the last one for which something was found; the others are passed over. `chosen` is what the
    operator chose.
    """
    terminal.say(f"{counted(library.for_readers().size().articles, 'article')}. Ask a question; Ctrl-D leaves.", "dim")
    previous: Answer | None = None
    with _remembered(history):
        while True:
            try:
                question = _line()
                if question is None:
                    terminal.write()
                    return
                if question and talk_in(question):
                    terminal.say(NOT_ASKED, "dim")
                elif question:
                    answer = library.ask(question, follows=previous, never=chosen.never, pinned=chosen.pinned)
                    previous = previous if answer.outcome is Outcome.ABSENT else answer
                    terminal.answer(answer)
                    now = datetime.now(UTC)
                    terminal.freshness(freshness_of([library], answer, now), now)
                    terminal.write()
            except QuestionError as error:
                terminal.say(str(error), "red")
            except KeyboardInterrupt:
                terminal.write()


def _line() -> str | None:
    """The next line that is typed; None at the end of the input."""
    try:
        return input(PROMPT).strip()
    except (EOFError, RuntimeError):  # RuntimeError: there is no standard input
        return None


@contextlib.contextmanager
def _remembered(history: Path) -> Iterator[None]:
    """Let the arrow keys bring back earlier questions, also from earlier conversations, while the body runs."""
    try:
        import readline
    except ImportError:  # Windows has none
        yield
        return
    with contextlib.suppress(OSError):
        make_private(history)
        readline.read_history_file(history)
    readline.set_history_length(500)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            readline.write_history_file(history)
