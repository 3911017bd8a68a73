"""Verifies a pasted text: finds where each sentence may come from, compares it word for word, and judges the whole."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise

import numpy as np
from numpy.typing import NDArray

from index.answering.never import Never
from index.answering.question import Spoken
from index.encoding.encoder import Encoder
from index.errors import QuestionError
from index.languages import ENGLISH, stop_words
from index.storage.seam import Snapshot
from index.text import split_sentences
from index.types import KeptGeneration, Quote, Span
from index.verifying.alignment import Alignment, Step, align
from index.verifying.finding import Finder, Numbering, Window
from index.verifying.former import former_of
from index.verifying.meaning import CLAUSE, matter_of, names_in, surroundings
from index.verifying.tokens import Token, is_in_capitals, quoted_spans, regrouped, tokens_of
from index.verifying.types import Checked, Difference, Earlier, Manner, Matter, Verdict, Verification

MOST_CHARACTERS = 20_000
"""The longest text that is verified."""

LEAST_TOKENS = 3
"""A text of fewer words could be in any article."""

LEAST_ALONE = 4
"""A sentence of fewer tokens is compared together with the one before or after it."""

OURS = 0.55
"""How much of a sentence must be in an article, by the weight of its words, so that it is called altered; else it is in
none. Words that only build sentences weigh STOP_WORD."""

OURS_IF_SHORT, SHORT = 0.65, 5.0
"""The same for a sentence of less than that weight, whose few words may stand anywhere."""

OURS_IN_TITLE = 0.7
"""The same for a title, which is short, and made of words that many sentences have."""

SKIPPED, MOST_SKIPPED = 0.02, 20
"""How much less that is for each word of the article that stands between, up to so many."""

WHOLE = 0.85
"""Or how much of a sentence of the article must be in it, if words were added."""

NEAR = 0.3
"""So much must be in an article to show what is nearest."""

CERTAIN = 0.8
"""With so much in an article that was found by its words, no other is looked for by the vector."""

STOP_WORD = 0.35

COMPARED = 6
"""How many windows a sentence is compared with token by token: those that share most of its tokens."""

SOLID = 3
"""How many words must match in a row to say where in the articles they are from."""

AROUND = 12
"""How many words before a colon, or after a dash, may be whose words they are."""

_LINK = re.compile(r"https?://\S+|<(?:@[!&]?|#|a?:\w+:)\d+>")
_BREAK = re.compile(r"(?<![\r\n])(?<!\n[ \t])\r?\n(?![ \t]*\r?\n)")
_DASHES, _ENDS = "—–―-", '.!?…”"»」'
_APART = re.compile(r"\n[ \t]*\r?\n|[”“»«」』\"][\s,]*[\"“„«「『]|…|\.\s?\.")


@dataclass(eq=False)
class _Part:
    """A sentence of the pasted text, as tokens. Those of `around` stand around the quotation and do not count."""

    span: Span
    tokens: tuple[Token, ...]
    around: tuple[Span, ...] = ()

    @property
    def has_gaps(self) -> bool:
        return any(token.gap for token in self.tokens)

    @property
    def count(self) -> int:
        return _count(self.tokens)

    def without(self, left: Callable[[int], bool]) -> "_Part":
        """The part without the tokens of those numbers, which stand around the quotation."""
        kept = [token for number, token in enumerate(self.tokens) if not left(number)]
        runs = groupby(range(len(self.tokens)), left)
        spans = [[self.tokens[number] for number in run] for is_left, run in runs if is_left]
        around = tuple(Span(run[0].start, run[-1].end) for run in spans)
        return replace(self, tokens=tuple(kept), around=(*self.around, *around))


@dataclass(frozen=True, slots=True)
class _Match:
    """A part beside the window that it fits best, with how much of it is there, in 0..1."""

    window: Window
    alignment: Alignment
    share: float
    weight: float
    is_covering: bool

    @property
    def is_ours(self) -> bool:
        """Whether the part comes from there: enough of it, without too much of the article in between."""
        if self.window.is_title:
            return self.share >= OURS_IN_TITLE
        left_out = sum(max(0, one.text_last - one.text_first - one.last + one.first) for one in self.alignment.steps)
        share = self.share - SKIPPED * min(left_out, MOST_SKIPPED)
        return self.is_covering or share >= (OURS if self.weight >= SHORT else OURS_IF_SHORT)

    @property
    def is_whole(self) -> bool:
        """Whether it is there word for word."""
        return all(step.same for step in self.alignment.steps)


def check_pasted(text: str, most: int = MOST_CHARACTERS) -> None:
    """Raise QuestionError if a text cannot be verified: it is empty, longer than `most` characters, or too short."""
    if not text.strip():
        raise QuestionError("The text is empty; paste the words that should be in an article.")
    if len(text.strip()) > most:
        raise QuestionError(
            f"The text has {len(text.strip()):,} characters, and at most {most:,} are verified; paste a part of it."
        )
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise QuestionError("The text holds bytes that are no text; write it in UTF-8.")
    if sum(not token.gap for token in tokens_of(_cleaned(text))) < LEAST_TOKENS:
        raise QuestionError("The text is too short to be found; paste at least three words of it.")


def verify(
    text: str,
    snapshots: Sequence[Snapshot],
    load_encoder: Callable[[], Encoder],
    kept: Sequence[Sequence[KeptGeneration]] = (),
    earlier: Sequence[Earlier] = (),
    never: Never = Never(),  # noqa: B008 - frozen
) -> Verification:
    """Say what a pasted text is, beside the articles of the libraries. It must have passed `check_pasted`.

    `kept` has the updates of each library that can be undone, whose former articles are looked at, too; so is what
    others remember as `earlier`. What is `never` to be quoted is compared, and marked. The model is loaded only for
    what is not found by its words.
    """
    return _Verifying(text, snapshots, load_encoder, kept, earlier, never).run()


class _Verifying:
    """One verification."""

    def __init__(
        self,
        text: str,
        snapshots: Sequence[Snapshot],
        load_encoder: Callable[[], Encoder],
        kept: Sequence[Sequence[KeptGeneration]],
        earlier: Sequence[Earlier],
        never: Never,
    ) -> None:
        self._text = _cleaned(text)
        self._snapshots = [snapshot for snapshot in snapshots if snapshot.passage_total()]
        self._all, self._kept, self._earlier, self._never = snapshots, kept, earlier, never
        self._tokens = tokens_of(self._text)
        self._in_capitals = is_in_capitals(self._tokens, self._text)
        self._numbering = Numbering(accents=not self._in_capitals)
        self._finder = Finder(self._snapshots, load_encoder, self._numbering)
        self._quoted = quoted_spans(_without_links(text))
        self._code = Spoken.of(self._text, self._snapshots).language if self._snapshots else ENGLISH

    def run(self) -> Verification:
        """Verify it."""
        parts = [self._without_attribution(part) for part in self._parts()]
        around = [span for part in parts for span in part.around]
        parts = [part for part in parts if part.count]
        matches = self._consistent([self._matches(part) for part in parts])
        pairs = list(zip(parts, matches, strict=True))
        checked = [self._marked(self._checked(part, match)) for part, match in pairs]
        seams = tuple(
            number + 1
            for number, ((one, match), (other, after)) in enumerate(pairwise(pairs))
            if match and after and self._is_seam(one, match, other, after)
            and {checked[number].verdict, checked[number + 1].verdict} <= {Verdict.WORD_FOR_WORD, Verdict.ALTERED}
        )  # fmt: skip
        return Verification(self._text, _joint(checked, seams), tuple(checked), tuple(around), seams)

    # The parts of the text

    def _parts(self) -> list[_Part]:
        """The sentences of the text; those of a few tokens together with the one before, or else after them."""
        parts: list[_Part] = []
        for span in split_sentences(self._text, self._code):
            tokens = tuple(token for token in self._tokens if span.start <= token.start < span.end)
            if parts and (_count(tokens) < LEAST_ALONE or parts[-1].count < LEAST_ALONE):
                before = parts.pop()
                parts.append(_Part(Span(before.span.start, span.end), before.tokens + tokens))
            else:
                parts.append(_Part(Span(span.start, span.end), tokens))
        return [part for part in parts if part.count]

    def _without_attribution(self, part: _Part) -> _Part:
        """The part without what only says whose words they are, or speaks of the quotation, and is in no article."""
        outside = self._outside(part)
        if not any(outside):
            return part
        best = self._best(part)
        matched = set(best.alignment.matched) if best and best.is_ours else set()
        left: set[int] = set()
        for is_outside, run in groupby(range(len(part.tokens)), outside.__getitem__):
            numbers = list(run)
            found, first = len(matched & {*numbers}), numbers[0]
            start = part.tokens[first - 1].end if first else part.span.start
            is_source = _is_after_dash(self._text, start, part.tokens[first].start)
            is_strange = found == 0 or (found == 1 and found < len(numbers) / 2)
            if is_outside and (is_strange or (is_source and found < len(numbers))):
                tokens = part.tokens[first : numbers[-1] + 1]
                left |= set() if self._elsewhere(tokens) else {*numbers}
        return part.without(left.__contains__) if left else part

    def _outside(self, part: _Part) -> list[bool]:
        """For each token, whether it may stand around a quotation: outside of marks, before a colon, after a dash."""
        if self._quoted:
            return [not any(span.start <= token.start < span.end for span in self._quoted) for token in part.tokens]
        text, outside = self._text, [False] * len(part.tokens)
        for number, (token, after) in enumerate(pairwise(part.tokens[: AROUND + 1])):
            if ":" in text[token.end : after.start] or "：" in text[token.end : after.start]:
                outside[: number + 1] = [True] * (number + 1)
        for number in range(max(0, len(part.tokens) - AROUND), len(part.tokens)):
            start = part.tokens[number - 1].end if number else 0
            if _is_after_dash(text, start, part.tokens[number].start):
                outside[number:] = [True] * (len(part.tokens) - number)
                break
        return outside

    # Where they come from

    def _best(self, part: _Part) -> _Match | None:
        return next(iter(self._matches(part)), None)

    def _matches(self, part: _Part) -> list[_Match]:
        """The windows that the part fits best, the best first: those that it fits about as well."""
        if not self._snapshots:
            return []
        text = " ".join(self._text[token.start : token.end] for token in part.tokens if not token.gap)
        if self._is_unspaced(part):
            text = self._text[part.tokens[0].start : part.tokens[-1].end]
        windows = self._finder.by_words(text, has_gaps=part.has_gaps)
        found = self._with_titles(part, windows, self._compared(part, windows))
        if not found or found[0].share < CERTAIN or (found[0].window.is_title and not found[0].is_whole):
            windows = self._finder.by_vectors(text, has_gaps=part.has_gaps)
            found = self._with_titles(part, windows, self._compared(part, windows, found))
        return [match for match in found if match.share >= found[0].share - 0.01]

    def _with_titles(self, part: _Part, near: Sequence[Window], found: list[_Match]) -> list[_Match]:
        """What was found, with the titles that the part is from; none is looked for where a sentence has it already."""
        if found and found[0].is_whole:
            return found
        words = [self._text[token.start : token.end] for token in part.tokens if not token.gap]
        found = self._compared(part, self._finder.by_titles(words, near), found)
        return [match for match in found if match.is_ours or not match.window.is_title]

    def _is_unspaced(self, part: _Part) -> bool:
        return sum(len(token.norm) == 1 for token in part.tokens) > len(part.tokens) / 2

    def _compared(self, part: _Part, windows: Sequence[Window], known: Sequence[_Match] = ()) -> list[_Match]:
        ids = self._numbering.of(part.tokens)
        weights = np.array([self._weight(token) for token in part.tokens])
        shared = {
            id(window): float((np.isin(ids, window.ids) * weights).sum())
            for window in windows
            if not any(window is match.window for match in known)
        }
        chosen = sorted((w for w in windows if id(w) in shared), key=lambda one: -shared[id(one)])[:COMPARED]
        found = [*known, *(self._match(part, window, weights) for window in chosen if shared[id(window)])]
        return sorted(
            found,
            key=lambda one: (not one.is_ours, -one.share, one.alignment.cost, one.window.is_title, self._hides(one)),
        )

    def _hides(self, match: _Match) -> bool:
        """Whether that may not be quoted, so that the same words elsewhere come first."""
        return bool(self._never.digests) and self._never.touches(self._quote(match), match.window.sentences)

    def _match(self, part: _Part, window: Window, weights: NDArray[np.float64]) -> _Match:
        alignment = align(self._numbering.of(part.tokens), window.ids)
        alignment = self._without_strays(alignment, part, window)
        same = set(alignment.matched)
        for step in alignment.steps:
            if not step.same and self._are_equal(part, window, step):
                same |= {*range(step.first, step.last)}
        total = weights.sum() or 1.0
        share = float(weights[sorted(same)].sum() / total)
        return _Match(window, alignment, share, float(total), self._covers(part, window, alignment))

    def _weight(self, token: Token) -> float:
        return 0.0 if token.gap else STOP_WORD if token.norm in stop_words(self._code) else 1.0

    def _without_strays(self, alignment: Alignment, part: _Part, window: Window) -> Alignment:
        """The alignment without matches of a few empty words that are far from all others."""
        steps = list(alignment.steps)
        for first, second, third in ((0, 1, 2), (-1, -2, -3)):
            while len(steps) >= 3 and (end := steps[first]):
                if not end.same and abs(second) < len(steps) and steps[second].same and len(steps) >= 4:
                    lone, between = steps[second], steps[third]
                    edge = [steps[first], lone, between]
                elif end.same:
                    lone, between = end, steps[second]
                    edge = [lone, between]
                else:
                    break
                tokens = part.tokens[lone.first : lone.last]
                changed = between.last - between.first
                far = changed >= SOLID or between.text_last - between.text_first > 2 * changed + 3
                if between.same or len(tokens) > 2 or any(self._weight(one) == 1.0 for one in tokens):
                    break
                if self._are_equal(part, window, between) or not (far or self._crosses(window, between)):
                    break
                low, high = min(one.first for one in edge), max(one.last for one in edge)
                place = between.text_last if first == 0 else between.text_first
                rest = steps[len(edge) :] if first == 0 else steps[: -len(edge)]
                new = Step(low, high, place, place, same=False)
                steps = [new, *rest] if first == 0 else [*rest, new]
        return replace(alignment, steps=tuple(steps))

    def _covers(self, part: _Part, window: Window, alignment: Alignment) -> bool:
        """Whether it has nearly all of a sentence of the article, so that it is that one with words added."""
        if window.is_title:
            return False
        places = {place for step in alignment.steps if step.same for place in range(step.text_first, step.text_last)}
        if len(places) < 5:
            return False
        numbers = Counter(window.number_of(window.tokens[place]) for place in places)
        number, count = numbers.most_common(1)[0]
        if number is None or count < 5:
            return False
        sentence = window.sentences[number]
        inside = [token for token in window.tokens if sentence.start <= token.start < sentence.end]
        matched = {window.tokens[place].start for place in places}
        weight = sum(map(self._weight, inside)) or 1.0
        held = sum(self._weight(token) for token in inside if token.start in matched)
        return held / weight >= WHOLE and held >= 3

    def _consistent(self, found: Sequence[Sequence[_Match]]) -> list[_Match | None]:
        """One match for each part: of those that are as good, one of the article that most parts come from."""
        votes = Counter(key for matches in found for key in {_key(match) for match in matches})
        return [max(matches, key=lambda one: votes[_key(one)]) if matches else None for matches in found]

    # What they are

    def _checked(self, part: _Part, match: _Match | None) -> Checked:
        if match is None:
            return self._with_former(part, Checked(part.span, Verdict.ABSENT))
        quote, in_title = self._quote(match), match.window.is_title
        if not match.is_ours:
            near = quote if match.share >= NEAR else None
            return self._with_former(part, Checked(part.span, Verdict.ABSENT, near))
        differences = tuple(self._all_differences(part, match))
        for one in differences:
            if one.elsewhere is None and one.published.start < one.published.end:
                start, end = min(quote.start, one.published.start), max(quote.end, one.published.end)
                quote = replace(quote, start=start, end=end, context=Span(start, end))
        if not differences:
            return Checked(part.span, Verdict.WORD_FOR_WORD, quote, in_title=in_title)
        return self._with_former(part, Checked(part.span, Verdict.ALTERED, quote, differences, in_title=in_title))

    def _marked(self, checked: Checked) -> Checked:
        """The sentence, marked if what was published of it is never to be quoted, or was not when it still stood."""
        quotes = [checked.quote, *(one.elsewhere for one in checked.differences)]
        never = any(quote and self._never.touches_in(quote, self._all) for quote in quotes)
        if checked.former and (now := checked.former.article):
            never |= self._never.has(now.id, self._text[checked.span.start : checked.span.end])
        return replace(checked, is_never_quoted=True) if never else checked

    def _with_former(self, part: _Part, checked: Checked) -> Checked:
        former = former_of(part.tokens, self._all, self._kept, self._earlier)
        if former is None:
            return checked
        is_same = former.article and checked.quote and checked.quote.article.id == former.article.id
        if is_same and checked.differences and not checked.in_title:
            return replace(checked, verdict=Verdict.FORMER, former=former)
        return Checked(part.span, Verdict.FORMER, former=former)

    def _quote(self, match: _Match) -> Quote:
        """The whole sentences that the part comes from."""
        first, last = match.alignment.text_span
        window = match.window
        if first == last:
            return Quote(window.article, 0, 0, Span(0, 0), match.share)
        start, end = window.tokens[first].start, window.tokens[last - 1].end
        for sentence in window.sentences:
            if sentence.start <= start < sentence.end:
                start = sentence.start
            if sentence.start < end <= sentence.end:
                end = sentence.end
        return Quote(window.article, start, end, Span(start, end), match.share)

    def _all_differences(self, part: _Part, match: _Match) -> Iterator[Difference]:
        """The differences, in order. A beginning or an end that is from another place is one of them, as a whole."""
        if match.share >= CERTAIN:
            yield from self._differences(part, match)
            return
        solid = [step for step in match.alignment.steps if step.same and step.last - step.first >= SOLID]
        first, last = (solid[0].first, solid[-1].last) if solid else (0, len(part.tokens))
        ends = {at: self._elsewhere(run) for at, run in ((0, part.tokens[:first]), (last, part.tokens[last:]))}
        start = first if ends[0] else 0
        end = last if ends.get(last) else len(part.tokens)
        if ends[0]:
            yield self._from_elsewhere(part, match, 0, first, ends[0])
        core = _Part(part.span, part.tokens[start:end])
        weights = np.array([self._weight(token) for token in core.tokens])
        yield from self._differences(core, self._match(core, match.window, weights))
        if end < len(part.tokens) and (elsewhere := ends[last]):
            yield self._from_elsewhere(part, match, last, len(part.tokens), elsewhere)

    def _from_elsewhere(self, part: _Part, match: _Match, first: int, last: int, elsewhere: Quote) -> Difference:
        """That the tokens `[first, last)` are from another place."""
        run, window = part.tokens[first:last], match.window
        place = match.alignment.text_span[0 if first == 0 else 1]
        return Difference(
            Span(run[0].start, run[-1].end), _span((), window.tokens, place), Matter.WORDS, Manner.JOINED, elsewhere
        )

    def _differences(self, part: _Part, match: _Match) -> Iterator[Difference]:
        window, steps = match.window, match.alignment.steps
        for place, step in enumerate(steps):
            if step.same:
                continue
            step = self._trimmed(step, window, steps, place)
            if step.last == step.first and step.text_last == step.text_first:
                continue
            if self._are_equal(part, window, step):
                continue
            yield self._difference(part, match, step)

    def _trimmed(self, step: Step, window: Window, steps: Sequence[Step], place: int) -> Step:
        """The step without words of the article that are in no sentence, or in another one than the end next to it."""
        first, last = step.text_first, step.text_last
        before = window.number_of(window.tokens[steps[place - 1].text_last - 1]) if place else None
        after = window.number_of(window.tokens[steps[place + 1].text_first]) if place + 1 < len(steps) else None
        if place == 0:
            while first < last and window.number_of(window.tokens[first]) != after:
                first += 1
        if place + 1 == len(steps):
            while first < last and window.number_of(window.tokens[last - 1]) != before:
                last -= 1
        if step.first == step.last and all(window.number_of(window.tokens[i]) is None for i in range(first, last)):
            last = first
        return replace(step, text_first=first, text_last=last)

    def _are_equal(self, part: _Part, window: Window, step: Step) -> bool:
        """Whether both sides are the same but for the spaces: "b ridge", "engi-neers", "35 000"."""
        ours = "".join(token.norm for token in window.tokens[step.text_first : step.text_last])
        return ours != "" and ours == "".join(token.norm for token in part.tokens[step.first : step.last])

    def _difference(self, part: _Part, match: _Match, step: Step) -> Difference:
        window = match.window
        pasted = part.tokens[step.first : step.last]
        ours = window.tokens[step.text_first : step.text_last]
        code = window.article.language or self._code
        capitals = window.is_title and is_in_capitals(window.tokens, window.article.text)
        names = names_in(window.tokens, window.article.text, code, capitals=capitals) | names_in(
            part.tokens, self._text, code, capitals=self._in_capitals
        )
        around = (
            surroundings(part.tokens, step.first, step.last),
            surroundings(window.tokens, step.text_first, step.text_last),
        )
        manner = Manner.CHANGED if pasted and ours else Manner.ADDED if pasted else Manner.LEFT_OUT
        spans = (
            _span(pasted, part.tokens, step.first),
            _span(ours, window.tokens, step.text_first),
        )
        matter = matter_of(pasted, ours, names, code, around)
        if len(pasted) < CLAUSE and len(ours) >= len(pasted) + CLAUSE and self._crosses(window, step):
            manner, matter = Manner.JOINED, Matter.WORDS
        return Difference(*spans, matter, manner)

    def _crosses(self, window: Window, step: Step) -> bool:
        """Whether what was left out goes beyond one sentence of the article."""
        if not 0 < step.text_first <= step.text_last < len(window.tokens):
            return False
        sides = window.tokens[step.text_first - 1], window.tokens[step.text_last]
        return len({window.number_of(side) for side in sides}) == 2

    def _elsewhere(self, run: Sequence[Token]) -> Quote | None:
        """Where else in the articles the words at an end of a sentence stand, if they do."""
        if _count(run) <= CLAUSE:
            return None
        best = self._best(_Part(Span(run[0].start, run[-1].end), tuple(run)))
        return self._quote(best) if best and best.share >= CERTAIN else None

    def _is_seam(self, one: _Part, match: _Match, other: _Part, after: _Match) -> bool:
        """Whether two sentences that are pasted together stand apart in the articles, and no mark says so."""
        between = self._text[one.tokens[-1].end : other.tokens[0].start]
        if one.around or other.around or _APART.search(between) or one.tokens[-1].gap or other.tokens[0].gap:
            return False
        if _key(match) != _key(after):
            return True
        if match.window.is_title or after.window.is_title:  # nothing stands between a title and its article
            return False
        end = match.window.tokens[match.alignment.text_span[1] - 1].end
        start = after.window.tokens[after.alignment.text_span[0]].start
        if start < end:
            return True
        left_out = tokens_of(match.window.article.text, end, start)
        sentences = {*match.window.sentences, *after.window.sentences}
        return any(any(own.start <= token.start < own.end for own in sentences) for token in left_out if not token.gap)


def _cleaned(text: str) -> str:
    """The text without addresses, mentions and the ends of lines, in as many characters; without outer white space.

    Where the letters of a screenshot stand apart, they are put together.
    """
    text = _BREAK.sub(lambda match: " " * len(match[0]), _without_links(text))
    return regrouped(text) or text


def _without_links(text: str) -> str:
    return _LINK.sub(lambda match: " " * len(match[0]), text).strip()


def _key(match: _Match) -> tuple[int, str]:
    return id(match.window.snapshot), match.window.article.id


def _count(tokens: Sequence[Token]) -> int:
    return sum(not token.gap for token in tokens)


def _span(run: Sequence[Token], tokens: Sequence[Token], at: int) -> Span:
    """The span of a run of tokens; of none, the place where it would be."""
    if run:
        return Span(run[0].start, run[-1].end)
    place = tokens[at - 1].end if 0 < at <= len(tokens) else tokens[0].start if tokens else 0
    return Span(place, place)


def _joint(checked: Sequence[Checked], seams: Sequence[int]) -> Verdict:
    """The verdict on the whole text."""
    verdicts = {one.verdict for one in checked}
    if not verdicts or verdicts == {Verdict.ABSENT}:
        return Verdict.ABSENT
    if Verdict.ALTERED in verdicts:
        return Verdict.ALTERED
    if Verdict.ABSENT in verdicts:
        return Verdict.PARTLY
    if Verdict.FORMER in verdicts:
        return Verdict.FORMER
    return Verdict.JOINED if seams else Verdict.WORD_FOR_WORD


def _is_after_dash(text: str, start: int, end: int) -> bool:
    """Whether what follows `end` says whose words these are: after a dash that begins a line or follows a sentence."""
    before = text[start:end].rstrip()
    quoted = before.rstrip(_DASHES)
    if not 1 <= len(before) - len(quoted) <= 2:
        return False
    sentence = quoted.rstrip()
    if "\n" in quoted[len(sentence) :]:
        return True
    return sentence[-1] in _ENDS if sentence else start == 0
