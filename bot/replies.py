"""What a message says: a pure rendering of answers into markdown that Discord shows, within its limits.

What comes out of an article is escaped, so that it shows to the letter: no mention, link or formatting of its own.
Sentences are never cut. Where not all fits, first context goes, then the later quotes.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from bot.credits import credits_of
from bot.links import link_to
from index import Answer, Quote, Span

MESSAGE_CHARACTERS = 4000
"""What all the text of one message with components may hold; counted here in UTF-16 units, which are never fewer.
https://discord.com/developers/docs/components/reference#text-display"""

ROOM = 3200
"""What of it the quotes may take; the rest is for the question, repeated, and how sure the answer is."""

SENTENCE_CHARACTERS = 2400
"""A longer sentence is not shown: better none than a part."""

LINK_CHARACTERS = 800
"""Longer addresses go without the fragment that names the sentence: its text is worth more than a link to it."""

QUESTION_CHARACTERS, TITLE_CHARACTERS = 300, 200
"""How much of a question and of a title a reply repeats."""

VERY_SURE, FAIRLY_SURE = 0.85, 0.65
"""From these confidences on an answer is called so."""

INK, GREY = 0x2B5C8A, 0x8A8F98
"""The colours of an answer, and of none."""


class Action(StrEnum):
    """What a reader can do with an answer; its button's custom id goes by this name."""

    CONTEXT = "context"
    MORE = "more"
    UP = "up"
    DOWN = "down"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Block:
    """What belongs together in a message: texts in markdown, each on lines of its own."""

    texts: tuple[str, ...]

    @property
    def size(self) -> int:
        """How many UTF-16 units of text it holds."""
        return sum(map(_size, self.texts))


@dataclass(frozen=True, slots=True)
class Reply:
    """A message to be: blocks with a line between them, in a box of that colour, and the buttons below it."""

    blocks: tuple[Block, ...]
    colour: int = INK
    actions: tuple[Action, ...] = ()

    @property
    def size(self) -> int:
        """How many UTF-16 units of text it holds."""
        return sum(block.size for block in self.blocks)


def answer_reply(answer: Answer, *, repeat_question: bool = False) -> Reply:
    """The quotes in their context, where each stands and how sure the answer is; or that there is none.

    `repeat_question` puts the question on top, for where the reader does not see it in a message of its own.
    """
    head = (Block((f"### {escape(_shortened(answer.question, QUESTION_CHARACTERS))}",)),) if repeat_question else ()
    shown = _shown(answer)
    actions = [Action.CONTEXT, Action.MORE, Action.UP, Action.DOWN, Action.DELETE]
    if not further_quotes(answer):
        actions.remove(Action.MORE)
    if answer.answered:
        foot = Block((f"-# {_certainty(answer.confidence)} · {_counted(shown)}",))
        return Reply((*head, *_blocks(shown), foot), INK, tuple(actions))
    none = Block(("**The articles do not hold an answer to that.**",))
    if not shown:
        return Reply((*head, none), GREY, (Action.DELETE,))
    said = Block((*none.texts, "-# What came nearest, and may have nothing to do with it:"))
    return Reply((*head, said, *_blocks(shown, bold=False)), GREY, (*actions[:-3], Action.DELETE))


def further_quotes(answer: Answer) -> tuple[Quote, ...]:
    """What was found for the question and is not in its reply, best first."""
    spans = {_key(shown.quote) for shown in _shown(answer)}
    return tuple(quote for quote in (*answer.quotes, *answer.closest) if _key(quote) not in spans)


def more_reply(answer: Answer) -> Reply:
    """The further quotes, as many as fit, numbered on from those of the reply."""
    found = _fitted([_Shown.of(quote) for quote in further_quotes(answer)])
    head = Block(("-# Further passages, each less close to the question than the one before",))
    return Reply((head, *_blocks(found, first=len(_shown(answer)) + 1)), GREY)


def context_reply(answer: Answer) -> Reply:
    """The paragraph around each quote of the reply, and the ones before and after it as far as they fit."""
    wide = [_Shown.of(shown.quote, *_paragraphs_around(shown.quote)) for shown in _shown(answer)]
    return Reply(_blocks(_fitted(wide)), INK if answer.answered else GREY)


def escape(text: str) -> str:
    """`text` on one line, so that Discord shows it to the letter and its reader sees nothing else in it.

    Marks that turn the direction of what follows are left out: what they turn need not end with the quote.
    """
    return _MARKUP.sub(r"\\\g<0>", " ".join(_DIRECTION.sub("", text).split()))


