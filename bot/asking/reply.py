"""Writes answers as markdown, within Discord's limits. All functions are pure.

Text from an article is escaped, so that no mention, link or formatting in it takes effect. Sentences are never cut:
where not everything fits, context goes first, then the last quotes.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from bot.links import link_to
from bot.markdown import LINK_CHARACTERS, Markdown, escape, heading, joined, link, md, shortened, size_of
from bot.ui.reply import AMBER, GREY, INK, QUESTION_CHARACTERS, READ, READ_SAME, TITLE_CHARACTERS, Block, Reply
from bot.wording import counted, credits_of, unanswered
from index import Answer, Article, Outcome, Quote, Span

ROOM = 3100
"""How much of a message the quotes may take. The rest is for the question, the certainty and later corrections."""

SENTENCE_CHARACTERS = 1800
"""How long a sentence may be to be shown. None is shown in part."""

VERY_SURE, FAIRLY_SURE = 0.8, 0.5
"""The confidences from which on an answer is called very or fairly sure. Cross-validated on newsqa-dev, the first quote
is right in 89 of 100 answers that are called very sure, and in 65 of 100 that are called fairly sure."""

PERHAPS = md("**Perhaps this:**")
UNSURE = md("-# This may not be the answer: read it in context")
"""What is above and below a sentence that may answer the question. It is not bold, as the quotes of an answer are."""

FURTHER = md("-# Further passages, each less close to the question than the one before")
NEAR = md("-# What is near the topic; it does not answer the question")
"""What is above further quotes: if the reply has quotes of its own, and if it has none."""


class Action(StrEnum):
    """What a reader can do with an answer. The value is part of the button's custom id.

    MORE shows further quotes, and NEAR shows what was found if the reply has no quote.
    """

    CONTEXT = "context"
    MORE = "more"
    NEAR = "near"
    UP = "up"
    DOWN = "down"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class AnswerReply(Reply):
    """The reply to a question, and what the reader can do with it: the buttons below it."""

    actions: tuple[Action, ...] = ()


def answer_reply(answer: Answer, *, repeat_question: bool = False) -> AnswerReply:
    """What the answer quotes, in context, with the article of each quote; or why it quotes nothing.

    `repeat_question` puts the question on top, where no message shows it.
    """
    head = (Block((heading(shortened(answer.question, QUESTION_CHARACTERS)),)),) if repeat_question else ()
    shown = _shown(answer)
    if answer.answered:
        articles = {one.article.id for one in shown}
        count = f"{counted(len(shown), 'quote')} from {counted(len(articles), 'article')}"
        foot = Block((md("-# {} · {}", _certainty(answer.confidence), count),))
        return AnswerReply((*head, *_blocks(shown), foot), INK, _actions(answer))
    if shown:
        return AnswerReply((*head, *_perhaps(shown), Block((UNSURE,))), AMBER, _actions(answer))
    return AnswerReply((*head, Block((md("**{}**", unanswered(answer)),))), GREY, _actions(answer))


def _actions(answer: Answer) -> tuple[Action, ...]:
    further = bool(further_quotes(answer))
    if not _shown(answer):
        return (Action.NEAR, Action.DELETE) if further else (Action.DELETE,)
    more = (Action.MORE,) if further else ()
    return (Action.CONTEXT, *more, Action.UP, Action.DOWN, Action.DELETE)


def further_quotes(answer: Answer) -> tuple[Quote, ...]:
    """What was found for the question and is not in its reply, best first; nothing if nothing in the articles is near.

    An answer that quotes nothing, but is near the topic, shows what was found only on request.
    """
    if not answer.answered and answer.outcome is Outcome.ABSENT:
        return ()
    found = {_key(quote): quote for quote in (*answer.quotes, *answer.closest)}
    for one in _shown(answer):
        found.pop(_key(one.quotes[0]), None)
    return tuple(found.values())


def more_reply(answer: Answer) -> Reply:
    """The further quotes, as many as fit, numbered on from those of the reply."""
    further, before = _fitted(_each(further_quotes(answer))), len(_shown(answer))
    head = Block((FURTHER if before else NEAR,))
    return Reply((head, *_blocks(further, first=before + 1, bold=answer.answered)), GREY)


def context_reply(answer: Answer) -> Reply:
    """The paragraphs that the quotes of the reply stand in, and the ones before and after as far as they fit."""
    stretches: list[_Shown] = []
    for quote in (shown.quotes[0] for shown in _shown(answer)):
        own = _Shown((quote,), (*_paragraphs_around(quote), quote.context, Span(quote.start, quote.end)))
        met = next((i for i, other in enumerate(stretches) if own.meets(other)), None)
        if met is None:
            stretches.append(own)
        else:
            stretches[met] = stretches[met].joined(own)
    fitted = _fitted(stretches)
    if sum(block.size for block in _blocks(fitted)) > ROOM:  # the quotes are far apart, with much between them
        fitted = _shown(answer)
    if answer.answered:
        return Reply(_blocks(fitted, numbered=False))
    return Reply(_perhaps(fitted), AMBER)


def _perhaps(shown: Sequence["_Shown"]) -> tuple[Block, ...]:
    """The sentence that may answer, below the words that say so."""
    return tuple(Block((PERHAPS, *block.texts)) for block in _blocks(shown, bold=False))


@dataclass(frozen=True, slots=True)
class _Shown:
    """Quotes of one article, and the spans of its text that may be shown around them, the widest first.

    Every span holds all the quotes, which are in the order of the text.
    """

    quotes: tuple[Quote, ...]
    spans: tuple[Span, ...]

    @property
    def article(self) -> Article:
        return self.quotes[0].article

    def meets(self, other: "_Shown") -> bool:
        """Whether both are of one article and their widest spans touch."""
        one, two = self.spans[0], other.spans[0]
        return self.article == other.article and one.start <= two.end and two.start <= one.end

    def joined(self, other: "_Shown") -> "_Shown":
        """The quotes of both, with spans that cover both."""
        quotes = sorted((*self.quotes, *other.quotes), key=lambda quote: quote.start)
        pairs = zip(self.spans, other.spans, strict=True)
        spans = (Span(min(one.start, two.start), max(one.end, two.end)) for one, two in pairs)
        return _Shown(tuple(quotes), tuple(spans))

    def narrowed(self) -> "_Shown":
        """The same quotes, with the next narrower span as the widest."""
        return replace(self, spans=self.spans[1:])

    def block(self, label: Markdown, *, bold: bool = True) -> Block:
        """The quotes within their widest span, set small, and below them `label`, which names the article."""
        span, lines = self.spans[0], list[Markdown]()
        at = span.start
        for quote in self.quotes:
            lines += [*_small(self.article.text[at : quote.start]), _sentence(quote, bold=bold)]
            at = quote.end
        lines += _small(self.article.text[at : span.end])
        return Block((joined("\n", (md("> {}", line) for line in lines)), label))


def _shown(answer: Answer) -> tuple[_Shown, ...]:
    """What the reply shows of an answer: the quotes that fit, or the one sentence that may answer, or nothing."""
    if answer.answered:
        return _fitted(_each(answer.quotes))
    return _fitted(_each([answer.perhaps])) if answer.perhaps else ()


def _each(quotes: Sequence[Quote]) -> list[_Shown]:
    """Each quote by itself, with the part of its context that no earlier quote shows."""
    shown: list[_Shown] = []
    for quote in quotes:
        start, end = quote.context.start, quote.context.end
        for span in (other.spans[0] for other in shown if other.article == quote.article):
            if span.start < quote.start and span.end > start:
                start = min(span.end, quote.start)
            if span.end > quote.end and span.start < end:
                end = max(span.start, quote.end)
        shown.append(_Shown((quote,), (Span(start, end), Span(quote.start, quote.end))))
    return shown


def _fitted(shown: Sequence[_Shown]) -> tuple[_Shown, ...]:
    """As much as there is room for. Context goes first, from the last on; then whole quotes, the last first."""
    fitting = list(shown)
    while sum(block.size for block in _blocks(fitting)) > ROOM:
        can = next((i for i in reversed(range(len(fitting))) if len(fitting[i].spans) > 1), None)
        if can is not None:
            fitting[can] = fitting[can].narrowed()
        elif len(fitting) > 1:
            fitting.pop()
        else:
            break
    return tuple(fitting)


def _blocks(shown: Sequence[_Shown], first: int = 1, *, numbered: bool = True, bold: bool = True) -> tuple[Block, ...]:
    """A block for each, numbered from `first` on if there are several in this message or in earlier ones."""
    blocks: list[Block] = []
    before: Article | None = None
    for i, one in enumerate(shown):
        number = md("**{}** · ", first + i) if numbered and (first > 1 or len(shown) > 1) else md("")
        blocks.append(one.block(_where(one.quotes[0], number, again=one.article == before), bold=bold))
        before = one.article
    return tuple(blocks)


def _where(quote: Quote, number: Markdown, *, again: bool) -> Markdown:
    """The title, byline, day and section of the article, and a link to the sentence; with `again`, only the link."""
    if again:
        return md("-# {}{}", number, _link(quote, READ_SAME) or md("The same article"))
    title = md("{}**{}**", number, shortened(quote.article.title, TITLE_CHARACTERS))
    credits = escape(shortened(credits_of(quote.article), TITLE_CHARACTERS))
    below = joined(" · ", (credits, _link(quote, READ)))
    return md("{}\n-# {}", title, below) if below else title


def _sentence(quote: Quote, *, bold: bool) -> Markdown:
    sentence = escape(quote.text)
    if size_of(sentence) > SENTENCE_CHARACTERS:
        return md("*The sentence is too long for a message; it stands in the article.*")
    return md("**{}**", sentence) if bold else sentence


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


def _small(text: str) -> list[Markdown]:
    """The paragraphs of context, a line each."""
    return [md("-# {}", line) for line in map(escape, re.split(r"\n\s*\n", text)) if line]


def _link(quote: Quote, words: Markdown) -> Markdown:
    """`words` as a link to the sentence, or to its page if that is too long; empty without an address on the web."""
    return link(words, link_to(quote, longest=LINK_CHARACTERS))


def _certainty(confidence: float) -> str:
    if confidence >= VERY_SURE:
        return "Very sure"
    return "Fairly sure" if confidence >= FAIRLY_SURE else "Not quite sure: read it in context"


def _key(quote: Quote) -> tuple[str, int, int, str]:
    """Tells quotes apart, also those of articles with the same id in the base library and in a server's."""
    return quote.article.id, quote.start, quote.end, quote.text
