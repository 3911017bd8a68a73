from collections.abc import Callable
from datetime import UTC, datetime
from time import perf_counter, thread_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import ArticleError
from index.naming import printable
from index.sources.document import DEFAULT_MAX_BYTES, MAX_FRONT_MATTER, plain_text, read_document, read_text
from index.types import Article

STORY = (
    "The harbour of Port Elgin will close for six weeks in spring, the city council said on Tuesday. "
    "Councillor Mara Lind said the quay “cannot wait another winter.”"
)
MORE = "Fishermen will moor at the old ferry pier until the work is done."


def read(data: str | bytes, name: str = "harbour.md", **options: int) -> Article:
    return read_document(
        data.encode() if isinstance(data, str) else data, name, article_id="harbour", source="/a/harbour", **options
    )


def refusal(data: str | bytes, name: str = "harbour.md", **options: int) -> str:
    with pytest.raises(ArticleError) as refused:
        read(data, name, **options)
    message = str(refused.value)
    assert message.startswith(printable(name))
    assert message.endswith(".")
    assert "\n" not in message
    return message


# ---- what is refused


def test_another_type_is_refused_by_name() -> None:
    assert refusal(STORY, "harbour.docx") == (
        "harbour.docx is not a type of file that articles are read from: save it as .md, .txt, .html or .pdf."
    )
    assert "harbour is not" in refusal(STORY, "harbour")


@pytest.mark.parametrize("name", ("a.md", "a.markdown", "a.txt", "a.html", "a.htm", "A.TXT", "b/a.Md"))
def test_every_article_type_is_read(name: str) -> None:
    article = read(STORY, name)
    assert (article.text, article.id, article.source) == (STORY, "harbour", "/a/harbour")


def test_too_large_names_both_sizes() -> None:
    assert refusal("x" * 1_500, max_bytes=1_000) == (
        "harbour.md has 1,500 bytes, more than the 1,000 allowed: split it, or have the limit raised."
    )
    assert read("x" * 1_000, max_bytes=1_000).text == "x" * 1_000
    assert DEFAULT_MAX_BYTES == 5_000_000


@pytest.mark.parametrize("name", ("a.md", "a.txt", "a.html"))
@pytest.mark.parametrize("data", (b"", b" \n\t\r\n", b"\xef\xbb\xbf", b"\xff\xfe"))
def test_empty_says_so(data: bytes, name: str) -> None:
    assert refusal(data, name) == f"{name} is empty: put the text of an article in it, or remove it."


@pytest.mark.parametrize(
    ("data", "name"),
    (
        ("By Jane Doe\n\nAdvertisement\nSubscribe\n", "a.txt"),
        ("# Harbour to close\n\nBy Jane Doe\n", "a.md"),
        ("---\ntitle: Harbour to close\n---\n", "a.md"),
        ("***\n\n---\n", "a.md"),
        ("<html><head><title>Harbour</title></head><body><nav>Home</nav></body></html>", "a.html"),
        ("<p>Advertisement</p>", "a.html"),
    ),
)
def test_only_boilerplate_says_so(data: str, name: str) -> None:
    assert refusal(data, name) == (
        f"{name} holds no story, at most what stands around one, such as a title, a byline or an invitation to "
        "subscribe: put the text of the article in it, or remove it."
    )


