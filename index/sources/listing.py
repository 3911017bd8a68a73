"""Follows a sitemap to the pages that it lists, through the sitemaps that an index names."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from index.errors import ArticleError, SourceError
from index.naming import named
from index.sources.sitemap import MAX_KEPT, Listed, Sitemap
from index.sources.web import Response
from index.types import Refusal, RefusedKind

MAX_SITEMAPS = 50
"""How many sitemaps of an index are read, the newest first."""

MAX_LEVELS = 3
"""How deep indexes may name one another. The protocol allows one level."""

MAX_TOTAL = 150_000_000
"""Bytes of all sitemaps of one reading, unpacked."""


@dataclass(frozen=True, slots=True)
class Listing:
    """The pages that a sitemap leads to, the newest first, each once, and what could not be read.

    `is_index` says that there are more sitemaps than the first: whether that one has changed says nothing of them.
    """

    pages: tuple[Listed, ...]
    refused: tuple[Refusal, ...] = ()
    is_index: bool = False


async def list_pages(
    address: str,
    first: Response,
    fetch: Callable[[str], Awaitable[Response]],
    read: Callable[[Response], Awaitable[Sitemap]],
) -> Listing:
    """List the pages of the sitemap that answered as `first`. `fetch` and `read` raise SourceError or ArticleError.

    An error of the first sitemap is raised; those of further ones are refusals.
    """
    top = await read(first)
    pages = {page.address: page for page in top.pages}
    refused: list[Refusal] = []
    elsewhere, beyond, total, unread = top.elsewhere, top.beyond, top.size, 0
    seen, waiting, room = {address, first.address}, list(top.sitemaps), MAX_SITEMAPS

    async def follow(one: Listed) -> Sitemap | Refusal:
        try:
            return await read(await fetch(one.address))
        except (SourceError, ArticleError) as error:
            return Refusal.of(one.address, error, RefusedKind.ADDRESS)

    for _ in range(MAX_LEVELS):
        fresh = [one for one in waiting if one.address not in seen]
        seen.update(one.address for one in fresh)
        unread += max(len(fresh) - room, 0)
        now, room, waiting = fresh[:room], max(room - len(fresh), 0), []
        for batch in (now[start : start + 4] for start in range(0, len(now), 4)):
            if total > MAX_TOTAL:
                unread += len(batch)
                continue
            for found in await asyncio.gather(*map(follow, batch)):
                if isinstance(found, Refusal):
                    refused.append(found)
                    continue
                total += found.size
                elsewhere, beyond = elsewhere + found.elsewhere, beyond + found.beyond
                waiting += found.sitemaps
                for page in found.pages:
                    pages.setdefault(page.address, page)
    unread += len([one for one in waiting if one.address not in seen])
    newest = sorted(pages.values(), key=lambda page: page.moment, reverse=True)
    beyond += max(len(newest) - MAX_KEPT, 0)
    name = named(address)
    if unread:
        reason = (
            f"{name} names more than the {MAX_SITEMAPS} sitemaps that are read, so {unread} were left out: add these "
            "by themselves."
        )
        refused.append(Refusal(address, reason, RefusedKind.ADDRESS))
    if elsewhere:
        reason = f"{name} lists {elsewhere:,} addresses of other sites, which are left out: add their own sitemaps."
        refused.append(Refusal(address, reason, RefusedKind.ADDRESS))
    if beyond:
        reason = (
            f"{name} lists {beyond:,} addresses over the limit, and only the newest {MAX_KEPT:,} are taken: split it."
        )
        refused.append(Refusal(address, reason, RefusedKind.ADDRESS))
    return Listing(tuple(newest[:MAX_KEPT]), tuple(refused), bool(top.sitemaps))
