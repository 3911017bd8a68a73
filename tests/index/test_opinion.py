"""Opinion is told from news by its section, in every language, and by what an article itself states."""

from pathlib import Path

import pytest

from index import Article, Library
from index.opinion import is_opinion, stated
from index.sources.document import read_document
from index.sources.page import read_page
from index.sources.web import Response
from tests.encoder import WordEncoder


@pytest.mark.parametrize(
    "section",
    [
        "Opinion", "OPINION", "Politics, Opinion", "Opinion / Letters", "Letters to the Editor", "Op-Ed",
        "News > Columns", "Meinung", "Kommentar", "Éditorial", "Cartas al director", "社説", "사설", "Köşe yazıları",
        "评论",
    ],
)  # fmt: skip
def test_sections_of_opinion_are_told_in_eight_languages(section: str) -> None:
    assert is_opinion(section)


@pytest.mark.parametrize(
    "section", [None, "", "News", "Analysis", "Opinion polls", "Column inches", "Sports", "Letters, Reporting"]
)
def test_news_and_analysis_are_no_opinion(section: str | None) -> None:
    assert not is_opinion(section)


def test_a_newsroom_names_sections_of_its_own() -> None:
    assert not is_opinion("The Soapbox") and is_opinion("The Soapbox", ["the soapbox"])


def test_what_an_article_states_of_itself_is_said_by_its_section() -> None:
    assert stated(None, opinion=True) == "Opinion"
    assert stated("Politics", opinion=True) == "Politics, Opinion"
    assert stated("Editorial", opinion=True) == "Editorial"
    assert stated("Letters", opinion=False) == "Letters, Reporting"
    assert stated("Politics", opinion=False) == "Politics"


def test_front_matter_says_that_an_article_is_opinion() -> None:
    text = b"---\ntitle: Enough\nsection: Politics\nopinion: yes\n---\n\nThe tram must come to Pellam at once."
    assert read_document(text, "enough.md", article_id="enough").section == "Politics, Opinion"


def test_front_matter_that_is_neither_true_nor_false_is_refused_in_a_sentence() -> None:
    with pytest.raises(Exception, match=r"“opinion: perhaps”.* write true or false\."):
        read_document(b"---\nopinion: perhaps\n---\n\nThe tram must come.", "enough.md", article_id="enough")


def test_a_page_that_is_opinion_by_its_data_is_marked() -> None:
    page = (
        '<html><head><title>Enough</title><script type="application/ld+json">'
        '{"@context": "https://schema.org", "@type": ["Article", "OpinionNewsArticle"], "headline": "Enough"}'
        "</script></head><body><article><h1>Enough</h1><p>The tram must come to Pellam at once, and no later.</p>"
        "<p>Nobody wants to wait for it until the bridges are mended.</p></article></body></html>"
    )
    response = Response("https://example.org/enough", page.encode(), "text/html")
    assert is_opinion(read_page(response).section)


def test_of_sentences_that_are_as_good_the_one_of_the_news_comes_first(tmp_path: Path) -> None:
    said = "The tram to Pellam costs {} million."
    articles = [
        Article("a", "A voice on the tram", said.format(5), section="Opinion"),
        Article("b", "The tram", said.format(6), section="News"),
    ]
    with Library.open(tmp_path, load_encoder=WordEncoder, threshold=0.0) as library:
        library.update(articles)
        first, *rest = library.ask("What does the tram to Pellam cost?").closest
        assert (first.article.id, first.is_opinion) == ("b", False)
        assert [(quote.article.id, quote.is_opinion) for quote in rest] == [("a", True)]
        named = library.ask("What does the tram to Pellam cost?", opinion_sections=["news"]).closest
        assert {quote.article.id for quote in named if quote.is_opinion} == {"a", "b"}
