"""Turns the bytes of an RSS or Atom feed into its items. It uses only the bytes: no network."""

import calendar
import hashlib
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin

from index.errors import SourceError
from index.naming import named
from index.sources.address import MAX_ADDRESS, is_link
from index.sources.document import read_fragment
from index.sources.drafts import MAX_FACT
from index.sources.markup import plain_text
from index.sources.page import id_of, is_same_site
from index.sources.web import Response
from index.types import Article, Refusal, RefusedKind

MAX_ITEMS = 500
"""How many items of a feed are read, from its start. Each may be a page to fetch."""

MAX_TAGS = 150_000
"""Of one feed, including the tags of its stories: 300 for each item that is read. Entities: four times as many."""

WHOLE_WORDS = 120
"""Content of an item with at least this many words is taken for the whole story. A teaser has fewer."""

_ROOT = re.compile(rb"<(?:[\w.-]{1,40}:)?(?:rss|feed|rdf|channel)\b", re.IGNORECASE)
_LINK = re.compile(r"<([^<>]{1,2000})>([^<>]{0,2000})")
_RELATION = re.compile(r";\s{0,9}rel\s{0,9}=\s{0,9}(?:\"([^\"]{0,200})\"|([^\s;,\"]{1,200}))", re.IGNORECASE)
_BEGINNING = 64_000
"""The root element of a feed must be in this many first bytes. Otherwise it is no feed and need not be parsed."""

