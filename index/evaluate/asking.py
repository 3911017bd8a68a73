"""Puts articles into a library, asks it all questions, and measures the time of both."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from index.errors import QuestionError
from index.evaluate.dataset import KnownQuestion
from index.library import Library
from index.types import Answer, Article, OnProgress, Progress, Refusal

RANKS = 10
"""How many of the best quotes are searched for the first hit."""


@dataclass(frozen=True, slots=True)
class Indexing:
    """How many passages were embedded, in how many seconds (without loading the model), and which were refused."""

    passages: int
    seconds: float
    refused: tuple[Refusal, ...] = ()

    @property
    def passages_per_second(self) -> float:
        """The rate of embedding and storing."""
        return self.passages / self.seconds


@dataclass(frozen=True, slots=True)
class Nearest:
    """The best sentence that was found: the characters `[start, end)` of an article, and their text."""

    article_id: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class QuestionResult:
    """The result of one question. `rank` is the rank, from 1, of the first hit among the best RANKS quotes, or None."""

    question: KnownQuestion
    answered: bool
    confidence: float
    rank: int | None
    nearest: Nearest | None
    elapsed_ms: float

    @property
    def right(self) -> bool:
        """Whether the first quote is a hit. For an absent question none is."""
        return self.rank == 1

    @property
    def right_article(self) -> bool:
        """Whether the first quote is from the article that the question is about."""
        return self.nearest is not None and self.nearest.article_id == self.question.article_id


def fill(library: Library, articles: Iterable[Article], on_progress: OnProgress | None = None) -> Indexing:
    """Put the articles into `library`. The model is loaded before the clock starts. Raises LibraryError, ModelError."""
    library.warm()
    start = time.perf_counter()
    report = library.update(articles, on_progress=on_progress)
    return Indexing(report.passages_embedded, time.perf_counter() - start, report.refused)


def run(
    library: Library, questions: Sequence[KnownQuestion], on_progress: OnProgress | None = None
) -> tuple[QuestionResult, ...]:
    """Ask `library` each question in turn. One that cannot be asked counts as declined."""
    results = []
    for done, question in enumerate(questions, start=1):
        results.append(_ask(library, question))
        if on_progress:
            on_progress(Progress(done, len(questions)))
    return tuple(results)


def _ask(library: Library, question: KnownQuestion) -> QuestionResult:
    start = time.perf_counter()
    try:
        answer = library.ask(question.text, limit=RANKS)
    except QuestionError:
        answer = Answer(question.text, answered=False, confidence=0.0)
    elapsed_ms = (time.perf_counter() - start) * 1000
    quotes = answer.closest[:RANKS]
    hits = (rank for rank, q in enumerate(quotes, start=1) if question.is_hit(q.article.id, q.start, q.end))
    nearest = next((Nearest(q.article.id, q.start, q.end, q.text) for q in quotes), None)
    return QuestionResult(question, answer.answered, answer.confidence, next(hits, None), nearest, elapsed_ms)
