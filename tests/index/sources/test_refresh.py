"""Sources read again: what is added, changed and gone, and what a source in trouble does not take along."""

import gzip
import json
import time
from collections.abc import Callable, Coroutine
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from index import (
    Article,
    Library,
    Progress,
    SourceError,
    SourceUpdate,
    UpdateReport,
    Web,
    change_as_json,
    change_from_json,
    inverse,
    make_change,
    source_privacy,
)
from index.sources.refresh import read_new_source, read_sources
from index.sources.results import Held, LibraryState, SourceReading
from tests.index.sources.test_feed import WHOLE, encoded
from tests.parser import PARSER
from tests.tools.site import Answer, Site, page, rss, story

TOPICS = ["ferry", "bakery", "bridge", "school"]
LOGIN = f"<title>Log in</title><article>{'<p>Log in to read the news of Elmouth, or become a member today.</p>' * 3}"


def known(library: Library) -> LibraryState:
    return LibraryState(Held.of(library.articles()), library.sources(), library.source_pages(), library.excluded())


def topics(library: Library) -> set[str]:
    return {article.id.rpartition("/")[2] for article in library.articles()}


Again = Callable[..., Coroutine[Any, Any, tuple[SourceReading, UpdateReport]]]


@pytest.fixture
def again(library: Library, site: Site) -> Again:
    """Brings the library in line with its sources, or with one at the address `add` for the first time."""

    async def again(
        add: str = "", *, confirmed: bool = False, private: bool = False
    ) -> tuple[SourceReading, UpdateReport]:
        site.requests.clear()
        options = {"remove_missing": [article.id for article in library.articles()] if confirmed else ()}
        async with Web(allow={site.endpoint}, seconds=5, max_bytes=100_000) as web:
            reading = (
                read_new_source(web, PARSER, known(library), site.url + add, private=private)
                if add
                else read_sources(web, PARSER, known(library), **options)
            )
            refreshed = await reading
        report = library.update(refreshed.articles, remove=refreshed.gone, source_update=refreshed.source_update)
        return refreshed, replace(report, unchanged=(*report.unchanged, *refreshed.unchanged))

    return again


@pytest.fixture
async def feed(site: Site, again: Again) -> Site:
    """A feed of four stories, which is in the library."""
    for topic in TOPICS:
        site.put_story(topic)
    site.put_feed(TOPICS)
    _, report = await again("/feed")
    assert len(report.added) == 4
    site.requests.clear()
    return site


def problem(refreshed: SourceReading, site: Site) -> str:
    (result,) = refreshed.results
    said = result.problem.sentence if result.problem else ""
    assert said == result.source.problem and result.source.result == (said or "ok")
    return said.replace(site.url, "SITE")


async def test_nothing_new_sends_nothing_in_full_and_embeds_nothing(feed: Site, library: Library, again: Again) -> None:
    before = library.read_generation()
    for _ in range(2):
        refreshed, report = await again()
        assert feed.fetched == []
        assert (refreshed.articles, len(report.unchanged), library.read_generation()) == ((), 4, before)
        assert problem(refreshed, feed) == ""


async def test_a_server_that_cannot_say_what_changed_is_compared_by_content(
    feed: Site, library: Library, again: Again
) -> None:
    for answer in feed.pages.values():
        answer.etag = False
    await again()
    before = library.read_generation()
    _, report = await again()
    assert (report.passages_embedded, len(report.unchanged), library.read_generation()) == (0, 4, before)


async def test_a_page_with_an_odd_etag_is_stored_like_any(feed: Site, library: Library, again: Again) -> None:
    body = page("ferry", 2018).encode()

    def send(handler: BaseHTTPRequestHandler) -> None:
        head = b'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nETag: "caf\xe9"\r\nContent-Length: %d\r\n\r\n'
        handler.wfile.write(head % len(body) + body)

    feed.pages["/ferry"].send = send
    _, report = await again()
    assert len(report.changed) == 1
    assert "in 2018" in next(a.text for a in library.articles() if a.id.endswith("ferry"))


async def test_a_page_whose_frame_alone_changed_is_unchanged(feed: Site, again: Again) -> None:
    feed.put("/ferry", page("ferry").replace("Sport", "Weather"))
    _, report = await again()
    assert feed.fetched == ["/ferry"]
    assert (len(report.unchanged), report.changed) == (4, ())
    await again()
    assert feed.fetched == []


