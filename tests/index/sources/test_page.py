"""What an address answered, as the article it holds."""

import time

import pytest

from index import ArticleError, SourceGone
from index.sources.page import id_of, is_same_site, read_page
from index.sources.web import Response
from tests.index.sources.test_pdf import LINES, pdf
from tests.tools.site import page, story

ADDRESS = "https://news.example.org/2026/ferry"


def answered(
    body: str | bytes, media_type: str = "text/html", charset: str | None = None, address: str = ADDRESS
) -> Response:
    return Response(address, body.encode() if isinstance(body, str) else body, media_type, charset)


def test_a_page_is_its_story_without_what_the_site_adds() -> None:
    head = (
        '<meta name=author content="Nora Quill"><meta property="article:published_time" content="2026-02-03">'
        '<meta property="article:section" content="Local">'
    )
    article = read_page(answered(page("ferry", head=head)))
    assert (article.title, article.author, article.section) == ("The ferry opens", "Nora Quill", "Local")
    assert article.published and article.published.isoformat() == "2026-02-03T00:00:00+00:00"
    assert article.text == story("ferry")
    assert (article.id, article.url, article.source) == ("news.example.org/2026/ferry", ADDRESS, ADDRESS)


@pytest.mark.parametrize(
    ("head", "updated"),
    [
        (
            '<script type="application/ld+json">{"dateModified" : "2026-02-05T11:00:00+01:00"}</script>',
            "2026-02-05T10:00",
        ),
        ('<meta property="article:modified_time" content="2026-02-05T11:00:00Z">', "2026-02-05T11:00"),
        ('<meta property="article:modified_time" content="2026-02-01">', None),
        ('<meta property="article:modified_time" content="yesterday">', None),
    ],
)
def test_a_page_says_when_its_story_was_changed(head: str, updated: str | None) -> None:
    published = '<meta property="article:published_time" content="2026-02-03T09:00:00Z">'
    article = read_page(answered(page("ferry", head=published + head)))
    assert (article.updated.isoformat()[:16] if article.updated else None) == updated


@pytest.mark.parametrize(
    ("canonical", "url"),
    [
        ("https://news.example.org/ferry", "https://news.example.org/ferry"),
        ("https://www.example.org/ferry", "https://www.example.org/ferry"),
        ("/ferry", ADDRESS),
        ("https://elsewhere.example/ferry", ADDRESS),
        ("https://news.example.org/", ADDRESS),
        ("javascript:alert(1)", ADDRESS),
        ("https://[::1", ADDRESS),
    ],
)
def test_a_canonical_address_is_believed_within_the_site(canonical: str, url: str) -> None:
    article = read_page(answered(page("ferry", head=f'<link rel=canonical href="{canonical}">')))
    assert (article.url, article.id) == (url, id_of(url))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://news.example.org/a", "https://www.example.org/b", True),
        ("https://news.example.co.uk/a", "https://example.co.uk/b", True),
        ("https://ada.co.uk/", "https://otto.co.uk/", False),
        ("https://ada.github.io/", "https://otto.github.io/", False),
        ("https://8.8.8.8/", "https://8.8.4.4/", False),
        ("http://127.0.0.1:8000/a", "http://127.0.0.1:8000/b", True),
    ],
)
def test_a_site_is_what_one_owner_has(one: str, other: str, same: bool) -> None:
    assert is_same_site(one, other) == same


@pytest.mark.parametrize(
    ("url", "article_id"),
    [
        ("https://www.example.org/a/b/", "example.org/a/b"),
        ("http://Example.org/a?id=1", "example.org/a?id=1"),
        ("https://example.org/a?utm_source=rss&id=1", "example.org/a?id=1"),
        ("https://example.org/", "example.org"),
    ],
)
def test_an_id_is_the_address_without_what_does_not_matter(url: str, article_id: str) -> None:
    assert id_of(url) == article_id


def test_a_story_that_leads_to_the_front_page_is_gone() -> None:
    front = answered(page("ferry"), address="https://news.example.org/")
    with pytest.raises(SourceGone, match=f"{ADDRESS} leads to the front page"):
        read_page(front, asked=ADDRESS)
    assert read_page(front, asked="https://news.example.org").id == "news.example.org"


def test_the_encoding_that_the_server_names_counts_where_it_fits() -> None:
    text = "<p>Zażółć gęślą jaźń, mówi ona do niego wieczorem nad rzeką, i wraca do domu.</p>"
    assert "gęślą jaźń" in read_page(answered(text.encode("iso8859-2"), charset="iso-8859-2")).text
    assert "gęślą jaźń" in read_page(answered(text.encode(), charset="iso-8859-2")).text
    with pytest.raises(ArticleError, match="encoding"):
        read_page(answered(text.encode("iso8859-2"), charset="no-such-encoding"))


def test_plain_text_and_a_pdf_are_read_as_such() -> None:
    assert read_page(answered(story("ferry"), "text/plain")).text == story("ferry")
    article = read_page(answered(pdf(LINES), "application/pdf"))
    assert (article.title, article.url) == ("The ferry opens again", ADDRESS)


@pytest.mark.parametrize("tag", ["div", "b", "blockquote", "table><tr><td", "ul><li"])
def test_a_page_nested_10_000_deep_is_read(tag: str) -> None:
    article = read_page(answered(f"<html><body>{f'<{tag}>' * 10_000}{story('ferry')}"))
    assert "Ada Brandt bought the ferry from a lighthouse keeper in 2019." in " ".join(article.text.split())


@pytest.mark.parametrize("body", ["", "<html></html>", "<nav>Home</nav>", "PK\x03\x04 zip"])
def test_a_page_without_a_story_says_so(body: str) -> None:
    with pytest.raises(ArticleError) as refusal:
        read_page(answered(body))
    assert str(refusal.value).startswith(f"{ADDRESS} ")


@pytest.mark.parametrize("element", ["<a>", "<p>x", "<h2>Head</h2>", "<br>", "<span>1 Jan 2024</span>"])
def test_a_page_of_far_too_many_elements_is_refused_at_once(element: str) -> None:
    body = f"<title>The ferry</title><article><p>The ferry sails at noon.</p>{element * (2_000_000 // len(element))}"
    began = time.thread_time()
    with pytest.raises(ArticleError) as refused:
        read_page(answered(body))
    assert str(refused.value) == (
        f"{ADDRESS} has more than 32,000 elements, too many for the page of a story: name another page, or save the "
        "story as .txt."
    )
    assert time.thread_time() - began < 2


def test_when_a_page_was_changed_is_looked_for_at_its_beginning() -> None:
    body = "<title>The ferry</title><article><p>The ferry sails at noon.</p>" + "<meta article:modified_time " * 70_000
    began = time.thread_time()
    assert read_page(answered(body)).updated is None
    assert time.thread_time() - began < 2
