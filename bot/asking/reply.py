"""Writes answers as markdown, within Discord's limits. All functions are pure.

How sure the answer is stands on top, then the quote, its article, and what stands next to it. Text from an article is
escaped, so that no mention, link or formatting in it takes effect. Sentences are never cut: where not everything fits,
context goes first, then the last quotes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from bot.languages import say, say_many
from bot.links import link_to
from bot.markdown import (
    LINK_CHARACTERS,
    Markdown,
    escape,
    isolated,
    joined,
    label,
    link,
    mark,
    md,
    plain,
    quotation,
    shortened,
    size_of,
)
from bot.ui.reply import (
    AFTER,
    BEFORE,
    COLOURS,
    GREY,
    QUESTION_CHARACTERS,
    TITLE_CHARACTERS,
    Block,
    Reply,
)
from bot.wording import (
    Certainty,
    certainty_of,
    credits_of,
    foreign,
    is_sentence,
    newest_first,
    quotation_marks,
    unanswered,
)
from index import Answer, Article, Freshness, Outcome, Quote, Span, neighbours

ROOM = 3100
"""How much of a message the quotes may take. The rest is for the question, the certainty and later corrections."""

SENTENCE_CHARACTERS = 1800
"""How long a sentence may be to be shown. None is shown in part."""

LARGE_CHARACTERS = 160
"""How long quotes may be to be set large: five lines on a phone."""

CONTEXT_CHARACTERS = 280
"""How long a sentence of context may be to be shown next to a quote. All of it is shown in context."""

PAGE_QUOTES = 3
"""How many further quotes a page shows."""


class Action(StrEnum):
    """What a reader can do with an answer. The value is part of the button's custom id.

    MORE shows further quotes, and NEAR shows what was found if the reply has no quote. DELETE is a button of what
    CONTEXT shows. WAIT has the reader told when articles answer the question, and AGAIN when others do, below an answer
    that they were told.
    """

    CONTEXT = "context"
    MORE = "more"
    NEAR = "near"
    UP = "up"
    DOWN = "down"
    DELETE = "delete"
    WAIT = "wait"
    AGAIN = "again"


@dataclass(frozen=True, slots=True)
class AnswerReply(Reply):
    """The reply to a question, and what the reader can do with it: the buttons below it."""

    actions: tuple[Action, ...] = ()


def answer_reply(
    answer: Answer,
    *,
    repeat_question: bool = False,
    freshness: Freshness = Freshness(),  # noqa: B008 - frozen
) -> AnswerReply:
    """The reply to a question, which ends with from when the articles are, if that is known.

    `repeat_question` puts the question on top, where no message shows it.
    """
    reply, foot = _answer_reply(answer, repeat_question=repeat_question), _from_when(freshness)
    if not foot:
        return reply
    *blocks, last = reply.blocks
    return replace(reply, blocks=(*blocks, Block((*last.texts, foot))))


def noting_edit(reply: AnswerReply, answer: Answer) -> AnswerReply:
    """The reply to a question that was edited while somebody waited, with what becomes of that at its end."""
    said = (
        md("-# The question was edited and this answers it, so whoever waited for an answer waits no more.")
        if answer.answered
        else md("-# The question was edited. Whoever waits for an answer is told when articles answer it as it is now.")
    )
    *blocks, last = reply.blocks
    return replace(reply, blocks=(*blocks, Block((*last.texts, said))))


def _from_when(freshness: Freshness) -> Markdown:
    """When the articles were read, small; and if a quoted source has been silent for long, since when."""
    if freshness.read is None:
        return mark("")
    said = [md("Articles read <t:{}:R>", int(freshness.read.timestamp()))]
    if freshness.silent_since:
        last = int(min(freshness.silent_since.values()).timestamp())
        said.append(md("what is quoted has not been found at its source since <t:{}:R>", last))
    return md("-# {}", joined(" · ", said))


def _answer_reply(answer: Answer, *, repeat_question: bool = False) -> AnswerReply:
    """What the answer quotes, with the article of each quote and what stands next to it; or why it quotes nothing.

    `repeat_question` puts the question on top, where no message shows it.
    """
    asked = (md("-# {}", shortened(answer.question, QUESTION_CHARACTERS)),) if repeat_question else ()
    shown = _shown(answer)
    if not shown:
        return AnswerReply((Block((*asked, md("**{}**", unanswered(answer)))),), GREY, _actions(answer))
    first, *rest = _blocks(shown, large=answer.answered)
    if not answer.answered:
        return AnswerReply((Block((*asked, may_answer(), *first.texts)),), COLOURS[Certainty.PERHAPS], _actions(answer))
    quotes = [one.quote for one in shown]
    sure = certainty_of(answer)
    if sure is Certainty.DIFFER and not rest:  # there is no room for both
        sure = Certainty.NOT_SURE
    count = _count(len(quotes), len({quote.article.id for quote in quotes})) if rest else ""
    order = newest_first(quotes) if sure is Certainty.DIFFER else ""
    head = md("-# {}", joined(" · ", (md("**{}**", sure.words), escape(count), escape(order))))
    return AnswerReply((Block((*asked, head, *first.texts)), *rest), COLOURS[sure], _actions(answer))


def may_answer() -> Markdown:
    """What stands above a sentence that may answer. It is not set large, as the quotes of an answer are."""
    return md("-# **{}** · it may not be the answer: read it in context", Certainty.PERHAPS.words)


def _actions(answer: Answer) -> tuple[Action, ...]:
    further = bool(further_quotes(answer))
    if not _shown(answer):
        return (*((Action.NEAR,) if further else ()), *((Action.WAIT,) if _may_come(answer) else ()))
    return (Action.CONTEXT, *((Action.MORE,) if further else ()), Action.UP, Action.DOWN)


def _may_come(answer: Answer) -> bool:
    """Whether new articles may answer a question: not one about a single article, or a period that is over."""
    return answer.limits.article is None and answer.limits.until is None


def further_quotes(answer: Answer) -> tuple[Quote, ...]:
    """What was found for the question and is not in its reply, best first; nothing if nothing in the articles is near.

    An answer that quotes nothing, but is near the topic, shows what was found only on request.
    """
    if not answer.answered and answer.outcome is Outcome.ABSENT:
        return ()
    found = {_key(quote): quote for quote in (*answer.quotes, *answer.closest)}
    for one in _shown(answer):
        found.pop(_key(one.quote), None)
    return tuple(found.values())


def more_reply(answer: Answer, page: int = 0) -> tuple[Reply, int, int]:
    """A page of the further quotes, from page 0 on; which page it is, and how many there are.

    They are numbered on from those of the reply.
    """
    before, pages = len(_shown(answer)), _paged(further_quotes(answer), answer.language)
    page = min(max(page, 0), len(pages) - 1)
    said = (
        say("Further passages, each less close to the question than the one before")
        if before
        else say("What is near the topic; it does not answer the question")
    )
    place = [say("page {} of {}", page + 1, len(pages))] if len(pages) > 1 else []
    head = md("-# {}", " · ".join((said, *place)))
    one, *rest = _blocks(pages[page], first=before + sum(map(len, pages[:page])) + 1, large=False)
    return Reply((Block((head, *one.texts)), *rest), GREY), page, len(pages)


def _paged(quotes: Sequence[Quote], reader: str) -> list[list["_Shown"]]:
    """The quotes in pages: each has at most PAGE_QUOTES, and fewer where these are long."""
    pages: list[list[_Shown]] = [[]]
    for quote in quotes:
        more = [*pages[-1], _Shown(quote, reader)]
        if len(more) == 1 or (len(more) <= PAGE_QUOTES and _fit(more)):
            pages[-1] = more
        else:
            pages.append([_Shown(quote, reader)])
    return pages


@dataclass(frozen=True, slots=True)
class _Shown:
    """A quote, its reader's language, and the sentences next to it that are shown with it; None where none is."""

    quote: Quote
    reader: str
    before: Span | None = None
    after: Span | None = None

    @property
    def is_bare(self) -> bool:
        """Whether it is shown without context."""
        return not (self.before or self.after)

    def bare(self) -> "_Shown":
        """The quote alone."""
        return replace(self, before=None, after=None)


