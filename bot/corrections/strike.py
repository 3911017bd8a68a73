"""Marks the quotes in a message that were corrected or withdrawn since: strikes them through, with date and link.

The quoted words are only in the message, since the article no longer has them. So marks are put around the words that
are there, and can be taken off again. In escaped text only our own marks work, so they are told from the article's.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.markdown import JOINER, Markdown, joined, link, md, plain, size_of, unescape
from bot.storage.answers import Fate, Mark
from bot.ui.reply import MESSAGE_CHARACTERS, READ, READ_SAME
from index import Article

SAID = {Fate.CORRECTED: "Corrected since", Fate.WITHDRAWN: "Withdrawn since"}

LINKS = {Fate.CORRECTED: md("The article as it is now"), Fate.WITHDRAWN: md("The page it stood on")}
"""The words of the link beside the date."""

STOOD = {
    md("[{}](", READ): md("[Where it stood in the article]("),
    md("[{}](", READ_SAME): md("[Where it stood in the same article]("),
}
"""How the link to a sentence begins, and how it begins when the sentence is no longer there."""


@dataclass(frozen=True, slots=True)
class _Struck:
    """A quote that no longer stands: the number of its text, its mark, and its present article (None if it is gone)."""

    place: int
    mark: Mark
    article: Article | None


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


def unmarked(texts: Sequence[Markdown]) -> tuple[Markdown, ...]:
    """The texts without marks, as they were before them, except for context that had to go."""
    clean = list(texts)
    for place in _places(texts):
        clean[place] = joined("\n", map(_plain, _quoted(texts[place])))
        for read, stood in STOOD.items():
            clean[place + 1] = clean[place + 1].replaced(stood, read)
    if clean[-1].startswith("-# ~~"):
        clean[-1] = md("-# {}", clean[-1].removeprefix("-# ~~").before("~~ · "))
    return tuple(clean)


def _ever_shorter(clean: Sequence[Markdown], struck: Sequence[_Struck]) -> Iterator[tuple[Markdown, ...]]:
    """The marked texts: with links, without links, and then with the context of one struck quote less each time."""
    yield _marked(clean, struck, linked=True)
    for without in range(len(struck) + 1):
        bare = list(clean)
        for one in struck[len(struck) - without :]:
            bare[one.place] = joined(
                "\n", (line for line in _quoted(clean[one.place]) if not line.startswith(_CONTEXT))
            )
        yield _marked(bare, struck, linked=False)


def _marked(clean: Sequence[Markdown], struck: Sequence[_Struck], *, linked: bool) -> tuple[Markdown, ...]:
    said = list(clean)
    for one in struck:
        label = clean[one.place + 1]
        since = md("**{}**, <t:{}:D>", SAID[one.mark.fate], one.mark.at)
        url = one.article.url if one.article else None
        if linked and (there := link(LINKS[one.mark.fate], url or _address_in(label))):
            since = md("{} · {}", since, there)
        text = plain(one.article.text) if one.article else ""
        said[one.place] = joined("\n", (*(_through(line, text) for line in _quoted(clean[one.place])), since))
        for read, stood in STOOD.items():
            said[one.place + 1] = said[one.place + 1].replaced(read, stood)
    places = _places(clean)
    if len(clean) > places[-1] + 2:  # the last text says how sure the answer is
        left = _count_left(len(places) - len(struck), len(places))
        said[-1] = md("-# ~~{}~~ · {}", clean[-1].removeprefix("-# "), left)
    return tuple(said)


def _count_left(left: int, quotes: int) -> str:
    """How many of the quotes still stand."""
    if not left:
        return "nothing of it stands any more: ask again"
    return f"{left} of {quotes} still {'stands' if left == 1 else 'stand'}"


def _places(texts: Sequence[Markdown]) -> list[int]:
    """The numbers of the texts that are quotes. The text after each has the link to its article."""
    return [place for place, text in enumerate(texts) if text.startswith("> ")]


def _quoted(text: Markdown) -> list[Markdown]:
    return [line for line in text.lines() if line.startswith("> ")]


def _through(line: Markdown, article: str) -> Markdown:
    """A line of a quote struck through, unless it is context that is still in the article's plain text.

    A joiner goes between a tilde at the end of the line and ours, which would otherwise end too early.
    """
    start, text = _parts(line)
    if not text or (start == _CONTEXT and unescape(text) in article):
        return line
    return md("{}~~{}{}~~", start, text, JOINER if text.endswith(("~", JOINER)) else md(""))


def _plain(line: Markdown) -> Markdown:
    start, text = _parts(line)
    if not text.startswith("~~"):
        return line
    return md("{}{}", start, text.removeprefix("~~").removesuffix("~~").removesuffix(JOINER))


def _parts(line: Markdown) -> tuple[Markdown, Markdown]:
    """The beginning of a line of a quote, or of its context, and the text after it."""
    start = _CONTEXT if line.startswith(_CONTEXT) else md("> ")
    return start, line.removeprefix(start)


_CONTEXT = md("> -# ")
"""What a line of context begins with."""


def _address_in(label: Markdown) -> str | None:
    """The address that a label links to, without the part that names the sentence."""
    found = re.search(r"\]\((https?://[^\s()]+)\)", label, re.IGNORECASE)
    return found[1].partition(":~:")[0].removesuffix("#") if found else None
