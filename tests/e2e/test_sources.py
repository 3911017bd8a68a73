"""`pullquote sources` and `pullquote reindex`: a site and a feed that change between one reading and the next."""

import signal
import time
from functools import partial
from pathlib import Path

import pytest

from bot.services import opening as base
from index import Library, Web
from tests.e2e.conftest import TIDES, Run, Start
from tests.tools.site import Answer, Site, page, story

QUESTION = "From whom did Ada Brandt buy the ferry?"


@pytest.fixture(autouse=True)
def _the_site_may_be_reached(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "Web", partial(Web, allow={site.endpoint}))


def ids() -> set[str]:
    with Library.open("pullquote-data") as library:
        return {article.id.rpartition("/")[2] for article in library.articles()}


@pytest.fixture
def feed(site: Site, pullquote: Run) -> Site:
    """The site with four stories in its feed, which is a source of the library."""
    for topic in ("ferry", "bakery", "bridge", "school"):
        site.put_story(topic)
    site.put_feed(["ferry", "bakery", "bridge", "school"])
    outcome = pullquote("sources", "add", f"{site.url}/feed")
    assert (outcome.code, outcome.err) == (0, ""), outcome
    assert "Added 4.\n" in outcome.out
    site.requests.clear()
    return site


def test_the_articles_of_a_feed_answer_questions(feed: Site, pullquote: Run) -> None:
    answer = pullquote("ask", QUESTION, "--json", "--limit", "1")
    assert answer.quotes == ["Ada Brandt bought the ferry from a lighthouse keeper in 2019."]
    assert answer.json["quotes"][0]["article"]["url"] == f"{feed.url}/ferry"
    listed = pullquote("sources", "list").out.split("\t")
    assert (listed[0], listed[2:]) == ("feed", ["4 articles", f"{feed.url}/feed", "ok\n"])


def test_reindex_with_nothing_new_fetches_nothing_in_full_and_embeds_nothing(feed: Site, pullquote: Run) -> None:
    for _ in range(2):
        outcome = pullquote("reindex", "--json")
        assert outcome.code == 0, outcome
        assert len(outcome.json["unchanged"]) == 4
        assert outcome.json["passages_embedded"] == 0
        assert sorted(path for path, _ in feed.requests) == ["/bakery", "/bridge", "/feed", "/ferry", "/school"]
        assert feed.fetched == []


def test_reindex_brings_new_edited_and_withdrawn_stories_in_line(feed: Site, pullquote: Run) -> None:
    feed.put_story("market")
    feed.put_story("ferry", 2018)
    del feed.pages["/bakery"]
    feed.put_feed(["market", "ferry", "bridge", "school"])
    planned = pullquote("reindex", "--dry-run")
    assert planned.out.endswith("Would add 1, change 1, remove 1; 2 unchanged.\n")
    assert "bakery" in ids()
    outcome = pullquote("reindex")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.endswith("Added 1, changed 1, removed 1; 2 unchanged.\n")
    assert ids() == {"market", "ferry", "bridge", "school"}
    answer = pullquote("ask", QUESTION, "--json", "--limit", "1")
    assert answer.quotes == ["Ada Brandt bought the ferry from a lighthouse keeper in 2018."]


def test_a_source_in_trouble_is_named_and_removes_nothing_until_it_is_confirmed(feed: Site, pullquote: Run) -> None:
    for topic in ("bakery", "bridge", "school"):
        del feed.pages[f"/{topic}"]
    outcome = pullquote("reindex")
    said = f"{feed.url}/feed has lost 3 of its 4 articles at once, so nothing was removed; if that is right, run "
    assert outcome.code == 2
    assert outcome.err == f"source: {said}`pullquote reindex --remove-missing`.\n"
    assert outcome.out == "Changed no article; 4 unchanged.\n"
    assert pullquote("sources", "list").out.split("\t")[4].endswith(f": {said.partition(';')[0]}.\n")
    reported = pullquote("reindex", "--json")
    (source,) = reported.json["sources"]
    assert (reported.code, source["articles"], len(source["missing"]), source["gone"]) == (2, 4, 3, [])
    assert source["problem"] == f"{said.partition(';')[0]}."
    outcome = pullquote("reindex", "--remove-missing")
    assert (outcome.code, outcome.err) == (0, "")
    assert ids() == {"ferry"}