@pytest.mark.parametrize(
    ("data", "cause"),
    (
        (b"PK\x03\x04\x14\x00\x06\x00", "is a ZIP archive or an Office document, not text"),
        (b"%PDF-1.7\n%\xe2\xe3", "is a PDF, not text"),
        (b"\x89PNG\r\n\x1a\n\0\0", "is a PNG picture, not text"),
        (b"\xff\xd8\xff\xe0", "is a JPEG picture, not text"),
        (rb"{\rtf1\ansi Hello.}", "is a Rich Text document, not text"),
        (b"Text with\0 a null byte.", "contains null bytes, which no text has"),
        (b"\xef\xbb\xbfText with\0 a null byte.", "contains null bytes, which no text has"),
        ("Text with\0 a null.".encode("utf-16"), "contains control characters, as programs and pictures do"),
        (b"\x01\x02\x03\x04 noise", "contains control characters, as programs and pictures do"),
        (b"\xff\xfeodd", "is in an encoding that cannot be told for certain"),
        (b"\x81\x8d\x8f\x90 what", "is in an encoding that cannot be told for certain"),
    ),
)
@pytest.mark.parametrize("name", ("a.md", "a.txt", "a.html"))
def test_what_is_not_text_is_refused(data: bytes, cause: str, name: str) -> None:
    assert refusal(data, name) == f"{name} {cause}: save it as plain text in UTF-8."


def test_a_stray_control_character_stays() -> None:
    text = f"{STORY} " * 20 + "Stray\x0b here\x08."
    assert read(text, "a.txt").text == text


def test_a_name_with_a_newline_or_an_undecodable_byte_is_shown_on_one_line() -> None:
    assert refusal(b"", "a\nb\udcff.txt").startswith(r"a\nb\udcff.txt is empty")


# ---- decoding

FRENCH = (
    "Le président coréen a déclaré que la réunion s’était bien déroulée. Les négociations reprendront à l’été, "
    "a-t-il ajouté, malgré les réserves exprimées à Pékin. Où en est-on\xa0? «\xa0Très près\xa0», répond-il."
)
GERMAN = "Der Präsident erklärte, die Gespräche würden fortgesetzt. Größere Änderungen seien möglich, hieß es in Köln."
SPANISH = "El presidente señaló que la reunión será el próximo año. ¿Qué pasará mañana? ¡Nadie lo sabe! Costó 5 €."
ENGLISH = "“We don’t know more,” she said at the café — that was all… It cost £5, or 3° of warmth, on 9 km² of A® land."
KOREAN = (
    "이재명 대통령은 서울과 베이징이 한국 문화 콘텐츠에 대한 비공식 제한에 관해 "
    "실무 협의를 진행할 것이라고 밝혔다. K팝도 포함된다."
)
CHINESE = "韩国总统表示，首尔和北京将就中国对韩国文化内容的长期非官方限制举行工作级磋商。双方同意讨论逐步扩大文化交流。"
TAIWAN = "韓國總統表示，首爾和北京將就中國對韓國文化內容的長期非官方限制舉行工作級磋商。雙方同意討論逐步擴大文化交流。"
JAPANESE = "韓国の大統領は、ソウルと北京が韓国の文化コンテンツに対する非公式な制限について実務協議を行うと述べた。"
RUSSIAN = "Президент заявил, что переговоры продолжатся. Стороны обсудили ограничения и согласовали план действий."
GREEK = "Ο πρόεδρος είπε ότι οι συνομιλίες θα συνεχιστούν την επόμενη εβδομάδα. Η εμπιστοσύνη είναι το ζήτημα."
POLISH = "Prezydent powiedział, że rozmowy będą kontynuowane. Złożyły się na to różne przyczyny gospodarcze."
CZECH = "Prezident řekl, že rozhovory budou pokračovat příští týden. Ministr uvedl, že důvěra je nejdůležitější."

TOLD_APART = (
    (FRENCH, "cp1252"),
    (GERMAN, "latin-1"),
    (SPANISH, "cp1252"),
    (ENGLISH, "cp1252"),
    (KOREAN, "euc-kr"),
    (CHINESE, "gb18030"),
    (TAIWAN, "big5"),
    (JAPANESE, "shift_jis"),
    (JAPANESE, "euc_jp"),
    (RUSSIAN, "cp1251"),
    (RUSSIAN, "koi8_r"),
    (GREEK, "cp1253"),
)


