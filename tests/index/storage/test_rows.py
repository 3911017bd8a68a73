"""What is stored of the sources' readings, where a library is from before that was noted."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from index import Source, SourceUpdate
from index.storage.rows import failing_after, moments_as_json, moments_from_json

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
AWAY = Source("feed", "https://a.example/feed", NOON, checked=NOON, result="It is away.")


def test_a_source_that_failed_before_that_was_noted_fails_since_the_reading_that_is_known() -> None:
    again = replace(AWAY, checked=NOON + timedelta(hours=6))
    assert failing_after({}, [AWAY], SourceUpdate((again,))) == {AWAY.address: NOON}
    assert failing_after({}, [replace(AWAY, result="ok")], SourceUpdate((again,))) == {AWAY.address: again.checked}


def test_moments_come_back_as_they_were_and_nothing_is_none() -> None:
    assert moments_from_json(moments_as_json({"a": NOON})) == {"a": NOON}
    assert moments_from_json(None) == {}
