"""The bytes of one document -> an Article. Nothing is read here but the bytes: no file, no network, no clock.

The steps, in order: refuse what is not text, decode, take off the front matter, turn markup into plain text, take out
the boilerplate, find the title.
"""

import codecs
import io
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePath

import sentencex
import trafilatura
import yaml
from charset_normalizer import from_bytes
from lxml import etree
from markdown_it import MarkdownIt
from pypdf import PageObject, PdfReader

from index.boilerplate import strip_boilerplate
from index.errors import ArticleError
from index.naming import named
from index.sources.address import is_link
from index.types import Article, as_utc

DEFAULT_MAX_BYTES = 5_000_000
"""The size limit where no setting gives one: any news page with its scripts, and a few novels of plain text."""

RAISE_LIMIT = "have the limit raised"
"""What the messages say of one that is too large; who may do so is told by what setting where the message is shown."""

MARKDOWN_SUFFIXES = frozenset({".md", ".markdown"})
HTML_SUFFIXES = frozenset({".html", ".htm"})
ARTICLE_SUFFIXES = MARKDOWN_SUFFIXES | HTML_SUFFIXES | {".txt"}
"""The documents of a folder that hold articles, by the end of their names in lower case."""
DOCUMENT_SUFFIXES = ARTICLE_SUFFIXES | {".pdf"}
"""All that can be read, where it is asked for by name."""

MAX_FRONT_MATTER = 16_000
"""Characters; front matter is a few lines, and YAML is slow."""

MAX_LINES = 200_000
"""Of one text, parted by whatever parts lines; the few novels of the size limit have half as many."""

MAX_ELEMENTS = 32_000
"""Of one page; the extraction of the story takes time quadratic in them. Long pages of news have some thousands."""

MAX_PDF_PAGES = 300

MAX_PDF_SECONDS = 3.0
"""Of computing for the text of one PDF; a million characters of it take one."""

MAX_TITLE = 100
"""Characters of a title made from the first sentence."""

MAX_FACT = 300
"""Characters of what a page says of itself: its title, its authors, its section. What is longer is no such thing."""

MAX_HEADLINE = 120
"""Characters; a longer first line of a .txt is no headline."""


def read_document(
    data: bytes,
    name: str,
    *,
    article_id: str,
    source: str | None = None,
    suffix: str | None = None,
    address: str | None = None,
    max_bytes: int = DEFAULT_MAX_BYTES,
) -> Article:
    """The article in `data`; `suffix`, else the end of `name`, gives its type: one of DOCUMENT_SUFFIXES.

    `address` is where it was read, for one of the web.

    `article_id` is its id unless its front matter gives one. Raises ArticleError, in one sentence that names the
    document, for anything that is not an article: another type, too large, empty, binary, in an unknown encoding,
    with front matter that does not say what it should, or with nothing but boilerplate in it.
    """
    label = named(name)
    suffix = suffix or PurePath(name).suffix.lower()
    if suffix not in DOCUMENT_SUFFIXES:
        raise not_an_article(name)
    if len(data) > max_bytes:
        raise too_large(name, len(data), max_bytes)
    is_pdf = suffix == ".pdf"
    text = _text_of_pdf(data, label, max_bytes) if is_pdf else _decode(data, label, may_declare=suffix in HTML_SUFFIXES)
    if not text.strip():
        raise ArticleError(f"{label} is empty: put the text of an article in it, or remove it.")
    _check_lines(text, label)

    if suffix in HTML_SUFFIXES:
        draft = _read_html(text, label, address)
    else:
        stated, text = ({}, text) if is_pdf else _split_front_matter(text, label)
        draft = (_read_markdown if suffix in MARKDOWN_SUFFIXES else _read_plain_text)(text, stated)
    if not any(character.isalnum() for character in draft.text):
        raise ArticleError(
            f"{label} holds no story, at most what stands around one, such as a title, a byline or an invitation to "
            "subscribe: put the text of the article in it, or remove it."
        )
    facts = {key: value for key, value in draft.facts.items() if value}
    return Article(
        id=facts.get("id", article_id),
        title=facts.get("title") or _title_from(draft.text),
        text=draft.text,
        author=facts.get("author"),
        published=_moment(facts, "published", label),
        updated=_moment(facts, "updated", label),
        url=facts.get("url"),
        source=source,
        section=facts.get("section"),
    )


