"""Guarded fetching: what is refused, what passes, and a clear sentence for whatever goes wrong."""

import asyncio
import gzip
import os
import threading
import time
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler

import pytest
from yarl import URL

from index import SourceError, SourceGone, Web
from index.sources.address import check_address, is_public
from index.sources.web import PAGE_TYPES, USER_AGENT, Response, Validators
from tests.tools.site import Answer, Site, page

REFUSED_ADDRESSES = """
0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 100.127.255.255 127.0.0.1 127.255.255.254
168.63.129.16 169.254.0.1 169.254.169.254 169.254.170.2 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.192 192.0.2.1
192.88.99.1 192.168.0.1 192.168.255.255 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255
240.0.0.1 255.255.255.255
:: ::1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::ffff:a9fe:a9fe ::ffff:0:127.0.0.1
64:ff9b::127.0.0.1 64:ff9b::a9fe:a9fe 64:ff9b::10.0.0.1 64:ff9b:1::1 100::1 2001::1 2001:0:7f00:1::1 2001:2::1
2001:10::1 2001:20::1 2001:db8::1 2002:7f00:1:: 2002:a9fe:a9fe::1 2002:808:808::1 3fff::1 4000::1 5f00::1 fc00::1
fd00:ec2::254 fe80::1 fe80::1%eth0 fec0::1 ff02::1
""".split()  # fmt: skip

PUBLIC_ADDRESSES = """
1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0 169.253.255.255 172.15.0.1
172.32.0.0 192.167.255.255 192.169.0.0 198.17.0.1 198.20.0.1 223.255.255.255
2606:4700::1111 2a00:1450:4001::1 2400:cb00::1 ::ffff:8.8.8.8 64:ff9b::8.8.8.8
""".split()

REFUSED_URLS = """
http://127.0.0.1/ http://127.1/ http://127.0.1/ http://127.0.0.1./ http://0x7f.1/ http://0x7f000001/ http://0x7F.0.0.0x1/
http://2130706433/ http://017700000001/ http://0177.0.0.1/ http://127.0.0.01/ http://00/ http://0/
http://[::1]/ http://[::ffff:127.0.0.1]/ http://[::ffff:7f00:1]/ http://[0:0:0:0:0:ffff:7f00:1]/ http://[::]/
http://[fe80::1%25eth0]/ http://[64:ff9b::7f00:1]/ http://[2002:7f00:1::]/ http://[fd00:ec2::254]/
http://１２７.０.０.１/ http://①②⑦.⓪.⓪.①/ http://127。0。0。1/ http://%31%32%37.0.0.1/
http://169.254.169.254/latest/meta-data/ http://0xa9fea9fe/ http://2852039166/ http://[::ffff:a9fe:a9fe]/
http://metadata.google.internal/ http://localhost/ http://LOCALHOST./ http://a.localhost/ http://printer.local/
http://router.lan/ http://intranet/ http://10.0.0.1/ http://192.168.1.1/ http://100.64.0.1/ http://224.0.0.1/
http://news.example.org:8080/ http://news.example.org:22/ https://news.example.org:80/ http://news.example.org:443/
https://user:secret@news.example.org/ http://news.example.org@127.0.0.1/ http://8.8.8.8@127.0.0.1/
ftp://news.example.org/a file:///etc/passwd gopher://127.0.0.1/ data:text/html,hi javascript:alert(1)
//news.example.org/ news.example.org/story http:/// http:// https://?q http://news.example.org\\@127.0.0.1/ http://[::1
http://news.example.org:99999/ http://news.example.org:port/ http://-/
""".split()

PASSING_URLS = {
    "https://news.example.org": "https://news.example.org/",
    " https://News.Example.org/a?b=c#d ": "https://news.example.org/a?b=c",
    "http://news.example.org:80/": "http://news.example.org/",
    "https://news.example.org:443/x": "https://news.example.org/x",
    "https://8.8.8.8/": "https://8.8.8.8/",
    "https://[2606:4700::1111]/": "https://[2606:4700::1111]/",
    "https://bücher.example/straße": "https://xn--bcher-kva.example/stra%C3%9Fe",
    "https://news.example.org./": "https://news.example.org./",
}


