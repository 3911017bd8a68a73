"""What is told of a new version of an article: which sentences are gone, and what stands in their place."""

import time
from pathlib import Path

import pytest

from index import Article, Library, Rewording
from index.passages import prepare
from index.revising import LONGEST, MOST, revision_of
from index.types import Revision
from tests.encoder import WordEncoder

OLD = "The bridge opened in 1904. It carries two lanes. The ferry stopped a year later."


def revised(old: str, new: str) -> Revision | None:
    before, after = (prepare(Article("bridge", "The bridge", text)) for text in (old, new))
    return revision_of(before.article, before.sentences, after.article, after.sentences, b"old")


def rewordings(old: str, new: str) -> list[tuple[str, str]]:
    found = revised(old, new)
    return [(one.stood, one.stands) for one in found.rewordings] if found else []


def test_a_changed_number_is_told_with_its_sentence() -> None:
    assert rewordings(OLD, OLD.replace("1904", "1905")) == [
        ("The bridge opened in 1904.", "The bridge opened in 1905.")
    ]


def test_a_changed_letter_counts_and_white_space_does_not() -> None:
    assert rewordings(OLD, OLD.replace("lanes", "lines")) == [("It carries two lanes.", "It carries two lines.")]
    assert rewordings(OLD, OLD.replace(". ", ".\n\n").replace("two lanes", "two  lanes")) == []


def test_a_sentence_that_is_taken_out_leaves_nothing_in_its_place() -> None:
    assert rewordings(OLD, OLD.replace("It carries two lanes. ", "")) == [("It carries two lanes.", "")]


def test_what_is_added_or_moved_is_no_revision() -> None:
    assert revised(OLD, f"A fair was held. {OLD} It rained.") is None
    assert revised(OLD, "The ferry stopped a year later. The bridge opened in 1904. It carries two lanes.") is None


def test_a_sentence_that_was_split_in_two_is_told_with_both() -> None:
    new = OLD.replace("It carries two lanes.", "It carries cars. It also carries carts.")
    assert rewordings(OLD, new) == [("It carries two lanes.", "It carries cars. It also carries carts.")]


def test_each_sentence_that_is_gone_is_named_as_it_stood() -> None:
    old = OLD.replace("two lanes", "two\nlanes")
    found = revised(old, "The bridge opened in 1904. Nothing else is known.")
    assert found and found.lost == ("It carries two\nlanes.", "The ferry stopped a year later.")


def test_a_sentence_that_is_now_part_of_a_longer_one_still_stands() -> None:
    assert revised("He left. She stayed.", "“He left. She stayed.”") is None
    assert rewordings("He left. She stayed.", "The left. She stayed.") == [("He left.", "The left.")]


@pytest.mark.parametrize(
    "script", ["橋は1904年に開通した。車線は二つある。", "다리는 1904년에 개통되었다. 차선은 두 개다."]
)
def test_other_scripts_are_compared_in_the_same_way(script: str) -> None:
    (one,) = rewordings(script, script.replace("1904", "1905"))
    assert "1904" in one[0] and one[1] == one[0].replace("1904", "1905")


def test_an_article_of_another_text_is_told_up_to_a_limit() -> None:
    old = " ".join(f"Sentence number {number} said so. It stays the same {number}." for number in range(200))
    found = revised(old, old.replace("said so", "said no"))
    assert found and len(found.rewordings) == MOST and found.further == 200 - MOST and len(found.lost) == 200
    endless = f"It went on {'and on ' * 2000}without end."
    (one,) = rewordings(endless, endless.replace("went", "goes"))
    assert len(one[0]) <= LONGEST and one[0].endswith(" …")


def test_thousands_of_equal_sentences_take_no_time() -> None:
    begun = time.perf_counter()
    assert revised("It rained. " * 6000, "It snowed. " * 6000)
    assert time.perf_counter() - begun < 5


def test_an_update_reports_what_it_changed_and_what_it_removed(folder: Path) -> None:
    with Library.open(folder, load_encoder=WordEncoder) as library:
        first = library.update([Article("bridge", "The bridge", OLD), Article("inn", "The inn", "The inn is shut.")])
        assert (first.revised, first.withdrawn) == ((), ())
        assert library.rebuild().revised == ()
        report = library.update([Article("bridge", "The bridge", OLD.replace("1904", "1905"))], remove=["inn"])
        (revision,) = report.revised
        assert revision.article.id == "bridge"
        assert revision.rewordings == (Rewording("The bridge opened in 1904.", "The bridge opened in 1905."),)
        assert [one.article.title for one in report.withdrawn] == ["The inn"]
        assert library.update([Article("bridge", "Our bridge", OLD.replace("1904", "1905"))]).revised == ()
