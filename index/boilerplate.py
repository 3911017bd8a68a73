"""Finds the lines of a published text that are not the story: bylines, promotions, credits, notices.

Only whole lines are removed, and only if a pattern matches the whole line. It is careful: a line of boilerplate that
stays costs one odd quote, but a line of the story that is removed costs an answer. Every pattern is tried only on lines
of at most `MAX_LINE` characters, so the time is linear in the text and no line can make a pattern slow.
"""

import re
from dataclasses import dataclass
from itertools import accumulate

from index.types import Span

MAX_LINE = 200
"""Characters; a longer line always counts as part of the story."""

BYLINE_LINES = 6
"""A byline must be in this many first lines with text: headline, standfirst, picture credit, byline."""

CREDIT_LINES = 4
"""A news agency's credits of reporters and editors must be in this many last lines with text."""

WRAPPED_LINE = 40
"""Characters; a line of at least this length without a stop at its end may continue in the next line (wrapped text)."""


@dataclass(frozen=True, slots=True)
class Boilerplate:
    """The spans of the lines that are not the story, in order, each with its line break; and the author in a byline."""

    spans: tuple[Span, ...]
    author: str | None


# A word that begins with a capital, or of a script without case. The other patterns below ignore case; `(?-i:` turns
# that off.
_WORD = r"(?-i:[^\W\d_a-z][\w’'\-]*)"
_WORDS = rf"{_WORD}(?:[ /,|&]{{1,3}}(?:of |the |de |van |von |via |and )?{_WORD}){{0,7}}"
_NETWORK = (
    r"(?:facebook|twitter|x|linkedin|whatsapp|telegram|reddit|pinterest|tumblr|pocket|threads|bluesky|mastodon"
    r"|instagram|youtube|tiktok|messenger|kakaotalk|line|skype|flipboard|google news|e-?mail|social media|a friend"
    r"|friends)"
)
_NETWORKS = rf"{_NETWORK}(?:(?:, and |, | and | or | & | ?/ ?| ){_NETWORK}){{0,7}}"
_AGENCY = (
    r"(?-i:Getty(?: Images)?|AP|Associated Press|AFP|Agence France-Presse|R(?:euters|EUTERS)|EPA(?:-EFE)?|Yonhap|Newsis"
    r"|Xinhua|Kyodo|Bloomberg|TASS|Anadolu|NurPhoto|Zuma Press|PA|CNN|Shutterstock|iStock|Alamy|Unsplash|Pexels|Pixabay"
    r"|Flickr|Wikimedia(?: Commons)?|NASA|[Hh]andout)"
)
_PICTURE = r"(?:file |stock )?(?:photo(?:graph)?s?|images?|pictures?|illustrations?|graphics?)"
_LETTER = r"(?:news ?letters?|mailing list|podcasts?|channel|feed|updates|e-?mails?|alerts|briefing|magazine)"
_YEARS = r"\d{4}(?:[-–]\d{4})?"
_CLOSE = r"[ .!…→»>]{0,4}"
ARROW = r"(?:[»›→►▶]|>>)"
LINK_OPENING = (
    r"(?:Watch|See|View|Read|Learn|Listen|Hear|Find out|Check out|Take a look|Look at|Click|Explore|Share|Send|Tell us"
    r"|E-?mail|Vote|Browse|Play|Follow|Go inside|Map|Gallery|Photos|Interactive|Video|Timeline|More)"
)
"""How links to pictures, films and other pages begin."""

