"""RSS and Atom: items in their order, each once, whatever state the feed is in."""

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import SourceError
from index.sources.feed import MAX_ITEMS, Feed, Item, article_of, is_feed, read_feed
from index.sources.web import Response
from tests.tools.site import rss, story

ADDRESS = "https://news.example.org/feeds/all.xml"
PARAGRAPHS = [
    f"{paragraph} On day {day} the tide was high." for day in range(4) for paragraph in story("ferry").split("\n\n")
]
WHOLE = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)


def answered(body: str | bytes, media_type: str = "application/rss+xml", charset: str | None = None) -> Response:
    return Response(ADDRESS, body.encode() if isinstance(body, str) else body, media_type, charset)


def read(body: str | bytes, charset: str | None = None) -> Feed:
    return read_feed(answered(body, charset=charset))


def items(xml: str) -> tuple[Item, ...]:
    return read(rss([], items=xml)).items


def encoded(content: str) -> str:
    namespace = "xmlns:content='http://purl.org/rss/1.0/modules/content/'"
    return f"<content:encoded {namespace}><![CDATA[{content}]]></content:encoded>"


def test_an_rss_feed_is_read_in_its_order_with_what_it_states() -> None:
    first, second = items(
        "<item><title>The ferry &amp;amp; the &lt;b&gt;tide&lt;/b&gt;</title><link>https://news.example.org/ferry</link>"
        "<guid isPermaLink='false'>f-1</guid><author>Nora Quill</author><description>Soon.</description>"
        "<pubDate>Tue, 03 Feb 2026 10:00:00 +0900</pubDate></item>"
        "<item><title>Bridge</title><link>https://news.example.org/bridge</link></item>"
    )
    assert first == Item(
        title="The ferry & the tide",
        link="https://news.example.org/ferry",
        author="Nora Quill",
        published=datetime(2026, 2, 3, 1, tzinfo=UTC),
        guid="f-1",
    )
    assert (second.title, second.author, second.published) == ("Bridge", None, None)


def test_an_atom_feed_is_read_too() -> None:
    (item,) = read(
        "<feed xmlns='http://www.w3.org/2005/Atom'><title>Post</title><entry><title>Ferry</title>"
        "<link href='/ferry'/><id>urn:1</id><author><name>Nora Quill</name></author>"
        f"<published>2026-02-03T10:00:00Z</published><updated>2026-02-04T10:00:00Z</updated>"
        f"<content type='html'>{WHOLE.replace('<', '&lt;')}</content></entry></feed>"
    ).items
    assert item.link == "https://news.example.org/ferry"
    assert (item.published, item.updated) == (
        datetime(2026, 2, 3, 10, tzinfo=UTC),
        datetime(2026, 2, 4, 10, tzinfo=UTC),
    )
    article = article_of(item, ADDRESS)
    assert article.text.split("\n\n") == PARAGRAPHS
    assert (article.id, article.title, article.author) == ("news.example.org/ferry", "Ferry", "Nora Quill")
    assert (article.url, article.source) == ("https://news.example.org/ferry", "https://news.example.org/ferry")
    assert article.updated == datetime(2026, 2, 4, 10, tzinfo=UTC)


@pytest.mark.parametrize("end", ["…", "[...]", "<p>Read more</p>", "<a href=x>Continue reading →</a>"])
def test_a_teaser_is_not_taken_for_the_whole_story(end: str) -> None:
    link = "<link>https://news.example.org/b</link>"
    assert items(f"<item>{link}{encoded(WHOLE)}</item>")[0].story
    assert items(f"<item>{link}{encoded(WHOLE + end)}</item>")[0].story is None
    assert items(f"<item>{link}{encoded('<p>The ferry opens again in spring.</p>')}</item>")[0].story is None


def test_the_story_of_another_site_is_not_taken_from_the_feed() -> None:
    (item,) = items(f"<item><link>https://elsewhere.example/b</link>{encoded(WHOLE)}</item>")
    assert (item.link, item.story) == ("https://elsewhere.example/b", None)


