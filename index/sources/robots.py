"""Finds the sitemap of a site by its robots.txt, for somebody who names the site alone."""

from functools import partial
from urllib.parse import urljoin, urlsplit

from index.errors import ArticleError, SourceError
from index.sources.address import is_link
from index.sources.page import is_same_site
from index.sources.parser import Parser
from index.sources.sitemap import is_sitemap
from index.sources.web import PAGE_TYPES, Response, Web, sitemap_types

MAX_BYTES, MAX_TRIED = 500_000, 3
"""How much of a robots.txt is looked through, and how many of the sitemaps in it are tried."""


async def sitemap_of_site(web: Web, parser: Parser, front: str, *, max_bytes: int) -> tuple[str, Response] | None:
    """The address of the sitemap that a site's robots.txt names, and its answer; None if none can be read.

    One of news comes before others.
    """
    try:
        robots = await web.get(urljoin(front, "/robots.txt"), PAGE_TYPES, max_bytes=MAX_BYTES)
    except SourceError:
        return None
    for place in sitemaps_in(robots):
        try:
            address = web.check(place)
            response = await web.get(address, sitemap_types(address), max_bytes=max_bytes)
            if await parser.run_apart(partial(is_sitemap, response), response.address):
                return address, response
        except (SourceError, ArticleError):
            continue
    return None


def sitemaps_in(robots: Response) -> list[str]:
    """The first sitemaps of the same site that a robots.txt names.

    https://www.rfc-editor.org/rfc/rfc9309
    """
    lines = (robots.body or b"").decode("utf-8", "replace").splitlines()
    stated = [line.partition(":")[2].strip() for line in lines if line.strip().lower().startswith("sitemap:")]
    places = [urljoin(robots.address, place) for place in stated if place and len(place) < MAX_BYTES]
    own = [place for place in places[:100] if is_link(place, beside=robots.address)]
    own = [place for place in own if is_same_site(place, robots.address)]
    return sorted(own, key=lambda place: "news" not in urlsplit(place).path.lower())[:MAX_TRIED]


def is_front(address: str) -> bool:
    """Whether it is the address of a site's front page."""
    parts = urlsplit(address)
    return parts.path in ("", "/") and not parts.query