@pytest.mark.parametrize("encoding", ("utf-8", "utf-8-sig", "utf-16", "utf-32"))
@pytest.mark.parametrize("text", (FRENCH, KOREAN, POLISH))
def test_unicode_is_read_without_its_mark(text: str, encoding: str) -> None:
    assert read(text.encode(encoding), "a.txt").text == text


@pytest.mark.parametrize(("text", "encoding"), TOLD_APART)
@pytest.mark.parametrize("times", (1, 40))
def test_another_encoding_is_told_from_the_text(text: str, encoding: str, times: int) -> None:
    paragraphs = "\n".join([text] * times)
    assert read(paragraphs.encode(encoding), "a.txt").text == paragraphs


@pytest.mark.parametrize(
    ("text", "encoding"),
    (
        *((text, encoding) for text in (POLISH, CZECH) for encoding in ("cp1250", "iso8859-2")),
        *((text, "mac_roman") for text in (FRENCH, GERMAN, ENGLISH[:60])),
        (FRENCH.replace("’", "'"), "cp850"),
        (RUSSIAN, "cp866"),
        (RUSSIAN, "iso8859-5"),
        (f"{STORY} The word is {KOREAN[:12]}.".replace("“", '"').replace("”", '"'), "euc-kr"),
    ),
)
def test_an_encoding_that_cannot_be_told_is_refused_and_never_guessed(text: str, encoding: str) -> None:
    assert refusal(text.encode(encoding), "a.txt") == (
        "a.txt is in an encoding that cannot be told for certain: save it as plain text in UTF-8."
    )


@pytest.mark.parametrize("start", range(0, 50, 7))
@pytest.mark.parametrize(("text", "encoding"), TOLD_APART)
def test_a_part_of_a_text_is_decoded_right_or_refused(text: str, encoding: str, start: int) -> None:
    part = f"{text} {text}"[start : start + 50]
    try:
        assert read(part.encode(encoding), "a.txt").text == part.strip()
    except ArticleError as refused:
        assert "encoding" in str(refused)


@pytest.mark.parametrize(
    ("declared", "encoding", "text"),
    (
        ("iso-8859-2", "iso-8859-2", POLISH),
        ("windows-1250", "cp1250", CZECH),
        ("euc-kr", "cp949", KOREAN[:9] + "똠방각하"),
        ("ISO-8859-1", "cp1252", ENGLISH),
        ("gb2312", "gbk", CHINESE),
    ),
)
def test_a_page_is_read_in_the_encoding_it_declares(declared: str, encoding: str, text: str) -> None:
    page = f'<html><head><meta charset="{declared}"></head><body><p>{text}</p></body></html>'
    assert read(page.encode(encoding), "a.html").text == text
    old = f"<meta http-equiv=Content-Type content='text/html; charset={declared}'><p>{text}</p>"
    assert read(old.encode(encoding), "a.html").text == text


@pytest.mark.parametrize("declared", ("utf-16", "utf-7", "unicode_escape", "rot13", "nonsense"))
def test_a_declared_encoding_that_pages_do_not_have_is_not_believed(declared: str) -> None:
    assert "encoding" in refusal(f'<meta charset="{declared}"><p>{POLISH}</p>'.encode("cp1250"), "a.html")


def test_line_breaks_become_line_feeds_and_nothing_else_changes() -> None:
    assert read("One went.\r\nTwo stayed.\rcafe\u0301\u00a0\u2028end.", "a.txt").text == (
        "One went.\nTwo stayed.\ncafe\u0301\u00a0\u2028end."
    )


# ---- front matter


@pytest.mark.parametrize("name", ("a.md", "a.txt"))
def test_front_matter_states_the_facts(name: str) -> None:
    article = read(
        "---\nid: port-elgin\ntitle: 'Harbour: closed'\nauthor: Jane Doe\npublished: 2026-01-05\n"
        "updated: 2026-01-06T09:30:00+09:00\nurl: https://example.org/harbour\nsection: World\nlayout: post\n---\n"
        f"\nBy Somebody Else\n\n{STORY}\n",
        name,
    )
    assert article == Article(
        id="port-elgin",
        title="Harbour: closed",
        text=STORY,
        author="Jane Doe",
        published=datetime(2026, 1, 5, tzinfo=UTC),
        updated=datetime(2026, 1, 6, 0, 30, tzinfo=UTC),
        url="https://example.org/harbour",
        source="/a/harbour",
        section="World",
    )


