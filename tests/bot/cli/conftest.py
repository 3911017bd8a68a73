"""An answer to show, and screens that keep what is shown on them."""

import io
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from rich.console import Console

from bot.cli.terminal import Terminal
from index import Answer, Article, Outcome, Quote, Span, Timing

TEXT = (
    "The harbour bakery opens early. Its owner, Ada Brandt, bought the oven from a lighthouse keeper in 2019.\n\n"
    "She sells four hundred loaves on a Saturday."
)
ARTICLE = Article(
    "tides", "The bakery that opens with the tide", TEXT, "Nora Quill", datetime(2026, 2, 3, tzinfo=UTC),
    url="https://example.org/tides", section="Local",
)  # fmt: skip
START, END = TEXT.index("Its owner"), TEXT.index("\n\n")
QUOTE = Quote(ARTICLE, START, END, Span(0, len(TEXT)), 7.123456)
ANSWER = Answer("Who sold the oven?", True, 0.87654321, (QUOTE,), (QUOTE,), Timing(total=12.345), Outcome.ANSWERED)


class Screen:
    """A terminal, or a file, and what was written to it."""

    def __init__(
        self, *, is_terminal: bool, width: int = 200, encoding: str = "utf-8", has_hyperlinks: bool = False
    ) -> None:
        self._out, self._err = (io.TextIOWrapper(io.BytesIO(), encoding, newline="") for _ in range(2))
        options: dict[str, object] = {"force_terminal": is_terminal, "width": width, "highlight": False}
        colour = {"color_system": "standard"} if is_terminal else {}
        self.terminal = Terminal(
            Console(file=self._out, **options, **colour),  # type: ignore[arg-type]
            Console(file=self._err, **options, **colour),  # type: ignore[arg-type]
            has_hyperlinks,
        )

    @property
    def out(self) -> str:
        return _content(self._out)

    @property
    def err(self) -> str:
        return _content(self._err)

    @property
    def plain(self) -> str:
        """The text on the terminal, without colours and addresses of hyperlinks."""
        return unstyled(self.out)


def unstyled(text: str) -> str:
    """The text without colours, and without the addresses of hyperlinks if these stand in printable ASCII."""
    return re.sub(r"\x1b\[[0-9;]*m|\x1b\]8;(id=[\d-]+)?;[!-~]*\x1b\\", "", text)


def _content(stream: io.TextIOWrapper) -> str:
    stream.flush()
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode()


@pytest.fixture
def file() -> Screen:
    return Screen(is_terminal=False)


@pytest.fixture
def screen() -> Screen:
    return Screen(is_terminal=True)


def quoting(*quotes: Quote, confidence: float = 1.0) -> Answer:
    """An answer of these quotes."""
    return Answer("?", True, confidence, quotes, quotes, Timing(), Outcome.ANSWERED)


def with_text(text: str, **fields: str) -> Answer:
    """An answer whose quote is all of an article's text."""
    article = replace(ARTICLE, text=text, **fields)
    quote = Quote(article, 0, len(text), Span(0, len(text)), 1.0)
    return Answer("?", True, 1.0, (quote,), (quote,))
