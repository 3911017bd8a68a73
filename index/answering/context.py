"""The context of a quote: the sentences that a reader needs in order to understand it, and to know who said it.

A sentence leans on the one before it if it cannot be understood without it ("He…", "But…"). The results depend only on
the article's text and its sentences. Every context starts and ends at the border of a sentence.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from index.languages import ENGLISH, NOWHERE, any_of, language
from index.text import LOW_QUOTES, split_sentences
from index.types import Quote, Sentence, Span

LEANING_REACH = 3
"""At most this many earlier sentences are added because each leans on the one before it."""

SPEAKER_REACH = 8
"""The speaker of a long quotation is searched for up to this many sentences away. newsqa-dev has 605 sentences that are
somebody's words and do not say whose. For 554 of them the speaker is found, for 424 of these one sentence away."""

PARAGRAPH_REACH = 200
"""The start of a paragraph is searched for up to this many sentences back. Some articles are one single paragraph, but
few have more sentences. The limit keeps the cost of a quote independent of the length of its article."""

CHARACTER_REACH = 20_000
"""No search here goes further than this many characters: the most that a single sentence may have."""

# A sentence that opens with one of these leans on the sentence before it.
_LEANING = re.compile(
    r"""[\W_]*(he|she|they|it|this|that|these|those|his|her|hers|their|theirs|its|such|both|but|and|so|yet|however|
    instead|meanwhile|moreover|also|then|there|here|nevertheless|still|for\ that|the\ (former|latter|same|two))\b""",
    re.IGNORECASE | re.VERBOSE,
)
# Verbs that are as often nouns are left out: "six states", "the claims", "her notes".
_SAYING = (
    r"(?:said|says?|saying|told|tells?|telling|asked|asks?|asking|added|adds?|adding|replied|replies|wrote|writes?"
    r"|recalled|recalls|explained|explains|insisted|insists|continued|concluded|warned|warns|argued|argues|noted|stated"
    r"|announced|announces|declared|declares|admitted|admits|claimed|remarked|joked|testified|confirmed|confirms"
    r"|commented|acknowledged|exclaimed|shouted|posted|tweeted|[Aa]ccording to|[Ii]n a statement)"
)
_ATTRIBUTION = re.compile(rf"\b{_SAYING}\b")
_BY_PRONOUN = re.compile(rf"\b(?:[Hh]e|[Ss]he|[Tt]hey) (?:\w+ )?{_SAYING}\b")

_MARK = re.compile(r"[“”«»]|(?<!\d)\"")  # a straight mark after a digit may be inches
_ANY_OPENING = '“«"„「『»'
_ANY_MARK = re.compile(r"[“”„«»「」『』]|(?<!\d)\"")


@dataclass(frozen=True, slots=True)
class _Manner:
    """How sentences of a language lean and say whose words they have. `opening` and `closing` are its clear marks."""

    leans: Callable[[str], re.Match[str] | None]
    attribution: re.Pattern[str]
    by_pronoun: re.Pattern[str]
    mark: re.Pattern[str]
    opening: str
    closing: str

    def opens(self, text: str, start: int, mark: int) -> bool:
        """Whether the quotation mark at `mark`, in the sentence from `start`, is an opening one."""
        if text[mark] in self.opening:
            return True
        return text[mark] not in self.closing and _opens(text, start, mark)


@cache
def _manner(code: str) -> _Manner:
    """The patterns of a language; `code` is that of the article."""
    if code == ENGLISH:
        return _Manner(_LEANING.match, _ATTRIBUTION, _BY_PRONOUN, _MARK, "“«", "”»")
    spoken = language(code)
    leaning = re.compile(r"[\W_]*" + any_of(spoken.leaning, spoken.edges).pattern, re.IGNORECASE)
    attribution = any_of(spoken.saying, spoken.edges)
    has_low = code in LOW_QUOTES  # „…“, and « and » as either
    opening, closing = ("„「『", "“”」』") if has_low else ("“„«「『", "”»」』")
    return _Manner(leaning.match, attribution, NOWHERE, _ANY_MARK, opening, closing)


@dataclass(frozen=True, slots=True)
class _Speech:
    """How much of a sentence is inside quotation marks.

    `open_before` and `open_after` say whether a quotation is open where the sentence starts and where it ends. `whole`
    says that the sentence is nothing but quotation. `outside` is its text outside the quotation marks.
    """

    open_before: bool
    open_after: bool
    whole: bool
    outside: str
    manner: _Manner

    @property
    def attributed(self) -> bool:
        """Whether the sentence says whose words they are, or announces them with a colon."""
        return self.manner.attribution.search(self.outside) is not None or self.outside.rstrip().endswith((":", "："))

    @property
    def by_pronoun(self) -> bool:
        """Whether the sentence names the speaker by a pronoun only ("he said")."""
        return self.manner.by_pronoun.search(self.outside) is not None

    @property
    def lacks_speaker(self) -> bool:
        """Whether the sentence is a quotation, or a part of one, and does not say whose words they are."""
        return (self.open_before or self.open_after or self.whole) and not self.attributed


