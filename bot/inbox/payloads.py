"""Reads what a site sends about its pages: our own format, WordPress and Ghost. Pure functions.

WordPress: a post as its REST API has it, or what plugins for webhooks send, as JSON or as a form.
https://developer.wordpress.org/rest-api/reference/posts/ - Ghost: https://ghost.org/docs/webhooks/
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from bot.inbox.signatures import Rejected
from bot.storage.inbox import Told
from index import Notice, is_address

MOST = 20
"""How many pages one message may be about."""

MAX_ADDRESS = 2000
_UNUSABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
"""What no address and no part of one has."""

MAX_SLUG = 300
MAX_PARTS = 200
"""How many fields a form may have."""

_ADDRESSES = ("url", "link", "post_permalink", "permalink", "post_url", "guid")
"""Where plugins put the address of a post; the first that is there counts."""

_STATUS = ("status", "post_status", "new_status")
_SLUGS = ("slug", "post_name")
_TYPES = ("type", "post_type")
_PUBLIC = ("publish", "published", "sent", "inherit", "")
_NOT_STORIES = ("revision", "attachment", "nav_menu_item", "product", "customize_changeset", "oembed_cache")
_TRASHED = re.compile(r"__trashed(?:-\d+)?(?=/?$)")
"""What WordPress puts at the end of the address of a post in the trash."""


def told_in(body: bytes, media_type: str) -> tuple[Told, ...]:
    """What a message says of pages, each once. Raises Rejected for one that says nothing."""
    content = _content(body, media_type)
    told = tuple(dict.fromkeys(_told(content)))
    if not told:
        raise Rejected(
            422,
            'The message names no page: send {"url": "https://…"}, a WordPress post with its link, or a Ghost post.',
        )
    if len(told) > MOST:
        raise Rejected(422, f"The message is about {len(told)} pages, and {MOST} are taken at a time: send several.")
    return told


def _content(body: bytes, media_type: str) -> Mapping[str, Any] | Sequence[Any]:
    try:
        text = body.decode("utf-8")
        if media_type == "application/x-www-form-urlencoded":
            return _unfolded(parse_qsl(text, max_num_fields=MAX_PARTS))
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Rejected(400, "The body is neither JSON nor a form: send JSON in UTF-8.") from error
    if not isinstance(found, dict | list):
        raise Rejected(400, "The body is neither JSON nor a form: send JSON in UTF-8.")
    return found


def _unfolded(fields: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """A form as PHP builds it: `post[post_status]` is the field post_status in post."""
    found: dict[str, Any] = {}
    for name, value in fields:
        first, bracket, rest = name.partition("[")
        if not bracket:
            found.setdefault(first, value)
            continue
        inner = found.setdefault(first, {})
        if isinstance(inner, dict):
            inner.setdefault(rest.rstrip("]").partition("]")[0], value)
    return found


def _told(content: Mapping[str, Any] | Sequence[Any]) -> Iterator[Told]:
    if not isinstance(content, Mapping):
        for one in content[: MOST + 1]:
            if isinstance(one, Mapping):
                yield from _told(one)
            elif isinstance(one, str):
                yield from _of_addresses([one], gone=False)
        return
    for kind in ("post", "page"):
        ghost = content.get(kind)
        if isinstance(ghost, Mapping) and isinstance(ghost.get("current"), Mapping):
            yield from _of_ghost(ghost["current"], ghost.get("previous"))
            return
    urls = content.get("urls")
    if isinstance(urls, Sequence) and not isinstance(urls, str):
        for one in urls[: MOST + 1]:
            yield from _of_addresses([one], gone=_is_gone(content))
        return
    yield from _of_post(content)


def _of_ghost(now: Mapping[str, Any], before: object) -> Iterator[Told]:
    """A post of Ghost. What is no longer public has another address, so it is known by its slug."""
    before = before if isinstance(before, Mapping) else {}
    status = str(now.get("status") or "")
    gone = status not in ("published", "sent")
    if gone and before.get("status") not in ("published", "sent", None):
        return  # a draft that nobody has seen
    found = [one for one in (now.get("url"), before.get("url")) if isinstance(one, str)]
    slug = now.get("slug") or before.get("slug")
    yield from _of_addresses(found, gone=gone, slug=slug if gone else "")
    if not gone and before.get("slug"):  # it was renamed: the former address leads elsewhere now
        yield from _of_addresses(found, gone=True, slug=before["slug"], only_slug=True)


def _of_post(content: Mapping[str, Any]) -> Iterator[Told]:
    """A post of WordPress, or what looks like one: its facts may stand in "post", and beside it."""
    post = content.get("post")
    parts = [content, *([post] if isinstance(post, Mapping) else [])]
    if any(str(part.get(name) or "") in _NOT_STORIES for part in parts for name in _TYPES):
        return
    found = [address for name in _ADDRESSES for part in parts if (address := _text_of(part.get(name)))]
    slug = next((slug for name in _SLUGS for part in parts if (slug := _text_of(part.get(name)))), "")
    gone = any(map(_is_gone, parts))
    best = [address for address in found if "?" not in address] or found
    yield from _of_addresses(best[:1] if not gone else best[:3], gone=gone, slug=slug if gone else "")


def _is_gone(part: Mapping[str, Any]) -> bool:
    """Whether a post is not, or no longer, for everybody to read."""
    if part.get("gone") is True or part.get("deleted") is True:
        return True
    status = next((_text_of(part.get(name)) for name in _STATUS if part.get(name)), "")
    return status not in _PUBLIC or bool(part.get("password") or part.get("post_password"))


def _text_of(value: object) -> str:
    """A text, or that in "rendered", as WordPress wraps some."""
    if isinstance(value, Mapping):
        value = value.get("rendered")
    return value.strip() if isinstance(value, str) else ""


def _of_addresses(found: Sequence[object], *, gone: bool, slug: object = "", only_slug: bool = False) -> Iterator[Told]:
    """What is told of one page that has these addresses."""
    texts = [_TRASHED.sub("", one.strip()) for one in found if isinstance(one, str)]
    addresses = tuple(dict.fromkeys(filter(_is_usable, texts)))
    last = _TRASHED.sub("", slug.strip("/")) if isinstance(slug, str) and len(slug) <= MAX_SLUG else ""
    last = "" if _UNUSABLE.search(last) else last
    if only_slug:  # the page is known by its host and that slug alone
        addresses = tuple(f"{urlsplit(one).scheme}://{urlsplit(one).netloc}/{last}/" for one in addresses[:1] if last)
    if addresses:
        yield Told(Notice(addresses, last), gone)


def _is_usable(address: str) -> bool:
    """Whether it is an address that can be kept and asked for."""
    if len(address) > MAX_ADDRESS or not is_address(address) or _UNUSABLE.search(address):
        return False
    try:
        return bool(urlsplit(address).hostname)
    except ValueError:
        return False
