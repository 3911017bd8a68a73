"""Turns the bytes of a sitemap into the addresses that it lists. It uses only the bytes: no network.

It reads the XML of the sitemaps protocol, sitemaps of news, indexes of sitemaps, and lists of addresses as plain text,
each also packed by gzip. https://www.sitemaps.org/protocol.html
"""

import re
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from index.errors import SourceError
from index.naming import named
from index.sources.address import is_link
from index.sources.drafts import MAX_FACT
from index.sources.page import is_same_site
from index.sources.web import Response
from index.types import as_utc

if TYPE_CHECKING:
    from xml.parsers.expat import XMLParserType

MAX_LISTED = 50_000
"""How many addresses one sitemap may list, as the protocol says. What follows is not read."""

MAX_UNPACKED = 52_428_800
"""Bytes of one sitemap, unpacked, as the protocol says."""

MAX_KEPT = 20_000
"""How many addresses of one sitemap are taken, the newest first."""

MAX_VALUE = 4_000
"""Characters of one value. An address has 2,000 at most."""

MAX_DEPTH = 32
"""How deep elements may lie in one another. A sitemap of news has four levels."""

MAX_MOMENT = 40
"""Characters of a time."""

_ROOT = re.compile(rb"<(?:[\w.-]{1,40}:)?(?:urlset|sitemapindex)\b")
_BEGINNING = 64_000
"""The root element of a sitemap must be in this many first bytes."""

_GZIP = b"\x1f\x8b"
_OLDEST = datetime.min.replace(tzinfo=UTC)
_FIELDS = {"loc", "lastmod", "news/title", "news/publication_date"}


@dataclass(frozen=True, slots=True)
class Listed:
    """One address in a sitemap. `modified` is when it was changed last, in the very words of the sitemap.

    `title` and `published` are only in a sitemap of news.
    """

    address: str
    modified: str | None = None
    title: str = ""
    published: datetime | None = None

    @property
    def moment(self) -> datetime:
        """When it was changed or published last, as far as that is said; else long ago."""
        return _moment(self.modified) or self.published or _OLDEST


@dataclass(frozen=True, slots=True)
class Sitemap:
    """What a sitemap lists: `pages`, or as an index other `sitemaps`; the newest first, each address once.

    `elsewhere` counts addresses of other sites, which are left out, and `beyond` those over the limits. `size` is in
    bytes, unpacked.
    """

    pages: tuple[Listed, ...] = ()
    sitemaps: tuple[Listed, ...] = ()
    elsewhere: int = 0
    beyond: int = 0
    size: int = 0


def is_sitemap(response: Response) -> bool:
    """Whether an address answered with a sitemap. Raises SourceError for one that cannot be unpacked."""
    body = _unpacked(response)
    return bool(_ROOT.search(body[:_BEGINNING].replace(b"\0", b""))) or bool(_lines_of(response, body))


def read_sitemap(response: Response) -> Sitemap:
    """Read what a sitemap lists. Raises SourceError if it is none."""
    body = _unpacked(response)
    if lines := _lines_of(response, body):
        return _sitemap([Listed(line) for line in lines], [], response.address, len(body))
    if not _ROOT.search(body[:_BEGINNING].replace(b"\0", b"")):
        raise SourceError(f"{named(response.address)} is not a sitemap: name the address of the site's sitemap.")
    found = _Elements(response.address)
    found.read(body)
    return _sitemap(found.pages, found.sitemaps, response.address, len(body), found.beyond)


def _sitemap(pages: list[Listed], sitemaps: list[Listed], address: str, size: int, beyond: int = 0) -> Sitemap:
    """Those of the site, the newest first. The site's front page is no story, so it is left out."""
    kept_pages, elsewhere = _of_the_site(pages, address)
    kept_sitemaps, more = _of_the_site(sitemaps, address)
    kept_pages = [page for page in kept_pages if urlsplit(page.address).path.strip("/") or urlsplit(page.address).query]
    beyond += max(len(kept_pages) - MAX_KEPT, 0)
    return Sitemap(tuple(kept_pages[:MAX_KEPT]), tuple(kept_sitemaps[:MAX_KEPT]), elsewhere + more, beyond, size)


def _of_the_site(listed: Iterable[Listed], address: str) -> tuple[list[Listed], int]:
    """The addresses of the sitemap's own site, each once, the newest first; and how many others there were."""

    @cache
    def is_own(host: str) -> bool:
        return is_same_site(f"https://{host}/", address)

    found: dict[str, Listed] = {}
    elsewhere = 0
    for one in listed:
        if not is_link(one.address, beside=address):
            continue
        if is_own(urlsplit(one.address).netloc):
            found.setdefault(one.address, one)
        else:
            elsewhere += 1
    return sorted(found.values(), key=lambda one: one.moment, reverse=True), elsewhere


