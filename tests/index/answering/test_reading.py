"""What the reader's scores change: the order of sentences, and the confidence."""

import math
from dataclasses import replace

import numpy as np
import pytest

from index import Article
from index.answering.ranker import Ranker
from index.answering.reader import WINDOWS, Readers, Window
from index.answering.reading import COLUMNS, LIMIT, SIGNS, Readings, read_sentences, reread, signs_of_an_answer
from index.answering.search import Place, Ranking
from index.types import Floats
from tests.index.answering.searching import found_at
from tests.index.town import library_of


class WordReader(Readers):
    """A reader without a model: a sentence with "years" is two nats better than no answer, every other two worse."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def read(self, question: str, windows: object) -> list[Floats]:
        self.asked.append(question)
        return [
            np.array([2 if "years" in w.text[s.start : s.end] else -2 for s in w.sentences], dtype=np.float32)
            for w in windows  # type: ignore[attr-defined]
            if isinstance(w, Window)
        ]


def only(column: str) -> Ranker:
    """Networks that give back one column."""
    weights = np.zeros((1, len(COLUMNS), 1), dtype=np.float32)
    weights[0, COLUMNS.index(column)] = 1
    zeros, ones = np.zeros(len(COLUMNS), np.float32), np.ones(len(COLUMNS), np.float32)
    signs = np.zeros(SIGNS, dtype=np.float32)
    signs[1] = 1  # what the reader gave the first sentence
    calibration = np.array([[-LIMIT, LIMIT], [0, 1]], dtype=np.float32)
    return Ranker("", zeros, ones, ((weights, np.zeros((1, 1), np.float32)),), signs, calibration)


PILOT = "A fake pilot was arrested. He wore a uniform. He had flown for 13 years. The airline is sorry."


@pytest.fixture
def ranking() -> object:
    with library_of(Article("a", "T", PILOT)) as library, library._storage.reading() as snapshot:
        yield Ranking(tuple(found_at(snapshot, "a", n, None, 3.0 - n) for n in range(3)), 0.4)


def test_the_sentence_that_the_reader_likes_comes_first(ranking: Ranking) -> None:
    reader = WordReader()
    found = reread(ranking, "How long did he fly?", reader, only("read"))
    assert [sentence.number for sentence in found.sentences] == [2, 0, 1]
    assert [sentence.score for sentence in found.sentences] == [2, -2, -2]
    assert found.confidence == pytest.approx((2 + LIMIT) / (2 * LIMIT))
    assert reader.asked == ["How long did he fly?"]


def test_neighbours_are_read_too_and_what_was_not_ranked_stays_out(ranking: Ranking) -> None:
    found = read_sentences(ranking.sentences[:1], "How long did he fly?", WordReader())
    assert {place.number: score for place, score in found.items()} == {0: -2, 1: -2, 2: 2}
    assert (
        len(reread(replace(ranking, sentences=ranking.sentences[:1]), "How?", WordReader(), only("read")).sentences)
        == 1
    )


def test_what_was_not_read_follows_in_its_old_order_and_below() -> None:
    text = " ".join(f"Gate {number} stood open for years." for number in range(90))
    with library_of(Article("a", "T", text)) as library, library._storage.reading() as snapshot:
        far_apart = [found_at(snapshot, "a", 10 * n, (10 * n, 10 * n), 9.0 - n) for n in range(WINDOWS + 2)]
        found = reread(Ranking(tuple(far_apart), 0.4), "Which gate?", WordReader(), only("score below best"))
    assert [sentence.number for sentence in found.sentences] == [10 * n for n in range(WINDOWS + 2)]
    assert [sentence.score for sentence in found.sentences] == pytest.approx([-n for n in range(WINDOWS + 2)])


def test_nothing_ranked_nothing_read() -> None:
    assert reread(Ranking(), "Which gate?", WordReader(), only("read")) == Ranking()


def test_the_columns_say_what_they_are_called() -> None:
    places = [Place(None, *place) for place in (("a", 0), ("a", 3), ("a", 4), ("b", 1))]  # type: ignore[arg-type]
    found = dict(zip(places, (1.0, 3.0, -50.0, 2.0), strict=True)) | {places[0].beside(5): 0.5}
    rows = Readings.of(places, [2.0, 4.0, 1.0, 3.0], found).columns("when")
    column = {name: rows[:, number].tolist() for number, name in enumerate(COLUMNS)}
    share = np.exp([2, 4, 1, 3]) / np.exp([2, 4, 1, 3]).sum()
    of_reading = np.exp([1, 3, -LIMIT, 2]) / np.exp([1, 3, -LIMIT, 2]).sum()
    assert column["score below best"] == [-2, 0, -3, -1]
    assert column["share"] == pytest.approx(share, abs=1e-6)
    assert column["share of article"] == pytest.approx([*[share[:3].sum()] * 3, share[3]], abs=1e-6)
    assert column["read"] == [1, 3, -LIMIT, 2]
    assert column["read below best"] == [-2, 0, -LIMIT - 3, -1]
    assert column["read below best of article"] == [-2, 0, -LIMIT - 3, 0]
    assert column["share of reading"] == pytest.approx(of_reading, abs=1e-6)
    assert column["share of reading of article"] == pytest.approx(
        [*[of_reading[:3].sum()] * 3, of_reading[3]], abs=1e-6
    )
    assert column["read before"] == [-LIMIT, -LIMIT, 3, -LIMIT]
    assert column["read after"] == [-LIMIT, -LIMIT, 0.5, -LIMIT]
    assert column["rank"] == pytest.approx([1 / 3, 1, 1 / 4, 1 / 2])
    assert column["is the first"] == [1, 0, 0, 0]
    assert (column["asks when"], column["asks who"]) == ([1] * 4, [0] * 4)


def test_the_signs_are_what_they_are_called() -> None:
    read, scores = np.array([2, 0], dtype=np.float32), np.array([3, 1], dtype=np.float32)
    signs = signs_of_an_answer(read, scores, 0.75)
    every = math.log(math.exp(2) + 1)
    ahead = -math.log(1 + math.exp(-2))
    assert signs.tolist() == pytest.approx([math.log(3), 2, 2 - every, 3, ahead, every], abs=1e-5)
    assert signs_of_an_answer(read, scores, 1.0)[0] == pytest.approx(math.log(99), abs=1e-4)


def test_the_score_of_a_neighbour_of_another_article_is_not_taken(ranking: Ranking) -> None:
    alone = Ranking((ranking.sentences[0].scored(1.0),), 0.4)
    found = reread(alone, "How long?", WordReader(), only("read after"))
    assert [sentence.score for sentence in found.sentences] == [-2]
