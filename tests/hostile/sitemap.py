"""Sitemaps that mean harm: to the parser of XML, and to what unpacks them and sorts their addresses."""

import gzip
import random
import zlib

from tests.hostile.making import Maker, Makers, counted, nested, repeated

GOOD = b"""<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"><url><loc>https://news.example.org/bridge</loc>
<lastmod>2026-01-05T10:00:00+09:00</lastmod><news:news><news:publication><news:name>The Post</news:name>
<news:language>en</news:language></news:publication><news:publication_date>2026-01-05</news:publication_date>
<news:title>The bridge</news:title></news:news></url><url><loc>https://news.example.org/ferry</loc></url></urlset>"""

_URL = "<url><loc>https://news.example.org/{n}</loc><lastmod>2026-01-01</lastmod></url>"
_OTHER = "<url><loc>https://n{n}.example.com/</loc></url>"
_MAP = "<sitemap><loc>https://news.example.org/{n}.xml</loc></sitemap>"


def _in_address(unit: str, before: str = "", after: str = "</loc>") -> Maker:
    start = f"<urlset><url><loc>https://news.example.org/{before}"
    return repeated(unit, start, f"{after}</url></urlset>")


def _entity_bomb(size: int, chance: random.Random) -> bytes:
    """Entities of ten entities each, as deep as `size`."""
    depth = min(max(size, 1), 12)
    levels = "".join(f'<!ENTITY e{n + 1} "{f"&e{n};" * 10}">' for n in range(depth))
    return f'<!DOCTYPE urlset [<!ENTITY e0 "a">{levels}]><urlset><url><loc>&e{depth};</loc></url></urlset>'.encode()


def _packed_flood(size: int, chance: random.Random) -> bytes:
    """So many megabytes of spaces, packed."""
    packer = zlib.compressobj(9, wbits=31)
    pieces = [packer.compress(b"<urlset>"), *(packer.compress(b" " * 1_000_000) for _ in range(size))]
    return b"".join([*pieces, packer.flush()])


def _many_members(size: int, chance: random.Random) -> bytes:
    """A sitemap that is packed in so many parts of nothing."""
    return gzip.compress(b"") * size + gzip.compress(GOOD)


def _packed_in_itself(size: int, chance: random.Random) -> bytes:
    packed = GOOD
    for _ in range(min(size, 50)):
        packed = gzip.compress(packed)
    return packed


MAKERS: Makers = {
    "50,000 addresses": (counted(_URL, "<urlset>", "</urlset>"), 50_000),
    "100,000 addresses": (counted(_URL, "<urlset>", "</urlset>"), 100_000),
    "50,000 sites": (counted(_OTHER, "<urlset>", "</urlset>"), 50_000),
    "50,000 sitemaps": (counted(_MAP, "<sitemapindex>", "</sitemapindex>"), 50_000),
    "one endless address": (_in_address("a"), 5_000_000),
    "one endless time": (_in_address("1", "a</loc><lastmod>", "</lastmod>"), 2_000_000),
    "attributes": (counted("a{n}='b' ", "<urlset ", "></urlset>"), 100_000),
    "tags deep in one another": (nested("<url>", "</url>", "<urlset>", "</urlset>"), 500_000),
    "tags without an end": (repeated("<url>", "<urlset>"), 500_000),
    "an address in pieces": (_in_address("<!-- -->a"), 500_000),
    "entities of entities": (_entity_bomb, 12),
    "character references": (_in_address("&#97;"), 1_000_000),
    "spaces before it": (repeated(" ", "", GOOD.decode()), 5_000_000),
    "200 MB of spaces, packed": (_packed_flood, 200),
    "many parts, packed": (_many_members, 20_000),
    "packed in itself": (_packed_in_itself, 20),
    "a list of addresses": (counted("https://news.example.org/{n}\n"), 200_000),
}  # fmt: skip
