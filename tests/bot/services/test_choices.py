"""What is chosen in which server, which sentence is meant, and which pins hold."""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.errors import Refused
from bot.links import link_to
from bot.services import choices as choices_module
from bot.services.choices import Choices, State
from bot.services.duties import Duties
from bot.services.leadership import Leadership
from bot.services.libraries import Libraries
from bot.shards import Shards
from bot.storage.answers import digest_of
from bot.storage.choices import ChoiceStore
from bot.storage.database import Database
from index import BASE, EmbeddedEngine, Engine, Library, LibraryError, Quote, SentenceKey
from tests.bot.conftest import Follows
from tests.encoder import WordEncoder
from tests.index.town import BRIDGE, HARBOUR, SCHOOL

RUST = "The Alder Bridge closed to lorries on Monday after engineers found rust in two of its cables."
FERRY = "Otto Brandt carries the lorries on his ferry meanwhile."
ROOF = "The school has no roof."
NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.fixture
def choices(database: Database, tmp_path: Path) -> Iterator[Choices]:
    """The base library has BRIDGE and HARBOUR; server 5 has SCHOOL besides."""

    engine = EmbeddedEngine(tmp_path)

    def open_library(engine: Engine, name: str = BASE) -> Library:
        return Library.open_in(engine, name, load_encoder=WordEncoder, threshold=0.0)

    with ExitStack() as stack:
        base = stack.enter_context(open_library(engine))
        base.update([BRIDGE, HARBOUR])
        libraries = stack.enter_context(closing(Libraries(base, engine, open_library)))
        libraries.own_or_create(5).update([SCHOOL])
        yield Choices(ChoiceStore(database), libraries)


def quote(choices: Choices, article_id: str, text: str, server: int | None = 5) -> Quote:
    found = choices.sentence(server, SentenceKey.of(article_id, text))
    assert found
    return found


def test_a_servers_pins_go_before_the_operators_and_bans_of_both_hold(choices: Choices) -> None:
    rust, ferry = quote(choices, "bridge", RUST), quote(choices, "bridge", FERRY)
    choices.pin(None, "Who?", rust.key)
    choices.pin(5, "Who?", ferry.key)
    choices.ban(None, rust)
    choices.ban(5, ferry)
    chosen = choices.of(5)
    assert [pin.sentence for pin in chosen.pinned] == [ferry.key, rust.key]
    assert set(chosen.never) == {ferry.key, rust.key}
    assert [pin.sentence for pin in choices.of(6).pinned] == [rust.key]
    assert choices.of(None) == choices.of(6)
    assert choices.banned(5) == {("bridge", digest_of(RUST)), ("bridge", digest_of(FERRY))}
    assert choices.banned(None) == {("bridge", digest_of(RUST))}


def test_what_another_process_chooses_holds_at_once(choices: Choices, database: Database) -> None:
    assert choices.of(5).never == ()
    ban = ChoiceStore(database).add_ban(None, SentenceKey.of("bridge", RUST), digest_of(RUST))
    assert choices.of(5).never == (ban.sentence,)
    ChoiceStore(database).remove_ban(None, ban.number)
    assert choices.of(5).never == ()


def test_a_pin_for_the_same_words_takes_the_place_of_the_one_before(choices: Choices) -> None:
    rust, ferry = quote(choices, "bridge", RUST), quote(choices, "bridge", FERRY)
    choices.pin(5, "Who carries lorries?", rust.key)
    choices.pin(5, "who carries lorries", ferry.key)
    assert [pin.quote and pin.quote.text for pin in choices.pins(5)] == [FERRY]


