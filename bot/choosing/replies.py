"""Writes the messages about what editors choose. All functions are pure."""

from collections.abc import Sequence

from bot.choosing.reasons import confidence_of, outcome_of, reasons, sentence_of
from bot.languages import say
from bot.links import link_to
from bot.markdown import JOINER, Markdown, escape, heading, joined, label, link, mark, md, shortened
from bot.services.catalog import CHOICE_CHARACTERS
from bot.services.choices import BannedSentence, PinnedAnswer, State
from bot.services.questions import Explained
from bot.ui.reply import AMBER, GREY, INK, MESSAGE_CHARACTERS, QUESTION_CHARACTERS, TITLE_CHARACTERS, Block, Reply
from index import Considered, Quote, SentenceKey

PAGE = 5
"""How many pins or bans a page lists."""


def why_reply(explained: Explained) -> Reply:
    """Why a question is answered as it is: what was quoted, what nearly was, and how sure that is."""
    explanation, record = explained.explanation, explained.record
    head = md("{}\n-# {}", heading(say("Why this answer?")), shortened(record.question, QUESTION_CHARACTERS))
    notes = [*confidence_of(explanation), outcome_of(explanation, is_own_threshold=explained.is_own_threshold)]
    notes += _notes(explained)
    blocks = [Block((head, escape(" ".join(notes))))]
    if explanation.left_out:
        listed = (md("> ~~{}~~", sentence_of(quote)) for quote in explanation.left_out)
        blocks.append(Block((md("**{}**", say("Left out, as it is never to be quoted")), *listed)))
    considered = explanation.considered
    shown = [_considered(one, considered[0], explained.own) for one in considered]
    while shown and Reply((*blocks, *shown)).size > MESSAGE_CHARACTERS:
        shown.pop()
    return Reply((*blocks, *shown), INK if explanation.answer.answered else GREY)


def _notes(explained: Explained) -> list[str]:
    """What else bears on it: a pin, what came before, and whether the articles have changed since."""
    explanation, record, said = explained.explanation, explained.record, list[str]()
    if explanation.pin:
        said.append(say("The pin is for the question “{}”.", shortened(explanation.pin.question, QUESTION_CHARACTERS)))
    if explained.followed:
        said.append(say("It was read as a follow-up to “{}”.", shortened(explained.followed, QUESTION_CHARACTERS)))
    elif explanation.is_follow_up:
        said.append(say("It leans on what was asked before, and was asked by itself now."))
    limits = explanation.answer.limits
    if limits.article:
        said.append(say("Only the article “{}” was asked.", shortened(limits.article.title, TITLE_CHARACTERS)))
    elif limits.since or limits.until:
        said.append(say("Only what was published in a period was asked."))
    then = [(kept.article_id, kept.digest) for kept in record.shown]
    now = explained.shown_now
    if explained.is_changed:
        said.append(say("The articles have changed since: a sentence of this answer stands in them no more."))
    elif then != list(now):
        said.append(say("Asked anew, it is not answered as it was then: articles, pins or the threshold have changed."))
    else:
        said.append(say("Asked anew, it is answered as it was then."))
    return said


def _considered(one: Considered, first: Considered, own: frozenset[SentenceKey]) -> Block:
    how = say("Quoted") if one.is_quoted else say("Nearly")
    place, why = place_of(one.quote), reasons(one, first, own)
    return Block((md("**{}** · “{}”\n{}\n-# {}", how, sentence_of(one.quote), place, why),))


def place_of(quote: Quote) -> Markdown:
    """The title of a quote's article, as a link to the sentence where it has one."""
    title = shortened(quote.article.title, TITLE_CHARACTERS) or say("The article")
    return link(label(title), link_to(quote)) or md("*{}*", title)


def choice_label(quote: Quote) -> str:
    """A sentence as a choice shows it."""
    return shortened(quote.text, CHOICE_CHARACTERS)