def test_a_feed_that_is_gone_and_one_that_is_empty_are_named(feed: Site, pullquote: Run) -> None:
    feed.put_feed([])
    assert pullquote("reindex").err == f"source: {feed.url}/feed lists no article: check the address of the feed.\n"
    del feed.pages["/feed"]
    outcome = pullquote("reindex", "--remove-missing")
    assert outcome.code == 2
    assert outcome.err.startswith(f"source: {feed.url}/feed answers 404, nothing is there: ")
    assert len(ids()) == 4


def test_a_dry_run_reports_as_json_and_changes_nothing(feed: Site, pullquote: Run) -> None:
    feed.put_story("ferry", 2018)
    for _ in range(2):
        planned = pullquote("reindex", "--dry-run", "--json").json
        assert (planned["planned"], [name.rpartition("/")[2] for name in planned["changed"]]) == (True, ["ferry"])
        assert feed.fetched == ["/ferry"]


def test_articles_dir_and_sources_are_brought_in_line_together(feed: Site, pullquote: Run) -> None:
    Path("stories").mkdir()
    Path("stories/tides.md").write_text(TIDES)
    outcome = pullquote("reindex", env={"ARTICLES_DIR": "stories"})
    assert outcome.out.endswith("Added 1; 4 unchanged.\n")
    Path("stories/hills.md").write_text(TIDES.replace("Ada", "Otto"))
    Path("stories/tides.md").unlink()
    del feed.pages["/ferry"]
    outcome = pullquote("reindex", env={"ARTICLES_DIR": "stories"})
    assert outcome.out.endswith("Added 1, removed 2; 3 unchanged.\n")
    assert ids() == {"hills", "bakery", "bridge", "school"}
    assert pullquote("reindex").out == "Changed no article; 4 unchanged.\n"
    assert len(ids()) == 4


def test_full_reads_the_sources_and_embeds_everything_afresh(feed: Site, pullquote: Run) -> None:
    feed.put_story("ferry", 2018)
    outcome = pullquote("reindex", "--full", "--json")
    assert (outcome.code, len(outcome.json["changed"]), len(outcome.json["unchanged"])) == (0, 1, 3)
    assert outcome.json["passages_embedded"] == 4


def test_a_source_that_is_removed_leaves_its_articles_unless_asked(feed: Site, pullquote: Run) -> None:
    assert pullquote("sources", "remove", f"{feed.url}/feed").code == 0
    assert (pullquote("sources", "list").out, len(ids())) == ("", 4)
    feed.put_story("ferry", 2018)
    feed.requests.clear()
    assert pullquote("reindex").complaint.startswith("ARTICLES_DIR is not set")
    assert feed.requests == []
    assert pullquote("sources", "add", f"{feed.url}/feed").code == 0
    outcome = pullquote("sources", "remove", f"{feed.url}/feed", "--with-articles")
    assert outcome.out.endswith("Removed 4.\n")
    assert ids() == set()


def test_the_articles_that_another_source_has_too_stay(feed: Site, pullquote: Run) -> None:
    assert pullquote("sources", "add", f"{feed.url}/ferry").code == 0
    assert [line.split("\t")[0] for line in pullquote("sources", "list").out.splitlines()] == ["feed", "page"]
    pullquote("sources", "remove", f"{feed.url}/feed", "--with-articles")
    assert ids() == {"ferry"}


def test_what_is_no_source_here_or_one_already_is_named(feed: Site, pullquote: Run) -> None:
    assert pullquote("sources", "add", f"{feed.url}/feed#top").complaint == (
        f"{feed.url}/feed#top is a source already: every reindex reads it again."
    )
    assert pullquote("sources", "remove", "https://a.example/").complaint == (
        "https://a.example/ is no source of this library; look for its address in the list of sources."
    )


@pytest.fixture
def news(pullquote: Run) -> Path:
    """A folder of four stories, which is a source of the library."""
    news = Path("news").resolve()
    news.mkdir()
    for topic in ("ferry", "bakery", "bridge", "school"):
        (news / f"{topic}.txt").write_text(story(topic))
    outcome = pullquote("sources", "add", "news")
    assert outcome.out.endswith("Added 4.\n")
    return news


