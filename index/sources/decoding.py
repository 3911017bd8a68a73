"""Decodes the bytes of a document. If the encoding is uncertain it refuses, because wrong letters would be quoted."""

import codecs
import re

from charset_normalizer import from_bytes

from index.errors import ArticleError

_MAGIC = {
    b"PK\x03\x04": "a ZIP archive or an Office document",
    b"PK\x05\x06": "a ZIP archive",
    b"%PDF-": "a PDF",
    b"\x89PNG": "a PNG picture",
    b"GIF8": "a GIF picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"\x1f\x8b": "a gzip archive",
    b"\xd0\xcf\x11\xe0": "an Office document",
    b"{\\rtf": "a Rich Text document",
}
# UTF-32 first: its little-endian mark begins with that of UTF-16.
_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
_CONTROL = re.compile(r"[\x01-\x08\x0e-\x1f\x7f]")
_DECLARED = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?([\w.:-]{2,40})""", re.IGNORECASE)

# In the Latin encodings nearly every byte is some letter, so only the letters can tell them apart. A text is read as
# Windows-1252 (which includes Latin-1) if all its letters beyond ASCII belong to one of these languages, and are at
# plausible places in words. (charset-normalizer 3.5 sometimes takes French, Spanish and English quotation marks for
# cp1250 or MacRoman.)
_WESTERN = {
    language: frozenset(letters + letters.upper())
    for language, letters in {
        "English and French": "àâæçèéêëîïñôœùûü",
        "German": "äöüéàß",
        "Spanish and Catalan": "áàèéíïñóòúüç",
        "Portuguese": "áàâãçéêíóôõúü",
        "Italian": "àèéìíîòóù",
        "Dutch": "àéèëïöüóáí",
        "Danish, Norwegian, Swedish and Finnish": "åäöéæøàèü",
    }.items()
}
_TYPOGRAPHY = frozenset("‘’‚“”„–—…•«»·©®™€£¥§°¡¿ªº½¼¾²³´×\xa0\xad")
_MISREAD = re.compile(
    r"[^\W\d_][¡¿£¥‚„]|[^\W\d_][§°©®][^\W\d_]|[½¼¾²³´×ªº][^\W\d_]|[^\W\d_mM][²³]"  # a sign inside a word
    r"|[¡£¥§°½¼¾²³´×ªº]{2}"  # two in a row
    r"|[a-zß-ÿ][À-ÞŠŒŽŸ]|[À-ÞŠŒŽŸ][A-Z][a-z]"  # a capital inside a word
)

# Encodings of other scripts, which charset-normalizer can tell apart. For each encoding: a pattern for a letter of its
# script, and the least share of such letters among those beyond ASCII. That is most of them, except in Japanese, where
# hiragana is mixed with Chinese characters. (Chinese has no hiragana.)
_SCRIPTS = {
    "cp1251": (re.compile("[а-яёіїєґў]", re.IGNORECASE), 0.95),
    "koi8_r": (re.compile("[а-яё]", re.IGNORECASE), 0.95),
    "cp1253": (re.compile("[ά-ώΐΰ]", re.IGNORECASE), 0.95),
    "cp949": (re.compile("[가-힣]"), 0.8),
    "cp932": (re.compile("[ぁ-ん]"), 0.1),
    "euc_jp": (re.compile("[ぁ-ん]"), 0.1),
    "gb18030": (re.compile("[一-鿿]"), 0.95),
    "big5": (re.compile("[一-鿿]"), 0.95),
}
_MAX_CHAOS = 0.05

# If a page declares one of these encodings it is trusted, in the wider form that browsers use. UTF-8 needs no
# declaration, and Python's other codecs are not encodings of web pages.
_PAGE_ENCODINGS = ("iso8859", "cp125", "cp8", "cp9", "koi8", "mac", "euc", "gb", "big5", "shift")
_WIDER = {"iso8859-1": "cp1252", "euc_kr": "cp949", "gb2312": "gb18030", "gbk": "gb18030", "shift_jis": "cp932"}


def decode(data: bytes, label: str, *, may_declare: bool) -> str:
    """Decode `data`. Line breaks become line feeds and a byte order mark is removed; nothing else is changed.

    `label` names the document in messages. `may_declare` is set for HTML pages, which may declare their encoding.
    Raises ArticleError if `data` is not text, or if its encoding is uncertain.
    """
    for magic, kind in _MAGIC.items():
        if data.startswith(magic):
            raise _not_text(label, f"is {kind}, not text")
    mark = next((mark for mark in _MARKS if data.startswith(mark)), b"")
    if b"\0" in data and _MARKS.get(mark, "utf-8") == "utf-8":
        raise _not_text(label, "contains null bytes, which no text has")
    text = _decoded(data.removeprefix(mark), _MARKS.get(mark, "utf-8"))
    if text is None and not mark:
        text = (_declared(data) if may_declare else None) or _guessed(data)
    if text is None:
        raise _not_text(label, "is in an encoding that cannot be told for certain")
    if "\0" in text or len(_CONTROL.findall(text)) * 1000 > len(text):
        raise _not_text(label, "contains control characters, as programs and pictures do")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _not_text(label: str, cause: str) -> ArticleError:
    return ArticleError(f"{label} {cause}: save it as plain text in UTF-8.")


def _decoded(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except (UnicodeError, LookupError):
        return None


def _declared(page: bytes) -> str | None:
    """Decode `page` in the encoding that it declares; None if that is no encoding of pages or does not fit."""
    declaration = _DECLARED.search(page[:4096])
    try:
        encoding = codecs.lookup(declaration[1].decode("ascii")).name if declaration else ""
    except LookupError:
        return None
    return _decoded(page, _WIDER.get(encoding, encoding)) if encoding.startswith(_PAGE_ENCODINGS) else None


def _guessed(data: bytes) -> str | None:
    """Decode `data` in the one encoding that fits it; None if that is uncertain: wrong letters would be quoted."""
    western = _decoded(data, "cp1252")
    if western is not None and _is_western(western):
        return western
    telling = b"\n".join(line for line in data.splitlines() if not line.isascii())
    best = from_bytes(
        telling, steps=10, chunk_size=1024, cp_isolation=list(_SCRIPTS), preemptive_behaviour=False
    ).best()
    if best is None or best.chaos > _MAX_CHAOS or not _is_in_script(str(best), *_SCRIPTS[best.encoding]):
        return None
    return _decoded(data, best.encoding)


def _is_in_script(text: str, letter: re.Pattern[str], share: float) -> bool:
    letters = [character for character in text if character.isalpha()]
    beyond_ascii = sum(not character.isascii() for character in letters)
    return beyond_ascii > len(letters) / 2 and len(letter.findall(text)) >= share * beyond_ascii


def _is_western(text: str) -> bool:
    letters = {character for character in text if not character.isascii()} - _TYPOGRAPHY
    return any(letters <= alphabet for alphabet in _WESTERN.values()) and not _MISREAD.search(text)