def _unpacked(response: Response) -> bytes:
    """The body, unpacked if it was packed by gzip. Raises SourceError."""
    body, name = response.body or b"", named(response.address)
    if not body.startswith(_GZIP):
        if len(body) > MAX_UNPACKED:
            raise _too_large(name)
        return body
    pieces, size = [], 0
    try:
        while body:
            unpacker = zlib.decompressobj(wbits=31)
            pieces.append(unpacker.decompress(body, MAX_UNPACKED + 1 - size))
            size += len(pieces[-1])
            if size > MAX_UNPACKED:
                raise _too_large(name)
            if not unpacker.eof:
                raise SourceError(f"{name} broke off in the middle: try again later.")
            body = unpacker.unused_data if unpacker.unused_data.startswith(_GZIP) else b""
    except zlib.error as error:
        raise SourceError(f"{name} is packed in a way that cannot be unpacked: try again later.") from error
    return b"".join(pieces)


def _too_large(name: str) -> SourceError:
    return SourceError(f"{name} has more than the {MAX_UNPACKED:,} bytes of a sitemap, unpacked: split it.")


def _lines_of(response: Response, body: bytes) -> list[str]:
    """The addresses in a list of plain text; none if it has any other line, or is of another type."""
    if response.media_type not in ("text/plain", "application/gzip", "application/x-gzip", "application/octet-stream"):
        return []
    if not body[:100].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith((b"http://", b"https://")):
        return []
    try:
        lines = [line.strip() for line in body.decode("utf-8-sig").splitlines()]
    except UnicodeDecodeError:
        return []
    lines = [line for line in lines if line]
    are_addresses = all(line.lower().startswith(("http://", "https://")) and " " not in line for line in lines)
    return lines[:MAX_LISTED] if are_addresses else []


class _Elements:
    """Reads the elements of a sitemap's XML as they come, so that no tree of them is built."""

    def __init__(self, address: str) -> None:
        self.pages: list[Listed] = []
        self.sitemaps: list[Listed] = []
        self.beyond = 0
        self._address = address
        self._path: list[str] = []
        self._values: dict[str, str] = {}
        self._text: list[str] | None = None
        self._room = 0

    def read(self, body: bytes) -> None:
        """Read all of it. Raises SourceError for what is broken, or declares entities, which no sitemap needs."""
        from xml.parsers import expat

        parser: XMLParserType = expat.ParserCreate()
        parser.buffer_text = True
        handlers: dict[str, Callable[..., None]] = {
            "StartElementHandler": self._begin,
            "EndElementHandler": self._end,
            "CharacterDataHandler": self._add,
            "StartDoctypeDeclHandler": self._refuse,
        }
        for name, handler in handlers.items():
            setattr(parser, name, handler)
        try:
            parser.Parse(body.lstrip(), True)
        except (expat.ExpatError, ValueError, LookupError) as error:
            raise SourceError(
                f"{named(self._address)} is broken and cannot be read: check the address of the sitemap."
            ) from error

    def _refuse(self, *_: object) -> None:
        raise SourceError(f"{named(self._address)} is broken and cannot be read: check the address of the sitemap.")

    def _begin(self, name: str, _: object) -> None:
        if len(self._path) >= MAX_DEPTH:
            self._refuse()
        self._path.append(name.rpartition(":")[2])
        if self._field in _FIELDS:
            self._text, self._room = [], MAX_VALUE

    def _add(self, text: str) -> None:
        if self._text is not None and self._room > 0:
            self._text.append(text[: self._room])
            self._room -= len(text)

    def _end(self, _: str) -> None:
        if self._text is not None and self._field in _FIELDS:
            self._values[self._field] = " ".join("".join(self._text).split())
            self._text = None
        if len(self._path) == 2:
            self._close(self._path[1])
            self._values = {}
        self._path.pop()

    @property
    def _field(self) -> str:
        """What lies in an entry, such as "loc" and "news/title"; images have a "loc" of their own, at "image/loc"."""
        return "/".join(self._path[2:])

    def _close(self, kind: str) -> None:
        """Take the entry that ends here."""
        address = self._values.get("loc", "")
        if not address or kind not in ("url", "sitemap"):
            return
        if len(self.pages) + len(self.sitemaps) >= MAX_LISTED:
            self.beyond += 1
            return
        into = self.pages if kind == "url" else self.sitemaps
        modified = self._values.get("lastmod", "")
        into.append(
            Listed(
                urljoin(self._address, address) if "://" not in address else address,
                modified if 0 < len(modified) <= MAX_MOMENT else None,
                self._values.get("news/title", "")[:MAX_FACT],
                _moment(self._values.get("news/publication_date")),
            )
        )


def _moment(text: str | None) -> datetime | None:
    """A time as W3C writes it; None if there is none, or if it cannot be read."""
    try:
        return as_utc(text) if text and len(text) <= MAX_MOMENT else None
    except (ValueError, OverflowError):
        return None
