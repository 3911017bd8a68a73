"""How many disagreements are found, and how many are claimed where there is none.

A set of pairs of short articles, written for this, says of each whether they differ and in what. All of a set's
articles are one library, so that others can be mistaken for them. Of real stories nobody marked which differ: all that
is claimed of them is listed, to be read.
"""

import json
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from index import Answer, Article, Library
from index.answering import pipeline
from index.evaluate import EvaluationSet
from tests.tools.benchmark.measuring import Meter, Spread, machine

PAIRS = Path(__file__).parents[2] / "e2e" / "disagreements.jsonl"


@dataclass(frozen=True, slots=True)
class Pair:
    """Two articles and a question that both answer; `differ` is what they differ in, or None if they do not."""

    question: str
    differ: str | None
    articles: tuple[Article, Article]

    def is_found(self, answer: Answer) -> bool:
        """Whether the answer shows both, the newer first, and says in what they differ; or claims nothing."""
        if answer.disagreement is None or self.differ is None:
            return answer.disagreement is None and self.differ is None
        shown = [quote.article for quote in answer.quotes]
        dates = [article.published for article in shown if article.published]
        both = {article.id for article in shown} == {article.id for article in self.articles}
        return both and answer.disagreement.about == self.differ and dates == sorted(dates, reverse=True)


def read_pairs(name: str, path: Path = PAIRS) -> list[Pair]:
    """The pairs of a set: "tuned on" or "held out"."""
    found = []
    for number, line in enumerate(path.read_text().splitlines()):
        pair = json.loads(line)
        if pair["set"] == name:
            one, other = (Article(f"{number}{key}", **a) for key, a in zip("ab", pair["articles"], strict=True))
            found.append(Pair(pair["question"], pair["differ"], (one, other)))
    return found


def wrong(library: Library, pairs: Sequence[Pair]) -> Iterator[tuple[Pair, Answer]]:
    """Put the articles of the pairs into the library, ask every question, and give what was not found or is wrong."""
    library.update([article for pair in pairs for article in pair.articles])
    for pair in pairs:
        answer = library.ask(pair.question)
        if not pair.is_found(answer):
            yield pair, answer


def main(known: EvaluationSet) -> None:
    """Print how many of the pairs are found, what is claimed of real stories, and how long the comparison takes."""
    print(machine(), flush=True)
    for name in ("tuned on", "held out"):
        pairs = read_pairs(name)
        with tempfile.TemporaryDirectory() as folder, Library.open(folder) as library:
            missed = list(wrong(library, pairs))
        total, failed = (Counter(p.differ is None for p in some) for some in (pairs, [pair for pair, _ in missed]))
        print(
            f"{name}: {total[False] - failed[False]} of {total[False]} found, {failed[True]} of {total[True]} claimed"
        )
        for pair, answer in missed:
            print(f"  {'claimed' if pair.differ is None else 'not found'}: {pair.question}")
            print(*(f"    {quote.text}\n" for quote in answer.quotes), sep="", end="")
    with tempfile.TemporaryDirectory() as folder, Library.open(folder) as library:
        library.warm()
        library.update(known.articles)
        claims(library, known)


def claims(library: Library, known: EvaluationSet) -> None:
    """Ask all questions, and print what is claimed to differ, and how long the comparison took."""
    durations: list[float] = []
    compare = pipeline.disagreement_in

    def timed(*arguments: object) -> object:
        meter = Meter(time.thread_time)
        with meter.running():
            found = compare(*arguments)  # type: ignore[arg-type]
        durations.append(meter.seconds)
        return found

    with patch.object(pipeline, "disagreement_in", timed):
        answers = [library.ask(question.text) for question in known.questions]
    claimed = [answer for answer in answers if answer.disagreement]
    answered = sum(answer.answered for answer in answers)
    print(f"{len(claimed)} of {answered} answers ({len(claimed) / max(answered, 1):.1%}) are said to differ")
    for answer in claimed:
        print(f"  {answer.question}")
        print(*(f"    {quote.text}\n" for quote in answer.quotes), sep="", end="")
    print(f"to compare, of processor time: {Spread.of(durations)}")
