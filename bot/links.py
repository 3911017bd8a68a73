"""Links to the very sentence that is quoted."""

import re
from collections.abc import Iterator
from urllib.parse import quote, urldefrag

from index import Quote

LONGEST_WHOLE = 300
"""Sentences of more characters are named by their first and last words; Chrome's own links do so from there on too."""

ENDS = (8, 4, 2)
"""How many words name each end of a longer sentence; fewer where the address must be short."""

CLAUSES = (2, 1)
"""The same in clauses, where words are written without spaces. A letter there takes nine characters of an address."""

_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
_CLAUSE = re.compile(r"[^、，；：\s]+[、，；：\s]*")


def link_to(quoted: Quote, *, longest: int | None = None) -> str | None:
    """The address of the quote's article with a text fragment that names the quote; None where it has no address.

    As in https://wicg.github.io/scroll-to-text-fragment/: the text stands percent-encoded after `#:~:text=`, with
    `&`, `-` and `,`, which have a meaning there, encoded as well. Of an address longer than `longest` the fragment
    names less, and at last nothing; where even that is too long there is None.
    """
    if not quoted.article.url:
        return None
    address, fragment = urldefrag(quoted.article.url)
    fragment = fragment.split(":~:")[0]
    links = [f"{address}#{fragment}:~:text={directive}" for directive in _directives(quoted.text)]
    links.append(f"{address}#{fragment}" if fragment else address)
    return next((link for link in links if longest is None or len(link) <= longest), None)


def _directives(sentence: str) -> Iterator[str]:
    """The text fragments that name a sentence, the most precise first.

    A browser finds a text only between borders of words. Where words are written without spaces, it knows these from a
    dictionary, so there the parts that name a long sentence are cut at its commas.
    """
    text = " ".join(sentence.split())
    if 2 * len(_UNSPACED.findall(text)) > len(text):
        clauses = _CLAUSE.findall(text)
        yield _encode(text)
        for ends in CLAUSES:
            if len(clauses) >= 2 * ends:
                yield f"{_encode(''.join(clauses[:ends]).rstrip())},{_encode(''.join(clauses[-ends:]))}"
        return
    words = text.split()
    if len(text) <= LONGEST_WHOLE or len(words) <= 2 * ENDS[0]:
        yield _encode(text)
    for ends in ENDS:
        if len(words) > 2 * ends:
            yield f"{_encode(' '.join(words[:ends]))},{_encode(' '.join(words[-ends:]))}"


def _encode(text: str) -> str:
    return quote(text, safe="").replace("-", "%2D")
