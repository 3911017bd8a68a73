"""Texts that are ours, altered or not ours, made from a set's articles, and how often `Library.verify` is right.

True ones are pasted as people paste: with other marks, line breaks, odd spaces, in capitals, with who said it, cut at
an end, or with an ellipsis. Altered ones have one thing changed, of which it is known what it is.
"""

import random
import re
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from index import Article, Library, Manner, Matter, Verdict, Verification
from index.words import STOP_WORDS

SEED = 15
EACH = 200
ABSENT = 100
LEFT_OUT = 6
"""Of so many articles one stays out of the library; sentences of these are in no article."""

NUMBERS = "two three four five six seven eight nine ten eleven twelve twenty thirty forty fifty hundred million".split()
VERBS = "is was are were will has have had can could would should did".split()
CLAUSES = (
    "according to two people who know of it", "despite angry protests from residents", "which nobody had expected",
    "after long talks behind closed doors", "as the mayor of a nearby town admitted", "without giving any reason",
)  # fmt: skip
SPEAKERS = ("She said", "The minister told reporters", "A reader writes", "From the Gazette this morning")

Made = tuple[str, Callable[[Verification], bool]]
"""A text, and whether what was done to it is named."""


@dataclass(frozen=True, slots=True)
class Case:
    """A pasted text: what was done to it, the verdicts that are right, and whether the change that counts is named."""

    kind: str
    text: str
    right: frozenset[Verdict]
    is_named: Callable[[Verification], bool]


@dataclass(frozen=True, slots=True)
class Corpus:
    """The sentences of the articles in the library, and of those that are not."""

    sentences: tuple[tuple[Article, int, str], ...]
    following: dict[tuple[str, int], str]
    absent: tuple[str, ...]
    names: tuple[str, ...]
    words: tuple[str, ...]


def main(articles: Sequence[Article], keep: Path | None, seed: int = SEED, *, show: bool = False) -> None:
    """Measure, and print the figures; `show` prints each text that was misjudged."""
    held = [article for number, article in enumerate(articles) if number % LEFT_OUT]
    with ExitStack() as stack:
        place = keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pullquote-verify-")))
        library = stack.enter_context(Library.open(place))
        library.update(held, remove=set(library.content_hashes()) - {article.id for article in held})
        library.warm()
        corpus = corpus_of(library, articles)
        chance = random.Random(seed)
        report("true", [*true_texts(corpus, chance)], library, show=show)
        report("altered", [*altered_texts(corpus, chance)], library, show=show)
        report("of no article", [*absent_texts(corpus, chance)], library, show=show)


def report(name: str, cases: Sequence[Case], library: Library, *, show: bool) -> None:
    """Verify the texts and print how often the verdict was right, and the change named."""
    right, named, total, milliseconds = Counter[str](), Counter[str](), Counter[str](), list[float]()
    for case in cases:
        start = time.perf_counter()
        found = library.verify(case.text)
        milliseconds.append(1000 * (time.perf_counter() - start))
        is_right = found.verdict in case.right
        is_named = is_right and case.is_named(found)
        total[case.kind] += 1
        right[case.kind] += is_right
        named[case.kind] += is_named
        if show and not (is_right and is_named):
            gravest = found.gravest and (found.gravest.matter.name, found.gravest.manner.value)
            sys.stdout.write(f"  {case.kind}: {found.verdict} {gravest}: {case.text!r}\n")
            for one in found.sentences:
                sys.stdout.write(f"    {one.verdict}: {one.quote and (round(one.quote.score, 2), one.quote.text)}\n")
    count, took = len(cases), sorted(milliseconds)
    sys.stdout.write(
        f"{name}: {count} texts, verdict right {right.total() / count:.1%}, named {named.total() / count:.1%}, "
        f"{took[count // 2]:.0f} ms (p95 {took[int(0.95 * count)]:.0f} ms)\n"
    )
    for kind in sorted(total):
        sys.stdout.write(f"  {kind}: {right[kind]} of {total[kind]} right, {named[kind]} named\n")


