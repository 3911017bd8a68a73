"""A question's way to ranked sentences: rarity, candidates, and the word for word likeness."""

import pytest

from index.answering.rarity import Rarity
from index.answering.search import find_passages, rank_sentences
from index.answering.tuning import Tuning
from index.storage.seam import Snapshot
from index.storage.types import Scope
from tests.index.answering.searching import CREWS, asked, candidates_of, ranking, snapshots_of
from tests.index.town import ARTICLES, BRIDGE, HARBOUR, READING_ROOM, SCHOOL, library_of

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
