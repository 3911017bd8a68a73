"""What is kept of corrections: what stood, how many answers were edited, and where it was told."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.storage import corrections
from bot.storage.answers import AnswerStore, Fate, Mark
from bot.storage.corrections import CorrectionStore
from bot.storage.database import Database
from index import Answer, Article, Headline, Quote, Revision, Rewording, Span, Withdrawal

SERVER, CHANNEL = 5, 6
OLD, NEW = "The bridge opened in 1904.", "The bridge opened in 1905."
BRIDGE = Article("bridge", "The bridge", OLD, url="https://example.org/bridge")
HEADLINE = Headline.of(BRIDGE)
REVISED = Revision(HEADLINE, HEADLINE, b"before", (Rewording(OLD, NEW),), 0, (OLD,))
GONE = Withdrawal(HEADLINE, b"after")


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(database: Database, clock: Clock) -> CorrectionStore:
    return CorrectionStore(database, clock)


def answer(database: Database, clock: Clock, server: int | None, message: int, fate: Fate | None = None) -> None:
    """Keep an answer that quotes the bridge, and perhaps mark it."""
    answers = AnswerStore(database, clock)
    quote = Quote(BRIDGE, 0, len(OLD), Span(0, len(OLD)), 1.0)
    record = answers.keep(server, 7, Answer("When?", answered=True, confidence=0.9, quotes=(quote,)))
    answers.place(record.id, CHANNEL, message)
    if fate:
        answers.mark(record.id, (Mark(fate, int(clock().timestamp())),))


def test_a_correction_is_listed_for_its_library_alone(store: CorrectionStore) -> None:
    store.note(SERVER, [REVISED], [], by_hand=True)
    (one,) = store.listed([None, SERVER])
    assert (one.server, one.article_id, one.fate, one.title, one.url) == (
        SERVER, "bridge", Fate.CORRECTED, "The bridge", "https://example.org/bridge",
    )  # fmt: skip
    assert one.rewordings == (Rewording(OLD, NEW),)
    assert store.listed([None]) == [] and store.listed([SERVER + 1]) == []


def test_edited_answers_are_counted_for_each_server_and_the_count_never_falls(
    store: CorrectionStore, database: Database, clock: Clock
) -> None:
    store.note(None, [REVISED], [], by_hand=False)
    (one,) = store.listed([None])
    for server, message, fate in ((SERVER, 1, Fate.CORRECTED), (SERVER, 2, Fate.CORRECTED), (8, 3, Fate.CORRECTED)):
        answer(database, clock, server, message, fate)
    answer(database, clock, SERVER, 4)  # not edited yet
    assert store.edits() == {(one.id, SERVER): 2, (one.id, 8): 1}
    store.note_edits()
    AnswerStore(database, clock).forget_messages([1, 2])
    assert store.edits() == {(one.id, SERVER): 2, (one.id, 8): 1}


def test_an_answer_counts_for_the_last_correction_of_what_it_quotes(
    store: CorrectionStore, database: Database, clock: Clock
) -> None:
    store.note(None, [REVISED], [], by_hand=False)
    clock.now += timedelta(days=1)
    store.note(None, [REVISED], [], by_hand=False)
    last, _ = store.listed([None])
    answer(database, clock, SERVER, 1, Fate.CORRECTED)
    assert store.edits() == {(last.id, SERVER): 1}


@pytest.mark.parametrize("by_hand", [True, False])
def test_of_a_withdrawn_article_no_word_is_kept_and_by_hand_not_even_a_title(
    store: CorrectionStore, database: Database, clock: Clock, by_hand: bool
) -> None:
    store.note(SERVER, [REVISED], [], by_hand=True)
    clock.now += timedelta(hours=1)
    store.note(SERVER, [], [GONE], by_hand=by_hand)
    withdrawn, corrected = store.listed([SERVER])
    assert withdrawn.fate is Fate.WITHDRAWN and corrected.rewordings == withdrawn.rewordings == ()
    title = "" if by_hand else "The bridge"
    assert (withdrawn.title, corrected.title) == (title, title)
    assert withdrawn.article_id == ("" if by_hand else "bridge")
    kept = str([tuple(row) for row in database.rows("SELECT * FROM corrections")])
    assert "opened" not in kept and ("ridge" in kept) is not by_hand
    answer(database, clock, SERVER, 1, Fate.WITHDRAWN)
    assert store.edits()[withdrawn.id, SERVER] == 1


def test_only_the_undo_that_restores_what_stood_takes_a_correction_back(store: CorrectionStore) -> None:
    store.note(SERVER, [REVISED], [], by_hand=True)
    store.take_back(SERVER, {"bridge": b"something else"})
    store.take_back(None, {"bridge": b"before"})
    assert len(store.listed([SERVER])) == 1
    store.take_back(SERVER, {"bridge": b"before"})
    assert store.listed([SERVER]) == []


def test_the_undo_of_a_removal_by_hand_takes_the_withdrawal_back(store: CorrectionStore) -> None:
    store.note(SERVER, [], [GONE], by_hand=True)
    store.take_back(SERVER, {"bridge": b"after"})
    assert store.listed([SERVER]) == []


def test_what_was_taken_back_stays_known_until_its_post_is_mended(store: CorrectionStore, database: Database) -> None:
    store.choose_channel(SERVER, CHANNEL)
    store.note(SERVER, [REVISED], [], by_hand=True)
    (one,) = store.listed([SERVER])
    store.begin_post(SERVER, CHANNEL, [one.id])
    assert store.unsettled_post(SERVER) and store.posted_in(SERVER) == {one.id}
    store.end_post(SERVER, 99)
    assert store.unsettled_post(SERVER) is None
    store.take_back(SERVER, {"bridge": b"before"})
    (post,) = store.posts_to_mend()
    assert (post.channel, post.message, post.corrections) == (CHANNEL, 99, (one.id,))
    assert "1904" not in str([tuple(row) for row in database.rows("SELECT * FROM corrections")])
    store.post_is_mended(99)
    assert store.posts_to_mend() == [] and database.rows("SELECT * FROM corrections") == []


def test_a_post_that_was_not_sent_is_due_again(store: CorrectionStore) -> None:
    store.note(SERVER, [REVISED], [], by_hand=True)
    (one,) = store.listed([SERVER])
    store.begin_post(SERVER, CHANNEL, [one.id])
    store.drop_post(SERVER)
    assert store.posted_in(SERVER) == set()


def test_what_is_old_goes_and_so_does_what_is_too_much(
    store: CorrectionStore, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.note(None, [REVISED], [], by_hand=False)
    clock.now += timedelta(days=31)
    assert store.forget_older_than(30) == 1 and store.listed([None]) == []
    monkeypatch.setattr(corrections, "MOST", 3)
    for number in range(5):
        clock.now += timedelta(minutes=1)
        store.note(None, [Revision(Headline(str(number), ""), HEADLINE, b"", ())], [], by_hand=False)
    assert [one.article_id for one in store.listed([None])] == ["4", "3", "2"]


def test_a_quote_concerns_a_correction_if_its_words_are_gone(store: CorrectionStore, tmp_path: Path) -> None:
    from bot.storage.answers import digest_of

    store.note(None, [REVISED], [], by_hand=False)
    found = store.listed([None])
    assert store.quoting(found, [("bridge", digest_of(OLD))]) == {found[0].id}
    assert store.quoting(found, [("bridge", digest_of("It carries two lanes."))]) == set()
    assert store.quoting(found, [("inn", digest_of(OLD))]) == set()