def corpus_of(library: Library, articles: Sequence[Article]) -> Corpus:
    """The sentences to make texts of: of 8 to 45 words."""
    held = library.content_hashes()
    sentences: list[tuple[Article, int, str]] = []
    following: dict[tuple[str, int], str] = {}
    absent: list[str] = []
    names: dict[str, None] = {}
    words: dict[str, None] = {}
    for article in articles:
        if article.id not in held:
            absent += [part for part in re.split(r"(?<=[.?!])\s+", article.text) if 8 <= len(part.split()) <= 45]
            continue
        spans = library.sentences(article.id)
        for number, span in enumerate(spans):
            text = article.text[span.start : span.end]
            if 8 <= len(text.split()) <= 45 and not text.isupper():
                sentences.append((article, number, text))
            if number + 1 < len(spans) and not article.text[span.end : spans[number + 1].start].strip():
                following[article.id, number] = article.text[span.start : spans[number + 1].end]
            names |= dict.fromkeys(re.findall(r"(?<=[a-z] )[A-Z][a-z]{3,}(?=[ ,.])", text))
            words |= dict.fromkeys(re.findall(r"(?<= )[a-z]{5,}(?= )", text))
    kept = tuple(word for word in words if word not in STOP_WORDS and word not in NUMBERS)
    return Corpus(tuple(sentences), following, tuple(absent), tuple(names), kept)


# True texts


def true_texts(corpus: Corpus, chance: random.Random) -> Iterator[Case]:
    """Texts that are ours, each pasted in one way."""
    ways = [
        plain, two_sentences, other_marks, broken_lines, odd_spaces, in_capitals, attributed, attributed_after,
        cut_end, ellipsis, unseen, split_words,
    ]  # fmt: skip
    yield from _drawn(corpus, chance, ways, frozenset({Verdict.WORD_FOR_WORD}), EACH)


def _drawn(
    corpus: Corpus,
    chance: random.Random,
    ways: Sequence[Callable[[Corpus, random.Random, tuple[Article, int, str]], str | Made | None]],
    right: frozenset[Verdict],
    count: int,
) -> Iterator[Case]:
    made: defaultdict[str, int] = defaultdict(int)
    number = 0
    while number < count:
        way = ways[number % len(ways)]
        done = way(corpus, chance, chance.choice(corpus.sentences))
        if done is None:
            continue
        text, is_named = done if isinstance(done, tuple) else (done, lambda _: True)
        made[way.__name__] += 1
        yield Case(way.__name__.replace("_", " "), text, right, is_named)
        number += 1


Drawn = tuple[Article, int, str]


def plain(_: Corpus, __: random.Random, drawn: Drawn) -> str:
    """As it stands."""
    return drawn[2]


def two_sentences(corpus: Corpus, _: random.Random, drawn: Drawn) -> str | None:
    """With the sentence after it."""
    return corpus.following.get((drawn[0].id, drawn[1]))


def other_marks(_: Corpus, chance: random.Random, drawn: Drawn) -> str:
    """With other quotation marks, apostrophes and dashes."""
    text = re.sub(r'(^|\s)"', r"\1“", drawn[2]).replace('"', "”").replace("'", "’")
    text = text.replace(" -- ", chance.choice((" — ", "—", " – ")))
    return text if chance.random() < 0.5 else f"“{text}”"


def broken_lines(_: Corpus, chance: random.Random, drawn: Drawn) -> str:
    """With ends of lines, as on a phone."""
    words, lines, width = drawn[2].split(), [""], chance.choice((22, 30, 38))
    for word in words:
        if len(lines[-1]) + len(word) > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return "\n".join(lines)


def odd_spaces(_: Corpus, chance: random.Random, drawn: Drawn) -> str:
    """With spaces doubled, and before stops and commas."""
    text = re.sub(r"([,.])(?=\s|$)", lambda match: chance.choice((" ", "")) + match[1], drawn[2])
    return re.sub(" ", lambda _: chance.choice((" ", " ", "  ", "\u00a0")), text)


def in_capitals(_: Corpus, __: random.Random, drawn: Drawn) -> str:
    """In capitals."""
    return drawn[2].upper()


def attributed(_: Corpus, chance: random.Random, drawn: Drawn) -> str:
    """With who said it before."""
    inner = drawn[2].replace('"', "'")
    return f"{chance.choice(SPEAKERS)}: “{inner}”"


def attributed_after(_: Corpus, chance: random.Random, drawn: Drawn) -> str:
    """With who said it after."""
    return f"“{drawn[2].replace(chr(34), chr(39))}” — {chance.choice(SPEAKERS)}"


