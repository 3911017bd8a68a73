"""What *In context* shows: the paragraphs that the quotes of a reply stand in, with their neighbours."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bot.asking.reply import may_answer, shown_quotes, where
from bot.markdown import Markdown, escape, isolated, joined, md
from bot.ui.reply import AMBER, INK, Block, Reply
from index import Answer, Quote, Span

ROOM = 3400
"""How much of a message the paragraphs may take."""


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Quotes of one article in the order of its text, and the spans of it that may be shown, the widest first.

    `reader` is the reader's language.
    """

    quotes: tuple[Quote, ...]
    spans: tuple[Span, ...]
    reader: str

    def meets(self, other: "_Stretch") -> bool:
        """Whether both are of one article and their widest spans touch."""
        one, two = self.spans[0], other.spans[0]
        same = self.quotes[0].article == other.quotes[0].article
        return same and one.start <= two.end and two.start <= one.end

    def joined(self, other: "_Stretch") -> "_Stretch":
        """The quotes of both, with spans that cover both."""
        quotes = sorted((*self.quotes, *other.quotes), key=lambda quote: quote.start)
        pairs = zip(self.spans, other.spans, strict=True)
        spans = (Span(min(one.start, two.start), max(one.end, two.end)) for one, two in pairs)
        return replace(self, quotes=tuple(quotes), spans=tuple(spans))

    def block(self) -> Block:
        """The text of the widest span, a line a paragraph, with the quotes in bold; and the article."""
        return Block((joined("\n\n", self._paragraphs()), where(self.quotes[0], self.reader)))

    def _paragraphs(self) -> Iterator[Markdown]:
        text, span = self.quotes[0].article.text, self.spans[0]
        for paragraph in _paragraphs(text, span):
            said, at = list[Markdown](), paragraph.start
            for quote in self.quotes:
                start, end = max(quote.start, at), min(quote.end, paragraph.end)
                if start < end:
                    said += [escape(text[at:start]), md("**{}**", text[start:end])]
                    at = end
            yield isolated(joined(" ", (*said, escape(text[at : paragraph.end]))))


def context_reply(answer: Answer) -> Reply:
    """The paragraphs that the quotes of the reply stand in, and the ones before and after as far as they fit."""
    stretches: list[_Stretch] = []
    for quote in shown_quotes(answer):
        spans = (*_around(quote), quote.context, Span(quote.start, quote.end))
        own = _Stretch((quote,), spans, answer.language)
        met = next((i for i, other in enumerate(stretches) if own.meets(other)), None)
        if met is None:
            stretches.append(own)
        else:
            stretches[met] = stretches[met].joined(own)
    blocks = _fitted(stretches)
    if answer.answered or not blocks:
        return Reply(blocks, INK)
    first, *rest = blocks
    return Reply((Block((may_answer(), *first.texts)), *rest), AMBER)


def _fitted(stretches: Sequence[_Stretch]) -> tuple[Block, ...]:
    """As much as there is room for: the spans become narrower, the last first; then the last stretches go."""
    fitting = list(stretches)
    while sum(one.block().size for one in fitting) > ROOM:
        wide = next((i for i in reversed(range(len(fitting))) if len(fitting[i].spans) > 1), None)
        if wide is not None:
            fitting[wide] = replace(fitting[wide], spans=fitting[wide].spans[1:])
        elif len(fitting) > 1:
            fitting.pop()
        else:
            break
    return tuple(_bounded(one.block()) for one in fitting)


def _bounded(block: Block) -> Block:
    """The block, or its article alone where even the quotes are too far apart or too long for a message."""
    if block.size <= ROOM:
        return block
    return Block((md("*The quotes are too far apart for a message; they stand in the article.*"), *block.texts[1:]))


def _around(quote: Quote) -> tuple[Span, Span]:
    """The paragraph of the quote with those next to it, and the paragraph alone."""
    spans = list(_paragraphs(quote.article.text, Span(0, len(quote.article.text))))
    own = [i for i, span in enumerate(spans) if span.start < quote.end and quote.start < span.end]
    first, last = own[0], own[-1]
    wide = Span(spans[max(first - 1, 0)].start, spans[min(last + 1, len(spans) - 1)].end)
    return wide, Span(spans[first].start, spans[last].end)


def _paragraphs(text: str, within: Span) -> Iterator[Span]:
    """The paragraphs in that span: parted by blank lines where the text has any, else by ends of lines."""
    blank_line = re.search(r"\n[^\S\n]*\n", text)
    paragraph = r"[^\n]+(?:\n(?![^\S\n]*\n)[^\n]+)*" if blank_line else r"[^\n]+"
    for match in re.compile(paragraph).finditer(text, within.start, within.end):
        if match[0].strip():
            yield Span(*match.span())
