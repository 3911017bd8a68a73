"""How messages name what strangers named: files, addresses, headers."""

MAX_NAMED = 200
"""Characters of a name, an address or a header in a message."""


def printable(name: str) -> str:
    """`name` on one line and without what cannot be shown or stored, such as undecodable bytes: those are escaped."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in name)


def named(text: str) -> str:
    """`text` as a message names it: `printable`, and of a long one both ends."""
    shown = printable(text)
    return shown if len(shown) <= MAX_NAMED else f"{shown[: MAX_NAMED // 2]}…{shown[1 - MAX_NAMED // 2 :]}"
