"""What the ranker is told of a sentence."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from index import Article
from index.answering.cues import cues_of, pack_cues
from index.answering.features import FEATURES, KINDS, features, kind_of
from index.answering.question import Question, Spoken
from index.answering.rarity import Rarity
from index.answering.search import Signals, find_passages, rank_sentences
from index.answering.tuning import Tuning
from index.storage.types import Scope, StoredPassage
from index.types import Floats
from tests.encoder import WordEncoder
from tests.index.answering.searching import asked
from tests.index.town import ARTICLES, READING_ROOM, library_of


def columns(text: str, *articles: Article) -> dict[str, Floats]:
    """Of each sentence of the articles that is found, by its text, the features."""
    with library_of(*(articles or ARTICLES)) as library, library._storage.reading() as snapshot:
        question = Question.of(text, WordEncoder().encode_question(text))
        rarity = Rarity([snapshot], question.terms, Tuning())
        candidates = find_passages([snapshot], question, rarity, Scope(), Tuning())
        ranked = rank_sentences(candidates, question, rarity, Tuning())
        rows = features(ranked, question, rarity)
        assert rows.shape == (len(ranked), len(FEATURES))
        assert rows.dtype == np.float32
        assert np.isfinite(rows).all()
        found = {}
        for sentence, row in zip(ranked, rows, strict=True):
            article, spans = snapshot.with_sentences(sentence.article_id)
            span = spans[sentence.number]
            found[article.text[span.start : span.end]] = row
        return found


def value(row: Floats, name: str) -> float:
    return float(row[FEATURES.index(name)])


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Who repairs the bridge?", "who"),
        ("Whose ferry is it?", "who"),
        ("Which minister resigned?", "who"),
        ("When did the boats return?", "when"),
        ("What year was the oven built?", "when"),
        ("Where do pupils learn?", "where"),
        ("In which city is the school?", "where"),
        ("How many residents signed?", "number"),
        ("how old is she", "number"),
        ("What is the population of Pell?", "number"),
        ("Why did it close?", "why"),
        ("How was the silt removed?", "how"),
        ("Did the council agree?", "yes or no"),
        ("What did the council vote for?", "what"),
        ("the new opening hours", "what"),
    ],
)
def test_the_kind_of_a_question_is_what_its_words_ask_for(question: str, kind: str) -> None:
    assert kind_of(question) == kind
    assert kind in KINDS


def test_a_sentence_offers_what_the_question_asks_for() -> None:
    found = columns("What number of residents had signed the petition?", READING_ROOM)
    signed = found["Four hundred residents had signed a petition for longer hours."]
    baked = found["Volunteers bake bread for the late shift."]
    assert [value(signed, name) for name in ("offers what is asked", "offers a number", "asks number")] == [1, 1, 1]
    assert [value(baked, name) for name in ("offers what is asked", "offers a number", "asks number")] == [0, 0, 1]
    assert 0.7 < value(signed, "share of words") < 1, "all but the word number"
    assert value(signed, "share of pairs") == pytest.approx(2 / 3)
    assert value(baked, "share of words") == 0


def test_a_name_that_the_question_holds_is_none_that_is_offered() -> None:
    found = columns("Who is Lena Moss?")
    moss = found["Lena Moss, the harbour master, says that larger trawlers can moor again."]
    assert value(moss, "offers a name") == 0
    assert value(moss, "share of names") == 1
    assert value(moss, "is said") == 1
    brandt = columns("Who carries the lorries?")["Otto Brandt carries the lorries on his ferry meanwhile."]
    assert value(brandt, "offers a name") == pytest.approx(np.log1p(1)), (
        "of a sentence's first word a capital says nothing"
    )


def test_a_number_of_the_question_is_none_that_is_offered() -> None:
    article = Article("loaves", "Loaves", "The bakery sold 400 loaves. The mill sold 90 sacks.")
    found = columns("Who sold 400 loaves?", article)
    assert value(found["The bakery sold 400 loaves."], "offers a number") == 0
    assert value(found["The bakery sold 400 loaves."], "share of numbers") == 1
    assert value(found["The mill sold 90 sacks."], "offers a number") == 1


def test_the_best_of_a_signal_is_nothing_below_the_best() -> None:
    rows = np.stack(list(columns("When did Alder Bridge close to lorries?").values()))
    for name in ("maxsim", "sentence_cosine", "coverage"):
        signal, below = rows[:, FEATURES.index(name)], rows[:, FEATURES.index(f"{name} below best")]
        assert below == pytest.approx(signal - signal.max(), abs=1e-6)
    assert rows[0, FEATURES.index("score below best")] == 0
    assert rows[0, FEATURES.index("rank")] == 1


def test_articles_share_the_weight_of_their_sentences() -> None:
    found = columns("When did Alder Bridge close to lorries?")
    by_article = {round(value(row, "article's share"), 5) for row in found.values()}
    assert sum(by_article) == pytest.approx(1, abs=1e-3)
    closed = next(row for text, row in found.items() if text.startswith("The Alder Bridge closed"))
    assert value(closed, "article's share") == pytest.approx(max(by_article), abs=1e-5)
    assert value(closed, "among the first") == 1
    assert value(closed, "position") == 0


def test_stored_cues_give_the_features_that_the_text_gives() -> None:
    fair = Article("fair", "A fair", "The fair was in Ostrow in 2019. “It rained,” said Ada Finn, the mayor. Who sang?")
    with library_of(*ARTICLES, fair) as library, library._storage.reading() as snapshot:
        question = asked("Where does Otto Brandt carry 4.2 million lorries in March?")
        rarity = Rarity([snapshot], question.terms, Tuning())
        candidates = find_passages([snapshot], question, rarity, Scope(), Tuning())

        def rows_with(cues_of_passage: Callable[[StoredPassage], bytes]) -> list[list[float]]:
            given = [replace(c, stored=replace(c.stored, cues=cues_of_passage(c.stored))) for c in candidates]
            return features(rank_sentences(given, question, rarity, Tuning()), question, rarity).tolist()

        def packed(stored: StoredPassage) -> bytes:
            article, spans = snapshot.with_sentences(stored.article_id)
            inside = spans[stored.passage.first : stored.passage.last + 1]
            return pack_cues([cues_of(article.text[span.start : span.end]) for span in inside], len(spans))

        def some(stored: StoredPassage) -> bytes:
            return packed(stored) if stored.id % 2 else b""

        def older(stored: StoredPassage) -> bytes:
            return b"\x00" + packed(stored)[1:]

        made_of_text = rows_with(lambda stored: b"")
        assert {row[FEATURES.index("offers a place")] for row in made_of_text} == {0, 1}
        for cues_of_passage in (packed, some, older):
            assert rows_with(cues_of_passage) == made_of_text


def test_a_sentence_in_another_language_than_the_question_is_marked_and_so_are_pairs_of_characters() -> None:
    german = Article("bruecke", "", "Der Stadtrat hat am Montag beschlossen, die alte Brücke wieder zu öffnen.")
    with library_of(german, *ARTICLES) as library, library._storage.reading() as snapshot:
        for text, language, in_pairs in (
            ("Wer hat die alte Brücke geöffnet?", "de", 0), ("Who reopened the old bridge?", "en", 0),
            ("古い橋を開通させたのは誰ですか", "ja", 1),
        ):  # fmt: skip
            question = Question.of(text, WordEncoder().encode_question(text), Spoken.of(text, [snapshot]))
            rarity = Rarity([snapshot], question.terms, Tuning())
            candidates = find_passages([snapshot], question, rarity, Scope(), Tuning())
            ranked = rank_sentences(candidates, question, rarity, Tuning())
            rows = features(ranked, question, rarity)
            found = {s.article_id: value(row, "in another language") for s, row in zip(ranked, rows, strict=True)}
            assert found["bruecke"] == (language != "de") and found["bridge"] == (language != "en")
            assert {value(row, "in pairs of characters") for row in rows} == {in_pairs}


def test_features_start_with_the_signals() -> None:
    assert FEATURES[: len(Signals._fields)] == Signals._fields
    assert len(set(FEATURES)) == len(FEATURES)
