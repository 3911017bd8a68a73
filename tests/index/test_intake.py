"""What is to come into a library: read first, shown, and brought in then."""

import asyncio
import atexit
import gzip
import time
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from index import (
    Article,
    ArticleError,
    Change,
    Conflict,
    Facts,
    Library,
    Parser,
    Progress,
    RefusedKind,
    SourceError,
    SourceUpdate,
    UpdateReport,
    Web,
    article_edit,
    article_removal,
    find_address,
    inverse,
    make_change,
    plan_change,
    read_address,
    read_all,
    read_files,
    read_folder_source,
    read_pasted,
    read_source,
    read_upload,
    read_whole_folder,
    source_removal,
    sources_of,
)
from index.changes import state_of
from tests.index.sources.test_pdf import encrypted, scanned
from tests.index.town import ARTICLES, BRIDGE, HARBOUR
from tests.parser import PARSER
from tests.tools.site import Answer, Site, rss, story

LIMIT = 100_000
LIMITED = Parser(max_bytes=LIMIT, processes=1)
atexit.register(LIMITED.close)


@pytest.fixture
def web(site: Site) -> Web:
    return Web(allow={site.endpoint})


def uploaded(library: Library, data: bytes, name: str, parser: Parser = LIMITED) -> Change:
    return asyncio.run(read_upload(library, data, name, parser))


def pasted(library: Library, text: str, **facts: str) -> Change:
    return asyncio.run(read_pasted(library, text, LIMITED, **facts))


def topics(library: Library) -> set[str]:
    return {article.id.rpartition("/")[2] for article in library.articles()}


async def test_a_page_is_read_first_and_brought_in_then(site: Site, library: Library, web: Web) -> None:
    site.put_story("ferry")
    async with web:
        change = await read_address(library, f"{site.url}/ferry", web, LIMITED)
    assert (library.articles(), library.sources(), library.read_generation()) == ([], [], 0)
    assert [article.title for article in change.articles] == ["The ferry opens"]
    assert plan_change(library, change).added == (change.articles[0].id,)
    assert make_change(library, change).added == (change.articles[0].id,)
    assert [(source.kind, source.address, source.result) for source in library.sources()] == [
        ("page", f"{site.url}/ferry", "ok")
    ]


async def test_a_page_that_is_a_source_already_is_read_again(site: Site, library: Library, web: Web) -> None:
    site.put_story("ferry")
    async with web:
        make_change(library, await read_address(library, f"{site.url}/ferry", web, LIMITED))
        site.put_story("ferry", 2018)
        report = make_change(library, await read_address(library, f"{site.url}/ferry", web, LIMITED))
    assert (len(report.changed), len(library.sources())) == (1, 1)
    assert "in 2018" in library.articles()[0].text


async def test_a_page_in_trouble_is_an_error_and_changes_nothing(site: Site, library: Library, web: Web) -> None:
    site.put_story("ferry")
    async with web:
        make_change(library, await read_address(library, f"{site.url}/ferry", web, LIMITED))
        del site.pages["/ferry"]
        with pytest.raises(SourceError, match="answers 404, nothing is there"):
            await read_address(library, f"{site.url}/ferry", web, LIMITED)
    assert topics(library) == {"ferry"}


async def test_a_page_that_is_gone_goes_once_confirmed_and_an_undo_brings_all_of_it_back(
    site: Site, library: Library, web: Web
) -> None:
    site.put_story("ferry")
    async with web:
        make_change(library, await read_address(library, f"{site.url}/ferry", web, LIMITED))
        before = state_of(library)
        del site.pages["/ferry"]
        held = await read_all(library, web, LIMITED)
        (missing,) = held.sources[0].missing
        assert (held.remove, topics(library)) == ((), {"ferry"})
        change = await read_all(library, web, LIMITED, remove_missing=[missing])
    undo = inverse(library, change)
    make_change(library, change)
    assert (library.articles(), library.sources(), library.source_pages()) == ([], [], [])
    make_change(library, undo)
    assert state_of(library) == before


async def test_a_feed_is_no_page(site: Site, library: Library, web: Web) -> None:
    site.put_story("ferry")
    site.put_feed(["ferry"])
    async with web:
        with pytest.raises(SourceError, match="/feed is a feed: add it as a source, or name the address of one story"):
            await read_address(library, f"{site.url}/feed", web, LIMITED)
        make_change(library, await read_source(library, f"{site.url}/feed", web, LIMITED))
        with pytest.raises(SourceError, match="/feed is a feed, and a source already: every reindex reads it again."):
            await read_address(library, f"{site.url}/feed", web, LIMITED)


