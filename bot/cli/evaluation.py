"""`pullquote eval`: asks every question, shows the figures, and writes each result and a picture of the curve."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

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
    """What was asked of which set-up, and what came of it."""

    known: evaluate.EvaluationSet
    indexing: evaluate.Indexing
    results: tuple[evaluate.QuestionResult, ...]
    figures: evaluate.Figures
    model: str
    threshold: float
    seed: int

    @property
    def absent(self) -> int:
        """How many of the questions no article answers."""
        return sum(question.absent for question in self.known.questions)


def score(
    known: evaluate.EvaluationSet, library: Library, settings: Settings, terminal: Terminal, seed: int
) -> Evaluation:
    """Fill the empty `library`, ask it everything, and count."""
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
    """What one question came to. Where it is `absent`, `article_id` names the article that was left out."""
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


# The picture

WIDTH, HEIGHT = 640, 440
LEFT, TOP, RIGHT, BOTTOM = 72, 64, 616, 376


def draw(curve: Sequence[evaluate.CurvePoint], threshold: float) -> str:
    """The risk-coverage curve as an SVG document, with a mark where the threshold puts the library."""
    line = " ".join(f"{_x(point.coverage):.1f},{_y(point.risk):.1f}" for point in curve)
    at_threshold = [point for point in curve if point.confidence >= threshold][-1:]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        'font-family="sans-serif" font-size="13" fill="#222">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        _label(LEFT, 24, "Risk and coverage", "start", 'font-size="16" font-weight="bold"'),
        *_grid(),
        f'<polyline points="{line}" fill="none" stroke="#1f5fa8" stroke-width="2" stroke-linejoin="round"/>',
    ]
    for point in at_threshold:
        parts += [
            f'<circle cx="{_x(point.coverage):.1f}" cy="{_y(point.risk):.1f}" r="5" fill="#c2410c"/>',
            _label(
                LEFT,
                46,
                f"At the threshold of {threshold:.2f}: {point.coverage:.1%} answered, {point.risk:.1%} of that wrong",
                "start",
                'fill="#c2410c"',
            ),
        ]
    return "\n".join([*parts, "</svg>", ""])


def _grid() -> Iterator[str]:
    """Lines and labels for every fifth of both axes, and what the axes are."""
    for percent in range(0, 101, 20):
        x, y = _x(percent / 100), _y(percent / 100)
        yield f'<path d="M{x:.0f} {TOP}V{BOTTOM}M{LEFT} {y:.0f}H{RIGHT}" stroke="#ddd"/>'
        yield _label(x, BOTTOM + 20, f"{percent}%", "middle")
        yield _label(LEFT - 8, y + 4, f"{percent}%", "end")
    middle = (TOP + BOTTOM) / 2
    yield _label((LEFT + RIGHT) / 2, HEIGHT - 16, "Coverage: questions answered, the surest first", "middle")
    yield _label(20, middle, "Risk: answers that are not right", "middle", f'transform="rotate(-90 20 {middle:.0f})"')


def _label(x: float, y: float, text: str, anchor: str, attributes: str = "") -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}" {attributes}>{text}</text>'


def _x(share: float) -> float:
    return LEFT + share * (RIGHT - LEFT)


def _y(share: float) -> float:
    return BOTTOM - share * (BOTTOM - TOP)