def _shown(answer: Answer) -> tuple[_Shown, ...]:
    """What the reply shows of an answer: the quotes that fit, or the one sentence that may answer, or nothing."""
    if answer.answered:
        return _fitted(_with_context(answer.quotes, answer.language))
    return _fitted(_with_context([answer.perhaps], answer.language)) if answer.perhaps else ()


def shown_quotes(answer: Answer) -> tuple[Quote, ...]:
    """The quotes that are in the reply to a question."""
    return tuple(one.quote for one in _shown(answer))


def _with_context(quotes: Sequence[Quote], reader: str) -> list[_Shown]:
    """Each quote with its neighbours, but for subheadings and those that are long or stand elsewhere in the reply."""
    taken = [(quote.article, Span(quote.start, quote.end)) for quote in quotes]
    shown: list[_Shown] = []
    for quote in quotes:
        article, chosen = quote.article, list[Span | None]()
        for span in neighbours(quote):
            known = span and any(article == other and _meet(span, one) for other, one in taken)
            sentence = plain(article.text[span.start : span.end]) if span and not known else ""
            chosen.append(span if is_sentence(sentence) and len(sentence) <= CONTEXT_CHARACTERS else None)
        taken += [(article, span) for span in chosen if span]
        shown.append(_Shown(quote, reader, *chosen))
    return shown