async def test_two_who_add_the_same_page_at_once_add_it_once(site: Site, library: Library, web: Web) -> None:
    site.put_story("ferry")
    async with web:
        one, other = [await read_address(library, f"{site.url}/ferry", web, LIMITED) for _ in range(2)]
    assert len(make_change(library, one).added) == 1
    assert len(make_change(library, other).unchanged) == 1
    assert (topics(library), len(library.sources())) == ({"ferry"}, 1)


async def test_what_was_taken_out_while_all_was_read_stays_out(site: Site, library: Library, web: Web) -> None:
    for topic in ("ferry", "bakery"):
        site.put_story(topic)
    site.put_feed(["ferry", "bakery"])
    async with web:
        make_change(library, await read_source(library, f"{site.url}/feed", web, LIMITED))
        site.put_story("ferry", 2018)
        change = await read_all(library, web, LIMITED)
    ferry = next(article.id for article in library.articles() if article.id.endswith("ferry"))
    make_change(library, article_removal(library, ferry))
    make_change(library, change)
    assert (topics(library), library.excluded()) == ({"bakery"}, [ferry])


async def test_a_library_without_sources_has_nothing_to_read(library: Library, web: Web) -> None:
    assert await read_all(library, web, LIMITED) == Change()


async def test_a_page_whose_id_belongs_to_a_file_is_remembered_by_no_feed(
    site: Site, library: Library, web: Web
) -> None:
    ours = Article(f"127.0.0.1:{site.endpoint[1]}/ferry", "Ours", "Our own ferry never sails.", source="/a/ours.md")
    library.update([ours])
    for topic in ("ferry", "bakery", "bridge"):
        site.put_story(topic)
    site.put_feed(["ferry", "bakery", "bridge"])
    async with web:
        change = await read_source(library, f"{site.url}/feed", web, LIMITED)
        assert [refusal.name for refusal in change.refused] == [ours.id]
        make_change(library, change)
        del site.pages["/ferry"]
        make_change(library, await read_all(library, web, LIMITED))
    assert library.article(ours.id) == ours


def hangs(handler: BaseHTTPRequestHandler) -> None:
    time.sleep(1)


