"""What is stated of an article beside its text, as people type it into a form: read, checked and applied."""

from dataclasses import dataclass, fields, replace
from datetime import datetime, time
from typing import Self

from index.errors import ArticleError
from index.naming import named
from index.sources.address import complete_address, is_link
from index.types import Article, as_utc


@dataclass(frozen=True, slots=True)
class Facts:
    """What is stated of an article, each on one line as somebody types it; "" for what is not known.

    `published` is a date, or a date and a time in UTC unless it names another zone.
    """

    title: str = ""
    author: str = ""
    published: str = ""
    section: str = ""
    url: str = ""

    @classmethod
    def of(cls, article: Article) -> Self:
        """What is stated of that article."""
        texts = article.title, article.author or "", _typed(article.published), article.section or "", article.url or ""
        return cls(*(" ".join(text.split()) for text in texts))


def with_facts(article: Article, stated: Facts, shown: Facts) -> Article:
    """The article with what is `stated`, where that differs from what was `shown`. Raises ArticleError.

    What somebody left as it was shown stays as it is, also if it was changed elsewhere in the meantime.
    """
    changed = {
        field.name: " ".join(getattr(stated, field.name).split())
        for field in fields(Facts)
        if getattr(stated, field.name) != getattr(shown, field.name)
    }
    edited = article
    if "title" in changed:
        if not changed["title"]:
            raise ArticleError("The title is empty: an article needs one.")
        edited = replace(edited, title=changed["title"])
    if "author" in changed:
        edited = replace(edited, author=changed["author"] or None)
    if "published" in changed:
        edited = replace(edited, published=read_moment(changed["published"]))
    if "section" in changed:
        edited = replace(edited, section=changed["section"] or None)
    if "url" in changed:
        edited = replace(edited, url=read_link(changed["url"]))
    return edited


def read_moment(typed: str) -> datetime | None:
    """The moment that somebody typed; None for nothing. Raises ArticleError."""
    try:
        return as_utc(typed)
    except (ValueError, OverflowError) as error:
        raise ArticleError(
            f"“{named(typed)}” is no date: write it as 2026-01-31, or with a time as 2026-01-31 09:30."
        ) from error


def read_link(typed: str) -> str | None:
    """The address for readers that somebody typed, in full; None for nothing. Raises ArticleError."""
    address = complete_address(typed)
    if address and not is_link(address):
        raise ArticleError(
            f"{named(typed)} is not a web address: write it in full, with https://, and without a name or password."
        )
    return address or None


def _typed(moment: datetime | None) -> str:
    """The moment as `read_moment` reads it; only the day if it begins with it."""
    if moment is None:
        return ""
    if moment.time() == time():
        return moment.date().isoformat()
    exact = bool(moment.second or moment.microsecond)
    return moment.replace(tzinfo=None).isoformat(" ", "auto" if exact else "minutes")
