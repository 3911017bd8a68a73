"""What the records tell editors: what was not found, what is quoted, what was disliked."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.insights import summary
from bot.insights.summary import Disliked, Group, Quoted, Summary, Wording, summarize
from bot.storage.answers import KeptQuote, RatedQuestion, Votes
from index import Article, Library
from tests.bot.storage.test_answers import LANES, OPENED
from tests.encoder import WordEncoder

DAY = datetime(2026, 1, 31, 12, tzinfo=UTC)
BRIDGE = OPENED.article
OTHER_BRIDGE = replace(BRIDGE, title="Another bridge", text="The bridge was closed in 1904. It has two lanes.")
ON_BRIDGE = KeptQuote.of(OPENED)
NO_VOTES = Votes(0, 0)
HOUR = timedelta(hours=1)


@pytest.fixture
def libraries(tmp_path: Path) -> Iterator[tuple[Library, Library]]:
    """The base library with the bridge, and a server's with another of that id."""
    with ExitStack() as stack:
        base, own = (
            stack.enter_context(Library.open(tmp_path / name, load_encoder=WordEncoder)) for name in ("base", "own")
        )
        base.update([BRIDGE])
        own.update([OTHER_BRIDGE, Article("gate", "The gate", "The gate is shut.")])
        yield base, own


def asked(question: str, *quotes: KeptQuote, after: timedelta = timedelta(0), votes: Votes = NO_VOTES) -> RatedQuestion:
    return RatedQuestion(question, DAY + after, quotes, votes)


def summarized(libraries: tuple[Library, Library], *rated: RatedQuestion) -> Summary:
    return summarize(rated, 30, libraries, 0.3, with_found=True)


def test_what_was_not_found_is_grouped_with_how_often_and_when_last(libraries: tuple[Library, Library]) -> None:
    result = summarized(
        libraries,
        asked("Where does the ferry dock?"),
        asked("when does the harbour ferry leave", after=HOUR),
        asked("When does the harbour ferry leave?", after=2 * HOUR),
        asked("When does the harbour ferry leave?", after=3 * HOUR),
        asked("When does the old harbour ferry leave?", after=4 * HOUR),
    )
    assert (result.questions, result.answered, result.found) == (5, 0, ())
    ferry, dock = result.not_found
    assert ferry == Group(
        (
            Wording("When does the harbour ferry leave?", 2, DAY + 3 * HOUR),
            Wording("when does the harbour ferry leave", 1, DAY + HOUR),
            Wording("When does the old harbour ferry leave?", 1, DAY + 4 * HOUR),
        )
    )
    assert (ferry.question, ferry.times, ferry.last) == ("When does the harbour ferry leave?", 4, DAY + 4 * HOUR)
    assert dock == Group((Wording("Where does the ferry dock?", 1, DAY),))


def test_of_questions_asked_equally_often_the_last_one_is_first(libraries: tuple[Library, Library]) -> None:
    result = summarized(libraries, asked("Who came?"), asked("Where is it?", after=HOUR), asked("Why bells?"))
    assert [group.question for group in result.not_found][0] == "Where is it?"


def test_small_talk_and_orders_to_the_bot_count_as_nothing(libraries: tuple[Library, Library]) -> None:
    result = summarized(libraries, asked("thanks!"), asked("Write a poem about Lee"), asked("Who came?"))
    assert (result.questions, [group.question for group in result.not_found]) == (1, ["Who came?"])


def test_what_was_found_is_grouped_only_where_it_is_wanted(libraries: tuple[Library, Library]) -> None:
    rated = [asked("When did it open?", ON_BRIDGE), asked("when did it open", ON_BRIDGE), asked("Who came?")]
    assert [group.times for group in summarize(rated, 30, libraries, 0.3, with_found=True).found] == [2]
    without = summarize(rated, 30, libraries, 0.3, with_found=False)
    assert (without.questions, without.answered, without.found) == (3, 2, ())


