"""What the ranker and the confidence are fitted to: questions asked of a library, as it would see them."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.answering.features import features
from index.answering.question import Question, Spoken
from index.answering.ranker import signs_of_an_answer
from index.answering.rarity import Rarity
from index.answering.search import Place, RankedSentence, find_passages, rank_sentences
from index.answering.tuning import Tuning
from index.encoding.encoder import Encoder
from index.library import Library
from index.storage.seam import Snapshot
from index.storage.types import Scope
from index.train.data import SourceText
from index.train.foreign import Foreign, abroad
from index.types import Article, Floats, Sentence, Span

JOIN = "\n\n"

NOWHERE: Any = None
"""The snapshot of a place whose library is closed."""


@dataclass(frozen=True, slots=True)
class LabelledQuestion:
    """A question, and the article and the spans of it that answer."""

    text: str
    article_id: str
    answers: tuple[Span, ...]
    absent: bool = False
    """Whether that article is to be left out."""
    unanswered: bool = False
    """Whether the sentences that answer are to be left out, and those that hold the same words: the articles are on the
    topic, and do not answer. Without an answer nothing is left out."""
    foreign: Foreign = Foreign.NONE
    """Which articles are to be as if they were in another language."""


@dataclass(frozen=True, slots=True)
class Example:
    """A question as the ranker sees it: features (n, f) and whether each sentence answers (n,), best first.

    `absent` says that nothing in the library answers. `places` has where each sentence is, in no snapshot; `texts` the
    text and the sentences of each of their articles.
    """

    corpus: str
    article_id: str
    absent: bool
    features: Floats
    gold: NDArray[np.bool_]
    question: str = ""
    places: tuple[Place, ...] = ()
    texts: Mapping[str, tuple[str, Sequence[Sentence]]] = field(default_factory=dict)

    def signs(self, order: NDArray[np.int64], scores: Floats) -> Floats:
        """What the confidence is computed from, where `scores` (n,) bring the sentences into that order (n,)."""
        return signs_of_an_answer(self.features[order], scores[order])


def as_articles(sources: Sequence[SourceText], *, joined: bool) -> tuple[list[Article], list[LabelledQuestion]]:
    """The texts as articles, those of a group `joined` into one or not, and the questions about them.

    A question without an answer is `unanswered`.
    """
    articles, known = [], []
    groups: dict[str, list[SourceText]] = {}
    for number, source in enumerate(sources):
        groups.setdefault(source.group if joined else f"{source.group}/{number}", []).append(source)
    for name, members in groups.items():
        start = 0
        for source in members:
            for question in source.questions:
                spans = tuple(Span(a.start + start, a.end + start) for a in question.answers)
                known.append(LabelledQuestion(question.text, name, spans, unanswered=not spans))
            start += len(source.text) + len(JOIN)
        articles.append(Article(name, "", JOIN.join(source.text for source in members)))
    return articles, known


def examples(
    sets: Mapping[str, Sequence[LabelledQuestion]],
    articles: Sequence[Article],
    encoder: Encoder,
    tuning: Tuning,
    depth: int,
) -> Iterator[Example]:
    """Each question of each set, by the set's name, asked of a library of the articles; its `depth` best sentences."""
    with tempfile.TemporaryDirectory() as folder, Library.open(Path(folder), load_encoder=lambda: encoder) as library:
        library.update(articles)
        texts: dict[str, tuple[str, Sequence[Sentence]]] = {}
        with library._storage.reading() as snapshot:
            for name, questions in sets.items():
                for known in questions:
                    found = _example(name, known, snapshot, encoder, tuning, depth, texts)
                    if found:
                        yield found


def _example(
    corpus: str,
    known: LabelledQuestion,
    snapshot: Snapshot,
    encoder: Encoder,
    tuning: Tuning,
    depth: int,
    texts: dict[str, tuple[str, Sequence[Sentence]]],
) -> Example | None:
    asked = Question.of(known.text, encoder.encode_question(known.text), Spoken.of(known.text, [snapshot]))
    if known.foreign is not Foreign.NONE:
        snapshot = abroad(snapshot, asked, lambda article_id: known.foreign.includes(article_id, known.article_id))
    rarity = Rarity([snapshot], asked.terms, tuning)
    candidates = find_passages([snapshot], asked, rarity, Scope(), tuning)
    if known.absent:
        candidates = [c for c in candidates if c.stored.article_id != known.article_id]
    ranked = rank_sentences(candidates, asked, rarity, tuning)
    for article_id in {sentence.article_id for sentence in ranked} - texts.keys():
        article, sentences = snapshot.with_sentences(article_id)
        texts[article_id] = article.text, sentences
    left, seen = _unanswered(ranked, known, texts) if known.unanswered else (ranked, texts)
    left = left[:depth]
    if not left:
        return None
    absent = known.absent or known.unanswered
    gold = np.array([not absent and _holds(s, known) for s in left])
    places = tuple(s.place._replace(snapshot=NOWHERE) for s in left)
    rows = features(left, asked, rarity)
    return Example(corpus, known.article_id, absent, rows, gold, known.text, places, seen)


def _unanswered(
    ranked: Sequence[RankedSentence], known: LabelledQuestion, texts: Mapping[str, tuple[str, Sequence[Sentence]]]
) -> tuple[list[RankedSentence], Mapping[str, tuple[str, Sequence[Sentence]]]]:
    """The sentences and the texts without those that answer: where these stand in their text, there are spaces."""
    if known.article_id not in texts:
        return list(ranked), texts
    text, sentences = texts[known.article_id]
    said = [text[a.start : a.end].lower() for a in known.answers]
    out = {
        number
        for number, s in enumerate(sentences)
        if any(s.start < a.end and a.start < s.end for a in known.answers)
        or any(answer in text[s.start : s.end].lower() for answer in said)
    }
    for number in out:
        start, end = sentences[number].start, sentences[number].end
        text = text[:start] + " " * (end - start) + text[end:]
    left = [s for s in ranked if s.article_id != known.article_id or s.number not in out]
    return left, {**texts, known.article_id: (text, sentences)}


def _holds(sentence: RankedSentence, known: LabelledQuestion) -> bool:
    if sentence.article_id != known.article_id:
        return False
    span = sentence.snapshot.with_sentences(sentence.article_id)[1][sentence.number]
    return any(span.start < a.end and a.start < span.end for a in known.answers)