def read_fragment(
    fragment: str,
    name: str,
    *,
    article_id: str,
    title: str,
    author: str | None = None,
    published: datetime | None = None,
    updated: datetime | None = None,
    url: str | None = None,
    source: str | None = None,
) -> Article:
    """The article in a piece of HTML that is the story and nothing else, as feeds hold it. Raises ArticleError."""
    text, byline = strip_boilerplate(plain_text(fragment))
    if not any(character.isalnum() for character in text):
        raise ArticleError(f"{named(name)} holds no story: put the text of the article in it, or remove it.")
    facts = published, updated, url, source
    return Article(article_id, title or _title_from(text), text, author or byline, *facts)


def read_text(
    text: str,
    *,
    source: str,
    title: str | None = None,
    author: str | None = None,
    published: str | None = None,
    url: str | None = None,
    max_bytes: int = DEFAULT_MAX_BYTES,
) -> Article:
    """The article in a text that somebody typed or pasted. Its id is made from its title and date.

    What is not stated is read from the text. Raises ArticleError, in one sentence, for what is not an article.
    """
    if not text.strip():
        raise ArticleError("The text is empty: paste the text of the article.")
    size = len(text.encode(errors="replace"))
    if size > max_bytes:
        raise too_large("The text", size, max_bytes)
    _check_lines(text, "The text")
    stated = {"title": title, "author": author, "published": published, "url": url}
    facts = {key: " ".join(value.split()) for key, value in stated.items() if value and value.strip()}
    if not is_link(facts.get("url", "https://example.org")):
        raise ArticleError(
            f"{named(facts['url'])} is not a web address: write it in full, with https://, and without a name or "
            "password."
        )
    draft = _read_plain_text(text.replace("\r\n", "\n").replace("\r", "\n"), facts)
    if not any(character.isalnum() for character in draft.text):
        raise ArticleError(
            "The text holds no story, at most what stands around one, such as a title or a byline: paste the whole "
            "article."
        )
    try:
        moment = as_utc(facts.get("published"))
    except (ValueError, OverflowError) as error:
        raise ArticleError(f"{named(facts['published'])} is no date: write it as 2026-01-05.") from error
    heading = draft.facts.get("title") or _title_from(draft.text)
    name = f"{heading} {moment.date()}" if moment else heading
    return Article(
        id=_NO_WORD.sub("-", name.casefold()).strip("-")[: 2 * MAX_TITLE] or source,
        title=heading,
        text=draft.text,
        author=draft.facts.get("author") or None,
        published=moment,
        url=facts.get("url"),
        source=source,
    )


def not_an_article(name: str) -> ArticleError:
    """The refusal of a document of another type."""
    return ArticleError(
        f"{named(name)} is not a type of file that articles are read from: save it as .md, .txt, .html or .pdf."
    )


def too_large(name: str, size: int, max_bytes: int) -> ArticleError:
    """The refusal of a document of `size` bytes where `max_bytes` are allowed."""
    return ArticleError(
        f"{named(name)} has {size:,} bytes, more than the {max_bytes:,} allowed: split it, or {RAISE_LIMIT}."
    )


def _check_lines(text: str, label: str) -> None:
    lines = len(text.splitlines())
    if lines > MAX_LINES:
        raise ArticleError(
            f"{label} has {lines:,} lines, more than the {MAX_LINES:,} allowed: check that it is the text of an "
            "article, or split it."
        )


# ---- bytes -> text

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

# The Latin encodings give nearly every byte some letter, so only the letters tell them apart: a text is taken for
# Windows-1252, and so for Latin-1, when its letters beyond ASCII are those of one of these languages, and where they
# belong. (charset-normalizer 3.5 reads French, Spanish and English quotation marks as cp1250 or MacRoman at times.)
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

# What charset-normalizer does tell apart: alphabets and scripts of their own. For each encoding, a letter of its
# script, and at least what share of the letters beyond ASCII such letters are: most, but in Japanese, where hiragana
# stands between Chinese characters (and in Chinese never).
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

# A page's declared encoding is believed, in the wider form that browsers read it in; of others UTF-8 needs no
# declaration, and the rest of Python's codecs are no encodings of pages.
_PAGE_ENCODINGS = ("iso8859", "cp125", "cp8", "cp9", "koi8", "mac", "euc", "gb", "big5", "shift")
_WIDER = {"iso8859-1": "cp1252", "euc_kr": "cp949", "gb2312": "gb18030", "gbk": "gb18030", "shift_jis": "cp932"}


def _decode(data: bytes, label: str, *, may_declare: bool) -> str:
    """`data` as text with line feeds for line breaks and no byte order mark; nothing else is replaced."""
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
    """`page` in the encoding that it declares, if it is one of pages and fits."""
    declaration = _DECLARED.search(page[:4096])
    try:
        encoding = codecs.lookup(declaration[1].decode("ascii")).name if declaration else ""
    except LookupError:
        return None
    return _decoded(page, _WIDER.get(encoding, encoding)) if encoding.startswith(_PAGE_ENCODINGS) else None


