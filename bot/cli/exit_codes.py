"""The exit codes of `pullquote`. Imports nothing else of Pullquote, so that it can be loaded when the rest cannot."""

from enum import IntEnum


class ExitCode(IntEnum):
    """How a command ended, for the shell. The command-line parser ends with BAD_INPUT, too, on wrong usage."""

    DONE = 0
    """Answered, or done."""

    NO_ANSWER = 1
    """The articles do not hold the answer: of `ask`."""

    NOT_OURS = 1
    """The text is not in the articles word for word: of `verify`."""

    UNHEALTHY = 1
    """The bot does not run, or does not answer: of `health`. Containers take 1 for that."""

    BAD_INPUT = 2
    """Wrong usage, bad input, or any other error that Pullquote can explain."""

    UNEXPECTED = 3
    """An error that Pullquote did not expect."""

    INTERRUPTED = 130
    """Stopped with Ctrl-C: 128 + SIGINT, as shells count."""
