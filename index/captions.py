"""Finds the captions of pictures among a story's paragraphs: by what they say, and as near copies of the story.

Captions stay in the text, but they are not quoted. Most of them say again what the story says. Some hold a name or a
number that is nowhere else, so only those with a clear mark are left out, and those that the story makes needless.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice

from index.boilerplate import MAX_LINE
from index.types import Sentence
from index.words import terms

TOP = 4
"""Most captions are in this many first paragraphs. CNN's is the second one."""

COPIED = 0.85
"""A caption is a near copy of a sentence that has at least this share of its terms."""

TOLD = 0.8
"""A caption in the present tense is needless if the whole story has at least this share of its terms."""

FEWEST_TERMS = 5
"""A line with fewer terms is never a near copy: too little is known of it."""

FEWEST_SENTENCES = 6
"""In a shorter story nothing counts as a near copy."""

COMPARED = 300
"""A caption is compared with this many first sentences of the story."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph's sentences that may be quoted, and whether it began with a dateline."""

    sentences: tuple[Sentence, ...]
    dated: bool = False


_DAY = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\.)"
)
_SIDE = r"(?:far )?(?:left|right|cent(?:er|re)|foreground|background|(?:second|third) from (?:left|right))"
_PICTURE = r"(?:photo(?:graph)?|image|picture|mug ?shot)"
_IN_A_PICTURE = re.compile(
    rf"\b(?:this|an?) (?:[\w-]{{1,12}} ){{0,2}}file {_PICTURE}\b|\bin (?:this|an) (?:undated )?{_PICTURE}\b",
    re.IGNORECASE,
)
_AT_TOP = re.compile(
    r"\b(?:shown|seen|pictured|photographed) (?:here|above|below|at (?:left|right))\b"
    rf"|\b(?:shown|seen|pictured) in an? [^.]{{0,20}}{_PICTURE}\b"
    rf"|,? pictured (?:in|on|at|with|last|earlier|during|{_MONTH})\b"
    r"|\b(?:is|are) (?:pictured|shown|seen) (?:in an? |in this |with )"
    rf"|, here (?:with|at|in|on)\b|, (?:at )?{_SIDE}(?:,|\.?$)|\({_SIDE}\)|, at {_SIDE} with\b",
    re.IGNORECASE,
)
_IN_ORDER = re.compile(r"\bfrom (?:top |far )?(?:left|right)(?: to (?:left|right))?[,:)]", re.IGNORECASE)
_SHOWS = re.compile(
    r"\b(?:(?:is|are) (?:escorted|led|taken|carried|greeted|surrounded)|arrives?|leaves?|waves?|walks?|listens?|poses?"
    r"|attends?|celebrates?|gathers?|marches?|greets?|addresses|inspects?|smiles?|gestures?|embraces?|hugs?|looks? on"
    r"|speaks?|meets?|cuts? the ribbon)\b"
)
_WHEN = re.compile(rf"\b(?:{_DAY}|in {_MONTH}|earlier this (?:week|month|year))\b")
_SPOKEN = re.compile(r"\b(?:said|told|added|wrote|according to)\b|\bsays?[.,]")
_NAME = re.compile(r"[^\W\d_a-z][\w’'-]{1,40}|\d[\d,.]{0,20}")


def is_caption(text: str, sentences: Sequence[Sentence], *, is_top: bool) -> bool:
    """Whether a paragraph with these sentences says that it describes a picture, as in "Ada Finn, pictured in May".

    Marks such as "left" and "pictured" only count if `is_top`, which says that it is one of the first paragraphs.
    """
    if not 1 <= len(sentences) <= 2 or sentences[-1].end - sentences[0].start > MAX_LINE:
        return False
    words = text[sentences[0].start : sentences[-1].end]
    if _SPOKEN.search(words):
        return False
    if _IN_A_PICTURE.search(words):
        return True
    return is_top and (_AT_TOP.search(words) or _IN_ORDER.search(words)) is not None


def without_captions(text: str, paragraphs: Sequence[Paragraph]) -> Iterator[Sentence]:
    """The sentences of all paragraphs, without captions: those that say so, and near copies of the story at its top.

    The first paragraph, and one with a dateline, is never taken for a copy. A caption that names people in order stays
    if the story does not name them all. Where more than half of the paragraphs say that they describe pictures, the
    pictures are the story.
    """
    story = [paragraph for paragraph in paragraphs if paragraph.sentences]
    captions = {
        number
        for number, paragraph in enumerate(story)
        if not paragraph.dated and is_caption(text, paragraph.sentences, is_top=number < TOP)
    }
    if 2 * len(captions) > len(story):
        captions = set()

    def others(number: int) -> list[Sentence]:
        shown = captions - {number}
        told = (paragraph.sentences for n, paragraph in enumerate(story) if n != number and n not in shown)
        return list(islice(chain.from_iterable(told), COMPARED))

    for number, paragraph in enumerate(story[:TOP]):
        words = text[paragraph.sentences[0].start : paragraph.sentences[-1].end]
        if number in captions:
            in_order = _IN_ORDER.search(words)
            if in_order and not _names(words[in_order.end() :]) <= _terms_of(text, others(number)):
                captions.remove(number)
        elif (
            number > 0
            and not paragraph.dated
            and len(paragraph.sentences) == 1
            and len(words) <= MAX_LINE
            and _is_needless(text, words, others(number), is_below_lead=number == 1)
        ):
            captions.add(number)
    for number, paragraph in enumerate(story):
        if number not in captions:
            yield from paragraph.sentences


def _is_needless(text: str, words: str, others: Sequence[Sentence], *, is_below_lead: bool) -> bool:
    """Whether `words` are a near copy of one of the others, or show in a picture what they tell, and add no name.

    A caption of the second kind is right below the lead, in the present tense, with a day that has passed: "Ada Finn is
    led into court on Monday."
    """
    said = set(terms(words))
    if len(said) < FEWEST_TERMS or len(others) < FEWEST_SENTENCES or _SPOKEN.search(words):
        return False
    told = _terms_of(text, others)
    if not _names(words) <= told:
        return False
    if any(len(said & _terms_of(text, [other])) >= COPIED * len(said) for other in others):
        return True
    shows = is_below_lead and _SHOWS.search(words) is not None and _WHEN.search(words) is not None
    return shows and len(said & told) >= TOLD * len(said)


def _terms_of(text: str, sentences: Sequence[Sentence]) -> set[str]:
    """The terms of the sentences, each as far as it could be compared with a caption."""
    return {term for s in sentences for term in terms(text[s.start : min(s.end, s.start + 10 * MAX_LINE)])}


def _names(words: str) -> set[str]:
    """The terms of the names and numbers in `words`."""
    return {term for name in _NAME.findall(words) for term in terms(name)}