def _guessed(data: bytes) -> str | None:
    """`data` in the one encoding that makes sense of it, or None: a wrong guess would be quoted."""
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


# ---- PDF -> text

_WORD = re.compile(r"\w+")
_BROKEN_WORD = re.compile(r"(?<!\w)(\w{1,40})-\n(\w{1,40})(?!\w)")
"""A word that goes on in the next line; with no more letters than a word has, so that no text makes it slow."""
_BLOCK_GAP = 1.8
"""How many times the size of its letters a line is below the one before where a new block begins."""


def _text_of_pdf(data: bytes, label: str, max_bytes: int) -> str:
    """The words of a PDF in lines as they are set, a blank line between blocks and pages."""
    if b"%PDF-" not in data[:1024]:
        raise ArticleError(f"{label} is no PDF, whatever its name says: save it as a PDF, or the story as .txt.")
    budget = _Budget(label, max_bytes)
    try:
        pdf = PdfReader(io.BytesIO(data))
        if pdf.is_encrypted and not pdf.decrypt(""):
            raise ArticleError(f"{label} is encrypted: save it without a password.")
        count = len(pdf.pages)
        if count > MAX_PDF_PAGES:
            raise ArticleError(
                f"{label} has {count:,} pages, more than the {MAX_PDF_PAGES} allowed: split it into its articles."
            )
        text = "\n\n".join(_text_of_page(page, budget) for page in pdf.pages)
    except (ArticleError, MemoryError):
        raise
    except Exception as error:  # what pypdf raises for a file that is broken is of every kind
        raise ArticleError(f"{label} is a broken PDF: save it again, or save the story as .txt.") from error
    if not any(character.isalnum() for character in text):
        raise ArticleError(
            f"{label} holds pictures of pages and no text, as scans do: recognize its text (OCR), or save the story as "
            ".txt."
        )
    known = set(_WORD.findall(text))
    text = text.replace("\0", "").replace("\xad\n", "")
    return _BROKEN_WORD.sub(lambda m: m[1] + m[2] if m[1] + m[2] in known else f"{m[1]}-{m[2]}", text)


@dataclass(slots=True)
class _Budget:
    """What the text of one PDF may take: in a few kilobytes of it there is room for gigabytes.

    The time is that of this thread, so it does not count what else the machine does.
    """

    label: str
    max_characters: int
    characters: int = 0
    began: float = field(default_factory=time.thread_time)

    def spend(self, characters: int = 0) -> None:
        """Count text that came out. Raises ArticleError, also each time later, once it is too much or takes too long.

        What is raised inside a form of the page, pypdf only logs.
        """
        self.characters += characters
        if self.characters > self.max_characters:
            raise ArticleError(
                f"{self.label} holds more than the {self.max_characters:,} characters of text allowed, unpacked: split "
                f"it into its articles, or {RAISE_LIMIT}."
            )
        if time.thread_time() - self.began > MAX_PDF_SECONDS:
            raise ArticleError(
                f"{self.label} takes more than {MAX_PDF_SECONDS:g} seconds to read: save the story as .txt."
            )


def _text_of_page(page: PageObject, budget: _Budget) -> str:
    """The words of a page in the order of the file, which is that of its columns."""
    pieces: list[str] = []
    last: float | None = None

    def add(text: str, whole: list[float], line: list[float], _font: object, size: float) -> None:
        nonlocal last
        budget.spend(len(text))
        if not text.strip():
            pieces.append(text)
            return
        height = line[5] * whole[3] + whole[5]
        if last is not None and last - height > _BLOCK_GAP * abs(size * line[3] * whole[3]):
            pieces.append("\n\n")
        pieces.append(text)
        last = height

    page.extract_text(visitor_operand_before=lambda *_: budget.spend(), visitor_text=add)
    budget.spend()
    blocks = re.split(r"\n\s*\n", "".join(pieces))
    return "\n\n".join(stripped for block in blocks if (stripped := block.strip()))


# ---- front matter