async def test_a_new_an_edited_and_a_withdrawn_story(feed: Site, library: Library, again: Again) -> None:
    feed.put_story("market")
    feed.put_story("ferry", 2018)
    feed.pages["/bakery"] = Answer(status=410)
    feed.put_feed(["market", "ferry", "bridge", "school"])
    refreshed, report = await again()
    assert feed.fetched == ["/feed", "/ferry", "/market"]
    assert [len(part) for part in (report.added, report.changed, report.removed, report.unchanged)] == [1, 1, 1, 2]
    assert topics(library) == {"market", "ferry", "bridge", "school"}
    assert "in 2018" in next(a.text for a in library.articles() if a.id.endswith("ferry"))
    (result,) = refreshed.results
    assert (result.articles, len(result.gone), result.missing, result.problem) == (4, 1, (), None)
    assert {p.address.rpartition("/")[2] for p in library.source_pages()} == topics(library)


async def test_a_withdrawn_story_that_the_feed_still_lists_is_gone_too(
    feed: Site, library: Library, again: Again
) -> None:
    del feed.pages["/bakery"]
    _, report = await again()
    assert len(report.removed) == 1
    assert "bakery" not in topics(library)


async def test_a_withdrawn_story_that_leads_to_the_front_page_is_gone(
    feed: Site, library: Library, again: Again
) -> None:
    feed.put("/", page("front"))
    feed.pages["/bakery"] = Answer(status=301, headers={"Location": "/"})
    await again()
    assert topics(library) == {"ferry", "bridge", "school"}


async def test_a_story_that_the_feed_lists_no_more_stays_while_its_page_does(
    feed: Site, library: Library, again: Again
) -> None:
    feed.put_feed(["ferry"])
    refreshed, report = await again()
    assert (problem(refreshed, feed), report.removed) == ("", ())
    feed.put_story("school", 2017)
    await again()
    assert topics(library) == set(TOPICS)
    assert "in 2017" in next(a.text for a in library.articles() if a.id.endswith("school"))


async def test_a_feed_that_is_gone_removes_nothing_whatever_was_confirmed(
    feed: Site, library: Library, again: Again
) -> None:
    feed.pages.clear()
    for confirmed in (False, True):
        refreshed, report = await again(confirmed=confirmed)
        assert (
            problem(refreshed, feed) == "SITE/feed answers 404, nothing is there: check the address, or leave it out."
        )
        assert report.removed == ()
    assert topics(library) == set(TOPICS)
    assert library.sources()[0].result.endswith("check the address, or leave it out.")


async def test_a_feed_that_became_a_page_removes_nothing(feed: Site, library: Library, again: Again) -> None:
    feed.put("/feed", LOGIN)
    refreshed, _ = await again()
    assert problem(refreshed, feed).startswith("SITE/feed is not a feed: ")
    assert topics(library) == set(TOPICS)


async def test_a_feed_that_comes_back_is_read_as_before(feed: Site, library: Library, again: Again) -> None:
    kept = feed.pages.pop("/feed")
    await again()
    feed.pages["/feed"] = kept
    refreshed, report = await again()
    assert (problem(refreshed, feed), len(report.unchanged)) == ("", 4)
    assert library.sources()[0].result == "ok"


async def test_an_empty_feed_is_reported_and_removes_nothing(feed: Site, library: Library, again: Again) -> None:
    feed.put_feed([])
    refreshed, report = await again()
    assert problem(refreshed, feed) == "SITE/feed lists no article: check the address of the feed."
    assert (report.removed, len(report.unchanged)) == ((), 4)
    del feed.pages["/bakery"]
    refreshed, report = await again()
    assert problem(refreshed, feed) == ("SITE/feed lists no article, so nothing was removed.")
    assert topics(library) == set(TOPICS)
    await again(confirmed=True)
    assert topics(library) == {"ferry", "bridge", "school"}


