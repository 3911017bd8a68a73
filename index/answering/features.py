"""The features of the learned ranker: a row of numbers for each of a question's best sentences.

There are four kinds: the signals of the search (cosines, MaxSim, BM25, shares of words), each also as its distance from
the best; what the sentence offers (numbers, dates, names, places, reasons, speech), compared with what the question
asks for; the position of the sentence; and its form. The only words that features know are the lists below, so the
ranker cannot memorize a text.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from index.answering.question import Question
from index.answering.rarity import Rarity
from index.answering.search import RankedSentence, Signals
from index.storage.seam import Snapshot
from index.types import Floats
from index.words import STOP_WORDS, terms, words

KINDS = ("who", "when", "where", "number", "why", "how", "yes or no", "what")
"""What a question asks for, judged by its words."""

LOOKED_AT = 2_000
"""How many characters of a sentence are examined. The longest sentence of newsqa-dev has 439, but one of a broken text
may have ten times this limit."""

_MONTHS = (
    "January|February|March|April|May|June|July|August|September|October|November|December"
    "|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec"
)
_DATE = re.compile(
    rf"\b(?:1[0-9]\d\d|20\d\d)s?\b|\b(?:{_MONTHS})\b|\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b"
    r"|\b(?:yesterday|today|tonight|tomorrow|ago|century|decade|(?:last|next|this|past) (?:week|month|year|night|summer"
    r"|spring|fall|autumn|winter)|(?:in|by|until|since|during) the (?:morning|evening|afternoon|night)|noon|midnight"
    r"|a\.m\.|p\.m\.|days?|weeks?|months?|years?|hours?|minutes?)\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(
    r"\d+|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozens?|twenty|thirty|forty|fifty|sixty"
    r"|seventy|eighty|ninety|hundreds?|thousands?|millions?|billions?|half|quarter|third|twice|once|couple|several|many"
    r"|percent|zero|single|double)\b|[$£€¥%]",
    re.IGNORECASE,
)
_REASON = re.compile(
    r"\b(?:because|due to|thanks to|since|so that|in order to|as a result|after|therefore|thus|reasons?|caus(?:e|ed|es"
    r"|ing)|led to|owing to|blam(?:e|ed|es|ing)|in response|for fear|why|prompted|so)\b|\bto [a-z]+",
    re.IGNORECASE,
)
_PLACE = re.compile(
    r"\b(?:in|at|near|from|to|of|outside|across|around|between|north|south|east|west|on) (?:the )?[A-Z]"
)
_MANNER = re.compile(r"\b(?:by [a-z]+ing|by|through|using|with|via|[a-z]{3,}ly)\b")
_SPEECH = re.compile(
    r"\b(?:said|says|told|asked|added|according to|wrote|announced|claim(?:ed|s)|argued|called|explained|warned"
    r"|insisted|stated|believe[sd]?|think|thinks)\b",
    re.IGNORECASE,
)
_ROLE = re.compile(
    r"\b(?:president|minister|spokes(?:man|woman|person)|chief|director|officials?|police|officers?|judge|lawyer|attorney"
    r"|leader|author|actor|actress|singer|coach|manager|chairman|captain|king|queen|prince|princess|secretary|senator"
    r"|doctor|professor|founder|owner|wife|husband|son|daughter|father|mother|brother|sister|Mr|Mrs|Ms|Dr|Sen|Gov|Rep)\b",
    re.IGNORECASE,
)
_PRONOUN = re.compile(r"\W*(?:he|she|they|it|this|that|these|those|his|her|their|its|but|and|so|we|i|you)\b", re.I)
_CAPITALIZED = re.compile(r"\b[A-Z][\w’'-]*")
_QUOTATION = re.compile(r"[\"“”]")
_NUMBER_NOUNS = frozenset(
    "number amount percentage percent age price cost population score rate size height length distance speed weight"
    " total share temperature sum salary budget".split()
)
_TIME_NOUNS = frozenset("year date day time month century decade season period week hour era".split())
_PLACE_NOUNS = frozenset(
    "city country state place town county village location region area island continent street nation province river"
    " airport hospital university school".split()
)
_PERSON_NOUNS = frozenset(
    "person man woman people president actor actress singer author leader player artist writer name director minister"
    " coach company group team organization band official member politician wife husband".split()
)
_AUXILIARIES = frozenset(
    "is are was were do does did has have had can could will would should may might must am isn aren wasn weren don"
    " doesn didn hasn haven won wouldn".split()
)
_UNITS_OF_TIME = frozenset("day days week weeks month months year years hour hours minute minutes ago".split())
_MEASURES = frozenset("many much long old far tall high big large often fast deep heavy wide soon young".split())


def kind_of(question: str) -> str:
    """Which of KINDS the question is. If it has several parts, the first one's."""
    return kinds_of(question)[0]


