"""Two who change one library at once: neither loses what the other did, in one process or in two."""

import asyncio
import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from index import (
    Article,
    Conflict,
    Library,
    Web,
    article_removal,
    articles_per_source,
    inverse,
    make_change,
    plan_change,
    read_address,
    read_addresses,
    read_all,
    read_files,
    read_pasted,
    read_source,
    read_upload,
    read_whole_folder,
    source_removal,
)
from index.changes import Change, change_as_json, change_from_json
from tests.encoder import WordEncoder
from tests.parser import PARSER
from tests.tools.site import Site, page, story

LIMIT = 100_000
ROOT = Path(__file__).parents[2]

FERRY, MILL = story("ferry").encode(), b"# The mill\n\nThe mill closed in May. It made paper."
FERRY_IS_IN = (
    "“The ferry of Elmouth opens again in spring.” (id 'story') was brought in or changed by somebody else meanwhile, "
    "and stays as it is; look at it in the list of articles, and try again."
)


@pytest.fixture
def web(site: Site) -> Web:
    return Web(allow={site.endpoint}, max_bytes=LIMIT)


def upload(library: Library, data: bytes, name: str = "story.txt") -> Change:
    return asyncio.run(read_upload(library, data, name, PARSER))


def pasted(library: Library, text: str) -> Change:
    return asyncio.run(read_pasted(library, text, PARSER, title="Weather"))


def texts(library: Library) -> dict[str, str]:
    return {article.id: article.text for article in library.articles()}


# By hand


def test_of_two_different_stories_that_were_read_at_once_as_one_file_the_first_stands(library: Library) -> None:
    first, second = upload(library, FERRY), upload(library, MILL)
    make_change(library, first)
    for act in (plan_change, make_change):
        with pytest.raises(Conflict) as caught:
            act(library, second)
        assert str(caught.value) == FERRY_IS_IN
    assert texts(library) == {"story": story("ferry")}
    with pytest.raises(Exception, match="has the id 'story' already, and this is another story; give this one another"):
        upload(library, MILL)


