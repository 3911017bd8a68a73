"""Turns the bytes of one document into an Article. It uses only the bytes: no file, no network, no clock.

The steps, in order: refuse what is not text, decode, split off the front matter, turn markup into plain text, remove
the boilerplate, find the title.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import PurePath

from index.boilerplate import strip_boilerplate
from index.errors import ArticleError
from index.naming import named
from index.opinion import stated
from index.sources.decoding import decode
from index.sources.drafts import MAX_TITLE, Draft, has_words, read_html, read_markdown, read_plain_text, title_from
from index.sources.facts import read_link, read_moment
from index.sources.front_matter import split_front_matter
from index.sources.limits import DEFAULT_MAX_BYTES, check_lines, too_large
from index.sources.markup import plain_text
from index.sources.pdf import text_of_pdf
from index.types import Article, as_utc

MARKDOWN_SUFFIXES = frozenset({".md", ".markdown"})
HTML_SUFFIXES = frozenset({".html", ".htm"})
PDF_SUFFIX = ".pdf"
ARTICLE_SUFFIXES = MARKDOWN_SUFFIXES | HTML_SUFFIXES | {".txt"}
"""The types of file that are read from a folder, by the ending of their names in lower case."""
DOCUMENT_SUFFIXES = ARTICLE_SUFFIXES | {PDF_SUFFIX}
"""All types that can be read. A PDF in a folder is read only if the file itself is named."""

_NO_WORD = re.compile(r"[\W_]+")


def read_document(
    data: bytes,
    name: str,
    *,
    article_id: str,
    source: str | None = None,
    suffix: str | None = None,
    address: str | None = None,
    max_bytes: int = DEFAULT_MAX_BYTES,
) -> Article:
    """Read the article in `data`. Its type is `suffix`, or else the ending of `name`: one of DOCUMENT_SUFFIXES.

    `article_id` is its id, unless its front matter gives one. `address` is where it was read on the web. Raises
    ArticleError with a sentence that names the document if it is not an article: of another type, too large, empty,
    binary, in an unknown encoding, with invalid front matter, or with nothing but boilerplate in it.
    """
    label = named(name)
    suffix = suffix or PurePath(name).suffix.lower()
    if suffix not in DOCUMENT_SUFFIXES:
        raise not_an_article(name)
    if len(data) > max_bytes:
        raise too_large(name, len(data), max_bytes)
    if suffix == PDF_SUFFIX:
        text = text_of_pdf(data, label, max_bytes)
    else:
        text = decode(data, label, may_declare=suffix in HTML_SUFFIXES)
    if not text.strip():
        raise ArticleError(f"{label} is empty: put the text of an article in it, or remove it.")
    check_lines(text, label)
    draft = _draft_of(text, suffix, label, address)
    if not has_words(draft.text):
        raise ArticleError(
            f"{label} holds no story, at most what stands around one, such as a title, a byline or an invitation to "
            "subscribe: put the text of the article in it, or remove it."
        )
    facts = {key: value for key, value in draft.facts.items() if value}
    return Article(
        id=facts.get("id", article_id),
        title=facts.get("title") or title_from(draft.text),
        text=draft.text,
        author=facts.get("author"),
        published=_moment(facts, "published", label),
        updated=_moment(facts, "updated", label),
        url=facts.get("url"),
        source=source,
        section=_section(facts),
        embargo=_moment(facts, "embargo", label),
        private=bool(facts.get("private")),
    )


def _section(facts: Mapping[str, str]) -> str | None:
    """The section, which says whether the article is opinion if its front matter states that."""
    section, opinion = facts.get("section"), facts.get("opinion")
    return section if opinion is None else stated(section, opinion=opinion == "true")


def read_fragment(
    fragment: str,
    name: str,
    *,
    article_id: str,
    title: str,
    author: str | None = None,
    published: datetime | None = None,
    updated: datetime | None = None,
    url: str | None = None,
    source: str | None = None,
) -> Article:
    """Read the article in a piece of HTML that is only the story, as feeds contain it. Raises ArticleError."""
    text, byline = strip_boilerplate(plain_text(fragment))
    if not has_words(text):
        raise ArticleError(f"{named(name)} holds no story: put the text of the article in it, or remove it.")
    facts = published, updated, url, source
    return Article(article_id, title or title_from(text), text, author or byline, *facts)


def read_text(
    text: str,
    *,
    source: str,
    title: str | None = None,
    author: str | None = None,
    published: str | None = None,
    url: str | None = None,
    max_bytes: int = DEFAULT_MAX_BYTES,
) -> Article:
    """Read the article in a text that somebody typed or pasted. Its id is made from its title and date.

    A title or author that is not given is taken from the text. Raises ArticleError if the text is not an article.
    """
    if not text.strip():
        raise ArticleError("The text is empty: paste the text of the article.")
    size = len(text.encode(errors="replace"))
    if size > max_bytes:
        raise too_large("The text", size, max_bytes)
    check_lines(text, "The text")
    stated = {"title": title, "author": author, "published": published, "url": url}
    facts = {key: " ".join(value.split()) for key, value in stated.items() if value and value.strip()}
    link = read_link(facts.get("url", ""))
    draft = read_plain_text(text.replace("\r\n", "\n").replace("\r", "\n"), facts)
    if not has_words(draft.text):
        raise ArticleError(
            "The text holds no story, at most what stands around one, such as a title or a byline: paste the whole "
            "article."
        )
    moment = read_moment(facts.get("published", ""))
    heading = draft.facts.get("title") or title_from(draft.text)
    name = f"{heading} {moment.date()}" if moment else heading
    return Article(
        id=_NO_WORD.sub("-", name.casefold()).strip("-")[: 2 * MAX_TITLE] or source,
        title=heading,
        text=draft.text,
        author=draft.facts.get("author") or None,
        published=moment,
        url=link,
        source=source,
    )


def not_an_article(name: str) -> ArticleError:
    """The error for a document of a type that cannot be read."""
    return ArticleError(
        f"{named(name)} is not a type of file that articles are read from: save it as .md, .txt, .html or .pdf."
    )


def _draft_of(text: str, suffix: str, label: str, address: str | None) -> Draft:
    """Make a draft of a decoded text, by its type. Only Markdown and plain text have front matter."""
    if suffix in HTML_SUFFIXES:
        return read_html(text, label, address)
    stated, text = ({}, text) if suffix == PDF_SUFFIX else split_front_matter(text, label)
    return (read_markdown if suffix in MARKDOWN_SUFFIXES else read_plain_text)(text, stated)


def _moment(facts: Mapping[str, str], key: str, label: str) -> datetime | None:
    try:
        return as_utc(re.sub(r"(?<=\d) (?=[+-]\d)", "", facts.get(key, "")))  # YAML has a space before the offset
    except (ValueError, OverflowError) as error:
        raise ArticleError(
            f"{label} has a time for “{key}” that cannot be read: write it as 2026-01-05 or 2026-01-05T10:00:00+09:00."
        ) from error
