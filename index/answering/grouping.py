"""Groups questions that ask the same in different words.

Two questions ask the same if each token of either has a similar one in the other (contextual MaxSim, weighted by the
importance of the tokens), and if nothing sets them apart. They are set apart by one word in place of another, and by
differences that a model hardly sees: another number, day or name, an opposite, a "not", or a "when" against a "where".
Groups are made by complete linkage: any two questions of a group ask the same, so no chain of small differences can
join questions that are far apart.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from index.answering.features import kind_of, kinds_of
from index.answering.intent import names_in
from index.encoding.encoder import Encoder, QuestionEncoding
from index.languages import ENGLISH
from index.types import Floats
from index.words import STOP_WORDS, terms, words

LIKE = 0.8
"""The least similarity of any two questions of a group. Measured with .75, .8 and .85: of the pairs that are grouped,
77, 84 and 88% have the same answer in squad2-half (its held-out part), and 59, 64 and 66% in newsqa-dev, whose labels
are rougher (precision). Of the pairs that have the same answer, 41, 39 and 34%, and 28, 25 and 19%, are grouped
(recall). To repeat it: `python -m tests.tools.groups TRAIN NEWS`."""

NEAR = 0.75
"""The least cosine of the vectors of two questions of a group. Below it they are about different things, even if their
words are the same."""

MET = 0.4
"""A content word of one question is matched if its best cosine in the other question is at least this. One question may
have an extra word. But if each has a word without a match, one word stands in place of the other, and they differ."""

UNLIKE_KIND = 0.1
"""Subtracted from the similarity of a "what" question and a more specific one, such as a "when" or a "who"."""

_WORD_NUMBERS = frozenset(
    """
    zero two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen
    nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion half first second
    third fourth fifth sixth seventh eighth ninth tenth last next previous yesterday today tonight tomorrow
    monday tuesday wednesday thursday friday saturday sunday january february march april june july august september
    october november december
    """.split()
)
"""Words for numbers and times. "May" is left out, because it is mostly a verb."""

_NOT = frozenset("not never without cannot nt cant dont doesnt didnt isnt arent wasnt werent wont wouldnt".split())
_NOT_SHORT = re.compile(r"n['’]t\b", re.IGNORECASE)

_OPPOSITES = [
    frozenset(terms(pair))
    for pair in (
        "new old, rise fall, increase decrease, buy sell, bought sold, men women, man woman, boy girl, open close, "
        "open shut, begin end, start end, start finish, win lose, won lost, east west, north south, high low, "
        "highest lowest, large small, largest smallest, best worst, oldest youngest, son daughter, father mother, "
        "brother sister, husband wife, arrive leave, enter leave, import export, advantage disadvantage, "
        "support oppose"
    ).split(", ")
]
_SIDES = [
    frozenset(pair.split())
    for pair in ("before after", "more less", "more fewer", "most least", "up down", "he she", "him her", "his her")
]
"""Opposites that are stop words, so they are not among the terms and are compared as words."""

_ASKING = frozenset("who whom whose when where why how what which".split())
_COSTS, _REASONS = frozenset(terms("cost price fee")), frozenset(terms("reason cause"))


def groups_of(questions: Sequence[str], encoder: Encoder, like: float = LIKE) -> tuple[tuple[int, ...], ...]:
    """Group the questions that ask the same: the indexes of the questions in each group, the largest group first.

    In each group the most typical question is first. Questions with the same words always belong together; others are
    grouped by meaning, with a similarity of at least `like`. The order of the questions makes no difference. The memory
    grows with the square of the number of different questions.
    """
    same_words: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for number, question in enumerate(questions):
        same_words[tuple(words(question)) or (question,)].append(number)
    wordings = [_by_use(numbers, questions) for _, numbers in sorted(same_words.items())]
    texts = [questions[numbers[0]] for numbers in wordings]
    likeness = _likeness(texts, encoder, like)
    times = np.array([len(numbers) for numbers in wordings])
    groups = []
    for members in _linked(likeness, like):
        typical = (likeness[np.ix_(members, members)] * times[members]).sum(axis=1)
        best_first = [members[place] for place in np.argsort(-typical, kind="stable")]
        groups.append(tuple(number for member in best_first for number in wordings[member]))
    return tuple(sorted(groups, key=lambda group: (-len(group), questions[group[0]])))


SHARED = 0.6
"""The least share of the terms of two questions, weighted by rarity, that both have, where a wrong match would show a
reader another question's answer."""