def test_two_uploads_of_one_name_that_meet_in_two_threads_are_one_article_and_one_error(folder: Path) -> None:
    both_read, outcomes = threading.Barrier(2), list[str]()

    def add(data: bytes) -> None:
        with Library.open(folder, load_encoder=WordEncoder) as library:
            change = upload(library, data)
            both_read.wait(60)
            try:
                make_change(library, change)
                outcomes.append(change.articles[0].text)
            except Conflict:
                outcomes.append("refused")

    threads = [threading.Thread(target=add, args=(data,)) for data in (FERRY, MILL)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with Library.open(folder, load_encoder=WordEncoder) as library:
        (text,) = texts(library).values()
        assert sorted(outcomes) == sorted([text, "refused"])


ADD_IN_A_PROCESS = """
import asyncio, sys
from index import Library, PullquoteError, make_change, read_upload
from tests.parser import PARSER
from tests.encoder import WordEncoder
with Library.open(sys.argv[1], load_encoder=WordEncoder) as library:
    change = asyncio.run(read_upload(library, sys.argv[2].encode(), "story.txt", PARSER))
    print("read", flush=True)
    sys.stdin.readline()
    try:
        print(make_change(library, change).added)
    except PullquoteError as error:
        print(error)
"""


def test_two_processes_that_read_one_name_at_once_add_one_article(library: Library) -> None:
    arguments = [sys.executable, "-c", ADD_IN_A_PROCESS, str(library.folder), MILL.decode()]
    with subprocess.Popen(arguments, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "read\n"
        make_change(library, upload(library, FERRY))
        said, _ = process.communicate("go on\n", timeout=120)
    assert said.strip() == FERRY_IS_IN
    assert texts(library) == {"story": story("ferry")}


def test_of_two_corrections_read_at_once_the_second_is_not_done_and_says_so(library: Library) -> None:
    make_change(library, upload(library, FERRY))
    one, other = (upload(library, story("ferry", year).encode()) for year in (2018, 2017))
    make_change(library, one)
    with pytest.raises(Conflict):
        make_change(library, other)
    assert "in 2018" in texts(library)["story"]


def test_a_pasted_text_takes_no_place_that_was_taken_meanwhile(library: Library) -> None:
    change = pasted(library, story("ferry"))
    make_change(library, pasted(library, "It rained. It froze."))
    with pytest.raises(Conflict, match=r"^“Weather” \(id 'weather'\) was brought in or changed by somebody else"):
        make_change(library, change)
    assert texts(library) == {"weather": "It rained. It froze."}


def test_an_article_that_was_corrected_meanwhile_is_not_removed_nor_kept_out(library: Library) -> None:
    make_change(library, upload(library, FERRY))
    removal = article_removal(library, "story")
    make_change(library, upload(library, story("ferry", 2018).encode()))
    with pytest.raises(Conflict):
        make_change(library, removal)
    assert "in 2018" in texts(library)["story"]
    assert library.excluded() == []


async def test_a_source_goes_with_all_of_its_articles_or_stays_with_all(site: Site, library: Library, web: Web) -> None:
    for topic in ("ferry", "bakery"):
        site.put_story(topic)
    site.put_feed(["ferry", "bakery"])
    async with web:
        make_change(library, await read_source(library, f"{site.url}/feed", web, PARSER))
        removal = source_removal(library, f"{site.url}/feed", with_articles=True)
        site.put_story("ferry", 2018)
        make_change(library, await read_all(library, web, PARSER))
    with pytest.raises(Conflict, match="“The ferry opens”"):
        make_change(library, removal)
    assert (len(library.articles()), len(library.sources())) == (2, 1)
    removal = source_removal(library, f"{site.url}/feed", with_articles=True)
    assert len(make_change(library, removal).removed) == 2


# What is read from sources


async def test_a_page_whose_id_an_upload_took_meanwhile_is_named_and_comes_in_once_it_is_free(
    site: Site, library: Library, web: Web
) -> None:
    for topic in ("ferry", "bakery"):
        site.put_story(topic)
    site.put_feed(["ferry", "bakery"])
    ferry = f"127.0.0.1:{site.endpoint[1]}/ferry"
    async with web:
        change = await read_source(library, f"{site.url}/feed", web, PARSER)
        ours = f"---\nid: {ferry}\ntitle: Ours\n---\nOur ferry never sails.".encode()
        make_change(library, await read_upload(library, ours, "story.txt", PARSER))
        report = make_change(library, change)
        assert [refusal.reason.split(" was ")[0] for refusal in report.refused] == [f"“Ours” (id {ferry!r})"]
        assert len(report.added) == 1
        assert articles_per_source(library) == {f"{site.url}/feed": 1}
        again = await read_all(library, web, PARSER)
        assert [refusal.reason.split(";")[0] for refusal in again.refused] == [
            f"{site.url}/ferry has the id {ferry!r}, which the article from upload: story.txt has already"
        ]
        make_change(library, again)
        assert texts(library)[ferry] == "Our ferry never sails."
        library.update([], remove=[ferry])
        make_change(library, await read_all(library, web, PARSER))
    assert "lighthouse keeper" in texts(library)[ferry]
    assert articles_per_source(library) == {f"{site.url}/feed": 2}


async def test_what_was_read_again_meanwhile_is_not_set_back_and_nobody_is_troubled(
    site: Site, library: Library, web: Web
) -> None:
    site.put_story("ferry")
    async with web:
        make_change(library, await read_address(library, f"{site.url}/ferry", web, PARSER))
        slow = await read_all(library, web, PARSER)
        site.put_story("ferry", 2018)
        make_change(library, await read_address(library, f"{site.url}/ferry", web, PARSER))
    report = make_change(library, slow)
    assert (report.changed, report.refused) == ((), ())
    (text,) = texts(library).values()
    assert "in 2018" in text


async def test_of_two_newer_versions_the_one_that_landed_stands_and_the_next_refresh_reads_the_page_afresh(
    site: Site, library: Library, web: Web
) -> None:
    site.put_story("ferry")
    site.put_feed(["ferry"])
    async with web:
        make_change(library, await read_source(library, f"{site.url}/feed", web, PARSER))
        site.put_story("ferry", 2018)
        slow = await read_all(library, web, PARSER)
        site.put_story("ferry", 2017)
        make_change(library, await read_all(library, web, PARSER))
        assert len(make_change(library, slow).refused) == 1
        (text,) = texts(library).values()
        assert "in 2017" in text
        site.put_story("ferry", 2018)
        assert len(make_change(library, await read_all(library, web, PARSER)).changed) == 1
    (text,) = texts(library).values()
    assert "in 2018" in text


async def test_what_a_page_lost_is_kept_where_somebody_changed_it_meanwhile(
    site: Site, library: Library, web: Web
) -> None:
    for topic in ("ferry", "bakery", "bridge"):
        site.put_story(topic)
    site.put_feed(["ferry", "bakery", "bridge"])
    async with web:
        make_change(library, await read_source(library, f"{site.url}/feed", web, PARSER))
        ferry = next(article for article in library.articles() if article.id.endswith("ferry"))
        del site.pages["/ferry"]
        change = await read_all(library, web, PARSER)
    assert change.remove == (ferry.id,)
    library.update([Article(ferry.id, "The ferry", "We keep this one.", source=ferry.source)])
    report = make_change(library, change)
    assert (report.removed, [refusal.name for refusal in report.refused]) == ((), [ferry.id])
    assert texts(library)[ferry.id] == "We keep this one."


async def test_the_articles_of_a_source_that_was_removed_with_them_meanwhile_stay_out(
    site: Site, library: Library, web: Web
) -> None:
    site.put_story("ferry")
    site.put_feed(["ferry"])
    async with web:
        make_change(library, await read_source(library, f"{site.url}/feed", web, PARSER))
        slow = await read_all(library, web, PARSER)
    make_change(library, source_removal(library, f"{site.url}/feed", with_articles=True))
    report = make_change(library, slow)
    assert (texts(library), library.sources(), report.refused) == ({}, [], ())


async def test_pages_that_are_added_together_know_of_one_another(site: Site, library: Library, web: Web) -> None:
    site.put_story("ferry")
    site.put("/copy", page("ferry").replace("they are glad", "they are very glad"))
    async with web:
        change = await read_addresses(library, [f"{site.url}/ferry", f"{site.url}/copy"], web, PARSER)
    assert set(change.seen.values()) == {None}
    report = make_change(library, change)
    assert (len(report.added), report.refused) == (1, ())


# Files


def test_files_that_were_read_replace_nothing_that_came_in_meanwhile(library: Library, tmp_path: Path) -> None:
    (tmp_path / "story.txt").write_bytes(MILL)
    (tmp_path / "ferry.txt").write_bytes(FERRY)
    changes = read_files(library, [tmp_path], PARSER), read_whole_folder(library, tmp_path, PARSER, remedy="")
    make_change(library, upload(library, b"Our own story."))
    for number, change in enumerate(changes):
        report = make_change(library, change)
        assert [refusal.name for refusal in report.refused] == ["story"]
        assert (report.added, report.unchanged) == ((("ferry",), ()), ((), ("ferry",)))[number]
    assert texts(library)["story"] == "Our own story."


# Taking back


def test_what_takes_a_change_back_knows_what_was_written_even_where_another_process_wrote_at_once(
    library: Library,
) -> None:
    change = upload(library, FERRY)
    back = inverse(library, change)
    make_change(library, change)
    make_change(library, upload(library, story("ferry", 2018).encode()))
    kept = json.loads(json.dumps(change_as_json(back)))
    assert change_from_json(kept) == back
    with pytest.raises(Conflict):
        make_change(library, change_from_json(kept))
    assert "in 2018" in texts(library)["story"]


def test_what_was_written_down_before_this_version_still_takes_a_change_back(library: Library) -> None:
    make_change(library, upload(library, FERRY))
    digest = library.content_hashes()["story"].hex()
    work = {
        "now": {"story": digest, "gone": None}, "articles": [], "remove": ["story"], "sources": [], "pages": [],
        "forget": [], "exclude": [], "include": [],
    }  # fmt: skip
    assert make_change(library, change_from_json(work)).removed == ("story",)