async def test_a_feed_that_lost_more_than_half_keeps_all_until_it_is_confirmed(
    feed: Site, library: Library, again: Again
) -> None:
    for topic in ("bakery", "bridge", "school"):
        del feed.pages[f"/{topic}"]
    feed.put_story("ferry", 2018)
    feed.put_feed(["ferry"])
    for _ in range(2):
        refreshed, report = await again()
        assert problem(refreshed, feed) == ("SITE/feed has lost 3 of its 4 articles at once, so nothing was removed.")
        assert len(refreshed.results[0].missing) == 3
        assert report.removed == ()
    assert topics(library) == set(TOPICS)
    assert "in 2018" in next(a.text for a in library.articles() if a.id.endswith("ferry"))
    _, report = await again(confirmed=True)
    assert len(report.removed) == 3
    assert topics(library) == {"ferry"}


async def test_a_confirmation_is_for_those_articles_that_it_names_and_for_no_more(feed: Site, library: Library) -> None:
    for topic in ("bakery", "bridge", "school"):
        del feed.pages[f"/{topic}"]
    async with Web(allow={feed.endpoint}, seconds=5) as web:
        shown = (await read_sources(web, PARSER, known(library))).results[0].missing
        del feed.pages["/ferry"]
        refreshed = await read_sources(web, PARSER, known(library), remove_missing=shown)
        assert (refreshed.gone, len(refreshed.results[0].missing)) == ((), 4)
        feed.put_story("ferry")
        assert (await read_sources(web, PARSER, known(library), remove_missing=shown)).gone == shown


async def test_a_feed_that_lost_half_loses_it(feed: Site, library: Library, again: Again) -> None:
    for topic in ("bakery", "bridge"):
        del feed.pages[f"/{topic}"]
    await again()
    assert topics(library) == {"ferry", "school"}


async def test_a_site_whose_pages_all_became_a_login_keeps_its_articles(
    feed: Site, library: Library, again: Again
) -> None:
    before = {article.id: article.text for article in library.articles()}
    stories = dict(feed.pages)
    feed.put("/login", LOGIN)
    for topic in TOPICS:
        feed.pages[f"/{topic}"] = Answer(status=302, headers={"Location": "/login"})
    refreshed, report = await again()
    assert "has lost 4 of its 4 articles at once, so nothing was removed" in problem(refreshed, feed)
    assert (report.added, report.changed, report.removed) == ((), (), ())
    feed.pages = stories
    refreshed, report = await again()
    assert problem(refreshed, feed) == ""
    assert {article.id: article.text for article in library.articles()} == before


async def test_a_page_that_fails_is_named_and_its_article_stays(feed: Site, library: Library, again: Again) -> None:
    feed.pages["/ferry"] = Answer(status=500)
    feed.put("/bakery", b"\x89PNG", "image/png")
    refreshed, report = await again()
    assert sorted(refusal.reason.replace(feed.url, "SITE") for refusal in refreshed.refused) == [
        "SITE/bakery is of the type image/png, no article: name the address of the story's page.",
        "SITE/ferry answers 500 instead of a page: try again later, or name another address.",
    ]
    assert (problem(refreshed, feed), report.removed, len(report.unchanged)) == ("", (), 4)


async def test_a_page_that_failed_at_first_is_read_when_it_works(site: Site, library: Library, again: Again) -> None:
    site.put_story("ferry")
    site.put_feed(["ferry", "bakery"])
    refreshed, _ = await again("/feed")
    assert len(refreshed.refused) == 1
    site.put_story("bakery")
    _, report = await again()
    assert site.fetched == ["/bakery"]
    assert len(report.added) == 1


async def test_what_was_taken_out_by_hand_stays_out_and_is_asked_for_no_more(
    feed: Site, library: Library, again: Again
) -> None:
    ferry = next(article for article in library.articles() if article.id.endswith("ferry"))
    library.remove(ferry.id)
    feed.put_story("ferry", 2018)
    for _ in range(2):
        refreshed, report = await again()
        assert "/ferry" not in [path for path, _ in feed.requests]
        assert (report.added, len(report.unchanged), library.excluded()) == ((), 3, [ferry.id])
        (result,) = refreshed.results
        assert (result.articles, result.excluded, result.problem) == (3, (ferry.id,), None)


