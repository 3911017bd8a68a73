"""How rare terms are over the passages of all libraries."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.answering.rarity import Rarity
from index.answering.tuning import Tuning
from tests.index.answering.searching import CREWS, snapshots_of
from tests.index.town import ARTICLES, library_of


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
