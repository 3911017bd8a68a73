"""Marks the quotes in a message that were corrected or withdrawn since: strikes them through, with date and link.

The quoted words are only in the message, since the article no longer has them. So marks are put around the words that
are there, and can be taken off again. In escaped text only our own marks work, so they are told from the article's.

A quote is a text that begins with one of QUOTES. The text after it names its article; the one after that is context, if
it begins as such. How sure the answer is stands above the first quote. Messages of earlier versions have that at their
end, and context within the text of the quote.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.markdown import JOINER, Markdown, joined, link, md, plain, size_of, unescape
from bot.storage.answers import Fate, Mark
from bot.ui.reply import AFTER, AMBER, BEFORE, COLOURS, GREY, MESSAGE_CHARACTERS
from index import Article

SAID = {Fate.CORRECTED: "Corrected since", Fate.WITHDRAWN: "Withdrawn since"}

LINKS = {Fate.CORRECTED: md("The article as it is now"), Fate.WITHDRAWN: md("The page it stood on")}
"""The words of the link beside the date."""

QUOTES = (md("## "), md("### "), md("> "))
"""What a quote begins with: one of a sure answer, and one that may answer or is from an earlier version."""

CONTEXT = (BEFORE, AFTER, md("> -# "))
"""What a line of context begins with, the last in earlier versions."""

SURE = (md("-# **"), md("-# ~~**"))
"""What the text that says how sure the answer is begins with, also when it is struck through."""

_NOTHING_LEFT = "nothing of it stands any more: ask again"

STOOD = {
    md("[Read it in the article]("): md("[Where it stood in the article]("),
    md("[Read it in the same article]("): md("[Where it stood in the same article]("),
}
"""How the link to a sentence begins in earlier versions, and how it begins when the sentence is no longer there."""


@dataclass(frozen=True, slots=True)
class _Struck:
    """A quote that no longer stands: the number of its text, its mark, and its present article (None if it is gone)."""

    place: int
    mark: Mark
    article: Article | None

    @property
    def text(self) -> str:
        """The present text of the article, on one line."""
        return plain(self.article.text) if self.article else ""


def marked(
    texts: Sequence[Markdown], marks: Sequence[Mark | None], articles: Sequence[Article | None] = ()
) -> tuple[Markdown, ...]:
    """The texts of an answer's message in which each quote that has a mark is struck through, with date and link.

    `texts` may be marked already. `marks` has one for each quote of the answer, also for quotes that the message had no
    room for. `articles` has the present article of each quote: context that is still in it is not struck through, and
    the link goes to it. Without an article, the link goes where the message links to.

    If the texts grow too long for a message, these links go first, since each quote has another one below it. Then the
    context of struck quotes goes, the last quote first. No sentence is ever cut.
    """
    clean = unmarked(texts)
    places = _places(clean)
    articles = (*articles, *[None] * len(places))
    struck = [_Struck(place, mark, now) for place, mark, now in zip(places, marks, articles, strict=False) if mark]
    if not struck:
        return clean
    for said in _ever_shorter(clean, struck):
        if sum(map(size_of, said)) <= MESSAGE_CHARACTERS:
            break
    return said


def colour_of(texts: Sequence[Markdown]) -> int | None:
    """The colour of a message with these texts, which may be marked; None where an earlier version wrote them."""
    said = "" if (sure := _sure(texts)) is None else texts[sure]
    words = re.match(r"-# (~~)?\*\*([^*]+)\*\*", said)
    if words is None or words[2] not in COLOURS:
        return None
    if not words[1]:
        return COLOURS[words[2]]
    return GREY if said.endswith(_NOTHING_LEFT) else AMBER


def unmarked(texts: Sequence[Markdown]) -> tuple[Markdown, ...]:
    """The texts without marks, as they were before them, except for context that had to go."""
    clean = list(texts)
    for place in _places(texts):
        clean[place] = joined("\n", map(_plain, _quoted(texts[place])))
        for read, stood in STOOD.items():
            clean[place + 1] = clean[place + 1].replaced(stood, read)
        if _has_context(texts, place):
            clean[place + 2] = joined("\n", map(_plain, texts[place + 2].lines()))
    if (sure := _sure(texts)) is not None and clean[sure].startswith("-# ~~"):
        clean[sure] = md("-# {}", clean[sure].removeprefix("-# ~~").before("~~ · "))
    return tuple(clean)


def _ever_shorter(clean: Sequence[Markdown], struck: Sequence[_Struck]) -> Iterator[tuple[Markdown, ...]]:
    """The marked texts: with links, without links, and then with the context of one struck quote less each time."""
    yield _marked(clean, struck, linked=True)
    for without in range(len(struck) + 1):
        bare = list(clean)
        for one in struck[len(struck) - without :]:
            bare[one.place] = joined("\n", (line for line in _quoted(clean[one.place]) if not _is_context(line)))
            if _has_context(clean, one.place):
                bare[one.place + 2] = md("-# …")
        yield _marked(bare, struck, linked=False)


def _marked(clean: Sequence[Markdown], struck: Sequence[_Struck], *, linked: bool) -> tuple[Markdown, ...]:
    said = list(clean)
    for one in struck:
        quote, label = one.place, one.place + 1
        since = md("**{}**, <t:{}:D>", SAID[one.mark.fate], one.mark.at)
        url = one.article.url if one.article else None
        if linked and (there := link(LINKS[one.mark.fate], url or _address_in(clean[label]))):
            since = md("{} · {}", since, there)
        said[quote] = joined("\n", (*(_through(line, one.text) for line in _quoted(clean[quote])), since))
        for read, stood in STOOD.items():
            said[label] = said[label].replaced(read, stood)
        if _has_context(clean, quote):
            said[quote + 2] = joined("\n", (_through(line, one.text) for line in clean[quote + 2].lines()))
    if (sure := _sure(clean)) is not None:
        quotes = len(_places(clean))
        left = _count_left(quotes - len(struck), quotes)
        said[sure] = md("-# ~~{}~~ · {}", clean[sure].removeprefix("-# "), left)
    return tuple(said)


def _count_left(left: int, quotes: int) -> str:
    """How many of the quotes still stand."""
    if not left:
        return _NOTHING_LEFT
    return f"{left} of {quotes} still {'stands' if left == 1 else 'stand'}"


def _places(texts: Sequence[Markdown]) -> list[int]:
    """The numbers of the texts that are quotes. The first text is none if it is a heading: that is an old question."""
    return [place for place, text in enumerate(texts) if text.startswith(QUOTES if place else "> ")]


def _sure(texts: Sequence[Markdown]) -> int | None:
    """The number of the text that says how sure the answer is; None where none does."""
    places = _places(texts)
    above, last = places[0] - 1, len(texts) - 1
    if above >= 0 and texts[above].startswith(SURE):
        return above
    return last if last > places[-1] + 1 and not _is_context(texts[last]) else None


def _has_context(texts: Sequence[Markdown], place: int) -> bool:
    """Whether the text after the article of the quote at `place` is context."""
    return len(texts) > place + 2 and _is_context(texts[place + 2])


def _is_context(text: Markdown) -> bool:
    return text.startswith(CONTEXT)


def _quoted(text: Markdown) -> list[Markdown]:
    """The lines of a quote without what was marked below it."""
    return [line for line in text.lines() if line.startswith(QUOTES)]


def _through(line: Markdown, article: str) -> Markdown:
    """A line of a quote struck through, unless it is context that is still in the article's plain text.

    A joiner goes between a tilde at the end of the line and ours, which would otherwise end too early.
    """
    start, text = _parts(line)
    if not text or (start in CONTEXT and unescape(text) in article):
        return line
    return md("{}~~{}{}~~", start, text, JOINER if text.endswith(("~", JOINER)) else md(""))


def _plain(line: Markdown) -> Markdown:
    start, text = _parts(line)
    if not text.startswith("~~"):
        return line
    return md("{}{}", start, text.removeprefix("~~").removesuffix("~~").removesuffix(JOINER))


def _parts(line: Markdown) -> tuple[Markdown, Markdown]:
    """The beginning of a line of a quote, or of its context, and the text after it."""
    start = next((mark for mark in (*CONTEXT, *QUOTES) if line.startswith(mark)), md(""))
    return start, line.removeprefix(start)


def _address_in(label: Markdown) -> str | None:
    """The address that a label links to, without the part that names the sentence."""
    found = re.search(r"\]\((https?://[^\s()]+)\)", label, re.IGNORECASE)
    return found[1].partition(":~:")[0].removesuffix("#") if found else None