async def test_a_feed_that_is_added_leaves_out_what_was_taken_out_by_hand(
    feed: Site, library: Library, again: Again
) -> None:
    ferry = next(article.id for article in library.articles() if article.id.endswith("ferry"))
    library.remove(ferry)
    feed.put("/other", rss([f"{feed.url}/ferry", f"{feed.url}/bakery"]), "application/rss+xml")
    refreshed, _ = await again("/other")
    assert refreshed.results[0].excluded == (ferry,)
    assert topics(library) == {"bakery", "bridge", "school"}
    feed.requests.clear()
    await again()
    assert "/ferry" not in [path for path, _ in feed.requests]


async def test_a_page_that_is_added_by_hand_is_included_again(feed: Site, library: Library, again: Again) -> None:
    library.remove(next(article.id for article in library.articles() if article.id.endswith("ferry")))
    await again("/ferry")
    assert (topics(library), library.excluded()) == (set(TOPICS), [])
    feed.put_story("ferry", 2018)
    _, report = await again()
    assert len(report.changed) == 1


async def test_a_page_whose_only_story_is_taken_out_is_a_source_no_more(
    site: Site, library: Library, again: Again
) -> None:
    site.put_story("ferry")
    await again("/ferry")
    (article,) = library.articles()
    library.remove(article.id)
    assert (library.sources(), library.source_pages(), library.excluded()) == ([], [], [article.id])


async def test_what_is_taken_out_by_hand_while_it_is_read_stays_out(feed: Site, library: Library) -> None:
    feed.put_story("ferry", 2018)
    async with Web(allow={feed.endpoint}) as web:
        refreshed = await read_sources(web, PARSER, known(library))
    library.remove(next(article.id for article in library.articles() if article.id.endswith("ferry")))
    report = library.update(refreshed.articles, remove=refreshed.gone, source_update=refreshed.source_update)
    assert (report.added, topics(library)) == ((), {"bakery", "bridge", "school"})


async def test_whole_stories_that_were_taken_out_by_hand_stay_out(site: Site, library: Library, again: Again) -> None:
    whole_feed(site, ("ferry", 2019), ("bakery", 2019))
    await again("/feed")
    library.remove(next(article.id for article in library.articles() if article.id.endswith("ferry")))
    site.requests.clear()
    await again()
    assert site.requests == [("/feed", 304)]
    whole_feed(site, ("ferry", 2018), ("bakery", 2019), ("bridge", 2019))
    await again()
    assert topics(library) == {"bakery", "bridge"}


async def test_one_story_at_two_addresses_is_one_article_while_either_stands(
    site: Site, library: Library, again: Again
) -> None:
    canonical = f'<link rel=canonical href="{site.url}/ferry">'
    for topic in ("bakery", "bridge"):
        site.put_story(topic)
    site.put("/ferry", page("ferry", head=canonical))
    site.put("/amp/ferry", page("ferry", head=canonical))
    site.put_feed(["ferry", "bakery", "bridge"])
    site.put("/other", rss([f"{site.url}/amp/ferry", f"{site.url}/bakery"]), "application/rss+xml")
    await again("/feed")
    _, report = await again("/other")
    assert (report.added, len(report.unchanged)) == ((), 2)
    assert topics(library) == {"ferry", "bakery", "bridge"}
    addresses = {p.address.removeprefix(site.url) for p in library.source_pages() if p.article_id.endswith("/ferry")}
    assert addresses == {"/ferry", "/amp/ferry"}
    del site.pages["/ferry"]
    for _ in range(3):
        _, report = await again()
        assert report.removed == ()
        ferry = next(article for article in library.articles() if article.id.endswith("/ferry"))
        assert ferry.url == f"{site.url}/amp/ferry"
    assert report.changed == ()
    del site.pages["/amp/ferry"]
    _, report = await again()
    assert len(report.removed) == 1


async def test_of_two_addresses_what_is_new_at_either_counts(site: Site, library: Library, again: Again) -> None:
    canonical = f'<link rel=canonical href="{site.url}/ferry">'
    site.put("/ferry", page("ferry", head=canonical))
    site.put("/amp", page("ferry", head=canonical))
    await again("/ferry")
    await again("/amp")
    site.put("/amp", page("ferry", 2018, head=canonical))
    _, report = await again()
    assert len(report.changed) == 1
    (article,) = library.articles()
    assert "in 2018" in article.text


PAPER = story("ferry")
EDITED = PAPER.replace("are glad", "are very glad")


