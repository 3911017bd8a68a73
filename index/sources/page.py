"""Turns the answer of a web address into an Article: only the story, under the canonical address of the page."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlsplit

from yarl import URL

from index.errors import SourceGone
from index.naming import named
from index.opinion import stated
from index.sources.document import read_document
from index.sources.limits import DEFAULT_MAX_BYTES
from index.sources.web import Response
from index.types import Article, as_utc

_MODIFIED = re.compile(
    rb'"dateModified"\s*:\s*"([^"]{8,40})"|<meta[^>]{0,200}?\barticle:modified_time\b[^>]{0,200}?content="([^"]{8,40})"'
)
_OPINION = re.compile(rb'"@type"\s*:\s*(?:\[[^\]]{0,200})?"OpinionNewsArticle"')
"""How a page says in its JSON-LD that its story is opinion. https://schema.org/OpinionNewsArticle"""

_HEAD = 200_000
"""The time of the last change is searched for in this many first bytes of a page."""

_ENDINGS: Mapping[str, str] = {"text/plain": ".txt", "text/markdown": ".md", "application/pdf": ".pdf"}


def read_page(response: Response, *, asked: str | None = None, max_bytes: int = DEFAULT_MAX_BYTES) -> Article:
    """Read the article of a page. Its id and url come from the canonical address, if that is on the same site.

    Raises ArticleError if the page has no story. Raises SourceGone if `asked`, the address of a story, redirected to
    the front page.
    """
    address, body = response.address, response.body or b""
    if asked and _is_front(address) and not _is_front(asked):
        raise SourceGone(f"{named(asked)} leads to the front page, the story is no longer there", "check the address")
    ending = _ENDINGS.get(response.media_type, ".html")
    if response.charset and ending != ".pdf":
        body = _in_utf8(body, response.charset)
    article = read_document(
        body, address, article_id=id_of(address), suffix=ending, address=address, max_bytes=max_bytes
    )
    url = str(URL(article.url).with_fragment(None)) if article.url and _is_at(address, article.url) else address
    updated = _updated(body, article) if ending == ".html" else article.updated
    is_marked = ending == ".html" and _OPINION.search(body, 0, _HEAD) is not None
    section = stated(article.section, opinion=True) if is_marked else article.section
    return replace(article, id=id_of(url), url=url, source=url, updated=updated, section=section)


def id_of(url: str) -> str:
    """The id of the article at `url`. It is the same for http and https, and with or without "www." or utm_source."""
    import courlan

    parts = urlsplit(courlan.clean_url(url) or url)  # removes parameters that only track readers
    place = parts.netloc.lower().removeprefix("www.") + parts.path.rstrip("/")
    return f"{place}?{parts.query}" if parts.query else place


def _updated(page: bytes, article: Article) -> datetime | None:
    """The time of the last change that a page states; None if that is not after the time of publication."""
    found = _MODIFIED.search(page, 0, _HEAD)
    try:
        moment = as_utc((found[1] or found[2]).decode("ascii")) if found else None
    except ValueError:
        return None
    return moment if moment and article.published and moment > article.published else None


def _is_at(address: str, canonical: str) -> bool:
    """Whether to accept `canonical` for a page at `address`: only on the same site, so it cannot replace others."""
    return is_same_site(canonical, address) and (_is_front(address) or not _is_front(canonical))


def is_same_site(one: str, other: str) -> bool:
    """Whether two addresses have one registered domain, so one owner. `a.github.io` counts as a domain of its own."""
    site = _site(one)
    return site is not None and site == _site(other)


def _site(url: str) -> str | None:
    import tld

    try:
        return tld.get_fld(url, search_private=True, fail_silently=True) or urlsplit(url).hostname
    except ValueError:
        return None


def _is_front(url: str) -> bool:
    parts = urlsplit(url)
    return parts.path in ("", "/") and not parts.query


def _in_utf8(body: bytes, charset: str) -> bytes:
    """`body` as UTF-8, if it is in the encoding that its server named. Else unchanged; the page may declare another."""
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        try:
            return body.decode(charset).encode()
        except (LookupError, UnicodeError):
            return body
    return body