def test_a_folder_is_read_again_like_any_source(news: Path, pullquote: Run) -> None:
    assert pullquote("sources", "list").out.split("\t")[:4:3] == ["folder", str(news)]
    (news / "market.txt").write_text(story("market"))
    (news / "ferry.txt").write_text(story("ferry", 2018))
    (news / "bakery.txt").unlink()
    outcome = pullquote("reindex")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out == (
        "added: market\nchanged: ferry\nremoved: bakery\nAdded 1, changed 1, removed 1; 2 unchanged.\n"
    )
    assert pullquote("reindex").out == "Changed no article; 4 unchanged.\n"


def test_a_folder_in_trouble_removes_nothing_until_it_is_confirmed(news: Path, pullquote: Run) -> None:
    for topic in ("bakery", "bridge", "school"):
        (news / f"{topic}.txt").unlink()
    outcome = pullquote("reindex")
    assert (outcome.code, outcome.err) == (
        2,
        f"source: {news} has lost 3 of its 4 articles at once, so nothing was removed; if that is right, run "
        "`pullquote reindex --remove-missing`.\n",
    )
    (news / "ferry.txt").unlink()
    assert f"{news} holds no article that can be read, so nothing was removed; if" in pullquote("reindex").err
    news.rename("moved")
    for options in ((), ("--remove-missing",)):
        assert pullquote("reindex", *options).err.startswith(
            f"source: {news} cannot be read as a folder (No such file or directory)"
        )
    assert len(ids()) == 4
    Path("moved").rename(news)
    assert pullquote("reindex", "--remove-missing").err == (
        f"source: {news} holds no article that can be read: check the folder.\n"
    )
    assert ids() == set()


def test_an_article_whose_file_in_a_folder_is_broken_stays(news: Path, pullquote: Run) -> None:
    (news / "ferry.txt").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    outcome = pullquote("reindex")
    assert outcome.code == 2
    assert "ferry.txt is a PNG picture, not text" in outcome.err
    assert len(ids()) == 4


def test_a_file_that_was_removed_by_hand_stays_out_until_it_is_added_again(news: Path, pullquote: Run) -> None:
    pullquote("articles", "remove", "ferry")
    outcome = pullquote("reindex")
    assert (outcome.code, outcome.err) == (0, f"{news}: 1 article left out, removed by hand\n")
    assert pullquote("reindex", "--json").json["sources"][0]["excluded"] == ["ferry"]
    assert ids() == {"bakery", "bridge", "school"}
    pullquote("articles", "add", news / "ferry.txt")
    assert pullquote("reindex").err == ""
    assert len(ids()) == 4


def test_a_folder_and_articles_dir_are_apart(news: Path, pullquote: Run) -> None:
    said = "is a source already: every reindex reads it again."
    assert pullquote("sources", "add", "news").complaint == f"news {said}"
    Path("news/2026").mkdir()
    for folder in ("news", "news/2026", "."):
        assert pullquote("reindex", env={"ARTICLES_DIR": folder}).complaint == (
            f"ARTICLES_DIR, {folder}, overlaps the source {news}, so files would be read twice; set another folder, or "
            f"run `pullquote sources remove {news}` first."
        )
    assert "are one in the other" in pullquote("sources", "add", "news/2026").complaint
    pullquote("sources", "remove", "news")
    assert pullquote("sources", "add", "news", env={"ARTICLES_DIR": "news"}).complaint == (
        "news overlaps ARTICLES_DIR, news, which every `pullquote reindex` reads already; name a folder apart from it."
    )


@pytest.mark.parametrize(
    "command", [("articles", "add"), ("sources", "add"), ("sources", "remove"), ("articles", "add", "tides.md")]
)
@pytest.mark.parametrize("nothing", ["", " "])
def test_an_empty_place_is_not_the_working_directory(pullquote: Run, command: tuple[str, ...], nothing: str) -> None:
    Path("tides.md").write_text(TIDES)
    assert pullquote(*command, nothing).complaint == (
        "An empty place was given, as by a variable that is not set; name a file, folder or address."
    )
    assert ids() == set()


def test_what_is_neither_a_folder_nor_an_address_says_how_an_address_begins(pullquote: Run) -> None:
    assert pullquote("sources", "add", "news/2026").complaint == (
        "There is no folder 'news/2026'; name one that is there, or a web address in full, such as "
        "https://news.example.org/feed."
    )


