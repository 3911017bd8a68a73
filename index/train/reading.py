"""What the reader is trained on: a question, and windows of text of which one may answer it.

The data asks as a person asks who has the passage in view, with its words. So a part of the questions is asked
otherwise: a word that the answering sentence shares is dropped or replaced by one that the model holds for near, names
become pronouns, "why" becomes "how come". And a part gets no answer: the sentence that answers is cut out of the
window, or the question is asked about somebody else.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.encoding.loading import bundled_model_folder
from index.train.data import AskedQuestion, SourceText
from index.types import Span
from index.words import STOP_WORDS, terms

MAX_QUESTION_TOKENS = 48
MAX_WINDOW_TOKENS = 200


@dataclass(frozen=True, slots=True)
class TokenizedText:
    """A text as the model reads it: the ids of its tokens (t,), their offsets (t, 2), the sentence of each (t,)."""

    source: SourceText
    ids: NDArray[np.int64]
    offsets: NDArray[np.int64]
    sentence_of: NDArray[np.int64]

    @classmethod
    def of(cls, source: SourceText, tokenizer: Any) -> "TokenizedText":  # noqa: ANN401 - a tokenizer, imported late
        """Tokenize a text of any length."""
        encoded = tokenizer(source.text, add_special_tokens=False, return_offsets_mapping=True, truncation=False)
        offsets = np.array(encoded["offset_mapping"], dtype=np.int64).reshape(-1, 2)
        ends = np.array([sentence.end for sentence in source.sentences])
        number = np.minimum(np.searchsorted(ends, offsets[:, 0], side="right"), len(ends) - 1)
        return cls(source, np.array(encoded["input_ids"], dtype=np.int64), offsets, number)


@dataclass(frozen=True, slots=True)
class Window:
    """The sentences of a text that are read together: their tokens (t,), the sentence of each, and which answer."""

    ids: NDArray[np.int64]
    sentence_of: NDArray[np.int64]
    answers: NDArray[np.bool_]
    sentences: int


@dataclass(frozen=True, slots=True)
class Reading:
    """A question (its tokens), and the windows that are read for it."""

    question: NDArray[np.int64]
    windows: tuple[Window, ...]

    @property
    def tokens(self) -> int:
        """The length of the longest window together with the question."""
        return len(self.question) + max(len(window.ids) for window in self.windows)


def window_of(text: TokenizedText, sentences: Sequence[int], answers: Sequence[Span]) -> Window:
    """A window of the sentences with these numbers, in order, cut off at MAX_WINDOW_TOKENS."""
    rows = np.flatnonzero(np.isin(text.sentence_of, sentences))[:MAX_WINDOW_TOKENS]
    starts, ends = text.offsets[rows, 0], text.offsets[rows, 1]
    hit = np.zeros(len(rows), dtype=bool)
    for span in answers:
        hit |= (starts < span.end) & (ends > span.start)
    numbers, sentence_of = np.unique(text.sentence_of[rows], return_inverse=True)
    return Window(text.ids[rows], sentence_of.astype(np.int64), hit, len(numbers))


def all_windows(text: TokenizedText, answers: Sequence[Span]) -> list[Window]:
    """The whole text in windows of as many sentences as fit."""
    lengths = np.bincount(text.sentence_of, minlength=len(text.source.sentences)).tolist()
    parts: list[list[int]] = [[]]
    size = 0
    for number, length in enumerate(lengths):
        if parts[-1] and size + length > MAX_WINDOW_TOKENS:
            parts.append([])
            size = 0
        parts[-1].append(number)
        size += length
    return [window_of(text, part, answers) for part in parts]


@dataclass(frozen=True, slots=True)
class Chances:
    """How often a question or its window is changed."""

    narrow: float = 0.8
    """The window is the sentence that answers with one or two neighbours on each side."""
    cut_out: float = 0.2
    """The sentences that answer are cut out."""
    somebody_else: float = 0.06
    """A name is replaced by another one, which the window does not have."""
    pronoun: float = 0.05
    fewer_words: float = 0.35
    """Each word that the question shares with the sentence that answers is dropped or replaced at even odds."""
    otherwise: float = 0.15
    """Asked by one of REWORDINGS."""
    without_mark: float = 0.3
    others: float = 0.7
    """Windows of other texts that are near the question are read as well, if it can be told which text it is about."""
    absent: float = 0.12
    """Then nothing but these is read, so nothing answers."""
    elsewhere: float = 0.7
    """Other windows of a text that is longer than one are read as well."""


REWORDINGS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"^why (?=did|was|were|is|are|do|does|has|had)", ("how come ", "what is the reason ", "for what reason ")),
    (r"^how many ", ("what number of ",)),
    (r"^how much ", ("what amount of ",)),
    (r"^when (?=did|was|were|is|are|do|does|will)", ("what day ", "at what time ", "in what year ", "since when ")),
    (r"^where (?=did|was|were|is|are|do|does)", ("in what place ", "in which town ", "whereabouts ")),
    (r"^who (?=is|was|were)", ("what is the name of the person who ", "which person ")),
    (r"^what (?=did|was|is)", ("so what ", "and what ", "tell me what ", "do you know what ")),
    (r"^how (?=did|was|were|do|does)", ("in what way ", "by what means ")),
    (r"^how long ", ("for how many years ", "for how much time ")),
)
_NAME = re.compile(r"(?<=\s)[A-Z][\w’'-]+(?: [A-Z][\w’'-]+)*")
_WORD = re.compile(r"[^\W\d_]+")


def nearby_words(count: int = 12_000) -> dict[str, list[str]]:
    """For the default model's most usual whole words, others whose embeddings are near: "begin", "start"."""
    from sentence_transformers import SentenceTransformer

    model: Any = SentenceTransformer(str(bundled_model_folder()), local_files_only=True, device="cpu")
    embeddings = model[0].auto_model.embeddings.word_embeddings.weight.detach().numpy()
    words = [model.tokenizer.convert_ids_to_tokens(i) for i in range(1996, 1996 + count)]
    kept = [i for i, word in enumerate(words) if word.isalpha() and len(word) > 2 and word not in STOP_WORDS]
    rows = embeddings[[1996 + i for i in kept]]
    rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    found: dict[str, list[str]] = {}
    for first in range(0, len(kept), 1000):
        alike = rows[first : first + 1000] @ rows.T
        for row, cosines in enumerate(alike, first):
            near = [kept[i] for i in np.argsort(-cosines)[1:4] if cosines[i] > 0.6]
            if near:
                found[words[kept[row]]] = [words[i] for i in near]
    return found