def test_where_a_sentence_may_have_answered_the_question_is_not_found_but_marked_and_its_votes_count(
    libraries: tuple[Library, Library],
) -> None:
    result = summarized(
        libraries,
        replace(asked("Who built the bridge?", votes=Votes(0, 2)), perhaps=True),
        asked("Who built the bridge?", after=HOUR),
        asked("When did it open?", ON_BRIDGE, votes=Votes(1, 0)),
    )
    (bridge,) = result.not_found
    assert bridge == Group((Wording("Who built the bridge?", 2, DAY + HOUR, perhaps=1),))
    assert bridge.perhaps == 1
    assert (result.questions, result.answered, result.votes) == (3, 1, Votes(1, 2))
    assert result.disliked == (Disliked("Who built the bridge?", Votes(0, 2)),)
    assert [one.answers for one in result.quoted] == [1]


def test_an_article_counts_once_an_answer_and_has_the_votes_of_its_answers(
    libraries: tuple[Library, Library],
) -> None:
    lanes = KeptQuote.of(LANES)
    gone = replace(ON_BRIDGE, article_id="gone")
    result = summarized(
        libraries,
        asked("When did it open?", ON_BRIDGE, lanes, votes=Votes(2, 1)),
        asked("How many lanes?", lanes, gone, votes=Votes(0, 1)),
    )
    assert result.quoted == (
        Quoted("bridge", "The bridge", 2, Votes(2, 2)),
        Quoted("gone", None, 1, Votes(0, 1)),
    )
    assert result.votes == Votes(2, 2)


def test_of_an_article_that_readers_do_not_see_now_neither_title_nor_id_is_told(
    libraries: tuple[Library, Library],
) -> None:
    until = datetime(2199, 1, 31, tzinfo=UTC)
    libraries[0].update([replace(BRIDGE, embargo=until)])
    libraries[1].update([replace(OTHER_BRIDGE, id="other", private=True)])
    libraries[1].remove("bridge")
    other = replace(ON_BRIDGE, article_id="other")
    base, own = (library.for_readers() for library in libraries)
    result = summarized(
        (base, own), asked("When?", ON_BRIDGE), asked("When did it open?", ON_BRIDGE), asked("Who?", other)
    )
    assert result.quoted == (
        Quoted("", None, 2, NO_VOTES, is_hidden=True, held_until=until),
        Quoted("", None, 1, NO_VOTES, is_hidden=True),
    )


def test_of_two_articles_with_one_id_the_one_that_holds_the_sentence_is_counted(
    libraries: tuple[Library, Library],
) -> None:
    closed = KeptQuote.of(replace(OPENED, article=OTHER_BRIDGE, end=30))
    changed_since = replace(ON_BRIDGE, digest="0" * 16)
    result = summarized(
        libraries, asked("Was it closed?", closed), asked("Since when?", closed), asked("When?", changed_since)
    )
    assert [(one.title, one.answers) for one in result.quoted] == [("Another bridge", 2), ("The bridge", 1)]


def test_answers_with_more_votes_down_than_up_are_listed_by_how_far_down(libraries: tuple[Library, Library]) -> None:
    result = summarized(
        libraries,
        asked("When did it open?", ON_BRIDGE, votes=Votes(1, 2)),
        asked("When did it open?", ON_BRIDGE, votes=Votes(9, 0)),
        asked("Who built it?", ON_BRIDGE, votes=Votes(0, 3)),
        asked("Who came?", ON_BRIDGE, votes=Votes(1, 1)),
    )
    assert result.disliked == (Disliked("Who built it?", Votes(0, 3)), Disliked("When did it open?", Votes(1, 2)))


def test_beyond_so_many_wordings_the_rarest_and_oldest_stand_by_themselves(
    libraries: tuple[Library, Library], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(summary, "COMPARED", 2)
    result = summarized(
        libraries,
        asked("When does the ferry leave"),
        asked("When does the ferry leave?", after=HOUR),
        asked("when does the ferry leave?", after=2 * HOUR),
    )
    assert result.uncompared == 1
    assert [[wording.text for wording in group.wordings] for group in result.not_found] == [
        ["When does the ferry leave?", "when does the ferry leave?"],
        ["When does the ferry leave"],
    ]


def test_no_records_make_an_empty_summary(libraries: tuple[Library, Library]) -> None:
    assert summarized(libraries) == Summary(30, 0, 0, Votes(0, 0), (), (), (), (), 0)
