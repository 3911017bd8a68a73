"""How large one document may be, and what is said of one that is larger."""

from index.errors import ArticleError, Remedy
from index.naming import named

DEFAULT_MAX_BYTES = 5_000_000
"""The size limit where no setting gives one: any news page with its scripts, and a few novels of plain text."""

MAX_LINES = 200_000
"""Of one text, parted by whatever parts lines; the few novels of the size limit have half as many."""


def too_large(name: str, size: int, max_bytes: int) -> ArticleError:
    """The refusal of a document of `size` bytes where `max_bytes` are allowed."""
    return ArticleError(
        f"{named(name)} has {size:,} bytes, more than the {max_bytes:,} allowed: split it", Remedy.RAISE_LIMIT
    )


def check_lines(text: str, label: str) -> None:
    """Raise ArticleError for a text of too many lines."""
    lines = len(text.splitlines())
    if lines > MAX_LINES:
        raise ArticleError(
            f"{label} has {lines:,} lines, more than the {MAX_LINES:,} allowed: check that it is the text of an "
            "article, or split it."
        )