def test_several_authors_are_joined() -> None:
    assert read(f"---\nauthor: [Jane Doe, John Roe]\n---\n{STORY}").author == "Jane Doe, John Roe"
    assert read(f"---\nauthor:\n  - Jane Doe\n---\n{STORY}").author == "Jane Doe"


@pytest.mark.parametrize("value", ("", "~", "null", "''"))
def test_a_key_without_a_value_states_nothing(value: str) -> None:
    article = read(f"---\nid: {value}\ntitle: {value}\npublished: {value}\nurl: {value}\n---\nShort story.")
    assert (article.id, article.title, article.published, article.url) == ("harbour", "Short story.", None, None)


@pytest.mark.parametrize("value", ("1984", "Yes", "007", "2026-01-05"))
def test_a_title_is_text_whatever_it_looks_like(value: str) -> None:
    assert read(f"---\ntitle: {value}\n---\n{STORY}").title == value


@pytest.mark.parametrize(
    ("value", "moment"),
    (
        ("2026-01-05", datetime(2026, 1, 5, tzinfo=UTC)),
        ("2026-01-05 10:00:00 +09:00", datetime(2026, 1, 5, 1, tzinfo=UTC)),
        ("'2026-01-05T10:00:00Z'", datetime(2026, 1, 5, 10, tzinfo=UTC)),
    ),
)
def test_dates_and_times_are_read_in_utc(value: str, moment: datetime) -> None:
    assert read(f"---\npublished: {value}\n---\n{STORY}").published == moment


@pytest.mark.parametrize(
    ("block", "cause"),
    (
        ("title: [unclosed", "has front matter that is not YAML at line 3"),
        ("author: Jane\ntitle: Harbour: closed", "has front matter that is not YAML at line 3"),
        ("a: &a [*a]", "has front matter that is not YAML at line 2"),
        ("[" * 9_000, "has front matter that is not YAML"),
        ("- a\n- b", "has front matter without keys"),
        ("title: [a, b]", "has a list or a mapping for “title”"),
        ("title: {a: b}", "has a list or a mapping for “title”"),
        ("author: [{a: b}]", "has a list or a mapping for “author”"),
        ("id: !!python/object/apply:os.getcwd []", "has a list or a mapping for “id”"),
        ("published: soon", "has a time for “published” that cannot be read"),
        ("updated: 2026-13-45", "has a time for “updated” that cannot be read"),
        ("published: 0001-01-01T00:00:00+14:00", "has a time for “published” that cannot be read"),
        ("url: example.org/a", "has a “url” in its front matter that is not a web address"),
        ("url: javascript:alert(1)", "has a “url” in its front matter that is not a web address"),
        ("url: 'http://['", "has a “url” in its front matter that is not a web address"),
        ("k: v\n" * MAX_FRONT_MATTER, "has front matter of 80,001 characters, more than the 16,000 allowed"),
    ),
)
def test_front_matter_that_is_wrong_names_the_key_or_the_line(block: str, cause: str) -> None:
    assert refusal(f"---\n{block}\n---\n{STORY}").startswith(f"harbour.md {cause}")


def test_aliases_do_not_multiply() -> None:
    bomb = "\n".join(["a0: &a0 [x,x]", *(f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12))])
    started = perf_counter()
    assert read(f"---\n{bomb}\ntitle: T\n---\n{STORY}").title == "T"
    assert "“author”" in refusal(f"---\n{bomb}\nauthor: *a11\n---\n{STORY}")
    assert perf_counter() - started < 2


