"""Finds what stands in a story's paragraphs and is not the story: datelines, editor's notes and links.

These parts stay in the text, but they are not quoted, and no title is made of them. Like `boilerplate`, this is
careful: an aside that stays costs one odd quote, but a sentence of the story that is left out costs an answer. Every
pattern is tried only on the first `DATELINE` characters of a paragraph, or on `MAX_LINE` of a sentence, so the time is
linear in the text.
"""

import re
from collections.abc import Iterator, Sequence

from index.boilerplate import ARROW, LINK_OPENING, MAX_LINE, is_promotion
from index.types import Sentence, Span

DATELINE = 120
"""Characters; no dateline is longer."""

TOP = 4
"""A dateline without an agency must be in this many first paragraphs."""

MAX_NOTE = 1_500
"""Characters; a longer paragraph that begins as a note is more than a note. CNN's longest has 460."""

MAX_LINK = 120
"""Characters of a link that stands in a paragraph. CNN's longest has 86."""

# Datelines

_WORD = r"[^\W\d_a-z][\w’'.-]{0,24}"
_PLACE = rf"{_WORD}(?:(?:/| (?:(?:of|the|de|del|da|la|le|upon|and) ){{0,2}}){_WORD}){{0,4}}"
_REGION = rf"(?:, {_PLACE}){{0,2}}"
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)"
_DATE = (
    rf", (?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day(?:, )?|{_MONTH}[A-Za-z]{{0,6}}\.? \d{{1,2}}"
    r"|\d{1,2}\.? [^\W\d_]{3,10}\.?)(?:,? \d{4})?"
)
_AGENCY = (
    r"(?:The )?(?:CNN|AP|Associated Press|Reuters|REUTERS|AFP|UPI|dpa|DPA|EFE|ANSA|PTI|ANI|IANS|Xinhua|Yonhap|Kyodo"
    r"|Jiji|TASS|Interfax|Anadolu|AA|Bloomberg|BBC|NPR|PA|EPA|Canadian Press|AAP|Bernama|Antara|VOA|MENA|IRNA|WAM|KUNA"
    r"|SID)"
)
_DASHES = r"(?: ?(?:-{1,3}|[–—―]) ?)"
_NEXT = r"(?:\s*\Z|(?=[ie][A-Z]|[^\sa-z]))"  # the story does not begin with a small letter
_OF_AGENCY = re.compile(
    rf"(?:{_PLACE}{_REGION}(?:{_DATE})? ?)?\({_AGENCY}(?:[ /][^()]{{1,30}})?\)(?:{_DASHES}|: ){_NEXT}"
)
_OF_ANY_SITE = re.compile(rf"\((?:The )?{_WORD}(?: {_WORD}){{0,3}}\) (?:-{{2,3}}|[–—―]) {_NEXT}")
_OF_PLACE = re.compile(
    rf"(?P<place>{_PLACE})(?P<region>{_REGION})(?P<date>{_DATE})?(?P<agency> \([A-Z][^()]{{1,30}}\))?"
    rf"(?: (?P<dash>-{{1,3}}|[–—―]) |—){_NEXT}"
)
_OF_ASIA = re.compile(
    r"\([^()=]{1,20}=[^()=]{1,20}\)\s?(?:[^=.\n]{1,40}=\s?)?|【[^【】]{1,30}】\s?"
    r"|(?:新华社|新華社|中新社|中新网|中央社)[^\s，。]{1,16}[电電讯訊](?:[（(][^（）()]{1,30}[)）])?\s?"
)
_ASIDE_AFTER = re.compile(r" (?:--|[–—-]) |—")


def after_dateline(text: str, paragraph: Span, *, is_top: bool) -> int:
    """Where the story begins in a paragraph: after its dateline, such as "SEOUL, Jan. 5 (Yonhap) -- ", or at its start.

    A dateline without a known agency is only found if `is_top`, which says that the paragraph is one of the first.
    """
    opening = text[paragraph.start : min(paragraph.start + DATELINE, paragraph.end)]
    found = _OF_AGENCY.match(opening)
    if not found and is_top:
        found = _OF_ANY_SITE.match(opening) or _OF_ASIA.match(opening)
        found = found or _of_place(text[paragraph.start : min(paragraph.start + 3 * DATELINE, paragraph.end)])
    start = paragraph.start + found.end() if found else paragraph.start
    while start < paragraph.end and text[start].isspace():
        start += 1
    return start


def _of_place(text: str) -> re.Match[str] | None:
    """A dateline without a known agency: a place in capitals, or a place with its region or a date.

    Where a second dash follows in the same sentence, the two may set off an insertion: "NATO -- the alliance -- met".
    """
    found = _OF_PLACE.match(text[:DATELINE])
    if not found or _ASIDE_AFTER.search(re.split(r"[.!?]\s", text[found.end() :], maxsplit=1)[0]):
        return None
    place, more = found["place"], found["region"] or found["date"]
    is_name = place.partition(". ")[0].isupper() and len(place) > 3 and (found["agency"] or found["dash"] != "-")
    return found if more or is_name else None


