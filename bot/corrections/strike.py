"""Marks the quotes in a message that were corrected or withdrawn since: strikes them through, with date and link.

The quoted words are only in the message, since the article no longer has them. So marks are put around the words that
are there, and can be taken off again. In escaped text only our own marks work, so they are told from the article's.

A quote is a text that begins with one of QUOTES. The text after it names its article; the one after that is context, if
it begins as such. How sure the answer is stands above the first quote. Messages of earlier versions have that at their
end, and context within the text of the quote.

A message may be in another language than the one that is spoken, and keeps its own: the words for how sure the answer
is tell which that is.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from bot.languages import LANGUAGES, in_all_languages, later, say_many, speaking, spoken
from bot.markdown import JOINER, Markdown, joined, link, mark, md, md_later, plain, size_of, unescape
from bot.storage.answers import Fate, Mark
from bot.ui.reply import AFTER, AMBER, BEFORE, COLOURS, GREY, MESSAGE_CHARACTERS
from bot.wording import Certainty
from index import Article

SAID = {
    Fate.CORRECTED: later("Corrected since"),
    Fate.WITHDRAWN: later("Withdrawn since"),
    Fate.BANNED: later("No longer quoted"),
}

LINKS = {
    Fate.CORRECTED: md_later("The article as it is now"),
    Fate.WITHDRAWN: md_later("The page it stood on"),
    Fate.BANNED: md_later("The article as it is now"),
}
"""The words of the link beside the date."""

QUOTES = (mark("## "), mark("### "), mark("> "))
"""What a quote begins with: one of a sure answer, and one that may answer or is from an earlier version."""

EARLIER_CONTEXT = mark("> -# ")
"""What a line of context begins with in earlier versions."""

SURE = (mark("-# **"), mark("-# ~~**"))
"""What the text that says how sure the answer is begins with, also when it is struck through."""

_NOTHING_LEFT = later("nothing of it stands any more: ask again")

STOOD = {
    mark("[Read it in the article]("): mark("[Where it stood in the article]("),
    mark("[Read it in the same article]("): mark("[Where it stood in the same article]("),
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
    with speaking(_language_of(clean)):
        for said in _ever_shorter(clean, struck):
            if sum(map(size_of, said)) <= MESSAGE_CHARACTERS:
                break
    return said


def colour_of(texts: Sequence[Markdown]) -> int | None:
    """The colour of a message with these texts, which may be marked; None where an earlier version wrote them."""
    said = "" if (sure := _sure(texts)) is None else texts[sure]
    words = _words_of(said)
    if words not in _certainties():
        return None
    if not said.startswith("-# ~~"):
        return COLOURS[_certainties()[words].certainty]
    return GREY if said.endswith(tuple(in_all_languages(_NOTHING_LEFT).values())) else AMBER


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
                bare[one.place + 2] = mark("-# …")
        yield _marked(bare, struck, linked=False)


def _marked(clean: Sequence[Markdown], struck: Sequence[_Struck], *, linked: bool) -> tuple[Markdown, ...]:
    said = list(clean)
    for one in struck:
        quote, label = one.place, one.place + 1
        since = md("**{}**, <t:{}:D>", SAID[one.mark.fate](), one.mark.at)
        url = one.article.url if one.article else None
        if linked and (there := link(LINKS[one.mark.fate](), url or _address_in(clean[label]))):
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
        return _NOTHING_LEFT()
    return say_many("{} of {} still stands", "{} of {} still stand", left, quotes)


@dataclass(frozen=True, slots=True)
class _Words:
    """What words say of an answer, and in which language."""

    certainty: Certainty
    language: str


@cache
def _certainties() -> dict[str, _Words]:
    """What the words for how sure an answer is say, for the words of all languages."""
    found: dict[str, _Words] = {}
    for language in LANGUAGES:
        with speaking(language):
            for certainty in Certainty:
                found.setdefault(certainty.words, _Words(certainty, language))
    return found


def _words_of(said: str) -> str:
    """The words for how sure an answer is, in the text that says so; empty if it has none."""
    words = re.match(r"-# (?:~~)?\*\*([^*]+)\*\*", said)
    return words[1] if words else ""


def _language_of(texts: Sequence[Markdown]) -> str:
    """The language of an answer's message; the one that is spoken where an earlier version wrote it."""
    sure = _sure(texts)
    words = "" if sure is None else _words_of(texts[sure])
    return _certainties()[words].language if words in _certainties() else spoken()


@cache
def _context() -> tuple[Markdown, ...]:
    """What a line of context begins with, in every language and in earlier versions."""
    ours = {begun for words in (BEFORE, AFTER) for begun in in_all_languages(words).values()}
    return (*sorted(ours, key=len, reverse=True), EARLIER_CONTEXT)


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
    return text.startswith(_context())


def _quoted(text: Markdown) -> list[Markdown]:
    """The lines of a quote without what was marked below it."""
    return [line for line in text.lines() if line.startswith(QUOTES)]


def _through(line: Markdown, article: str) -> Markdown:
    """A line of a quote struck through, unless it is context that is still in the article's plain text.

    A joiner goes between a tilde at the end of the line and ours, which would otherwise end too early.
    """
    start, text = _parts(line)
    if not text or (start in _context() and plain(unescape(text)) in article):
        return line
    return md("{}~~{}{}~~", start, text, JOINER if text.endswith(("~", JOINER)) else mark(""))


def _plain(line: Markdown) -> Markdown:
    start, text = _parts(line)
    if not text.startswith("~~"):
        return line
    return md("{}{}", start, text.removeprefix("~~").removesuffix("~~").removesuffix(JOINER))


def _parts(line: Markdown) -> tuple[Markdown, Markdown]:
    """The beginning of a line of a quote, or of its context, and the text after it."""
    start = next((begun for begun in (*_context(), *QUOTES) if line.startswith(begun)), mark(""))
    return start, line.removeprefix(start)


def _address_in(label: Markdown) -> str | None:
    """The address that a label links to, without the part that names the sentence."""
    found = re.search(r"\]\((https?://[^\s()]+)\)", label, re.IGNORECASE)
    return found[1].partition(":~:")[0].removesuffix("#") if found else None
