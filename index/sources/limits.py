"""How large one document may be, and the errors for larger ones."""

from index.errors import ArticleError, Remedy
from index.naming import named

DEFAULT_MAX_BYTES = 5_000_000
"""The default size limit: room for any news page with its scripts, or for a few novels of plain text."""

MAX_LINES = 200_000
"""Of one text, as `str.splitlines` counts them. A text of the size limit, a few novels, has half as many."""


def too_large(name: str, size: int, max_bytes: int) -> ArticleError:
    """The error for a document of `size` bytes if only `max_bytes` are allowed."""
    return ArticleError(
        f"{named(name)} has {size:,} bytes, more than the {max_bytes:,} allowed: split it", Remedy.RAISE_LIMIT
    )


def check_lines(text: str, label: str) -> None:
    """Raise ArticleError if a text has too many lines."""
    lines = len(text.splitlines())
    if lines > MAX_LINES:
        raise ArticleError(
            f"{label} has {lines:,} lines, more than the {MAX_LINES:,} allowed: check that it is the text of an "
            "article, or split it."
        )