def put_text(site: Site, path: str, text: str) -> None:
    paragraphs = "".join(f"<p>{paragraph}</p>" for paragraph in text.split("\n\n"))
    site.put(path, f"<html lang=en><title>The ferry opens</title><article>{paragraphs}</article></html>")


def put_copies(site: Site) -> None:
    """The story on two sites, with a word more at the second, and others beside it at the first."""
    put_text(site, "/ferry", PAPER)
    put_text(site, "/copy", EDITED)
    for topic in ("bakery", "bridge"):
        site.put_story(topic)
    site.put_feed(["ferry", "bakery", "bridge"])
    links = [f"{site.url}/{name}" for name in ("copy", "bakery", "bridge")]
    site.put("/other", rss(links), "application/rss+xml")


async def test_nearly_the_same_text_at_a_second_address_is_the_article_that_is_there(
    site: Site, library: Library, again: Again
) -> None:
    put_copies(site)
    await again("/feed")
    refreshed, report = await again("/other")
    assert (report.added, report.changed, topics(library)) == ((), (), {"ferry", "bakery", "bridge"})
    assert refreshed.results[0].articles == 3
    pages = {p.address.removeprefix(site.url): p.article_id.rpartition("/")[2] for p in library.source_pages()}
    assert pages == {"/ferry": "ferry", "/bakery": "bakery", "/bridge": "bridge", "/copy": "ferry"}
    site.requests.clear()
    _, report = await again()
    assert (site.fetched, len(report.unchanged), report.passages_embedded) == ([], 3, 0)


async def test_a_story_stays_while_a_copy_of_it_does_and_links_there(
    site: Site, library: Library, again: Again
) -> None:
    put_copies(site)
    await again("/feed")
    await again("/other")
    before = next(article for article in library.articles() if article.id.endswith("/ferry"))
    del site.pages["/ferry"]
    for _ in range(3):
        _, report = await again()
        assert (report.added, report.removed) == ((), ())
        assert library.article(before.id).url == f"{site.url}/copy"
    assert "are very glad" in library.article(before.id).text
    assert (report.changed, topics(library)) == ((), {"ferry", "bakery", "bridge"})
    put_text(site, "/copy", EDITED.replace("in 2019", "in 2018"))
    await again()
    assert "in 2018" in library.article(before.id).text
    del site.pages["/copy"]
    await again(confirmed=True)
    assert topics(library) == {"bakery", "bridge"}


async def test_a_copy_that_is_gone_leaves_the_story_as_it_is(site: Site, library: Library, again: Again) -> None:
    put_copies(site)
    await again("/feed")
    await again("/other")
    before = {article.id: article for article in library.articles()}
    del site.pages["/copy"]
    refreshed, report = await again()
    assert (report.removed, report.changed, refreshed.results[1].missing) == ((), (), ())
    assert {article.id: article for article in library.articles()} == before


async def test_a_copy_that_comes_to_say_something_else_is_an_article_of_its_own(
    site: Site, library: Library, again: Again
) -> None:
    put_copies(site)
    await again("/feed")
    await again("/other")
    put_text(site, "/copy", EDITED.replace("in 2019", "in 2018"))
    _, report = await again()
    assert ([i.rpartition("/")[2] for i in report.added], report.removed) == (["copy"], ())
    assert topics(library) == {"ferry", "bakery", "bridge", "copy"}


async def test_a_site_whose_every_address_changed_keeps_its_articles(
    feed: Site, library: Library, again: Again
) -> None:
    before = {article.id for article in library.articles()}
    for topic in TOPICS:
        feed.pages[f"/2026/{topic}"] = feed.pages.pop(f"/{topic}")
    feed.put_feed([f"2026/{topic}" for topic in TOPICS])
    refreshed, report = await again()
    assert (problem(refreshed, feed), report.added, report.removed) == ("", (), ())
    assert {article.id for article in library.articles()} == before
    assert {article.url for article in library.articles()} == {f"{feed.url}/2026/{topic}" for topic in TOPICS}
    feed.put_story("2026/ferry", 2018)
    _, report = await again()
    assert (report.added, report.removed, len(report.changed)) == ((), (), 1)


