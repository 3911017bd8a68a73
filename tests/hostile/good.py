"""Good documents, to be damaged: one of each kind, as short as it can be and with all that such a document has."""

from tests.hostile import pdf, sitemap

GOOD = {
    "pdf": pdf.GOOD,
    "sitemap": sitemap.GOOD,
    "page": b"""<!DOCTYPE html><html lang="en"><head><title>The bridge</title><meta name="author" content="Ada Finn">
<meta property="article:published_time" content="2026-01-05T10:00:00Z"><link rel="canonical" href="https://n.example/a">
<script type="application/ld+json">{"@type": "NewsArticle", "headline": "The bridge", "author": {"name": "Ada Finn"},
"datePublished": "2026-01-05", "publisher": {"@type": "Organization", "name": "The Post"}}</script></head><body>
<nav><a href="/">Home</a></nav><article><h1>The bridge</h1><p class="byline">By Ada Finn</p>
<p>The council met on Monday and voted on the old bridge, which has been closed since the flood in spring.</p>
<p>Lena Moss asked for a new lock on its gate. <em>Nobody</em> spoke against it, and the vote was 7 to 2.</p>
<ul><li>It opens in May.</li><li>It costs 3.5 million.</li></ul></article><footer>All rights reserved</footer></body>
</html>""",
    "feed": b"""<?xml version="1.0" encoding="utf-8"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"
xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>News</title><link>https://n.example/</link>
<item><title>The bridge</title><link>https://n.example/a</link><dc:creator>Ada Finn</dc:creator><guid>1</guid>
<pubDate>Mon, 05 Jan 2026 10:00:00 GMT</pubDate><description>The council met.</description><content:encoded><![CDATA[
<p>The council met on Monday and voted on the old bridge.</p><p>Lena Moss asked for a lock.</p>]]></content:encoded>
</item></channel></rss>""",
    "markdown": b"""# The bridge

By Ada Finn

The council met on **Monday** and [voted](https://n.example/a) on the *old* bridge.

> Lena Moss asked for a new lock.

- It opens in May.
- It costs `3.5` million.

| who | how many |
|---|---|
| for | 7 |
""",
    "front matter": b"""---
title: The bridge
author: [Ada Finn, Ivo Hart]
published: 2026-01-05T10:00:00+09:00
url: https://n.example/a
section: "Roads: all"
---

The council met on Monday and voted on the old bridge.
""",
    "text": """The bridge

By Ada Finn

The council met on Monday, Jan. 5, and voted on the old bridge. “Nobody spoke against it,” Lena Moss said. The vote
was 7 to 2 (two were absent). It opens at 6 a.m. on May 1. Mr. Hart, of the U.S. firm, was asked. He did not reply.
""".encode(),
    "encoding": "La mairie a voté lundi. « Personne n’était contre », dit Léna Moss. C’est où ?\n".encode("cp1252"),
}
"""A good document of each kind, as short as it can be."""
