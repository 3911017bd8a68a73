"""The sieve for questions that wait: what it loses, what it lets through, and what ten thousand questions cost."""

import tempfile
import time
from itertools import groupby
from pathlib import Path

import numpy as np

from index import DEFAULT_MODEL, NEAR, Library, SentenceTransformerEncoder
from index.answering.newcomers import nearness
from index.evaluate import EvaluationSet
from index.types import Floats
from tests.tools.benchmark.news import Newsroom

LIMITS = (0.35, 0.4, 0.45, 0.5, 0.55)
MANY = 10_000


def main(known: EvaluationSet, asked: int, keep: Path | None, model: str, many: int = MANY) -> None:
    """Ask `asked` of the questions where all articles are in, and say what the sieve makes of these articles."""
    encoder = SentenceTransformerEncoder(model) if model != DEFAULT_MODEL else SentenceTransformerEncoder()
    with tempfile.TemporaryDirectory() as folder, Library.open(keep or folder, load_encoder=lambda: encoder) as library:
        if not library.size().articles:
            library.update(known.articles)
        drawn = np.random.default_rng(0).permutation(len(known.questions))[:asked]
        questions = [known.questions[number].text for number in drawn]
        near, ids = _near_articles(library, questions)
        answers = [library.ask(question) for question in questions]
        told = [(row, ids.index(a.quotes[0].article.id)) for row, a in enumerate(answers) if a.answered]
        own = np.array([near[row, article] for row, article in told])
        others = near.copy()
        for row, number in enumerate(drawn):
            others[row, ids.index(known.questions[number].article_id)] = np.nan
        for row, article in told:
            others[row, article] = np.nan
        rest = others[~np.isnan(others)]
        print(f"{len(questions)} questions of {len(ids)} articles, {len(told)} answered; the limit is {NEAR}")
        print("limit   passed with the article that answers   with another article")
        for limit in sorted({*LIMITS, NEAR}):
            print(f"{limit:5.2f}   {(own >= limit).mean():34.1%}   {(rest >= limit).mean():20.2%}")
        _cost(library, many)


def _near_articles(library: Library, questions: list[str]) -> tuple[Floats, list[str]]:
    """How near each question comes to each article, and the ids of the articles."""
    awaited = library.awaited(questions)
    floor = library._models.floor()
    columns, ids = [], []
    with library._storage.reading() as snapshot:
        passages = sorted(snapshot.passages_after(0, 10**9), key=lambda one: one.article_id)
        for article_id, own in groupby(passages, key=lambda one: one.article_id):
            ids.append(article_id)
            columns.append(nearness(awaited, list(own), floor, snapshot.passage_counts, snapshot.passage_total()))
    return np.stack(columns, axis=1), ids


def _cost(library: Library, many: int) -> None:
    """How long it takes to prepare many questions, and to look a hundred passages through for them."""
    room = Newsroom()
    questions = [room.question(number).question for number in range(many)]
    begun = time.process_time(), time.perf_counter()
    awaited = [one for start in range(0, many, 100) for one in library.awaited(questions[start : start + 100])]
    print(f"{many:,} questions are prepared in {_since(begun)}")
    begun = time.process_time(), time.perf_counter()
    found = library.nearest_new(awaited, 0, limit=100)
    print(f"100 passages are looked through for them in {_since(begun)}; {(found.nearness >= NEAR).mean():.2%} pass")


def _since(begun: tuple[float, float]) -> str:
    return f"{time.perf_counter() - begun[1]:.1f} s ({time.process_time() - begun[0]:.1f} s of processor time)"
