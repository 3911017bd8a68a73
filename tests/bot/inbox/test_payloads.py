"""What sites send of their pages: our own format, WordPress, Ghost, and rubbish."""

import json
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.inbox.payloads import MOST, told_in
from bot.inbox.signatures import Rejected
from bot.storage.inbox import Told
from index import Notice

FERRY = "https://news.example.org/2026/ferry/"


def told(content: object) -> tuple[Told, ...]:
    return told_in(json.dumps(content).encode(), "application/json")


def changed(*addresses: str, slug: str = "") -> Told:
    return Told(Notice(addresses or (FERRY,), slug))


def gone(*addresses: str, slug: str = "") -> Told:
    return Told(Notice(addresses or (FERRY,), slug), gone=True)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({"url": FERRY}, (changed(),)),
        ({"url": FERRY, "gone": True}, (gone(),)),
        ({"urls": [FERRY, "https://news.example.org/b", FERRY, 7, "ftp://a/b"]},
         (changed(), changed("https://news.example.org/b"))),
        ([FERRY, {"url": "https://news.example.org/b", "status": "deleted"}],
         (changed(), gone("https://news.example.org/b"))),
    ],
    ids=["one", "gone", "several", "a list"],
)  # fmt: skip
def test_our_own_format(content: object, expected: tuple[Told, ...]) -> None:
    assert told(content) == expected


REST = {
    "id": 7,
    "guid": {"rendered": "https://news.example.org/?p=7"},
    "slug": "ferry",
    "status": "publish",
    "type": "post",
    "link": FERRY,
    "title": {"rendered": "The ferry"},
}
PLUGIN = {
    "post_id": 7,
    "post": {"ID": 7, "post_status": "publish", "post_name": "ferry", "guid": "https://news.example.org/?p=7",
             "post_type": "post"},
    "post_permalink": FERRY,
}  # fmt: skip


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (REST, (changed(),)),
        (PLUGIN, (changed(),)),
        ({"id": 8, "title": "The ferry", "url": FERRY, "author": {"url": "https://a.example/ada"}}, (changed(),)),
        (PLUGIN | {"post_permalink": ""}, (changed("https://news.example.org/?p=7"),)),
        (REST | {"status": "private"}, (gone(slug="ferry"),)),
        (REST | {"status": "draft", "link": "https://news.example.org/?p=7"},
         (gone("https://news.example.org/?p=7", slug="ferry"),)),
        (REST | {"status": "trash", "slug": "ferry__trashed", "link": "https://news.example.org/2026/ferry__trashed/"},
         (gone(slug="ferry"),)),
        (PLUGIN | {"post": {**PLUGIN["post"], "post_status": "trash"}}, (gone(slug="ferry"),)),  # type: ignore[dict-item]
        (PLUGIN | {"post": {**PLUGIN["post"], "post_password": "x"}}, (gone(slug="ferry"),)),  # type: ignore[dict-item]
    ],
    ids=["REST", "a plugin", "flat", "a guid alone", "private", "back to a draft", "in the trash", "a plugin, trash",
         "with a password"],
)  # fmt: skip
def test_wordpress(content: object, expected: tuple[Told, ...]) -> None:
    assert told(content) == expected


@pytest.mark.parametrize("kind", ["revision", "attachment"])
def test_what_is_no_story_of_wordpress_says_nothing(kind: str) -> None:
    with pytest.raises(Rejected, match="names no page"):
        told(REST | {"type": kind})


def test_wordpress_may_send_a_form() -> None:
    form = {"post_id": "7", "post[post_status]": "trash", "post[post_name]": "ferry", "post_permalink": FERRY}
    assert told_in(urlencode(form).encode(), "application/x-www-form-urlencoded") == (gone(slug="ferry"),)


NOW = {"id": "67", "slug": "ferry", "status": "published", "url": FERRY, "title": "The ferry"}


@pytest.mark.parametrize(
    ("post", "expected"),
    [
        ({"current": NOW, "previous": {}}, (changed(),)),
        ({"current": NOW, "previous": {"title": "A ferry", "updated_at": "2026"}}, (changed(),)),
        ({"current": NOW, "previous": {"slug": "old-ferry"}},
         (changed(), gone("https://news.example.org/old-ferry/", slug="old-ferry"))),
        ({"current": NOW | {"status": "draft", "url": "https://news.example.org/p/abc/"},
          "previous": {"status": "published"}},
         (gone("https://news.example.org/p/abc/", slug="ferry"),)),
        ({"current": {}, "previous": NOW}, (gone(slug="ferry"),)),
    ],
    ids=["published", "updated", "renamed", "unpublished", "deleted"],
)  # fmt: skip
def test_ghost(post: dict[str, object], expected: tuple[Told, ...]) -> None:
    assert told({"post": post}) == expected
    assert told({"page": post}) == expected


def test_a_draft_of_ghost_that_nobody_has_seen_says_nothing() -> None:
    draft = {"current": NOW | {"status": "draft"}, "previous": {"status": "draft"}}
    with pytest.raises(Rejected, match="names no page"):
        told({"post": draft})


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400), (b"{", 400), (b"7", 400), (b"\xff", 400), (b"[" * 100_000, 400), (b"{}", 422), (b"[]", 422),
        (json.dumps({"url": "javascript:alert(1)"}).encode(), 422), (json.dumps({"url": ["a"]}).encode(), 422),
        (json.dumps({"url": "https://news.example.org/" + "a" * 2000}).encode(), 422),
        (json.dumps([f"https://news.example.org/{n}" for n in range(MOST + 1)]).encode(), 422),
    ],
)  # fmt: skip
def test_what_says_nothing_is_told_so_in_a_sentence(body: bytes, status: int) -> None:
    with pytest.raises(Rejected) as caught:
        told_in(body, "application/json")
    assert caught.value.status == status and caught.value.sentence.endswith(".")


KEYS = st.sampled_from(["post", "current", "previous", "url", "urls", "status", "slug", "guid", "type", "link"])
RUBBISH = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.just(FERRY),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=5),
)


@given(RUBBISH)
def test_whatever_is_sent_says_something_or_is_refused(content: object) -> None:
    try:
        assert all(one.notice.addresses for one in told(content))
    except Rejected as error:
        assert error.sentence.endswith(".")


@pytest.mark.parametrize(
    "address",
    ["http://[news.example.org/", "https:///ferry", "https://news.example.org/\ud800", "https://news.example.org/\0"],
)
def test_an_address_that_cannot_be_asked_for_is_none(address: str) -> None:
    for content in ({"url": address}, {"link": address, "guid": f"{address}?p=3"}, {"urls": [address]}, [address]):
        with pytest.raises(Rejected, match="names no page"):
            told(content)
    form = urlencode({"post_permalink": "http://[news.example.org/?p=3"}).encode()
    with pytest.raises(Rejected, match="names no page"):
        told_in(form, "application/x-www-form-urlencoded")
    assert told({"urls": [address, FERRY]}) == (changed(),)


def test_a_slug_that_no_address_has_is_left_out() -> None:
    before = {"status": "published", "slug": "\ud800"}
    assert told({"post": {"current": {"status": "draft", "url": FERRY}, "previous": before}}) == (gone(),)
    assert told({"post": {"current": {"status": "published", "url": FERRY}, "previous": before}}) == (changed(),)