class Reworder:
    """Asks a question otherwise."""

    def __init__(self, near: dict[str, list[str]], chances: Chances, generator: np.random.Generator) -> None:
        self._near, self._chances, self._generator = near, chances, generator

    def __call__(self, question: str, answering: str) -> str:
        """The question, perhaps in other words; `answering` is the sentence that answers it."""
        chances = self._chances
        text = question
        if self._happens(chances.otherwise):
            for pattern, ways in REWORDINGS:
                if re.match(pattern, text, re.IGNORECASE):
                    way = ways[int(self._generator.integers(len(ways)))]
                    text = re.sub(pattern, way, text, count=1, flags=re.IGNORECASE)
                    break
        if self._happens(chances.fewer_words):
            text = self._fewer(text, set(terms(answering)))
        if self._happens(chances.pronoun):
            text = _NAME.sub(str(self._generator.choice(["he", "she", "they", "it"])), text, count=1)
        if self._happens(chances.without_mark):
            text = text.rstrip("? ")
        return text if terms(text) else question

    def _happens(self, chance: float) -> bool:
        return bool(self._generator.random() < chance)

    def _fewer(self, text: str, shared: set[str]) -> str:
        def instead(match: re.Match[str]) -> str:
            word = match[0]
            plain = word.lower()
            stems = terms(plain)
            if word[0].isupper() or not stems or stems[0] not in shared or self._generator.random() < 0.4:
                return word
            near = self._near.get(plain, [])
            return str(self._generator.choice(near)) if near and self._generator.random() < 0.7 else ""

        return re.sub(r"\s+", " ", _WORD.sub(instead, text)).strip()