@pytest.mark.parametrize(
    ("text", "story"),
    (
        (f"---\n{STORY}", f"---\n{STORY}"),
        (f"---\n\n{STORY}\n\n---\n{MORE}", f"---\n\n{STORY}\n\n---\n{MORE}"),
        (f"---\n{MORE}\n---\n{STORY}", f"---\n{MORE}\n---\n{STORY}"),
        (f"----\ntitle: T\n----\n{STORY}", f"----\ntitle: T\n----\n{STORY}"),
        (f"---\n---\n{STORY}", STORY),
    ),
)
def test_a_thematic_break_is_not_front_matter(text: str, story: str) -> None:
    assert read(text, "a.txt").text == story


# ---- titles


def test_a_markdown_heading_is_the_title_and_leaves_the_text() -> None:
    article = read(f"# The *harbour* [closes](https://example.org)\n\nBy **Jane Doe**\n\n{STORY}")
    assert (article.title, article.author, article.text) == ("The harbour closes", "Jane Doe", STORY)
    assert read(f"Harbour\n=======\n\n{STORY}").title == "Harbour"


def test_a_heading_that_repeats_the_stated_title_leaves_the_text_and_another_stays() -> None:
    assert read(f"---\ntitle: Harbour\n---\n# Harbour\n\n{STORY}").text == STORY
    assert read(f"---\ntitle: Port\n---\n# Harbour\n\n{STORY}").text == f"Harbour\n\n{STORY}"


@pytest.mark.parametrize("below", ("\n\n", "\n \n", "\nBy Jane Doe\n\n"))
def test_a_first_line_like_a_headline_is_the_title(below: str) -> None:
    article = read(f"Harbour to close for six weeks{below}{STORY}", "a.txt")
    assert (article.title, article.text) == ("Harbour to close for six weeks", STORY)


@pytest.mark.parametrize(
    "first", ("It will close.", "Harbour", "Will it close?", "She said:", "word " * 30 + "end", "5 January 2026")
)
def test_another_first_line_is_text(first: str) -> None:
    assert read(f"{first}\n\n{STORY}", "a.txt").text == f"{first}\n\n{STORY}"
    assert read(f"Harbour to close\n{STORY}", "a.txt").text == f"Harbour to close\n{STORY}"


def test_else_the_first_sentence_is_the_title_and_stays() -> None:
    article = read(f"Mr. Roe met U.S. officials. {STORY}", "a.txt")
    assert article.title == "Mr. Roe met U.S. officials."
    assert article.text == f"Mr. Roe met U.S. officials. {STORY}"


def test_a_long_first_sentence_is_shortened_at_a_word() -> None:
    title = read(f"So {STORY}", "a.txt").title
    assert title == "So The harbour of Port Elgin will close for six weeks in spring, the city council said on Tuesday."
    title = read(f"And so it goes on that {STORY}", "a.txt").title
    assert title == "And so it goes on that The harbour of Port Elgin will close for six weeks in spring, the city…"
    assert read("x" * 500, "a.txt").title == "x" * 99 + "…"
    assert read("- - -\n\nIt closes.", "a.txt").title == "It closes."


# ---- Markdown


def test_markdown_reads_as_prose() -> None:
    article = read(
        "Intro with *stress*, **force**, `code`, ~~cut~~, [a link](https://example.org) and ![a picture](x.png)\n"
        "wrapped here; AT&amp;T <b>bold</b>, 2 < 3.\n\n"
        "## Sub\n\n- one\n- two\n  wrapped\n\nBetween.\n\n3. three\n4. four\n\n> Quoted\n> words.\n\n"
        "```\nx = 1\n  y = 2\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n"
        "<div>Boxed <script>alert(1)</script>words.</div>\n\n***\n\nLast  \nline.\n"
    )
    assert article.text == (
        "Intro with stress, force, code, cut, a link and wrapped here; AT&T bold, 2 < 3.\n\n"
        "Sub\n\none\ntwo wrapped\n\nBetween.\n\nthree\nfour\n\nQuoted words.\n\n"
        "x = 1\n  y = 2\n\na\tb\n1\t2\n\n"
        "Boxed words.\n\nLast\nline."
    )


