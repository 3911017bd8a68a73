"""The judgement alone: what becomes of articles, with nothing read. `test_refresh.py` has it with a site."""

from datetime import UTC, datetime

from index import Article, Headline, Problem, Source, SourcePage
from index.sources.found import FoundPage, FoundSource
from index.sources.judging import judge
from index.sources.results import Held, LibraryState, SourceReading

NOON = datetime(2026, 2, 3, 12, tzinfo=UTC)
SITE = "https://news.example.org"
FEED = Source("feed", f"{SITE}/feed", NOON)
TOPICS = ("bakery", "bridge", "ferry")
ARTICLES = tuple(
    Article(topic, topic, f"The {topic} is closed.", url=f"{SITE}/{topic}", source=f"{SITE}/{topic}")
    for topic in TOPICS
)
PAGES = tuple(SourcePage(FEED.address, f"{SITE}/{topic}", topic) for topic in TOPICS)
KNOWN = LibraryState(Held.of(ARTICLES), (FEED,), PAGES)


def gone(count: int, problem: Problem | None = None, *, is_empty: bool = False) -> FoundSource:
    """The feed, whose first pages are gone."""
    pages = (
        FoundPage(page, None if number < count else page, Headline.of(article))
        for number, (page, article) in enumerate(zip(PAGES, ARTICLES, strict=True))
    )
    return FoundSource(FEED, tuple(pages), problem=problem, is_empty=is_empty)


def said(reading: SourceReading) -> str:
    (result,) = reading.results
    return result.problem.sentence if result.problem else ""


def test_one_article_of_three_goes_where_its_page_says_so() -> None:
    reading = judge([gone(1)], KNOWN, NOON)
    assert (reading.gone, said(reading)) == (("bakery",), "")
    assert (reading.articles, reading.unchanged) == ((), ("bridge", "ferry"))
    assert (reading.results[0].source.checked, reading.results[0].source.result) == (NOON, "ok")


def test_two_of_three_are_held_until_that_is_confirmed() -> None:
    held = judge([gone(2)], KNOWN, NOON)
    assert (held.gone, held.results[0].missing) == ((), ("bakery", "bridge"))
    assert said(held) == f"{FEED.address} has lost 2 of its 3 articles at once, so nothing was removed."
    assert held.results[0].source.problem == said(held)
    assert (held.articles, held.unchanged) == ((), ("bakery", "bridge", "ferry"))
    confirmed = judge([gone(2)], KNOWN, NOON, remove_missing=["bakery", "bridge"])
    assert (confirmed.gone, said(confirmed)) == (("bakery", "bridge"), "")


def test_the_remedy_gives_way_to_what_was_done_only_where_a_source_is_empty() -> None:
    nothing = Problem("It lists nothing", "check its address")
    assert said(judge([gone(1, nothing, is_empty=True)], KNOWN, NOON)) == "It lists nothing, so nothing was removed."
    assert said(judge([gone(0, nothing, is_empty=True)], KNOWN, NOON)) == "It lists nothing: check its address."
    slow = Problem("It is slow", "mend it")
    assert said(judge([gone(1, slow)], KNOWN, NOON)) == "It is slow: mend it, so nothing was removed."


def test_what_another_source_has_stays() -> None:
    other = SourcePage(f"{SITE}/other", f"{SITE}/bakery", "bakery")
    known = LibraryState(Held.of(ARTICLES), (FEED, Source("feed", f"{SITE}/other", NOON)), (*PAGES, other))
    assert judge([gone(1)], known, NOON).gone == ()
