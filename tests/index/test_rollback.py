"""An update that is kept can be undone; what is taken out by hand, or was kept for its time, is nowhere any more."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from index import Article, ArticleError, KeptGeneration, Library, LibraryError, UpdateReport
from index.keeping import MOST
from tests.index.storage.test_erasing import SCANDAL, WORDS, parts_in
from tests.index.town import ARTICLES, BRIDGE, HARBOUR, SCHOOL

DAYS = timedelta(days=3)
MILL = Article("mill", "The mill", "The mill closed in 2008.", published=datetime(2026, 3, 2, 10, 30, 5, 7, UTC))
CLEARED = replace(SCANDAL, title="The mayor", text="The mayor hid nothing.")


def by_id(library: Library) -> dict[str, Article]:
    return {article.id: article for article in library.articles()}


def test_an_update_is_undone_as_a_whole_and_questions_are_answered_as_before(town: Library) -> None:
    before, began = by_id(town), datetime.now(UTC)
    corrected = replace(BRIDGE, text="The Alder Bridge stays open.", author=None)
    town.update([corrected, MILL], remove=["school", "harbour"], keep_for=DAYS)
    (kept,) = town.kept_generations()
    assert (kept.generation, kept.articles, kept.until - kept.made) == (2, 4, DAYS) and kept.made >= began
    expected = UpdateReport(added=("harbour", "school"), changed=("bridge",), removed=("mill",))
    plan = town.plan_back()
    assert (set(plan.added), plan.changed, plan.removed) == (set(expected.added), expected.changed, expected.removed)
    assert by_id(town) != before
    done = town.roll_back()
    assert (set(done.added), done.changed, done.removed) == (set(expected.added), expected.changed, expected.removed)
    assert by_id(town) == before and town.read_generation() == 3
    assert town.kept_generations() == [] and town.check() == ()
    assert town.ask("Where do pupils learn geometry?").quotes[0].article == SCHOOL
    assert "mill" not in {quote.article.id for quote in town.ask("When did the mill close?").closest}


def test_updates_are_undone_one_after_the_other_the_last_first(town: Library) -> None:
    states = [by_id(town)]
    for number in range(3):
        town.update([replace(MILL, text=f"The mill closed in {2000 + number}.")], keep_for=DAYS)
        states.append(by_id(town))
    for state in reversed(states[:-1]):
        town.roll_back()
        assert by_id(town) == state
    with pytest.raises(LibraryError, match=r"^No update of the library in .* is kept, so none can be undone\.$"):
        town.roll_back()


def test_an_update_that_changes_nothing_keeps_nothing(town: Library) -> None:
    town.update(ARTICLES, keep_for=DAYS)
    assert town.kept_generations() == []


def test_a_later_update_that_is_not_kept_stays_and_the_rest_can_be_undone(town: Library) -> None:
    town.update([replace(BRIDGE, title="Bridge"), replace(HARBOUR, title="Harbour")], keep_for=DAYS)
    town.update([replace(BRIDGE, title="The bridge")])
    assert [kept.articles for kept in town.kept_generations()] == [1]
    town.roll_back()
    assert (by_id(town)["bridge"].title, by_id(town)["harbour"]) == ("The bridge", HARBOUR)


def test_only_the_last_updates_are_kept(town: Library) -> None:
    for number in range(MOST + 2):
        town.update([replace(MILL, text=f"The mill closed in {2000 + number}.")], keep_for=DAYS)
    assert [kept.generation for kept in town.kept_generations()] == list(range(MOST + 3, 3, -1))


def test_what_is_taken_out_by_hand_is_in_no_file_though_an_update_was_kept(town: Library) -> None:
    town.update([SCANDAL], keep_for=DAYS)
    town.update([CLEARED], keep_for=DAYS)
    assert {word for _, word in parts_in(town.folder, WORDS)} == set(WORDS)  # as it can be undone
    town.remove("scandal")
    assert parts_in(town.folder, (*WORDS, "mayor")) == set()
    assert town.kept_generations() == []


def test_what_is_kept_can_be_erased_at_once(town: Library) -> None:
    town.update([SCANDAL])
    town.update([CLEARED], keep_for=DAYS)
    assert parts_in(town.folder, WORDS)
    town.drop_kept()
    assert parts_in(town.folder, WORDS) == set() and town.kept_generations() == []
    assert by_id(town)["scandal"] == CLEARED


def test_what_a_rollback_undoes_is_in_no_file(town: Library) -> None:
    town.update([SCANDAL], keep_for=DAYS)
    town.roll_back()
    assert parts_in(town.folder, WORDS) == set() and town.check() == ()


@pytest.mark.parametrize("chance", ["the next update", "tidying"])
def test_what_was_kept_for_its_time_is_in_no_file(town: Library, monkeypatch: pytest.MonkeyPatch, chance: str) -> None:
    town.update([SCANDAL])
    town.update([CLEARED], keep_for=DAYS)
    pretend_it_is(monkeypatch, datetime.now(UTC) + DAYS - timedelta(minutes=1))
    town.tidy()
    assert parts_in(town.folder, WORDS) and town.kept_generations()
    pretend_it_is(monkeypatch, datetime.now(UTC) + DAYS)
    assert town.kept_generations() == []
    with pytest.raises(LibraryError):
        town.roll_back()
    if chance == "tidying":
        town.tidy()
    else:
        town.update([MILL])
    assert parts_in(town.folder, WORDS) == set() and by_id(town)["scandal"] == CLEARED


def pretend_it_is(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    class Clock(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:
            return moment

    monkeypatch.setattr("index.library.datetime", Clock)


def test_a_former_version_that_is_refused_now_leaves_everything_as_it_is(
    town: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.update([MILL], remove=["school"], keep_for=DAYS)

    def refuse(article: Article) -> None:
        raise ArticleError("It is too long.")

    with monkeypatch.context() as patch, pytest.raises(ArticleError):
        patch.setattr("index.update.prepare", refuse)
        town.roll_back()
    assert "mill" in by_id(town) and "school" not in by_id(town)
    assert [kept.articles for kept in town.kept_generations()] == [2]


def test_a_rollback_that_is_cut_short_has_changed_nothing(town: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    town.update([replace(BRIDGE, text="It is shut.")], keep_for=DAYS)
    held, kept = town.articles(), town.kept_generations()

    def cut(_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        town.roll_back(on_progress=cut)
    assert (town.articles(), town.kept_generations()) == (held, kept)
    assert all(isinstance(one, KeptGeneration) for one in kept)


def test_rebuilds_and_removals_give_space_back_to_the_disk(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.storage.vectors.FEW", 10)  # so few dead rows may a file always hold

    def size() -> int:
        library.close()
        return sum(file.stat().st_size for file in library.folder.iterdir())

    library.update([Article(f"mill {n}", "The mill", f"The mill of street {n} closed. " * 40) for n in range(30)])
    before = size()
    for _ in range(3):
        library.rebuild()
    assert size() <= before + before / 10
    library.update([], remove=[f"mill {n}" for n in range(1, 30)])
    assert size() < before / 4