_SITE_LINES = (
    # WordPress's block for subscribers, line by line; the name after "from" is a title.
    r"discover more from (?-i:[^\Wa-z]).{0,80}[^.,;:?]",
    r"subscribe to (?:get|receive) .{0,80}\b(?:posts?|e-?mails?|inbox|updates?|news|alerts?)\b.{0,40}",
    r"(?:type|enter) your e-?mail(?: address)?(?: (?:to|below|here)\b.{0,60})?" + _CLOSE,
    # Newsletters and subscriptions: the thing offered is "our newsletter", or a title in capitals.
    rf"(?:please )?(?:subscribe(?: to)?|sign up (?:for|to)|register for) (?:our|the|my|this)(?: [\w’'\-]+){{0,4}}?"
    rf" {_LETTER}(?: (?:to|and|for|in|by|or|from|every|each|today|now|here)\b.{{0,80}})?[.!]?",
    rf"subscribe to (?:the )?{_WORDS}",
    r"(?:please )?(?:subscribe|sign up|sign in|log in)(?: (?:now|here|today|free))?" + _CLOSE,
    r"get .{1,60} (?:delivered|sent|straight)(?: (?:directly|straight))? to your (?:inbox|e-?mail).{0,20}",
    # Buttons for sharing: what follows is a network, or nothing.
    r"share(?: this)?(?: (?:article|story|post|page|video|link))?:?",
    rf"(?:click to )?(?:share|tweet|e-?mail|pin|send|post)(?: (?:this|it))?(?: (?:article|story|post|page|video))?"
    rf"(?: a link)? (?:on|via|to|with|by):? {_NETWORKS}(?: \(opens in (?:a )?new window\))?[.!]?",
    rf"(?:please )?(?:follow|like|find|join|connect with) (?:us|me|@\w+|{_WORD}(?: {_WORD}){{0,3}}) on {_NETWORKS}"
    r"(?: (?:for|to) .{1,60})?[.!]?",
    r"follow us(?::? @\w+)?[.!:]?",
    r"like this:|(?:like )?loading(?: comments)?(?:…|\.{2,3})",
    # Links that only make sense on the page.
    r"(?:click|tap) (?:here|below|(?:on )?the link(?: below)?)(?: (?:to|for) .{1,100})?[.!»]?",
    r"skip to (?:(?:the )?main )?(?:content|navigation|menu|footer|search)",
    r"back to top|\d{1,3} min(?:ute)?s?(?: |-)read",
    # Cookies and terms: the notice speaks for the site.
    r"(?:we|(?:this|our) (?:web ?)?site) uses? cookies(?: .{0,120}\b(?:experience|traffic|(?:web ?)?site|content|ads"
    r"|analytics|preferences|browser|browsing|services?)\b.{0,60})?[.!]?",
    r"by (?:continuing|using|clicking|browsing)\b.{1,80}\b(?:you agree|you accept|you consent)\b.{1,80}",
    r"(?:accept|allow|reject|decline|manage)(?: all)? cookies",
    r"cookies? (?:settings|preferences|policy|notice|consent)|privacy policy|terms of (?:use|service)",
    # Advertising, and the story going on around it.
    r"[\[(–— -]{0,3}(?:advertisement|advertising|sponsored(?: content)?)[\])–— -]{0,3}"
    r"(?:(?:story|article|continue|scroll)[^.]{0,40})?",
    r"(?:article|story|content) continues (?:below|after)(?: (?:this |the )?(?:advertisement|ad|video))?" + _CLOSE,
    r"continue reading(?: (?:below|here|the (?:main )?(?:story|article)))?" + _CLOSE,
    # Comments. "No comment" is what a minister says.
    r"(?:leave|post|add) a (?:comment|reply)(?: below| cancel reply)?[.!:]?",
    r"comments? \(\d+\)|\d+ comments|no comments yet|(?:view|show|read|load) (?:all |more )comments",
)

