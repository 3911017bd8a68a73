"""What differs between two wordings of a sentence, word by word."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

LONG = 400
"""From so many characters on, what both wordings have in common is shown in part."""

NEAR = 60
"""How many characters of what is common are shown beside a difference then."""

COMPARED = 20_000
"""How many pairs of equal words are looked at: those of two sentences of 500 words have a tenth of that."""

_WORD = re.compile(r"\s+|[^\W\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]+|.", re.DOTALL)
"""White space, a word, or one character: in scripts without spaces, each stands for itself."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a wording, and whether it differs from the other one."""

    text: str
    differs: bool


def differences(stood: str, stands: str) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    """Both wordings in parts. Of long ones, what is far from any difference is left out, with an ellipsis.

    If only one of them has words, all of it differs.
    """
    if not (stood and stands):
        return (_whole(stood), _whole(stands))
    old, new = _WORD.findall(stood), _WORD.findall(stands)
    steps = list(_steps(old, new))
    before = _joined(Part("".join(old[i:j]), differs) for differs, i, j, _, _ in steps)
    after = _joined(Part("".join(new[k:m]), differs) for differs, _, _, k, m in steps)
    return _elided(before, stood), _elided(after, stands)


def _steps(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[bool, int, int, int, int]]:
    """Runs of words: whether they differ, and where they begin and end in both wordings.

    If there are too many pairs of equal words between the first and the last difference, all of that differs.
    """
    shorter = min(len(old), len(new))
    start = next((i for i in range(shorter) if old[i] != new[i]), shorter)
    end = next((i for i in range(shorter - start) if old[-1 - i] != new[-1 - i]), shorter - start)
    last, final = len(old) - end, len(new) - end
    yield False, 0, start, 0, start
    counts = Counter(new[start:final])
    if sum(counts[word] for word in old[start:last]) > COMPARED:
        yield True, start, last, start, final
    else:
        matcher = SequenceMatcher(None, old[start:last], new[start:final], autojunk=False)
        for kind, i, j, k, m in matcher.get_opcodes():
            yield kind != "equal", start + i, start + j, start + k, start + m
    yield False, last, len(old), final, len(new)


def _whole(text: str) -> tuple[Part, ...]:
    return _elided([Part(text, True)], text) if text else ()


def _joined(parts: Iterable[Part]) -> list[Part]:
    """The parts without empty ones. What differs on both sides of a space is one part with it."""
    joined: list[Part] = []
    for part in parts:
        if not part.text:
            continue
        if joined and joined[-1].differs == part.differs:
            joined[-1] = Part(joined[-1].text + part.text, part.differs)
        elif part.differs and len(joined) > 1 and joined[-1].text.isspace() and joined[-2].differs:
            joined[-2:] = [Part(joined[-2].text + joined[-1].text + part.text, True)]
        else:
            joined.append(part)
    return joined


def _elided(parts: Sequence[Part], whole: str) -> tuple[Part, ...]:
    if len(whole) <= LONG:
        return tuple(parts)
    return tuple(_around(parts))


def _around(parts: Sequence[Part]) -> Iterator[Part]:
    last = len(parts) - 1
    for number, part in enumerate(parts):
        text = part.text
        if part.differs:
            yield part if len(text) <= LONG else Part(f"{text[: LONG - 2]} …", True)
            continue
        head = _start(text) if number else ""
        tail = _start(text[::-1])[::-1] if number < last else ""
        yield part if len(text) <= 2 * NEAR + 20 else Part(f"{head} … {tail}".strip(" "), False)


def _start(text: str) -> str:
    """The first words of a text."""
    return text[:NEAR].rpartition(" ")[0] or text[:NEAR]