class Reader:
    """Makes readings of texts and what is asked about them."""

    def __init__(
        self,
        texts: Sequence[TokenizedText],
        tokenize: Callable[[str], NDArray[np.int64]],
        others: dict[tuple[int, int], list[int]],
        reworder: Reworder,
        chances: Chances,
        generator: np.random.Generator,
    ) -> None:
        self._texts, self._tokenize, self._others = texts, tokenize, others
        self._reworder, self._chances, self._generator = reworder, chances, generator
        asked = [question.text for text in texts for question in text.source.questions]
        self._names = sorted({name for text in asked for name in _NAME.findall(text)})

    def one(self, text_number: int, question_number: int) -> Reading:
        """A reading of a question about a text, in one of its forms."""
        text = self._texts[text_number]
        question = text.source.questions[question_number]
        chances = self._chances
        gold = [
            number
            for number, sentence in enumerate(text.source.sentences)
            if any(sentence.start < a.end and a.start < sentence.end for a in question.answers)
        ]
        everything = list(range(len(text.source.sentences)))
        answers: Sequence[Span] = question.answers
        sentences = self._around(text, gold, everything)
        answering = " ".join(
            text.source.text[text.source.sentences[n].start : text.source.sentences[n].end] for n in gold
        )
        asked = question.text
        if gold and self._happens(chances.cut_out) and self._can_cut_out(text, question, gold):
            sentences = [n for n in self._around(text, gold, everything) if n not in gold] or sentences
            answers = () if not set(sentences) & set(gold) else answers
        elif gold and self._happens(chances.somebody_else) and (swapped := self._about_somebody_else(text, asked)):
            asked, answers = swapped, ()
        if answers:
            asked = self._reworder(asked, answering)
        windows = [window_of(text, sentences, answers)]
        if self._happens(chances.elsewhere):
            windows += self._elsewhere(text, sentences, [] if answers else gold, answers)
        others = self._others.get((text_number, question_number), [])
        if others and self._happens(chances.others):
            if self._happens(chances.absent):
                windows = []
            chosen = self._generator.permutation(others)[: 1 if self._happens(0.6) else 2]
            for number in chosen.tolist():
                other = self._texts[number]
                count = len(other.source.sentences)
                first = int(self._generator.integers(max(count - 5, 0) + 1))
                windows.append(window_of(other, range(first, min(first + 6, count)), ()))
        return Reading(self._tokenize(asked)[:MAX_QUESTION_TOKENS], tuple(w for w in windows if len(w.ids)))

    def _happens(self, chance: float) -> bool:
        return bool(self._generator.random() < chance)

    def _around(self, text: TokenizedText, gold: Sequence[int], everything: list[int]) -> list[int]:
        lengths = np.bincount(text.sentence_of, minlength=len(everything))
        if not gold:
            first = int(self._generator.integers(max(len(everything) - 6, 0) + 1))
        elif self._generator.random() < self._chances.narrow:
            before, after = self._generator.integers(1, 3, 2).tolist()
            return everything[max(gold[0] - before, 0) : gold[0] + after + 1]
        else:
            first = max(gold[0] - int(self._generator.integers(0, 6)), 0)
        total = list(accumulate(lengths[first:].tolist()))
        fitting = sum(t <= MAX_WINDOW_TOKENS - 20 for t in total)
        if gold and not first <= gold[0] < first + fitting:
            first, fitting = gold[0], 1
        return everything[first : first + max(fitting, 1)]

    def _elsewhere(
        self, text: TokenizedText, read: Sequence[int], out: Sequence[int], answers: Sequence[Span]
    ) -> list[Window]:
        """One or two windows, the first often at the beginning, of what is not `read` yet and not to be left `out`."""
        count, found = len(text.source.sentences), []
        done = {*read, *out}
        for at_the_beginning in (self._happens(0.6), False)[: 1 if self._happens(0.4) else 2]:
            first = 0 if at_the_beginning else int(self._generator.integers(count))
            sentences = [n for n in range(first, min(first + 5, count)) if n not in done]
            done.update(sentences)
            if sentences:
                found.append(window_of(text, sentences, answers))
        return found

    @staticmethod
    def _can_cut_out(text: TokenizedText, question: AskedQuestion, gold: Sequence[int]) -> bool:
        """Whether none of the other sentences holds the words of an answer."""
        source = text.source
        rest = " ".join(source.text[s.start : s.end].lower() for n, s in enumerate(source.sentences) if n not in gold)
        said = [source.text[a.start : a.end].lower() for a in question.answers]
        return bool(rest) and not any(answer in rest for answer in said)

    def _about_somebody_else(self, text: TokenizedText, asked: str) -> str:
        names = [name for name in _NAME.findall(asked) if name in text.source.text]
        if not names or not self._names:
            return ""
        name = str(self._generator.choice(names))
        for other in self._generator.choice(self._names, 8).tolist():
            if other not in text.source.text and not set(terms(other)) & set(terms(name)):
                return asked.replace(name, other)
        return ""


def batches(
    readings: Iterator[Reading], tokens: int, pool: int, generator: np.random.Generator
) -> Iterator[list[Reading]]:
    """Batches of readings of similar length, each of about `tokens` tokens, drawn from `pool` readings at a time."""
    held: list[Reading] = []
    for reading in readings:
        held.append(reading)
        if len(held) == pool:
            yield from _cut(held, tokens, generator)
            held = []
    if held:
        yield from _cut(held, tokens, generator)


def _cut(held: list[Reading], tokens: int, generator: np.random.Generator) -> Iterator[list[Reading]]:
    ordered = sorted(held, key=lambda reading: (reading.tokens, generator.random()))
    found: list[list[Reading]] = [[]]
    size = 0
    for reading in ordered:
        rows = len(reading.windows)
        if found[-1] and (size + rows) * (reading.tokens + 3) > tokens:
            found.append([])
            size = 0
        found[-1].append(reading)
        size += rows
    for number in generator.permutation(len(found)).tolist():
        yield found[number]


def joined(sources: Sequence[SourceText], corpus: str, together: int, gap: str = " ") -> list[SourceText]:
    """The texts of one corpus whose texts are single sentences, `together` neighbours of a group made one text."""
    rest = [source for source in sources if source.corpus != corpus]
    groups: dict[str, list[SourceText]] = {}
    for source in sources:
        if source.corpus == corpus:
            groups.setdefault(source.group, []).append(source)
    for group, members in groups.items():
        for first in range(0, len(members), together):
            rest.append(_one(corpus, group, members[first : first + together], gap))
    return rest


def _one(corpus: str, group: str, members: Sequence[SourceText], gap: str) -> SourceText:
    text, sentences, questions = "", [], []
    for member in members:
        start = len(text)
        text += member.text + gap
        sentences += [replace(s, start=s.start + start, end=s.end + start) for s in member.sentences]
        questions += [
            AskedQuestion(q.text, tuple(Span(a.start + start, a.end + start) for a in q.answers))
            for q in member.questions
        ]
    return SourceText(corpus, group, text, tuple(sentences), tuple(questions))
