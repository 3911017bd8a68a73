"""Which terminals know hyperlinks: words that open an address (OSC 8)."""

import re
import string
from collections.abc import Mapping
from urllib.parse import quote

TMUX = (3, 4)
"""The first version of tmux that passes hyperlinks on."""


def knows_hyperlinks(environ: Mapping[str, str]) -> bool:
    """Whether the terminal that the environment describes shows hyperlinks.

    A terminal says nothing of that. Most know them, so the answer is no only for those that are known to drop them,
    where the address would be lost: the Linux console, Terminal.app, GNU screen and older versions of tmux.
    """
    program, version = environ.get("TERM_PROGRAM", ""), environ.get("TERM_PROGRAM_VERSION", "")
    if environ.get("TERM", "").lower() in ("dumb", "unknown", "linux") or "STY" in environ:
        return False
    return program != "Apple_Terminal" and (program != "tmux" or tuple(map(int, re.findall(r"\d+", version))) >= TMUX)


def target_of(address: str) -> str:
    """The address as it may stand in a hyperlink: in printable ASCII, the rest percent-encoded."""
    return quote(address, safe=string.punctuation)
