"""`pullquote eval`: asks every question, shows the figures, and writes each result and a picture of the curve."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bot.cli.curve import draw
from bot.cli.terminal import Terminal
from bot.settings import Settings
from index import Library, PullquoteError, evaluate

RESULTS, PICTURE = "results.jsonl", "risk-coverage.svg"

LABELS = {
    "hit_at_1": "H@1",
    "hit_at_3": "H@3",
    "mrr_at_10": "MRR@10",
    "article_at_1": "article@1",
    "auroc": "AUROC of the confidence",
    "answered": "with an answer: answered",
    "declined": "absent: declined",
    "answers_right": "answers given: right",
}
"""The estimates of `evaluate.Figures`, as they are shown."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What was asked, with which model and settings, and the results."""

    known: evaluate.EvaluationSet
    indexing: evaluate.Indexing
    results: tuple[evaluate.QuestionResult, ...]
    figures: evaluate.Figures
    model: str
    threshold: float
    seed: int

    @property
    def absent(self) -> int:
        """How many of the questions have no answer in the articles."""
        return sum(question.absent for question in self.known.questions)


def score(
    known: evaluate.EvaluationSet, library: Library, settings: Settings, terminal: Terminal, seed: int
) -> Evaluation:
    """Fill the empty `library`, ask it every question, and count."""
    with terminal.progress("Indexing") as on_progress:
        indexing = evaluate.fill(library, known.articles, on_progress)
    for refusal in indexing.refused:
        terminal.say(f"refused: {refusal.reason}", "red")
    with terminal.progress("Asking", "questions") as on_progress:
        results = evaluate.run(library, known.questions, on_progress)
    with terminal.busy("Counting …"):
        figures = evaluate.measure(results, seed)
    return Evaluation(known, indexing, results, figures, settings.embedding_model, settings.answer_threshold, seed)


def in_lines(evaluation: Evaluation) -> Iterator[str]:
    """The figures for people, a line each."""
    known, indexing, figures = evaluation.known, evaluation.indexing, evaluation.figures
    yield (
        f"{len(known.articles):,} articles, {indexing.passages:,} passages, indexed at "
        f"{indexing.passages_per_second:.1f} passages a second with {evaluation.model}."
    )
    yield (
        f"{len(known.questions) - evaluation.absent:,} questions with an answer, {evaluation.absent:,} absent, "
        f"{known.left_out:,} left out; answered from a confidence of {evaluation.threshold:.2f}."
    )
    yield ""
    yield f"{'':26}{'':7}95% interval"
    for name, label in LABELS.items():
        estimate: evaluate.Estimate | None = getattr(figures, name)
        interval = f"{estimate.value:.3f}  {estimate.low:.3f} to {estimate.high:.3f}" if estimate else "none asked"
        yield f"{label:26}{interval}"
    yield f"{'time a question':26}median {figures.median_ms:.0f} ms, 95th percentile {figures.percentile_95_ms:.0f} ms"
    yield ""
    yield "confidence  questions  mean   right"
    for tenth in figures.calibration:
        yield (
            f"{tenth.low:.1f} to {tenth.low + 0.1:.1f}  {tenth.count:9,}  {tenth.mean_confidence:.3f}  "
            f"{tenth.share_right:.3f}"
        )


def as_json(evaluation: Evaluation) -> dict[str, Any]:
    """The figures for programs, under the names of `evaluate.Figures`."""
    report = {
        "model": evaluation.model,
        "threshold": evaluation.threshold,
        "seed": evaluation.seed,
        "articles": len(evaluation.known.articles),
        "questions": len(evaluation.known.questions) - evaluation.absent,
        "absent": evaluation.absent,
        "left_out": evaluation.known.left_out,
        "passages": evaluation.indexing.passages,
        "passages_per_second": evaluation.indexing.passages_per_second,
        **asdict(evaluation.figures),
    }
    rounded: dict[str, Any] = json.loads(json.dumps(report), parse_float=lambda digits: round(float(digits), 4))
    return rounded


def make_folder(folder: Path) -> None:
    """Make the folder that results are to be written to. Raises PullquoteError where that cannot be."""
    with _writing(folder):
        folder.mkdir(parents=True, exist_ok=True)


def save(evaluation: Evaluation, folder: Path) -> None:
    """Write RESULTS, a JSON object for each question, and PICTURE into `folder`. Raises PullquoteError."""
    lines = [json.dumps(result_as_json(result), ensure_ascii=False) for result in evaluation.results]
    picture = draw(evaluate.risk_coverage(evaluation.results), evaluation.threshold)
    with _writing(folder):
        (folder / RESULTS).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        (folder / PICTURE).write_text(picture, encoding="utf-8")


def result_as_json(result: evaluate.QuestionResult) -> dict[str, Any]:
    """The result of one question. Where it is `absent`, `article_id` names the article that was left out."""
    return {
        "id": result.question.id,
        "question": result.question.text,
        "article_id": result.question.article_id,
        "absent": result.question.absent,
        "answered": result.answered,
        "confidence": round(result.confidence, 4),
        "rank": result.rank,
        "right_article": result.right_article,
        "nearest": asdict(result.nearest) if result.nearest else None,
        "elapsed_ms": round(result.elapsed_ms, 1),
    }


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise PullquoteError(
            f"{folder} cannot be written ({error.strerror}); name another folder with --out."
        ) from error
