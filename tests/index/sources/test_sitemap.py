"""Sitemaps: addresses of the same site, the newest first, whatever state the sitemap is in."""

import gzip
import zlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index import SourceError
from index.sources import sitemap
from index.sources.sitemap import Listed, Sitemap, is_sitemap, read_sitemap
from index.sources.web import Response

ADDRESS = "https://news.example.org/sitemap.xml"
HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
NAMESPACES = (
    'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
    'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9" '
    'xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"'
)
SITE = "https://news.example.org"


def urlset(*entries: str) -> bytes:
    return f"{HEAD}<urlset {NAMESPACES}>{''.join(f'<url>{entry}</url>' for entry in entries)}</urlset>".encode()


def answered(body: bytes, media_type: str = "application/xml", address: str = ADDRESS) -> Response:
    return Response(address, body, media_type)


def read(body: bytes, media_type: str = "application/xml") -> Sitemap:
    return read_sitemap(answered(body, media_type))


def listed(body: bytes) -> list[str]:
    return [page.address.removeprefix(SITE) for page in read(body).pages]


def test_addresses_come_the_newest_first_with_what_is_stated_of_each() -> None:
    found = read(
        urlset(
            f"<loc>{SITE}/old</loc>",
            f"<loc> {SITE}/second </loc><lastmod>2026-01-02</lastmod><priority>0.5</priority>",
            f"<loc>{SITE}/first?a=1&amp;b=2</loc><lastmod>2026-01-02T10:00:00+01:00</lastmod>",
        )
    )
    assert found.pages == (
        Listed(f"{SITE}/first?a=1&b=2", "2026-01-02T10:00:00+01:00"),
        Listed(f"{SITE}/second", "2026-01-02"),
        Listed(f"{SITE}/old"),
    )
    assert (found.sitemaps, found.elsewhere, found.beyond) == ((), 0, 0)


def test_a_sitemap_of_news_states_title_and_time_and_images_are_no_pages() -> None:
    news = (
        "<news:news><news:publication><news:name>The Post</news:name><news:language>en</news:language>"
        "</news:publication><news:publication_date>2026-01-05T10:00:00Z</news:publication_date>"
        "<news:title>The ferry &amp; the tide</news:title></news:news>"
    )
    image = f"<image:image><image:loc>{SITE}/ferry.png</image:loc><image:title>A ferry</image:title></image:image>"
    (page,) = read(urlset(f"<loc>{SITE}/ferry</loc>{image}{news}")).pages
    published = datetime(2026, 1, 5, 10, tzinfo=UTC)
    assert page == Listed(f"{SITE}/ferry", None, "The ferry & the tide", published)
    assert page.moment == published


def test_only_the_own_site_counts_and_its_front_page_does_not() -> None:
    found = read(
        urlset(
            f"<loc>{SITE}/</loc>",
            "<loc>https://www.example.org/same-owner</loc>",
            "<loc>https://elsewhere.example.com/a</loc>",
            "<loc>http://127.0.0.1/inside</loc>",
            "<loc>javascript:alert(1)</loc>",
            "<loc>/relative</loc>",
            f"<loc>{SITE}/a</loc><lastmod>yesterday</lastmod>",
            f"<loc>{SITE}/a</loc>",
            "<lastmod>2026-01-01</lastmod>",
        )
    )
    assert [page.address for page in found.pages] == [
        "https://www.example.org/same-owner",
        f"{SITE}/relative",
        f"{SITE}/a",
    ]
    assert found.elsewhere == 1


def test_an_index_names_sitemaps_and_no_pages() -> None:
    entries = "".join(
        f"<sitemap><loc>{SITE}/map{n}.xml.gz</loc><lastmod>2026-01-0{n}</lastmod></sitemap>" for n in (1, 3, 2)
    )
    found = read(f"{HEAD}<sitemapindex {NAMESPACES}>{entries}</sitemapindex>".encode())
    assert [one.address.removeprefix(SITE) for one in found.sitemaps] == [f"/map{n}.xml.gz" for n in (3, 2, 1)]
    assert found.pages == ()