@pytest.mark.parametrize("command", ["articles", "sources"])
def test_an_address_without_a_scheme_is_tried_as_https(pullquote: Run, command: str) -> None:
    outcome = pullquote(command, "add", "no-such-host.invalid/feed")
    assert outcome.code != 0
    assert "https://no-such-host.invalid/feed cannot be reached (" in outcome.err
    assert (
        "https://no-such-host.invalid/feed is no source"
        in pullquote("sources", "remove", "no-such-host.invalid/feed").complaint
    )


def test_a_folder_or_file_of_that_name_comes_before_an_address(pullquote: Run) -> None:
    Path("news.example.org").mkdir()
    Path("news.example.org/tides.md").write_text(TIDES)
    assert pullquote("articles", "add", "news.example.org/tides.md").code == 0
    assert ids() == {"tides"}
    assert pullquote("sources", "add", "news.example.org").code == 0
    assert pullquote("sources", "list", "--json").json[0]["kind"] == "folder"
    assert pullquote("sources", "remove", "news.example.org").code == 0


def test_a_story_that_was_removed_by_hand_stays_out_until_it_is_added_again(feed: Site, pullquote: Run) -> None:
    ferry = f"127.0.0.1:{feed.endpoint[1]}/ferry"
    assert pullquote("articles", "remove", ferry).code == 0
    outcome = pullquote("reindex")
    assert (outcome.code, outcome.err) == (0, f"{feed.url}/feed: 1 article left out, removed by hand\n")
    assert pullquote("reindex", "--json").json["sources"][0]["excluded"] == [ferry]
    assert ids() == {"bakery", "bridge", "school"}
    assert pullquote("articles", "add", f"{feed.url}/ferry").code == 0
    assert pullquote("reindex").err == ""
    assert len(ids()) == 4


def test_the_same_story_on_a_second_site_is_one_article(feed: Site, pullquote: Run) -> None:
    feed.put("/copy", page("ferry").replace("are glad", "are very glad"))
    outcome = pullquote("articles", "add", f"{feed.url}/copy")
    assert (outcome.code, outcome.out) == (0, "Changed no article; 4 unchanged.\n")
    del feed.pages["/ferry"]
    assert pullquote("reindex").out.endswith("Changed 1; 3 unchanged.\n")
    answer = pullquote("ask", QUESTION, "--json", "--limit", "1").json["quotes"][0]
    assert answer["article"]["url"] == f"{feed.url}/copy"


def test_a_page_over_the_size_limit_names_the_setting(site: Site, pullquote: Run) -> None:
    site.put("/long", page("ferry") * 10)
    said = pullquote("sources", "add", f"{site.url}/long", env={"MAX_ARTICLE_BYTES": "1000"}).complaint
    assert said.endswith("bytes, more than the 1,000 allowed: split it, or raise MAX_ARTICLE_BYTES.")


def test_one_story_at_two_addresses_that_are_added_at_once_is_one_article(site: Site, pullquote: Run) -> None:
    site.put_story("ferry")
    site.put("/copy", page("ferry").replace("are glad", "are very glad"))
    outcome = pullquote("articles", "add", f"{site.url}/ferry", f"{site.url}/copy")
    assert outcome.out.endswith("Added 1.\n")
    assert (ids(), pullquote("sources", "list").out.count("\n")) == ({"ferry"}, 2)
    assert pullquote("reindex").out == "Changed no article; 1 unchanged.\n"


def test_a_dry_run_of_any_command_changes_nothing(feed: Site, pullquote: Run) -> None:
    feed.put_story("market")
    ferry = f"127.0.0.1:{feed.endpoint[1]}/ferry"
    for command, expected in (
        (("articles", "add", f"{feed.url}/market"), "added"),
        (("sources", "add", f"{feed.url}/market"), "added"),
        (("articles", "remove", ferry), "removed"),
        (("sources", "remove", f"{feed.url}/feed", "--with-articles"), "removed"),
    ):
        said = pullquote(*command, "--dry-run")
        assert (said.code, said.err) == (0, "")
        number = 4 if "--with-articles" in command else 1
        verb = "add" if expected == "added" else "remove"
        assert f"would {verb}: 127.0.0.1" in said.out and f"\nWould {verb} {number}" in said.out
        planned = pullquote(*command, "--dry-run", "--json").json
        assert planned["planned"] and len(planned[expected]) == number
        assert (len(ids()), pullquote("sources", "list").out.count("\n")) == (4, 1)
    assert pullquote("articles", "remove", ferry, "--json").json["removed"] == [ferry]