async def test_two_copies_that_come_at_once_are_one_article(site: Site, library: Library, again: Again) -> None:
    put_copies(site)
    site.put_feed(["copy", "ferry", "bakery"])
    _, report = await again("/feed")
    assert (len(report.added), topics(library)) == (2, {"copy", "bakery"})


async def test_stories_of_one_template_and_with_other_numbers_stay_apart(
    site: Site, library: Library, again: Again
) -> None:
    for topic in ("ferry", "bakery"):
        site.put_story(topic)
    put_text(site, "/earlier", PAPER.replace("2019", "2018"))
    site.put_feed(["ferry", "bakery", "earlier"])
    await again("/feed")
    assert topics(library) == {"ferry", "bakery", "earlier"}


async def test_what_a_person_brought_in_is_not_taken_out_with_a_copy_of_it(
    site: Site, library: Library, again: Again
) -> None:
    put_copies(site)
    library.update([Article("ours", "Ours", PAPER, source="upload: ferry.txt")])
    await again("/feed")
    assert topics(library) == {"ours", "bakery", "bridge"}
    del site.pages["/ferry"]
    _, report = await again()
    assert (report.removed, topics(library)) == ((), {"ours", "bakery", "bridge"})
    assert known(library).articles_of(f"{site.url}/feed") == tuple(
        article.id for article in library.articles() if article.id != "ours"
    )


async def test_a_page_is_a_source_and_stays_when_it_fails(site: Site, library: Library, again: Again) -> None:
    site.put_story("ferry")
    refreshed, _ = await again("/ferry")
    assert [source.kind for source in library.sources()] == ["page"]
    site.put_story("ferry", 2018)
    _, report = await again()
    assert len(report.changed) == 1
    site.pages["/ferry"] = Answer(status=500)
    for confirmed in (False, True):
        refreshed, report = await again(confirmed=confirmed)
        assert problem(refreshed, site) == (
            "SITE/ferry answers 500 instead of a page: try again later, or name another address."
        )
        assert (refreshed.results[0].missing, topics(library)) == ((), {"ferry"})


async def gone(site: Site) -> str:
    site.pages["/ferry"] = Answer(status=410)
    return "SITE/ferry answers 410, nothing is there"


async def leads_to_the_front_page(site: Site) -> str:
    site.put("/", page("front"))
    site.pages["/ferry"] = Answer(status=301, headers={"Location": "/"})
    return "SITE/ferry leads to the front page, the story is no longer there"


@pytest.mark.parametrize("goes", [gone, leads_to_the_front_page])
async def test_a_page_that_is_gone_keeps_its_article_until_that_is_confirmed(
    site: Site, library: Library, again: Again, goes: Callable[[Site], Coroutine[Any, Any, str]]
) -> None:
    site.put_story("ferry")
    await again("/ferry")
    (article,) = library.articles()
    cause = await goes(site)
    for _ in range(2):
        refreshed, report = await again()
        assert problem(refreshed, site) == f"{cause}, and its article was kept until that is confirmed."
        (result,) = refreshed.results
        assert (result.articles, result.gone, result.missing) == (1, (), (article.id,))
        assert (report.removed, library.articles()) == ((), [article])
    refreshed, report = await again(confirmed=True)
    (result,) = refreshed.results
    assert (result.articles, result.gone, result.missing, result.problem) == (0, (article.id,), (), None)
    assert (report.removed, library.articles(), library.sources()) == ((article.id,), [], [])


async def test_a_page_that_is_gone_and_comes_back_is_read_as_before(site: Site, library: Library, again: Again) -> None:
    site.put_story("ferry")
    await again("/ferry")
    (article,) = library.articles()
    site.pages["/ferry"] = Answer(status=410)
    await again()
    site.put_story("ferry", 2018)
    refreshed, report = await again()
    assert (problem(refreshed, site), report.changed) == ("", (article.id,))


async def test_a_page_that_is_gone_takes_no_article_that_another_source_has(
    site: Site, library: Library, again: Again
) -> None:
    put_copies(site)
    await again("/ferry")
    site.put_feed(["copy", "bakery"])
    await again("/feed")
    assert topics(library) == {"ferry", "bakery"}
    (kept,) = (article for article in library.articles() if article.id.endswith("ferry"))
    del site.pages["/ferry"]
    for confirmed in (False, True):
        refreshed, report = await again(confirmed=confirmed)
        of_page, of_feed = refreshed.results
        assert of_page.problem.sentence.replace(site.url, "SITE") == (
            "SITE/ferry answers 404, nothing is there: check the address, or leave it out."
        )
        assert (of_page.missing, of_page.gone, of_feed.problem, report.removed) == ((), (), None, ())
        assert library.article(kept.id).url == f"{site.url}/copy"