def floods(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
    with suppress(OSError):
        while True:
            handler.wfile.write(b"<p>more</p>" * 10_000)


def packed(body: bytes) -> Answer:
    return Answer(gzip.compress(body), headers={"Content-Type": "text/html", "Content-Encoding": "gzip"})


def to(place: str) -> Answer:
    return Answer(status=302, headers={"Location": place})


def of_type(media_type: str, body: bytes) -> Answer:
    return Answer(body, headers={"Content-Type": media_type})


BAD_PAGES = {
    "hangs": (Answer(send=hangs), "did not answer in full within 0.5 seconds: try again later"),
    "floods": (Answer(send=floods), "has more than the 10,000,000 bytes allowed, unpacked"),
    "breaks off": (Answer(send=lambda handler: setattr(handler, "close_connection", True)), "cannot be reached ("),
    "too large": (
        of_type("text/html", b"<p>It rained.</p>" * 10_000),
        "has 170,000 bytes, more than the 100,000 allowed",
    ),
    "packed a thousandfold": (packed(bytes(20_000_000)), "has more than the 10,000,000 bytes allowed, unpacked"),
    "image": (of_type("image/png", b"\x89PNG"), "is of the type image/png, no article"),
    "login": (Answer(status=403), "answers 403 and wants a login"),
    "gone": (Answer(status=404), "answers 404, nothing is there"),
    "loop": (to("/bad"), "redirects in a loop"),
    "inside": (to("http://169.254.169.254/latest"), "redirects elsewhere, and 169.254.169.254 is not on the public"),
    "zip": (of_type("text/html", b"PK\x03\x04 story.docx"), "is a ZIP archive or an Office document, not text"),
    "broken PDF": (of_type("application/pdf", b"%PDF-1.4 nothing"), "is a broken PDF"),
    "encrypted PDF": (of_type("application/pdf", encrypted("secret")), "is encrypted: save it without a password"),
    "scanned PDF": (of_type("application/pdf", scanned(1)), "holds pictures of pages and no text"),
    "no story": (of_type("text/html", b"<title>News</title><nav>Home</nav>"), "holds no story"),
    "feed of nothing": (of_type("application/rss+xml", rss([]).encode()), "lists no article: check the address of the"),
    "no feed": (of_type("application/rss+xml", b"<?xml version='1.0'?><menu/>"), "holds no story"),
}


@pytest.mark.parametrize("name", BAD_PAGES)
async def test_a_bad_address_is_one_sentence_and_nothing_is_lost(site: Site, library: Library, name: str) -> None:
    library.update(ARTICLES)
    site.pages["/bad"], sentence = BAD_PAGES[name]
    async with Web(allow={site.endpoint}, max_bytes=LIMIT, seconds=0.5 if name == "hangs" else 20) as web:
        with pytest.raises(SourceError) as caught:
            await read_source(library, f"{site.url}/bad", web, LIMITED)
    assert sentence in str(caught.value)
    assert str(caught.value).endswith(".") and "\n" not in str(caught.value)
    assert (len(library.articles()), library.sources()) == (len(ARTICLES), [])


@pytest.mark.parametrize(
    "address", ["", "news", "ftp://a.example/", "http://", "http://a b/", "https://[", "http://a.b:99999/"]
)
async def test_a_malformed_address_is_one_sentence(library: Library, address: str) -> None:
    async with Web() as web:
        for read in (read_address, read_source):
            with pytest.raises(SourceError, match="is not a web address: write it in full"):
                await read(library, address, web, LIMITED)


def test_an_upload_without_a_title_or_with_a_date_to_come_lands_as_it_is(library: Library) -> None:
    data = b"---\npublished: 2999-01-01\n---\nThe mill closed in May. It made paper."
    (article,) = uploaded(library, data, "mill.txt").articles
    assert (article.title, article.published) == ("The mill closed in May.", datetime(2999, 1, 1, tzinfo=UTC))


def test_an_upload_nested_10_000_deep_is_read(library: Library) -> None:
    page = f"{'<div>' * 10_000}<p>The mill closed in May. It made paper.</p>{'</div>' * 10_000}"
    (article,) = uploaded(library, page.encode(), "mill.html", PARSER).articles
    assert article.text == "The mill closed in May. It made paper."


def test_a_cancel_at_the_last_moment_changes_nothing(library: Library) -> None:
    class Cancelled(Exception):
        pass

    def cancel(step: Progress) -> None:
        if step.done == step.total:
            raise Cancelled

    library.update([BRIDGE])
    change = Change((HARBOUR,), remove=("bridge",), source_update=SourceUpdate(exclude=("bridge",)))
    with pytest.raises(Cancelled):
        make_change(library, change, on_progress=cancel)
    assert (topics(library), library.excluded(), library.check()) == ({"bridge"}, [], ())


def test_an_upload_is_read_by_the_ending_of_its_name(library: Library) -> None:
    change = uploaded(library, b"# The mill\n\nThe mill closed in May.", "news/mill.md")
    assert change == Change(
        (Article("mill", "The mill", "The mill closed in May.", source="upload: mill.md"),),
        source_update=SourceUpdate(include=("mill",)),
        seen={"mill": None},
        whole=True,
    )
    assert make_change(library, change) == UpdateReport(added=("mill",), passages_embedded=1)


def test_a_file_that_is_uploaded_again_replaces_what_it_was(library: Library) -> None:
    for text, expected in ((b"The mill closed in May.", "added"), (b"The mill closed in June.", "changed")):
        report = make_change(library, uploaded(library, text, "mill.txt"))
        assert getattr(report, expected) == ("mill",)


def test_an_upload_does_not_take_the_place_of_an_article_from_elsewhere(library: Library) -> None:
    library.update([Article("mill", "The old mill", "The mill opened in 1904.", source="/a/mill.md")])
    with pytest.raises(ArticleError) as caught:
        uploaded(library, b"The mill closed in May.", "mill.txt")
    assert str(caught.value) == (
        "“The old mill” (mill.md) has the id 'mill' already; give this one another file name, or an `id:` in its front "
        "matter, or remove that article first."
    )


def test_another_story_in_a_file_of_one_name_takes_no_place(library: Library) -> None:
    make_change(library, uploaded(library, story("ferry").encode(), "story.md"))
    with pytest.raises(ArticleError) as caught:
        other = b"# The election\n\nNora Quill won the election by ten votes. Nobody expected it."
        uploaded(library, other, "story.md")
    assert str(caught.value) == (
        "“The ferry of Elmouth opens again in spring.” (upload: story.md) has the id 'story' already, and this is "
        "another story; give this one another file name, or an `id:` in its front matter, or remove that article first."
    )


def test_a_file_with_the_title_as_before_may_be_written_anew(library: Library) -> None:
    for text in ("The mill closed in May.", "Nobody makes paper there now. It went to the north."):
        data = f"# The mill\n\n{text}".encode()
        make_change(library, uploaded(library, data, "mill.md"))
    assert [article.text for article in library.articles()] == ["Nobody makes paper there now. It went to the north."]


def test_a_pasted_text_replaces_an_earlier_version_and_no_other_story_of_its_title(library: Library) -> None:
    for year in (2019, 2018):
        change = pasted(library, story("ferry", year), title="Weather")
        make_change(library, change)
    with pytest.raises(ArticleError) as caught:
        pasted(library, "It rained in the north. It will not stop.", title="Weather")
    assert str(caught.value) == (
        "“Weather” (pasted) has the id 'weather' already, and this is another story; give this one another title or "
        "remove that article first."
    )
    assert "in 2018" in library.article("weather").text


def test_a_pasted_text_of_a_day_to_come_lands_as_it_is(library: Library) -> None:
    (article,) = pasted(library, "It rained.", published="2999-01-01").articles
    assert article.published == datetime(2999, 1, 1, tzinfo=UTC)


def test_what_editors_read_names_no_folder_of_this_machine(library: Library, tmp_path: Path) -> None:
    secret, news = tmp_path / "secret", tmp_path / "news"
    for folder in (secret, news):
        folder.mkdir()
    (secret / "mill.md").touch()
    library.update([Article("mill", "The old mill", "The mill opened in 1904.", source=str(secret / "mill.md"))])
    (news / "mill.txt").write_text(story("mill"))
    (refusal,) = read_folder_source(library, news, LIMITED).refused
    with pytest.raises(ArticleError) as caught:
        uploaded(library, b"The mill closed in May.", "mill.txt")
    for said in (refusal.reason, str(caught.value)):
        assert "mill.md" in said and str(tmp_path) not in said


@pytest.mark.parametrize(
    ("data", "name", "sentence"),
    [
        (b"PK\x03\x04 story.docx", "a.html", "a.html is a ZIP archive or an Office document, not text"),
        (b"The mill closed.", "a.docx", "a.docx is not a type of file that articles are read from"),
        (b"The mill closed.", "mill", "mill is not a type of file that articles are read from"),
        (b"x" * (LIMIT + 1), "a.txt", "a.txt has 100,001 bytes, more than the 100,000 allowed: split it, or have the"),
        (b"", "a.md", "a.md is empty"),
        (b"%PDF-1.4 nothing", "a.pdf", "a.pdf is a broken PDF"),
    ],
)
def test_an_upload_that_is_no_article_is_one_sentence(library: Library, data: bytes, name: str, sentence: str) -> None:
    with pytest.raises(ArticleError) as caught:
        uploaded(library, data, name)
    assert str(caught.value).startswith(sentence)
    assert str(caught.value).endswith(".")


def test_a_pasted_text_is_an_article(library: Library) -> None:
    change = pasted(
        library, "The mill closed in May.", title="The mill", author=" Ada Finn ", published="2026-05-04",
        url="https://town.example/mill",
    )  # fmt: skip
    assert change.articles == (
        Article(
            "the-mill-2026-05-04", "The mill", "The mill closed in May.", "Ada Finn", "2026-05-04",  # type: ignore[arg-type]
            url="https://town.example/mill", source="pasted",
        ),
    )  # fmt: skip
    assert make_change(library, change).added == ("the-mill-2026-05-04",)


def test_a_pasted_text_without_a_title_has_its_first_sentence(library: Library) -> None:
    (article,) = pasted(library, "The mill closed in May. It made paper.\r\n").articles
    assert (article.id, article.title) == ("the-mill-closed-in-may", "The mill closed in May.")
    assert article.text == "The mill closed in May. It made paper."


@pytest.mark.parametrize(
    ("text", "facts", "sentence"),
    [
        (" \n", {}, "The text is empty: paste the text of the article."),
        ("* * *", {}, "The text holds no story, at most what stands around one, such as a title or a byline: paste"),
        ("It rained.", {"published": "soon"}, "“soon” is no date: write it as 2026-01-31, or with a time"),
        (
            "It rained.",
            {"url": "town square"},
            "town square is not a web address: write it in full, with https://, and",
        ),
        ("x" * (LIMIT + 1), {}, "The text has 100,001 bytes, more than the 100,000 allowed: split it, or have the"),
    ],
)
def test_a_pasted_text_that_is_no_article_is_one_sentence(
    library: Library, text: str, facts: dict[str, str], sentence: str
) -> None:
    with pytest.raises(ArticleError) as caught:
        pasted(library, text, **facts)  # type: ignore[arg-type]
    assert str(caught.value).startswith(sentence)


def test_an_upload_or_paste_of_what_is_there_already_names_it(library: Library) -> None:
    library.update([Article("quay/ferry", "The ferry opens", story("ferry"), source="https://town.example/ferry")])
    said = (
        "nearly the same text as “The ferry opens” (id 'quay/ferry'); remove that article first, or leave this one out."
    )
    with pytest.raises(ArticleError) as caught:
        uploaded(library, story("ferry").encode(), "boat.md")
    assert str(caught.value).endswith(said)
    with pytest.raises(ArticleError) as caught:
        pasted(library, story("ferry"), title="A ferry")
    assert str(caught.value) == f"“A ferry” is {said}"
    assert len(pasted(library, story("ferry", 2018)).articles) == 1


def test_a_folder_is_a_source(library: Library, tmp_path: Path) -> None:
    news = tmp_path / "news"
    news.mkdir()
    for topic in ("ferry", "bakery"):
        (news / f"{topic}.txt").write_text(story(topic))
    make_change(library, read_folder_source(library, news, LIMITED))
    assert [(s.kind, s.address, s.result) for s in library.sources()] == [("folder", str(news), "ok")]
    assert topics(library) == {"ferry", "bakery"}
    make_change(library, source_removal(library, f"{news}/", with_articles=True))
    assert (topics(library), library.sources()) == (set(), [])


@pytest.mark.parametrize("other", ["news", "news/2026", "."])
def test_a_folder_in_or_around_another_source_is_refused(library: Library, tmp_path: Path, other: str) -> None:
    (tmp_path / "news/2026").mkdir(parents=True)
    (tmp_path / "news/ferry.txt").write_text(story("ferry"))
    make_change(library, read_folder_source(library, tmp_path / "news", LIMITED))
    with pytest.raises(SourceError, match="is a source already"):
        read_folder_source(library, tmp_path / other, LIMITED)


def test_a_folder_without_an_article_is_no_source(library: Library, tmp_path: Path) -> None:
    with pytest.raises(SourceError) as caught:
        read_folder_source(library, tmp_path, LIMITED)
    assert str(caught.value) == f"{tmp_path} holds no article that can be read: check the folder."


FERRY, BAKERY = story("ferry"), story("bakery")


def test_a_folder_that_is_no_source_is_read_as_a_whole(library: Library, tmp_path: Path) -> None:
    """What is there no more goes, and so does nothing that came from elsewhere or that cannot be read."""
    for topic, text in (("ferry", FERRY), ("bakery", BAKERY), ("school", "The school is open. It has a roof.")):
        (tmp_path / f"{topic}.txt").write_text(text)
    library.update([HARBOUR])
    make_change(library, read_whole_folder(library, tmp_path, LIMITED, remedy="look at it"))
    assert topics(library) == {"ferry", "bakery", "school", "harbour"}
    make_change(library, article_removal(library, "bakery"))
    (tmp_path / "ferry.txt").unlink()
    (tmp_path / "school.txt").write_bytes(b"\0")
    (tmp_path / "mill.txt").write_text("The mill closed in May. It had ground corn since 1840.")
    change = read_whole_folder(library, tmp_path, LIMITED, remedy="look at it")
    assert (change.remove, [article.id for article in change.articles]) == (("ferry",), ["mill"])
    assert [(refusal.name, refusal.kind) for refusal in change.refused] == [
        (str(tmp_path / "school.txt"), RefusedKind.FILE)
    ]


def test_a_folder_that_has_lost_all_its_articles_removes_none(library: Library, tmp_path: Path) -> None:
    (tmp_path / "ferry.txt").write_text(FERRY)
    make_change(library, read_whole_folder(library, tmp_path, LIMITED, remedy="look at it"))
    (tmp_path / "ferry.txt").unlink()
    with pytest.raises(SourceError) as caught:
        read_whole_folder(library, tmp_path, LIMITED, remedy="look at it")
    assert str(caught.value) == (f"{tmp_path} holds no article that can be read, so nothing was removed; look at it.")


def test_files_are_named_by_their_paths_where_one_has_the_id_of_another(library: Library, tmp_path: Path) -> None:
    library.update([HARBOUR])
    (tmp_path / "harbour.txt").write_text(FERRY)
    change = read_files(library, [tmp_path], LIMITED)
    assert change.articles == ()
    ((name, reason, kind),) = [(refusal.name, refusal.reason, refusal.kind) for refusal in change.refused]
    assert (name, kind) == ("harbour", RefusedKind.ARTICLE)
    assert reason.startswith(f"{tmp_path / 'harbour.txt'} has the id 'harbour', which the article from elsewhere has")


# Editing


def facts(**stated: str) -> Facts:
    """What is stated of HARBOUR, with what a test states in its place."""
    return replace(Facts.of(HARBOUR), **stated)


def test_an_edit_changes_what_is_stated_and_neither_the_id_nor_the_text(library: Library) -> None:
    library.update([HARBOUR])
    stated = facts(title="The port", published="2026-01-31 09:30", section="News", url="news.example.org/port")
    report = make_change(library, article_edit(library, "harbour", stated, Facts.of(HARBOUR)))
    assert (report.changed, report.passages_embedded) == (("harbour",), 0)
    assert library.article("harbour") == replace(
        HARBOUR,
        title="The port",
        published=datetime(2026, 1, 31, 9, 30, tzinfo=UTC),
        section="News",
        url="https://news.example.org/port",
    )


def test_what_was_not_edited_keeps_what_somebody_else_made_of_it_meanwhile(library: Library) -> None:
    library.update([replace(HARBOUR, author="Nora Quill")])
    make_change(library, article_edit(library, "harbour", facts(section="News"), facts()))
    edited = library.article("harbour")
    assert (edited.author, edited.section) == ("Nora Quill", "News")


def test_an_edit_that_was_read_before_another_change_is_a_conflict(library: Library) -> None:
    library.update([HARBOUR])
    change = article_edit(library, "harbour", facts(section="News"), facts())
    library.update([replace(HARBOUR, text="The harbour is shut. Nobody knows why.")])
    with pytest.raises(Conflict):
        make_change(library, change)


@pytest.mark.parametrize(
    ("stated", "sentence"),
    [
        ({"title": ""}, "The title is empty: an article needs one."),
        ({"published": "last spring"}, "“last spring” is no date: write it as 2026-01-31, or with a time as"),
        ({"published": "2026-02-30"}, "“2026-02-30” is no date: write it as 2026-01-31"),
        ({"url": "ftp://news.example.org/a"}, "ftp://news.example.org/a is not a web address: write it in full"),
        ({"url": "the port"}, "the port is not a web address: write it in full"),
    ],
)
def test_an_edit_that_cannot_be_read_is_one_sentence(library: Library, stated: dict[str, str], sentence: str) -> None:
    library.update([HARBOUR])
    with pytest.raises(ArticleError) as caught:
        article_edit(library, "harbour", facts(**stated), facts())
    assert str(caught.value).startswith(sentence) and str(caught.value).endswith(".")


async def test_an_article_that_is_read_again_from_its_page_is_not_edited(
    library: Library, site: Site, web: Web
) -> None:
    site.put_story("ferry")
    async with web:
        make_change(library, await read_address(library, f"{site.url}/ferry", web, LIMITED))
    (article,) = library.articles()
    assert [source.address for source in sources_of(library, article)] == [f"{site.url}/ferry"]
    with pytest.raises(ArticleError) as caught:
        article_edit(library, article.id, Facts("Another title"), Facts.of(article))
    assert str(caught.value) == (
        f"“The ferry opens” is read again from {site.url}/ferry, and what stands there counts: change it there."
    )
    make_change(library, source_removal(library, f"{site.url}/ferry", with_articles=False))
    make_change(library, article_edit(library, article.id, Facts("Another title"), Facts("The ferry opens")))
    assert library.article(article.id).title == "Another title"


def test_a_source_is_meant_also_without_what_its_address_begins_and_ends_with() -> None:
    addresses = ["https://news.example.org/", "https://news.example.org/feed", "http://town.example/feed"]
    assert find_address("news.example.org/feed", addresses) == "https://news.example.org/feed"
    assert find_address(" news.example.org", addresses) == "https://news.example.org/"
    assert find_address("http://town.example/feed", addresses) == "http://town.example/feed"
    assert find_address("town.example/feed", addresses) is None