def test_sources_are_listed_as_json(feed: Site, pullquote: Run) -> None:
    (source,) = pullquote("sources", "list", "--json").json
    assert (source["kind"], source["address"], source["result"]) == ("feed", f"{feed.url}/feed", "ok")
    assert source["articles"] == 4
    assert source["checked"] >= source["added"] >= "2026"
    assert (source["read_well"], source["failing_since"]) == (source["checked"], None)


def test_of_a_source_that_fails_the_list_says_since_when_and_when_it_was_read_well(feed: Site, pullquote: Run) -> None:
    (well,) = pullquote("sources", "list", "--json").json
    minute = well["checked"][:16].replace("T", " ")
    assert pullquote("sources", "list").out.split("\t")[1] == minute
    page = feed.pages.pop("/feed")
    for _ in range(2):
        assert pullquote("reindex").code == 2
    (failed,) = pullquote("sources", "list", "--json").json
    assert failed["read_well"] == well["checked"] < failed["failing_since"] < failed["checked"]
    last, first = (failed[name][:16].replace("T", " ") for name in ("checked", "failing_since"))
    columns = pullquote("sources", "list").out.split("\t")
    assert columns[1] == minute
    assert columns[4] == f"failed {last}, since {first}: {failed['result']}\n"
    feed.pages["/feed"] = page
    assert pullquote("reindex").code == 0
    (again,) = pullquote("sources", "list", "--json").json
    assert (again["read_well"], again["failing_since"], again["result"]) == (again["checked"], None, "ok")


BAD = {
    "/nothing": "SITE/nothing answers 404, nothing is there: check the address, or leave it out.",
    "/private": "SITE/private answers 401 and wants a login: name an address that opens without one, or save the "
    "article as a file.",
    "/picture": "SITE/picture is of the type image/png, no article: name the address of the story's page.",
    "/inside": "SITE/inside redirects elsewhere, and 169.254.169.254 is not on the public internet, and only that is "
    "read: name the address that readers use.",
    "/loop": "SITE/loop redirects in a loop: name the address that a browser ends at.",
    "/frame": "SITE/frame holds no story, at most what stands around one, such as a title, a byline or an invitation "
    "to subscribe: put the text of the article in it, or remove it.",
    "/archive": "SITE/archive is a ZIP archive or an Office document, not text: save it as plain text in UTF-8.",
}


@pytest.fixture
def bad(site: Site) -> Site:
    """The site with nothing good on it but a ferry."""
    site.put_story("ferry")
    site.pages["/private"] = Answer(status=401)
    site.put("/picture", b"\x89PNG", "image/png")
    site.pages["/inside"] = Answer(status=302, headers={"Location": "http://169.254.169.254/"})
    site.pages["/loop"] = Answer(status=302, headers={"Location": "/loop"})
    site.put("/frame", "<title>News</title><nav>Home</nav>")
    site.put("/archive", b"PK\x03\x04 story.docx")
    return site


@pytest.mark.parametrize(("path", "sentence"), BAD.items())
def test_a_bad_address_is_one_sentence_and_no_source(bad: Site, pullquote: Run, path: str, sentence: str) -> None:
    assert pullquote("sources", "add", bad.url + path).complaint == sentence.replace("SITE", bad.url)
    assert pullquote("sources", "list").out == ""


def test_pages_are_added_once_and_bad_ones_are_named(bad: Site, pullquote: Run) -> None:
    outcome = pullquote("articles", "add", f"{bad.url}/ferry", *(bad.url + path for path in BAD))
    assert outcome.code == 2
    assert outcome.out.endswith("Added 1; 7 refused.\n")
    assert outcome.err.replace(bad.url, "SITE") == "".join(f"refused: {sentence}\n" for sentence in BAD.values())
    assert pullquote("ask", QUESTION, "--json", "--limit", "1").quotes == [
        "Ada Brandt bought the ferry from a lighthouse keeper in 2019."
    ]
    bad.put_story("ferry", 2018)
    outcome = pullquote("articles", "add", f"{bad.url}/ferry")
    assert outcome.out.endswith("Changed 1.\n")


