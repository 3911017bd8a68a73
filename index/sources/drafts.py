"""The decoded text of a document -> a draft: its story without markup and boilerplate, and what it states of itself."""

from collections.abc import Mapping
from dataclasses import dataclass

import sentencex
import trafilatura
from markdown_it import MarkdownIt

from index.boilerplate import strip_boilerplate
from index.errors import ArticleError
from index.sources.address import is_link
from index.sources.markup import TooManyElements, plain_text

MAX_ELEMENTS = 32_000
"""Of one page; the extraction of the story takes time quadratic in them. Long pages of news have some thousands."""

MAX_TITLE = 100
"""Characters of a title made from the first sentence."""

MAX_FACT = 300
"""Characters of what a page says of itself: its title, its authors, its section. What is longer is no such thing."""

MAX_HEADLINE = 120
"""Characters; a longer first line of a .txt is no headline."""

_FURNITURE = frozenset({"nav", "aside", "footer", "button"})


@dataclass(frozen=True, slots=True)
class Draft:
    """The story as plain text, and what its document states about it: fields of Article by name."""

    text: str
    facts: Mapping[str, str]


def has_words(text: str) -> bool:
    """Whether there is a letter or a digit in a text."""
    return any(character.isalnum() for character in text)


def read_plain_text(text: str, facts: Mapping[str, str]) -> Draft:
    """The story of a plain text; `facts` are stated above it, and a first line like a headline is its title."""
    story, author = strip_boilerplate(text)
    headline, _, below = story.partition("\n")
    headline = headline.strip()
    found = {"author": author or ""}
    if _is_headline(headline, below) and facts.get("title", headline) == headline:
        story, found["title"] = below.strip(), headline
    return Draft(story, {**found, **facts})


def _is_headline(line: str, below: str) -> bool:
    words = [word for word in line.split() if word[0].isalpha()]
    is_short = len(words) > 1 and len(line) <= MAX_HEADLINE and not line.endswith(tuple(".!?…:;,”\"'’)"))
    return is_short and below.lstrip(" \t").startswith("\n") and bool(below.strip())


def read_markdown(text: str, facts: Mapping[str, str]) -> Draft:
    """The story of a Markdown text; `facts` are stated above it, and a first heading of level 1 is its title."""
    # Once as lines, since Markdown joins a byline to the paragraph right below it; and once without the markup.
    text, author = strip_boilerplate(text)
    markdown = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    environment: dict[str, object] = {}
    tokens = markdown.parse(text, environment)
    found = {}
    if tokens and tokens[0].type == "heading_open" and tokens[0].tag == "h1":
        heading = plain_text(markdown.renderer.render(tokens[:3], markdown.options, environment))
        if facts.get("title", heading) == heading:
            tokens, found["title"] = tokens[3:], heading
    rendered = markdown.renderer.render(tokens, markdown.options, environment)
    story, author_below = strip_boilerplate(plain_text(rendered))
    found["author"] = author or author_below or ""
    return Draft(story, {**found, **facts})


def read_html(page: str, label: str, address: str | None) -> Draft:
    """The story of a page that was read at `address`, if on the web; `label` names it. Raises ArticleError."""
    try:
        whole = plain_text(page, without=_FURNITURE, max_elements=MAX_ELEMENTS)
    except TooManyElements as error:
        raise ArticleError(
            f"{label} has more than {MAX_ELEMENTS:,} elements, too many for the page of a story: name another page, or "
            "save the story as .txt."
        ) from error
    found = trafilatura.extract_with_metadata(
        page,
        output_format="html",
        include_comments=False,
        date_extraction_params={"extensive_search": False, "original_date": True},
    ) or trafilatura.extract_metadata(page)
    text = plain_text(found.text or "")
    # Of a tiny page the extractor returns nothing, or every word in one paragraph.
    if not text or ("\n" not in text and len(whole.split()) <= len(text.split())):
        text = whole
    title = " ".join((found.title or "").split())
    first, _, below = text.partition("\n")
    if first == title and below.strip():
        text = below
    story, author = strip_boilerplate(text)
    url = found.url or ""
    stated = {
        "title": title,
        "author": ", ".join((found.author or "").split("; ")),
        "section": ", ".join(found.categories or ()),
    }
    facts = {key: value for key, value in stated.items() if value and len(value) <= MAX_FACT}
    others = {"published": found.date or "", "url": url if is_link(url, beside=address) else ""}
    return Draft(story, {"author": author or "", **facts, **others})


def title_from(story: str) -> str:
    """The first sentence, shortened at a word."""
    line = next(line for line in story.split("\n") if has_words(line))
    sentence: str = sentencex.segment("en", line.strip()[: 5 * MAX_TITLE])[0].strip()
    if len(sentence) <= MAX_TITLE:
        return sentence
    return sentence[:MAX_TITLE].rsplit(" ", 1)[0][: MAX_TITLE - 1].rstrip(" ,;:–—-") + "…"