def test_a_relative_link_is_read_from_the_address_of_the_feed() -> None:
    links = [item.link for item in read(rss(["/a", "b?x=1&y=2", "../c", "//cdn.example/d"])).items]
    assert links == [
        "https://news.example.org/a",
        "https://news.example.org/feeds/b?x=1&y=2",
        "https://news.example.org/c",
        "https://cdn.example/d",
    ]


def test_an_item_that_is_there_twice_is_read_once() -> None:
    assert [
        item.link for item in read(rss(["https://a.example/b", "https://a.example/c", "https://a.example/b"])).items
    ] == [
        "https://a.example/b",
        "https://a.example/c",
    ]


def test_an_item_without_a_link_counts_where_it_holds_the_story_and_is_named_where_not() -> None:
    feed = read(
        rss([], items=f"<item><title>Ferry</title><guid isPermaLink='false'>f-1</guid>{encoded(WHOLE)}</item>"
                      "<item><title>Bridge</title></item><item/>")
    )  # fmt: skip
    (item,) = feed.items
    article = article_of(item, ADDRESS)
    assert (article.id, article.url) == ("news.example.org/feeds/all.xml#f-1", None)
    assert [refusal.reason for refusal in feed.refused] == [
        f"“Bridge” in {ADDRESS} has neither a link nor its whole story: add one of them to the feed.",
        f"“An item” in {ADDRESS} has neither a link nor its whole story: add one of them to the feed.",
    ]


@pytest.mark.parametrize("link", ["javascript:alert(1)", "mailto:a@b.example", "file:///etc/passwd"])
def test_a_link_to_no_page_is_none(link: str) -> None:
    assert read(rss([link])).items == ()


def test_of_5_000_items_the_first_are_read_and_the_feed_is_named() -> None:
    feed = read(rss([f"https://news.example.org/{number}" for number in range(5000)]))
    assert len(feed.items) == MAX_ITEMS == 500
    assert feed.items[-1].link == "https://news.example.org/499"
    (refusal,) = feed.refused
    assert refusal.reason.startswith(f"{ADDRESS} lists 5,000 items, and only the first 500 are read: ")


@pytest.mark.parametrize("date", ["", "<pubDate/>", "<pubDate>soon</pubDate>", "<pubDate>Tue, 99 Feb 99999</pubDate>"])
def test_a_date_that_is_none_leaves_the_item_without(date: str) -> None:
    (item,) = items(f"<item><link>https://a.example/b</link>{date}</item>")
    assert item.published is None


@pytest.mark.parametrize(
    ("encoding", "declared", "charset"),
    [
        ("utf-8", "iso-8859-1", "utf-8"),
        ("iso-8859-1", "utf-8", "iso-8859-1"),
        ("utf-8", "utf-8", None),
        ("windows-1252", "windows-1252", None),
        ("utf-16", "utf-16", None),
    ],
)
def test_a_feed_in_another_encoding_than_it_says_is_read(encoding: str, declared: str, charset: str | None) -> None:
    text = f"<?xml version='1.0' encoding='{declared}'?><rss version='2.0'><channel><item><title>Fähre für Zoë</title><link>https://a.example/b</link></item></channel></rss>"
    (item,) = read(text.encode(encoding), charset).items
    assert item.title == "Fähre für Zoë"


@pytest.mark.parametrize(
    "body",
    [b"", b"<html><body><p>The ferry opens again.</p></body></html>", b"{}", b"\x89PNG" + bytes(100), b"<a><b>", b"https://a.example/feed"],
    ids=["nothing", "page", "json", "picture", "xml", "address"],
)  # fmt: skip
def test_what_is_no_feed_says_so(body: bytes) -> None:
    assert not is_feed(answered(body))
    with pytest.raises(SourceError) as refusal:
        read(body)
    assert str(refusal.value) == (
        f"{ADDRESS} is not a feed: name the address of the site's RSS or Atom feed, or of one story's page."
    )


