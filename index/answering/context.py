"""What a reader needs around a quoted sentence: what it leans on, and who said it.

Everything here is a function of an article's text and its sentences, and what comes out a span on their borders.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.types import Sentence, Span

LEANING_REACH = 3
"""How many sentences up a quote brings along at the most because each leans on the one before it."""

SPEAKER_REACH = 8
"""How many sentences away the one who said them is looked for, where somebody's words go on for several. newsqa-dev has
605 sentences that are somebody's words and do not say whose; for 554 it is found, for 424 of these one sentence away.
"""

PARAGRAPH_REACH = 200
"""How many sentences up the start of a paragraph is looked for: whole articles come in one paragraph, but few of them
have more. What one quote takes must not grow with its article."""

CHARACTER_REACH = 20_000
"""How many characters up or down any of this goes: as many as a single sentence may have."""

# A sentence that opens with one of these leans on the sentence before it.
_LEANING = re.compile(
    r"""[\W_]*(he|she|they|it|this|that|these|those|his|her|hers|their|theirs|its|such|both|but|and|so|yet|however|
    instead|meanwhile|moreover|also|then|there|here|nevertheless|still|for\ that|the\ (former|latter|same|two))\b""",
    re.IGNORECASE | re.VERBOSE,
)
# Not those that are nouns as often: "six states", "the claims", "her notes".
_SAYING = (
    r"(?:said|says?|saying|told|tells?|telling|asked|asks?|asking|added|adds?|adding|replied|replies|wrote|writes?"
    r"|recalled|recalls|explained|explains|insisted|insists|continued|concluded|warned|warns|argued|argues|noted|stated"
    r"|announced|announces|declared|declares|admitted|admits|claimed|remarked|joked|testified|confirmed|confirms"
    r"|commented|acknowledged|exclaimed|shouted|posted|tweeted|[Aa]ccording to|[Ii]n a statement)"
)
_ATTRIBUTION = re.compile(rf"\b{_SAYING}\b")
_BY_PRONOUN = re.compile(rf"\b(?:[Hh]e|[Ss]he|[Tt]hey) (?:\w+ )?{_SAYING}\b")

_MARK = re.compile(r"[“”«»]|(?<!\d)\"")  # a straight mark after a digit may be inches
_OPENING = '“«"'


@dataclass(frozen=True, slots=True)
class _Speech:
    """How a sentence stands to quotation marks.

    Whether somebody's words are going on where it starts, and where it ends; whether it is nothing else; and what of
    it stands outside them.
    """

    open_before: bool
    open_after: bool
    whole: bool
    outside: str

    @property
    def attributed(self) -> bool:
        """Whether it says whose words they are, or announces them with a colon."""
        return _ATTRIBUTION.search(self.outside) is not None or self.outside.rstrip().endswith(":")

    @property
    def by_pronoun(self) -> bool:
        """Whether it names who speaks with a pronoun."""
        return _BY_PRONOUN.search(self.outside) is not None

    @property
    def lacks_speaker(self) -> bool:
        """Whether it is somebody's words, or ends or opens them, and does not say whose."""
        return (self.open_before or self.open_after or self.whole) and not self.attributed


def context_around(text: str, sentences: Sequence[Sentence], number: int, within: tuple[int, int]) -> Span:
    """What a reader needs around the sentence of that number, as a span of the article's text.

    Its paragraph as far as the sentences `within` (the first and the last) have it, at least a neighbour each side of
    these; up to the sentence that says whose words they are; and as many before these as lean on one another.
    """
    first = last = number
    while first > within[0] and not _paragraph_ends(text, sentences, first - 1):
        first -= 1
    while last < within[1] and not _paragraph_ends(text, sentences, last):
        last += 1
    if first == number > within[0]:
        first -= 1
    if last == number < within[1]:
        last += 1
    speaker = _speaker(text, sentences, number)
    first = min(first, speaker, *(_start_of_what_leans(text, sentences, needed) for needed in (number, speaker)))
    return Span(sentences[first].start, sentences[max(last, speaker)].end)


