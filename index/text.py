"""From an article's text to its sentences, and from sentences to passages: offsets only, never copies.

Sentences are found in two steps. First the line breaks decide: the text falls into blocks, each a paragraph, a heading
or an item of a list. Then every stop inside a block is judged: `sentencex` proposes where sentences end, and the rules
of `_ends_sentence` correct its mistakes in news prose. Every step takes time linear in the text.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import chain, pairwise
from statistics import median_low

import sentencex

from index.languages import ENGLISH, language, matching
from index.types import Passage, Sentence, Span


def _words(words: str) -> frozenset[str]:
    return frozenset(words.split())


# Abbreviations, without their last stop. Capitals count: "Sat." is a day, "sat." ends a sentence.
_LEANING = _words(  # no sentence ends with these: a name or an example follows
    """Mr Mrs Ms Mx Dr Prof Rev Hon Fr Msgr Gov Sen Sens Rep Reps Pres Gen Gens Lt Col Maj Capt Cmdr Adm Brig Sgt Cpl
    Pvt Pfc Spc Det Insp Supt Atty Asst Ft Mt vs v e.g i.e cf viz approx"""
)
_NUMBERED = _words(  # no sentence ends between these and a number
    "No no Nos nos Vol vol Fig fig Sec sec Art Ch ch p pp Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec"
)
_SHORTENED = _words(  # these stand inside a sentence as often as at its end
    """Inc Corp Co Cos Ltd Bros Dept Assn Univ Jr Sr Esq St Ave Blvd Rd etc al ca
    Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec Ala Ariz Ark Calif Colo Conn Del Fla Ga Ill Ind Kan Ky La Mass Md
    Mich Minn Mo Mont Neb Nev Okla Ore Pa Tenn Tex Va Vt Wash Wis Wyo"""
)
_CLOCK = _words("a.m p.m A.M P.M")
# Words that begin sentences and are hardly ever names. If one follows, even an abbreviation ends its sentence.
_OPENERS = _words(
    """A An The This That These Those There Here He She It They We I You His Her Its Their Our My Your In On At By For
    From With Without As If When While Where After Before Since Although Though Because But And Or Yet Not Some Many
    Most Both Several Each Another Other Such What Whose Why How Which Is Are Was Were Does Did Has Have Had Would
    Could Should Also Then Now Meanwhile However Still Even Only Over Under During Until Once Unless Among Between
    Despite Instead Later Earlier Today According Asked About More"""
)
_SPEECH = "said|says|asked|asks|added|replied|wrote|told|shouted|yelled|screamed|wondered|exclaimed|recalled|demanded"

_OPENING, _CLOSING = r"\"'“‘«„(\[{*_¿¡", r"\"'”’»)\]}*_」』）】"
_STOPS = ".!?…؟۔।॥。！？｡։።။។"
_FOREIGN_STOP = re.compile("[؟۔।॥。！？｡։။។]")  # these always end a sentence, even without a space after them

# A run of stops, with the quotes and brackets that close after it.
_STOP = re.compile(rf"(?P<run>[{_STOPS}](?:\ ?[{_STOPS}])*+)(?P<closing>[{_CLOSING}]*+(?:\[\d{{1,3}}\])*+)")
_CLOSING_LOW = rf"{_CLOSING}“‘«‹"  # as in „…“ and »…«
LOW_QUOTES = _words("bg cs da de et hr hu is ka lt lv mk pl ro sk sl sr")
_SPACE = r"(?<=[^\d\s.,:A-Za-z])(?=[ \u3000]+[^\W\d_A-Za-z])"  # not beside a number or Latin letters
_NEXT_WORD = re.compile(rf"[\s{_OPENING}…–—-]*+((?:\w[\w'’.-]{{0,40}})?)")  # bounded, so no stop reads far ahead
_NEXT_WORD_ELSEWHERE = re.compile(rf"[\s{_OPENING}»「『《（…–—-]*+((?:\w[\w'’.-]{{0,40}})?)")
_INITIALS = re.compile(r"[A-Z]|(?:[^\W\d_]{1,2}\.)+[^\W\d_]{1,2}")  # J, U.S, J.K, Ph.D
_LABEL = re.compile(r"\W{0,3}(?:\d{1,3}|[^\W\d_])\W{1,3}")  # 1. (2). Q.
_DAY_OR_ZONE = re.compile(r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b|[A-Z]{2,4}\b|\w+ (?:[Ss]tandard )?[Tt]ime\b")
_SPEAKER = re.compile(rf"(?:[\w'’.-]{{1,40}},?\s){{1,5}}?(?:{_SPEECH})\b")
_LETTER = re.compile(r"[^\W_]")

# A quotation or bracket of up to this many characters is not cut. A cut would show readers only one mark of a pair, and
# separate the words from their speaker. (Six in seven of CNN's quotations of several sentences are shorter.)
_KEPT_WHOLE = 250
_ENCLOSED = re.compile(
    rf"“[^“”]{{1,{_KEPT_WHOLE}}}”"
    rf"|(?<![^\s(\[–—-])\"[^\"]{{1,{_KEPT_WHOLE}}}(?<!\s)\""  # a straight mark opens after a space, closes before one
    rf"|\([^()]{{1,{_KEPT_WHOLE}}}\)"
    rf"|\[[^\[\]]{{1,{_KEPT_WHOLE}}}\]"
    rf"|(?<!\w)‘(?:[^‘’]|(?<=\w)’(?=\w)){{1,{_KEPT_WHOLE}}}’"  # in which ’ is an apostrophe between two letters
)

# Where a text is not English: other quotation marks, of which “ may also close („…“), and marks of East Asia.
_ENCLOSED_ELSEWHERE = re.compile(
    rf"„[^„“”]{{1,{_KEPT_WHOLE}}}[“”]|«[^«»]{{1,{_KEPT_WHOLE}}}»|‹[^‹›]{{1,{_KEPT_WHOLE}}}›"
    rf"|「[^「」]{{1,{_KEPT_WHOLE}}}」|『[^『』]{{1,{_KEPT_WHOLE}}}』|（[^（）]{{1,{_KEPT_WHOLE}}}）"
    rf"|“[^„“”]{{1,{_KEPT_WHOLE}}}”|(?<!\w)»[^«»]{{1,{_KEPT_WHOLE}}}«(?!\w)"
    rf"|(?<![^\s(\[–—-])\"[^\"]{{1,{_KEPT_WHOLE}}}(?<!\s)\"|\([^()]{{1,{_KEPT_WHOLE}}}\)"
)
_EAST_ASIAN = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3「『（“《]")
LEAST_WITHOUT_STOPS = 60
"""Characters: in a language without stops, a space behind fewer does not end a sentence, as it also parts clauses."""

# Replacements in the text that sentencex gets, each of the same length, for characters that it cannot encode or that
# cost it quadratic time. It searches for the end of each quotation and never cuts inside one, so quotation marks become
# spaces. It reads back from each "!" and "?" without a space after it, and from the stops of other scripts; these
# become commas, and `_ends_sentence` judges them alone.
_SHADOWS = (
    (re.compile(r"(?<=\w)['’](?=\w)|[\ud800-\udfff]"), "x"),
    (re.compile(rf"[\s'’{_OPENING}{_CLOSING}]"), " "),
    (re.compile(rf"{_FOREIGN_STOP.pattern}|[!?](?=\S)"), ","),
    (re.compile("…"), "."),
)

_HEADING = re.compile(r"#{1,6}\s")
_LIST_MARK = re.compile(r"(?:[-+*•·◦▪‣●]|\d{1,3}[.)])\s+")
_HEADING_WORDS, _HEADING_CHARACTERS = 9, 60  # newsqa-dev's 60 lines of that kind are all headings or links
_NARROWEST, _WIDEST = 40, 120  # the widths at which plain text is wrapped; shorter lines are headings, names or verses

PIECE = 20_000
"""Longer texts are processed in pieces of at most this many characters. Hardly any paragraph is longer."""

MOST_SENTENCES = 32
"""The most sentences in one passage. No passage of newsqa-dev has more than 16, apart from lists of links, which have
up to 28. A text could have sentences of one letter, and the time of a search grows with the sentences in its passages.
"""


def split_sentences(text: str, code: str = ENGLISH) -> tuple[Sentence, ...]:
    """Find the sentences of an article's whole text, in order; `code` is its language.

    They do not overlap, have no white space at either end, and together cover every character that is not white space.
    A sentence always ends at a blank line, at a heading and at the end of a list item, but not at a line break in the
    middle of wrapped prose.
    """
    return tuple(iter_sentences(text, code))


def iter_sentences(text: str, code: str = ENGLISH) -> Iterator[Sentence]:
    """The same as an iterator: sentences are only searched for when the caller asks for the next one."""
    return chain.from_iterable(sentences_in(text, block, code) for block in iter_blocks(text))


def find_headings(text: str, left_out: Sequence[Span] = ()) -> tuple[Span, ...]:
    """Find the headings, in order. They are not quoted, because they do not answer questions.

    A line that is marked as a heading in Markdown is one. So is a short line without a stop, or a short question, that
    has a blank line on each side and prose below it. An item of a list, a fact such as "Weight: 8 kg", and one of
    several short lines in a row are not headings. The lines of `left_out`, which are not part of the story, count as
    blank.
    """
    paragraphs: list[list[Span]] = [[]]
    for line in _lines(text):
        if line.start == line.end or _is_within(line, left_out):
            paragraphs.append([])
        elif _HEADING.match(text, line.start):
            paragraphs += [[line], []]
        else:
            paragraphs[-1].append(line)
    paragraphs = [paragraph for paragraph in paragraphs if paragraph]
    bare = [len(p) == 1 and _is_bare(text, p[0]) for p in paragraphs]
    return tuple(
        paragraph[0]
        for number, paragraph in enumerate(paragraphs)
        if _HEADING.match(text, paragraph[0].start)
        or (
            bare[number]
            and not (number and bare[number - 1])
            and number + 1 < len(paragraphs)
            and _is_prose(text, paragraphs[number + 1])
        )
    )


def _is_within(line: Span, spans: Sequence[Span]) -> bool:
    """Whether the line starts in one of the spans, which must be in order."""
    before = bisect_right(spans, line.start, key=lambda span: span.start) - 1
    return before >= 0 and line.start < spans[before].end


def _is_bare(text: str, line: Span) -> bool:
    """Whether the line could be a heading: a few words without a stop, or a short question."""
    words = text[line.start : line.end]
    return (
        len(words) <= _HEADING_CHARACTERS
        and len(words.split()) <= _HEADING_WORDS
        and not _HEADING.match(words)
        and not _LIST_MARK.match(words)
        and not (words[0].islower() or words[0] in '"“‘«')
        and ":" not in words
        and _LETTER.search(words) is not None
        and not words.rstrip("\"'”’»)]}*_").endswith((*_STOPS.replace("?", ""), *",;"))
    )


def _is_prose(text: str, paragraph: Sequence[Span]) -> bool:
    """Whether the paragraph begins like a sentence and ends with a stop."""
    ending = text[paragraph[-1].start : paragraph[-1].end].rstrip("\"'”’»)]}*_")
    return not text[paragraph[0].start].islower() and ending.endswith((*_STOPS, ":"))


# From lines to blocks


def iter_blocks(text: str) -> Iterator[Span]:
    """Yield the blocks of the text: its lines, with lines joined that are wrapped in the middle of a sentence."""
    lines = list(_lines(text))
    width = _wrap_width(text, lines)
    block: Span | None = None
    previous = Span(0, 0)
    for line in lines:
        if block and _continues(text, previous, line, width):
            block = Span(block.start, line.end)
        else:
            if block:
                yield block
            block = line if line.start < line.end else None
        previous = line
    if block:
        yield block


def _lines(text: str) -> Iterator[Span]:
    """Yield the lines of the text without the white space at their ends; a blank line is an empty span."""
    start = 0
    for line in text.splitlines(keepends=True):
        indent = len(line) - len(line.lstrip())
        yield Span(start + indent, max(start + indent, start + len(line.rstrip())))
        start += len(line)


def _wrap_width(text: str, lines: Sequence[Span]) -> int | None:
    """Estimate the width at which the text is wrapped, from lines that continue in small letters in the next line."""
    widths = [line.end - line.start for line, after in pairwise(lines) if _runs_on(text, line, after)]
    return median_low(widths) if widths else None


def _runs_on(text: str, line: Span, after: Span) -> bool:
    """Whether `line` ends without a stop and the next line begins with a small letter."""
    return (
        line.end - line.start >= _NARROWEST
        and _first_word(text, after).islower()
        and not text[line.start : line.end].rstrip("\"'”’»)]}*_").endswith(tuple(_STOPS))
    )


def _continues(text: str, line: Span, after: Span, width: int | None) -> bool:
    """Whether the last sentence in `line` may continue in the line `after` it."""
    if line.start == line.end or after.start == after.end:
        return False
    if _HEADING.match(text, line.start) or _HEADING.match(text, after.start):
        return False
    if _LIST_MARK.match(text, after.start, after.end):
        return False
    if _runs_on(text, line, after):
        return True
    # In wrapped text a line is full if the next word would not have fitted into it. A shorter line ends its paragraph.
    length = line.end - line.start
    return width is not None and length <= _WIDEST and length + 1 + len(_first_word(text, after)) > width


def _first_word(text: str, line: Span) -> str:
    return text[line.start : min(line.end, line.start + _WIDEST)].partition(" ")[0]


def pieces(text: str, start: int = 0, end: int | None = None) -> Iterator[Span]:
    """Cut `[start, end)` of a text into pieces of at most PIECE characters. Most texts are one piece.

    A cut is made before white space, if possible after a letter, so that words and stops stay with their neighbours.
    A regular expression blocks all other threads until it returns; with pieces, they can run in between.
    """
    end = len(text) if end is None else end
    while end - start > PIECE:
        gaps = [place for place in range(start + PIECE, start + PIECE // 2, -1) if text[place].isspace()]
        cut = next((place for place in gaps if text[place - 1].isalpha()), gaps[0] if gaps else start + PIECE)
        yield Span(start, cut)
        start = cut
    yield Span(start, end)


# From blocks to sentences


def sentences_in(text: str, block: Span, code: str = ENGLISH) -> Iterator[Sentence]:
    """Yield the sentences of one block. Each has a letter or digit, unless the whole block has none.

    The block is not empty, and has no white space at its ends. `code` is the language of the text.
    """
    if _HEADING.match(text, block.start):
        yield Sentence(block.start, block.end)
        return
    last: Sentence | None = None
    start, letter = block.start, _LETTER.search(text, block.start, block.end)
    parts = list(pieces(text, block.start, block.end))
    proposed = [place for part in parts for place in _proposals(text, part, code)]
    enclosed = _ENCLOSED if code == ENGLISH else _ENCLOSED_ELSEWHERE
    kept_whole = [match.span() for part in parts for match in enclosed.finditer(text, part.start, part.end)]
    for stop in _stops(text, block, code):
        if letter is None or stop.end() == block.end:
            break
        if letter.start() > stop.start() or _LABEL.fullmatch(text, start, min(stop.end(), start + 10)):
            continue  # so far only punctuation, or a label such as "1."
        if not _is_inside(stop, kept_whole) and _ends_sentence(text, start, stop, proposed, code):
            if last:
                yield last
            last = Sentence(start, stop.end())
            start = stop.end()
            while text[start].isspace():
                start += 1
            letter = _LETTER.search(text, start, block.end)
    if last and letter is None:
        start = last.start  # only punctuation is left; it stays with the last sentence
    elif last:
        yield last
    yield Sentence(start, block.end)


def _stops(text: str, block: Span, code: str) -> Iterator[re.Match[str]]:
    """The marks in a block that may end a sentence."""
    return _stop_pattern(code).finditer(text, block.start, block.end)


@cache
def _stop_pattern(code: str) -> re.Pattern[str]:
    """What may end a sentence in a language: in Thai also a space (the run is empty then), in Greek a semicolon."""
    if code == ENGLISH:
        return _STOP
    stops = f"{_STOPS};\u037e" if code == "el" else _STOPS
    run = rf"[{stops}](?:\ ?[{stops}])*+" + (f"|{_SPACE}" if language(code).space_ends else "")
    closing = _CLOSING_LOW if code in LOW_QUOTES else _CLOSING
    return re.compile(rf"(?P<run>{run})(?P<closing>[{closing}]*+(?:\[\d{{1,3}}\])*+)")


def _proposals(text: str, part: Span, code: str) -> list[int]:
    """Where sentencex would end the sentences in that part of a block, after the white space behind them, in order."""
    body = text[part.start : part.end]
    for pattern, shadow in _SHADOWS:
        body = pattern.sub(shadow, body)
    return [part.start + boundary["end_index"] for boundary in sentencex.get_sentence_boundaries(code, body)]


def _is_inside(stop: re.Match[str], spans: Sequence[tuple[int, int]]) -> bool:
    """Whether one of the spans continues after the stop and its closing marks."""
    before = bisect_left(spans, (stop.start(), 0)) - 1
    return before >= 0 and stop.end() < spans[before][1]


def _ends_sentence(text: str, start: int, stop: re.Match[str], proposed: Sequence[int], code: str) -> bool:
    """Whether the sentence that began at `start` ends with this stop, which is not the last thing in its block."""
    run, closing = stop["run"], stop["closing"]
    if not run:
        return stop.start() - start >= LEAST_WITHOUT_STOPS
    if closing and matching(language(code).goes_on).match(text, stop.end()):
        return False
    if _FOREIGN_STOP.search(run) or (code == "el" and run[-1] in ";\u037e"):
        return True
    if code != ENGLISH and run[-1] in "!?" and _EAST_ASIAN.match(text, stop.end()):
        return True
    before = re.split(r"[^\w.]", text[max(start, stop.start() - 24) : stop.start()])[-1]  # no abbreviation is longer
    next_start, word = _next_word(text, stop.end(), code)

    # Without a space after the stop, only if small letters meet a capital: "talks.The next", but not "Amazon.com".
    if not text[stop.end()].isspace():
        closed = len(before) > 1 and (before[-2:].islower() or before.isdigit())
        return closed and word.istitle() and next_start <= stop.end() + 1

    # Abbreviations and initials are more often inside a sentence than at its end. "No." and "no." are also plain words.
    capital = word[:1].isupper()
    if run == "." and code != ENGLISH and _stays(before, word, code):
        return False
    if run == ".":
        if before in _LEANING or (before in _NUMBERED and word[:1].isdigit()):
            return False
        if before in _CLOCK:
            return capital and not _DAY_OR_ZONE.match(text, next_start)
        if before in _SHORTENED or _INITIALS.fullmatch(before):
            return word in _OPENERS
        if before in ("No", "no") or "." in before:  # or an address or a number: example.gov, 3.5
            return capital

    # After speech or dots, small letters continue the sentence. A question or shout in quotes may be followed by its
    # speaker.
    if word.islower() and (run != "." or closing):
        return False
    names_speaker = word == "I" or word not in _OPENERS
    if closing and run[-1] in "?!" and names_speaker and _SPEAKER.match(text, next_start):
        return False
    if capital and (closing or not before):  # a closing mark before or after the stop, which sentencex did not see
        return True
    return bisect_right(proposed, next_start) > bisect_right(proposed, stop.start())


def _stays(before: str, word: str, code: str) -> bool:
    """Whether a stop between these words is inside a sentence in any language: of an initial, or before a number.

    Where ordinals have a stop, one of up to two digits does not end a sentence either: "am 3. Oktober".
    """
    if language(code).ordinals_have_stops and before.isdigit() and len(before) <= 2:
        return True
    return (len(before) == 1 and before.isupper()) or (word[:1].isdigit() and before.islower() and 1 < len(before) <= 3)


def _next_word(text: str, position: int, code: str) -> tuple[int, str]:
    """The next word after opening marks and dashes, and where it starts. It is "" if something else follows."""
    match = (_NEXT_WORD if code == ENGLISH else _NEXT_WORD_ELSEWHERE).match(text, position)
    return (match.start(1), match[1]) if match else (position, "")


# From sentences to passages


def make_passages(
    text: str, sentences: Sequence[Sentence], tokens: Sequence[Span], *, window: int, target: int
) -> tuple[Passage, ...]:
    """Make passages of neighbouring sentences, with about `target` of the model's tokens and at most `window` of them.

    `tokens` has the spans of the model's tokens in the whole text, in order. A passage has at most MOST_SENTENCES
    sentences. Passages overlap: each begins with the last sentence of the one before, if its next sentence fits in as
    well. A sentence that is longer than the window is cut into pieces, at white space if possible; each piece is a
    passage. Raises ValueError if `window` < 1.
    """
    if window < 1:
        raise ValueError(f"A passage must have room for a token, so window cannot be {window}.")
    # Sentence i has the tokens [firsts[i], ends[i]): those that share a character with it.
    token_starts, token_ends = [token.start for token in tokens], [token.end for token in tokens]
    firsts = [bisect_right(token_ends, sentence.start) for sentence in sentences]
    ends = [bisect_left(token_starts, sentence.end) for sentence in sentences]

    def size(first: int, last: int) -> int:
        return ends[last] - firsts[first]

    passages: list[Passage] = []
    final = len(sentences) - 1
    first, fresh = 0, 0  # the first sentence of the next passage, and the first one that is in no passage yet
    while fresh <= final:
        if size(fresh, fresh) > window:
            passages += _pieces(text, fresh, sentences[fresh], tokens[firsts[fresh] : ends[fresh]], window)
            first = fresh = fresh + 1
            continue
        if size(first, fresh) > window:
            first = fresh
        last, end = fresh, min(first + MOST_SENTENCES - 1, final)
        while last < end and size(first, last + 1) <= min(window, 2 * target - size(first, last)):  # nearer to target
            last += 1
        if last < final == end and size(first, final) <= window and 2 * size(last + 1, final) < target:
            last = final  # the rest would make a tiny passage
        passages.append(Passage(sentences[first].start, sentences[last].end, first, last))
        first, fresh = last, last + 1
    return tuple(passages)


def _pieces(text: str, number: int, sentence: Sentence, tokens: Sequence[Span], window: int) -> Iterator[Passage]:
    """Passages of at most `window` tokens that cover the sentence from end to end."""
    start, first = sentence.start, 0
    while len(tokens) - first > window:
        # Do not cut between tokens of the same character. Search for white space only in the second half of the window.
        cuts = [t for t in range(first + window, first, -1) if tokens[t - 1].end <= tokens[t].start] or [first + window]
        spaces = (t for t in cuts if t > first + window // 2 and text[tokens[t].start - 1].isspace())
        cut = next(spaces, cuts[0])
        yield Passage(start, tokens[cut].start, number, number)
        start, first = tokens[cut].start, cut
    yield Passage(start, sentence.end, number, number)
