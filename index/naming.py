"""Makes names given by strangers (of files, addresses, headers) safe to show in messages, and short."""

import hashlib

MAX_NAMED = 200
"""The most characters of a name, an address or a header in a message."""


def printable(name: str) -> str:
    """`name` on one line. Characters that cannot be shown or stored, such as undecodable bytes, are escaped."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in name)


def named(text: str) -> str:
    """`text` as messages show it: made `printable`, and with the middle cut out if it is long."""
    shown = printable(text)
    return shown if len(shown) <= MAX_NAMED else f"{shown[: MAX_NAMED // 2]}…{shown[1 - MAX_NAMED // 2 :]}"


def short_key(text: str) -> str:
    """A key of 24 characters for an article's id or a source's address, which may be long. It is made of a hash."""
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:24]