def cut_end(_: Corpus, chance: random.Random, drawn: Drawn) -> str | None:
    """Cut at an end."""
    words = drawn[2].split()
    if len(words) < 14:
        return None
    cut = words[chance.randint(1, 5) :] if chance.random() < 0.5 else words[: -chance.randint(1, 5)]
    return " ".join(cut)


def ellipsis(_: Corpus, chance: random.Random, drawn: Drawn) -> str | None:
    """With an ellipsis for what is cut in the middle."""
    words = drawn[2].split()
    if len(words) < 16:
        return None
    at = chance.randint(5, len(words) - 10)
    return " ".join((*words[:at], chance.choice(("…", "...", "[…]", ". . .")), *words[at + chance.randint(2, 5) :]))


def unseen(_: Corpus, chance: random.Random, drawn: Drawn) -> str:
    """With characters that nobody sees."""
    return "".join(one + (chance.choice("\u200b\u00ad\u2060") if chance.random() < 0.1 else "") for one in drawn[2])


def split_words(_: Corpus, chance: random.Random, drawn: Drawn) -> str:
    """With words cut, joined or hyphenated at the end of a line, as programs read them from pictures."""
    words = drawn[2].split()
    long = [number for number, word in enumerate(words) if word.isalpha() and len(word) > 6]
    for number in chance.sample(long, min(2, len(long))):
        at = len(words[number]) // 2
        words[number] = words[number][:at] + chance.choice((" ", "-\n")) + words[number][at:]
    at = chance.randint(1, len(words) - 2)
    if words[at].isalpha() and words[at + 1].isalpha():
        words[at : at + 2] = ["".join(words[at : at + 2])]
    return " ".join(words)


# Altered texts


def altered_texts(corpus: Corpus, chance: random.Random) -> Iterator[Case]:
    """Texts with one thing altered."""
    ways = [number, name, negation, word, clause_added, clause_left_out, cut, two_joined]
    yield from _drawn(corpus, chance, ways, frozenset({Verdict.ALTERED, Verdict.JOINED}), EACH)


def _names(matter: Matter, *manners: Manner) -> Callable[[Verification], bool]:
    def is_named(found: Verification) -> bool:
        gravest = found.gravest
        return gravest is not None and gravest.matter is matter and (not manners or gravest.manner in manners)

    return is_named


def number(_: Corpus, chance: random.Random, drawn: Drawn) -> Made | None:
    """A number changed."""
    places = [*re.finditer(rf"(?<![\w.,])\d[\d,.]*\d|(?<![\w.,])\d(?![\d,.])|\b(?:{'|'.join(NUMBERS)})\b", drawn[2])]
    if not places:
        return None
    place = chance.choice(places)
    if place[0][0].isdigit():
        at = chance.choice([i for i, one in enumerate(place[0]) if one.isdigit()])
        digit = chance.choice([one for one in "123456789" if one != place[0][at]])
        new = place[0][:at] + digit + place[0][at + 1 :]
    else:
        new = chance.choice([one for one in NUMBERS if one != place[0]])
    return drawn[2][: place.start()] + new + drawn[2][place.end() :], _names(Matter.NUMBER, Manner.CHANGED)


def name(corpus: Corpus, chance: random.Random, drawn: Drawn) -> Made | None:
    """A name changed."""
    days = "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday|January|February|March|April|May|June|July"
    pattern = rf"(?<=[a-z] )(?!(?:{days}|August|September|October|November|December)\b)[A-Z][a-z]{{3,}}(?=[ ,.'])"
    if not (places := [*re.finditer(pattern, drawn[2])]):
        return None
    place = chance.choice(places)
    new = chance.choice([one for one in corpus.names if one != place[0] and not re.fullmatch(days, one)])
    return drawn[2][: place.start()] + new + drawn[2][place.end() :], _names(Matter.NAME, Manner.CHANGED)