def pinned_reply(question: str, quote: Quote) -> Reply:
    """A sentence was pinned."""
    return _note(
        say("Pinned"),
        md("Whoever asks “{}”, or the same in other words, gets this first:", shortened(question, QUESTION_CHARACTERS)),
        md("> “{}”\n-# {}", sentence_of(quote), place_of(quote)),
        foot=md("It holds while the sentence stands word for word in its article. `/pins list` shows all."),
    )


def banned_reply(quote: Quote) -> Reply:
    """A sentence is never to be quoted."""
    return _note(
        say("Never quoted from now on"),
        md("> “{}”\n-# {}", sentence_of(quote), place_of(quote)),
        foot=md(
            "Answers that quote it are struck through within a minute. The same words elsewhere still may be quoted. "
            "`/never-quote list` shows all."
        ),
    )


def said_reply(title: str, said: Markdown) -> Reply:
    """A heading, and what is to be said."""
    return _note(title, said)


def lapsed_reply(answer: PinnedAnswer) -> Reply:
    """What the log channel hears of a pin that holds no more, or again."""
    question = shortened(answer.kept.question, QUESTION_CHARACTERS)
    if answer.state is State.HOLDS:
        return _note(
            say("A pinned answer holds again"), md("Its sentence is back, so “{}” is answered with it again.", question)
        )
    why = (
        md("its sentence is never to be quoted")
        if answer.state is State.BANNED
        else md("its sentence no longer stands in its article, word for word")
    )
    return _note(
        say("A pinned answer does not hold any more"),
        md("“{}” is answered as other questions are: {}.", question, why),
        foot=md("It holds again by itself if that changes. `/pins list` shows it, `/pins remove` removes it."),
        colour=AMBER,
    )


def pins_page(pins: Sequence[PinnedAnswer], page: int) -> tuple[Reply, int, int]:
    """A page of the pins; which page it is, and how many there are."""
    return _page(say("Pinned answers"), [_pin(pin) for pin in pins], page, md("None yet: `/pins add` pins one."))


def bans_page(bans: Sequence[BannedSentence], page: int) -> tuple[Reply, int, int]:
    """A page of the sentences that are never quoted; which page it is, and how many there are."""
    none = md("None yet: `/never-quote add` names one.")
    return _page(say("Sentences that are never quoted"), [_ban(ban) for ban in bans], page, none)


def _pin(pin: PinnedAnswer) -> Block:
    states = {
        State.HOLDS: mark(""),
        State.GONE: md("Its sentence stands no longer in its article, so it does not hold now."),
        State.BANNED: md("Its sentence is never to be quoted, so it does not hold now."),
    }
    head = md("**{}** · {}", str(pin.kept.number), shortened(pin.kept.question, QUESTION_CHARACTERS))
    quoted = md("> “{}”\n-# {}", sentence_of(pin.quote), place_of(pin.quote)) if pin.quote else mark("")
    note = states[pin.state]
    return Block(tuple(text for text in (head, quoted, md("-# ⚠️ {}", note) if note else mark("")) if text))


def _ban(ban: BannedSentence) -> Block:
    if ban.quote is None:
        return Block((md("**{}** · *{}*", str(ban.kept.number), say("It stands in its article no longer.")),))
    number = str(ban.kept.number)
    return Block((md("> **{}** · “{}”\n-# {}", number, sentence_of(ban.quote), place_of(ban.quote)),))


def _page(title: str, entries: Sequence[Block], page: int, none: Markdown) -> tuple[Reply, int, int]:
    pages = max(1, -(-len(entries) // PAGE))
    page = min(max(page, 0), pages - 1)
    if not entries:
        return _note(title, none, colour=GREY), 0, 1
    count = [md("-# {}", say("{} of 500 · page {} of {}", len(entries), page + 1, pages))] if pages > 1 else []
    head = Block((joined("\n", (heading(title), *count)),))
    return Reply((head, *entries[page * PAGE : (page + 1) * PAGE])), page, pages


def _note(title: str, *said: Markdown, foot: Markdown = JOINER, colour: int = INK) -> Reply:
    texts = (joined("\n", (heading(title), *said)), *([md("-# {}", foot)] if foot is not JOINER else []))
    return Reply((Block(texts),), colour)
