"""Arrays find what plain Python finds sentence by sentence: the same passages, sentences, signals and features."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import Article, Library, SentenceTransformerEncoder, sample_articles
from index.answering.features import FEATURES, features
from index.answering.question import Question
from index.answering.rarity import Rarity
from index.answering.search import find_passages, rank_sentences
from index.answering.tuning import Tuning
from index.storage.seam import Snapshot
from index.storage.types import Scope
from tests.encoder import WordEncoder
from tests.index.answering.reference import best_passages, features_of, finds_of, joined, passages_of
from tests.index.answering.searching import snapshots_of
from tests.index.town import ARTICLES, library_of

PIECES = (
    "35,000", "35", "3.5%", "%", "$5", "forty", "one", "2009", "1990s", "May", "may", "last week", "a.m.", "Monday",
    "U.S.", "U.S.-led", "Jean-Luc", "O’Brien’s", "'S", "“Moss", "Moss", "Lena Moss,", "(Ada", "Finn)", "Ærø", "ÉCOLE",
    "in the Town", "at Pell", "from 'Quoted", "to mend", "because", "slowly", "by walking", "said", "President", "He",
    "bridge", "bridges", "the bridge", "gate", "gate gate", "ferry", "the", "and", "—", "東京", "x²", "½",
    "PRESIDENT", "ſaid", "SİX", "mıllion", "becauſe", "TO PARIS", "THURSDAY",
)  # fmt: skip
ENDS = (".", "?", "!", "”.", " %.", " and so on.")
LONG = "gate " * 420 + "in Pell on May 5"  # its end is beyond LOOKED_AT and beyond the window

sentences = st.builds(
    lambda pieces, end: f"The {' '.join(pieces)}{end}", st.lists(st.sampled_from((*PIECES, LONG)), max_size=8),
    st.sampled_from(ENDS),
)  # fmt: skip
texts = st.lists(sentences, max_size=9).map(lambda found: " ".join(["Nobody minds the gate.", *found]))
questions = st.builds(
    lambda first, pieces: f"{first} {' '.join(pieces)}?",
    st.sampled_from(("Who", "When", "Where", "How many", "Why", "How", "Did", "What")),
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=6),
)


def check_alike(snapshots: list[Snapshot], question: Question, tuning: Tuning) -> None:
    """Compare what is found, as far as 32 bits go."""
    rarity = Rarity(snapshots, question.terms, tuning)
    candidates = find_passages(snapshots, question, rarity, Scope(), tuning)
    ids = {s: s.nearest(question.encoding.vector, 1_000, Scope()) for s in snapshots}
    every = passages_of(snapshots, ids, question, rarity)
    plain = {(p.snapshot, p.stored.id): p for p in every}
    assert len(candidates) == min(len(plain), tuning.candidates)
    for candidate in candidates:
        other = plain[candidate.snapshot, candidate.stored.id]
        for name in ("cosine", "bm25", "coverage"):
            assert getattr(candidate, name) == pytest.approx(getattr(other, name), abs=1e-5), name
    best = max(p.bm25 for p in every) or 1.0
    fused = [c.cosine + tuning.passage_words * c.bm25 / best for c in candidates]
    expected = [p.cosine + tuning.passage_words * p.bm25 / best for p in best_passages(every, tuning)]
    assert fused == pytest.approx(expected, abs=1e-5)

    ranked = rank_sentences(candidates, question, rarity, tuning)
    finds = finds_of([plain[c.snapshot, c.stored.id] for c in candidates], question, rarity)
    assert {tuple(sentence.place) for sentence in ranked} == set(finds)
    assert len(ranked) == len(finds)
    assert [s.score for s in ranked] == sorted((s.score for s in ranked), reverse=True)
    found = {}
    for sentence in ranked:
        own = finds[tuple(sentence.place)]
        (chosen,) = (find for find in own if find.candidate.stored.id == sentence.candidate.stored.id)
        assert chosen.signals.maxsim == pytest.approx(max(find.signals.maxsim for find in own), abs=1e-6)
        other = joined(own, chosen, max(c.bm25 for c in candidates))
        assert sentence.signals == pytest.approx(other.signals, abs=1e-5)
        assert sentence.score == sentence.likeness == pytest.approx(other.likeness, abs=1e-4)
        assert sentence.passage == other.passage
        found[tuple(sentence.place)] = other

    rows = features(ranked, question, rarity)
    places, scores = [tuple(s.place) for s in ranked], [s.score for s in ranked]
    for row, wanted in zip(rows, features_of(places, scores, found, question, rarity), strict=True):
        assert wanted.keys() >= set(FEATURES)
        for name, value in zip(FEATURES, row.tolist(), strict=True):
            assert value == pytest.approx(wanted[name], abs=1e-4), name


def asked(text: str) -> Question:
    """The question, with a direction of answers, as the default model has one."""
    question = Question.of(text, WordEncoder().encode_question(text))
    direction = np.random.default_rng(5).standard_normal(96).astype(np.float32)
    return replace(question, encoding=replace(question.encoding, answer=direction, repeats=2.0))


@given(st.lists(texts, min_size=1, max_size=3), questions)
def test_arrays_find_what_plain_python_finds(found_in: list[str], question: str) -> None:
    articles = [Article(f"a{n}", text[:20], text) for n, text in enumerate(found_in)]
    with library_of(*articles) as library, snapshots_of(library) as snapshots:
        check_alike(snapshots, asked(question), Tuning())


@pytest.mark.parametrize("tuning", [Tuning(), Tuning(candidates=3)])
def test_arrays_find_the_same_in_several_libraries_with_the_same_articles(tuning: Tuning) -> None:
    with (
        library_of(*ARTICLES) as one,
        library_of(
            *ARTICLES[:2], Article("bridge", "Another", "The bridge is open. Otto Brandt sold his ferry.")
        ) as two,
        snapshots_of(one, two) as snapshots,
    ):
        check_alike(snapshots, asked("Who carries the lorries on the ferry beside Alder Bridge?"), tuning)


def test_arrays_find_the_same_in_the_bundled_story_with_the_default_model(
    folder: Path, real_encoder: SentenceTransformerEncoder
) -> None:
    with Library.open(folder, load_encoder=lambda: real_encoder) as library:
        library.update([*sample_articles(), *ARTICLES])
        with snapshots_of(library) as snapshots:
            for question in ("What did Lee ask Xi to do in Seoul?", "who?", "How many U.S. structures are at sea?"):
                check_alike(snapshots, Question.of(question, real_encoder.encode_question(question)), Tuning())
