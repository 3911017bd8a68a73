"""Fetches public web addresses safely: never an address of this machine or of its network.

Every IP address that a host name resolves to is checked, and the connection goes to one of these, without a second
look-up. Redirects are checked like the first address. Time, bytes and media types are limited. All failures raise
SourceError.
"""

import asyncio
import errno
import socket
import zlib
from collections.abc import AsyncIterator, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from yarl import URL

from index.errors import Remedy, SourceError, SourceGone
from index.naming import named, printable
from index.sources.address import Endpoint, Refused, check_address, complete_address, is_public, refused
from index.sources.limits import DEFAULT_MAX_BYTES

if TYPE_CHECKING:
    import aiohttp
    from multidict import CIMultiDictProxy

    from index.sources.resolver import LookUp

USER_AGENT = "Pullquote/0.1 (a bot that quotes articles word for word, with a link to them)"
MAX_REDIRECTS = 5
MAX_SECONDS = 30.0
"""The time limit for one address, including its redirects."""

AT_ONCE = 4
"""How many addresses are fetched at the same time."""

LOOK_UP_SECONDS = 10.0
"""The time limit for the look-up of one host name."""

LOOK_UPS = 16
"""Threads for name look-ups. There are more than AT_ONCE, because an abandoned look-up keeps its thread until the
system gives up."""

MAX_VALIDATOR = 500
"""The most characters of a validator. An ETag has a few dozen."""

MAX_LINK = 2000
"""The most characters of the headers that name other documents."""

PAGE_TYPES = frozenset({"text/html", "application/xhtml+xml", "text/plain", "text/markdown", "application/pdf"})
FEED_TYPES = frozenset(
    "application/rss+xml application/atom+xml application/rdf+xml application/xml text/xml text/html text/plain".split()
)
"""Many feeds are sent as HTML or plain text."""

_PACKED_TYPES = frozenset({"application/gzip", "application/x-gzip", "application/octet-stream"})


def sitemap_types(address: str) -> frozenset[str]:
    """The media types of a sitemap; those of any file as well, if the address ends as that of a packed one."""
    is_packed = urlsplit(address).path.lower().endswith(".gz")
    return FEED_TYPES | _PACKED_TYPES if is_packed else FEED_TYPES


_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server sent so that it can be asked later whether the document has changed since."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class Response:
    """The answer of an address. `address` is where redirects ended; `body` is None if nothing has changed."""

    address: str
    body: bytes | None
    media_type: str = ""
    charset: str | None = None
    validators: Validators = Validators()
    link: str = ""
    """The header that names other documents, such as a hub of a feed."""