def negation(_: Corpus, chance: random.Random, drawn: Drawn) -> Made | None:
    """A negation added or left out."""
    if there := re.search(r" not\b| never\b|(?<=[a-z])n't\b| no(?= [a-z])", drawn[2]):
        return drawn[2][: there.start()] + drawn[2][there.end() :], _names(Matter.NEGATION)
    places = [*re.finditer(rf"\b(?:{'|'.join(VERBS)})\b(?= [a-z])", drawn[2])]
    if not places:
        return None
    place = chance.choice(places)
    added = chance.choice((" not", " never"))
    return drawn[2][: place.end()] + added + drawn[2][place.end() :], _names(Matter.NEGATION)


def word(corpus: Corpus, chance: random.Random, drawn: Drawn) -> Made | None:
    """Another word changed."""
    places = [
        place
        for place in re.finditer(r"(?<= )[a-z]{5,}(?=[ ,.])", drawn[2])
        if place[0] not in STOP_WORDS and place[0] not in NUMBERS and place[0] not in _COUNTING
    ]
    if not places:
        return None
    place = chance.choice(places)
    new = chance.choice([one for one in corpus.words if one != place[0] and one not in _COUNTING])
    return drawn[2][: place.start()] + new + drawn[2][place.end() :], _names(Matter.WORDS, Manner.CHANGED)


_COUNTING = frozenset(
    "third second first fourth fifth sixth seventh eighth ninth tenth quarter thousand thousands millions billion "
    "billions hundreds dozen dozens double triple thirteen fourteen fifteen sixteen seventeen eighteen nineteen sixty "
    "seventy eighty ninety percent today yesterday tomorrow twice without never nothing nobody neither nowhere hardly "
    "barely".split()
)


def clause_added(_: Corpus, chance: random.Random, drawn: Drawn) -> Made | None:
    """A clause added in the middle or at the end."""
    text, added = drawn[2], chance.choice(CLAUSES)
    if chance.random() < 0.5:
        end = re.search(r"[.!?]?[\"']?$", text)
        assert end
        return f"{text[: end.start()]}, {added}{end[0]}", _names(Matter.WORDS, Manner.ADDED)
    gaps = [gap.start() for gap in re.finditer(r"(?<=[a-z]) (?=[a-z])", text)]
    if not gaps:
        return None
    at = chance.choice(gaps)
    return f"{text[:at]}, {added},{text[at:]}", _names(Matter.WORDS, Manner.ADDED)


def clause_left_out(_: Corpus, __: random.Random, drawn: Drawn) -> Made | None:
    """A clause between two commas left out."""
    place = re.search(r"(?<=\w), (?:[^\s,]+ ){3,}[^\s,]+,(?= \w)", drawn[2])
    if place is None or place.start() < 15:
        return None
    return drawn[2][: place.start()] + drawn[2][place.end() :], _names(Matter.WORDS, Manner.LEFT_OUT)


def cut(_: Corpus, chance: random.Random, drawn: Drawn) -> Made | None:
    """Words cut from the middle, without an ellipsis."""
    words = drawn[2].split()
    if len(words) < 14:
        return None
    count = chance.randint(4, 6)
    at = chance.randint(4, len(words) - count - 4)
    text = " ".join((*words[:at], *words[at + count :]))
    return text, _names(Matter.WORDS, Manner.LEFT_OUT, Manner.JOINED)


def two_joined(corpus: Corpus, chance: random.Random, drawn: Drawn) -> Made | None:
    """Joined with a sentence of another place: after a stop, or in one sentence."""
    article, at, text = drawn
    same = [one for one in corpus.sentences if one[0].id == article.id and abs(one[1] - at) > 1]
    other = chance.choice(same if same and chance.random() < 0.5 else corpus.sentences)
    if other[0].id == article.id and abs(other[1] - at) <= 1:
        return None
    if chance.random() < 0.5 and text[-1] in ".!?":
        return f"{text} {other[2]}", lambda found: bool(found.seams) or _names(Matter.WORDS, Manner.JOINED)(found)
    joint = chance.choice((" and ", ", while ", ", "))
    joined = text.rstrip(".!?\"'") + joint + other[2][0].lower() + other[2][1:]
    return joined, lambda found: bool(found.seams) or _names(Matter.WORDS, Manner.JOINED)(found)


def absent_texts(corpus: Corpus, chance: random.Random) -> Iterator[Case]:
    """Sentences of articles that are not in the library."""
    for text in chance.sample(corpus.absent, ABSENT):
        yield Case("absent", text, frozenset({Verdict.ABSENT}), lambda _: True)
