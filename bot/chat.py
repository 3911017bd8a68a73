"""A conversation in the terminal."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from bot.terminal import Terminal
from index import Library, QuestionError

PROMPT = "? "


def converse(library: Library, terminal: Terminal, history: Path) -> None:
    """Read questions and show their answers until Ctrl-D; Ctrl-C drops the line that is being written."""
    terminal.say(f"{len(library.articles())} articles. Ask a question; Ctrl-D leaves.", "dim")
    with _remembered(history):
        while True:
            try:
                question = input(PROMPT).strip()
                if question:
                    terminal.answer(library.ask(question))
                    terminal.write()
            except QuestionError as error:
                terminal.say(str(error), "red")
            except KeyboardInterrupt:
                terminal.write()
            except EOFError:
                terminal.write()
                return


@contextlib.contextmanager
def _remembered(history: Path) -> Iterator[None]:
    """Let the arrow keys bring back earlier questions, also those of earlier conversations."""
    try:
        import readline
    except ImportError:  # Windows has none
        yield
        return
    with contextlib.suppress(OSError):
        readline.read_history_file(history)
    readline.set_history_length(500)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            readline.write_history_file(history)