def _start_of_what_leans(text: str, sentences: Sequence[Sentence], number: int) -> int:
    """The number of the first sentence that a reader of this one has to start with, LEANING_REACH up at the most."""
    farthest = max(number - LEANING_REACH, 0)
    speeches = _speeches(text, sentences, farthest, number)
    while number > farthest:
        sentence = text[sentences[number].start : sentences[number].end]
        if not (_LEANING.match(sentence) or speeches[number].by_pronoun):
            break
        number -= 1
    return number


def _speaker(text: str, sentences: Sequence[Sentence], number: int) -> int:
    """The number of the sentence that says whose words this one is: its own where it says so, or is nobody's.

    Looked for where the same quotation ends and where it begins, then before it and after it across others' ends.
    """
    first = last = number
    while first > max(number - SPEAKER_REACH, 0) and _is_near(sentences, first - 1, number):
        first -= 1
    while last < min(number + SPEAKER_REACH, len(sentences) - 1) and _is_near(sentences, number, last + 1):
        last += 1
    speeches = _speeches(text, sentences, first, last)
    if not speeches[number].lacks_speaker:
        return number
    after = before = number
    while after < last and speeches[after].open_after and not speeches[after].attributed:
        after += 1
    while before > first and speeches[before].open_before and not speeches[before].attributed:
        before -= 1
    for found in (after, before):
        if speeches[found].attributed:
            return found
    while after < last and speeches[after].lacks_speaker:
        after += 1
    while before > first and speeches[before].lacks_speaker:
        before -= 1
    return next((found for found in (before, after) if speeches[found].attributed), number)


def _speeches(text: str, sentences: Sequence[Sentence], first: int, last: int) -> dict[int, _Speech]:
    """How each of the sentences `[first, last]` stands to quotation marks, by number.

    Read from the start of the first one's paragraph, PARAGRAPH_REACH up at the most. A quotation of several paragraphs
    has a mark at the start of each and closes once; where the next paragraph opens with none, its end was forgotten.
    """
    given = first
    while first > max(given - PARAGRAPH_REACH, 0) and not _paragraph_ends(text, sentences, first - 1):
        if not _is_near(sentences, first - 1, given):
            break
        first -= 1
    speeches: dict[int, _Speech] = {}
    is_open = False
    for number in range(first, last + 1):
        start, end = sentences[number].start, sentences[number].end
        if number > first and _paragraph_ends(text, sentences, number - 1) and text[start] not in _OPENING:
            is_open = False
        open_before, outside, position, marks = is_open, "", start, 0
        for mark in _MARK.finditer(text, start, end):
            opens = mark[0] in "“«" or (mark[0] == '"' and _opens(text, start, mark.start()))
            if mark[0] == "»" and not is_open:
                continue  # an arrow
            if not opens and not is_open:  # it closes what an earlier sentence must have opened
                open_before, outside = True, ""
            elif not is_open:
                outside += text[position : mark.start()]
            is_open, position, marks = opens, mark.end(), marks + 1
        if not is_open:
            outside += text[position:end]
        whole = marks > 0 and not any(character.isalnum() for character in outside)
        speeches[number] = _Speech(open_before, is_open, whole, outside)
    return speeches


def _is_near(sentences: Sequence[Sentence], first: int, last: int) -> bool:
    """Whether the sentences `[first, last]` have no more than CHARACTER_REACH together."""
    return sentences[last].end - sentences[first].start <= CHARACTER_REACH


def _opens(text: str, start: int, mark: int) -> bool:
    """Whether the straight mark there opens a quotation in the sentence from `start`: it leans on what follows."""
    return not text[start:mark][-1:].strip(" \t\n([{—–-") and not text[mark + 1 : mark + 2].isspace()


def _paragraph_ends(text: str, sentences: Sequence[Sentence], number: int) -> bool:
    """Whether the sentence of that number is the last of its paragraph."""
    return "\n" in text[sentences[number].end : sentences[number + 1].start]