def test_a_page_that_was_added_is_read_again(site: Site, pullquote: Run) -> None:
    site.put_story("ferry")
    pullquote("articles", "add", f"{site.url}/ferry", f"{site.url}/ferry#top")
    listed = pullquote("sources", "list").out.split("\t")
    assert (listed[0], listed[2:]) == ("page", ["1 article", f"{site.url}/ferry", "ok\n"])
    site.requests.clear()
    assert pullquote("reindex").out == "Changed no article; 1 unchanged.\n"
    assert site.requests == [("/ferry", 304)]
    site.put_story("ferry", 2018)
    assert pullquote("reindex").out.endswith("Changed 1.\n")


def test_a_page_that_is_gone_is_removed_once_that_is_confirmed(site: Site, pullquote: Run) -> None:
    site.put_story("ferry")
    assert pullquote("articles", "add", f"{site.url}/ferry").code == 0
    del site.pages["/ferry"]
    outcome = pullquote("reindex")
    assert (outcome.code, outcome.out) == (2, "Changed no article; 1 unchanged.\n")
    assert outcome.err == (
        f"source: {site.url}/ferry answers 404, nothing is there, and its article was kept until that is confirmed; if "
        "that is right, run `pullquote reindex --remove-missing`.\n"
    )
    outcome = pullquote("reindex", "--remove-missing")
    assert (outcome.code, outcome.out.split("\n")[-2]) == (
        0,
        "Removed 1.",
    )
    assert (pullquote("articles", "list").out, pullquote("sources", "list").out) == ("", "")


def test_pages_and_files_are_added_together(bad: Site, pullquote: Run) -> None:
    Path("tides.md").write_text(TIDES)
    assert pullquote("articles", "add", "tides.md", f"{bad.url}/ferry").code == 0
    assert ids() == {"tides", "ferry"}


def test_a_page_does_not_take_the_place_of_an_article_from_a_file(bad: Site, pullquote: Run) -> None:
    article_id = f"127.0.0.1:{bad.endpoint[1]}/ferry"
    Path("ours.md").write_text(f"---\nid: {article_id}\n---\n\nOur own ferry never sails. It is made of stone.")
    pullquote("articles", "add", "ours.md")
    for command in (("articles", "add"), ("sources", "add")):
        outcome = pullquote(*command, f"{bad.url}/ferry")
        assert outcome.code == 2
        assert f"{bad.url}/ferry has the id {article_id!r}, which the article from" in outcome.err
        assert pullquote("sources", "list").out == ""
    assert "made of stone" in pullquote("articles", "show", article_id).out


def test_without_an_allowance_this_machine_is_not_read(
    site: Site, pullquote: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base, "Web", Web)
    site.put_story("ferry")
    assert "only the standard ports" in pullquote("sources", "add", f"{site.url}/ferry").complaint
    for address in (
        "http://127.0.0.1/",
        "http://localhost/",
        "http://0x7f.1/",
        "http://[::ffff:127.0.0.1]/",
        "http://",
    ):
        pullquote("sources", "add", address).complaint  # noqa: B018 - one sentence and exit code 2, or it fails
        assert pullquote("articles", "add", address).code == 2
    assert site.requests == []


ALLOWED = """
import sys
from functools import partial
from bot.cli import app as cli
from bot.services import opening as base
from index import Web
base.Web = partial(Web, allow={("127.0.0.1", int(sys.argv.pop(1)))})
cli.main()
"""


def test_ctrl_c_while_a_site_is_read_leaves_the_library_as_it_was(
    feed: Site, pullquote: Run, pullquote_process: Start
) -> None:
    feed.put_story("ferry", 2018)
    feed.pages["/bakery"] = Answer(send=lambda _: time.sleep(120))
    process = pullquote_process("reindex", program=("-c", ALLOWED, str(feed.endpoint[1])))
    while ("/bakery", 200) not in feed.requests:
        assert process.poll() is None, process.outcome()
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    outcome = process.outcome(timeout=60)
    assert (outcome.code, outcome.out, outcome.err) == (130, "", "Interrupted; nothing was changed.\n")
    answer = pullquote("ask", QUESTION, "--json", "--limit", "1")
    assert answer.quotes == ["Ada Brandt bought the ferry from a lighthouse keeper in 2019."]
