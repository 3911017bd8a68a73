"""Feeds that mean harm: to the parser, and to what cleans the HTML in them and reads their dates and authors."""

import random

from tests.hostile.good import GOOD
from tests.hostile.making import STORY, Maker, Makers, chosen, counted, repeated

_CHANNEL = (
    '<?xml version="1.0" encoding="utf-8"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>News</title>'
)
_CHANNEL_END = "</channel></rss>"


def _in_item(unit: str, before: str = "", after: str = "") -> Maker:
    start = f"{_CHANNEL}<item><title>The bridge</title><link>https://n.example/a</link>{before}"
    return repeated(unit, start, f"{after}</item>{_CHANNEL_END}")


def _in_story(unit: str, before: str = "", after: str = "") -> Maker:
    """A feed with this in the whole story that it holds, as escaped HTML."""
    return _in_item(unit, f"<content:encoded><![CDATA[{STORY}{before}", f"{after}{STORY}]]></content:encoded>")


def _entity_bomb(size: int, chance: random.Random) -> bytes:
    """Entities of ten entities each, as deep as `size`."""
    depth = min(max(size, 1), 12)
    levels = "".join(f'<!ENTITY e{n + 1} "{f"&e{n};" * 10}">' for n in range(depth))
    text = f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY e0 "aaaaaaaaaa">{levels}]>'
    return f"{text}<rss version='2.0'><channel><title>&e{depth};</title></channel></rss>".encode()


