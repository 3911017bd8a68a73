"""Turns HTML into plain text: the words that a reader sees."""

import re
from collections.abc import Mapping

from lxml import etree

_SPACE = re.compile(r"[ \t\n\r\f]+")
_SEPARATORS = ("", " ", "\t", "\n", "\n\n")
_UNSEEN = frozenset({"script", "style", "template", "title", "noscript"})
_CELLS = frozenset({"td", "th"})
_LINES = frozenset({"li", "tr", "dt", "dd"})
_BLOCKS = frozenset(
    "address article aside blockquote body caption center details div dl fieldset figcaption figure footer form "
    "h1 h2 h3 h4 h5 h6 header hr html main nav ol p pre section summary table ul".split()
)


class TooManyElements(Exception):
    """The page has more elements than are allowed."""


def plain_text(page: str, without: frozenset[str] = frozenset(), max_elements: int | None = None) -> str:
    """The words of an HTML page or fragment as a reader sees them, without those inside the elements in `without`.

    Blocks are separated by a blank line, list items and table rows by a line break, cells by a tab. The parser reports
    the tags one by one and builds no tree, so deep nesting is no problem. Raises TooManyElements for more than
    `max_elements`.
    """
    words = _PlainText(_UNSEEN | without, max_elements)
    etree.fromstring(page.encode(), etree.HTMLParser(target=words, encoding="utf-8", huge_tree=True))
    return "".join(words.pieces).strip()


class _PlainText:
    """Receives the events of lxml's parser. It collects words in `pieces`, each with its separator in front."""

    def __init__(self, unseen: frozenset[str], max_elements: int | None) -> None:
        self.pieces: list[str] = []
        self._left = max_elements
        self._separator = ""
        self._unseen = unseen
        self._unseen_depth = 0
        self._preformatted = False

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if self._left is not None:
            self._left -= 1
            if self._left < 0:
                raise TooManyElements
        if tag in self._unseen:
            self._unseen_depth += 1
        elif tag == "pre":
            self._preformatted = True
        elif tag == "br":
            self._separate("\n\n" if self._separator == "\n" else "\n")
        self._separate_around(tag)

    def end(self, tag: str) -> None:
        if tag in self._unseen:
            self._unseen_depth -= 1
        elif tag == "pre":
            self._preformatted = False
        self._separate_around(tag)

    def data(self, data: str) -> None:
        if self._unseen_depth:
            return
        edge = "\n" if self._preformatted else " "
        text = data if self._preformatted else _SPACE.sub(" ", data)
        words = text.strip(edge)
        if text.startswith(edge):
            self._separate(edge)
        if words and not words.isspace():
            self.pieces += [self._separator, words]
            self._separator = edge if text.endswith(edge) else ""

    def close(self) -> None:
        """The end of the page."""

    def _separate_around(self, tag: str) -> None:
        if tag in _BLOCKS:
            self._separate("\n\n")
        elif tag in _LINES:
            self._separate("\n")
        elif tag in _CELLS:
            self._separate("\t")

    def _separate(self, separator: str) -> None:
        self._separator = max(self._separator, separator, key=_SEPARATORS.index)
