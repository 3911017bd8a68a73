"""Sitemaps as sources: what is fetched, what is left for later, and single pages that a site tells of."""

import gzip
from datetime import UTC, datetime

import pytest

from index import Library, Notice, SourceError, Web, heeds, make_change, read_hub, read_noticed, read_source
from index.sources import listing, reading
from index.sources.feed import find_hub
from index.sources.notices import wanted_pages
from index.sources.page import id_of
from index.sources.results import LibraryState
from index.sources.robots import sitemaps_in
from index.sources.web import Response
from index.types import Source, SourcePage
from tests.index.sources.test_feed import WHOLE, encoded
from tests.index.sources.test_refresh import Again, again, problem, topics
from tests.parser import PARSER
from tests.tools.site import Answer, Site, rss

__all__ = ["again"]  # a fixture

EMPTY = "<html><title>Topics</title><body><nav><a href=/a>A</a></nav></body></html>"


def put_sitemap(site: Site, pages: dict[str, str], path: str = "/sitemap.xml") -> None:
    entries = "".join(
        f"<url><loc>{site.url}/{page}</loc>{f'<lastmod>{modified}</lastmod>' if modified else ''}</url>"
        for page, modified in pages.items()
    )
    site.put(path, f"<urlset>{entries}</urlset>", "application/xml")


def put_index(site: Site, paths: list[str], path: str = "/sitemap.xml") -> None:
    entries = "".join(f"<sitemap><loc>{site.url}{one}</loc></sitemap>" for one in paths)
    site.put(path, f"<sitemapindex>{entries}</sitemapindex>", "application/xml")


def put_stories(site: Site, *names: str) -> None:
    for name in names:
        site.put_story(name)


async def test_a_page_is_fetched_when_its_time_in_the_sitemap_is_another_one(
    site: Site, library: Library, again: Again
) -> None:
    put_stories(site, "ferry", "bakery", "bridge")
    put_sitemap(site, {"ferry": "2026-01-01", "bakery": "2026-01-01", "bridge": ""})
    refreshed, report = await again("/sitemap.xml")
    assert (len(report.added), refreshed.results[0].source.kind) == (3, "sitemap")
    assert site.fetched == ["/bakery", "/bridge", "/ferry", "/sitemap.xml"]
    put_stories(site, "ferry")
    site.put_story("bakery", 2021)
    site.put_story("bridge", 2021)
    _, report = await again()
    assert (site.fetched, len(report.changed)) == (["/bridge"], 1)  # it has no time, so it is asked each time
    put_sitemap(site, {"ferry": "2026-01-01", "bakery": "2026-01-02", "bridge": ""})
    _, report = await again()
    assert (site.fetched, len(report.changed)) == (["/bakery", "/sitemap.xml"], 1)


async def test_pages_without_a_story_are_named_once_and_left_out_until_they_change(
    site: Site, library: Library, again: Again
) -> None:
    put_stories(site, "ferry")
    for path in ("/topics", "/authors"):
        site.put(path, EMPTY)
    pages = {"ferry": "2026-01-01", "topics": "2026-01-01", "authors": "2026-01-01"}
    put_sitemap(site, pages)
    refreshed, _ = await again("/sitemap.xml")
    (refusal,) = refreshed.refused
    assert refusal.reason.startswith(f"Of the pages that {site.url}/sitemap.xml lists, 2 hold no story, such as ")
    site.put("/sitemap.xml", site.pages["/sitemap.xml"].body + b"<!-- anew -->", "application/xml")
    refreshed, _ = await again()
    assert (refreshed.refused, site.fetched) == ((), ["/sitemap.xml"])
    site.put_story("topics")
    put_sitemap(site, pages | {"topics": "2026-01-02"})
    _, report = await again()
    assert len(report.added) == 1 and topics(library) == {"ferry", "topics"}


async def test_a_page_that_could_not_be_read_is_tried_again(site: Site, library: Library, again: Again) -> None:
    put_stories(site, "ferry", "bakery")
    site.pages["/bakery"] = Answer(b"Later.", 503, {"Content-Type": "text/html"})
    put_sitemap(site, {"ferry": "2026-01-01", "bakery": "2026-01-01"})
    await again("/sitemap.xml")
    assert topics(library) == {"ferry"}
    put_stories(site, "bakery")
    await again()
    assert topics(library) == {"ferry", "bakery"}


