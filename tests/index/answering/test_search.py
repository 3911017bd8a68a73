"""A question's way to ranked sentences: rarity, candidates, and the word for word likeness."""

import math
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import Article, Library
from index.answering.matching import match_tokens
from index.answering.question import Question
from index.answering.rarity import Rarity
from index.answering.search import Candidate, RankedSentence, Signals, find_passages, rank_sentences
from index.answering.tuning import Tuning
from index.encoding.encoder import PassageEncoding, QuestionEncoding, quantize, unit
from index.storage.seam import Snapshot
from index.storage.types import Scope
from index.types import Span
from tests.encoder import WordEncoder, dequantize
from tests.index.town import ARTICLES, BRIDGE, HARBOUR, READING_ROOM, SCHOOL, crews, library_of

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


# The question


def test_a_question_has_its_terms_once_each_and_in_order() -> None:
    assert asked("Which gate did the crews' crew paint, which gate?").terms == ("gate", "crew", "paint")
    assert asked("What is it?").terms == ()


# Rarity


@pytest.mark.parametrize("background", [0, 300])
def test_rarity_is_that_of_the_passages_of_all_libraries_together(background: int) -> None:
    with library_of(CREWS) as one, library_of(*ARTICLES) as other, snapshots_of(one, other) as snapshots:
        rarity = Rarity(snapshots, ["bridg", "crew5", "crew4", "nowher"], Tuning(background_passages=background))
        assert rarity.mean_length == sum(snapshot.term_total() for snapshot in snapshots) / 10
        for term, count in {"bridg": 1, "crew5": 1, "crew4": 2, "nowher": 0}.items():
            assert rarity.idf(term) == pytest.approx(math.log(1 + (10 + background - count + 0.5) / (count + 0.5)))
        assert rarity.idf("nowher") > rarity.idf("crew5") > rarity.idf("crew4") > 0
        assert rarity.weight("nowher") > rarity.weight("crew5") > rarity.weight("crew4") > 0
        assert rarity.weight(None) == 1.5


@given(count=st.integers(0, 50))
def test_rarity_is_never_negative(count: int) -> None:
    class Everywhere:
        def passage_counts(self, wanted: list[str]) -> dict[str, int]:
            return dict.fromkeys(wanted, count)

        def passage_total(self) -> int:
            return 50

        def term_total(self) -> int:
            return 1000

    rarity = Rarity([Everywhere()], ["gate"], Tuning(background_passages=0))  # type: ignore[list-item]
    assert rarity.idf("gate") >= 0
    assert rarity.weight("gate") >= 0


def test_rarity_of_libraries_without_a_passage_is_harmless() -> None:
    rarity = Rarity([], ["gate"], Tuning(background_passages=0))
    assert rarity.mean_length == 0
    assert rarity.idf("gate") >= 0


# Candidates


def test_the_passage_that_holds_the_words_comes_first() -> None:
    with library_of(CREWS, *ARTICLES) as library, snapshots_of(library) as snapshots:
        first = candidates_of(snapshots, "Which gate did crew7 coat?")[0]
        assert (first.stored.article_id, first.stored.passage.first, first.stored.passage.last) == ("crews", 6, 8)
        assert first.coverage == pytest.approx(1 - missing_share(snapshots, "gate crew7 coat", "gate"))
        assert candidates_of(snapshots, "Who is the harbour master?")[0].stored.article_id == "harbour"


def missing_share(snapshots: list[Snapshot], text: str, *missing: str) -> float:
    """The share of a question's rarity that terms have which a passage lacks."""
    terms = asked(text).terms
    rarity = Rarity(snapshots, terms, Tuning())
    return sum(rarity.idf(term) for term in missing) / sum(rarity.idf(term) for term in terms)


def test_every_passage_is_a_candidate_once_where_there_are_few() -> None:
    with library_of(CREWS, *ARTICLES) as library, snapshots_of(library) as snapshots:
        found = candidates_of(snapshots, "Which gate did crew7 coat?")
        assert sorted(candidate.stored.id for candidate in found) == list(range(1, 11))


def test_there_are_as_many_candidates_as_the_tuning_says() -> None:
    with library_of(CREWS, *ARTICLES) as library, snapshots_of(library) as snapshots:
        everything = candidates_of(snapshots, "Which gate did crew7 coat?")
        few = candidates_of(snapshots, "Which gate did crew7 coat?", tuning=Tuning(candidates=3))
        assert [c.stored.id for c in few] == [c.stored.id for c in everything[:3]]