def test_a_body_that_is_the_name_of_a_file_opens_no_file(tmp_path: Path) -> None:
    path = tmp_path / "feed.xml"
    path.write_text(rss(["https://a.example/secret"]))
    assert not is_feed(answered(str(path)))


def test_a_feed_without_items_is_a_feed() -> None:
    assert read(rss([])) == Feed(())


def test_a_feed_that_breaks_off_is_read_as_far_as_it_goes() -> None:
    whole = rss([f"https://a.example/{number}" for number in range(10)])
    assert len(read(whole[: whole.index("https://a.example/7")]).items) >= 7


ITEM = "<rss version='2.0'><channel><item><title>&{};</title><link>https://a.example/b</link></item></channel></rss>"
ENTITIES = "".join(
    f"<!ENTITY {name} '{f'&{inner};' * 10}'>" for inner, name in zip("abcdefghi", "bcdefghij", strict=True)
)


@pytest.mark.parametrize(
    "body",
    [
        f"<!DOCTYPE r [<!ENTITY a 'aaaaaaaaaa'>{ENTITIES}]>{ITEM.format('j')}",
        f"<!DOCTYPE r [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>{ITEM.format('x')}",
        rss([], items=f"<item><description>{'<div>' * 10_000}</description><link>https://a.example/b</link></item>"),
        rss([], items="<item>" * 2_000),
    ],
    ids=["laughs", "entity", "deep", "items"],
)
def test_a_hostile_feed_ends_soon_and_reads_no_file(body: str) -> None:
    feed = read(body)
    assert all(len(item.title) < 1000 and "root:" not in item.title for item in feed.items)


@pytest.mark.parametrize("piece", ["<item>", "<description>&lt;b&gt;</description>", "&"])
def test_a_feed_of_far_too_many_tags_is_refused_at_once(piece: str) -> None:
    began = time.thread_time()
    with pytest.raises(SourceError) as refused:
        read(f"<rss version='2.0'><channel>{piece * (2_000_000 // len(piece))}")
    assert str(refused.value) == (f"{ADDRESS} has more than 150,000 tags, or 600,000 entities: name a shorter feed.")
    assert time.thread_time() - began < 1


def test_an_item_with_a_long_title_of_odd_marks_is_named_in_a_sentence() -> None:
    (refusal,) = read(rss([], items=f"<item><title>\u202e{'Tides ' * 1000}</title></item>")).refused
    assert refusal.reason.startswith("“\\u202eTides ") and len(refusal.reason) < 400


def test_that_a_page_is_no_feed_is_told_at_once() -> None:
    began = time.thread_time()
    assert not is_feed(answered("<html><body>" + "<p>x</p>" * 250_000, "text/html"))
    assert time.thread_time() - began < 0.5


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_feed_below_a_long_comment_is_a_feed(encoding: str) -> None:
    top = f"<?xml version='1.0' encoding='{encoding}'?><!--{'The ferry. ' * 1000}-->"
    body = top + rss([]).removeprefix("<?xml version='1.0'?>")
    assert is_feed(answered(body.encode(encoding)))


@given(st.data())
def test_a_feed_with_anything_in_it_is_read_or_refused(data: st.DataObject) -> None:
    whole = rss(["https://a.example/b", "http://[::1"], items=f"<item><link>/c</link>{encoded(WHOLE)}</item>").encode()
    start = data.draw(st.integers(0, len(whole)))
    body = whole[:start] + data.draw(st.binary(max_size=40)) + whole[start + data.draw(st.integers(0, 40)) :]
    try:
        feed = read(body, data.draw(st.sampled_from([None, "utf-16", "idna", "nonsense"])))
    except SourceError as error:
        assert str(error).startswith(f"{ADDRESS} is ")
    else:
        assert len(feed.items) <= 3