_LABELLED_LINES = (
    # Links to other stories: a label, then a headline, which opens with a capital and closes without a stop.
    r"(?:read more|related(?: (?:articles?|story|stories|posts?|news|coverage|content|topics|reading))?|see also"
    r"|read also|also read|more on this(?: story)?|you (?:may|might) also like)"
    r"(?: ?[:|»→]{1,2}(?: ?(?-i:[^\sa-z]).{0,150}[^\s.,;])?)?",
    # And links with an arrow, if they are one sentence.
    rf"(?-i:{LINK_OPENING})\b(?:[^«».!?]|[.!?](?! [^»›→►▶>])){{1,120}}\s{ARROW}\.?",
    r"i-?report(?:\.com)?: ?.{1,150}",
    r"(?-i:All About) (?-i:[^\Wa-z])[^.•|]{0,60}(?: ?[•|] ?[^.•|]{1,60}){0,5}",
    r"continue reading [“\"].{1,120}[”\"] ?[→»]?",
    r"(?:leave a comment|\d+ comments?) on [“\"].{1,120}[”\"]",
    # Picture credits: a label and names, or an agency at the end; never a caption, which is prose.
    rf"[(\[]?{_PICTURE}(?: credits?| courtesy| source| illustration)?(?: by|:| by:| courtesy of| ©|/)"
    rf" ?(?:by |courtesy of |© ?)?{_WORDS}[)\]]?",
    rf"[(\[]?{_PICTURE}(?: credits?| courtesy)?(?::| by) .{{0,140}}[/ ,(|]{_AGENCY}(?: photo| images)?[)\].]{{0,2}}",
    rf"[^(\[]{{1,140}}[(\[](?:{_AGENCY} )?(?:file )?{_PICTURE}(?: credits?| courtesy)?(?::| by|/| ©) ?"
    rf"(?:by |courtesy of )?{_WORDS}[)\]]\.?",
    rf"[(\[]?{_AGENCY}(?: file)? (?:photo|image|picture|video)s?(?: ?[/:|] ?{_WORDS})?[)\]]?",
    rf"[(\[]?{_AGENCY}/{_WORDS}[)\]]?",
    rf"[(\[]?(?:{_WORDS}[/ ,|]{{1,3}})?(?:via )?getty images[)\]]?",
    # Copyright: the sign and the year, or the words that lawyers close with.
    rf"(?:©|\(c\)|copyright(?: ©| \(c\))?) ?{_YEARS},? .{{0,80}}\ball rights reserved\b.{{0,100}}",
    rf"(?:copyright )?(?:©|\(c\)) ?(?:{_YEARS}(?:,? [^.]{{1,60}})?|[^.\d]{{1,40}} {_YEARS})\.?",
    rf"copyright {_YEARS} (?:by )?{_WORDS}\.?",
    r"all rights reserved\b.{0,100}|this material may not be published, broadcast.{0,60}",
)

# Signs of prose, which a promotion never has: quotation marks, or a verb of saying.
_SPOKEN = re.compile(r"[“”\"]|\b(?:said|says|told|asked|added|wrote)\b", re.IGNORECASE)
_SITE = re.compile("|".join(f"(?:{line})" for line in _SITE_LINES), re.IGNORECASE)
_LABELLED = re.compile("|".join(f"(?:{line})" for line in _LABELLED_LINES), re.IGNORECASE)

_CAPITAL = r"(?:(?:al|el|d|O)[-’'])?[^\W\d_a-z][\w’'\-]*"
_NAME_PART = rf"(?:(?:[^\W\d_a-z]\.)+|(?:Dr|Mr|Mrs|Ms|Jr|Sr|St|Prof|Sen|Rep|Gov|Gen|Col|Capt|Lt|Sgt)\.|{_CAPITAL})"
_PARTICLE = r"(?:de|del|della|der|den|di|da|dos|du|van|von|bin|bint|ibn|al|el|la|le|ter|ten|y)"
_NAME = rf"{_NAME_PART}(?:,? (?:{_PARTICLE} ){{0,2}}(?:Jr\.|Sr\.)|(?: {_PARTICLE}){{0,2}} {_NAME_PART}){{0,4}}"
_NAMES = rf"(?P<names>{_NAME}(?:(?:, {_NAME}){{0,4}},? (?:and|&) {_NAME})?)"
_BYLINE = re.compile(
    rf"(?P<how>(?i:by|(?:written|words|text|story|report|reported|posted|published) by)):? (?:the )?{_NAMES}"
    r"(?P<rest>(?: ?(?:\|\|?|[,;•·–—/]|-(?= ))| (?=for |in |at )).{1,80})?"
)
_CREDITED = r"(?i:(?:additional )?(?:reporting|writing|editing|compiled)(?: and (?:writing|editing))? by)"
_CREDIT = re.compile(
    rf"\(?{_CREDITED} {_NAMES}(?: in {_NAME}(?: and {_NAME} in {_NAME})?)?(?:; ?{_CREDITED} [^;]{{1,80}}){{0,3}}\.?\)?"
)

