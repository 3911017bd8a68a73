"""What the ranker and the confidence are fitted to: questions asked of a library, as it would see them."""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.answering.features import features
from index.answering.question import Question
from index.answering.rarity import Rarity
from index.answering.search import RankedSentence, find_passages, rank_sentences
from index.answering.tuning import Tuning
from index.encoding.encoder import Encoder
from index.library import Library
from index.storage.types import Scope
from index.train.data import SourceText
from index.types import Article, Floats, Span

JOIN = "\n\n"


@dataclass(frozen=True, slots=True)
class LabelledQuestion:
    """A question, and the article and the spans of it that answer."""

    text: str
    article_id: str
    answers: tuple[Span, ...]
    absent: bool = False
    """Whether that article is to be left out."""


@dataclass(frozen=True, slots=True)
class Example:
    """A question as the ranker sees it: features (n, f) and whether each sentence answers (n,), best first."""

    corpus: str
    article_id: str
    absent: bool
    features: Floats
    gold: NDArray[np.bool_]


def as_articles(sources: Sequence[SourceText], *, joined: bool) -> tuple[list[Article], list[LabelledQuestion]]:
    """The texts as articles, those of a group `joined` into one or not, and the questions about them."""
    articles, known = [], []
    groups: dict[str, list[SourceText]] = {}
    for number, source in enumerate(sources):
        groups.setdefault(source.group if joined else f"{source.group}/{number}", []).append(source)
    for name, members in groups.items():
        start = 0
        for source in members:
            for question in source.questions:
                if question.answers:
                    spans = tuple(Span(a.start + start, a.end + start) for a in question.answers)
                    known.append(LabelledQuestion(question.text, name, spans))
            start += len(source.text) + len(JOIN)
        articles.append(Article(name, "", JOIN.join(source.text for source in members)))
    return articles, known


def examples(
    corpus: str,
    articles: Sequence[Article],
    questions: Sequence[LabelledQuestion],
    encoder: Encoder,
    tuning: Tuning,
    depth: int,
) -> Iterator[Example]:
    """Each question asked of a library of the articles; the `depth` best sentences of each."""
    with tempfile.TemporaryDirectory() as folder, Library.open(Path(folder), load_encoder=lambda: encoder) as library:
        library.update(articles)
        with library._storage.reading() as snapshot:
            for known in questions:
                asked = Question.of(known.text, encoder.encode_question(known.text))
                rarity = Rarity([snapshot], asked.terms, tuning)
                candidates = find_passages([snapshot], asked, rarity, Scope(), tuning)
                if known.absent:
                    candidates = [c for c in candidates if c.stored.article_id != known.article_id]
                ranked = rank_sentences(candidates, asked, rarity, tuning)[:depth]
                if not ranked:
                    continue
                rows = features(ranked, asked, rarity)
                gold = np.array([not known.absent and _holds(s, known) for s in ranked])
                yield Example(corpus, known.article_id, known.absent, rows, gold)


def _holds(sentence: RankedSentence, known: LabelledQuestion) -> bool:
    if sentence.article_id != known.article_id:
        return False
    span = sentence.snapshot.with_sentences(sentence.article_id)[1][sentence.number]
    return any(span.start < a.end and a.start < span.end for a in known.answers)
