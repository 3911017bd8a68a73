"""Documents and questions that mean harm, made by code: small ones that take for ever, or unpack to a flood.

Each is known by its kind and a name that says what is wrong with it, such as ("page", "one endless word"). The same
seed makes the same documents in every process. `named` are those of the list, in full size; `documents` begins with
them and goes on without end, with the same things in other sizes, in one another, and with good documents that were
damaged at random: bits flipped, parts cut out, repeated, reversed, or taken from another, and saved in other encodings.
"""

import itertools
import random
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from tests.hostile import feed, markdown, page, pdf, sitemap, text
from tests.hostile.good import GOOD
from tests.hostile.making import Maker, Makers
from tests.hostile.questions import QUESTIONS, part

__all__ = ["GOOD", "KINDS", "LARGEST", "MEDIA_TYPES", "HostileDocument", "document", "documents", "named", "questions"]

MEDIA_TYPES = {
    "pdf": "application/pdf",
    "page": "text/html",
    "feed": "application/rss+xml",
    "sitemap": "application/xml",
    "markdown": "text/markdown",
    "front matter": "text/markdown",
    "text": "text/plain",
    "encoding": "text/plain",
}
KINDS = tuple(MEDIA_TYPES)
"""The kinds of documents. A feed is read by `read_feed`, a sitemap by `read_sitemap`, all others as documents."""

SUFFIXES = {
    "application/pdf": ".pdf",
    "text/html": ".html",
    "application/rss+xml": ".xml",
    "application/xml": ".xml",
    "text/markdown": ".md",
    "text/plain": ".txt",
}

LARGEST = 300_000
"""About how many bytes the largest of the documents have that are made at random; those of the list have more."""


@dataclass(frozen=True, slots=True)
class HostileDocument:
    """One document: its kind, one of KINDS; what is wrong with it; its bytes; and the media type that it is sent as."""

    kind: str
    name: str
    data: bytes
    media_type: str

    @property
    def suffix(self) -> str:
        """The end of a file's name for it, such as ".pdf"."""
        return SUFFIXES[self.media_type]

    def __repr__(self) -> str:
        return f"<{self.kind}: {self.name}, {len(self.data):,} bytes>"


def named(kinds: Collection[str] = KINDS) -> Iterator[HostileDocument]:
    """Every document of the list of these kinds, in full size: those that were found to be slow, and similar ones."""
    for kind in KINDS:
        if kind in kinds:
            for name, (make, size) in _MAKERS[kind].items():
                yield _made(kind, name, make, size, random.Random(name))


def document(kind: str, name: str, size: int | None = None) -> HostileDocument:
    """One document of the list, made of that many units, or in full size."""
    make, full = _MAKERS[kind][name]
    return _made(kind, name, make, full if size is None else size, random.Random(name))


def documents(
    seed: int, count: int, *, kinds: Collection[str] = KINDS, largest: int = LARGEST
) -> Iterator[HostileDocument]:
    """`count` documents of these kinds, the kinds by turns; those of the list in full size come first.

    The others have at most about `largest` bytes (a PDF so many units of what it is made of), most far fewer.
    """
    chance = random.Random(seed)
    yield from itertools.islice(_by_turns([named([kind]) for kind in KINDS if kind in kinds]), count)
    others = count - sum(len(_MAKERS[kind]) for kind in kinds)
    turns = itertools.cycle([kind for kind in KINDS if kind in kinds])
    for number, kind in zip(range(others), turns, strict=False):
        yield _at_random(kind, number, chance, largest)


def questions(seed: int, count: int) -> Iterator[str]:
    """`count` questions for `Library.ask`: of the list first, then others made like them. Some are over its limit."""
    chance = random.Random(seed)
    yield from itertools.islice(QUESTIONS, count)
    for _ in range(count - len(QUESTIONS)):
        parts = [part(chance) for _ in range(chance.choice((1, 1, 2, 3, 8)))]
        yield chance.choice(("", " ", "\n")).join(parts)[: chance.choice((10, 100, 1000, 1000, 1000, 1001, 5000))]


# ---- how they are made


def _by_turns(each: list[Iterator[HostileDocument]]) -> Iterator[HostileDocument]:
    for row in itertools.zip_longest(*each):
        yield from (one for one in row if one is not None)


def _made(kind: str, name: str, make: Maker, size: int, chance: random.Random) -> HostileDocument:
    return HostileDocument(kind, name, make(size, chance), MEDIA_TYPES[kind])