def whole_feed(site: Site, *stories: tuple[str, int]) -> None:
    items = "".join(
        f"<item><title>{topic}</title><link>{site.url}/{topic}</link>"
        f"{encoded(WHOLE.replace('ferry', topic).replace('2019', str(year)))}</item>"
        for topic, year in stories
    )
    site.put("/feed", rss([], items=items), "application/rss+xml")


async def test_a_feed_with_whole_stories_is_used_as_it_is(site: Site, library: Library, again: Again) -> None:
    whole_feed(site, ("ferry", 2019), ("bakery", 2019), ("bridge", 2019))
    await again("/feed")
    assert site.requests == [("/feed", 200)]
    assert topics(library) == {"ferry", "bakery", "bridge"}
    await again()
    assert site.requests == [("/feed", 304)]
    site.put_story("bridge")
    whole_feed(site, ("ferry", 2018), ("school", 2019))
    _, report = await again()
    assert [len(part) for part in (report.added, report.changed, report.removed, report.unchanged)] == [1, 1, 1, 1]
    assert topics(library) == {"ferry", "school", "bridge"}  # of the two not listed, one has its page
    assert site.fetched == ["/bridge", "/feed"]


async def test_a_story_without_a_page_stays_until_it_is_taken_out_by_hand(
    site: Site, library: Library, again: Again
) -> None:
    site.put_feed([], items=f"<item><guid isPermaLink='false'>f-1</guid><title>Ferry</title>{encoded(WHOLE)}</item>")
    await again("/feed")
    (article,) = library.articles()
    assert (article.title, article.url) == ("Ferry", None)
    site.put_story("bridge")
    site.put_feed(["bridge"])
    await again()
    assert {article.title for article in library.articles()} == {"Ferry", "The bridge opens"}
    library.remove(article.id)
    await again()
    assert topics(library) == {"bridge"}


async def test_a_source_that_is_removed_while_it_is_read_stays_removed(feed: Site, library: Library) -> None:
    async with Web(allow={feed.endpoint}) as web:
        refreshed = await read_sources(web, PARSER, known(library))
    library.update([], source_update=SourceUpdate(forget=(f"{feed.url}/feed",)))
    library.update(refreshed.articles, remove=refreshed.gone, source_update=refreshed.source_update)
    assert (library.sources(), library.source_pages()) == ([], [])
    assert topics(library) == set(TOPICS)


async def test_progress_counts_pages(feed: Site, library: Library) -> None:
    steps: list[Progress] = []
    async with Web(allow={feed.endpoint}) as web:
        await read_sources(web, PARSER, known(library), on_progress=steps.append)
    assert steps == [Progress(done, 4) for done in range(1, 5)]


async def test_waiting_for_others_is_not_counted_as_the_time_of_a_page(site: Site, library: Library) -> None:
    def slowly(handler: BaseHTTPRequestHandler) -> None:
        time.sleep(0.3)
        body = gzip.compress(page(handler.path[1:]).encode())
        head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n"
        handler.wfile.write(head.encode() + body)

    names = [f"story-{number}" for number in range(48)]
    for name in names:
        site.pages[f"/{name}"] = Answer(send=slowly)
    site.put_feed(names)
    async with Web(allow={site.endpoint}, seconds=2) as web:
        refreshed = await read_new_source(web, PARSER, LibraryState(), f"{site.url}/feed")
    assert (len(refreshed.articles), refreshed.refused) == (48, ())


async def test_what_is_no_source_is_refused(site: Site) -> None:
    async with Web(allow={site.endpoint}) as web:
        for path in ("/nothing", ""):
            with pytest.raises(SourceError, match="nothing is there"):
                await read_new_source(web, PARSER, LibraryState(), site.url + path)
        with pytest.raises(SourceError, match="is not a web address"):
            await read_new_source(web, PARSER, LibraryState(), "news")
        site.put_feed([])
        with pytest.raises(SourceError, match="is a feed: add it as a source, or name the address of one story's page"):
            await read_new_source(web, PARSER, LibraryState(), f"{site.url}/feed", feeds=False)