def test_only_passages_in_scope_are_candidates() -> None:
    with library_of(CREWS, *ARTICLES) as library, snapshots_of(library) as snapshots:
        found = candidates_of(snapshots, "Which gate did crew7 coat?", Scope(article_id="school"))
        assert [candidate.stored.article_id for candidate in found] == ["school"]
        assert candidates_of(snapshots, "Which gate?", Scope(article_id="nowhere")) == []


def test_words_find_what_vectors_leave_out_and_the_other_way_round() -> None:
    with library_of(CREWS, *ARTICLES) as library, snapshots_of(library) as snapshots:
        narrow = Tuning(fetched=1)
        by_words = candidates_of(snapshots, "harbour", tuning=narrow)
        assert {candidate.stored.article_id for candidate in by_words} == {"harbour"}
        nothing_in_common = candidates_of(snapshots, "Jupiter", tuning=narrow)
        assert len(nothing_in_common) == 1
        assert nothing_in_common[0].bm25 == nothing_in_common[0].coverage == 0


def test_coverage_is_the_share_of_the_questions_rarity_that_the_passage_and_its_title_hold() -> None:
    with library_of(*ARTICLES) as library, snapshots_of(library) as snapshots:
        found = {c.stored.article_id: c for c in candidates_of(snapshots, "school geometry jupiter")}
        share = 1 - missing_share(snapshots, "school geometry jupiter", "jupit")
        assert found["school"].coverage == pytest.approx(share)
        assert found["bridge"].coverage == 0
        titled = {c.stored.article_id: c for c in candidates_of(snapshots, "evenings among books")}
        assert titled["reading-room"].coverage == pytest.approx(1)


def test_bm25_is_the_textbooks() -> None:
    with library_of(*ARTICLES) as library, snapshots_of(library) as snapshots:
        question = asked("bridge ferry")
        rarity = Rarity(snapshots, question.terms, Tuning())
        found = {c.stored.article_id: c for c in find_passages(snapshots, question, rarity, Scope(), Tuning())}
        length = len(found["bridge"].stored.all_terms) / rarity.mean_length
        norm = 1.2 * (1 - 0.75 + 0.75 * length)
        expected = rarity.idf("bridg") * 2 * 2.2 / (2 + norm) + rarity.idf("ferri") * 2.2 / (1 + norm)
        assert found["bridge"].bm25 == pytest.approx(expected)  # the bridge is in the title and in the text
        assert found["harbour"].bm25 == 0


# Sentences


def test_every_sentence_of_the_candidates_is_ranked_once_best_first() -> None:
    with library_of(CREWS, *ARTICLES) as library, snapshots_of(library) as snapshots:
        ranked = ranking(snapshots, "Which gate did crew4 coat?")
        places = [(r.article_id, r.number) for r in ranked]
        assert places[0] == ("crews", 4)
        assert sorted(places) == sorted(
            [("crews", n) for n in range(12)]
            + [
                (a.id, n)
                for a, count in ((BRIDGE, 5), (HARBOUR, 4), (READING_ROOM, 4), (SCHOOL, 2))
                for n in range(count)
            ]
        )
        assert [r.score for r in ranked] == sorted((r.score for r in ranked), reverse=True)


def test_for_a_sentence_of_two_passages_both_speak() -> None:
    with library_of(CREWS) as library, snapshots_of(library) as snapshots:
        best = ranking(snapshots, "Which gate did crew4 coat, and which did crew5?")
        (fourth,) = [r for r in best if r.number == 4]
        assert (fourth.passage.first, fourth.passage.last) == (2, 6)
        question = asked("Which gate did crew4 coat, and which did crew5?")
        holding = [c for c in candidates_of(snapshots, question.text) if c.stored.passage.first in (2, 4)]
        assert fourth.signals.passage_bm25 == max(c.bm25 for c in holding)
        assert fourth.signals.passage_cosine == max(c.cosine for c in holding)


def test_signals_are_in_their_ranges() -> None:
    with library_of(CREWS, *ARTICLES) as library, snapshots_of(library) as snapshots:
        for ranked in ranking(snapshots, "Which gate did crew4 coat beside the bridge?"):
            signals = ranked.signals
            assert min(signals.sentence_cosine, signals.passage_cosine, signals.maxsim) >= -1.001
            assert max(signals.sentence_cosine, signals.passage_cosine, signals.maxsim) <= 1.001
            assert signals.passage_bm25 >= 0
            assert 0 <= signals.nearby <= signals.coverage + 1e-6 <= 1.000002


def test_without_candidates_there_are_no_sentences() -> None:
    assert rank_sentences([], asked("Which gate?"), Rarity([], ["gate"], Tuning()), Tuning()) == []


