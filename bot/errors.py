"""Errors of the bot and the command line, on the tree of `index.errors`."""

from index import PullquoteError


class SettingsError(PullquoteError):
    """A setting that cannot be used. The message names it and what it should be."""
