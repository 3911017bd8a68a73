"""The Atom feed of corrections: valid, the same for the same corrections, and written at once."""

import stat
import xml.etree.ElementTree as ET
from datetime import UTC, datetime
from pathlib import Path

import feedparser

from bot.services.correction_feed import ATOM, ENTRIES, feed_of, write_feed
from bot.storage.answers import Fate
from bot.storage.corrections import Correction
from index import Rewording

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
FEED = bytes(range(16))
CHANGE = Rewording("Tom & <b>Jerry</b> opened it in 1904.", "Tom & <b>Jerry</b> opened it in 1905.")


def correction(number: int = 1, url: str | None = "https://example.org/a b?x=1&y=ü") -> Correction:
    return Correction(f"{number:032x}", None, "a", Fate.CORRECTED, AT, "<Title>\x0b\ufffe & more", url, (CHANGE,), 2, 3)


def test_the_feed_is_valid_and_everything_in_it_is_escaped() -> None:
    content = feed_of([correction()], FEED)
    parsed = feedparser.parse(content)
    assert not parsed.bozo and parsed.version == "atom10"
    assert parsed.feed.id == "urn:uuid:00010203-0405-0607-0809-0a0b0c0d0e0f"
    assert parsed.feed.updated == "2026-03-01T12:00:00Z" and parsed.feed.author == "Pullquote"
    (entry,) = parsed.entries
    assert entry.id == "urn:uuid:00000000-0000-0000-0000-000000000001" and entry.updated == "2026-03-01T12:00:00Z"
    assert entry.link == "https://example.org/a%20b?x=1&y=%C3%BC"
    root = ET.fromstring(content)
    body = root.findtext(f".//{{{ATOM}}}content")
    assert body == (
        "<p>It said: Tom &amp; &lt;b&gt;Jerry&lt;/b&gt; opened it in <del>1904</del>.</p>"
        "<p>Now it says: Tom &amp; &lt;b&gt;Jerry&lt;/b&gt; opened it in <ins>1905</ins>.</p>"
        "<p>and 2 more places</p><p>3 answers were edited.</p>"
    ), body
    assert root.findtext(f".//{{{ATOM}}}entry/{{{ATOM}}}title") == "Corrected: <Title> & more"


def test_every_element_that_atom_requires_is_there_once() -> None:
    root = ET.fromstring(feed_of([correction(1), correction(2, None)], FEED))
    for element in (root, *root.findall(f"{{{ATOM}}}entry")):
        for name in ("id", "title", "updated"):
            assert len(element.findall(f"{{{ATOM}}}{name}")) == 1, name
    assert len({element.text for element in root.iter(f"{{{ATOM}}}id")}) == 3


def test_it_is_the_same_for_the_same_and_has_an_end() -> None:
    many = [correction(number) for number in range(150)]
    assert feed_of(many, FEED) == feed_of(many, FEED)
    assert len(feedparser.parse(feed_of(many, FEED)).entries) == ENTRIES
    assert feedparser.parse(feed_of([], FEED)).entries == []


def test_it_is_put_in_place_at_once_for_everybody_to_read(tmp_path: Path) -> None:
    file = tmp_path / "corrections.atom"
    write_feed(file, b"one")
    before = file.stat()
    write_feed(file, b"one")
    assert file.stat().st_mtime_ns == before.st_mtime_ns and file.stat().st_ino == before.st_ino
    write_feed(file, b"two")
    assert file.read_bytes() == b"two" and stat.S_IMODE(file.stat().st_mode) == 0o644
    assert [path.name for path in tmp_path.iterdir()] == ["corrections.atom"]