class Web:
    """Fetches public addresses, a few at a time. An asynchronous context manager.

    `allow` lists endpoints that may be reached although they are not public. It is only for tests.
    """

    def __init__(
        self,
        *,
        max_bytes: int = DEFAULT_MAX_BYTES,
        seconds: float = MAX_SECONDS,
        allow: Collection[Endpoint] = (),
        look_up: "LookUp | None" = None,
    ) -> None:
        self.max_bytes = max_bytes
        self._seconds = seconds
        self._allow = frozenset(allow)
        self._threads: ThreadPoolExecutor | None = None
        self._look_up = look_up or self._resolve
        self._session: aiohttp.ClientSession | None = None
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def __aenter__(self) -> Self:
        import aiohttp

        from index.sources.resolver import Resolver

        self._threads = ThreadPoolExecutor(LOOK_UPS, "look-up")  # not the event loop's: its other work must not wait
        connector = aiohttp.TCPConnector(
            resolver=Resolver(self._look_up, self._allow),
            use_dns_cache=False,
            socket_factory=self._open_socket,
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None),
            headers={"User-Agent": USER_AGENT, "Accept-Encoding": "gzip"},
            auto_decompress=False,  # done below, a limited piece at a time
            trust_env=False,  # a proxy would look names up itself, without the checks made here
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)

    def check(self, address: str) -> str:
        """The normalized form of an address that somebody gave. Raises SourceError if it must not be fetched.

        An address that names no scheme counts as one with https.
        """
        return str(check_address(complete_address(address), self._allow))

    async def send_form(self, address: str, fields: Mapping[str, str]) -> None:
        """Post a form to `address`, without following redirects. Raises SourceError unless that is taken."""
        import aiohttp

        name = named(address)
        url = check_address(address, self._allow)
        try:
            async with (
                self._slots,
                asyncio.timeout(self._seconds),
                self._opened.post(url, data=dict(fields), allow_redirects=False) as response,
            ):
                if not 200 <= response.status < 300:
                    raise SourceError(f"{name} answers {response.status} to a request: try again later.")
        except TimeoutError as error:
            raise SourceError(f"{name} did not answer within {self._seconds:g} seconds: try again later.") from error
        except Refused as error:
            raise SourceError(str(error)) from error
        except (aiohttp.ClientError, aiohttp.http_exceptions.HttpProcessingError, OSError, ValueError) as error:
            if isinstance(error.__cause__, Refused):
                raise SourceError(str(error.__cause__)) from error
            raise SourceError(
                f"{name} cannot be reached ({_cause(error)}): check the address, and that the site is up."
            ) from error

    async def get(
        self,
        address: str,
        types: Collection[str],
        *,
        since: Validators | None = None,
        max_bytes: int | None = None,
    ) -> Response:
        """Fetch `address` and follow redirects. With `since`, the answer may be that nothing has changed.

        Raises SourceGone if the answer is "not found" or "gone", and SourceError if it is anything else than a document
        of one of the media `types` within the limits.
        """
        import aiohttp

        name = named(address)
        try:
            async with self._slots, asyncio.timeout(self._seconds):  # the wait for a slot does not count
                return await self._follow(address, types, since or Validators(), max_bytes or self.max_bytes)
        except TimeoutError as error:
            raise SourceError(
                f"{name} did not answer in full within {self._seconds:g} seconds: try again later, or name another "
                "address."
            ) from error
        except Refused as error:
            raise SourceError(str(error)) from error
        except (aiohttp.ClientError, aiohttp.http_exceptions.HttpProcessingError, OSError, ValueError) as error:
            if isinstance(error.__cause__, Refused):
                raise SourceError(str(error.__cause__)) from error
            raise SourceError(
                f"{name} cannot be reached ({_cause(error)}): check the address, and that the site is up."
            ) from error

    async def _follow(self, address: str, types: Collection[str], since: Validators, max_bytes: int) -> Response:
        url, seen = check_address(address, self._allow), set[URL]()
        while True:
            seen.add(url)
            async with self._opened.get(url, allow_redirects=False, headers=_conditions(since, types)) as response:
                if response.status == 304 and since != Validators():
                    return Response(str(url), None, validators=since)
                if response.status not in _REDIRECTS:
                    return await self._read(response, types, max_bytes)
                target = response.headers.get("Location", "")
            try:
                to = url.join(URL(target)).with_fragment(None) if target else None
            except ValueError:
                to = None
            if to is None:
                raise SourceError(
                    f"{named(str(url))} redirects to no address: name the address that a browser ends at."
                )
            try:
                url = check_address(str(to), self._allow)
            except SourceError as error:
                raise SourceError(f"{named(address)} redirects elsewhere, and {error}") from error
            if url in seen:
                raise SourceError(f"{named(address)} redirects in a loop: name the address that a browser ends at.")
            if len(seen) > MAX_REDIRECTS:
                raise SourceError(
                    f"{named(address)} redirects more than {MAX_REDIRECTS} times: name the address that a browser "
                    "ends at."
                )

    @property
    def _opened(self) -> "aiohttp.ClientSession":
        if self._session is None:
            raise RuntimeError("a Web is used in `async with`")
        return self._session

    async def _read(self, response: "aiohttp.ClientResponse", types: Collection[str], max_bytes: int) -> Response:
        address, status, headers = str(response.url), response.status, response.headers
        url = named(address)
        if status in (404, 410):
            raise SourceGone(f"{url} answers {status}, nothing is there", "check the address, or leave it out")
        if status in (401, 403, 407):
            raise SourceError(
                f"{url} answers {status} and wants a login: name an address that opens without one, or save the "
                "article as a file."
            )
        if status != 200:
            raise SourceError(f"{url} answers {status} instead of a page: try again later, or name another address.")
        media_type = response.content_type if "Content-Type" in headers else "text/html"
        if media_type not in types:
            raise SourceError(
                f"{url} is of the type {named(media_type)}, no article: name the address of the story's page."
            )
        cause = f"{url} has more than the {max_bytes:,} bytes allowed, unpacked: name another address"
        is_set = max_bytes == self.max_bytes
        too_large = SourceError(cause, Remedy.RAISE_LIMIT) if is_set else SourceError(f"{cause}, or split it.")
        body = await _whole(_decompressed(response, url), max_bytes, too_large)
        charset = response.charset if (response.charset or "").isascii() else None
        validators = Validators(_usable(headers.get("ETag")), _usable(headers.get("Last-Modified")))
        return Response(
            address, body, media_type, charset, validators, ", ".join(headers.getall("Link", ()))[:MAX_LINK]
        )

    async def _resolve(self, host: str, port: int) -> list[str]:
        look_up = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
        try:
            async with asyncio.timeout(LOOK_UP_SECONDS):
                found = await asyncio.get_running_loop().run_in_executor(self._threads, look_up)
        except TimeoutError as error:
            words = f"its name was not found within {LOOK_UP_SECONDS:g} seconds"
            raise OSError(errno.ETIMEDOUT, words) from error
        return list(dict.fromkeys(str(place[0]) for *_, place in found))

    def _open_socket(self, info: "aiohttp.AddrInfoType") -> socket.socket:
        """Make the socket for a connection. This is the last place to check the IP address, wherever it came from."""
        family, kind, protocol, _, place = info
        if (str(place[0]), place[1]) not in self._allow and not is_public(str(place[0])):
            raise refused(str(place[0]))
        return socket.socket(family, kind, protocol)