_TEASERS = ("…", "...", "[…]", "[...]", "read more", "continue reading", "read the full story", "weiterlesen")


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a feed. `story` is the whole story as HTML if the feed has it. If None, its page must be read."""

    title: str
    link: str | None
    story: str | None = None
    author: str | None = None
    published: datetime | None = None
    updated: datetime | None = None
    guid: str = ""


@dataclass(frozen=True, slots=True)
class Feed:
    """The items of a feed in its order, each once, and the items that could not be read, with the reason."""

    items: tuple[Item, ...]
    refused: tuple[Refusal, ...] = ()


@dataclass(frozen=True, slots=True)
class Hub:
    """Where a feed's readers can ask to be told of its changes (WebSub); empty if the feed names no hub.

    `topic` is the feed's own address as its site gives it, by which the hub knows it. https://www.w3.org/TR/websub/
    """

    address: str = ""
    topic: str = ""


def find_hub(response: Response) -> Hub:
    """The hub that a feed names, in the header of its answer or in itself. Raises SourceError if it cannot be read."""
    links = {name: _linked(response.link, name) for name in ("hub", "self")}
    if not links["hub"]:
        for link in _parsed(response).get("feed", {}).get("links", ()):
            name, target = str(link.get("rel") or ""), str(link.get("href") or "")
            if name in links and not links[name]:
                links[name] = target
    hub, topic = (urljoin(response.address, links[name]) if links[name] else "" for name in ("hub", "self"))
    if not is_link(hub, beside=response.address):
        return Hub()
    return Hub(hub, topic if is_link(topic, beside=response.address) else response.address)


def _linked(header: str, name: str) -> str:
    """The target of the first link of that relation in a Link header; empty if there is none."""
    for target, facts in _LINK.findall(header):
        relations = _RELATION.search(facts)
        if relations and name in (relations[1] or relations[2]).lower().split():
            return str(target)
    return ""


def is_feed(response: Response) -> bool:
    """Whether an address answered with a feed. Raises SourceError for a feed that cannot be read."""
    return bool(_parsed(response).get("version"))


def read_feed(response: Response) -> Feed:
    """Read the items of a feed. Raises SourceError if it is no feed."""
    address, parsed = response.address, _parsed(response)
    if not parsed.get("version"):
        raise SourceError(
            f"{named(address)} is not a feed: name the address of the site's RSS or Atom feed, or of one story's page."
        )
    feed = named(address)
    items: dict[str, Item] = {}
    refused: list[Refusal] = []
    for entry in parsed.entries[:MAX_ITEMS]:
        item = _item(entry, address)
        if item.link is None and item.story is None:
            name = named(item.title or item.guid or "An item")
            reason = f"“{name}” in {feed} has neither a link nor its whole story: add one of them to the feed."
            refused.append(Refusal(address, reason, RefusedKind.ADDRESS))
        else:
            items.setdefault(item.link or item.guid or item.title, item)
    if len(parsed.entries) > MAX_ITEMS:
        reason = (
            f"{feed} lists {len(parsed.entries):,} items, and only the first {MAX_ITEMS} are read: split the feed, "
            "or add the pages that are missing one by one."
        )
        refused.append(Refusal(address, reason, RefusedKind.ADDRESS))
    return Feed(tuple(items.values()), tuple(refused))


def address_of(item: Item, feed: str) -> str:
    """The address that identifies an item: its page, or the feed's address with the item's own id if it has no page."""
    return item.link or f"{feed}#{item.guid or item.title}"


def is_in_feed_alone(address: str, feed: str) -> bool:
    """Whether the item with that `address` (see `address_of`) has no page of its own."""
    return address.startswith(f"{feed}#")


def article_of(item: Item, feed: str) -> Article:
    """Make an article of an item with its whole story. Raises ArticleError if there is no text in it."""
    address = address_of(item, feed)
    return read_fragment(
        item.story or "",
        address,
        article_id=id_of(item.link) if item.link else f"{id_of(feed)}#{item.guid or item.title}",
        title=item.title,
        author=item.author,
        published=item.published,
        updated=item.updated,
        url=item.link,
        source=address,
    )


def _parsed(response: Response) -> Any:  # noqa: ANN401 - feedparser has no types
    import feedparser

    body = response.body or b""
    if not _ROOT.search(body[:_BEGINNING].replace(b"\0", b"")):  # in UTF-16 every other byte is a zero
        return feedparser.FeedParserDict()
    if body.count(b"<") + body.count(b"&lt;") > MAX_TAGS or body.count(b"&") > 4 * MAX_TAGS:
        raise SourceError(
            f"{named(response.address)} has more than {MAX_TAGS:,} tags, or {4 * MAX_TAGS:,} entities: name a shorter "
            "feed."
        )
    if b"\0" not in body[:4]:
        body = body.lstrip()  # white space before the declaration is invalid XML, and costs quadratic time
    headers = {"content-location": response.address}
    if response.charset:
        headers["content-type"] = f"{response.media_type}; charset={response.charset}"
    try:  # passed as a file object: feedparser would open a local file if the bytes happened to be its name
        return feedparser.parse(
            io.BytesIO(body), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )  # its HTML needs no sanitizing: it is never rendered, `plain_text` only takes the words out of it
    except MemoryError:
        raise
    except Exception as error:  # a badly broken feed can raise anything
        raise SourceError(
            f"{named(response.address)} is broken and cannot be read: check the address of the feed."
        ) from error


def _item(entry: Mapping[str, Any], address: str) -> Item:
    link = urljoin(address, str(entry.get("link") or "").strip()) if entry.get("link") else None
    if link and not is_link(link, beside=address):
        link = None
    contents = [str(content.get("value") or "") for content in entry.get("content") or ()]
    story = max(contents, key=len, default="")
    is_own = link is None or is_same_site(link, address)  # a story of another site is read from its page
    author = " ".join(str(entry.get("author") or "").split())
    title = " ".join(plain_text(str(entry.get("title") or "") or " ").split())
    guid = str(entry.get("id") or "")
    return Item(
        title=title[:MAX_FACT],
        link=link,
        story=story if is_own and _is_whole(story) else None,
        author=author if author and len(author) <= MAX_FACT else None,
        published=_moment(entry, "published_parsed"),
        updated=_moment(entry, "updated_parsed"),
        guid=guid if len(guid) <= MAX_ADDRESS else hashlib.sha256(guid.encode(errors="replace")).hexdigest(),
    )


def _is_whole(content: str) -> bool:
    words = plain_text(content or " ")
    return len(words.split()) >= WHOLE_WORDS and not words.lower().rstrip(" »›→>").endswith(_TEASERS)


def _moment(entry: Mapping[str, Any], key: str) -> datetime | None:
    """A time of an item; None if it has none, or an invalid one."""
    if key not in entry:  # for a missing time feedparser would give another one of the item
        return None
    try:
        return datetime.fromtimestamp(calendar.timegm(entry[key]), UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None