def kinds_of(question: str) -> tuple[str, ...]:
    """The kind of each part of the question, in order, without repetitions: "who" and "when" for "Who … and when …"."""
    said = words(question)
    found = dict.fromkeys(_kind(word, said[number + 1 : number + 4]) for number, word in enumerate(said))
    found.pop("", None)
    return tuple(found) or ("yes or no" if said and said[0] in _AUXILIARIES else "what",)


def _kind(word: str, after: Sequence[str]) -> str:
    """The kind that a question word with the words after it asks for; "" if it is no question word."""
    if word in ("who", "whom", "whose"):
        return "who"
    if word in ("when", "where", "why"):
        return word
    if word == "how":
        return "number" if after and after[0] in _MEASURES else "how"
    if word not in ("what", "which"):
        return ""
    for nouns, kind in (
        (_NUMBER_NOUNS, "number"), (_TIME_NOUNS, "when"), (_PLACE_NOUNS, "where"), (_PERSON_NOUNS, "who"),
    ):  # fmt: skip
        if nouns.intersection(after):
            return kind
    return "what"


def facts_of(text: str, kind: str, question: str) -> frozenset[str]:
    """The dates, numbers or names in `text` that are not in the question, if it asks for one of these; else nothing.

    Two sentences with the same ones give the same answer.
    """
    text, asked = text[:LOOKED_AT], set(words(question))
    if kind == "when":
        return frozenset(match[0].lower() for match in _DATE.finditer(text)) - asked - _UNITS_OF_TIME
    if kind == "number":
        return frozenset(match[0].lower() for match in _NUMBER.finditer(text)) - asked
    if kind == "who":
        said = text.split()
        return frozenset(w for number in _new_names(text, asked) for w in words(said[number]))
    return frozenset()


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The parts of a question that are compared with every sentence; computed once per question."""

    kind: str
    words: frozenset[str]
    terms: frozenset[str]
    name_terms: frozenset[str]
    numbers: frozenset[str]
    pairs: frozenset[tuple[str, str]]
    length: int

    @classmethod
    def of(cls, question: Question) -> "_Wanted":
        said = words(question.text)
        capitalized = [match[0] for match in _CAPITALIZED.finditer(question.text)]
        names = {w for name in capitalized for w in words(name) if w not in STOP_WORDS and w not in _AUXILIARIES}
        return cls(
            kind_of(question.text),
            frozenset(said),
            frozenset(question.terms),
            frozenset(term for name in names for term in terms(name)),
            frozenset(w for w in said if w[0].isdigit()),
            frozenset(pairwise(terms(question.text))),
            len(question.terms),
        )


_CUES = (
    "offers what is asked", "offers a number", "offers a date", "offers a name", "offers a person", "offers a place",
    "offers a reason", "offers a manner", "is said", "is quoted", "has a role", "opens with a pronoun", "asks",
    "ends without a stop", "words", "share of names", "share of names nearby", "share of numbers", "share of pairs",
    "share of words", "sentence bm25", "new terms", "position", "among the first", "is alone", "question's terms",
)  # fmt: skip
_COMPARED = ("sentence_cosine", "maxsim", "maxsim_plain", "maxsim_least", "maxsim_nearby", "maxsim_passage", "answer",
             "passage_cosine", "passage_bm25", "nearby", "coverage")  # fmt: skip
_NEIGHBOURS = ("cosine before", "cosine after", "answer before", "answer after", "maxsim before", "maxsim after")
_CROWD = ("article's share", "article's best", "score", "score below best", "rank", "best in its passage")

FEATURES = (
    *Signals._fields, *(f"{name} below best" for name in _COMPARED), *_NEIGHBOURS, *_CROWD, *_CUES,
    *(f"asks {kind}" for kind in KINDS),
)  # fmt: skip
"""The names of the columns."""


def features(sentences: Sequence[RankedSentence], question: Question, rarity: Rarity) -> Floats:
    """The features, float32 (n, len(FEATURES)): a row for each sentence. `sentences` must be ordered by score."""
    wanted = _Wanted.of(question)
    signals = np.array([sentence.signals for sentence in sentences], dtype=np.float32)
    compared = signals[:, [Signals._fields.index(name) for name in _COMPARED]]
    cues = np.array([_cues(sentence, wanted, question, rarity) for sentence in sentences])
    kinds = np.tile(np.array([wanted.kind == kind for kind in KINDS], dtype=np.float32), (len(sentences), 1))
    columns = (
        signals,
        compared - compared.max(axis=0),
        _neighbours(sentences),
        _crowd(sentences),
        cues,
        kinds,
    )
    return np.concatenate(columns, axis=1).astype(np.float32)


def _neighbours(sentences: Sequence[RankedSentence]) -> Floats:
    """The signals of the sentence before and the sentence after, or 0 if those are not among the sentences."""
    places = {s.place: s.signals for s in sentences}
    rows = []
    for s in sentences:
        before = places.get(s.place.beside(-1))
        after = places.get(s.place.beside(1))
        rows.append(
            [
                value
                for name in ("sentence_cosine", "answer", "maxsim")
                for value in (getattr(before, name, 0.0), getattr(after, name, 0.0))
            ]
        )
    return np.array(rows, dtype=np.float32)


def _crowd(sentences: Sequence[RankedSentence]) -> Floats:
    """How a sentence compares with the others: the share of its article in all scores, and its own rank."""
    scores = np.array([s.score for s in sentences], dtype=np.float32)
    shares = np.exp((scores - scores.max()) * 4)
    shares /= shares.sum()
    by_article: dict[tuple[Snapshot, str], float] = defaultdict(float)
    best_of_article: dict[tuple[Snapshot, str], float] = defaultdict(lambda: -math.inf)
    best_of_passage: dict[tuple[Snapshot, int], float] = defaultdict(lambda: -math.inf)
    for s, share, score in zip(sentences, shares.tolist(), scores.tolist(), strict=True):
        article, passage = (s.snapshot, s.article_id), (s.snapshot, s.candidate.stored.id)
        by_article[article] += share
        best_of_article[article] = max(best_of_article[article], score)
        best_of_passage[passage] = max(best_of_passage[passage], score)
    best = float(scores.max())
    rows = [
        (
            by_article[s.snapshot, s.article_id],
            best_of_article[s.snapshot, s.article_id] - best,
            score,
            score - best,
            1 / (number + 1),
            float(score == best_of_passage[s.snapshot, s.candidate.stored.id]),
        )
        for number, (s, score) in enumerate(zip(sentences, scores.tolist(), strict=True))
    ]
    return np.array(rows, dtype=np.float32)


def _cues(ranked: RankedSentence, wanted: _Wanted, question: Question, rarity: Rarity) -> list[float]:
    _, sentences = ranked.snapshot.with_sentences(ranked.article_id)
    whole = ranked.read_text()
    text = whole[:LOOKED_AT]
    said = words(text)
    lines = ranked.candidate.stored.terms
    own = lines[ranked.row]
    present = set(own)
    around = {term for line in lines[max(ranked.row - 1, 0) : ranked.row + 2] for term in line}
    number_found = any(
        number not in wanted.words for match in _NUMBER.finditer(text) for number in (words(match[0]) or ["%"])
    )
    date_found = any(match[0].lower() not in wanted.words for match in _DATE.finditer(text))
    new_names = list(_new_names(text, wanted.words))
    role = bool(_ROLE.search(text))
    person = role or any(second - first == 1 for first, second in pairwise(new_names))
    place = any(True for match in _PLACE.finditer(text) if _word_at(text, match.end() - 1) not in wanted.words)
    reason, manner = bool(_REASON.search(text)), bool(_MANNER.search(text))
    offers = {
        "who": bool(new_names) or person, "when": date_found, "where": place, "number": number_found, "why": reason,
        "how": manner,
    }.get(wanted.kind, False)  # fmt: skip
    counts = Counter(own)
    return [
        float(offers), float(number_found), float(date_found), math.log1p(len(new_names)), float(person), float(place),
        float(reason), float(manner), float(bool(_SPEECH.search(text))), float(bool(_QUOTATION.search(text))),
        float(role), float(bool(_PRONOUN.match(text))), float(whole.endswith("?")),
        float(whole[-1:].isalnum()), math.log1p(len(said)),
        _share(wanted.name_terms, present, rarity), _share(wanted.name_terms, around, rarity),
        len(wanted.numbers.intersection(said)) / max(len(wanted.numbers), 1),
        len(wanted.pairs.intersection(pairwise(own))) / max(len(wanted.pairs), 1),
        _share(wanted.terms, present, rarity),
        sum(rarity.idf(term) * counts[term] / (counts[term] + 0.5 + 0.05 * len(own)) for term in question.terms),
        math.log1p(sum(term not in wanted.terms for term in counts)),
        ranked.number / max(len(sentences), 1), 1 / (1 + ranked.number), float(len(lines) == 1), float(wanted.length),
    ]  # fmt: skip


def _new_names(text: str, asked: Set[str]) -> Iterator[int]:
    """The indexes of the words in the text that are capitalized and not in `asked`; the first word is skipped."""
    for number, word in enumerate(text.split()):
        bare = word.strip("\"'“”‘’()[],.;:!?—–-")
        if number and bare[:1].isupper() and not asked & set(words(bare)):
            yield number


def _word_at(text: str, start: int) -> str:
    found = words(text[start : start + 40])
    return found[0] if found else ""


def _share(wanted: Set[str], present: Set[str], rarity: Rarity) -> float:
    """The share of `wanted` that is in `present`, weighted by rarity; 0 if `wanted` is empty."""
    total = sum(rarity.idf(term) for term in wanted)
    return sum(rarity.idf(term) for term in wanted & present) / total if total else 0.0
