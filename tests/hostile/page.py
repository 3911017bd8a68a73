"""Pages that mean harm: to the parser, to what finds the story in them, and to what reads who wrote it and when."""

from tests.hostile.making import PROSE, STORY, Maker, Makers, chosen, counted, repeated

_PAGE_START = "<!DOCTYPE html><html><head><title>The bridge</title></head><body><article><h1>The bridge</h1>"
_PAGE_END = "</article></body></html>"


def _in_head(unit: str, before: str = "", after: str = "") -> Maker:
    return repeated(
        unit, f"<html><head><title>The bridge</title>{before}", f"{after}</head><body>{STORY}</body></html>"
    )


def _in_json(unit: str, before: str = "", after: str = "") -> Maker:
    """A page with this in its JSON-LD, as search engines read it."""
    return _in_head(unit, f'<script type="application/ld+json">{before}', f"{after}</script>")


def _in_body(unit: str, before: str = "", after: str = "") -> Maker:
    return repeated(unit, f"{_PAGE_START}{STORY}{before}", f"{after}{STORY}{_PAGE_END}")


def _meta(unit: str, name: str = "author") -> Maker:
    return _in_head(unit, f'<meta name="{name}" content="', '">')


MAKERS: Makers = {
    "JSON-LD of authors without a name": (_in_json('"author":', '{"@type":"Article",'), 7_000),
    "JSON-LD of authors with names without an end": (_in_json('"author": "name" ', "{"), 4_000),
    "JSON-LD of persons": (_in_json('"Person" ', "{"), 7_000),
    "JSON-LD of persons with names": (_in_json('"person","name" ', "{"), 4_000),
    "JSON-LD of publishers": (_in_json('"publisher":', "{"), 6_000),
    "JSON-LD of organizations": (_in_json('{"@type":"Organization",', "{"), 4_000),
    "JSON-LD of types": (_in_json('"@type"   ', "{"), 6_000),
    "JSON-LD of spaces": (_in_json(" ", '{"@type"', ': "Article"}'), 500_000),
    "JSON-LD of word characters": (_in_json("a", '{"a": ,"', '":{"@type":"x'), 60_000),
    "JSON-LD of backslashes": (_in_json("\\\\", '{"headline": "', '"}'), 200_000),
    "JSON-LD of escapes": (
        _in_json("\\u0041", '{"@context":"https://schema.org","@type":"Article","headline": "', '"}'),
        200_000,
    ),
    "JSON-LD 50,000 deep": (_in_json('{"a":', "", "1"), 50_000),
    "JSON-LD lists 50,000 deep": (_in_json("["), 50_000),
    "JSON-LD lists 900 deep": (
        lambda s, chance: _in_json(
            "", '{"@context":"https://schema.org","@type":"Article","author":' + "[" * s + "]" * s + "}"
        )(1, chance),
        900,
    ),
    "JSON-LD graph of many": (
        _in_json('{"@type":"Person","name":"A B"},', '{"@context":"https://schema.org","@graph":[', "{}]}"),
        20_000,
    ),
    "JSON-LD of many authors": (
        _in_json(
            '{"@type":"Person","name":"Ada Finn"},',
            '{"@context":"https://schema.org","@type":"Article","author":[',
            "{}]}",
        ),
        20_000,
    ),
    "JSON-LD author of one long word": (
        _in_json("a", '{"@context":"https://schema.org","@type":"Article","author":{"@type":"Person","name":"', '"}}'),
        100_000,
    ),
    "JSON-LD author of stops": (
        _in_json(
            "a.", '{"@context":"https://schema.org","@type":"Article","author":{"@type":"Person","name":"b@', '!"}}'
        ),
        40_000,
    ),
    "JSON-LD headline of a long text": (
        _in_json("wörd ", '{"@context":"https://schema.org","@type":"Article","headline":"', '"}'),
        100_000,
    ),
    "JSON-LD story of tags": (
        _in_json("<p>a</p>", '{"@context":"https://schema.org","@type":"Article","articleBody":"', '"}'),
        100_000,
    ),
    "JSON-LD story of brackets": (
        _in_json("<", '{"@context":"https://schema.org","@type":"Article","articleBody":"', '"}'),
        200_000,
    ),
    "JSON-LD scripts": (_in_head('<script type="application/ld+json">{"@type":"Article"}</script>'), 10_000),
    "JSON-LD of a huge number": (
        _in_json("9", '{"@context":"https://schema.org","@type":"Article","a":', "}"),
        100_000,
    ),
    "author of punctuation": (_meta("!"), 60_000),
    "author of brackets": (_meta("("), 60_000),
    "author of quotes": (_meta("‘’"), 30_000),
    "author of spaces": (_meta(" "), 60_000),
    "author of spaces and dashes": (_meta(" - "), 30_000),
    "author of one long word": (_meta("a"), 200_000),
    "author of an address without an end": (_meta("a@a."), 30_000),
    "author of many addresses": (_meta("a."), 40_000),
    "author of many": (_meta("Ada Finn, "), 20_000),
    "author of ands": (_meta("and "), 40_000),
    "author of words ending in -ed": (_meta("ed"), 60_000),
    "author of digits": (_meta("1"), 100_000),
    "author of symbols": (_meta("\U0001f600"), 60_000),
    "title of spaces": (_in_head(" ", "<title>a", "b</title>"), 60_000),
    "title of dashes": (_in_head(" - ", "<title>a", "b</title>"), 30_000),
    "og:title of dashes": (_in_head(" | ", '<meta property="og:title" content="a', 'b">'), 30_000),
    "many metas": (_in_head('<meta name="author" content="A B">'), 30_000),
    "many dates": (_in_head('<meta name="date" content="2026-01-05">'), 15_000),
    "a date of digits": (_in_head("1", '<meta name="date" content="', '">'), 200_000),
    "a date of words": (_in_head("January ", '<meta name="date" content="', '">'), 50_000),
    "a date of dashes": (_in_head("2026-01-", '<meta property="article:published_time" content="', '">'), 30_000),
    "times": (_in_body("<time datetime='2026-01-05'>a</time>"), 8_000),
    "dates in words": (_in_body("<p>5 January 2026 12/12/2026 2026-12-12 © 2026</p>"), 8_000),
    "times of changes without an end": (_in_head('"dateModified"   '), 20_000),
    "metas that do not close": (_in_head("<meta "), 50_000),
    "metas of times that do not close": (_in_head("<meta article:modified_time "), 10_000),
    "a charset far away": (_in_head("a", "<meta ", " charset=koi8-r>"), 100_000),
    "an address of colons": (_in_head("http://", '<link rel="canonical" href="', '">'), 30_000),
    "an address of dots": (_in_head("a.", '<link rel="canonical" href="http://', '">'), 60_000),
    "an address of slashes": (_in_head("/", '<link rel="canonical" href="http://a', '">'), 200_000),
    "an address of parents": (_in_head("/..", '<link rel="canonical" href="http://n.example', '">'), 60_000),
    "an address of braces": (_in_head("{", '<link rel="canonical" href="http://n.example/', '">'), 60_000),
    "an address of questions": (_in_head("?a=b&", '<link rel="canonical" href="http://n.example/', '">'), 40_000),
    "a language of letters": (lambda s, chance: f"<html lang='{'ab' * s}'><body>{STORY}".encode(), 50_000),
    "styles of letters": (_in_body("a", "<p style='", "'>a</p>"), 500_000),
    "tags 100,000 deep": (_in_body("<div>"), 100_000),
    "tags 30,000 deep": (_in_body("<div>"), 30_000),
    "tags 250 deep, again and again": (_in_body("<div>" * 250 + "a" + "</div>" * 250), 120),
    "emphasis 30,000 deep": (_in_body("<b><i>"), 15_000),
    "blocks inside emphasis": (_in_body("<b><p>"), 15_000),
    "paragraphs without an end": (_in_body("<p>"), 31_000),
    "lists in lists": (_in_body("<ul><li>a"), 15_000),
    "tables in tables": (_in_body("<table><tr><td>"), 10_000),
    "a table of 30,000 cells": (_in_body("<td>a</td>", "<table><tr>", "</tr></table>"), 31_000),
    "a table of rows": (_in_body("<tr><td>a</td><td>b</td></tr>", "<table>", "</table>"), 10_000),
    "cells that span": (_in_body('<td colspan="9999" rowspan="9999">a</td>', "<table><tr>", "</tr></table>"), 10_000),
    "100,000 attributes": (
        lambda s, chance: _in_body("".join(f" a{n}=1" for n in range(s)), "<p", ">a</p>")(1, chance),
        100_000,
    ),
    "one attribute 100,000 times": (_in_body(" a=1", "<p", ">a</p>"), 100_000),
    "classes": (_in_body("comment ", '<p class="', '">a</p>'), 200_000),
    "a quote without an end": (_in_body("a", '<p class="'), 1_000_000),
    "a tag without an end": (_in_body("a", "<p "), 1_000_000),
    "brackets": (_in_body("<"), 1_000_000),
    "brackets and letters": (_in_body("<a "), 300_000),
    "closing tags": (_in_body("</p>"), 200_000),
    "closing tags without an end": (_in_body("</"), 500_000),
    "tags that there are not": (counted("<x{n}>", _PAGE_START + STORY, _PAGE_END), 31_000),
    "namespaces": (counted("<n{n}:p xmlns:n{n}='a'>", _PAGE_START + STORY, _PAGE_END), 15_000),
    "entities": (_in_body("&amp;"), 500_000),
    "entities without an end": (_in_body("&"), 1_000_000),
    "numbered entities": (_in_body("&#x1F600;"), 200_000),
    "a number of an entity": (_in_body("9", "&#", ";"), 500_000),
    "comments": (_in_body("<!-- a -->"), 100_000),
    "comments without an end": (_in_body("<!--"), 200_000),
    "comments of dashes": (_in_body("-", "<!--"), 1_000_000),
    "declarations": (_in_body("<!DOCTYPE html>"), 100_000),
    "a doctype without an end": (repeated("a/", "<!DOCTYPE "), 300_000),
    "html tags without an end": (repeated("<html "), 100_000),
    "one html tag of spaces": (repeated(" ", "<html", ">" + STORY), 200_000),
    "processing instructions": (_in_body("<?a ?>"), 100_000),
    "CDATA": (_in_body("<![CDATA[a]]>"), 100_000),
    "preformatted lines": (_in_body("a \n", "<pre>", "</pre>"), 100_000),
    "preformatted spaces": (_in_body(" ", "<pre>", "</pre>"), 1_000_000),
    "30,000 line breaks": (repeated("\n", "", _PAGE_START + STORY), 30_000),
    "1,000,000 line breaks": (_in_body("\n"), 1_000_000),
    "line break tags": (_in_body("<br>"), 31_000),
    "spaces": (_in_body(" "), 2_000_000),
    "spaces that do not break": (_in_body("&nbsp;"), 300_000),
    "spaces in a paragraph": (_in_body("&#160; ", "<p>a", "b</p>"), 100_000),
    "scripts": (_in_body("<script>var a = '<p>';</script>"), 15_000),
    "a script without an end": (_in_body("a<", "<script>"), 500_000),
    "styles, templates and textareas": (_in_body("<style><template><textarea>"), 10_000),
    "forms": (_in_body("<form><input><select><option>a"), 7_000),
    "links": (_in_body('<a href="https://n.example/a">a</a> '), 15_000),
    "links without text": (_in_body('<a href="a"></a>'), 15_000),
    "headings": (_in_body("<h2>a</h2>"), 15_000),
    "quotes in quotes": (_in_body("<blockquote>a"), 15_000),
    "pictures": (_in_body('<img src="a.png" alt="a">'), 30_000),
    "frames": (_in_body("<iframe src='a'></iframe><object><embed>"), 9_000),
    "drawings": (_in_body("<svg><path d='M0 0'/></svg>"), 15_000),
    "formulas": (_in_body("<math><mi>a</mi></math>"), 15_000),
    "one endless word": (_in_body("a", "<p>", "</p>"), 1_000_000),
    "one endless word of picture names": (_in_body("a.png", "<p>", "</p>"), 100_000),
    "the same paragraph": (_in_body(f"<p>{PROSE}</p>"), 5_000),
    "paragraphs of one letter": (_in_body("<p>a</p>"), 15_000),
    "spans": (_in_body("<span>a </span>"), 15_000),
    "line separators": (_in_body("a\x0b", "<p>", "</p>"), 900_000),
    "sharing buttons": (_in_body("<p>Share on Facebook</p>"), 15_000),
    "emoji": (_in_body("\U0001f469\u200d\U0001f4bb", "<p>", "</p>"), 100_000),
    "null characters": (_in_body("&#0;"), 200_000),
    "tags at random": (
        chosen(
            ("<p>", "</p>", "<b>", "</b>", "<table>", "<td>", "</table>", "<form>", "<select>", "a ", "<a>"),
            _PAGE_START,
            _PAGE_END,
        ),
        30_000,
    ),
}
