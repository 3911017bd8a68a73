from index.evaluate import KnownQuestion, Nearest, fill, run
from index.library import Library
from index.types import Article, Progress, Span
from tests.index.town import ARTICLES, BRIDGE, HARBOUR


def about(article: Article, answer: str, question: str) -> KnownQuestion:
    start = article.text.index(answer)
    return KnownQuestion("q", question, article.id, (Span(start, start + len(answer)),))


def test_filling_counts_passages_and_names_what_was_refused(library: Library) -> None:
    steps: list[Progress] = []
    indexing = fill(library, [*ARTICLES, Article("blank", "Blank", " ")], steps.append)
    assert (indexing.passages, [refusal.name for refusal in indexing.refused]) == (4, ["blank"])
    assert indexing.passages_per_second == 4 / indexing.seconds
    assert steps[-1] == Progress(4, 4)


def test_a_question_is_a_hit_at_the_rank_of_the_quote_that_overlaps_its_answer(town: Library) -> None:
    question = "Who is the harbour master?"
    second = town.ask(question, limit=10).closest[1]
    steps: list[Progress] = []
    first_hit, second_hit, wrong_article = run(
        town,
        [
            about(HARBOUR, "Lena Moss", question),
            about(second.article, second.text, question),
            about(BRIDGE, "rust", question),
        ],
        steps.append,
    )
    assert (first_hit.rank, first_hit.right, first_hit.right_article) == (1, True, True)
    assert first_hit.nearest == Nearest("harbour", 119, 191, HARBOUR.text[119:191])
    assert (second_hit.rank, second_hit.right) == (2, False)
    assert (wrong_article.right, wrong_article.right_article) == (False, False)
    assert wrong_article.nearest == first_hit.nearest
    assert first_hit.answered and 0 < first_hit.confidence < 1 and first_hit.elapsed_ms > 0
    assert steps == [Progress(1, 3), Progress(2, 3), Progress(3, 3)]


def test_what_only_touches_the_answer_or_stands_there_in_another_article_is_no_hit(town: Library) -> None:
    question = "Who is the harbour master?"  # the quote is [119, 191) of HARBOUR
    spans = {Span(117, 119): False, Span(118, 120): True, Span(190, 192): True, Span(191, 192): False}
    results = run(town, [KnownQuestion("q", question, "harbour", (span,)) for span in spans])
    assert [result.rank == 1 for result in results] == list(spans.values())
    (elsewhere,) = run(town, [KnownQuestion("q", question, "bridge", (Span(119, 191),))])
    assert elsewhere.rank != 1


def test_a_question_that_cannot_be_asked_counts_as_declined(town: Library) -> None:
    (result,) = run(town, [KnownQuestion("q", "?!", "harbour", (Span(0, 5),))])
    assert (result.answered, result.confidence, result.rank, result.nearest) == (False, 0.0, None, None)
    assert not result.right_article
