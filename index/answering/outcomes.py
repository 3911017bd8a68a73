"""Reads how something ended in a sentence: approved or rejected, won or lost, or not as another sentence has it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from index.answering.outcome_words import BODIES, DOUBTS, NEGATIONS, OPPOSITES
from index.languages import ENGLISH, Edges, any_of, language
from index.words import STOP_WORDS, terms, words

REACH = 24
"""How many characters before a word a negation of it may end. Where it comes after the word, so many after it."""

DONE = "done"
"""How the kind of an outcome begins that is any verb, of which only a negation tells another."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How something ended: the kind of the outcome, whether it is the first of its opposites, and who is said to.

    `who` are the terms of the sentence before the word for it.
    """

    kind: str
    is_so: bool
    who: frozenset[str]


def endings_in(text: str, code: str = ENGLISH) -> list[Ending]:
    """The outcomes in a sentence in the language `code`. What is merely hoped, asked for or doubted is none."""
    found: list[Ending] = []
    for kind, (so, otherwise) in _patterns(code).items():
        matches = [(match, True) for match in so.finditer(text)] + [
            (match, False) for match in otherwise.finditer(text)
        ]
        spans = [match.span() for match, _ in matches]
        for match, is_so in matches:
            within = any(a <= match.start() and match.end() <= b and (a, b) != match.span() for a, b in spans)
            if (
                within
                or (match[0][:1].isupper() and match.start() and code == ENGLISH)
                or _is_doubted(text, match, code)
            ):
                continue
            denied = _is_denied(text, match.start(), match.end(), code)
            found.append(Ending(kind, is_so != denied, frozenset(terms(text[: match.start()], code))))
    return found


def undone_in(text: str, code: str = ENGLISH) -> frozenset[str]:
    """The terms of the verbs that a sentence denies, in English: "will not reopen" has the one of "reopen"."""
    if code != ENGLISH:
        return frozenset()
    return frozenset(term for match in _NOT_DONE.finditer(text) for term in _verb(match["verb"]))


def _verb(word: str) -> Iterator[str]:
    if word.lower() not in STOP_WORDS and len(word) > 3:
        yield from terms(word)


_NOT_DONE = re.compile(
    r"(?:\b(?:will|did|does|do|would|has|have|had|is|are|was|were|can|could)\s?(?:not|n['’]t|never)|\bcannot"
    r"|\brefused to|\bno longer)\s(?:be |been |yet |have |immediately |formally )*(?P<verb>[a-z]+)",
    re.IGNORECASE,
)


def bodies_in(who: frozenset[str], code: str = ENGLISH) -> frozenset[str]:
    """Those who decide, among the terms of who is said to do something."""
    return who & _bodies(code)


@lru_cache
def _bodies(code: str) -> frozenset[str]:
    return frozenset(terms(BODIES.get(code, ""), code))


@lru_cache
def _patterns(code: str) -> dict[str, tuple[re.Pattern[str], re.Pattern[str]]]:
    edges = language(code).edges
    found = {}
    for kind, (so, otherwise) in OPPOSITES.get(code, {}).items():
        found[kind] = any_of(so, edges), any_of(otherwise, edges)
    return found


def _is_denied(text: str, start: int, end: int, code: str) -> bool:
    """Whether a negation stands near the word: before it, and in some languages after it."""
    edges = language(code).edges
    near = text[max(0, start - REACH) : start]
    near = re.split(r"[,;:]", near)[-1]
    denied = any_of(NEGATIONS.get(code, ""), edges).search(near) is not None or (
        code == ENGLISH and re.search(r"n['’]t\b", near) is not None
    )
    if code in ("de", "ja", "ko"):
        denied = denied or any_of(NEGATIONS[code], Edges.NONE).search(text[end : end + 8]) is not None
    return denied


def _is_doubted(text: str, match: re.Match[str], code: str) -> bool:
    """Whether it is hoped, planned or doubted, and not told as something that happened."""
    before = re.split(r"[,;:]", text[: match.start()])[-1]
    near = " ".join(before.split()[-6:])
    return any_of(DOUBTS.get(code, ""), Edges.BOTH).search(near) is not None


def names_before(text: str, word_end: int) -> frozenset[str]:
    """The capitalized words of the text before that place, in lower case."""
    return frozenset(
        word
        for name in re.findall(r"\b[A-Z][\w’'-]+", text[:word_end])
        for word in words(name)
        if word not in STOP_WORDS
    )