def context_around(
    text: str, sentences: Sequence[Sentence], number: int, within: tuple[int, int], code: str = ENGLISH
) -> Span:
    """The context of the sentence with that number, as a span of the article's text.

    `within` has the numbers of the first and the last sentence of the passage. The context covers the part of the
    sentence's paragraph that is within the passage, and at least one neighbour on each side that the passage has. It
    reaches to the sentence that names the speaker, if the sentence is somebody's words, and back to the sentences that
    these lean on. `code` is the language of the article.
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
    speaker = _speaker(text, sentences, number, code)
    first = min(first, speaker, *(_start_of_what_leans(text, sentences, needed, code) for needed in {number, speaker}))
    return Span(sentences[first].start, sentences[max(last, speaker)].end)


def neighbours(quote: Quote) -> tuple[Span | None, Span | None]:
    """The sentence of the context right before the quote, and the one right after it; None where there is none."""
    code = quote.article.language or ENGLISH
    before, after = split_sentences(quote.before, code), split_sentences(quote.after, code)
    return (
        Span(before[-1].start + quote.context.start, before[-1].end + quote.context.start) if before else None,
        Span(after[0].start + quote.end, after[0].end + quote.end) if after else None,
    )


def _start_of_what_leans(text: str, sentences: Sequence[Sentence], number: int, code: str) -> int:
    """The number of the sentence where a reader must start to understand this one; at most LEANING_REACH before it."""
    farthest = max(number - LEANING_REACH, 0)
    speeches = _speeches(text, sentences, farthest, number, code)
    while number > farthest:
        sentence = text[sentences[number].start : sentences[number].end]
        if not (_manner(code).leans(sentence) or speeches[number].by_pronoun):
            break
        number -= 1
    return number


def _speaker(text: str, sentences: Sequence[Sentence], number: int, code: str) -> int:
    """The number of the sentence that says whose words this one is.

    It is the sentence's own number if it names the speaker itself, if it is no quotation, or if no speaker is found.
    The search looks first where the same quotation ends and begins. Then it goes on past neighbouring quotations that
    have no speaker, first backwards and then forwards.
    """
    first = last = number
    while first > max(number - SPEAKER_REACH, 0) and _is_near(sentences, first - 1, number):
        first -= 1
    while last < min(number + SPEAKER_REACH, len(sentences) - 1) and _is_near(sentences, number, last + 1):
        last += 1
    if not _speeches(text, sentences, first, number, code)[number].lacks_speaker:
        return number
    speeches = _speeches(text, sentences, first, last, code)
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


def _speeches(text: str, sentences: Sequence[Sentence], first: int, last: int, code: str) -> dict[int, _Speech]:
    """The quotation marks of each of the sentences `[first, last]`, by number.

    The reading begins at the start of the paragraph of `first`, at most PARAGRAPH_REACH sentences before it. A
    quotation of several paragraphs has an opening mark at the start of each and one closing mark at the end. So if a
    paragraph starts without a mark, the quotation before it has ended, although its closing mark is missing.
    """
    given = first
    while first > max(given - PARAGRAPH_REACH, 0) and not _paragraph_ends(text, sentences, first - 1):
        if not _is_near(sentences, first - 1, given):
            break
        first -= 1
    manner = _manner(code)
    speeches: dict[int, _Speech] = {}
    is_open = False
    for number in range(first, last + 1):
        start, end = sentences[number].start, sentences[number].end
        if number > first and _paragraph_ends(text, sentences, number - 1) and text[start] not in _ANY_OPENING:
            is_open = False
        open_before, outside, position, marks = is_open, "", start, 0
        for mark in manner.mark.finditer(text, start, end):
            opens = manner.opens(text, start, mark.start())
            if mark[0] == "»" and not is_open and not opens:
                continue  # an arrow
            if not opens and not is_open:  # it closes what an earlier sentence must have opened
                open_before, outside = True, ""
            elif not is_open:
                outside += text[position : mark.start()]
            is_open, position, marks = opens, mark.end(), marks + 1
        if not is_open:
            outside += text[position:end]
        whole = marks > 0 and not any(character.isalnum() for character in outside)
        speeches[number] = _Speech(open_before, is_open, whole, outside, manner)
    return speeches


def _is_near(sentences: Sequence[Sentence], first: int, last: int) -> bool:
    """Whether the sentences `[first, last]` together have at most CHARACTER_REACH characters."""
    return sentences[last].end - sentences[first].start <= CHARACTER_REACH


def _opens(text: str, start: int, mark: int) -> bool:
    """Whether the straight quotation mark at `mark`, in the sentence from `start`, is an opening one.

    An opening mark has a space, bracket or dash before it, and no space after it.
    """
    return not text[start:mark][-1:].strip(" \t\n([{—–-") and not text[mark + 1 : mark + 2].isspace()


def _paragraph_ends(text: str, sentences: Sequence[Sentence], number: int) -> bool:
    """Whether the sentence with that number is the last of its paragraph."""
    return "\n" in text[sentences[number].end : sentences[number + 1].start]
