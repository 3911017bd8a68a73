"""Whether what was quoted still stands, and where it is now."""

from dataclasses import replace
from time import thread_time

import pytest

from bot.services.quotes import find, joint_fate, restored, stands_in
from bot.storage.answers import Fate, KeptQuote, digest_of
from index import Article, Quote, Span

TEXT = "It rained for a week. The bridge opened in 1904. It carries two lanes.\n\nTrams crossed it until 1961."
BRIDGE = Article("bridge", "The bridge", TEXT, url="https://example.org/bridge")
OPENED, TRAMS = "The bridge opened in 1904.", "Trams crossed it until 1961."


def quote(sentence: str, article: Article = BRIDGE, context: Span | None = None) -> Quote:
    start = article.text.index(sentence)
    return Quote(article, start, start + len(sentence), context or Span(start, start + len(sentence)), 1.0)


@pytest.mark.parametrize(
    ("text", "start"),
    [
        (TEXT, 22),
        (f"A correction came first.\n\n{TEXT}", 48),
        (TEXT.removeprefix("It rained for a week. "), 0),
        (f"(“{OPENED}”, they said.)", 2),
        (f"桥。{OPENED}", 2),
        (TEXT.replace("1904", "1905"), None),
        (TEXT.replace("The bridge", "the bridge"), None),
        ("The bridge", None),
        ("", None),
    ],
)
def test_a_sentence_is_found_where_its_words_are_now(text: str, start: int | None) -> None:
    assert find(text, 22, 48, digest_of(OPENED)) == start


def test_a_sentence_is_looked_for_in_a_very_long_article_in_less_than_a_second_or_two() -> None:
    text = "Nothing of the kind stands here. " * 30_000
    started = thread_time()
    assert find(text, 22, 48, digest_of(OPENED)) is None
    assert thread_time() - started < 4


def test_context_moves_with_its_sentence_while_it_begins_and_ends_between_sentences() -> None:
    kept = KeptQuote.of(quote(OPENED, context=Span(0, 70)))
    moved = restored(kept, replace(BRIDGE, text=f"A correction came first.\n\n{TEXT}"))
    assert moved and (moved.before, moved.text, moved.after) == (
        "It rained for a week. ",
        OPENED,
        " It carries two lanes.",
    )
    for before, after in (
        ("It poured for weeks. ", " It carries two lanes."),
        ("", ""),
        ("", " It carries six lanes."),
    ):
        bare = restored(kept, replace(BRIDGE, text=f"{before}{OPENED}{after} "))
        assert bare and (bare.before, bare.text, bare.after) == ("", OPENED, "")
    assert restored(kept, replace(BRIDGE, text="It rained.")) is None


def test_words_stand_in_an_article_that_holds_them_and_nobody_knows_without_one() -> None:
    digest = digest_of(OPENED)
    assert stands_in(BRIDGE, 22, 48, digest) is True
    assert stands_in(replace(BRIDGE, text="It rained."), 22, 48, digest) is False
    assert stands_in(None, 22, 48, digest) is None


@pytest.mark.parametrize(
    ("stands", "fate"),
    [
        ([True], None),
        ([False, True], None),
        ([None, True], None),
        ([False], Fate.CORRECTED),
        ([None, False], Fate.CORRECTED),
        ([None, None], Fate.WITHDRAWN),
    ],
)
def test_a_quote_stands_in_one_library_or_was_corrected_or_is_withdrawn_from_all(
    stands: list[bool | None], fate: Fate | None
) -> None:
    assert joint_fate(stands) is fate