# Words that often follow "By" at the start of a sentence or headline, and are no names.
_NOT_NAMES = frozenset(
    "a an the this that these those any all no our my your his her its their then now when what doing using "
    "monday tuesday wednesday thursday friday saturday sunday january february march july september october november "
    "december spring summer autumn winter christmas easter new early late mid morning noon evening night midnight end "
    "day week month year land sea air rail road train bus car foot hand way means design default law order decree "
    "royal popular special invitation request appointment contrast comparison accident chance numbers".split()
)
# The names of one word that may follow a bare "By" in a byline.
_ONE_WORD_BYLINES = frozenset("reuters afp ap bloomberg yonhap xinhua kyodo cnn bbc staff".split())
# The small words of "Jane Doe, senior correspondent for the Herald in Seoul | 5 Jan 2026, 10:30 am | 4 min read".
_AFFILIATION_WORDS = frozenset(
    "of for in at the and by to on from with special staff senior chief deputy former freelance foreign political news "
    "writer reporter correspondent editor contributor columnist journalist producer updated published posted last min "
    "mins minute minutes read am pm a.m. p.m.".split()
)
# "CNN's Jane Doe and John Roe contributed to this report."
_CONTRIBUTED = re.compile(rf"(?:{_WORD}.{{0,150}}) contributed to this (?:report|story|article)\b.{{0,40}}")
_STOPS = tuple(".!?…:”\"')]»。！？")


def find_boilerplate(text: str) -> Boilerplate:
    """Find the lines of `text` that are not the story, and the author in its byline. A line ends at a line feed."""
    lines = text.split("\n")
    starts = [0, *accumulate(len(line) + 1 for line in lines)]
    filled = [number for number, line in enumerate(lines) if line and not line.isspace()]
    top, last_lines = set(filled[:BYLINE_LINES]), set(filled[-CREDIT_LINES:])
    ends = top | last_lines
    spans: list[Span] = []
    author = None
    last, before = -1, ""
    for number in filled:
        words = lines[number].strip()
        after = lines[number + 1].strip() if number + 1 < len(lines) else ""
        before = before if last == number - 1 else ""
        known = False
        if len(words) <= MAX_LINE and not after[:1].islower():  # a line that continues below is prose
            signed = _byline(words) if number in top else None
            signed = signed or (_credit(words) if number in ends else None)
            author = author or signed
            known = signed is not None or (not _may_go_on(before) and is_promotion(words))
            known = known or (number in last_lines and _CONTRIBUTED.fullmatch(words) is not None)
        if known:
            spans.append(Span(starts[number], min(starts[number + 1], len(text))))
        last, before = number, "" if known else words
    return Boilerplate(tuple(spans), author)


def strip_boilerplate(text: str) -> tuple[str, str | None]:
    """`text` without its boilerplate and without white space at either end, and the author if a byline names one."""
    found = find_boilerplate(text)
    pieces = [""]
    start = 0
    for span in (*found.spans, Span(len(text), len(text))):
        piece = text[start : span.start]
        if pieces[-1].endswith("\n\n"):  # keep only one of the blank lines around a removed line
            piece = piece.removeprefix("\n")
        if piece:
            pieces.append(piece)
        start = span.end
    return "".join(pieces).strip(), found.author


def _may_go_on(line: str) -> bool:
    """Whether the last sentence in `line` may continue in the next line."""
    return len(line) >= WRAPPED_LINE and not line.endswith(_STOPS)


def is_promotion(line: str) -> bool:
    """Whether a line of at most MAX_LINE characters is a promotion, a button, a link, a credit or a notice."""
    return bool(_LABELLED.fullmatch(line) or (_SITE.fullmatch(line) and not _SPOKEN.search(line)))


def _byline(line: str) -> str | None:
    """The names in a byline such as "By Jane Doe and John Roe, CNN"; None if `line` is not a byline."""
    match = _BYLINE.fullmatch(line)
    if not match or line.endswith(".") and not line.endswith(("Jr.", "Sr.", "a.m.", "p.m.")):
        return None
    names, rest = match["names"], match["rest"] or ""
    name_words = names.casefold().split()
    one_word = len(name_words) == 1 and match["how"].casefold() == "by"
    if one_word and name_words[0] not in _ONE_WORD_BYLINES or not _NOT_NAMES.isdisjoint(name_words):
        return None
    words_after = re.findall(r"[^\s|,;•·–—/()-]+", rest)
    if any(word[0].islower() and word not in _AFFILIATION_WORDS for word in words_after):
        return None
    return names


def _credit(line: str) -> str | None:
    """The reporters in a news agency's credit such as "(Reporting by Jane Doe; Editing by John Roe)"."""
    match = _CREDIT.fullmatch(line)
    return match["names"] if match else None
