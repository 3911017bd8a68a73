"""Shows on the terminal what is logged while a command runs."""

import logging

from bot.cli.terminal import Terminal


class TerminalHandler(logging.Handler):
    """Shows each message as one line, without its traceback: that is for a log file, and commands keep none."""

    def __init__(self, terminal: Terminal) -> None:
        super().__init__()
        self._terminal = terminal

    def emit(self, record: logging.LogRecord) -> None:
        """Show the message, if it is from Pullquote or about .env. Other packages raise an error where it matters."""
        if record.name.partition(".")[0] in ("bot", "index", "dotenv"):
            self._terminal.say(record.getMessage(), "yellow")