_FRONT_MATTER = re.compile(r"---[ \t]*\n(?=\S)(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_KEYS = ("id", "title", "author", "published", "updated", "url", "section")


def _split_front_matter(text: str, label: str) -> tuple[dict[str, str], str]:
    """What the front matter of `text` states, and the text below it. A line of dashes alone is a thematic break."""
    match = _FRONT_MATTER.match(text)
    if not match:
        return {}, text
    block = match[1]
    if len(block) > MAX_FRONT_MATTER:
        raise ArticleError(
            f"{label} has front matter of {len(block):,} characters, more than the {MAX_FRONT_MATTER:,} allowed: "
            "close it with a line of --- above the story."
        )
    try:
        stated = yaml.load(block, Loader=yaml.BaseLoader)  # every value a string, list or mapping: nothing is run
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 2}" if mark else ""
        raise ArticleError(
            f"{label} has front matter that is not YAML{where}: "
            "correct it (a value that holds a colon goes in quotes), or remove it with its --- lines."
        ) from error
    if isinstance(stated, str) and stated:  # prose between two thematic breaks
        return {}, text
    if not isinstance(stated or {}, dict):
        raise ArticleError(
            f"{label} has front matter without keys: write lines such as “title: …” between its --- lines."
        )
    facts = {key: _fact(stated[key], key, label) for key in _KEYS if stated and key in stated}
    return {key: fact for key, fact in facts.items() if fact}, text[match.end() :]


def _fact(value: object, key: str, label: str) -> str:
    """One value of the front matter on one line; "" where it states nothing."""
    if key == "author" and isinstance(value, list) and all(isinstance(name, str) for name in value):
        value = ", ".join(value)
    if not isinstance(value, str):
        raise ArticleError(f"{label} has a list or a mapping for “{key}” in its front matter: write one line of text.")
    if len(value) > MAX_FRONT_MATTER:  # an alias of YAML may stand for very much, many times
        raise ArticleError(f"{label} has a “{key}” in its front matter that is too long: write one line of text.")
    line = " ".join(value.split())
    if line in ("null", "~"):
        return ""
    if key == "url" and line and not is_link(line):
        raise ArticleError(
            f"{label} has a “url” in its front matter that is not a web address: write it in full, with https://, and "
            "without a name or password."
        )
    return line


def _moment(facts: Mapping[str, str], key: str, label: str) -> datetime | None:
    try:
        return as_utc(re.sub(r"(?<=\d) (?=[+-]\d)", "", facts.get(key, "")))  # YAML has a space before the offset
    except (ValueError, OverflowError) as error:
        raise ArticleError(
            f"{label} has a time for “{key}” that cannot be read: write it as 2026-01-05 or 2026-01-05T10:00:00+09:00."
        ) from error


# ---- each type -> plain text without boilerplate


@dataclass(frozen=True, slots=True)
class _Draft:
    """The story as plain text, and what its document states about it: fields of Article by name."""

    text: str
    facts: Mapping[str, str]


def _read_plain_text(text: str, facts: Mapping[str, str]) -> _Draft:
    story, author = strip_boilerplate(text)
    headline, _, below = story.partition("\n")
    headline = headline.strip()
    named = {"author": author or ""}
    if _is_headline(headline, below) and facts.get("title", headline) == headline:
        story, named["title"] = below.strip(), headline
    return _Draft(story, {**named, **facts})


def _is_headline(line: str, below: str) -> bool:
    words = [word for word in line.split() if word[0].isalpha()]
    is_short = len(words) > 1 and len(line) <= MAX_HEADLINE and not line.endswith(tuple(".!?…:;,”\"'’)"))
    return is_short and below.lstrip(" \t").startswith("\n") and bool(below.strip())


def _read_markdown(text: str, facts: Mapping[str, str]) -> _Draft:
    # Once as lines, since Markdown joins a byline to the paragraph right below it; and once without the markup.
    text, author = strip_boilerplate(text)
    markdown = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    environment: dict[str, object] = {}
    tokens = markdown.parse(text, environment)
    named = {}
    if tokens and tokens[0].type == "heading_open" and tokens[0].tag == "h1":
        heading = plain_text(markdown.renderer.render(tokens[:3], markdown.options, environment))
        if facts.get("title", heading) == heading:
            tokens, named["title"] = tokens[3:], heading
    rendered = markdown.renderer.render(tokens, markdown.options, environment)
    story, author_below = strip_boilerplate(plain_text(rendered))
    named["author"] = author or author_below or ""
    return _Draft(story, {**named, **facts})