def test_markdown_loses_boilerplate_with_and_without_markup() -> None:
    article = read(f"Written by Jane Doe\n{STORY}\n\n**Share this:**\n\n{MORE}\nDiscover more from [Allycaral](x)\n")
    assert (article.author, article.text) == ("Jane Doe", f"{STORY}\n\n{MORE} Discover more from Allycaral")
    article = read(f"*By Jane Doe*\n\n{STORY}\n\n[Continue reading](x)\n\n{MORE}\nSubscribe\n")
    assert (article.author, article.text) == ("Jane Doe", f"{STORY}\n\n{MORE}")


# ---- HTML

PAGE = f"""<!doctype html><html><head><title>Harbour to close - Allycaral</title>
<meta property="og:title" content="Harbour to close"><meta name="author" content="Jane Doe">
<link rel="canonical" href="https://example.org/harbour">
<meta property="article:published_time" content="2026-01-05T10:00:00+09:00">
<meta property="article:section" content="World"><script>var a = "<p>Not this.</p>";</script></head>
<body><nav><ul><li><a href="/">Home</a></li><li><a href="/world">World</a></li></ul></nav>
<article><h1>Harbour to close</h1><p>By Jane Doe</p>
<p>{STORY}</p><p>Caf&eacute; owners,
   who <b>asked</b> for <a href="/x">more&nbsp;time</a>, got none: &lt;none&gt; &amp;amp; no more.</p>
<ul><li>One berth stays.</li><li>Two go.</li></ul><p>{MORE}</p><p>Discover more from Allycaral</p></article>
<footer>© 2026 Allycaral. All rights reserved.</footer></body></html>"""


def test_a_page_is_read_as_its_story() -> None:
    article = read(PAGE, "a.html")
    assert article.text == (
        f"{STORY}\n\nCafé owners, who asked for more time, got none: <none> &amp; no more.\n\n"
        f"One berth stays.\nTwo go.\n\n{MORE}"
    )
    assert (article.title, article.author, article.section) == ("Harbour to close", "Jane Doe", "World")
    assert (article.url, article.published) == ("https://example.org/harbour", datetime(2026, 1, 5, tzinfo=UTC))


def test_a_page_without_facts_leaves_them_open() -> None:
    article = read(f"<p>{STORY}</p><p>{MORE}</p>", "a.html")
    assert (article.author, article.url, article.published, article.section) == (None, None, None, None)
    assert article.text == f"{STORY}\n\n{MORE}"


def test_a_pages_byline_names_the_author_and_an_odd_address_is_ignored() -> None:
    article = read(
        f'<link rel=canonical href="ftp://x/y"><article><p>By Jane Doe</p><p>{STORY}</p></article>', "a.html"
    )
    assert (article.author, article.url, article.text) == ("Jane Doe", None, STORY)


@pytest.mark.parametrize(
    ("page", "text"),
    (
        ("<p>One sentence.</p>", "One sentence."),
        ("Bare words & no tags.", "Bare words & no tags."),
        ("<nav>Home</nav><h1>The quay</h1><p>It\nclosed.</p><p>It opened.</p>", "It closed.\n\nIt opened."),
        ("<div>" * 10_000 + "Deep text." + "</div>" * 10_000, "Deep text."),
        ("<b>" * 10_000 + "Deep text.", "Deep text."),
        ('<?xml version="1.0" encoding="latin-1"?><p>Caf\u00e9 it is.</p>', "Café it is."),
    ),
)
def test_small_and_odd_pages_are_read_too(page: str, text: str) -> None:
    assert read(page, "a.html").text == text


