"""Libraries of a small town, searched step by step."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from index import Article, Library
from index.answering.question import Question
from index.answering.rarity import Rarity
from index.answering.search import Candidate, RankedSentence, find_passages, rank_sentences
from index.answering.tuning import Tuning
from index.storage.seam import Snapshot
from index.storage.types import Scope
from tests.encoder import WordEncoder
from tests.index.town import crews

CREWS = Article("crews", "The crews", crews(12))  # six passages: sentences 0-2, 2-4, 4-6, 6-8, 8-10, 10-11


def asked(text: str) -> Question:
    return Question.of(text, WordEncoder().encode_question(text))


@contextmanager
def snapshots_of(*libraries: Library) -> Iterator[list[Snapshot]]:
    with ExitStack() as stack:
        yield [stack.enter_context(library._storage.reading()) for library in libraries]


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
