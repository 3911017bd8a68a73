"""A newsroom's site on this machine, whose pages and feed change when a test says so."""

import hashlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from xml.sax.saxutils import escape

TOPICS = "ferry bakery bridge school harbour library market museum orchard quarry station theatre".split()


def story(topic: str, year: int = 2019) -> str:
    """The text of a story about the topic, in three paragraphs."""
    return (
        f"The {topic} of Elmouth opens again in spring. The council voted for it on Tuesday after a long debate.\n\n"
        f"Ada Brandt bought the {topic} from a lighthouse keeper in {year}. She paid four hundred pounds for it, and "
        f"has repaired the roof twice since.\n\nNobody else wanted the {topic}, and the neighbours say they are glad."
    )


def page(topic: str, year: int = 2019, *, head: str = "") -> str:
    """A page with that story, and what a site puts around one."""
    paragraphs = "".join(f"<p>{paragraph}</p>" for paragraph in story(topic, year).split("\n\n"))
    return (
        f"<!doctype html><html lang=en><head><title>The {topic} opens</title><meta charset=utf-8>{head}</head><body>"
        f"<nav><a href=/>Home</a> <a href=/sport>Sport</a></nav><article><h1>The {topic} opens</h1>{paragraphs}"
        "</article><footer>© Elmouth Post. All rights reserved.</footer></body></html>"
    )


def rss(links: Sequence[str], *, items: str = "") -> str:
    """A feed of those links."""
    listed = "".join(f"<item><title>{escape(link)}</title><link>{escape(link)}</link></item>" for link in links)
    return f"<?xml version='1.0'?><rss version='2.0'><channel><title>Post</title>{listed}{items}</channel></rss>"


@dataclass(slots=True)
class Answer:
    """The answer for a path. With `etag`, a client that already has it is told that nothing has changed."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    etag: bool = True
    send: Callable[[BaseHTTPRequestHandler], None] | None = None


@dataclass(slots=True)
class Site:
    """`pages` by path, and every request that came: the path, the status it got, and the headers it had."""

    pages: dict[str, Answer] = field(default_factory=dict)
    requests: list[tuple[str, int]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    server: ThreadingHTTPServer | None = None

    @property
    def endpoint(self) -> tuple[str, int]:
        assert self.server
        return "127.0.0.1", self.server.server_port

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.endpoint[1]}"

    @property
    def fetched(self) -> list[str]:
        """The paths that were sent in full, sorted, since this was asked last."""
        sent = sorted(path for path, status in self.requests if status == 200)
        self.requests.clear()
        return sent

    def put(self, path: str, body: str | bytes, media_type: str = "text/html", **headers: str) -> None:
        body = body.encode() if isinstance(body, str) else body
        self.pages[path] = Answer(body, headers={"Content-Type": media_type} | headers)

    def put_story(self, topic: str, year: int = 2019, *, head: str = "") -> None:
        self.put(f"/{topic}", page(topic, year, head=head))

    def put_feed(self, topics: Sequence[str], *, items: str = "") -> None:
        self.put("/feed", rss([f"{self.url}/{topic}" for topic in topics], items=items), "application/rss+xml")

    def __enter__(self) -> Self:
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                answer = site.pages.get(self.path) or Answer(b"Nothing here.", 404, {"Content-Type": "text/html"})
                etag = f'"{hashlib.sha256(answer.body).hexdigest()[:16]}"'
                same = answer.etag and answer.status == 200 and self.headers.get("If-None-Match") == etag
                status = 304 if same else answer.status
                site.requests.append((self.path, status))
                site.headers.append(dict(self.headers))
                if answer.send:
                    answer.send(self)
                    return
                self.send_response(status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                if answer.etag and answer.status == 200:
                    self.send_header("ETag", etag)
                self.send_header("Content-Length", "0" if same else str(len(answer.body)))
                self.end_headers()
                if not same:
                    self.wfile.write(answer.body)

            def log_message(self, *_: object) -> None:
                """Nothing is logged."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None  # type: ignore[method-assign]  # clients hang up when they may
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self.server
        self.server.shutdown()
        self.server.server_close()
