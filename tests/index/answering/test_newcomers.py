"""The sieve for questions that wait: how near new passages come to them."""

from pathlib import Path

import numpy as np
import pytest

from index import NEAR, Article, Library, ModelMismatch
from tests.encoder import WordEncoder
from tests.index.town import BRIDGE, HARBOUR, SCHOOL


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library.open(tmp_path, load_encoder=WordEncoder)


def test_a_question_comes_near_what_tells_of_it_and_far_from_the_rest(library: Library) -> None:
    library.update([BRIDGE])
    before = library.newest_passage()
    ferry = Article("ferry", "The ferry", "Ada Brandt bought the ferry. It was sold by a lighthouse keeper.")
    library.update([ferry])
    questions = library.awaited(["Who sold the ferry?", "When does the opera season end?"])
    found = library.nearest_new(questions, before)
    assert found.nearness[0] > NEAR > found.nearness[1]
    assert (found.newest, found.more) == (library.newest_passage(), False)


def test_what_is_new_can_be_read_in_parts_and_each_is_compared(library: Library) -> None:
    library.update([BRIDGE, HARBOUR, SCHOOL])
    questions = library.awaited(["Who built the bridge?"])
    parts, after = [], 0
    while not parts or parts[-1].more:
        parts.append(library.nearest_new(questions, after, limit=1))
        after = parts[-1].newest
    assert len(parts) == len({part.newest for part in parts}) > 2
    whole = library.nearest_new(questions, 0)
    assert max(float(part.nearness[0]) for part in parts) == pytest.approx(float(whole.nearness[0]))
    nothing = library.nearest_new(questions, after)
    assert (nothing.newest, nothing.more, nothing.nearness.tolist()) == (after, False, [-1.0])


def test_without_questions_nothing_is_near_and_greetings_around_one_do_not_count(library: Library) -> None:
    library.update([BRIDGE])
    assert library.awaited([]) == [] and library.nearest_new([], 0).nearness.shape == (0,)
    plain, polite = library.awaited(["Who built the bridge?", "Hello! Who built the bridge?"])
    assert np.allclose(plain.vector, polite.vector) and plain.terms == polite.terms == {"built", "bridg"}


def test_a_rare_word_that_is_shared_counts_more_than_a_common_one(library: Library) -> None:
    library.update([Article(f"a{n}", "News", f"The council met on day {n}.") for n in range(9)])
    before = library.newest_passage()
    library.update([Article("new", "News", "The council heard of quokkas.")])
    questions = library.awaited(["Which council was elected?", "Which quokkas were elected?"])
    common, rare = library.nearest_new(questions, before).nearness
    assert rare > common


def test_passages_of_another_model_are_not_compared(tmp_path: Path) -> None:
    with Library.open(tmp_path, load_encoder=WordEncoder) as library:
        library.update([BRIDGE])
    with Library.open(tmp_path, load_encoder=lambda: WordEncoder("words 2")) as other:
        questions = other.awaited(["Who built the bridge?"])
        with pytest.raises(ModelMismatch):
            other.nearest_new(questions, 0)
