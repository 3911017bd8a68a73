"""Libraries of a small town, searched step by step."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import numpy as np

from index import Article, Library, Passage
from index.answering.block import Block
from index.answering.question import Question
from index.answering.rarity import Rarity
from index.answering.search import (
    Candidate,
    Found,
    Place,
    RankedSentence,
    Signals,
    find_passages,
    rank_sentences,
)
from index.answering.tuning import Tuning
from index.languages import ENGLISH
from index.storage.blobs import EncodingBlobs, TermBlobs
from index.storage.seam import Snapshot
from index.storage.types import Scope, StoredPassage
from tests.encoder import WordEncoder
from tests.index.town import crews

CREWS = Article("crews", "The crews", crews(12))  # six passages: sentences 0-2, 2-4, 4-6, 6-8, 8-10, 10-11


def asked(text: str) -> Question:
    return Question.of(text, WordEncoder().encode_question(text))


@contextmanager
def snapshots_of(*libraries: Library) -> Iterator[list[Snapshot]]:
    with ExitStack() as stack:
        yield [stack.enter_context(library._storage.reading()) for library in libraries]


def found_at(
    snapshot: Snapshot,
    article_id: str,
    number: int,
    passage: tuple[int, int] | None,
    score: float,
    signals: Signals = Signals(*[0.8] * len(Signals._fields)),  # noqa: B008 - frozen
) -> RankedSentence:
    """The sentence of that number, as a search would bring it, in a passage of the sentences [first, last]."""
    article, sentences = snapshot.with_sentences(article_id)
    first, last = passage or (0, len(sentences) - 1)
    span = Passage(sentences[first].start, sentences[last].end, first, last)
    blobs, language = EncodingBlobs(b"", b"", b"", b"", b""), article.language or ENGLISH
    stored = StoredPassage(1, article_id, span, TermBlobs(b"", b""), b"", blobs, language)
    return ranked_sentence(Candidate(snapshot, stored, 0.0, 0.0, 0.0), number, score, signals)


def ranked_sentence(candidate: Candidate, number: int, score: float, signals: Signals) -> RankedSentence:
    """The sentence with that number in its article, alone in what a search found."""
    only, span = np.zeros(1, dtype=np.int64), candidate.stored.passage
    spans = np.array([[span.start, span.end, span.first, span.last]])
    places, numbers = [Place(*candidate.owner, number)], np.array([number])
    found = Found(
        [candidate], Block.of([]), only, only, places, only, numbers, spans, np.array([signals]), np.array([score])
    )
    return RankedSentence(found, 0, score)


def candidates_of(
    snapshots: list[Snapshot],
    text: str,
    scope: Scope = Scope(),  # noqa: B008 - frozen
    tuning: Tuning = Tuning(),  # noqa: B008 - frozen
) -> list[Candidate]:
    question = asked(text)
    return find_passages(snapshots, question, Rarity(snapshots, question.terms, tuning), scope, tuning)


def ranking(snapshots: list[Snapshot], text: str) -> list[RankedSentence]:
    question, tuning = asked(text), Tuning()
    rarity = Rarity(snapshots, question.terms, tuning)
    return rank_sentences(find_passages(snapshots, question, rarity, Scope(), tuning), question, rarity, tuning)
