"""Which questions ask the same, whatever their wording.

Two questions do when each word of either, the ones that matter above all, finds its like in the other (contextual
MaxSim, as for sentences), and nothing sets them apart: no word in place of another, and nothing that a model takes for
much the same, such as another number, day or name, an opposite, a "not", or that one asks when and the other where.
Groups are made by complete linkage, so that any two questions of a group ask the same: no chain of small steps leads
from one question to another.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from index.answering.features import kind_of
from index.answering.intent import names_in
from index.encoding.encoder import Encoder, QuestionEncoding
from index.types import Floats
from index.words import STOP_WORDS, terms, words

LIKE = 0.8
"""How like each other any two questions of a group are. Of the pairs that are put together, 77, 82 and 87% have one
answer with .75, .8 and .85 in squad2-half (what was held out of it), and 59, 66 and 67% in newsqa-dev, whose labels are
rougher; of the pairs that have one answer, 41, 34 and 32% and 29, 27 and 19% are put together. To repeat it:
`python -m tests.tools.groups TRAIN NEWS`."""

NEAR = 0.75
"""The cosine of their vectors that two questions have at the least: below it are those about something else, put in the
same words."""

MET = 0.4
"""A word of meaning is met in the other question where its best cosine there is this at the least. A word more makes no
other question; but where each has one that is not met, the one stands in place of the other."""

UNLIKE_KIND = 0.1
"""What a "what" loses beside a "when", a "who" or another question that says what it asks for."""

_WORD_NUMBERS = frozenset(
    """
    zero two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen
    nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion half first second
    third fourth fifth sixth seventh eighth ninth tenth last next previous yesterday today tonight tomorrow
    monday tuesday wednesday thursday friday saturday sunday january february march april june july august september
    october november december
    """.split()
)
"""Words that count or tell when; "may" is left out, which mostly does neither."""

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
"""Those of stop words, which are no terms."""

_ASKING = frozenset("who whom whose when where why how what which".split())
_COSTS, _REASONS = frozenset(terms("cost price fee")), frozenset(terms("reason cause"))


def groups_of(questions: Sequence[str], encoder: Encoder, like: float = LIKE) -> tuple[tuple[int, ...], ...]:
    """The numbers of the questions in groups that ask the same: the largest first, in each the most typical first.

    Questions of the same words are one; of others it decides how near in meaning they are. The order of the questions
    makes no difference. Takes memory for the square of how many different ones there are.
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


def _by_use(numbers: Sequence[int], questions: Sequence[str]) -> list[int]:
    """The numbers, those of the spelling that most have first."""
    used = Counter(questions[number] for number in numbers)
    return sorted(numbers, key=lambda number: (-used[questions[number]], questions[number]))


def _likeness(texts: Sequence[str], encoder: Encoder, least: float) -> Floats:
    """float32 (n, n): how like each other the questions are, 1 on the diagonal; 0 for less than `least`."""
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
    """A question as it is compared: its encoding, which of its tokens are words of meaning, and its marks."""

    def __init__(self, text: str, encoding: QuestionEncoding) -> None:
        self.encoding = encoding
        said = [words(text[span.start : span.end]) for span in encoding.token_spans]
        self.meaning = np.array([bool(word) and word[0] not in STOP_WORDS for word in said], dtype=bool)
        self.marks = _Marks.of(text)


def _maxsim(one: _Encoded, others: Sequence[_Encoded]) -> Floats:
    """float32 (n,): the mean of how well the one meets each of the others, and that the one.

    That is, over the tokens of a question, weighted by their emphasis, the mean of the best cosine with any of the
    other's. It is 0 where each has a word of meaning that is not met.
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
    """The rows in groups, by complete linkage: any two of a group are at least that like each other."""
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
    """What sets a question apart from others that are much the same. `kind` is None where it may ask for anything."""

    kind: str | None
    numbers: frozenset[str]
    names: frozenset[str]
    terms: frozenset[str]
    words: frozenset[str]
    negated: bool

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
        )

    def distance(self, other: "_Marks") -> float:
        """What these two questions lose of their likeness: all of it where they cannot ask the same."""
        names_differ = self.names - other.terms and other.names - self.terms
        if names_differ or self.numbers != other.numbers or self.negated != other.negated or _opposed(self, other):
            return 1.0
        if self.kind == other.kind or self.kind is None or other.kind is None:
            return 0.0
        return UNLIKE_KIND if "what" in (self.kind, other.kind) else 1.0


def _asked_for(question: str, said: frozenset[str], meant: frozenset[str]) -> str | None:
    kind = kind_of(question)
    if kind != "what":
        return kind
    if meant & _COSTS:
        return "number"
    if meant & _REASONS:
        return "why"
    return "what" if said & _ASKING and "name" not in said else None


def _opposed(one: _Marks, other: _Marks) -> bool:
    """Whether one has a word that the other has the opposite of."""
    return any(
        len(pair & here) == len(pair & there) == 1 and pair & here != pair & there
        for pairs, here, there in ((_OPPOSITES, one.terms, other.terms), (_SIDES, one.words, other.words))
        for pair in pairs
    )
