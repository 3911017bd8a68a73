"""Links to the very sentence that is quoted."""

from urllib.parse import quote, urldefrag

from index import Quote

LONGEST_WHOLE = 300
"""Sentences of more characters are named by their first and last words; Chrome's own links do so from there on too."""

ENDS = 8
"""How many words name each end of a longer sentence."""


def link_to(quoted: Quote) -> str | None:
    """The address of the quote's article with a text fragment that names the quote; None where it has no address.

    As in https://wicg.github.io/scroll-to-text-fragment/: the text stands percent-encoded after `#:~:text=`, with
    `&`, `-` and `,`, which have a meaning there, encoded as well.
    """
    if not quoted.article.url:
        return None
    words = quoted.text.split()
    text = " ".join(words)
    if len(text) <= LONGEST_WHOLE or len(words) <= 2 * ENDS:
        directive = _encode(text)
    else:
        directive = f"{_encode(' '.join(words[:ENDS]))},{_encode(' '.join(words[-ENDS:]))}"
    address, fragment = urldefrag(quoted.article.url)
    return f"{address}#{fragment.split(':~:')[0]}:~:text={directive}"


def _encode(text: str) -> str:
    return quote(text, safe="").replace("-", "%2D")
