"""What an update is held to inside its transaction: what others have done since it was made up, and a quota."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from index import (
    Article,
    ArticleError,
    Conditions,
    Conflict,
    Library,
    NoRoom,
    Quota,
    Refusal,
    Size,
    Source,
    SourceError,
    SourcePage,
    SourceUpdate,
    UpdateReport,
)
from index.storage.types import content_hash
from tests.encoder import WordEncoder
from tests.index.town import ARTICLES, BRIDGE, HARBOUR, READING_ROOM, SCHOOL

MILL = Article("mill", "The mill", "The mill closed in 2008.")
OTHER_MILL = Article("mill", "Another mill", "The windmill turns again.")
CORRECTED = replace(SCHOOL, text="It has one.")

WAS_CHANGED = (
    "“Another mill” (id 'mill') was brought in or changed by somebody else meanwhile, and stays as it is; look at it "
    "in the list of articles, and try again."
)


def seen(*articles: Article, absent: tuple[str, ...] = ()) -> Conditions:
    """The conditions of an update that saw those articles, and nothing under the `absent` ids."""
    return Conditions(dict.fromkeys(absent) | {article.id: content_hash(article) for article in articles})


def room(articles: int = 100, text_bytes: int = 100_000, sources: int = 100, **others: bool) -> Conditions:
    return Conditions(quota=Quota(articles, text_bytes, sources), **others)


# What somebody else has done since


def test_an_id_that_was_taken_meanwhile_keeps_what_it_has_and_the_rest_lands(town: Library) -> None:
    town.update([OTHER_MILL])
    report = town.update([CORRECTED, MILL], conditions=seen(SCHOOL, absent=("mill",)))
    assert (report.changed, report.added) == (("school",), ())
    assert report.refused == (Refusal("mill", WAS_CHANGED),)
    assert (town.article("mill"), town.article("school")) == (OTHER_MILL, CORRECTED)


def test_a_correction_that_was_made_meanwhile_is_not_lost(town: Library) -> None:
    town.update([CORRECTED])
    late = replace(SCHOOL, text="It has three.")
    assert [refusal.name for refusal in town.update([late], conditions=seen(SCHOOL)).refused] == ["school"]
    assert town.article("school") == CORRECTED


def test_what_was_removed_meanwhile_is_not_brought_back_by_a_new_version(town: Library) -> None:
    town.remove("school")
    assert town.update(
        [CORRECTED], conditions=seen(SCHOOL), source_update=SourceUpdate(include=("school",))
    ).refused == (
        Refusal(
            "school",
            "The article with the id 'school' was removed by somebody else meanwhile, and stays out; look at the list "
            "of articles, and try again.",
        ),
    )
    assert "school" not in {article.id for article in town.articles()}


def test_of_two_who_bring_the_same_the_second_changes_nothing(town: Library) -> None:
    town.update([MILL])
    assert town.update([MILL], conditions=seen(absent=("mill",))) == UpdateReport(unchanged=("mill",))


def test_what_brings_nothing_new_leaves_alone_what_others_made_of_it_without_a_word(town: Library) -> None:
    town.update([CORRECTED], remove=["harbour"])
    generation = town.read_generation()
    assert (
        town.update([SCHOOL, HARBOUR], conditions=seen(SCHOOL, HARBOUR), source_update=SourceUpdate()) == UpdateReport()
    )
    assert town.articles() == [READING_ROOM, BRIDGE, CORRECTED]
    assert town.read_generation() == generation


def test_what_was_changed_meanwhile_is_not_removed(town: Library) -> None:
    town.update([CORRECTED], remove=["harbour"])
    report = town.update([], remove=["school", "harbour", "bridge"], conditions=seen(SCHOOL, HARBOUR, BRIDGE))
    assert (report.removed, [refusal.name for refusal in report.refused]) == (("bridge",), ["school"])
    assert town.articles() == [READING_ROOM, CORRECTED]


def test_an_id_that_was_not_looked_at_is_not_compared(town: Library) -> None:
    assert town.update([CORRECTED, MILL], conditions=seen(absent=("mill",))).changed == ("school",)


def test_an_update_that_is_whole_does_nothing_at_all_where_one_thing_was_changed_meanwhile(town: Library) -> None:
    town.update([OTHER_MILL])
    held, generation = town.articles(), town.read_generation()
    feed = Source("feed", "https://town.example/feed", datetime(2026, 1, 31, tzinfo=UTC))
    whole = replace(seen(BRIDGE, SCHOOL, absent=("mill",)), whole=True)
    for articles, remove in (([CORRECTED, MILL], ["bridge"]), ([CORRECTED], ["bridge", "mill"])):
        for act in (town.plan, town.update):
            options = {} if act == town.plan else {"source_update": SourceUpdate((feed,), exclude=("bridge",))}
            with pytest.raises(Conflict) as caught:
                act(articles, remove=remove, conditions=whole, **options)
            assert str(caught.value) == WAS_CHANGED
    assert (town.articles(), town.read_generation(), town.sources(), town.excluded()) == (held, generation, [], [])
    with pytest.raises(ArticleError, match="mill is empty"):
        town.update([replace(MILL, text=""), CORRECTED], conditions=Conditions(whole=True))
    assert town.articles() == held


def test_a_page_whose_story_was_set_aside_is_read_afresh_the_next_time(town: Library) -> None:
    feed = Source("feed", "https://town.example/feed", datetime(2026, 1, 31, tzinfo=UTC))
    pages = (
        SourcePage(feed.address, "https://town.example/mill", "mill", etag='"1"', digest="ab"),
        SourcePage(feed.address, "https://town.example/school", "school", etag='"2"', digest="cd"),
    )
    town.update([OTHER_MILL])
    town.update(
        [MILL, CORRECTED], source_update=SourceUpdate((feed,), pages), conditions=seen(SCHOOL, absent=("mill",))
    )
    assert town.source_pages() == [replace(pages[0], article_id=""), pages[1]]


def test_a_rebuild_embeds_what_it_leaves_alone_as_well(town: Library, encoder: WordEncoder) -> None:
    town.update([CORRECTED])
    encoder.passages_read = 0
    report = town.rebuild([replace(SCHOOL, text="It has three."), BRIDGE], conditions=seen(SCHOOL, BRIDGE))
    assert (encoder.passages_read, sorted(report.unchanged)) == (4, ["bridge", "harbour", "reading-room", "school"])
    assert [refusal.name for refusal in report.refused] == ["school"]
    assert town.article("school") == CORRECTED


# A quota


def test_the_size_of_a_library_is_in_articles_and_in_bytes_of_their_texts(library: Library) -> None:
    assert library.size() == Size(0, 0)
    library.update([Article("a", "Ärger", "Fünf Bücher."), Article("b", "B", "It rained.")])
    assert library.size() == Size(2, 14 + 10)


def test_of_more_articles_than_there_is_room_for_the_first_land_and_the_others_are_named(town: Library) -> None:
    new = [replace(MILL, id=f"mill {n}", title=f"Mill {n}") for n in range(4)]
    planned = town.plan(new, conditions=room(articles=6))
    assert (planned.added, [refusal.name for refusal in planned.refused]) == (
        ("mill 0", "mill 1"),
        ["mill 2", "mill 3"],
    )
    assert planned.refused[0].reason == (
        "“Mill 2” was left out, as there is room for 6 articles here; remove some first."
    )
    report = town.update(new, conditions=room(articles=6))
    assert replace(report, passages_embedded=0) == planned
    assert len(town.articles()) == 6


def test_a_text_that_does_not_fit_is_left_out_and_a_shorter_one_after_it_lands(library: Library) -> None:
    long, short = Article("a", "The long one", "It rained. " * 10), Article("b", "B", "It rained.")
    report = library.update([long, short], conditions=room(text_bytes=100))
    assert report.added == ("b",)
    assert report.refused == (
        Refusal(
            "a",
            "“The long one” was left out, as it does not fit into the 100 bytes of text that there is room for here; "
            "remove some first.",
        ),
    )


def test_the_room_is_counted_in_bytes_and_filled_to_the_last(library: Library) -> None:
    assert library.update([Article("a", "A", "Fünf Bücher.")], conditions=room(text_bytes=13)).added == ()
    assert library.update([Article("a", "A", "Fünf Bücher.")], conditions=room(text_bytes=14)).added == ("a",)


def test_corrections_always_land_and_leave_to_new_articles_what_they_do_not_take(town: Library) -> None:
    bytes_now = town.size().text_bytes
    longer = replace(SCHOOL, text=f"{SCHOOL.text} It has a roof again.")
    report = town.update([MILL, longer], conditions=room(text_bytes=bytes_now + 30))
    assert (report.changed, [refusal.name for refusal in report.refused]) == (("school",), ["mill"])
    much_longer = replace(SCHOOL, text=f"{SCHOOL.text} {'It has a roof again. ' * 50}")
    assert town.update([much_longer], conditions=room(articles=2, text_bytes=50)).changed == ("school",)


def test_small_articles_of_a_site_do_not_grow_without_end(town: Library) -> None:
    grown = replace(SCHOOL, text=f"{SCHOOL.text} {'It has a roof again. ' * 1500}")
    (refusal,) = town.update([grown], conditions=room(text_bytes=10_000)).refused
    assert refusal.reason == (
        "“A roof for the school” was left out, as it has become too long for the 10,000 bytes of text that there is "
        "room for here; remove some first."
    )
    assert town.article("school") == SCHOOL
    assert town.update([grown], conditions=room(text_bytes=100_000)).changed == ("school",)
    assert town.update([SCHOOL], conditions=room(text_bytes=10_000)).changed == ("school",)


def test_what_the_same_update_removes_makes_room(town: Library) -> None:
    report = town.update([replace(HARBOUR, id="moved"), MILL], remove=["harbour"], conditions=room(articles=4))
    assert (report.added, report.removed, len(report.refused)) == (("moved",), ("harbour",), 1)
    bytes_now = town.size().text_bytes
    report = town.update([MILL], remove=["bridge"], conditions=room(text_bytes=bytes_now))
    assert (report.added, report.removed) == (("mill",), ("bridge",))


def test_what_is_replaced_by_removing_and_adding_it_counts_as_corrected(town: Library) -> None:
    longer = replace(SCHOOL, text=f"{SCHOOL.text} {'It has a roof again. ' * 50}")
    assert town.update([longer], remove=["school"], conditions=room(articles=1, text_bytes=1)).refused == ()
    assert town.article("school") == longer


def test_a_library_that_holds_more_than_it_may_by_now_keeps_all_and_can_be_emptied(town: Library) -> None:
    small = room(articles=1, text_bytes=1, sources=0)
    assert town.update([MILL, *ARTICLES], conditions=small).unchanged == tuple(article.id for article in ARTICLES)
    assert len(town.articles()) == 4
    assert town.update([], remove=["school"], conditions=small).removed == ("school",)
    assert len(town.rebuild(conditions=small).unchanged) == 3


def test_an_update_that_is_whole_says_that_there_is_no_room(town: Library) -> None:
    conditions = replace(room(articles=4, whole=True), quota=Quota(4, 100_000, 100, "ask for more"))
    for act in (town.plan, town.update):
        with pytest.raises(NoRoom, match=r"^“The mill” was left out, as there is room for 4 articles here; ask for mo"):
            act([CORRECTED, MILL], conditions=conditions)
    assert town.article("school") == SCHOOL


def test_what_cannot_be_taken_in_takes_no_room(library: Library) -> None:
    report = library.update([Article("empty", "Empty", " "), MILL], conditions=room(articles=1))
    assert (report.added, [refusal.name for refusal in report.refused]) == (("mill",), ["empty"])


def test_a_title_in_a_refusal_is_one_line_and_not_too_long(library: Library) -> None:
    bad = replace(MILL, title=f"The\nmill {'that closed ' * 20}")
    (refusal,) = library.update([bad], conditions=room(articles=0)).refused
    assert refusal.reason.startswith("“The mill that closed that closed") and "…” was left out" in refusal.reason
    assert len(refusal.reason) < 200


def test_a_source_too_many_is_refused_with_all_that_it_brings(library: Library) -> None:
    one, two, three = (Source("page", f"https://town.example/{n}", datetime(2026, 1, 31, tzinfo=UTC)) for n in range(3))
    library.update([SCHOOL], source_update=SourceUpdate((one, two)), conditions=room(sources=2))
    with pytest.raises(SourceError) as caught:
        library.update([MILL], source_update=SourceUpdate((three,)), conditions=room(sources=2))
    assert str(caught.value) == "There is room for 2 sources here; remove one that is of no more use first."
    assert (library.articles(), len(library.sources())) == ([SCHOOL], 2)
    again = replace(one, result="ok")
    library.update([], source_update=SourceUpdate((again, three), known=(three.address,)), conditions=room(sources=1))
    assert library.sources() == [again, two], "what is there is read again, what was removed meanwhile stays removed"
    library.update([MILL], source_update=SourceUpdate((three,), forget=(two.address,)), conditions=room(sources=2))
    assert library.sources() == [again, three]
