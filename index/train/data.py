"""Open question-answering data in one form, cut into sentences and passages as a library would cut it.

A file holds a JSON object a line: `group` (the article), `passage`, and `questions`, each with a `question` and its
`answers` as `[start, end]`, characters of the passage; no answers means that this passage does not answer.
"""

import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np

from index.text import split_sentences
from index.types import Sentence, Span
from index.words import terms


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question about one text, and the spans of it that answer; none where the text does not answer."""

    text: str
    answers: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class SourceText:
    """A text with its sentences, and what is asked about it. `corpus` is the file it is from, `group` its article."""

    corpus: str
    group: str
    text: str
    sentences: tuple[Sentence, ...]
    questions: tuple[AskedQuestion, ...]


def read(folder: Path, corpora: Iterable[str]) -> list[SourceText]:
    """The texts of the files `<corpus>.jsonl` in `folder`."""
    return [source for corpus in corpora for source in _read(folder / f"{corpus}.jsonl", corpus)]


def _read(file: Path, corpus: str) -> Iterator[SourceText]:
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            questions = tuple(
                AskedQuestion(asked["question"], tuple(Span(*span) for span in asked["answers"]))
                for asked in row["questions"]
            )
            text = row["passage"]
            yield SourceText(corpus, f"{corpus}/{row['group']}", text, split_sentences(text), questions)


def hold_out(sources: Sequence[SourceText], share: float, seed: int) -> tuple[list[SourceText], list[SourceText]]:
    """The sources in two: the second holds about `share` of each corpus.

    Groups stay whole, but for one that is all of its corpus.
    """
    generator = np.random.default_rng(seed)
    kept: list[SourceText] = []
    held: list[SourceText] = []
    for corpus in dict.fromkeys(source.corpus for source in sources):
        of_corpus = [source for source in sources if source.corpus == corpus]
        groups = list(dict.fromkeys(source.group for source in of_corpus))
        if len(groups) == 1:
            chosen = set(generator.permutation(len(of_corpus))[: round(share * len(of_corpus))].tolist())
            for number, source in enumerate(of_corpus):
                (held if number in chosen else kept).append(source)
            continue
        out: set[str] = set()
        size = 0
        for number in generator.permutation(len(groups)):
            if size >= share * len(of_corpus):
                break
            out.add(groups[number])
            size += sum(source.group == groups[number] for source in of_corpus)
        for source in of_corpus:
            (held if source.group in out else kept).append(source)
    return kept, held


class TermWeights:
    """How much each term of a question counts in MaxSim: its rarity over the texts of one corpus."""

    def __init__(self, sources: Iterable[SourceText], background: int) -> None:
        each = [set(terms(source.text)) for source in sources]
        self._counts = Counter(chain.from_iterable(each))
        self._total = len(each) + background

    def __call__(self, term: str) -> float:
        """As `Rarity.weight` has it."""
        return math.log(1 + self._total / (1 + self._counts[term]))