def _conditions(since: Validators, types: Collection[str]) -> dict[str, str]:
    asked = {"If-None-Match": since.etag, "If-Modified-Since": since.last_modified}
    return {"Accept": ", ".join(sorted(types))} | {name: value for name, value in asked.items() if value}


def _usable(validator: str | None) -> str | None:
    """The validator, if it can be stored and sent back, else None. A header may contain bytes that are no text."""
    return validator if validator and validator.isascii() and len(validator) <= MAX_VALIDATOR else None


async def _decompressed(response: "aiohttp.ClientResponse", url: str) -> AsyncIterator[bytes]:
    """The body, decompressed if necessary, in pieces of at most _CHUNK bytes."""
    encoding = _encoding(response.headers)
    chunks = response.content.iter_chunked(_CHUNK)
    if encoding in ("", "identity"):
        async for chunk in chunks:
            yield chunk
        return
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise SourceError(f"{url} is packed as {named(encoding)}, which was not asked for: try again later.")
    unpacker = zlib.decompressobj(wbits=47)  # 47: gzip or zlib, as the header says
    try:
        async for chunk in chunks:
            while chunk:
                if unpacker.eof:
                    unpacker = zlib.decompressobj(wbits=47)
                yield unpacker.decompress(chunk, _CHUNK)
                chunk = unpacker.unconsumed_tail or unpacker.unused_data
    except zlib.error as error:
        raise SourceError(f"{url} is packed in a way that cannot be unpacked: try again later.") from error
    if not unpacker.eof:
        raise SourceError(f"{url} broke off in the middle: try again later.")


def _encoding(headers: "CIMultiDictProxy[str]") -> str:
    return headers.get("Content-Encoding", "").strip().lower()


async def _whole(pieces: AsyncIterator[bytes], max_bytes: int, too_large: SourceError) -> bytes:
    body = bytearray()
    async for piece in pieces:
        body += piece
        if len(body) > max_bytes:
            raise too_large
    return bytes(body)


def _cause(error: Exception) -> str:
    """The system's own words for `error`, on one line."""
    reason = getattr(error, "os_error", error)
    words = getattr(reason, "strerror", None) or str(reason) or type(reason).__name__
    return printable(" ".join(words.split())).rstrip(".")[:200]
