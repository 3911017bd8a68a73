"""Links with a text fragment, as https://wicg.github.io/scroll-to-text-fragment/ has them."""

from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.links import link_to
from index import Article, Quote, Span


def quote_of(text: str, url: str | None = "https://example.org/story") -> Quote:
    """A quote of a whole article."""
    return Quote(Article("story", "A story", text, url=url), 0, len(text), Span(0, len(text)), 1.0)


def directive(text: str) -> str:
    """The text fragment of the link to a quote."""
    link = link_to(quote_of(text))
    assert link is not None
    address, fragment = link.split("#:~:text=")
    assert address == "https://example.org/story"
    return fragment


@pytest.mark.parametrize(
    ("text", "encoded"),
    [
        ("He left.", "He%20left."),
        ("A well-known man, he said.", "A%20well%2Dknown%20man%2C%20he%20said."),
        ("Marks & Spencer", "Marks%20%26%20Spencer"),
        ("“No,” she said.", "%E2%80%9CNo%2C%E2%80%9D%20she%20said."),
        ('"No", she said.', "%22No%22%2C%20she%20said."),
        ("Müller über 100%", "M%C3%BCller%20%C3%BCber%20100%25"),
        ("서울은 멀다.", "%EC%84%9C%EC%9A%B8%EC%9D%80%20%EB%A9%80%EB%8B%A4."),
        ("It cost #1 + 2 = 3?", "It%20cost%20%231%20%2B%202%20%3D%203%3F"),
        ("a/b:c;d@e", "a%2Fb%3Ac%3Bd%40e"),
        ("It broke\n  over\ttwo lines.", "It%20broke%20over%20two%20lines."),
    ],
)
def test_a_short_sentence_is_named_whole_and_percent_encoded(text: str, encoded: str) -> None:
    assert directive(text) == encoded


@given(st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=200).filter(str.strip))
def test_the_encoded_sentence_holds_nothing_with_a_meaning_and_decodes_to_the_sentence(text: str) -> None:
    fragment = directive(text)
    assert not set(fragment) & set(" &,-#\"<>`'“”")
    assert fragment.isascii()
    assert unquote(fragment) == " ".join(text.split())


def test_a_long_sentence_is_named_by_its_first_and_last_eight_words() -> None:
    words = [f"word-{number}," for number in range(60)]
    start, end = directive(" ".join(words)).split(",")
    assert unquote(start).split() == words[:8]
    assert unquote(end).split() == words[-8:]


def test_a_sentence_of_300_characters_is_named_whole_and_one_of_301_by_its_ends() -> None:
    whole = " ".join(["word"] * 60) + "x"
    assert len(whole) == 300
    assert unquote(directive(whole)) == whole
    assert unquote(directive(whole + "y")) == " ".join(["word"] * 8) + "," + " ".join(["word"] * 7) + " wordxy"


def test_a_long_sentence_of_few_words_is_named_whole() -> None:
    text = " ".join(["a" * 30] * 15)
    assert unquote(directive(text)) == text


@pytest.mark.parametrize(
    ("url", "start"),
    [
        ("https://example.org/story#part-2", "https://example.org/story#part-2:~:text=He%20left."),
        ("https://example.org/story#", "https://example.org/story#:~:text=He%20left."),
        ("https://example.org/story#:~:text=She%20stayed", "https://example.org/story#:~:text=He%20left."),
        ("https://example.org/story#part-2:~:text=She", "https://example.org/story#part-2:~:text=He%20left."),
        ("https://example.org/story?id=7&x=1", "https://example.org/story?id=7&x=1#:~:text=He%20left."),
    ],
)
def test_an_address_keeps_its_query_and_its_fragment_but_no_other_directive(url: str, start: str) -> None:
    link = link_to(quote_of("He left.", url))
    assert link == start
    assert urlsplit(link).netloc == "example.org"


@pytest.mark.parametrize("url", [None, ""])
def test_an_article_without_an_address_has_no_link(url: str | None) -> None:
    assert link_to(quote_of("He left.", url)) is None


def test_an_address_that_must_be_short_names_less_of_the_sentence_and_at_last_nothing() -> None:
    sentence = " ".join(f"word{number}" for number in range(40)) + "."
    quoted = quote_of(sentence, "https://example.org/a")
    whole = link_to(quoted)
    assert whole is not None and whole.count("word") == 40
    for longest, count in ((300, 16), (150, 8), (90, 4), (21, 0)):
        link = link_to(quoted, longest=longest)
        assert link is not None and len(link) <= longest
        assert link.count("word") == count
    assert link_to(quoted, longest=20) is None


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("橋は一九〇四年に開通し、" + "市長が式典で挨拶し、" * 6 + "多くの市民が集まった。",
        "橋は一九〇四年に開通し、市長が式典で挨拶し、", "市長が式典で挨拶し、多くの市民が集まった。"),
        ("大桥于1904年开通，" + "市长出席了仪式，" * 8 + "许多市民前来观看。", "大桥于1904年开通，市长出席了仪式，",
        "市长出席了仪式，许多市民前来观看。"),
    ],
)  # fmt: skip
def test_a_long_sentence_without_spaces_is_named_by_whole_clauses(text: str, start: str, end: str) -> None:
    link = link_to(quote_of(text), longest=600)
    assert link is not None
    assert unquote(link.split("#:~:text=")[1]) == f"{start},{end}"


def test_a_sentence_without_spaces_and_commas_is_named_whole_or_not_at_all() -> None:
    text = "橋" * 80
    assert unquote(directive(text)) == text
    assert link_to(quote_of(text), longest=600) == "https://example.org/story"