# MaxSim


def encoding_of(counts: list[int], seed: int, dimension: int = 24) -> PassageEncoding:
    random_numbers = np.random.default_rng(seed)
    return PassageEncoding(
        vector=unit(random_numbers.standard_normal(dimension).astype(np.float32)),
        sentences=unit(random_numbers.standard_normal((len(counts), dimension)).astype(np.float32)),
        tokens=quantize(random_numbers.standard_normal((sum(counts), dimension)).astype(np.float32)),
        token_counts=np.array(counts, dtype=np.int32),
    )


COLUMNS = ("maxsim", "maxsim_plain", "maxsim_least", "maxsim_nearby", "maxsim_passage", "answer")


@given(
    counts=st.lists(st.lists(st.integers(0, 5), min_size=1, max_size=4), min_size=1, max_size=4),
    seed=st.integers(0, 999),
)
def test_tokens_are_matched_as_signals_say(counts: list[list[int]], seed: int) -> None:
    random_numbers = np.random.default_rng(seed)
    text = "Which gate did crews paint"  # "which" and "did" are stop words
    spans = tuple(Span(m.start(), m.end()) for m in re.finditer(r"\w+", text))
    rows = unit(random_numbers.standard_normal((5, 24)).astype(np.float32))
    emphasis = random_numbers.random(5).astype(np.float32)
    direction = random_numbers.standard_normal(24).astype(np.float32)
    question = Question.of(text, QuestionEncoding(rows[0], rows, spans, emphasis, direction, 2.0))
    rarity = Rarity([], question.terms, Tuning())
    encodings = [encoding_of(each, seed + n) for n, each in enumerate(counts)]

    weights = [e * rarity.weight(t) for e, t in zip(emphasis, (None, "gate", None, "crew", "paint"), strict=True)]
    expected: list[list[float]] = []
    for encoding in encodings:
        tokens, start, best = dequantize(encoding.tokens, 24), 0, []
        for count in encoding.token_counts:
            inside = tokens[start : start + count]
            start += count
            best.append([max(inside @ row) if count else 0.0 for row in rows])
            likely = [math.exp(t @ direction - 2.0 * max(0.0, max(rows @ t))) for t in inside]
            expected.append([math.log(sum(likely)) if count else 0.0])
        for number, own in enumerate(best):
            wide = np.max(best[max(number - 1, 0) : number + 2], axis=0)
            content = [own[1], own[3], own[4]]
            matched = [np.average(own, weights=weights), np.mean(content), min(content)]
            matched += [np.average(wide, weights=weights), np.average(np.max(best, axis=0), weights=weights)]
            expected[number - len(best)] = matched + expected[number - len(best)]
    assert match_tokens(question, rarity, encodings) == pytest.approx(np.array(expected), abs=1e-5)
    assert Signals._fields[3:9] == COLUMNS


def test_a_sentence_with_the_very_tokens_of_the_question_scores_highest() -> None:
    rows = unit(np.random.default_rng(1).standard_normal((3, 24)).astype(np.float32))
    own = PassageEncoding(rows[0], rows[:1], quantize(rows), np.array([3], dtype=np.int32))
    spans = (Span(0, 5), Span(6, 10), Span(11, 15))
    question = Question.of("crews coat gate", QuestionEncoding(rows[0], rows, spans, np.ones(3, dtype=np.float32)))
    same, others = match_tokens(question, Rarity([], [], Tuning()), [own, encoding_of([3], 7)])
    assert 0.7 < same[COLUMNS.index("maxsim_least")] <= same[COLUMNS.index("maxsim")] <= 1
    assert others[0] < same[0]
    assert same[COLUMNS.index("answer")] == 0, "nobody learned what an answer looks like"


# Several libraries, ranked as one


def test_which_library_a_passage_is_in_changes_nothing_about_it() -> None:
    text = "Which gate did crew7 coat beside the harbour?"
    with (
        library_of(CREWS, *ARTICLES) as whole,
        library_of(CREWS, BRIDGE) as one,
        library_of(HARBOUR, READING_ROOM, SCHOOL) as other,
        snapshots_of(whole) as together,
        snapshots_of(one, other) as apart,
    ):
        expected = [(r.article_id, r.number, r.passage, r.score, r.signals) for r in ranking(together, text)]
        found = [(r.article_id, r.number, r.passage, r.score, r.signals) for r in ranking(apart, text)]
        assert [row[:3] for row in found] == [row[:3] for row in expected]
        assert [row[3] for row in found] == pytest.approx([row[3] for row in expected], abs=1e-6)
