from collections.abc import Callable
from datetime import UTC, datetime
from time import thread_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import ArticleError
from index.sources.document import read_document, read_text
from index.sources.drafts import title_from
from index.sources.limits import DEFAULT_MAX_BYTES
from tests.index.sources.documents import MORE, STORY, read, refusal

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


def test_a_name_with_a_newline_or_an_undecodable_byte_is_shown_on_one_line() -> None:
    assert refusal(b"", "a\nb\udcff.txt").startswith(r"a\nb\udcff.txt is empty")


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


@pytest.mark.parametrize(
    ("first", "title"),
    [
        ("HARMON, Ohio (CNN) -- The levy passed. It was close.", "The levy passed."),
        ("(CNN) -- Name: Ada Finn", "Name: Ada Finn"),
        ("Editor's note: Ada Finn is the mayor", "The gate failed."),
        ("Ada Finn, left, at the gate.", "The gate failed."),
        ("Ada Finn is seen in this file photo", "The gate failed."),
        ("Health.com: Gates are bad for you", "The gate failed."),
        ("See the full story of the gate", "The gate failed."),
        ("Watch the gate fail »", "The gate failed."),
    ],
)
def test_a_title_has_no_dateline_and_is_no_note_link_or_caption(first: str, title: str) -> None:
    below = "HARMON (AP) — The gate failed. Watch it fail »"
    assert read(f"{first}\n\n{below}", "a.txt").title == title
    assert title_from(f"{first}\n{below}") == title


def test_a_headline_of_two_sentences_is_the_title() -> None:
    assert read(f"U.S. gate fails. Who pays\n\n{STORY}", "a.txt").title == "U.S. gate fails. Who pays"


def test_of_nothing_but_notes_the_first_is_the_title() -> None:
    assert title_from("***\nEditor's note: The gate failed.\n\nWatch it »") == "Editor's note: The gate failed."


@pytest.mark.parametrize(
    ("before", "after", "end"),
    [
        ("by the U.S.", "Senate", "by the…"),
        ("by the U.S.", "in May", "by the U.S.…"),
        ("by Mr.", "Poole", "by…"),
        ("by Lt. Col.", "Mara Quill", "by…"),
        ("in St.", "Brannock", "in…"),
        ("in Washington, D.", "C. on Monday", "in Washington…"),
        ("of No.", "1 in the town", "of…"),
        ("of the gate", "and the canal", "of the gate…"),
    ],
)
def test_a_title_is_never_cut_inside_an_abbreviation(before: str, after: str, end: str) -> None:
    long = "A" + "h" * (97 - len(before))
    assert title_from(f"{long} {before} {after} and in other years as well. It was old.") == f"{long} {end}"


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
    started = thread_time()
    try:
        assert "Words." in read(f"<p>Words.</p>{piece * 10_000}", "a.html").text
    except ArticleError as refused:
        assert "holds no story" in str(refused)
    assert thread_time() - started < 5


# ---- whatever comes


@pytest.mark.parametrize("name", ("a.md", "a.txt", "a.html"))
def test_one_line_of_200_000_characters_is_read(name: str) -> None:
    text = ("The quay is closed. " * 10_000).strip()
    started = thread_time()
    assert read(text, name).text == text
    assert thread_time() - started < 5


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


def test_a_message_names_a_file_by_both_ends_and_without_marks_of_direction() -> None:
    said = refusal_of("\u202e" + "mill-" * 100 + "closed.txt")
    assert said.startswith("\\u202emill-mill-") and "-mill-closed.txt is empty: put the text" in said
    assert len(said) < 300


def refusal_of(name: str) -> str:
    with pytest.raises(ArticleError) as refused:
        read("", name)
    return str(refused.value)
