"""How well questions that ask the same are put together: `python -m tests.tools.groups TRAIN NEWS`.

TRAIN holds the sets that `python -m index.train` learns from, NEWS is newsqa-dev. Taken to ask the same are two
questions that the same words of an article answer, taken to ask different things those that words apart from each other
answer; of the training sets, those questions that the model was not trained on. Precision: of the pairs that are in one
group, those that ask the same. Recall: of the pairs that ask the same, those in one group. The labels are rough: people
mark the words that answer one and the same question differently, and ask different ones that the same words answer.
"""

import json
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from index import SentenceTransformerEncoder
from index.answering.grouping import asking_the_same, groups_of
from index.known import MINILM
from index.train.__main__ import PLANS, parted

CHOSEN_BY = ("squad2-half", "squadshifts-reddit", "qamr")
"""The sets that `grouping.LIKE` was chosen by."""

LIKES = (0.7, 0.75, 0.8, 0.85, 0.9)


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question, the text that it is about, and the spans of that which answer it."""

    text: str
    question: str
    answers: frozenset[tuple[int, int]]

    def same(self, other: "AskedQuestion") -> bool:
        return self.text == other.text and bool(self.answers & other.answers)

    def different(self, other: "AskedQuestion") -> bool:
        apart = all(end <= start2 or end2 <= start for start, end in self.answers for start2, end2 in other.answers)
        return self.text != other.text or apart


def held_out(folder: Path) -> dict[str, list[AskedQuestion]]:
    """By corpus, what the adapter was not trained on."""
    _, sources = parted(folder, PLANS[MINILM.name].corpora)
    found = defaultdict(list)
    for source in sources:
        for asked in source.questions:
            spans = frozenset((span.start, span.end) for span in asked.answers)
            if spans:
                found[source.corpus].append(AskedQuestion(source.text, asked.text, spans))
    return found


def news(folder: Path, *, specific: bool) -> list[AskedQuestion]:
    rows = map(json.loads, (folder / "questions.jsonl").read_text().splitlines())
    return [
        AskedQuestion(
            row["article_id"],
            row["question"],
            frozenset((answer["start"], answer["start"] + len(answer["text"])) for answer in row["answers"]),
        )
        for row in rows
        if row["answers"] and (row["specific"] or not specific)
    ]


def measured(parts: Sequence[Sequence[AskedQuestion]], encoder: SentenceTransformerEncoder, like: float) -> str:
    """The figures where the questions of each part are grouped by themselves."""
    together = [pair for part in parts for pair in _pairs(part, encoder, like)]
    right = sum(one.same(other) for one, other in together)
    wrong = sum(one.different(other) for one, other in together)
    wanted = sum(one.same(other) for part in parts for one, other in combinations(part, 2))
    precision, recall = right / max(right + wrong, 1), right / max(wanted, 1)
    return f"{like:.2f}: {precision:.3f} {recall:.3f} ({right} of {right + wrong}, {wanted} wanted)"


def _pairs(
    part: Sequence[AskedQuestion], encoder: SentenceTransformerEncoder, like: float
) -> Iterator[tuple[AskedQuestion, AskedQuestion]]:
    for group in groups_of([asked.question for asked in part], encoder, like):
        yield from combinations([part[number] for number in group], 2)


def surely(parts: Sequence[Sequence[AskedQuestion]], encoder: SentenceTransformerEncoder) -> str:
    """The figures of `asking_the_same`, which decides where a pinned answer holds; all terms weigh the same here."""
    right = wrong = wanted = 0
    for part in parts:
        for number, one in enumerate(part):
            others = part[number + 1 :]
            same = asking_the_same(one.question, [other.question for other in others], encoder, lambda _: 1.0)
            right += sum(one.same(others[place]) for place in same)
            wrong += sum(one.different(others[place]) for place in same)
            wanted += sum(one.same(other) for other in others)
    precision, recall = right / max(right + wrong, 1), right / max(wanted, 1)
    return f"surely the same: {precision:.3f} {recall:.3f} ({right} of {right + wrong}, {wanted} wanted)"


def by_text(asked: Sequence[AskedQuestion]) -> list[list[AskedQuestion]]:
    parts = defaultdict(list)
    for one in dict.fromkeys(asked):
        parts[one.text].append(one)
    return list(parts.values())


def main(train: Path, newsqa: Path) -> None:
    encoder = SentenceTransformerEncoder()
    known = held_out(train)
    sets = {f"{corpus}, each text by itself": by_text(known[corpus]) for corpus in CHOSEN_BY}
    sets["newsqa-dev, each article by itself"] = by_text(news(newsqa, specific=False))
    sets["newsqa-dev, all specific questions at once"] = [news(newsqa, specific=True)]
    for name, parts in sets.items():
        print(f"{name}: precision and recall by how like two questions must be")
        for like in LIKES:
            print(f"  {measured(parts, encoder, like)}", flush=True)
        print(f"  {surely(parts, encoder)}", flush=True)
    thousand = list(dict.fromkeys(asked.question for asked in news(newsqa, specific=False)))[:1000]
    started = time.perf_counter()
    groups = groups_of(thousand, encoder)
    print(f"{len(thousand)} questions in {len(groups)} groups: {time.perf_counter() - started:.1f} s")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
