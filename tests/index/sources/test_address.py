"""Which addresses may stand below a quote as a link, and what counts as one that names no scheme."""

import pytest

from index.errors import ArticleError
from index.sources.address import MAX_ADDRESS, complete_address, is_link
from index.sources.document import read_document, read_text
from index.sources.feed import read_feed
from index.sources.web import Response
from tests.tools.site import rss

STORY = "The mill closed in May. It made paper."

NO_LINKS = {
    "a name and password": "https://editor:secret@news.example.org/mill",
    "a name": "https://news.example.org@evil.example/mill",
    "a cloud's metadata": "http://169.254.169.254/latest/meta-data/",
    "this machine": "http://127.0.0.1:8080/",
    "this machine in version 6": "http://[::1]/",
    "a number in disguise": "http://2130706433/",
    "a number in hexadecimal": "http://0x7f.1/",
    "a private network": "http://192.168.1.1/",
    "a mark of direction": "https://news.example.org/\u202emill",
    "a line break": "https://news.example.org/\nmill",
    "a space": "https://news.example.org/the mill",
    "a backslash": "https://news.example.org\\@evil.example/",
    "another scheme": "javascript:alert(1)",
    "no host": "https:///mill",
    "no end": f"https://news.example.org/{'a' * MAX_ADDRESS}",
}


@pytest.mark.parametrize("address", NO_LINKS.values(), ids=NO_LINKS)
def test_an_address_that_readers_should_not_be_led_to_is_no_link(address: str) -> None:
    assert not is_link(address)


@pytest.mark.parametrize(
    "address",
    [
        "https://news.example.org/mill?id=4#top",
        "http://news.example.org:8080/mill",
        "https://intranet/mill",
        "https://zeitung.example/öffnung",
        "https://93.184.216.34/mill",
    ],
)
def test_addresses_of_pages_are_links(address: str) -> None:
    assert is_link(address)


def test_a_machine_known_by_its_number_is_a_link_beside_what_was_read_there() -> None:
    assert is_link("http://127.0.0.1:8080/mill", beside="http://127.0.0.1:8080/feed")
    assert not is_link("http://169.254.169.254/mill", beside="http://127.0.0.1:8080/feed")


@pytest.mark.parametrize("name", ["a name and password", "a cloud's metadata", "a mark of direction"])
def test_front_matter_and_pasted_text_with_such_an_address_are_refused(name: str) -> None:
    page = f"---\nurl: {NO_LINKS[name]}\n---\n{STORY}"
    with pytest.raises(ArticleError, match="has a “url” in its front matter that is not a web address: write it in"):
        read_document(page.encode(), "mill.md", article_id="mill")
    with pytest.raises(ArticleError, match="is not a web address: write it in full, with https://"):
        read_text(STORY, source="pasted", url=NO_LINKS[name])


def test_a_feed_item_with_such_an_address_has_no_link() -> None:
    feed = rss(["https://editor:secret@news.example.org/mill", "https://news.example.org/bridge"])
    found = read_feed(Response("https://news.example.org/feed", feed.encode(), "application/rss+xml"))
    assert [item.link for item in found.items] == ["https://news.example.org/bridge"]
    assert "has neither a link nor its whole story" in found.refused[0].reason


def test_a_page_that_names_such_an_address_as_its_own_has_none() -> None:
    page = (
        "<html><head><title>The mill</title><link rel=canonical href='http://169.254.169.254/mill'></head>"
        f"<body><article><p>{STORY}</p><p>{STORY}</p></article></body></html>"
    )
    assert read_document(page.encode(), "mill.html", article_id="mill").url is None


@pytest.mark.parametrize(
    "address",
    [
        "news.example.org", "news.example.org/feed", "www.example.org/story.html?a=1#b", "News.Example.ORG./feed",
        "news.example.org:443/feed", "zeitung.example/straße", "новости.рф/лента", "xn--fsq.xn--0zwm56d/feed",
        "news.example.org?feed=rss", "a-b.example",
    ],
)  # fmt: skip
def test_an_address_without_a_scheme_is_completed(address: str) -> None:
    assert complete_address(f" {address} ") == complete_address(f"//{address}") == f"https://{address}"


@pytest.mark.parametrize(
    "address",
    [
        "https://news.example.org/feed", "HTTP://news.example.org", "ftp://news.example.org", "mailto:nora@example.org",
        "nora@example.org", "localhost/feed", "127.0.0.1:8000/feed", "news", "news/2026.old/a.md", "./news.example.org",
        "../a.b/c", "/srv/news.example.org", "C:\\news.example.org", "the ferry.opens", ".example", "a..b", "a.",
        "-a.b",
        "news.example.org:feed", "tides.md", "Tides.TXT", "front.page.html", "talk.pdf", "", ".", "..",
    ],
)  # fmt: skip
def test_what_has_a_scheme_or_is_a_path_or_a_document_is_no_address_to_complete(address: str) -> None:
    assert complete_address(address) == address
