import pytest

from index import Problem, SourceError, SourceGone


@pytest.mark.parametrize(
    ("problem", "sentence"),
    [
        (Problem("It lists nothing"), "It lists nothing."),
        (Problem("It lists nothing", "check its address"), "It lists nothing: check its address."),
        (Problem("It lists nothing", outcome="so nothing was removed"), "It lists nothing, so nothing was removed."),
        (Problem("It is slow", "mend it", "so nothing was removed"), "It is slow: mend it, so nothing was removed."),
    ],
)
def test_a_problem_is_one_sentence_of_its_parts(problem: Problem, sentence: str) -> None:
    assert (problem.sentence, problem.clause) == (sentence, sentence.removesuffix("."))


def test_the_problem_of_an_error_says_the_same() -> None:
    gone = SourceGone("It answers 404", "leave it out")
    assert Problem.of(gone) == Problem("It answers 404", "leave it out")
    slow = SourceError("It does not answer: try again later.")
    assert [Problem.of(error).sentence for error in (gone, slow)] == [str(gone), str(slow)]