# Notes and links

_NOTE = re.compile(
    r"[(\[*_]{0,3}(?:editor(?:['’]?s|s['’])?|ed\.?|publisher['’]s|programming)[ -]note ?[*_]{0,3} ?"
    r"(?:[:.]|[–—-]{1,2} )",
    re.IGNORECASE,
)
_REPORT = re.compile(r"i-?report(?:\.com)?:", re.IGNORECASE)
_ENDS_WITH_ARROW = re.compile(rf"(?:\s|Â){ARROW}\.?\Z")
_LINK_BEFORE = re.compile(rf"{LINK_OPENING}\b[^»«]{{1,{MAX_LINK}}}\s{ARROW}\s+(?=[\w\"“‘'(\[$])")
_LINK_AFTER = re.compile(rf"[.!?][\"”’')\]]{{0,3}}\s+(?={LINK_OPENING}\b)")
_LABELLED = re.compile(
    rf"(?:(?:Gallery|Interactive|Photos|Video|Related|Blog|Quiz|Map|Timeline|In pictures"
    rf"|[\w-]{{1,30}}\.(?:com|org|tv|TV)):"
    rf"|(?:See|Read) the (?:full|whole|original) (?:article|story|report)\b)[^\n]{{1,{MAX_LINK}}}"
)
_INVITATION = re.compile(
    rf"(?:Watch|See|View|Read|Learn|Listen|Hear|Find out|Check out|Take a look|Click|Vote|Submit|Sound off|Tell us"
    rf"|Share (?:your|this|it|on|sights|photos?|pictures|images|stories|video)"
    rf"|(?:Send|E-?mail) (?:us|in|your|photos?|pictures|images|stories|video))\b[^\n]{{0,{MAX_LINK}}}"
)
_TO_READER = re.compile(r"(?i:.{0,60}\byou\b.{0,60}\?)")
_STOPS = tuple(".!?…:;,。！？")
_CLOSING = "\"'”’»)]}*_ "


def without_asides(text: str, sentences: Sequence[Sentence]) -> Iterator[Sentence]:
    """The sentences of one paragraph, without notes and links. A sentence that holds a link is cut before or after it.

    A link is "Watch the ferry leave »", in whatever place, or an invitation without a stop at the end of a paragraph.
    """
    if not sentences or _is_note(text, Span(sentences[0].start, sentences[-1].end)):
        return
    has_quotes = "«" in text[sentences[0].start : sentences[-1].end]  # so its "»" is no arrow
    sentences = _before_invitation(text, sentences)
    for number, sentence in enumerate(sentences):
        opening = text[sentence.start : min(sentence.end, sentence.start + MAX_LINE)]
        if _REPORT.match(opening) and sentences[-1].end - sentence.start <= MAX_LINE:
            return
        link = _LINK_BEFORE.match(opening)
        start = sentence.start + link.end() if link else sentence.start
        end = sentence.end
        if not has_quotes:
            end = _before_link(text, Span(start, end), is_last=number == len(sentences) - 1)
        if start < end:
            yield Sentence(start, end)


def _is_note(text: str, paragraph: Span) -> bool:
    opening = text[paragraph.start : min(paragraph.start + 40, paragraph.end)]
    return paragraph.end - paragraph.start <= MAX_NOTE and _NOTE.match(opening) is not None


def _before_link(text: str, sentence: Span, *, is_last: bool) -> int:
    """Where the story ends in a sentence that may end with a link and its arrow; its start if all of it is a link."""
    tail = max(sentence.start, sentence.end - MAX_LINE)
    words = text[tail : sentence.end]
    if not _ENDS_WITH_ARROW.search(words, max(len(words) - 5, 0)):
        return sentence.end
    opening = max((match.end() for match in _LINK_AFTER.finditer(words)), default=None)
    if opening is not None:  # behind an abbreviation, where no sentence seems to begin
        return tail + len(words[:opening].rstrip())
    is_link = len(words) <= MAX_LINK and tail == sentence.start and (is_last or re.match(LINK_OPENING, words))
    return sentence.start if is_link else sentence.end


def _before_invitation(text: str, sentences: Sequence[Sentence]) -> Sequence[Sentence]:
    """The sentences without the last, if it is a link or a button without a stop, and the question that led to it."""
    last = sentences[-1]
    words = text[last.start : min(last.end, last.start + MAX_LINE + 1)]
    if len(words) > MAX_LINE or words.rstrip(_CLOSING).endswith(_STOPS):
        return sentences
    if len(sentences) == 1:
        return () if _LABELLED.fullmatch(words) else sentences
    if not (_LABELLED.fullmatch(words) or _INVITATION.fullmatch(words) or is_promotion(words)):
        return sentences
    before = sentences[-2]
    question = text[before.start : min(before.end, before.start + MAX_LINE)]
    return sentences[: -2 if _TO_READER.fullmatch(question) else -1]