SURELY_LIKE = 0.85
"""The least similarity of two questions there."""

_BEING, _HAVING = frozenset("is are was were be been being".split()), frozenset("has have had having".split())
_AT_THE_END = frozenset("to with by from for about of in at on as into after before do doing say saying".split())
_WHOSE = frozenset("whose whom".split())
"""Small words that turn a question: "Who presented the medals?", "Who was presented with medals?"."""

IN_COMMON = 2
"""The least number of terms that both have there: "Who made the film?" is no "Who was the film about?"."""


def asking_the_same(
    question: str, others: Sequence[str], encoder: Encoder, idf: Callable[[str], float], code: str = ENGLISH
) -> tuple[int, ...]:
    """The indexes of those of the `others` that surely ask the same as the question, in their order.

    That is stricter than a group: they must ask for the same kind of thing and have the same names and numbers; of the
    other terms only one of the two may have some that the other lacks, and none where they ask "what", and they must
    share most of the weight (SHARED; `idf` gives that of a term); none may have a small word that turns it round
    (`_turns`); and they must be more alike (SURELY_LIKE). The same words always ask the same. `code` is the language of
    the question. Only the few that pass what is cheap are encoded.
    """
    said, asked = words(question), _marks_of(question)
    likely = [n for n, other in enumerate(others) if words(other) == said or _may_be_same(asked, _marks_of(other), idf)]
    near = [n for n in likely if words(others[n]) != said and kinds_match(question, others[n], code)]
    found = {n for n in likely if words(others[n]) == said}
    if near:
        one, *rest = encoder.encode_questions([question, *(others[n] for n in near)])
        encoded = [_Encoded(others[n], encoding) for n, encoding in zip(near, rest, strict=True)]
        likeness = _maxsim(_Encoded(question, one), encoded)
        cosines = [float(other.encoding.vector @ one.vector) for other in encoded]
        passed = zip(near, likeness.tolist(), cosines, strict=True)
        found |= {n for n, like, cosine in passed if like >= SURELY_LIKE and cosine >= NEAR}
    return tuple(sorted(found))


def kinds_match(question: str, other: str, code: str) -> bool:
    """Whether two questions ask for the same kinds of things; `code` is their language."""
    return set(kinds_of(question, code)) == set(kinds_of(other, code))


def _may_be_same(one: "_Marks", other: "_Marks", idf: Callable[[str], float]) -> bool:
    """Whether nothing sets two questions apart that takes no model to see."""
    if one.kind != other.kind or one.distance(other) or len(one.terms & other.terms) < IN_COMMON:
        return False
    own, others = one.terms - other.terms, other.terms - one.terms
    if one.turns != other.turns or (own and others) or ((own or others) and one.kind in ("what", None)):
        return False
    if not (one.names <= other.terms and other.names <= one.terms):
        return False
    shared = sum(map(idf, one.terms & other.terms))
    return shared >= SHARED * sum(map(idf, one.terms | other.terms))


def _by_use(numbers: Sequence[int], questions: Sequence[str]) -> list[int]:
    """The indexes, those with the most frequent spelling first."""
    used = Counter(questions[number] for number in numbers)
    return sorted(numbers, key=lambda number: (-used[questions[number]], questions[number]))


def _likeness(texts: Sequence[str], encoder: Encoder, least: float) -> Floats:
    """The similarity of each pair of questions, float32 (n, n): 1 on the diagonal, and 0 if it is below `least`."""
    encoded = [_Encoded(text, encoding) for text, encoding in zip(texts, encoder.encode_questions(texts), strict=True)]
    found = np.eye(len(texts), dtype=np.float32)
    vectors = np.array([one.encoding.vector for one in encoded])
    for number, one in enumerate(encoded[:-1]):
        near = number + 1 + np.flatnonzero(vectors[number + 1 :] @ vectors[number] >= NEAR)
        if len(near):
            for other, like in zip(near, _maxsim(one, [encoded[n] for n in near]), strict=True):
                rest = like - one.marks.distance(encoded[other].marks) if like >= least else 0.0
                if rest >= least:
                    found[number, other] = found[other, number] = min(rest, 1.0)
    return found


class _Encoded:
    """A question, ready to be compared: its encoding, which of its tokens are content words, and its marks."""

    def __init__(self, text: str, encoding: QuestionEncoding) -> None:
        self.encoding = encoding
        said = [words(text[span.start : span.end]) for span in encoding.token_spans]
        self.meaning = np.array([bool(word) and word[0] not in STOP_WORDS for word in said], dtype=bool)
        self.marks = _Marks.of(text)


