"""`pullquote sources` and `pullquote reindex`: a site and a feed that change between one reading and the next."""

from functools import partial

import pytest

from bot import base
from index import Library, Web
from tests.e2e.conftest import Run
from tests.site import Site

QUESTION = "From whom did Ada Brandt buy the ferry?"


@pytest.fixture(autouse=True)
def _the_site_may_be_reached(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "Web", partial(Web, allow={site.endpoint}))


def ids() -> set[str]:
    with Library.open("pullquote-data") as library:
        return {article.id.rpartition("/")[2] for article in library.articles()}


@pytest.fixture
def feed(site: Site, pullquote: Run) -> Site:
    """The site with four stories in its feed, which is a source of the library."""
    for topic in ("ferry", "bakery", "bridge", "school"):
        site.put_story(topic)
    site.put_feed(["ferry", "bakery", "bridge", "school"])
    outcome = pullquote("sources", "add", f"{site.url}/feed")
    assert (outcome.code, outcome.err) == (0, ""), outcome
    assert "4 added, 0 changed, 0 removed, 0 left as they were, 0 refused.\n" in outcome.out
    site.requests.clear()
    return site


def test_the_articles_of_a_feed_answer_questions(feed: Site, pullquote: Run) -> None:
    answer = pullquote("ask", QUESTION, "--json", "--limit", "1")
    assert answer.quotes == ["Ada Brandt bought the ferry from a lighthouse keeper in 2019."]
    assert answer.json["quotes"][0]["article"]["url"] == f"{feed.url}/ferry"
    listed = pullquote("sources", "list").out.split("\t")
    assert (listed[0], listed[2], listed[3]) == ("feed", f"{feed.url}/feed", "ok\n")


def test_reindex_with_nothing_new_fetches_nothing_in_full_and_embeds_nothing(feed: Site, pullquote: Run) -> None:
    for _ in range(2):
        outcome = pullquote("reindex", "--json")
        assert outcome.code == 0, outcome
        assert len(outcome.json["unchanged"]) == 4
        assert outcome.json["passages_embedded"] == 0
        assert sorted(path for path, _ in feed.requests) == ["/bakery", "/bridge", "/feed", "/ferry", "/school"]
        assert feed.fetched == []


def test_reindex_brings_new_edited_and_withdrawn_stories_in_line(feed: Site, pullquote: Run) -> None:
    feed.put_story("market")
    feed.put_story("ferry", 2018)
    del feed.pages["/bakery"]
    feed.put_feed(["market", "ferry", "bridge", "school"])
    planned = pullquote("reindex", "--dry-run")
    assert planned.out.endswith("Would be: 1 added, 1 changed, 1 removed, 2 left as they were, 0 refused.\n")
    assert "bakery" in ids()
    outcome = pullquote("reindex")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.endswith("1 added, 1 changed, 1 removed, 2 left as they were, 0 refused.\n")
    assert ids() == {"market", "ferry", "bridge", "school"}
    answer = pullquote("ask", QUESTION, "--json", "--limit", "1")
    assert answer.quotes == ["Ada Brandt bought the ferry from a lighthouse keeper in 2018."]
