"""Writes what a pasted text is as markdown, within Discord's limits. All functions are pure.

What was pasted stands above what was published, with the words struck through that differ, and the published ones in
bold. Word for word means that nothing else needs to be shown than where it stands. Of what editors never want quoted,
readers learn the verdict and the article, and see no word, neither as it was published nor as it was pasted.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from enum import Enum, auto

from bot.asking.reply import where
from bot.languages import say
from bot.markdown import Markdown, escape, isolated, joined, label, link, mark, md, plain, shortened
from bot.storage.answers import Fate
from bot.ui.reply import AMBER, GREEN, GREY, INK, TITLE_CHARACTERS, Block, Reply
from bot.verdicts import summary_of, verdict_in_words, verdict_of
from index import Article, Checked, Piece, Verdict, Verification

ROOM = 3600
"""How much of a message the sentences may take. The rest is for what stands around the quotation, and for the count."""

ECHO_CHARACTERS = 240
"""How much of a sentence is repeated where nothing in it differs."""

SAME_CHARACTERS = 160
"""How much of the words between two differences is repeated."""

AROUND_CHARACTERS = 200

COLOURS = {
    Verdict.WORD_FOR_WORD: GREEN,
    Verdict.FORMER: AMBER,
    Verdict.JOINED: AMBER,
    Verdict.ALTERED: AMBER,
    Verdict.PARTLY: AMBER,
    Verdict.ABSENT: GREY,
}


class Audience(Enum):
    """Who sees a verification: readers; an editor who has asked where readers see it; or an editor alone."""

    READERS = auto()
    EDITOR_AMONG_READERS = auto()
    EDITOR = auto()


def verification_reply(found: Verification, fates: Mapping[int, Fate], seen_by: Audience = Audience.READERS) -> Reply:
    """The verdict, and each sentence with its own. `fates` has those of sentences of which only a digest is kept."""
    said = joined(" · ", (md("**{}**", verdict_in_words(found.verdict)), md("{}", summary_of(found))))
    blocks = list(_sentences(found, fates, seen_by))
    end = [
        md("-# Not checked, as it stands around the quotation: {}", shortened(words, AROUND_CHARACTERS))
        for span in found.around
        if (words := found.text[span.start : span.end])
    ]
    if seen_by is Audience.EDITOR_AMONG_READERS and any(_is_hidden(one, seen_by) for one in found.sentences):
        end.insert(0, md("-# An editor sees what is not shown here with `/verify quote` and *private*."))
    shown: list[Block] = []
    for block in blocks:
        if sum(one.size for one in (*shown, block)) > ROOM and shown:
            break
        shown.append(block)
    if left := len(blocks) - len(shown):
        end.append(md("-# There is no room for the rest ({} of {}); verify it by itself.", left, len(blocks)))
    first = Block((said, *shown[0].texts)) if shown else Block((said,))
    last = (Block((joined("\n", end[:3]),)),) if end else ()
    return Reply((first, *shown[1:], *last), COLOURS[found.verdict] if blocks else INK)


def _sentences(found: Verification, fates: Mapping[int, Fate], seen_by: Audience) -> Iterator[Block]:
    above: Article | None = None
    several = len(found.sentences) > 1
    for number, one in enumerate(found.sentences):
        texts: list[Markdown] = []
        if number in found.seams:
            texts.append(md("-# *Before this, something was left out without a mark.*"))
        if several:
            texts.append(md("**{} · {}**", number + 1, verdict_of(one)))
        if _is_hidden(one, seen_by):
            yield Block((_spaced([*texts, *_hidden(one)]),))
            continue
        quote = one.quote if seen_by is Audience.EDITOR or not one.is_never_quoted else None
        texts += _beside(replace(one, quote=quote), found)
        if number in fates:
            texts.append(_fate_in_words(fates[number]))
        if one.former and one.former.article and quote is None:
            texts.append(_of_article(one.former.article))
        elif quote:
            same = quote.article == above
            texts.append(where(quote, quote.article.language or "", again=same))
            above = quote.article
        for each in one.differences:
            if each.elsewhere:
                texts.append(md("-# The rest is from:"))
                texts.append(where(each.elsewhere, each.elsewhere.article.language or ""))
        if one.is_never_quoted and seen_by is Audience.EDITOR:
            texts.append(md("-# ⚠️ This is never to be quoted; readers who verify it do not see its words."))
        yield Block((_spaced(texts),))


def _is_hidden(one: Checked, seen_by: Audience) -> bool:
    """Whether no word is shown of a sentence. One that is in no article is shown without what comes nearest."""
    return one.is_never_quoted and one.verdict is not Verdict.ABSENT and seen_by is not Audience.EDITOR


def _hidden(one: Checked) -> Iterator[Markdown]:
    """What is said of such a sentence: that it is not shown, and which article it is from."""
    yield md(
        "-# Our editors never want this sentence quoted, so neither its words nor those that were pasted are shown."
    )
    article = one.quote.article if one.quote else one.former.article if one.former else None
    if article:
        yield _linked(article)


def _spaced(texts: Sequence[Markdown]) -> Markdown:
    """The texts below each other, with an empty line after each quotation, so that what follows stands outside."""
    *above, last = texts
    return joined("\n", (*(md("{}\n", one) if one.startswith("> ") else one for one in above), last))


def _beside(one: Checked, found: Verification) -> Iterator[Markdown]:
    """A sentence as it was pasted and, if it differs, as it was published."""
    if one.differences:
        yield md("-# As it was pasted")
        yield md("> {}", _marked(one.pasted(found.text), mark("~~")))
        yield (
            md("-# As it stands in the title of our article") if one.in_title else md("-# As it stands in our article")
        )
        yield md("> {}", _marked(one.published, mark("**")))
        return
    yield md("> {}", shortened(plain(found.text[one.span.start : one.span.end]), ECHO_CHARACTERS))
    if one.verdict is Verdict.ABSENT and one.quote:
        nearest = shortened(plain(one.quote.text), ECHO_CHARACTERS)
        yield md("-# The nearest in our articles is another sentence: {}", nearest)


def _fate_in_words(fate: Fate) -> Markdown:
    """What is said of a sentence that an answer has quoted, of which only a digest is kept."""
    if fate is Fate.WITHDRAWN:
        return md("I have quoted this very sentence here; the article that it was in was withdrawn since.")
    return md("I have quoted this very sentence here; the article that it was in was corrected since.")


def _of_article(article: Article) -> Markdown:
    return md("The article as it is now: {}", _linked(article))


def _linked(article: Article) -> Markdown:
    """The title of an article, as a link to the whole of it."""
    title = shortened(plain(article.title), TITLE_CHARACTERS) or say("The article")
    return link(label(title), article.url) or isolated(escape(title))


def _marked(pieces: Sequence[Piece], around: Markdown) -> Markdown:
    """The pieces on one line, those that differ between marks. Of a long one that does not only the ends are shown."""
    said = mark("")
    for number, piece in enumerate(pieces):
        words = " ".join(plain(piece.text).split())
        lead, tail = (mark(" ") if piece.text[at].isspace() else mark("") for at in (0, -1))
        if piece.differs:
            said = _run(said, lead, around, escape(shortened(words, 4 * SAME_CHARACTERS)), around, tail)
            continue
        if len(words) > 2 * SAME_CHARACTERS:
            start = "" if number == 0 else words[:SAME_CHARACTERS].rpartition(" ")[0]
            end = "" if number == len(pieces) - 1 else words[-SAME_CHARACTERS:].partition(" ")[2]
            words = " ".join(filter(None, (start, "…", end)))
        said = _run(said, lead, escape(words), tail if words else mark(""))
    return isolated(said)


def _run(*parts: Markdown) -> Markdown:
    return joined("", parts)
