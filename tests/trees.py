"""Trees of errors as the top of a file draws them."""

import re
from types import ModuleType


def drawn_in(module: ModuleType) -> dict[str, str]:
    """The names in the tree that a module's docstring draws, each with the one above it; Exception above the root."""
    assert module.__doc__ is not None
    drawn: dict[str, str] = {}
    above: list[str] = []
    for line in module.__doc__.splitlines():
        if match := re.match(r"([│├└─\s]*)(\w+)(?:\s{2,}.*)?$", line):
            depth = len(match[1]) // 4
            above[depth:] = [match[2]]
            drawn[match[2]] = above[depth - 1] if depth else "Exception"
    return drawn
