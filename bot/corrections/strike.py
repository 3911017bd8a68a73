"""How a message says that what it quotes was corrected or withdrawn since: from its texts to its marked texts.

The words that were quoted stand in the message alone, for the articles hold them no more; so marks are put around what
is there and can be taken off again. What is escaped holds no marks of its own, which tells ours from the article's.
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
"""How the link to the sentence begins, and how when there is nothing to read there any more."""


@dataclass(frozen=True, slots=True)
class _Struck:
    """A quote that stands no more: which of the texts it is, what is said of it, and its article as it is now."""

    place: int
    mark: Mark
    article: Article | None


def marked(
    texts: Sequence[Markdown], marks: Sequence[Mark | None], articles: Sequence[Article | None] = ()
) -> tuple[Markdown, ...]:
    """The texts of an answer's message in which each quote that has a mark is struck through, with date and link.

    `texts` may be marked already, and `marks` may name more quotes than there was room for. Of a quote's context what
    still stands in its article, which `articles` hold as it is now, is left as it is. The link goes to that article, or
    else where the message links to. Where not all fits into a message, first these links go, for the link below the
    quote stays; then the context of what is struck through, the last first. No sentence is ever cut.
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
    """The texts without marks: what they were before, but for context that there was no room for."""
    clean = list(texts)
    for place in _places(texts):
        clean[place] = joined("\n", map(_plain, _quoted(texts[place])))
        for read, stood in STOOD.items():
            clean[place + 1] = clean[place + 1].replaced(stood, read)
    if clean[-1].startswith("-# ~~"):
        clean[-1] = md("-# {}", clean[-1].removeprefix("-# ~~").before("~~ · "))
    return tuple(clean)


def _ever_shorter(clean: Sequence[Markdown], struck: Sequence[_Struck]) -> Iterator[tuple[Markdown, ...]]:
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
    if len(clean) > places[-1] + 2:  # below what says where the last quote stands: how sure the answer is
        standing = _standing(len(places) - len(struck), len(places))
        said[-1] = md("-# ~~{}~~ · {}", clean[-1].removeprefix("-# "), standing)
    return tuple(said)


def _standing(standing: int, quotes: int) -> str:
    if not standing:
        return "nothing of it stands any more: ask again"
    return f"{standing} of {quotes} still {'stands' if standing == 1 else 'stand'}"


def _places(texts: Sequence[Markdown]) -> list[int]:
    """Which of the texts are quotes. Where each stands is said in the text after it."""
    return [place for place, text in enumerate(texts) if text.startswith("> ")]


def _quoted(text: Markdown) -> list[Markdown]:
    return [line for line in text.lines() if line.startswith("> ")]


def _through(line: Markdown, article: str) -> Markdown:
    """A line of a quote struck through, unless it is one of context that stands in the article's plain text.

    A tilde of its own before the last two would end that too early.
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
    """What makes it a line of a quote, or of its context; and its text."""
    start = _CONTEXT if line.startswith(_CONTEXT) else md("> ")
    return start, line.removeprefix(start)


_CONTEXT = md("> -# ")
"""What a line of context begins with."""


def _address_in(label: Markdown) -> str | None:
    """Where a label links to, without what names the sentence there."""
    found = re.search(r"\]\((https?://[^\s()]+)\)", label, re.IGNORECASE)
    return found[1].partition(":~:")[0].removesuffix("#") if found else None