def test_a_list_of_addresses_as_plain_text_is_a_sitemap_and_other_text_is_none() -> None:
    text = f"\ufeff{SITE}/a\r\n\r\n{SITE}/b\n".encode()
    assert [page.address for page in read(text, "text/plain").pages] == [f"{SITE}/a", f"{SITE}/b"]
    assert is_sitemap(answered(text, "text/plain"))
    for other in (f"{SITE}/a is where the story is.", "The ferry opened.\nhttps://a.example.org/", ""):
        assert not is_sitemap(answered(other.encode(), "text/plain"))
    assert not is_sitemap(answered(text, "text/html"))


def test_a_packed_sitemap_is_unpacked_also_in_several_parts() -> None:
    body = urlset(f"<loc>{SITE}/a</loc>")
    packed = gzip.compress(body)
    parts = gzip.compress(body[:50]) + gzip.compress(body[50:])
    for each in (packed, parts, packed + b"\0\0\0"):
        assert is_sitemap(answered(each, "application/gzip"))
        assert [page.address for page in read(each, "application/gzip").pages] == [f"{SITE}/a"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"\x1f\x8b" + b"no gzip at all", "is packed in a way that cannot be unpacked: try again later."),
        (gzip.compress(urlset("<loc>a</loc>"))[:-20], "broke off in the middle: try again later."),
        (b"<html>Hello</html>", "is not a sitemap: name the address of the site's sitemap."),
        (urlset("<loc>a</loc>")[:-9], "is broken and cannot be read: check the address of the sitemap."),
        (b"<!DOCTYPE urlset [<!ENTITY a 'b'>]><urlset><url><loc>&a;</loc></url></urlset>", "is broken and cannot be"),
        (b"<urlset>" + b"<a>" * 100 + b"</a>" * 100 + b"</urlset>", "is broken and cannot be read: check the address"),
    ],
    ids=["no gzip", "half of one", "a page", "cut off", "entities", "deep"],
)
def test_what_cannot_be_read_is_said_in_a_sentence(body: bytes, said: str) -> None:
    with pytest.raises(SourceError) as caught:
        read(body)
    assert said in str(caught.value) and str(caught.value).startswith("https://news.example.org/sitemap.xml")


def test_a_bomb_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemap, "MAX_UNPACKED", 1_000_000)
    bomb = zlib.compressobj(9, wbits=31)
    packed = bomb.compress(b"<urlset>" + b" " * 200_000_000) + bomb.flush()
    assert len(packed) < 250_000
    with pytest.raises(SourceError, match=r"has more than the 1,000,000 bytes of a sitemap, unpacked: split it\.$"):
        read(packed)
    with pytest.raises(SourceError, match="has more than the"):
        is_sitemap(answered(packed))


def test_of_too_many_addresses_the_newest_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemap, "MAX_KEPT", 3)
    entries = [f"<loc>{SITE}/{n}</loc><lastmod>2026-01-{n:02}</lastmod>" for n in range(1, 8)]
    assert listed(urlset(*entries)) == ["/7", "/6", "/5"]
    assert read(urlset(*entries)).beyond == 4
    monkeypatch.setattr(sitemap, "MAX_LISTED", 5)
    found = read(urlset(*entries))
    assert ([page.address[-1] for page in found.pages], found.beyond) == (["5", "4", "3"], 4)


def test_a_sitemap_of_50000_addresses_takes_little_time() -> None:
    body = urlset(*(f"<loc>{SITE}/{n}</loc><lastmod>2026-01-01T00:00:{n % 60:02}Z</lastmod>" for n in range(50_000)))
    found = read(body)
    assert (len(found.pages), found.beyond) == (20_000, 30_000)


@settings(max_examples=60)
@given(st.binary(max_size=300), st.integers(0, 200))
def test_whatever_stands_there_is_read_or_refused(rubbish: bytes, place: int) -> None:
    body = urlset(f"<loc>{SITE}/a</loc><lastmod>2026-01-01</lastmod>")
    for each in (rubbish, body[:place] + rubbish + body[place:], gzip.compress(body)[:place] + rubbish):
        try:
            assert all(page.address.startswith("http") for page in read(each).pages)
        except SourceError as error:
            assert str(error).endswith(".")


def test_nothing_of_this_machine_is_read(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    body = f"<!DOCTYPE a [<!ENTITY x SYSTEM 'file://{tmp_path}/secret'>]><urlset><url><loc>&x;</loc></url></urlset>"
    with pytest.raises(SourceError):
        read(body.encode())