def _at_random(kind: str, number: int, chance: random.Random, largest: int) -> HostileDocument:
    """One of the list in another size, or two of them in one, or one that is damaged; or a good one that is."""
    (name, (make, size)), (other, (make_other, size_other)) = chance.choices(list(_MAKERS[kind].items()), k=2)
    data = make(_size(size, chance, largest), chance)
    what = chance.choice(("in another size", "damaged", "joined", "good"))
    if what == "joined":
        data, name = _joined(data, make_other(_size(size_other, chance, largest), chance), chance), f"{name} + {other}"
    elif what == "damaged":
        data = _damaged(data, chance)
    elif what == "good":
        data, name = _damaged(_encoded(GOOD[kind], chance), chance), "a good one, damaged"
    return HostileDocument(kind, f"{number}: {name}, {what}" if what != "good" else f"{number}: {name}",
                           data[: 2 * largest], MEDIA_TYPES[kind])  # fmt: skip


def _size(full: int, chance: random.Random, largest: int) -> int:
    """Of units: any order of magnitude up to the full size is as likely as another."""
    most = max(min(full, largest // 4), 1)
    return max(int(most ** chance.uniform(0.2, 1.0)), 1)


def _joined(one: bytes, other: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(one) + 1)
    return chance.choice((one + other, one[:place] + other + one[place:], one[:place] + other[len(other) // 2 :]))


def _damaged(data: bytes, chance: random.Random) -> bytes:
    """`data` after a few of the things that happen to files, and that people do to them."""
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 5, 20))):
        start = chance.randrange(len(changed) + 1)
        end = min(start + chance.choice((1, 2, 16, 300)), len(changed))
        what = chance.randrange(7)
        if what == 0 and start < len(changed):
            changed[start] ^= 1 << chance.randrange(8)
        elif what == 1:
            del changed[start:end]
        elif what == 2:
            changed[start:start] = changed[start:end] * chance.choice((1, 2, 50))
        elif what == 3:
            changed[start:start] = chance.randbytes(chance.choice((1, 4, 40)))
        elif what == 4:
            changed[start:end] = bytes(reversed(changed[start:end]))
        elif what == 5:
            other = chance.choice(list(GOOD.values()))
            begin = chance.randrange(len(other))
            changed[start:end] = other[begin : begin + chance.choice((20, 300, len(other)))]
        else:
            changed[start:start] = chance.choice(_BREAKERS)
    return bytes(changed if chance.random() < 0.8 else changed[: chance.randrange(len(changed) + 1)])


def _encoded(data: bytes, chance: random.Random) -> bytes:
    """`data` as it is, most often; else as a program saves it that mistakes its encoding, or has one of its own."""
    taken, saved = chance.choice((*[("latin-1", "latin-1")] * 12, *_MISTAKEN))
    return data.decode(taken, "replace").encode(saved, "replace")


_MISTAKEN = (
    ("utf-8", "utf-8-sig"), ("utf-8", "utf-16"), ("utf-8", "utf-16-le"), ("utf-8", "utf-32"), ("utf-8", "cp1252"),
    ("utf-8", "cp037"), ("utf-8", "shift_jis"), ("utf-8", "gb18030"), ("utf-8", "utf-7"), ("cp1252", "utf-8"),
    ("utf-16-be", "utf-8"), ("koi8_r", "utf-8"),
)  # fmt: skip
"""The encodings that a file is read in and that it is saved in."""

_BREAKERS = (
    b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"\x0b", b"\x1c", "\u2028".encode(), "\x85".encode(), "\u202e".encode(), b"\r",
    b"<!--", b"<![CDATA[", b"]]>", b"</", b"<p>", b"&#0;", b"&amp;", b"&lt;", b"<pre>", b"<table>", b"<script>", b'"',
    b"'", b"---\n", b"\n\n", b"    ", b"```", b"[", b"](", b"|", b"<<", b">>", b"stream\n", b"endobj\n", b"obj", b"(",
    b")", b"9" * 30, b"-1", b"%s", b"{{", b"\xed\xa0\x80", b"\xc0\x80", b"\xf4\x90\x80\x80",
)  # fmt: skip


_MAKERS: dict[str, Makers] = {
    "pdf": pdf.MAKERS,
    "page": page.MAKERS,
    "feed": feed.MAKERS,
    "sitemap": sitemap.MAKERS,
    "markdown": markdown.MAKERS,
    "front matter": markdown.FRONT_MATTER,
    "text": text.MAKERS,
    "encoding": text.ENCODINGS,
}
