"""Articles that mean harm: each is refused in a sentence, or costs no more than its length, and no question more."""

import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import overload

import pytest

import index.answering.pipeline
import index.passages
import index.text
from index import Article, ArticleError, Library, Refusal, SentenceTransformerEncoder, sample_articles
from index.answering.context import CHARACTER_REACH, PARAGRAPH_REACH, context_around
from index.passages import MAX_CHARACTERS, MAX_SENTENCES, fitting_passages, prepare
from index.sources.duplicates import find_twins
from index.text import MOST_SENTENCES, PIECE, make_passages, pieces, sentences_in, split_sentences
from index.types import Sentence, Span
from index.words import _stem, terms, words
from tests.cost import grows_faster, longest_hold
from tests.encoder import WordEncoder
from tests.hostile import document
from tests.hostile.making import PROSE
from tests.index.town import BRIDGE

SEPARATORS = ("\n", "\r\n", "\r", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029")
NEWS = Path(__file__).parents[2].parent / "shared" / "eval" / "newsqa-dev" / "articles.jsonl"


def refusal(text: str = "The gate is shut.", **fields: str) -> str:
    """Why an article is not taken in."""
    with pytest.raises(ArticleError) as error:
        prepare(Article(**{"id": "a", "title": "A", "text": text, **fields}))  # type: ignore[arg-type]
    return str(error.value)


# What is refused


@pytest.mark.parametrize("separator", SEPARATORS, ids=ascii)
def test_lines_are_counted_at_whatever_ends_a_line(separator: str) -> None:
    assert refusal(f"a{separator}" * 300_000) == (
        "a has 300,000 lines (at most 50,000 can be read); check that it is the text of an article, or split it up."
    )


def test_a_text_of_a_million_letters_and_line_separators_is_refused_for_its_length() -> None:
    text = document("text", "1.9 MB of a\\x0b").data.decode()
    assert refusal(text) == "a has 1,900,000 characters (at most 1,000,000 can be read); split it up."


def test_an_article_of_very_many_sentences_is_refused() -> None:
    assert refusal("Gone. " * (MAX_SENTENCES + 1)) == (
        "a has more than 20,000 sentences, too many for an article; check that it is the text of one, or split it up."
    )


def test_an_article_of_as_many_sentences_as_are_allowed_is_taken_in() -> None:
    assert len(prepare(Article("a", "A", "Gone. " * MAX_SENTENCES)).sentences) == MAX_SENTENCES


def test_sentences_are_not_looked_for_beyond_the_first_that_is_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[Sentence] = []

    def noted(text: str, block: Span, code: str) -> Iterator[Sentence]:
        for sentence in sentences_in(text, block, code):
            found.append(sentence)
            yield sentence

    monkeypatch.setattr(index.passages, "sentences_in", noted)
    assert refusal(f"Gone. {'word ' * 5_000}\n\n" + "Gone. " * 10_000) == (
        "a runs on for 24,999 characters without the end of a sentence (at most 20,000 can be read); check that it is "
        "the text of an article."
    )
    assert len(found) == 2


@pytest.mark.parametrize(
    ("field", "length", "most"),
    [("title", 1_001, "1,000"), ("author", 1_001, "1,000"), ("section", 1_001, "1,000"), ("url", 2_501, "2,500"),
     ("source", 5_001, "5,000")],
)  # fmt: skip
def test_what_an_article_says_of_itself_is_short(field: str, length: int, most: str) -> None:
    assert refusal(**{field: "x" * length}) == (
        f"The {field} of a has {length:,} characters (at most {most} are kept); shorten it."
    )


def test_a_long_id_is_named_by_its_two_ends() -> None:
    assert refusal(id=f"from {'x' * 3_000} to") == (
        f"The id of from {'x' * 95}…{'x' * 96} to has 3,008 characters (at most 2,500 are kept); shorten it."
    )


def test_an_article_that_is_refused_leaves_the_one_that_stands_under_its_id(town: Library) -> None:
    report = town.update([Article("bridge", "Alder Bridge", "a\x0b" * 100_000)])
    assert report.refused == (Refusal("bridge", refusal("a\x0b" * 100_000).replace("a has", "bridge has", 1)),)
    assert town.article("bridge") == BRIDGE


# What is taken in costs no more than its length


def test_headings_without_number_take_time_that_grows_with_them() -> None:
    def work(size: int) -> None:
        prepare(Article("a", "A", "The vote\n\nIt passed in May.\n\n" * size))

    assert not grows_faster(work, 2_000)


def test_letters_with_very_many_accents_take_time_that_grows_with_them() -> None:
    def work(size: int) -> None:
        words("a" + "\u0301\u0323" * size)

    assert not grows_faster(work, 5_000)
    assert words("caf" + "e\u0301\u0323" * 2_000) == ["caf" + "e" * 2_000]


def test_a_word_that_is_no_word_is_not_remembered() -> None:
    before = _stem.cache_info().currsize
    assert terms("x" * 20_000 + "ings") == ["x" * 20_000 + "ings"]
    assert _stem.cache_info().currsize == before


@pytest.mark.parametrize(
    "name",
    ["turns of phrase", "agency credits that nearly are", "one endless line of prose", "letters and stops", "headings",
     "brackets far apart", "letters that decompose, in words", "one endless word"],
)  # fmt: skip
def test_no_step_of_an_update_holds_the_interpreter_for_long(name: str) -> None:
    size = {"headings": 10_000, "letters that decompose, in words": 200_000}.get(name)
    text = document("text", name, size).data.decode()[:MAX_CHARACTERS]
    article, encoder = Article("a", "A", text), WordEncoder(window=254)

    def work() -> None:
        try:
            prepared = prepare(article)
        except ArticleError:
            return
        list(fitting_passages(text, prepared.sentences, encoder))
        find_twins([article], [article])

    assert longest_hold(work, 0.1) < 0.1


# Pieces


def test_a_text_is_cut_into_pieces_after_letters_where_there_are_any() -> None:
    text = f"{PROSE} " * 300
    cut = list(pieces(text))
    assert "".join(text[piece.start : piece.end] for piece in cut) == text
    assert max(piece.end - piece.start for piece in cut) <= PIECE
    assert all(text[piece.end - 1].isalpha() and text[piece.end] == " " for piece in cut[:-1])


@pytest.mark.parametrize("text", ["x" * 50_000, ". " * 25_000, "", " " * 50_000])
def test_a_text_without_such_a_place_is_cut_all_the_same(text: str) -> None:
    cut = list(pieces(text))
    assert "".join(text[piece.start : piece.end] for piece in cut) == text
    assert max(piece.end - piece.start for piece in cut) <= PIECE


@pytest.mark.parametrize("piece", [60, 500])
def test_in_pieces_a_text_has_the_same_tokens(
    real_encoder: SentenceTransformerEncoder, monkeypatch: pytest.MonkeyPatch, piece: int
) -> None:
    texts = [article.text for article in sample_articles()]
    whole = [real_encoder.tokenize(text) for text in texts]
    monkeypatch.setattr(index.text, "PIECE", piece)
    assert [real_encoder.tokenize(text) for text in texts] == whole


def test_real_articles_are_cut_as_they_would_be_without_limits(
    real_encoder: SentenceTransformerEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [article.text for article in sample_articles()]
    if NEWS.exists():
        texts += [json.loads(line)["text"] for line in NEWS.read_text(encoding="utf-8").split("\n") if line]

    def cut() -> list[object]:
        each = [(text, split_sentences(text)) for text in texts]
        return [(sentences, list(fitting_passages(text, sentences, real_encoder))) for text, sentences in each]

    limited = cut()
    monkeypatch.setattr(index.text, "PIECE", 10**9)
    monkeypatch.setattr(index.text, "MOST_SENTENCES", 10**9)
    assert cut() == limited


# What a question costs


def test_no_passage_has_more_sentences_than_are_allowed() -> None:
    text = "\x0b".join("abcdefghij"[n % 10] for n in range(1_000))
    sentences = split_sentences(text)
    passages = make_passages(text, sentences, [Span(s.start, s.end) for s in sentences], window=254, target=160)
    assert max(passage.last - passage.first + 1 for passage in passages) == MOST_SENTENCES
    held = [number for passage in passages for number in range(passage.first, passage.last + 1)]
    assert sorted(set(held)) == list(range(1_000))
    assert len(held) == 1_000 + len(passages) - 1  # each passage starts with the last sentence of the one before


class Counted(Sequence[Sentence]):
    """Sentences that count how often one of them is looked at."""

    def __init__(self, sentences: Sequence[Sentence]) -> None:
        self._sentences = sentences
        self.looked_at = 0

    def __len__(self) -> int:
        return len(self._sentences)

    @overload
    def __getitem__(self, number: int) -> Sentence: ...
    @overload
    def __getitem__(self, number: slice) -> Sequence[Sentence]: ...
    def __getitem__(self, number: int | slice) -> Sentence | Sequence[Sentence]:
        self.looked_at += 1
        return self._sentences[number]


@pytest.mark.parametrize(
    "text", ["a\x0b" * 20_000, "He said it. " * 20_000, "“It holds. " * 20_000, "“It holds.” " * 20_000]
)
def test_the_context_of_a_quote_is_looked_for_nearby_however_long_its_paragraph(text: str) -> None:
    sentences = Counted(split_sentences(text))
    context_around(text, sentences, 15_000, (14_990, 15_010))
    assert sentences.looked_at < 30 * PARAGRAPH_REACH  # of 15,000 before it


def test_who_said_it_is_looked_for_in_so_many_characters() -> None:
    words_of_somebody = " ".join(f"“{'it holds ' * 2_000}.”" for _ in range(3))
    near, far = f"“It holds.” {'It rained. ' * 5}", f"“It holds.” {words_of_somebody} Ada Finn said."
    assert CHARACTER_REACH == 20_000
    for text in (near, far):
        sentences = split_sentences(text)
        assert context_around(text, sentences, 0, (0, 0)) == Span(0, sentences[0].end)


def test_a_question_works_through_so_many_sentences_whatever_the_article(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    ranked: list[int] = []
    rank = index.answering.pipeline.rank_sentences

    def noted(*arguments: object) -> object:
        found = rank(*arguments)  # type: ignore[arg-type]
        ranked.append(len(found))
        return found

    monkeypatch.setattr(index.answering.pipeline, "rank_sentences", noted)
    chance = random.Random(0)
    text = "\x0b".join(chance.choice(("bridge", "gate", "vote", "moss")) for _ in range(MAX_SENTENCES))
    library.update([Article("a", "A", text), BRIDGE])
    assert library.ask("Who had a vote on the bridge?").closest
    assert max(ranked) <= 50 * MOST_SENTENCES