async def test_an_index_leads_to_packed_and_nested_sitemaps_and_one_that_fails_is_named(
    site: Site, library: Library, again: Again, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_stories(site, "ferry", "bakery", "bridge")
    put_sitemap(site, {"ferry": "2026-01-01"}, "/a.xml")
    site.put("/b.xml.gz", gzip.compress(f"<urlset><url><loc>{site.url}/bakery</loc></url></urlset>".encode()),
             "application/octet-stream")  # fmt: skip
    put_sitemap(site, {"bridge": "2026-01-01"}, "/deep.xml")
    put_index(site, ["/deep.xml", "/sitemap.xml", "/nested.xml"], "/nested.xml")
    put_index(site, ["/a.xml", "/b.xml.gz", "/nested.xml", "/gone.xml"])
    refreshed, _ = await again("/sitemap.xml")
    assert topics(library) == {"ferry", "bakery", "bridge"}
    assert [refusal.name for refusal in refreshed.refused] == [f"{site.url}/gone.xml"]
    monkeypatch.setattr(listing, "MAX_SITEMAPS", 2)
    refreshed, report = await again()
    assert "names more than the 2 sitemaps that are read, so 2 were left out" in refreshed.refused[-1].reason
    assert report.removed == () and problem(refreshed, site) == ""  # what is not listed is asked for by itself


async def test_of_many_pages_the_newest_come_first_and_the_rest_at_the_next_readings(
    site: Site, library: Library, again: Again, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MAX_READ", 2)
    names = ["ferry", "bakery", "bridge", "school", "harbour"]
    put_stories(site, *names)
    put_sitemap(site, {name: f"2026-01-0{n}" for n, name in enumerate(names, 1)})
    refreshed, _ = await again("/sitemap.xml")
    assert topics(library) == {"harbour", "school"}
    assert refreshed.refused[-1].reason == (
        f"{site.url}/sitemap.xml lists 3 pages more than the 2 that are read at one time: they come in at the next "
        "readings."
    )
    await again()
    assert topics(library) == {"harbour", "school", "bridge", "bakery"}
    await again()
    assert topics(library) == set(names)
    refreshed, _ = await again()
    assert (refreshed.refused, site.fetched) == ((), [])


async def test_what_is_listed_no_longer_stays_until_its_page_is_gone(
    site: Site, library: Library, again: Again
) -> None:
    put_stories(site, "ferry", "bakery", "bridge")
    put_sitemap(site, dict.fromkeys(["ferry", "bakery", "bridge"], "2026-01-01"))
    await again("/sitemap.xml")
    put_sitemap(site, {"ferry": "2026-01-01"})
    await again()
    assert topics(library) == {"ferry", "bakery", "bridge"}
    del site.pages["/bridge"]
    _, report = await again()
    assert report.removed == (id_of(f"{site.url}/bridge"),)


async def test_a_sitemap_that_lists_nothing_or_breaks_removes_nothing(
    site: Site, library: Library, again: Again
) -> None:
    put_stories(site, "ferry")
    put_sitemap(site, {"ferry": "2026-01-01"})
    await again("/sitemap.xml")
    put_sitemap(site, {})
    refreshed, report = await again()
    assert "SITE/sitemap.xml lists no page" in problem(refreshed, site) and report.removed == ()
    site.put("/sitemap.xml", "<urlset><url>", "application/xml")
    refreshed, report = await again()
    assert "is broken and cannot be read" in problem(refreshed, site) and report.removed == ()


async def test_a_sites_own_address_leads_to_the_sitemap_in_its_robots_txt(
    site: Site, library: Library, again: Again
) -> None:
    put_stories(site, "ferry")
    site.put("/", EMPTY)
    put_sitemap(site, {"ferry": "2026-01-01"}, "/news.xml")
    site.put("/robots.txt", f"User-agent: *\nSITEMAP: {site.url}/other.xml\nSitemap: /news.xml\n", "text/plain")
    refreshed, _ = await again("/")
    assert refreshed.results[0].source.address == f"{site.url}/news.xml"
    with pytest.raises(SourceError, match="is a source already"):
        await again("/")
    async with Web(allow={site.endpoint}) as web:
        with pytest.raises(SourceError, match="is a source already"):
            await read_source(library, f"{site.url}/news.xml", web, PARSER)


def test_a_robots_txt_names_sitemaps_of_its_own_site_those_of_news_first() -> None:
    text = b"Sitemap: /a.xml\nsitemap:https://news.example.org/news.xml\nSitemap: https://else.example.com/b.xml\n"
    found = sitemaps_in(Response("https://news.example.org/robots.txt", text, "text/plain"))
    assert found == ["https://news.example.org/news.xml", "https://news.example.org/a.xml"]


# ---- single pages


NOON = datetime(2026, 2, 3, 12, tzinfo=UTC)
SOURCES = (
    Source("feed", "https://www.example.org/feed", NOON),
    Source("page", "https://single.example.org/story", NOON),
    Source("folder", "/articles", NOON),
)
PAGES = (
    SourcePage("https://www.example.org/feed", "https://www.example.org/2026/ferry/?utm_source=rss", "example.org/x"),
    SourcePage("https://www.example.org/feed", "https://www.example.org/bakery", "example.org/bakery"),
    SourcePage("https://single.example.org/story", "https://single.example.org/story", "single.example.org/story"),
)


@pytest.mark.parametrize(
    ("notice", "pages"),
    [
        (Notice(("http://example.org/2026/ferry",)), ["https://www.example.org/2026/ferry/?utm_source=rss"]),
        (Notice(("https://example.org/x",)), ["https://www.example.org/2026/ferry/?utm_source=rss"]),
        (Notice(("https://example.org/p/123/",), "bakery"), ["https://www.example.org/bakery"]),
        (Notice(("https://single.example.org/story",)), ["https://single.example.org/story"]),
        (Notice(("https://example.org/new",)), ["https://example.org/new"]),
        (Notice(("https://single.example.org/other",)), []),
        (Notice(("https://example.org.evil.example.com/new",)), []),
        (Notice(("https://evil.example.com/ferry",), "bakery"), []),
    ],
)
def test_a_notice_is_about_known_pages_or_a_new_one_at_a_feeds_host(notice: Notice, pages: list[str]) -> None:
    wanted = wanted_pages(LibraryState(sources=SOURCES, pages=PAGES), [notice])
    assert [page.address for found in wanted.values() for _, page in found] == pages


def test_a_new_page_belongs_to_a_private_source_before_a_public_one() -> None:
    address = "https://www.example.org/new"
    members = Source("sitemap", "https://example.org/members.xml", NOON, private=True)
    wanted = wanted_pages(LibraryState(sources=(*SOURCES, members)), [Notice((address,))])
    assert [page.source for found in wanted.values() for _, page in found] == [members.address]


async def test_a_story_that_stands_in_its_feed_is_read_from_the_feed(
    site: Site, library: Library, again: Again
) -> None:
    put_stories(site, "ferry")
    item = f"<item><title>The ferry</title><link>{site.url}/ferry</link>{encoded(WHOLE)}</item>"
    site.put_feed([], items=item)
    await again("/feed")
    changed = item.replace("2019", "2021")
    assert changed != item
    site.put_feed([], items=changed)
    site.requests.clear()
    async with Web(allow={site.endpoint}) as web:
        noticed = await read_noticed(library, [Notice((f"{site.url}/ferry",))], web, PARSER)
    assert site.fetched == ["/feed"]
    assert make_change(library, noticed.change).changed and len(noticed.new) == 1
    async with Web(allow={site.endpoint}) as web:
        again_read = await read_noticed(library, [], web, PARSER, sources=[f"{site.url}/feed"])
    assert again_read.change.articles == () and site.fetched == []


async def test_one_page_is_read_at_once_and_its_source_stays_as_it_was(
    site: Site, library: Library, again: Again
) -> None:
    put_stories(site, "ferry", "bakery")
    put_sitemap(site, {"ferry": "2026-01-01", "bakery": "2026-01-01"})
    await again("/sitemap.xml")
    (before,), pages = library.sources(), library.source_pages()
    site.put_story("ferry", 2021)
    site.requests.clear()
    notices = [Notice((f"{site.url}/ferry",)), Notice((f"{site.url}/bakery",)), Notice(("https://else.example.com/a",))]
    async with Web(allow={site.endpoint}) as web:
        noticed = await read_noticed(library, notices, web, PARSER)
    assert noticed.new == {notices[0]}
    assert sorted(site.requests) == [("/bakery", 304), ("/ferry", 200)]
    report = make_change(library, noticed.change)
    assert report.changed == (id_of(f"{site.url}/ferry"),)
    assert library.sources() == [before] and len(library.source_pages()) == len(pages)


async def test_a_page_that_is_gone_is_withdrawn_and_a_new_one_comes_in(
    site: Site, library: Library, again: Again
) -> None:
    put_stories(site, "ferry")
    site.put_feed(["ferry"])
    await again("/feed")
    del site.pages["/ferry"]
    put_stories(site, "bakery")
    site.put("/empty", EMPTY)
    notices = [Notice((f"{site.url}/{name}",)) for name in ("ferry", "bakery", "empty", "missing")]
    assert [heeds(library, notice) for notice in notices] == [True] * 4
    assert [heeds(library, notice, new=False) for notice in notices] == [True, False, False, False]
    async with Web(allow={site.endpoint}) as web:
        noticed = await read_noticed(library, notices, web, PARSER)
    report = make_change(library, noticed.change)
    assert noticed.new == set(notices[:2])
    assert (report.added, report.removed) == ((id_of(f"{site.url}/bakery"),), (id_of(f"{site.url}/ferry"),))
    assert [page.address for page in library.source_pages()] == [f"{site.url}/bakery"]


async def test_a_source_of_one_page_goes_with_its_page(site: Site, library: Library, again: Again) -> None:
    put_stories(site, "ferry")
    await again("/ferry")
    del site.pages["/ferry"]
    async with Web(allow={site.endpoint}) as web:
        noticed = await read_noticed(library, [Notice((f"{site.url}/ferry",))], web, PARSER)
    make_change(library, noticed.change)
    assert (library.articles(), library.sources()) == ([], [])


# ---- hubs


def test_a_hub_is_named_in_the_header_or_in_the_feed() -> None:
    hub, own = "https://hub.example.com/", "https://news.example.org/feed"
    links = f"<atom:link rel='hub' href='{hub}'/><atom:link rel='self' href='/feed'/>"
    feed = rss([own]).replace("<channel>", f"<channel xmlns:atom='http://www.w3.org/2005/Atom'>{links}").encode()
    found = find_hub(Response(f"{own}?page=1", feed, "application/rss+xml"))
    assert (found.address, found.topic) == (hub, own)
    header = f'<{hub}>; rel=hub, </feed>; title="x"; rel="self alternate"'
    found = find_hub(Response(f"{own}?page=1", rss([own]).encode(), "application/rss+xml", link=header))
    assert (found.address, found.topic) == (hub, own)
    assert find_hub(Response(own, rss([own]).encode(), "text/xml")).address == ""
    inside = Response(own, rss([own]).encode(), "text/xml", link="<http://127.0.0.1/hub>; rel=hub")
    assert find_hub(inside).address == ""


async def test_the_hub_of_a_feed_is_read_and_a_form_is_sent_to_no_address_inside(site: Site) -> None:
    site.put("/feed", rss([]), "application/rss+xml", Link="<https://hub.example.com/>; rel=hub")
    async with Web(allow={site.endpoint}) as web:
        hub = await read_hub(f"{site.url}/feed", web, PARSER)
        assert (hub.address, hub.topic) == ("https://hub.example.com/", f"{site.url}/feed")
        with pytest.raises(SourceError, match="only the standard ports"):
            await web.send_form("http://127.0.0.1:9/", {"hub.mode": "subscribe"})
        with pytest.raises(SourceError, match=r"answers 501 to a request: try again later\.$"):
            await web.send_form(f"{site.url}/feed", {"hub.mode": "subscribe"})