def _maxsim(one: _Encoded, others: Sequence[_Encoded]) -> Floats:
    """Symmetric contextual MaxSim of one question with each of the others, float32 (n,).

    MaxSim is the mean over the tokens of a question, weighted by their emphasis, of the best cosine with any token of
    the other question. The result is the mean of both directions. It is 0 if each question has a content word that is
    not matched in the other.
    """
    starts = np.cumsum([0, *(len(other.meaning) for other in others[:-1])])
    emphasis = np.concatenate([other.encoding.emphasis for other in others])
    cosines = one.encoding.tokens @ np.concatenate([other.encoding.tokens for other in others]).T
    there, back = np.maximum.reduceat(cosines, starts, axis=1), cosines.max(axis=0)
    forth = (there * one.encoding.emphasis[:, None]).sum(axis=0) / one.encoding.emphasis.sum()
    likeness = (forth + np.add.reduceat(back * emphasis, starts) / np.add.reduceat(emphasis, starts)) / 2
    met = there[one.meaning].min(axis=0, initial=1.0) >= MET
    back_in_meaning = np.where(np.concatenate([other.meaning for other in others]), back, 1.0)
    met |= np.minimum.reduceat(back_in_meaning, starts) >= MET
    return np.asarray(likeness * met, dtype=np.float32)


def _linked(likeness: Floats, least: float) -> list[list[int]]:
    """Group the rows by complete linkage: any two rows of a group have a similarity of at least `least`."""
    if len(likeness) < 2:
        return [[number] for number in range(len(likeness))]
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    tree = linkage(squareform(1 - likeness.astype(np.float64), checks=False), method="complete")
    groups = defaultdict(list)
    for number, group in enumerate(fcluster(tree, 1 - least, criterion="distance").tolist()):
        groups[group].append(number)
    return list(groups.values())


@dataclass(frozen=True, slots=True)
class _Marks:
    """What sets a question apart from similar ones. `kind` is None if it may ask for anything."""

    kind: str | None
    numbers: frozenset[str]
    names: frozenset[str]
    terms: frozenset[str]
    words: frozenset[str]
    negated: bool
    turns: tuple[str, ...]

    @classmethod
    def of(cls, question: str) -> "_Marks":
        """The marks of a question."""
        said, meant = frozenset(words(question)), frozenset(terms(question))
        singular = said | {word.removesuffix("s") for word in said}  # "on Sundays"
        return cls(
            _asked_for(question, said, meant),
            frozenset(word for word in said if word[0].isdigit()) | (singular & _WORD_NUMBERS),
            frozenset(term for name in names_in(question, openers=True) for term in name),
            meant,
            said,
            bool(said & _NOT) or _NOT_SHORT.search(question) is not None,
            _turns(words(question)),
        )

    def distance(self, other: "_Marks") -> float:
        """How much to subtract from the similarity of the two questions: 1.0 if they cannot ask the same."""
        names_differ = self.names - other.terms and other.names - self.terms
        if names_differ or self.numbers != other.numbers or self.negated != other.negated or _opposed(self, other):
            return 1.0
        if self.kind == other.kind or self.kind is None or other.kind is None:
            return 0.0
        return UNLIKE_KIND if "what" in (self.kind, other.kind) else 1.0


@lru_cache(4096)
def _marks_of(question: str) -> _Marks:
    return _Marks.of(question)


def _asked_for(question: str, said: frozenset[str], meant: frozenset[str]) -> str | None:
    kind = kind_of(question)
    if kind != "what":
        return kind
    if meant & _COSTS:
        return "number"
    if meant & _REASONS:
        return "why"
    return "what" if said & _ASKING and "name" not in said else None


def _turns(said: Sequence[str]) -> tuple[str, ...]:
    """What turns a question round: forms of "be" and "have", "being", "whose", and what it ends with."""
    found = frozenset(said)
    kinds = (("be", _BEING), ("have", _HAVING), ("being", frozenset({"being"})), ("whose", _WHOSE))
    last = said[-1] if said and said[-1] in _AT_THE_END else ""
    return (*(name for name, forms in kinds if found & forms), last)


def _opposed(one: _Marks, other: _Marks) -> bool:
    """Whether one question has a word and the other has its opposite."""
    return any(
        len(pair & here) == len(pair & there) == 1 and pair & here != pair & there
        for pairs, here, there in ((_OPPOSITES, one.terms, other.terms), (_SIDES, one.words, other.words))
        for pair in pairs
    )