@pytest.mark.parametrize(
    "piece", ("<!--", "<a ", "<a href='", "<", "</", "&", "<![CDATA[", "<table>", "<p>", "<script>")
)
def test_hostile_pages_end_soon_in_text_or_a_refusal(piece: str) -> None:
    started = perf_counter()
    try:
        assert "Words." in read(f"<p>Words.</p>{piece * 10_000}", "a.html").text
    except ArticleError as refused:
        assert "holds no story" in str(refused)
    assert perf_counter() - started < 5


@pytest.mark.parametrize(
    ("page", "text"),
    (
        ("<p>a<br>b<br><br>c</p>", "a\nb\n\nc"),
        ("<b>A</b>B <i> C</i>\n<u>D</u>", "AB C D"),
        ("<table><tr><td> a </td>\n<td>b</td></tr>\n<tr><td>c</td></tr></table>", "a\tb\nc"),
        ("<p>a</p><p>&nbsp;</p><p>b</p>", "a\n\nb"),
        ("<title>t</title><style>s</style>a<template>x</template>", "a"),
        ("<pre>\n a\n  b\n</pre>c", "a\n  b\n\nc"),
        ("", ""),
    ),
)
def test_plain_text_has_the_words_as_a_reader_sees_them(page: str, text: str) -> None:
    assert plain_text(page) == text


# ---- whatever comes


@pytest.mark.parametrize("name", ("a.md", "a.txt", "a.html"))
def test_one_line_of_200_000_characters_is_read(name: str) -> None:
    text = ("The quay is closed. " * 10_000).strip()
    started = perf_counter()
    assert read(text, name).text == text
    assert perf_counter() - started < 5


@pytest.mark.parametrize("name", ("a.md", "a.txt", "a.html"))
@given(data=st.binary(max_size=300) | st.text(max_size=300).map(lambda text: f"---\n{text}\n---\nStory.".encode()))
def test_any_bytes_end_in_an_article_or_a_refusal(name: str, data: bytes) -> None:
    try:
        article = read(data, name)
    except ArticleError:
        return
    assert article.title
    assert article.text == article.text.strip() != ""
    assert "\r" not in article.text


@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=200).filter(str.strip))
def test_plain_text_stays_as_it_was_published(text: str) -> None:
    story = f"{STORY} {text} {MORE}"
    assert read(story, "a.txt").text == story


def test_the_tests_of_bytes_need_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("read_document opened a file")

    opened: Callable[..., None] = refuse
    monkeypatch.setattr("builtins.open", opened)
    assert read(PAGE, "a.html").title == "Harbour to close"


def test_a_text_of_far_too_many_lines_is_refused_at_once() -> None:
    text = "The ferry sails at noon." + "\n" * 2_000_000
    began = thread_time()
    with pytest.raises(ArticleError) as refused:
        read_document(text.encode(), "ferry.txt", article_id="ferry")
    assert str(refused.value) == (
        "ferry.txt has 2,000,000 lines, more than the 200,000 allowed: check that it is the text of an article, or "
        "split it."
    )
    with pytest.raises(ArticleError, match="The text has 2,000,000 lines"):
        read_text(text, source="pasted")
    assert thread_time() - began < 1


def test_front_matter_that_multiplies_a_name_a_thousand_times_is_refused() -> None:
    said = refusal(f"---\nsection: &a {'x' * 12_000}\nauthor: [{','.join(['*a'] * 1200)}]\n---\n{STORY}")
    assert said == "harbour.md has a “author” in its front matter that is too long: write one line of text."


def test_a_message_names_a_file_by_both_ends_and_without_marks_of_direction() -> None:
    said = refusal_of("\u202e" + "mill-" * 100 + "closed.txt")
    assert said.startswith("\\u202emill-mill-") and "-mill-closed.txt is empty: put the text" in said
    assert len(said) < 300


def refusal_of(name: str) -> str:
    with pytest.raises(ArticleError) as refused:
        read("", name)
    return str(refused.value)