_MARKUP = re.compile(r"[\\*_~`|<>@\[\]]|:(?=//)")
_DIRECTION = re.compile("[\u202a-\u202e\u2066-\u2069\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class _Shown:
    """A quote and the stretches of its article that it may be shown in, the widest that is left first."""

    quote: Quote
    spans: tuple[Span, ...]

    @classmethod
    def of(cls, quote: Quote, *wider: Span) -> "_Shown":
        return cls(quote, (*wider, quote.context, Span(quote.start, quote.end)))

    def block(self, number: int | None = None, *, bold: bool = True) -> Block:
        """The quote in its stretch, which is set small, over the article's title, byline and link."""
        quote, span, article = self.quote, self.spans[0], self.quote.article
        before, after = article.text[span.start : quote.start], article.text[quote.end : span.end]
        sentence = escape(quote.text)
        if _size(sentence) > SENTENCE_CHARACTERS:
            sentence, bold = "*The sentence is too long for a message; it stands in the article.*", False
        lines = [*_small(before), f"**{sentence}**" if bold else sentence, *_small(after)]
        title = escape(_shortened(article.title, TITLE_CHARACTERS))
        credits = [escape(credits_of(article)), _link(quote)]
        where = [f"**{number} · {title}**" if number else f"**{title}**", "-# " + " · ".join(filter(None, credits))]
        return Block(("\n".join(f"> {line}" for line in lines), "\n".join(where[: 2 if any(credits) else 1])))


def _shown(answer: Answer) -> tuple[_Shown, ...]:
    """What the reply to an answer shows: its quotes, as far as they fit; the nearest sentence where it has none."""
    return _fitted([_Shown.of(quote) for quote in answer.quotes or answer.closest[:1]])


def _fitted(shown: Sequence[_Shown]) -> tuple[_Shown, ...]:
    """As much of it as there is room for: the last that can gives up context first; then the last go altogether."""
    fitting = list(shown)
    while sum(one.block(len(fitting)).size for one in fitting) > ROOM:
        narrowed = next((i for i in reversed(range(len(fitting))) if len(fitting[i].spans) > 1), None)
        if narrowed is not None:
            fitting[narrowed] = replace(fitting[narrowed], spans=fitting[narrowed].spans[1:])
        elif len(fitting) > 1:
            fitting.pop()
        else:
            break
    return tuple(fitting)


def _blocks(shown: Sequence[_Shown], first: int = 1, *, bold: bool = True) -> tuple[Block, ...]:
    """A block each, numbered from `first` on where there are several in the message or before it."""
    numbered = len(shown) > 1 or first > 1
    return tuple(one.block(first + i if numbered else None, bold=bold) for i, one in enumerate(shown))


def _paragraphs_around(quote: Quote) -> tuple[Span, Span]:
    """The paragraph of the quote with those next to it, and the paragraph alone."""
    text = quote.article.text
    blank_line = re.search(r"\n[^\S\n]*\n", text)
    paragraph = r"[^\n]+(?:\n(?![^\S\n]*\n)[^\n]+)*" if blank_line else r"[^\n]+"
    spans = [Span(*match.span()) for match in re.finditer(paragraph, text) if match[0].strip()]
    own = [i for i, span in enumerate(spans) if span.start < quote.end and quote.start < span.end]
    first, last = own[0], own[-1]
    wide = Span(spans[max(first - 1, 0)].start, spans[min(last + 1, len(spans) - 1)].end)
    return wide, Span(spans[first].start, spans[last].end)


def _small(text: str) -> list[str]:
    """The paragraphs of context, a line each."""
    return [f"-# {line}" for line in map(escape, re.split(r"\n\s*\n", text)) if line]


def _link(quote: Quote) -> str:
    """A link to the very sentence, or to the article where that address is too long; none without a web address."""
    address = link_to(quote)
    if address is not None and len(address) > LINK_CHARACTERS:
        address = quote.article.url
    if address is None or len(address) > LINK_CHARACTERS or not re.match(r"https?://[^\s]+$", address, re.IGNORECASE):
        return ""
    safe = re.sub(r"[()<>\\]", lambda match: f"%{ord(match[0]):02X}", address)
    return f"[Read it in the article]({safe})"


def _certainty(confidence: float) -> str:
    if confidence >= VERY_SURE:
        return "Very sure"
    return "Fairly sure" if confidence >= FAIRLY_SURE else "Not quite sure: read it in context"


def _counted(shown: Sequence[_Shown]) -> str:
    quotes, articles = len(shown), len({one.quote.article.id for one in shown})
    said = f"{quotes} quote" + ("s" if quotes > 1 else "")
    return f"{said} from {articles} article" + ("s" if articles > 1 else "")


def _shortened(text: str, limit: int) -> str:
    """`text` itself, or its first words and an ellipsis."""
    words = " ".join(text.split())
    return words if len(words) <= limit else words[: limit - 1].rpartition(" ")[0] + " …"


def _size(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _key(quote: Quote) -> tuple[str, int, int]:
    return quote.article.id, quote.start, quote.end