MAKERS: Makers = {
    "an author of one long word": (_in_item("a", "<author>", "</author>"), 60_000),
    "an author of an address without an end": (_in_item("a.", "<author>a@", "!</author>"), 32_000),
    "an author of hyphens": (_in_item("-", "<author>a@a", "</author>"), 60_000),
    "an author of signs": (_in_item("@", "<author>a", "</author>"), 60_000),
    "a creator of stops": (_in_item("a.", "<dc:creator>a@", "!</dc:creator>"), 32_000),
    "an author of brackets": (_in_item("()", "<author>a@n.example ", "</author>"), 60_000),
    "an author of spaces": (_in_item(" ", "<author>a@n.example", "b</author>"), 200_000),
    "authors": (_in_item("<author>a@n.example (A B)</author>"), 15_000),
    "a style of letters": (_in_item("a", "<description>&lt;p style='", "'>a&lt;/p></description>"), 100_000),
    "a style of letters in a story": (_in_story("a", "<p style='", "!(\"'>a</p>"), 100_000),
    "a style of hyphens": (_in_story("a-a", "<p style='", "~'>a</p>"), 40),
    "a style of pairs": (_in_story("a:a;", "<p style='", "'>a</p>"), 30_000),
    "a style of addresses": (_in_story("url(", "<p style='", "'>a</p>"), 30_000),
    "a style of spaces": (_in_story(" ", "<p style='url(", "a'>a</p>"), 60_000),
    "a style of quotes": (_in_story("&quot;a&quot; ", '<p style="', '~">a</p>'), 20_000),
    "30,000 line breaks before it": (repeated("\n", "", GOOD["feed"].decode()), 30_000),
    "60,000 line breaks before it": (repeated("\n", "", GOOD["feed"].decode()), 60_000),
    "spaces before it": (repeated(" ", "", GOOD["feed"].decode()), 60_000),
    "line breaks after it": (repeated("\n", GOOD["feed"].decode()), 1_000_000),
    "line breaks in it": (_in_item("\n", "<description>", "</description>"), 500_000),
    "149,000 tags in a story": (_in_story("<b>a</b>"), 74_000),
    "74,000 tags in a story": (_in_story("<br>"), 74_000),
    "149,000 tags": (_in_item("<a>b</a>"), 74_000),
    "tags 100,000 deep": (_in_item("<a>"), 100_000),
    "tags 100,000 deep in a story": (_in_story("<div>"), 100_000),
    "images in a story": (_in_story('<img src="a.png">'), 50_000),
    "links in a story": (_in_story('<a href="a">b</a>'), 50_000),
    "brackets in a story": (_in_story("<"), 140_000),
    "brackets and letters in a story": (_in_story("<a "), 140_000),
    "quotes without an end in a story": (_in_story('"', "<a b="), 300_000),
    "attributes in a story": (_in_story(" a=1", "<p", ">a</p>"), 100_000),
    "comments in a story": (_in_story("<!-- a -->"), 70_000),
    "comments without an end in a story": (_in_story("<!--"), 100_000),
    "declarations in a story": (_in_story("<!a "), 70_000),
    "a declaration of brackets in a story": (_in_story("[", "<!DOCTYPE a "), 140_000),
    "processing instructions in a story": (_in_story("<?a "), 70_000),
    "entities in a story": (_in_story("&amp;"), 500_000),
    "entities that there are not in a story": (_in_story("&a"), 500_000),
    "one word in a story": (_in_story("a"), 1_000_000),
    "line separators in a story": (_in_story("a\x0b"), 900_000),
    "entities within entities": (_entity_bomb, 9),
    "entities that expand once": (
        lambda s, chance: (
            f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY e "{"a" * 50_000}">]><rss version="2.0"><channel><title>'
            f"{'&e;' * s}</title></channel></rss>"
        ).encode(),
        2_000,
    ),
    "entities declared": (
        counted('<!ENTITY e{n} "a">\n', '<?xml version="1.0"?><!DOCTYPE rss [', "]>" + _CHANNEL[38:] + _CHANNEL_END),
        100_000,
    ),
    "entities declared without an end": (repeated("\n<!ENTITY ", '<?xml version="1.0"?><!DOCTYPE rss ['), 50_000),
    "entities declared of spaces": (
        repeated(" ", '<?xml version="1.0"?>\n<!DOCTYPE rss [\n<!ENTITY', '>]><rss version="2.0">'),
        60_000,
    ),
    "an outside entity": (
        repeated(
            "&e;",
            '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
            '<rss version="2.0"><channel><title>',
            f"</title>{_CHANNEL_END}",
        ),
        10,
    ),
    "a declaration without an end": (repeated('a="b" ', "<?xml ", GOOD["feed"].decode()), 60_000),
    "encodings without an end": (repeated("encoding='", "<?xml "), 60_000),
    "CDATA sections": (_in_item("<![CDATA[a]]>", "<description>", "</description>"), 50_000),
    "a CDATA section without an end": (_in_item("a", "<description><![CDATA["), 1_000_000),
    "namespaces": (
        counted(' xmlns:n{n}="http://n.example/{n}"', "<rss version='2.0'", f"><channel>{_CHANNEL_END}"),
        20_000,
    ),
    "one namespace, many names": (
        counted("<n{n}:a xmlns:n{n}='http://purl.org/dc/elements/1.1/'>b</n{n}:a>", _CHANNEL, _CHANNEL_END),
        15_000,
    ),
    "bases": (_in_item("<a xml:base='http://n.example/a/'>"), 15_000),
    "languages": (_in_item("<a xml:lang='en'>"), 15_000),
    "items": (
        counted("<item><title>{n}</title><link>https://n.example/{n}</link></item>", _CHANNEL, _CHANNEL_END),
        18_000,
    ),
    "items without a name": (repeated("<item/>", _CHANNEL, _CHANNEL_END), 140_000),
    "enclosures": (_in_item('<enclosure url="a" length="1" type="b"/>'), 70_000),
    "categories": (_in_item("<category>a</category>"), 70_000),
    "links": (_in_item("<link>https://n.example/a</link>"), 70_000),
    "a link of slashes": (_in_item("/", "<link>https:", "</link>"), 300_000),
    "a link of parents": (_in_item("/..", "<link>https://n.example", "</link>"), 100_000),
    "contents": (_in_item("<content:encoded>a</content:encoded>"), 30_000),
    "a title of tags": (_in_item("&lt;b>", "<title>", "</title>"), 100_000),
    "dates of digits": (_in_item("1", "<pubDate>", "</pubDate>"), 200_000),
    "dates of spaces": (_in_item(" ", "<pubDate>Mon,", "2026</pubDate>"), 200_000),
    "dates of words": (_in_item("Jan ", "<pubDate>", "</pubDate>"), 100_000),
    "dates of colons": (_in_item("1:", "<pubDate>Mon, 05 Jan 2026 ", "</pubDate>"), 100_000),
    "dates of dashes": (_in_item("2026-", "<pubDate>", "</pubDate>"), 100_000),
    "dates of commas": (_in_item(",", "<pubDate>", "</pubDate>"), 200_000),
    "many dates": (_in_item("<pubDate>Mon, 05 Jan 2026 10:00:00 GMT</pubDate>"), 20_000),
    "dates that there are not": (_in_item("<pubDate>31 Feb 99999 99:99:99 XYZ</pubDate>"), 20_000),
    "chapters": (
        _in_item('<a:chapter xmlns:a="http://podlove.org/simple-chapters" start="00:00:01" title="b"/>'),
        15_000,
    ),
    "places": (
        _in_item("1 ", '<georss:polygon xmlns:georss="http://www.georss.org/georss">', "</georss:polygon>"),
        100_000,
    ),
    "Atom within RSS within Atom": (
        repeated('<feed xmlns="http://www.w3.org/2005/Atom"><rss version="2.0"><channel><item>'),
        10_000,
    ),
    "Atom stories as XHTML": (
        repeated(
            "<b>",
            '<feed xmlns="http://www.w3.org/2005/Atom"><entry><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">',
        ),
        70_000,
    ),
    "Atom stories in base 64": (
        repeated(
            "QUFB",
            '<feed xmlns="http://www.w3.org/2005/Atom"><entry><content type="application/octet-stream" mode="base64">',
            "</content></entry></feed>",
        ),
        300_000,
    ),
    "tags at random": (
        chosen(
            (
                "<item>",
                "</item>",
                "<title>",
                "</title>",
                "<description>",
                "<author>",
                "a@b.c ",
                "&lt;p>",
                "<![CDATA[",
                "]]>",
                "<link>",
            ),
            _CHANNEL,
            _CHANNEL_END,
        ),
        50_000,
    ),
}