def _meet(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end


def _fitted(shown: Sequence[_Shown]) -> tuple[_Shown, ...]:
    """As much as there is room for. Context goes first, from the last on; then whole quotes, the last first."""
    fitting = list(shown)
    while not _fit(fitting):
        full = next((i for i in reversed(range(len(fitting))) if not fitting[i].is_bare), None)
        if full is not None:
            fitting[full] = fitting[full].bare()
        elif len(fitting) > 1:
            fitting.pop()
        else:
            break
    return tuple(fitting)


def _fit(shown: Sequence[_Shown]) -> bool:
    return sum(block.size for block in _blocks(shown)) <= ROOM


def _blocks(shown: Sequence[_Shown], first: int = 1, *, large: bool = True) -> tuple[Block, ...]:
    """A block for each, numbered from `first` on if there are several in this message or in earlier ones."""
    blocks: list[Block] = []
    above: Article | None = None
    short = all(len(one.quote.text) <= LARGE_CHARACTERS for one in shown)
    begun = (mark("## ") if short else mark("### ")) if large else mark("> ")
    for number, one in enumerate(shown, start=first):
        counted_as = md("{} · ", str(number)) if first > 1 or len(shown) > 1 else mark("")
        text = one.quote.article.text
        context = (
            md("{}{}", words(), text[span.start : span.end])
            for words, span in ((BEFORE, one.before), (AFTER, one.after))
            if span
        )
        texts = (
            md("{}{}{}", begun, counted_as, _sentence(one.quote)),
            where(one.quote, one.reader, again=one.quote.article == above),
            joined("\n", context),
        )
        blocks.append(Block(tuple(text for text in texts if text)))
        above = one.quote.article
    return tuple(blocks)


def where(quote: Quote, reader: str, *, again: bool = False) -> Markdown:
    """The article's title, as a link to the sentence, over byline, day and section; with `again`, only the link.

    The article's language is named where it is not `reader`, that of the question.
    """
    address = link_to(quote, longest=LINK_CHARACTERS)
    if again:
        same = md("The same article")
        return link(same, address) or same
    title = shortened(plain(quote.article.title), TITLE_CHARACTERS) or say("The article")
    credits = shortened(credits_of(quote.article, opinion=quote.is_opinion), TITLE_CHARACTERS)
    headline = link(label(title), address) or isolated(escape(title))
    below = joined(" · ", (md("{}", part) for part in (*credits.split(" · "), foreign(quote.article, reader)) if part))
    return md("{}\n-# {}", headline, below) if below else headline


def _sentence(quote: Quote) -> Markdown:
    sentence = quotation(quote.text, quotation_marks(quote.text, quote.article.text))
    if size_of(sentence) > SENTENCE_CHARACTERS:
        return md("*The sentence is too long for a message; it stands in the article.*")
    return sentence


def _count(quotes: int, articles: int) -> str:
    """How many quotes there are, which are several, and from how many articles."""
    if articles == 1:
        return say_many("{} quote from 1 article", "{} quotes from 1 article", quotes)
    return say_many("{} quote from {} articles", "{} quotes from {} articles", quotes, articles)


def _key(quote: Quote) -> tuple[str, int, int, str]:
    """Tells quotes apart, also those of articles with the same id in the base library and in a server's."""
    return quote.article.id, quote.start, quote.end, quote.text
