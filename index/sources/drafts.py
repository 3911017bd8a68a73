"""Turns the decoded text of a document into a draft: its story without markup and boilerplate, and its facts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from index.asides import TOP, after_dateline, without_asides
from index.boilerplate import strip_boilerplate
from index.captions import is_caption
from index.errors import ArticleError
from index.sources.address import is_link
from index.sources.markup import TooManyElements, plain_text
from index.text import iter_blocks, sentences_in
from index.types import Sentence, Span

MAX_ELEMENTS = 32_000
"""Of one page. Extracting the story takes time quadratic in them. Long news pages have some thousands."""

MAX_TITLE = 100
"""Characters of a title made from the first sentence."""

TITLE_WITHIN = 20_000
"""A title is made from this many first characters of a story."""

MAX_FACT = 300
"""The most characters of a page's title, authors or section. A longer value cannot be one of these."""

MAX_HEADLINE = 120
"""The most characters of a headline in a .txt file."""

_FURNITURE = frozenset({"nav", "aside", "footer", "button"})


@dataclass(frozen=True, slots=True)
class Draft:
    """The story as plain text, and the facts that its document states: fields of Article, by name."""

    text: str
    facts: Mapping[str, str]


def has_words(text: str) -> bool:
    """Whether a text contains a letter or a digit."""
    return any(character.isalnum() for character in text)


def read_plain_text(text: str, facts: Mapping[str, str]) -> Draft:
    """Read a plain text. `facts` are from its front matter. A first line that looks like a headline is the title."""
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
    is_apart = below.lstrip(" \t").startswith("\n") and bool(below.strip())
    if not (is_short and is_apart):
        return False
    kept = next(iter(_paragraphs(line)), None)
    return kept is not None and (kept[0].start, kept[-1].end) == (0, len(line))


def read_markdown(text: str, facts: Mapping[str, str]) -> Draft:
    """Read a Markdown text. `facts` are from its front matter. A level-1 heading at the start is the title."""
    from markdown_it import MarkdownIt

    # Boilerplate is removed twice: from the lines, because Markdown joins a byline to the paragraph right below it, and
    # again after the markup is gone.
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
    """Read an HTML page. `address` is where it was read, if on the web; `label` names it. Raises ArticleError."""
    import trafilatura

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
    # For a tiny page the extractor returns nothing, or all words in one paragraph.
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
    """Make a title of the first sentence of the story, shortened after a whole word that is no abbreviation."""
    beginning = story[:TITLE_WITHIN]
    first = next((beginning[s[0].start : s[0].end] for s in _paragraphs(beginning)), None)
    first = first or next(line for line in story.split("\n") if has_words(line))[: 5 * MAX_TITLE]
    title = " ".join(first.split())
    if len(title) <= MAX_TITLE:
        return title
    kept, _, rest = title[:MAX_TITLE].rpartition(" ")
    if not kept:
        return rest[: MAX_TITLE - 1] + "…"
    rest = title[len(kept) + 1 :]
    # An abbreviation whose name or number is cut off goes too: "St. Ives", "No. 1", "J. Doe", "U.S. Senate".
    while kept.endswith(".") and " " in kept and not rest[:1].islower():
        kept, _, rest = kept.rpartition(" ")
    return kept.rstrip(" ,;:–—-") + "…"


def _paragraphs(story: str) -> Iterator[Sequence[Sentence]]:
    """The sentences of each paragraph, without datelines, notes, links and captions; only paragraphs with words."""
    for number, block in enumerate(iter_blocks(story)):
        start = after_dateline(story, block, is_top=number < TOP)
        found = list(sentences_in(story, Span(start, block.end))) if start < block.end else []
        kept = list(without_asides(story, found))
        if kept and has_words(story[kept[0].start : kept[0].end]) and not is_caption(story, kept, is_top=True):
            yield kept
