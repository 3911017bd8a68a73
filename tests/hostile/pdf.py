"""PDFs that mean harm: a few kilobytes that unpack to gigabytes, run in circles or never end."""

import random
import zlib
from collections.abc import Sequence

from tests.hostile.making import Maker, Makers

FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
CATALOG = b"<< /Type /Catalog /Pages 2 0 R >>"


def written(objects: Sequence[bytes], trailer: bytes = b"") -> bytes:
    """A PDF of these objects, numbered from 1, with a table of where they are; the first is its catalog."""
    out = bytearray(b"%PDF-1.7\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R %b >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, trailer, start)
    return bytes(out)


def stream(data: bytes, entries: bytes = b"", *, packed: bool = True) -> bytes:
    """A stream object; `packed` by flate."""
    body = zlib.compress(data, 9) if packed else data
    kind = b"/Filter /FlateDecode" if packed else b""
    return b"<< /Length %d %b %b >>\nstream\n%b\nendstream" % (len(body), kind, entries, body)


def paged(
    content: bytes, *, resources: bytes = b"/Font << /F1 5 0 R >>", font: bytes = FONT, more: Sequence[bytes] = ()
) -> bytes:
    """A PDF of one page with that content, as an object; `more` are its objects from 6 on."""
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << %b >> >>" % resources
    return written([CATALOG, b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>", page, content, font, *more])


def said(words: bytes) -> bytes:
    """A content stream that shows these words."""
    return b"BT /F1 12 Tf 72 720 Td %b ET" % words


def shown(text: bytes) -> bytes:
    """A PDF of one page that shows a text, in which brackets and backslashes are escaped."""
    return paged(stream(said(b"(%b) Tj" % text)))


GOOD = paged(
    stream(
        said(
            b"14 TL (The council met on Monday and voted on the old bridge.) Tj T* "
            b"(Lena Moss asked for a new lock on its gate.) Tj T* (Nobody spoke against it.) Tj"
        )
    )
)


def _repeated(unit: bytes) -> Maker:
    """A page whose content is that unit, over and over."""
    return lambda size, chance: paged(stream(unit * size))


def _said(unit: bytes) -> Maker:
    """The same inside a text object."""
    return lambda size, chance: paged(stream(said(unit * size)))


def _to_unicode(lines: bytes) -> bytes:
    """A PDF whose font maps its characters by these lines."""
    font = b"<< /Type /Font /Subtype /Type0 /BaseFont /A /Encoding /Identity-H /ToUnicode 6 0 R >>"
    start = b"/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <0000> <FFFF> endcodespacerange\n"
    content = stream(said(b"<000100020003> Tj"))
    return paged(content, font=font, more=[stream(start + lines + b"\nendcmap end")])


def _deep_tree(size: int, chance: random.Random) -> bytes:
    nodes = [b"<< /Type /Pages /Kids [%d 0 R] /Count 1 >>" % (number + 3) for number in range(size)]
    return written([CATALOG, *nodes, b"<< /Type /Page /Parent 2 0 R >>"])


def _looping_tree(size: int, chance: random.Random) -> bytes:
    kids = b" ".join(b"%d 0 R" % chance.choice((2, 3)) for _ in range(size))
    return written(
        [
            CATALOG,
            b"<< /Type /Pages /Kids [3 0 R 2 0 R] /Count 2 >>",
            b"<< /Type /Pages /Parent 2 0 R /Kids [%b] /Count %d >>" % (kids, size),
        ]
    )


def _empty_pages(size: int, chance: random.Random) -> bytes:
    pages = [b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>"] * size
    kids = b" ".join(b"%d 0 R" % (number + 3) for number in range(size))
    return written([CATALOG, b"<< /Type /Pages /Kids [%b] /Count %d >>" % (kids, size), *pages])


def _one_page_many_times(size: int, chance: random.Random) -> bytes:
    page = b"<< /Type /Page /Parent 2 0 R /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>"
    kids = b"3 0 R " * min(size, 300)
    content = stream(said(b"(a) Tj T* " * size))
    return written([CATALOG, b"<< /Type /Pages /Kids [%b] /Count %d >>" % (kids, min(size, 300)), page, content, FONT])


def _false_count(size: int, chance: random.Random) -> bytes:
    return written([CATALOG, b"<< /Type /Pages /Kids [] /Count %d >>" % (10 ** min(size, 18))])


def _forms_within_forms(size: int, chance: random.Random) -> bytes:
    """Each form draws the next ten times: ten to the power of the depth in all."""
    depth = min(max(size, 2), 12)
    forms = [
        stream(
            b"/X Do " * 10,
            b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X %d 0 R >> >>" % (number + 7),
        )
        for number in range(depth)
    ]
    last = stream(said(b"(a) Tj"), b"/Type /XObject /Subtype /Form /BBox [0 0 9 9]")
    return paged(stream(b"/X Do"), resources=b"/XObject << /X 6 0 R >>", more=[*forms, last])


def _form_draws_itself(size: int, chance: random.Random) -> bytes:
    form = stream(
        b"/X Do " * size, b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X 6 0 R >> >>"
    )
    return paged(stream(b"/X Do"), resources=b"/XObject << /X 6 0 R >>", more=[form])


def _packed_twice(size: int, chance: random.Random) -> bytes:
    data = zlib.compress(zlib.compress(b" " * (1000 * size), 9), 9)
    entries = b"/Filter [/FlateDecode /FlateDecode]"
    return paged(b"<< /Length %d %b >>\nstream\n%b\nendstream" % (len(data), entries, data))


def _filtered(name: bytes, data: bytes) -> bytes:
    return paged(b"<< /Length %d /Filter %b >>\nstream\n%b\nendstream" % (len(data), name, data))


def _object_stream(size: int, chance: random.Random) -> bytes:
    numbers = b" ".join(b"%d %d" % (number + 10, 0) for number in range(size))
    holder = stream(numbers + b" [" * size, b"/Type /ObjStm /N %d /First %d" % (10**6 + size, len(numbers)))
    return written([CATALOG, b"<< /Type /Pages /Kids [11 0 R] /Count 1 >>", holder])


def _circular_xref(size: int, chance: random.Random) -> bytes:
    good = written([CATALOG, b"<< /Type /Pages /Kids [] /Count 0 >>"])
    place = good.rindex(b"xref\n0 ")
    return written([CATALOG, b"<< /Type /Pages /Kids [] /Count 0 >>"], b"/Prev %d" % place)


def _chain_of_xrefs(size: int, chance: random.Random) -> bytes:
    out = bytearray(written([CATALOG, b"<< /Type /Pages /Kids [] /Count 0 >>"]))
    previous = out.rindex(b"xref\n0 ")
    for _ in range(size):
        place = len(out)
        out += b"xref\n0 1\n0000000000 65535 f \ntrailer\n<< /Size 3 /Root 1 0 R /Prev %d >>\n" % previous
        previous = place
    return bytes(out + b"startxref\n%d\n%%%%EOF\n" % previous)


def _false_xref_size(size: int, chance: random.Random) -> bytes:
    table = b"xref\n0 %d\n" % (10 ** min(size, 12)) + b"0000000000 65535 f \n" * min(size, 100_000)
    start = b"%PDF-1.7\n"
    return start + table + b"trailer\n<< /Size 999999999 >>\nstartxref\n%d\n%%%%EOF\n" % len(start)


def _no_xref(unit: bytes) -> Maker:
    """Objects without a table of them, which a reader makes good by a search."""
    return lambda size, chance: b"%PDF-1.7\n" + unit * size + b"\nstartxref\n0\n%%EOF\n"


def _encrypted(size: int, chance: random.Random) -> bytes:
    revision = chance.choice((2, 3, 4, 5, 6))
    key = b"<" + b"41" * max(min(size, 100_000), 16) + b">"
    entries = b"/Filter /Standard /V %d /R %d /Length %d /P -4 /O %b /U %b /OE %b /UE %b /Perms %b" % (
        min(revision, 5),
        revision,
        chance.choice((40, 128, 256, 10**6)),
        key,
        key,
        key,
        key,
        key,
    )
    objects = [CATALOG, b"<< /Type /Pages /Kids [] /Count 0 >>", b"<< %b >>" % entries]
    return written(objects, b"/Encrypt 3 0 R /ID [<41> <41>]")


def _broken_word(size: int, chance: random.Random) -> bytes:
    return paged(stream(said(b"14 TL (%b-) Tj T* (b.) Tj" % (b"a" * size))))


def _column_of_words(size: int, chance: random.Random) -> bytes:
    """Lines that end with a hyphen, over and over."""
    return paged(stream(said(b"14 TL " + b"(wordwordword-) Tj T* " * size)))


MAKERS: Makers = {
    "a word of 40,000 letters and a hyphen": (_broken_word, 40_000),
    "a word of 2,000,000 letters and a hyphen": (_broken_word, 2_000_000),
    "lines that end with hyphens": (_column_of_words, 50_000),
    "100,000 spaces in a row": (lambda size, chance: shown(b"a" + b" " * size + b"b"), 100_000),
    "100,000 spaces and a line break": (lambda size, chance: shown(b"a" + b" " * size + b"\\nb"), 100_000),
    "spaces, each shown by itself": (_said(b"( ) Tj "), 100_000),
    "line breaks, each shown by itself": (_said(b"(\\n) Tj "), 100_000),
    "tabs and line breaks": (lambda size, chance: shown(b"a" + b"\\t\\t\\t\\n" * size + b"b"), 50_000),
    "100 MB of spaces, packed": (lambda size, chance: paged(stream(b" " * (1000 * size))), 100_000),
    "1 GB of zeros, packed twice": (_packed_twice, 1_000_000),
    "100 MB of one text, packed": (lambda size, chance: shown(b"A" * (1000 * size)), 100_000),
    "hexadecimal digits without an end": (lambda s, chance: _filtered(b"/ASCIIHexDecode", b"20" * s), 500_000),
    "spaces in base 85": (lambda s, chance: _filtered(b"/ASCII85Decode", b"z \n" * s + b"~>"), 500_000),
    "run lengths": (lambda s, chance: _filtered(b"/RunLengthDecode", b"\x81 " * s + b"\x80"), 500_000),
    "LZW of one code": (lambda s, chance: _filtered(b"/LZWDecode", b"\x80\x10\x60" + b"\xff" * s), 500_000),
    "a chain of 1,000 filters": (
        lambda s, chance: _filtered(b"[" + b"/ASCIIHexDecode " * s + b"]", b"32" * 100),
        1000,
    ),
    "a tree of pages in a loop": (_looping_tree, 2_000),
    "a tree of pages 5,000 deep": (_deep_tree, 5_000),
    "20,000 empty pages": (_empty_pages, 20_000),
    "300 times the same long page": (_one_page_many_times, 3_000),
    "a false number of pages": (_false_count, 18),
    "forms within forms": (_forms_within_forms, 8),
    "a form that draws itself": (_form_draws_itself, 100),
    "arrays 100,000 deep": (lambda s, chance: paged(stream(said(b"[" * s + b"(a)" + b"]" * s + b" TJ"))), 100_000),
    "arrays 100,000 deep in the catalog": (
        lambda s, chance: written([b"<< /Type /Catalog /Pages 2 0 R /A " + b"[" * s + b" >>"]),
        100_000,
    ),
    "dictionaries 100,000 deep": (
        lambda s, chance: written([b"<< /Type /Catalog /Pages 2 0 R " + b"/A << " * s + b" >>"]),
        100_000,
    ),
    "brackets in a text": (lambda s, chance: paged(stream(said(b"(" * s))), 500_000),
    "states saved and restored": (_repeated(b"q Q "), 500_000),
    "states saved and never restored": (_repeated(b"q 2 0 0 2 0 0 cm "), 300_000),
    "text objects": (_repeated(b"BT ET "), 500_000),
    "operators that there are not": (_repeated(b"xyz "), 500_000),
    "operands without an operator": (_repeated(b"1 "), 1_000_000),
    "one letter at a time": (_said(b"(a) Tj "), 200_000),
    "one letter a line": (_said(b"1 0 0 1 9 9 Tm (a) Tj "), 100_000),
    "letters up and down": (_said(b"0 90 Td (a) Tj 0 -90 Td (b) Tj "), 50_000),
    "one array of letters": (lambda s, chance: paged(stream(said(b"[" + b"(a) -900 " * s + b"] TJ"))), 200_000),
    "fonts changed": (_said(b"/F1 9 Tf (a) Tj "), 100_000),
    "a font that there is not": (_said(b"/F9 9 Tf (a) Tj "), 50_000),
    "images that do not end": (_repeated(b"BI /W 9 ID aaaa "), 50_000),
    "an image without an end": (lambda s, chance: paged(stream(b"BI /W 9 /H 9 /F /DCT ID " + b"\xff" * s)), 1_000_000),
    "comments": (_repeated(b"%\n"), 500_000),
    "one comment": (lambda s, chance: paged(stream(b"%" + b"a" * s)), 2_000_000),
    "one name": (lambda s, chance: paged(stream(b"/" + b"a" * s + b" Do")), 2_000_000),
    "one name of escapes": (lambda s, chance: paged(stream(b"/" + b"#41" * s + b" Do")), 300_000),
    "one number": (lambda s, chance: paged(stream(b"1" * s + b" Tc")), 2_000_000),
    "numbers of stops": (_repeated(b"1.1.1.1.1.1 +-+- "), 100_000),
    "octal escapes": (lambda s, chance: shown(b"\\101" * s), 300_000),
    "backslashes": (lambda s, chance: shown(b"\\\\" * s), 500_000),
    "a hexadecimal text": (lambda s, chance: paged(stream(said(b"<" + b"4 1" * s + b"> Tj"))), 300_000),
    "a character map of ranges": (
        lambda s, chance: _to_unicode(b"100 beginbfrange\n" + b"<0000> <FFFF> <0000>\n" * s + b"endbfrange"),
        200,
    ),
    "a character map of one endless range": (
        lambda s, chance: _to_unicode(b"1 beginbfrange\n<00000000> <FFFFFFFF> <00000000>\nendbfrange"),
        1,
    ),
    "a character map of characters": (
        lambda s, chance: _to_unicode(b"9 beginbfchar\n" + b"<0001> <0041>\n" * s + b"endbfchar"),
        100_000,
    ),
    "a character map of long characters": (
        lambda s, chance: _to_unicode(b"9 beginbfchar\n<0001> <" + b"0041" * s + b">\nendbfchar"),
        500_000,
    ),
    "a character map of brackets": (
        lambda s, chance: _to_unicode(b"9 beginbfrange\n<0001> <0002> " + b"[" * s),
        200_000,
    ),
    "a font of many widths": (
        lambda s, chance: paged(
            stream(said(b"(a) Tj")),
            font=b"<< /Type /Font /Subtype /Type0 /DescendantFonts [<< /W [" + b"1 [9] " * s + b"] >>] >>",
        ),
        200_000,
    ),
    "a font of endless widths": (
        lambda s, chance: paged(
            stream(said(b"(a) Tj")),
            font=b"<< /Type /Font /Subtype /Type0 /DescendantFonts [<< /W [" + b"0 999999999 9 " * s + b"] >>] >>",
        ),
        1,
    ),
    "a font of many names": (
        lambda s, chance: paged(
            stream(said(b"(a) Tj")),
            font=b"<< /Type /Font /Subtype /Type1 /Encoding << /Differences [" + b"1 /a " * s + b"] >> >>",
        ),
        200_000,
    ),
    "objects in a stream": (_object_stream, 50_000),
    "a table that points to itself": (_circular_xref, 1),
    "a chain of 20,000 tables": (_chain_of_xrefs, 20_000),
    "a table of false size": (_false_xref_size, 12),
    "no table, many objects": (_no_xref(b"1 0 obj<<>>endobj "), 100_000),
    "no table, many beginnings": (_no_xref(b"1 0 obj "), 200_000),
    "no table, many trailers": (_no_xref(b"trailer<<>> "), 100_000),
    "no table, digits": (_no_xref(b"1 0 "), 500_000),
    "nothing but line breaks": (_no_xref(b"\n"), 2_000_000),
    "encrypted with long keys": (_encrypted, 50_000),
}
"""What is wrong with each, how it is made, and of how many units at full size."""