@pytest.mark.parametrize("path", ["/feed", "/ferry"])
async def test_a_new_source_is_asked_once(site: Site, library: Library, again: Again, path: str) -> None:
    site.put_story("ferry")
    site.put_feed(["ferry"])
    await again(path)
    assert [status for asked, status in site.requests if asked == path] == [200]
    site.requests.clear()
    await again()
    assert site.fetched == []


# ---- private sources


def private(library: Library) -> dict[str, bool]:
    return {article.id.rpartition("/")[2]: article.private for article in library.articles()}


async def test_the_articles_of_a_private_source_are_private_also_new_and_changed_ones(
    site: Site, library: Library, again: Again
) -> None:
    site.put_story("ferry")
    site.put_feed(["ferry"])
    await again("/feed", private=True)
    assert private(library) == {"ferry": True}
    _, report = await again()
    assert (report.changed, len(report.unchanged)) == ((), 1)
    site.put_story("ferry", 2018)
    site.put_story("bakery")
    site.put_feed(["ferry", "bakery"])
    await again()
    assert private(library) == {"ferry": True, "bakery": True}
    library.update([], source_update=SourceUpdate(forget=(f"{site.url}/feed",)))
    assert private(library) == {"ferry": True, "bakery": True}


async def test_what_a_public_source_has_counts_whichever_was_read_first(
    site: Site, library: Library, again: Again
) -> None:
    site.put_story("ferry")
    site.put_feed(["ferry"])
    site.put("/members", rss([f"{site.url}/ferry"]), "application/rss+xml")
    await again("/members", private=True)
    assert private(library) == {"ferry": True}
    await again("/feed")
    assert private(library) == {"ferry": False}
    for year in (2018, 2017):
        site.put_story("ferry", year)
        await again()
        assert private(library) == {"ferry": False}
        assert f"in {year}" in library.articles()[0].text


async def test_a_source_that_becomes_private_hides_all_that_it_has_until_a_public_one_is_read_again(
    site: Site, library: Library, again: Again
) -> None:
    for topic in ("ferry", "bakery"):
        site.put_story(topic)
    site.put_feed(["ferry", "bakery"])
    site.put("/members", rss([f"{site.url}/ferry"]), "application/rss+xml")
    await again("/feed")
    await again("/members")
    members = f"{site.url}/members"
    change = source_privacy(library, members, private=True)
    back = inverse(library, change)
    make_change(library, change)
    assert private(library) == {"ferry": True, "bakery": False}
    assert {source.address: source.private for source in library.sources()} == {
        f"{site.url}/feed": False,
        members: True,
    }
    await again()
    assert private(library) == {"ferry": False, "bakery": False}
    make_change(library, source_privacy(library, members, private=False))
    assert not any(source.private for source in library.sources())
    assert change_from_json(json.loads(json.dumps(change_as_json(back)))).source_update.private == ((members, False),)


async def test_a_reading_that_began_before_a_source_became_private_brings_nothing_in_public(
    site: Site, library: Library, again: Again
) -> None:
    site.put_story("ferry")
    site.put_feed(["ferry"])
    await again("/feed")
    site.put_story("bakery")
    site.put_feed(["ferry", "bakery"])
    async with Web(allow={site.endpoint}, seconds=5, max_bytes=100_000) as web:
        reading = await read_sources(web, PARSER, known(library))
    make_change(library, source_privacy(library, f"{site.url}/feed", private=True))
    library.update(reading.articles, source_update=reading.source_update)
    assert private(library) == {"ferry": True, "bakery": True}
    assert library.sources()[0].private


async def test_a_private_story_is_no_twin_of_a_public_one(site: Site, library: Library, again: Again) -> None:
    site.put_story("ferry")
    site.put("/copy", page("ferry").replace("they are glad", "they are very glad"))
    site.put("/members", rss([f"{site.url}/copy"]), "application/rss+xml")
    await again("/members", private=True)
    await again("/ferry")
    assert private(library) == {"copy": True, "ferry": False}