def _read_html(page: str, label: str, address: str | None) -> _Draft:
    try:
        whole = plain_text(page, without=_FURNITURE, max_elements=MAX_ELEMENTS)
    except _TooMany as error:
        raise ArticleError(
            f"{label} has more than {MAX_ELEMENTS:,} elements, too many for the page of a story: name another page, or "
            "save the story as .txt."
        ) from error
    found = trafilatura.extract_with_metadata(
        page,
        output_format="html",
        include_comments=False,
        date_extraction_params={"extensive_search": False, "original_date": True},
    ) or trafilatura.extract_metadata(page)
    text = plain_text(found.text or "")
    # Of a tiny page the extractor returns nothing, or every word in one paragraph.
    if not text or ("\n" not in text and len(whole.split()) <= len(text.split())):
        text = whole
    title = " ".join((found.title or "").split())
    first, _, below = text.partition("\n")
    if first == title and below.strip():
        text = below
    story, author = strip_boilerplate(text)
    url = found.url or ""
    stated = {
        "title": title,
        "author": ", ".join((found.author or "").split("; ")),
        "section": ", ".join(found.categories or ()),
    }
    facts = {key: value for key, value in stated.items() if value and len(value) <= MAX_FACT}
    others = {"published": found.date or "", "url": url if is_link(url, beside=address) else ""}
    return _Draft(story, {"author": author or "", **facts, **others})


def _title_from(story: str) -> str:
    """The first sentence, shortened at a word."""
    line = next(line for line in story.split("\n") if any(character.isalnum() for character in line))
    sentence: str = sentencex.segment("en", line.strip()[: 5 * MAX_TITLE])[0].strip()
    if len(sentence) <= MAX_TITLE:
        return sentence
    return sentence[:MAX_TITLE].rsplit(" ", 1)[0][: MAX_TITLE - 1].rstrip(" ,;:–—-") + "…"


# ---- HTML -> plain text

_NO_WORD = re.compile(r"[\W_]+")
_SPACE = re.compile(r"[ \t\n\r\f]+")
_SEPARATORS = ("", " ", "\t", "\n", "\n\n")
_UNSEEN = frozenset({"script", "style", "template", "title", "noscript"})
_FURNITURE = frozenset({"nav", "aside", "footer", "button"})
_CELLS = frozenset({"td", "th"})
_LINES = frozenset({"li", "tr", "dt", "dd"})
_BLOCKS = frozenset(
    "address article aside blockquote body caption center details div dl fieldset figcaption figure footer form "
    "h1 h2 h3 h4 h5 h6 header hr html main nav ol p pre section summary table ul".split()
)


class _TooMany(Exception):
    """More elements than are allowed."""


def plain_text(page: str, without: frozenset[str] = frozenset(), max_elements: int | None = None) -> str:
    """The words of an HTML page or fragment as a reader sees them, those inside the elements `without` left out.

    A blank line stands between blocks, a line break between list items and table rows, a tab between cells. The
    parser reports the tags one by one and builds no tree, so no depth of nesting is too much.
    """
    words = _PlainText(_UNSEEN | without, max_elements)
    etree.fromstring(page.encode(), etree.HTMLParser(target=words, encoding="utf-8", huge_tree=True))
    return "".join(words.pieces).strip()


class _PlainText:
    """What lxml's parser reports to. Collects the words in `pieces`, each after what separates it from the last."""

    def __init__(self, unseen: frozenset[str], max_elements: int | None) -> None:
        self.pieces: list[str] = []
        self._left = max_elements
        self._separator = ""
        self._unseen = unseen
        self._unseen_depth = 0
        self._preformatted = False

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if self._left is not None:
            self._left -= 1
            if self._left < 0:
                raise _TooMany
        if tag in self._unseen:
            self._unseen_depth += 1
        elif tag == "pre":
            self._preformatted = True
        elif tag == "br":
            self._separate("\n\n" if self._separator == "\n" else "\n")
        self._separate_around(tag)

    def end(self, tag: str) -> None:
        if tag in self._unseen:
            self._unseen_depth -= 1
        elif tag == "pre":
            self._preformatted = False
        self._separate_around(tag)

    def data(self, data: str) -> None:
        if self._unseen_depth:
            return
        edge = "\n" if self._preformatted else " "
        text = data if self._preformatted else _SPACE.sub(" ", data)
        words = text.strip(edge)
        if text.startswith(edge):
            self._separate(edge)
        if words and not words.isspace():
            self.pieces += [self._separator, words]
            self._separator = edge if text.endswith(edge) else ""

    def close(self) -> None:
        """The end of the page."""

    def _separate_around(self, tag: str) -> None:
        if tag in _BLOCKS:
            self._separate("\n\n")
        elif tag in _LINES:
            self._separate("\n")
        elif tag in _CELLS:
            self._separate("\t")

    def _separate(self, separator: str) -> None:
        self._separator = max(self._separator, separator, key=_SEPARATORS.index)