@pytest.mark.parametrize("address", REFUSED_ADDRESSES)
def test_a_machine_that_is_not_on_the_public_internet_is_refused(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC_ADDRESSES)
def test_a_machine_on_the_public_internet_passes(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", [*REFUSED_URLS, "", " ", "http://a b.example/", "http://a.example/\nb", "x" * 3000])
def test_an_address_that_is_none_of_the_public_web_is_refused_in_a_sentence(address: str) -> None:
    with pytest.raises(SourceError) as refusal:
        check_address(address)
    assert str(refusal.value).endswith(".")
    assert ": " in str(refusal.value)


@pytest.mark.parametrize(("address", "url"), PASSING_URLS.items())
def test_an_address_of_the_public_web_passes(address: str, url: str) -> None:
    assert str(check_address(address)) == url


def test_a_password_in_an_address_is_not_repeated() -> None:
    with pytest.raises(SourceError) as refusal:
        check_address("https://user:secret@news.example.org/")
    assert "secret" not in str(refusal.value)


# Names, and where they lead


@pytest.mark.parametrize("address", REFUSED_ADDRESSES)
async def test_a_name_that_leads_there_is_refused_before_anything_is_sent(address: str) -> None:
    async def look_up(host: str, port: int) -> list[str]:
        return ["8.8.8.8", address]

    async with Web(look_up=look_up) as web:
        with pytest.raises(SourceError, match="evil.example is not on the public internet"):
            await web.get("https://evil.example/", PAGE_TYPES)


async def test_a_name_is_looked_up_once_and_the_connection_goes_to_what_was_checked(site: Site) -> None:
    site.put_story("ferry")
    asked: list[str] = []

    async def look_up(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.2"]

    host, port = "news.example.org", site.endpoint[1]
    async with Web(allow={site.endpoint, (host, port)}, look_up=look_up) as web:
        response = await web.get(f"http://{host}:{port}/ferry", PAGE_TYPES)
    assert asked == [host]
    assert response.body == page("ferry").encode()


async def test_what_the_resolver_let_through_is_checked_again_at_the_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.sources.web.check_address", lambda address, allow: URL(address))
    async with Web() as web:
        for literal in ("127.0.0.1", "[::1]", "169.254.169.254"):
            with pytest.raises(SourceError, match="is not on the public internet"):
                await web.get(f"http://{literal}/", PAGE_TYPES)


async def test_a_name_that_nobody_knows_cannot_be_reached() -> None:
    async def look_up(host: str, port: int) -> list[str]:
        raise OSError(-2, "Name or service not known")

    async with Web(look_up=look_up) as web:
        with pytest.raises(SourceError) as refusal:
            await web.get("https://nowhere.example/", PAGE_TYPES)
    assert str(refusal.value) == (
        "https://nowhere.example/ cannot be reached (Name or service not known): check the address, and that the site "
        "is up."
    )


@pytest.fixture
def name_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Answers no look-up until it is set, and then that there is no such name."""
    answers = threading.Event()

    def look_up(*_: object, **__: object) -> None:
        answers.wait(60)
        raise OSError(-2, "Name or service not known")

    monkeypatch.setattr("socket.getaddrinfo", look_up)
    yield answers
    answers.set()


async def test_slow_look_ups_leave_the_threads_of_the_loop_alone(name_server: threading.Event) -> None:
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
    async with Web() as web:
        gets = [asyncio.create_task(web.get(f"https://{name}.example/", PAGE_TYPES)) for name in "abcd"]
        await asyncio.sleep(0.1)
        await asyncio.wait_for(asyncio.to_thread(int), 20)
        assert not any(get.done() for get in gets)
        name_server.set()
        assert all(isinstance(answer, SourceError) for answer in await asyncio.gather(*gets, return_exceptions=True))


async def test_a_look_up_that_takes_too_long_is_given_up(
    name_server: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.sources.web.LOOK_UP_SECONDS", 0.1)
    async with Web() as web:
        with pytest.raises(SourceError) as refusal:
            await web.get("https://slow.example/", PAGE_TYPES)
        assert not name_server.is_set()
        name_server.set()
    assert str(refusal.value) == (
        "https://slow.example/ cannot be reached (its name was not found within 0.1 seconds): check the address, and "
        "that the site is up."
    )


async def test_the_allowance_is_for_one_port_alone(site: Site) -> None:
    async with Web(allow={("127.0.0.1", site.endpoint[1] + 1)}) as web:
        with pytest.raises(SourceError, match="only the standard ports"):
            await web.get(site.url, PAGE_TYPES)


def test_settings_do_not_offer_the_allowance() -> None:
    from bot.settings import Settings

    assert not [name for name in Settings.model_fields if "allow" in name or "web" in name.removeprefix("webhook")]


async def test_a_proxy_in_the_environment_is_not_used(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    site.put_story("ferry")
    assert (await get(site, "/ferry")).body == page("ferry").encode()


# Redirects


async def get(site: Site, path: str, *, seconds: float = 5, max_bytes: int = 100_000, **options: object) -> Response:
    async with Web(allow={site.endpoint}, seconds=seconds, max_bytes=max_bytes) as web:
        return await web.get(site.url + path, PAGE_TYPES, **options)  # type: ignore[arg-type]


async def complaint(site: Site, path: str, *, seconds: float = 5, max_bytes: int = 100_000) -> str:
    """The sentence about what went wrong."""
    with pytest.raises(SourceError) as refusal:
        await get(site, path, seconds=seconds, max_bytes=max_bytes)
    said = str(refusal.value)
    assert said.endswith(".") and ": " in said and "\n" not in said
    return said.replace(site.url, "SITE")


def redirect(to: str, status: int = 302) -> Answer:
    return Answer(status=status, headers={"Location": to})


@pytest.mark.parametrize("target", [url for url in REFUSED_URLS if "://" in url and url != "http:///"])
async def test_a_redirect_is_checked_like_the_address_itself(site: Site, target: str) -> None:
    site.pages["/a"] = redirect(target.encode().decode("latin-1"))
    said = await complaint(site, "/a")
    assert said.startswith("SITE/a redirects ")
    assert site.requests == [("/a", 302)]


async def test_a_redirect_to_the_metadata_service_is_refused_by_name(site: Site) -> None:
    site.pages["/a"] = redirect("/b", 301)
    site.pages["/b"] = redirect("http://169.254.169.254/latest/meta-data/", 307)
    assert await complaint(site, "/a") == (
        "SITE/a redirects elsewhere, and 169.254.169.254 is not on the public internet, and only that is read: name "
        "the address that readers use."
    )


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_five_redirects_are_followed_and_a_sixth_is_not(site: Site, status: int) -> None:
    site.put("/0", page("ferry"))
    for number in range(1, 7):
        site.pages[f"/{number}"] = redirect(f"/{number - 1}", status)
    assert (await get(site, "/5")).address == f"{site.url}/0"
    assert await complaint(site, "/6") == (
        "SITE/6 redirects more than 5 times: name the address that a browser ends at."
    )


async def test_a_redirect_loop_is_named(site: Site) -> None:
    site.pages["/a"], site.pages["/b"] = redirect("/b#x"), redirect("/a")
    assert await complaint(site, "/a") == "SITE/a redirects in a loop: name the address that a browser ends at."
    assert len(site.requests) == 2


async def test_a_redirect_to_nowhere_is_named(site: Site) -> None:
    site.pages["/a"] = Answer(status=302)
    assert "redirects to no address" in await complaint(site, "/a")


# Limits


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (401, "SITE/a answers 401 and wants a login: name an address that opens without one"),
        (403, "SITE/a answers 403 and wants a login"),
        (404, "SITE/a answers 404, nothing is there: check the address"),
        (410, "SITE/a answers 410, nothing is there"),
        (429, "SITE/a answers 429 instead of a page: try again later"),
        (500, "SITE/a answers 500 instead of a page"),
        (204, "SITE/a answers 204 instead of a page"),
        (304, "SITE/a answers 304 instead of a page"),
    ],
)
async def test_another_status_than_200_is_named(site: Site, status: int, words: str) -> None:
    site.pages["/a"] = Answer(b"" if status in (204, 304) else page("ferry").encode(), status)
    assert (await complaint(site, "/a")).startswith(words)


async def test_what_is_gone_is_told_from_what_fails(site: Site) -> None:
    with pytest.raises(SourceGone):
        await get(site, "/nothing")


@pytest.mark.parametrize("media_type", ["image/png", "video/mp4", "application/zip", "application/octet-stream"])
async def test_an_image_and_the_like_is_refused_by_its_type(site: Site, media_type: str) -> None:
    site.put("/a", b"\x89PNG" + bytes(100), media_type)
    assert await complaint(site, "/a") == (
        f"SITE/a is of the type {media_type}, no article: name the address of the story's page."
    )


async def test_a_body_over_the_limit_is_stopped(site: Site) -> None:
    site.put("/a", b"x" * 100_001)
    assert await complaint(site, "/a") == (
        "SITE/a has more than the 100,000 bytes allowed, unpacked: name another address, or have the limit raised."
    )
    site.put("/a", b"x" * 100_000)
    assert len((await get(site, "/a")).body or b"") == 100_000


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress], ids=["gzip", "deflate"])
async def test_a_body_packed_a_thousandfold_is_stopped(site: Site, pack: object) -> None:
    packed = pack(bytes(200_000_000))  # type: ignore[operator]
    assert len(packed) < 250_000
    site.put("/a", packed, **{"Content-Encoding": "gzip" if pack is gzip.compress else "deflate"})
    began = time.thread_time()
    assert "more than the 1,000,000 bytes allowed, unpacked" in await complaint(site, "/a", max_bytes=1_000_000)
    assert time.thread_time() - began < 2


@pytest.mark.parametrize("times", [1, 3])
async def test_a_packed_body_is_unpacked_whole(site: Site, times: int) -> None:
    site.put("/a", gzip.compress(page("ferry").encode()) * times, **{"Content-Encoding": "gzip"})
    assert (await get(site, "/a")).body == page("ferry").encode() * times


@pytest.mark.parametrize(
    ("body", "encoding", "words"),
    [
        (gzip.compress(page("ferry").encode())[:-40], "gzip", "broke off in the middle"),
        (b"not packed at all", "gzip", "cannot be unpacked"),
        (page("ferry").encode(), "br", "is packed as br, which was not asked for"),
    ],
)
async def test_a_body_packed_wrongly_is_named(site: Site, body: bytes, encoding: str, words: str) -> None:
    site.put("/a", body, **{"Content-Encoding": encoding})
    assert words in await complaint(site, "/a")


def _sleeps(handler: BaseHTTPRequestHandler) -> None:
    time.sleep(1)


def _never_ends(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
    try:
        for _ in range(200):
            handler.wfile.write(b"<p>more</p>")
            time.sleep(0.02)
    except OSError:
        pass


def _floods(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
    try:
        while True:
            handler.wfile.write(b"<p>more</p>" * 1000)
    except OSError:
        pass


@pytest.mark.parametrize("send", [_sleeps, _never_ends])
async def test_what_is_slow_or_never_ends_is_given_up(site: Site, send: object) -> None:
    site.pages["/a"] = Answer(send=send)  # type: ignore[arg-type]
    assert await complaint(site, "/a", seconds=0.3) == (
        "SITE/a did not answer in full within 0.3 seconds: try again later, or name another address."
    )


async def test_a_flood_without_an_end_is_stopped_at_the_limit(site: Site) -> None:
    site.pages["/a"] = Answer(send=_floods)
    assert "more than the 100,000 bytes allowed" in await complaint(site, "/a")


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"SSH-2.0-OpenSSH_9.9\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 500\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        bytes(range(256)) * 10,
    ],
    ids=["nothing", "ssh", "long-header", "short-body", "negative", "chunks", "noise"],
)
async def test_what_is_no_http_is_one_sentence(site: Site, answer: bytes) -> None:
    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(answer)
        handler.close_connection = True

    site.pages["/a"] = Answer(send=send)
    assert (await complaint(site, "/a")).startswith("SITE/a cannot be reached (")


async def test_a_port_where_nobody_listens_cannot_be_reached(site: Site) -> None:
    with Site() as other:
        endpoint = other.endpoint
    async with Web(allow={endpoint}) as web:
        with pytest.raises(SourceError, match=r"cannot be reached \(.*[Cc]onnect"):
            await web.get(f"http://127.0.0.1:{endpoint[1]}/", PAGE_TYPES)


# Requests


async def test_the_bot_says_who_it_is_and_keeps_no_cookie(site: Site) -> None:
    site.put("/a", page("ferry"), **{"Set-Cookie": "who=1"})
    async with Web(allow={site.endpoint}) as web:
        for _ in range(2):
            await web.get(f"{site.url}/a", PAGE_TYPES)
    assert USER_AGENT.startswith("Pullquote/")
    assert [headers["User-Agent"] for headers in site.headers] == [USER_AGENT] * 2
    assert not any("Cookie" in headers for headers in site.headers)


async def test_what_did_not_change_is_not_sent_again(site: Site) -> None:
    site.put("/a", page("ferry"), **{"Last-Modified": "Tue, 03 Feb 2026 10:00:00 GMT"})
    site.pages["/old"] = redirect("/a")
    first = await get(site, "/old")
    assert first.validators.last_modified == "Tue, 03 Feb 2026 10:00:00 GMT"
    again = await get(site, "/old", since=first.validators)
    assert (again.body, again.validators) == (None, first.validators)
    assert site.headers[-1]["If-Modified-Since"] == "Tue, 03 Feb 2026 10:00:00 GMT"
    assert site.requests[-1] == ("/a", 304)
    assert (await get(site, "/a", since=Validators('"another"'))).body == page("ferry").encode()


def _headers(*lines: bytes) -> Answer:
    """A page of those headers, byte by byte."""
    head = b"".join(line + b"\r\n" for line in lines)
    body = page("ferry").encode()

    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n%sContent-Length: %d\r\n\r\n%s" % (head, len(body), body))

    return Answer(send=send)


@pytest.mark.parametrize("value", [b'"caf\xe9"', b'"\xc3\xa9"', b'"%s"' % (b"x" * 5000)])
async def test_what_a_server_cannot_be_asked_with_later_is_not_kept(site: Site, value: bytes) -> None:
    site.pages["/a"] = _headers(b"Content-Type: text/html", b"ETag: " + value, b"Last-Modified: " + value)
    assert (await get(site, "/a")).validators == Validators()


async def test_long_addresses_and_headers_are_named_by_their_ends(site: Site) -> None:
    path = "/" + "section/" * 200 + "ferry"
    site.pages[path] = Answer(status=404)
    site.pages["/to"] = redirect("https://news.example.org:99/" + "x" * 1000)
    site.pages["/type"] = _headers(b"Content-Type: text/" + b"x" * 1000)
    site.pages["/packed"] = _headers(b"Content-Encoding: " + b"x" * 1000)
    for asked in (path, "/to", "/type", "/packed", "/" + "x" * 3000):
        said = await complaint(site, asked)
        assert len(said) < 450 and "…" in said
    assert "section/ferry answers 404, nothing is there" in await complaint(site, path)


async def test_bytes_of_no_encoding_in_a_header_get_no_further(site: Site) -> None:
    site.pages["/a"] = _headers(b"Content-Type: text/caf\xe9")
    (await complaint(site, "/a")).encode()
    site.pages["/a"] = _headers(b"Content-Type: text/html; charset=caf\xe9")
    assert (await get(site, "/a")).charset is None
    site.pages["/b"] = Answer(send=lambda h: h.wfile.write(b"HTTP/1.1 302 Found\r\nLocation: /caf\xe9\r\n\r\n"))
    (await complaint(site, "/b")).encode()


async def test_fetching_does_not_hold_up_the_loop(site: Site) -> None:
    site.put("/a", gzip.compress(os.urandom(4_000_000)), **{"Content-Encoding": "gzip"})
    longest = 0.0

    async def watch() -> None:
        nonlocal longest
        while True:
            began = time.monotonic()
            await asyncio.sleep(0.001)
            longest = max(longest, time.monotonic() - began)

    watching = asyncio.create_task(watch())
    await get(site, "/a", max_bytes=5_000_000)
    watching.cancel()
    assert longest < 0.5
