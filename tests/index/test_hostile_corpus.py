"""The corpus of hostile documents and questions, run: what it holds, and that nothing in it costs much or breaks."""

import time
from collections import Counter
from pathlib import Path

import pytest

from index import Article, ArticleError, Library, QuestionError
from index.passages import MAX_CHARACTERS, MAX_SENTENCE_CHARACTERS, MAX_SENTENCES, fitting_passages, prepare
from index.sources.duplicates import find_twins
from index.text import MOST_SENTENCES
from tests.encoder import WordEncoder
from tests.hostile import GOOD, KINDS, HostileDocument, document, documents, named, questions
from tests.hostile.__main__ import is_a_sentence
from tests.index.town import ARTICLES
from tests.limits import torture

SEED = 17
MOST = 20.0
"""Seconds of computing for one document or question: what grows with the square of a text takes minutes. The longest
took 3 s on one processor and 7 s on another."""


# What is in it


def test_the_same_seed_gives_the_same_documents() -> None:
    once, again, other = (
        list(documents(seed, 150, kinds=("front matter", "encoding"), largest=2_000)) for seed in (SEED, SEED, SEED + 1)
    )
    assert once == again
    assert once[:77] == other[:77]  # those of the list
    assert all(one != another for one, another in zip(once[77:], other[77:], strict=True))


def test_the_kinds_come_by_turns_and_those_of_the_list_first() -> None:
    first = [one.kind for one in documents(SEED, 2 * len(KINDS))]
    assert first == [*KINDS, *KINDS]
    kinds = ("front matter", "encoding")
    of_the_list = list(named(kinds))
    found = list(documents(SEED, len(of_the_list) + 20, kinds=kinds, largest=1_000))
    assert sorted(map(repr, found[:-20])) == sorted(map(repr, of_the_list))
    assert Counter(one.kind for one in found[-20:]) == dict.fromkeys(kinds, 10)


def test_only_the_kinds_that_are_asked_for_come() -> None:
    assert {one.kind for one in documents(SEED, 100, kinds=("feed", "front matter"))} == {"feed", "front matter"}


def test_a_document_of_the_list_can_be_had_in_another_size() -> None:
    small, large = (document("pdf", "a word of 40,000 letters and a hyphen", size) for size in (40, 40_000))
    assert small.data.startswith(b"%PDF-") and large.suffix == ".pdf"
    assert len(large.data) < len(small.data) + 100  # packed
    assert document("text", "one endless word", 3) == HostileDocument("text", "one endless word", b"aaa", "text/plain")


def test_there_is_a_good_document_of_each_kind() -> None:
    assert set(GOOD) == set(KINDS)


def test_the_same_seed_gives_the_same_questions_and_some_are_over_the_limit() -> None:
    asked = list(questions(SEED, 2_000))
    assert asked == list(questions(SEED, 2_000))
    assert 50 < sum(len(question) > 1_000 for question in asked) < 500


# Run


@pytest.mark.slow
def test_no_text_of_the_corpus_costs_much_to_take_in_or_breaks_what_is_promised() -> None:
    """The bytes of each document as text, as `prepare` would get them if no parser had read them before."""
    encoder, taken = WordEncoder(window=254), 0
    for one in documents(SEED, torture(3_000)):
        text = one.data.decode(errors="replace").replace("\0", "")[:MAX_CHARACTERS]
        article = Article("a", "A", text)
        began = time.thread_time()
        try:
            prepared = prepare(article)
        except ArticleError as error:
            assert is_a_sentence(str(error)), error
        else:
            taken += 1
            sentences = prepared.sentences
            assert len(sentences) <= MAX_SENTENCES
            assert max(s.end - s.start for s in sentences) <= MAX_SENTENCE_CHARACTERS
            for passage in fitting_passages(text, sentences, encoder):
                assert passage.last - passage.first < MOST_SENTENCES
                assert 0 < len(encoder.tokenize(text[passage.start : passage.end])) <= encoder.window
            find_twins([article], [article])
        assert time.thread_time() - began < MOST, one
    assert taken > 500


@pytest.mark.slow
def test_ten_thousand_hostile_questions_are_answered_or_refused_in_a_sentence(tmp_path: Path) -> None:
    with Library.open(tmp_path / "library", load_encoder=lambda: WordEncoder(window=254), threshold=0.3) as library:
        outcomes = _ask(library, torture(10_000))
    assert min(outcomes["answered"], outcomes["not answered"], outcomes["refused"]) > 300, outcomes


@pytest.mark.slow
def test_three_hundred_of_them_are_answered_or_refused_by_the_models_that_are_shipped(tmp_path: Path) -> None:
    with Library.open(tmp_path / "library") as library:
        outcomes = _ask(library, torture(300))
    assert min(outcomes["not answered"], outcomes["refused"]) > 30, outcomes


def _ask(library: Library, count: int) -> Counter[str]:
    """Ask so many questions of hostile texts among good ones, and count what comes of them."""
    texts = documents(SEED, 120, kinds=("text", "markdown", "page"))
    articles = [Article(f"{n}", one.name, one.data.decode(errors="replace")[:4_000]) for n, one in enumerate(texts)]
    report = library.update([*ARTICLES, *articles])
    assert len(report.added) > 50
    for refused in report.refused:
        assert is_a_sentence(refused.reason), refused
    outcomes: Counter[str] = Counter()
    for question in questions(SEED, count):
        began = time.thread_time()
        try:
            answer = library.ask(question)
        except QuestionError as error:
            assert is_a_sentence(str(error)), error
            outcomes["refused"] += 1
        else:
            outcomes["answered" if answer.answered else "not answered"] += 1
            for quote in answer.closest:
                assert quote.text == quote.article.text[quote.start : quote.end] != ""
        assert time.thread_time() - began < MOST, question
    return outcomes
