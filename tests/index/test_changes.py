"""Changes of a library: removals, what takes a change back, and several as one."""

import asyncio
from pathlib import Path

import pytest

from index import (
    Article,
    ArticleError,
    Change,
    Library,
    Refusal,
    SourceError,
    SourceUpdate,
    UpdateReport,
    Web,
    article_removal,
    inverse,
    make_change,
    plan_change,
    read_address,
    read_all,
    read_folder_source,
    read_pasted,
    read_source,
    read_upload,
    source_removal,
    together,
)
from index.changes import state_of
from tests.index.town import ARTICLES, BRIDGE, HARBOUR, SCHOOL
from tests.parser import PARSER
from tests.tools.site import Site


@pytest.fixture
def web(site: Site) -> Web:
    return Web(allow={site.endpoint})


def uploaded(library: Library, data: bytes, name: str) -> Change:
    return asyncio.run(read_upload(library, data, name, PARSER))


def topics(library: Library) -> set[str]:
    return {article.id.rpartition("/")[2] for article in library.articles()}


def test_what_is_removed_stays_out_until_it_is_brought_in_again(library: Library) -> None:
    make_change(library, uploaded(library, b"The mill closed in May.", "mill.txt"))
    change = article_removal(library, "mill")
    assert plan_change(library, change) == UpdateReport(removed=("mill",))
    make_change(library, change)
    assert (library.articles(), library.excluded()) == ([], ["mill"])
    with pytest.raises(ArticleError, match="There is no article 'mill' here"):
        article_removal(library, "mill")
    make_change(library, uploaded(library, b"The mill closed in May.", "mill.txt"))
    assert (topics(library), library.excluded()) == ({"mill"}, [])


def test_the_sample_makes_way_for_the_first_article_and_is_not_kept_out(library: Library) -> None:
    library.update(
        [Article("one", "One", "It rained.", source="sample"), Article("two", "Two", "It froze.", source="sample")]
    )
    make_change(library, article_removal(library, "two"))
    assert library.excluded() == []
    report = make_change(library, asyncio.run(read_pasted(library, "The mill closed in May.", PARSER)))
    assert (report.removed, len(report.added)) == (("one",), 1)


def unwanted(*arguments: object) -> None:
    raise AssertionError(f"This is not to be called, as with {arguments}.")


async def test_a_reading_that_finds_nothing_new_touches_no_text(
    site: Site, library: Library, web: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.put_story("ferry")
    site.put_story("bakery")
    site.put_feed(["ferry"])
    (tmp_path / "bridge.md").write_text("# The bridge\n\nThe bridge opened in 1904. It carries two lanes.")
    async with web:
        for address in (f"{site.url}/feed", f"{site.url}/bakery"):
            make_change(library, await read_source(library, address, web, PARSER))
        make_change(library, await asyncio.to_thread(read_folder_source, library, tmp_path, PARSER))
        ids = {article.id for article in library.articles()}
        with monkeypatch.context() as patch:
            for reading in ("article", "articles"):
                patch.setattr(Library, reading, unwanted)
            change = await read_all(library, web, PARSER)
            report = make_change(library, change)
        assert (change.articles, set(change.unchanged), len(ids)) == ((), ids, 3)
        assert (set(report.unchanged), report.added, report.changed, report.removed) == (ids, (), (), ())
        (tmp_path / "bridge.md").write_text("# The bridge\n\nThe bridge opened in 1904. It carries four lanes.")
        report = plan_change(library, await read_all(library, web, PARSER))
        assert (len(report.changed), len(report.unchanged)) == (1, 2)


async def test_a_removal_is_taken_back_with_the_page_that_was_a_source(site: Site, library: Library, web: Web) -> None:
    site.put_story("ferry")
    async with web:
        make_change(library, await read_address(library, f"{site.url}/ferry", web, PARSER))
        before = state_of(library)
        change = article_removal(library, next(iter(before.held)))
        back = inverse(library, change)
        make_change(library, change)
        assert library.sources() == []
        make_change(library, back)
        assert state_of(library) == before
        assert state_of(library).held.digests == before.held.digests
        site.requests.clear()
        await read_all(library, web, PARSER)
    assert site.requests == [("/ferry", 304)]


async def test_a_source_is_removed_with_its_articles_or_without(site: Site, library: Library, web: Web) -> None:
    site.put_story("ferry")
    library.update([SCHOOL])
    async with web:
        for with_articles, left in ((False, {"school", "ferry"}), (True, {"school"})):
            make_change(library, await read_source(library, f"{site.url}/ferry", web, PARSER))
            make_change(library, source_removal(library, f" {site.url}/ferry ", with_articles=with_articles))
            assert (topics(library), library.sources(), library.excluded()) == (left, [], [])
    with pytest.raises(SourceError, match="is no source of this library; look for its address in the list of sources"):
        source_removal(library, f"{site.url}/ferry", with_articles=False)


def test_what_could_not_be_read_stands_before_what_could_not_be_taken_in(library: Library) -> None:
    change = Change((BRIDGE, Article("empty", "Empty", " ")), refused=(Refusal("a.md", "a.md is empty."),))
    for report in (plan_change(library, change), make_change(library, change)):
        assert [refusal.name for refusal in report.refused] == ["a.md", "empty"]
        assert report.added == ("bridge",)


def test_a_rebuild_embeds_what_is_there_too(library: Library) -> None:
    library.update(ARTICLES)
    report = make_change(library, Change(), rebuild=True)
    assert (len(report.unchanged), report.passages_embedded) == (4, 4)


def test_of_several_changes_the_first_counts() -> None:
    one = Change((BRIDGE,), ("school",), (Refusal("a", "A."),), SourceUpdate(include=("bridge",), known=("x",)))
    other = Change(
        (HARBOUR, Article("bridge", "Another", "It is.")), ("school", "mill"), source_update=SourceUpdate(forget=("y",))
    )
    assert together(one, other) == Change(
        (BRIDGE, HARBOUR),
        ("school", "mill"),
        (Refusal("a", "A."),),
        SourceUpdate(forget=("y",), known=("x",), include=("bridge",)),
    )