def test_there_is_an_end_to_pins_and_bans(choices: Choices, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choices_module, "MOST", 2)
    rust, ferry = quote(choices, "bridge", RUST), quote(choices, "bridge", FERRY)
    for question in ("Who?", "Where?", "Who?"):
        choices.pin(5, question, rust.key)
    with pytest.raises(Refused, match="There are 500 pins here"):
        choices.pin(5, "When?", rust.key)
    choices.pin(6, "When?", rust.key)
    for banned in (rust, ferry, rust):
        choices.ban(5, banned)
    with pytest.raises(Refused, match="There are 500 sentences here that are never quoted"):
        choices.ban(5, quote(choices, "school", ROOF))


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (FERRY, FERRY),
        ("“otto brandt carries  the LORRIES on his ferry meanwhile”", FERRY),
        ("carries the lorries on", FERRY),
        ("The school has no roof", ROOF),
        ("no roof", None),
        ("Otto Brandt carries the trams on his ferry meanwhile.", None),
        (f"{FERRY} He makes nine crossings a day.", None),
        ("???", None),
    ],
)
def test_a_sentence_is_meant_by_its_words(choices: Choices, said: str, meant: str | None) -> None:
    found = choices.named(5, said)
    assert (found.text if found else None) == meant


def test_a_sentence_is_meant_by_a_link_to_it(choices: Choices) -> None:
    ferry = quote(choices, "bridge", FERRY)
    link = link_to(ferry)
    assert link and choices.named(5, link) == ferry
    assert choices.named(5, "https://town.example/bridge") is None
    assert choices.named(5, link.replace("bridge", "tram")) is None
    assert choices.named(5, "https://town.example/bridge#:~:text=otto,meanwhile") == ferry


def test_within_an_article_few_words_are_enough_and_another_servers_is_not_there(choices: Choices) -> None:
    found = choices.named(5, "learn geometry in", "school")
    assert found and found.text == "Pupils learn geometry in the town hall."
    assert choices.named(6, "learn geometry in", "school") is None
    assert choices.named(6, "The school has no roof.") is None


def test_how_pins_are_follows_the_articles_and_is_told_once(choices: Choices, database: Database) -> None:
    ferry = quote(choices, "bridge", FERRY)
    choices.pin(5, "Who carries lorries?", ferry.key)
    base = choices._libraries.base
    assert choices.lapses(NOW) == []
    base.update([replace(BRIDGE, text=BRIDGE.text.replace("his ferry", "his barge"))])
    (lapsed,) = choices.lapses(NOW)
    assert (lapsed.state, lapsed.quote) == (State.GONE, None)
    assert choices.lapses(NOW) == [lapsed], "until it was told"
    choices.note_lapse(lapsed)
    assert choices.lapses(NOW) == []
    base.update([BRIDGE])
    (back,) = choices.lapses(NOW)
    assert (back.state, back.quote and back.quote.text) == (State.HOLDS, FERRY)
    choices.note_lapse(back)
    choices.ban(None, ferry)
    assert [one.state for one in choices.lapses(NOW)] == [State.BANNED]


def test_of_two_processes_each_looks_at_the_pins_of_its_servers_and_the_leader_at_the_operators(
    choices: Choices,
) -> None:
    even, odd = 4 << 22, 5 << 22
    for server in (even, odd, None):
        choices.pin(server, "Who carries lorries?", quote(choices, "bridge", FERRY).key)
    choices._libraries.base.remove("bridge")
    other = Duties(Shards(2, (0,)), Follows())
    leader = Duties(Shards(2, (1,)), Leadership())
    assert {one.kept.server for one in choices.lapses(NOW, leader.keeps)} == {None, odd}
    assert [one.kept.server for one in choices.lapses(NOW, other.keeps)] == [even]


def test_a_library_that_cannot_be_read_keeps_no_other_server_from_hearing_of_its_pins(
    choices: Choices, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ferry = quote(choices, "bridge", FERRY)
    for server in (5, 6):
        choices.pin(server, "Who carries lorries?", ferry.key)
    choices._libraries.base.remove("bridge")
    readable = choices._libraries.readable_by

    def readable_by(server: int | None) -> tuple[Library, ...]:
        if server == 5:
            raise LibraryError("Five is damaged.")
        return readable(server)

    with monkeypatch.context() as damaged:
        damaged.setattr(choices._libraries, "readable_by", readable_by)
        assert [[one.kept.server for one in choices.lapses(NOW)] for _ in range(2)] == [[6], [6]]
    assert caplog.text.count("Five is damaged.") == 1
    assert [one.kept.server for one in choices.lapses(NOW)] == [5, 6]
