"""The features of the learned ranker: a row of numbers for each of a question's best sentences.

There are five kinds: the signals of the search (cosines, MaxSim, BM25, shares of words), each also as its distance from
the best; what the sentence offers (`cues.py`: numbers, dates, names, places, reasons, speech), compared with what the
question asks for; the position of the sentence; its form; and, where
there are several languages, which of them it is in. The only words that features know are the lists below and
those of the cues, so the ranker cannot memorize a text.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.answering.block import numbers_of
from index.answering.cues import FORMS, CueTable, Mark, are_current, cues_of, pack_cues
from index.answering.lists import Lists
from index.answering.question import Question
from index.answering.rarity import Rarity
from index.answering.search import Found, RankedSentence, Signals
from index.languages import ENGLISH, Edges, any_of, language
from index.types import Floats
from index.words import STOP_WORDS, words

KINDS = ("who", "when", "where", "number", "why", "how", "yes or no", "what")
"""What a question asks for, judged by its words."""

_CAPITALIZED = re.compile(r"\b[A-Z][\w’'-]*")
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
_MEASURES = frozenset("many much long old far tall high big large often fast deep heavy wide soon young".split())


def kind_of(question: str, code: str = ENGLISH) -> str:
    """Which of KINDS the question is. If it has several parts, the first one's."""
    return kinds_of(question, code)[0]


def kinds_of(question: str, code: str = ENGLISH) -> tuple[str, ...]:
    """The kind of each part of the question, in order, without repetitions: "who" and "when" for "Who … and when …".

    `code` is the language of the question.
    """
    if code != ENGLISH:
        return _kinds_in(question, code)
    said = words(question)
    found = dict.fromkeys(_kind(word, said[number + 1 : number + 4]) for number, word in enumerate(said))
    found.pop("", None)
    return tuple(found) or ("yes or no" if said and said[0] in _AUXILIARIES else "what",)


def _kinds_in(question: str, code: str) -> tuple[str, ...]:
    """The same by the table of a language. Of question words at one place ("wie", "wie viele") the longest counts."""
    spoken = language(code)
    found = [
        (match.start(), -match.end(), kind)
        for kind, asking in spoken.asks.items()
        for match in any_of(asking, spoken.edges).finditer(question)
    ]
    kinds: dict[str, None] = {}
    end = 0
    for start, before, kind in sorted(found):
        if start >= end:
            kinds[kind], end = None, -before
    return tuple(kinds) or ("what",)


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


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The parts of a question that are compared with sentences; computed once per question.

    words, figures: the numbers of its words, and of those that start with a digit
    terms, names:   its terms, and the terms of its capitalized words
    pairs:          its pairs of terms that follow each other
    """

    kind: str
    words: NDArray[np.uint32]
    figures: NDArray[np.uint32]
    terms: tuple[str, ...]
    names: tuple[str, ...]
    pairs: NDArray[np.uint64]

    @classmethod
    def of(cls, question: Question) -> "_Wanted":
        said = dict.fromkeys(words(question.text, question.language))
        in_order = numbers_of(question.terms_of(question.text))
        return cls(
            kind_of(question.text, question.language),
            numbers_of(said),
            numbers_of(word for word in said if word[0].isdigit()),
            question.terms,
            tuple(dict.fromkeys(_named(question))),
            np.unique(Lists(in_order, np.array([len(in_order)])).pairs().values),
        )


def _named(question: Question) -> Iterator[str]:
    """The terms of the question's capitalized words; none where nouns have capitals."""
    if language(question.language).nouns_have_capitals:
        return
    for match in _CAPITALIZED.finditer(question.text):
        for word in words(match[0], question.language):
            if word not in STOP_WORDS and word not in _AUXILIARIES:
                yield from question.terms_of(word)


_CUES = (
    "offers what is asked", "offers a number", "offers a date", "offers a name", "offers a person", "offers a place",
    *FORMS, "words", "share of names", "share of names nearby", "share of numbers", "share of pairs", "share of words",
    "sentence bm25", "new terms", "position", "among the first", "is alone", "question's terms",
)  # fmt: skip
_COMPARED = ("sentence_cosine", "maxsim", "maxsim_plain", "maxsim_least", "maxsim_nearby", "maxsim_passage", "answer",
             "passage_cosine", "passage_bm25", "nearby", "coverage")  # fmt: skip
_NEIGHBOURS = ("cosine before", "cosine after", "answer before", "answer after", "maxsim before", "maxsim after")
_CROWD = ("article's share", "article's best", "score", "score below best", "rank", "best in its passage")

_LANGUAGES = ("in another language", "in pairs of characters")

ENGLISH_FEATURES = (
    *Signals._fields, *(f"{name} below best" for name in _COMPARED), *_NEIGHBOURS, *_CROWD, *_CUES,
    *(f"asks {kind}" for kind in KINDS),
)  # fmt: skip
"""The names of the columns that tell something of English questions on English articles."""

FEATURES = (*ENGLISH_FEATURES, *_LANGUAGES)
"""The names of all columns."""


def features(sentences: Sequence[RankedSentence], question: Question, rarity: Rarity) -> Floats:
    """The features, float32 (n, len(FEATURES)): a row for each sentence.

    The sentences, of which there must be one, are of one search and ordered by score.
    """
    found, rows = sentences[0].found, np.array([sentence.row for sentence in sentences])
    scores = np.array([sentence.score for sentence in sentences], dtype=np.float32)
    signals = found.signals[rows].astype(np.float32)
    compared = signals[:, [Signals._fields.index(name) for name in _COMPARED]]
    wanted, table = _Wanted.of(question), _read_cues(sentences, found)
    cues = _offers(table, wanted) | _wording(found, rows, wanted, rarity) | _position(found, rows, table.in_article)
    cues["question's terms"] = np.full(len(rows), len(wanted.terms))
    kinds = np.tile(np.array([wanted.kind == kind for kind in KINDS], dtype=np.float32), (len(rows), 1))
    columns = (
        signals,
        compared - compared.max(axis=0),
        _neighbours(found, rows, signals),
        _crowd(found, rows, scores),
        np.stack([cues[name] for name in _CUES], axis=1),
        kinds,
        _languages(sentences, question),
    )
    return np.concatenate(columns, axis=1).astype(np.float32)


def _neighbours(found: Found, rows: NDArray[np.int64], signals: Floats) -> Floats:
    """The signals of the sentence before and the sentence after, or 0 if those are not among the sentences."""
    places = found.articles[rows] << 32 | found.numbers[rows]
    told = signals[:, [Signals._fields.index(name) for name in ("sentence_cosine", "answer", "maxsim")]]
    order = np.argsort(places)
    beside = []
    for distance in (-1, 1):
        near = order[np.searchsorted(places, places + distance, sorter=order).clip(max=len(rows) - 1)]
        beside.append(np.where((places[near] == places + distance)[:, np.newaxis], told[near], 0))
    return np.stack(beside, axis=2).reshape(len(rows), len(_NEIGHBOURS))


def _languages(sentences: Sequence[RankedSentence], question: Question) -> NDArray[np.bool_]:
    """Whether a sentence is in another language than the question, and whether the question's terms are pairs.

    In another language a sentence that answers has few of the terms; where terms are pairs, it has some of them by
    chance, and lacks those that join two words.
    """
    is_foreign = [sentence.candidate.stored.language != question.language for sentence in sentences]
    in_pairs = language(question.language).edges is not Edges.BOTH
    return np.stack([np.array(is_foreign), np.full(len(sentences), in_pairs)], axis=1)


def _crowd(found: Found, rows: NDArray[np.int64], scores: Floats) -> NDArray[np.float64]:
    """How a sentence compares with the others: the share of its article in all scores, and its own rank."""
    articles, passages = found.articles[rows], found.passages[rows]
    shares = np.exp((scores - scores.max()) * 4)
    best_of_article = np.full(articles.max() + 1, -np.inf)
    np.maximum.at(best_of_article, articles, scores)
    best_of_passage = np.full(passages.max() + 1, -np.inf)
    np.maximum.at(best_of_passage, passages, scores)
    columns = (
        np.bincount(articles, weights=shares / shares.sum())[articles],
        best_of_article[articles] - scores.max(),
        scores,
        scores - scores.max(),
        1 / np.arange(1, len(rows) + 1),
        scores == best_of_passage[passages],
    )
    return np.stack(columns, axis=1)


def _read_cues(sentences: Sequence[RankedSentence], found: Found) -> CueTable:
    """The cues of the sentences as they are stored, or, where there are none of the present rules, made of the text."""
    packed: list[bytes] = []
    rows: list[int] = []
    starts: dict[int, int] = {}
    size = 0
    for sentence in sentences:
        passage, stored = int(found.passages[sentence.row]), sentence.candidate.stored
        if not are_current(stored.cues):
            article, of_article = sentence.snapshot.with_sentences(sentence.article_id)
            cues = cues_of(sentence.read_text(), article.language or ENGLISH)
            packed.append(pack_cues([cues], len(of_article)))
            rows.append(size)
            size += 1
            continue
        if passage not in starts:
            packed.append(stored.cues)
            starts[passage] = size
            size += int(found.block.sizes[passage])
        rows.append(starts[passage] + sentence.number - stored.passage.first)
    return CueTable.of(packed, np.array(rows))


def _offers(cues: CueTable, wanted: _Wanted) -> dict[str, NDArray[Any]]:
    """What the sentences offer that the question does not have itself."""
    marks, owners, count = cues.marks.values, cues.marks.owners, len(cues.words)
    is_asked = np.isin(marks["word"], wanted.words)

    def how_many(chosen: NDArray[np.bool_]) -> NDArray[np.int64]:
        return np.bincount(owners[chosen], minlength=count)

    is_number, is_date, is_name, is_place, is_figure = (marks["kind"] == kind for kind in Mark)
    number, date, place = (how_many(marked & ~is_asked) > 0 for marked in (is_number, is_date, is_place))
    names = owners << 16 | marks["index"]
    new_names = np.setdiff1d(names[is_name], names[is_name & is_asked])
    pairs = new_names[1:][np.diff(new_names) == 1]
    form = dict(zip(FORMS, cues.form.T, strict=True))
    name_count = np.bincount(new_names >> 16, minlength=count)
    person = form["has a role"] | (np.bincount(pairs >> 16, minlength=count) > 0)
    offered = {
        "who": (name_count > 0) | person, "when": date, "where": place, "number": number,
        "why": form["offers a reason"], "how": form["offers a manner"],
    }  # fmt: skip
    return form | {
        "offers what is asked": offered.get(wanted.kind, np.zeros(count)),
        "offers a number": number,
        "offers a date": date,
        "offers a name": np.log1p(name_count),
        "offers a person": person,
        "offers a place": place,
        "words": np.log1p(cues.words),
        "share of numbers": how_many(is_figure & is_asked) / max(len(wanted.figures), 1),
    }


def _wording(found: Found, rows: NDArray[np.int64], wanted: _Wanted, rarity: Rarity) -> dict[str, NDArray[Any]]:
    """How much of the question's terms the sentences have, and how much else."""
    block, asked, at = found.block, len(wanted.terms), found.rows[rows]
    counts = block.terms.count(numbers_of((*wanted.terms, *wanted.names)))
    nearby = block.with_neighbours(counts > 0)[at]
    counts, own = counts[at], block.terms.take(at)
    present, times = counts > 0, counts[:, :asked]
    length = own.lengths[:, np.newaxis]
    return {
        "share of names": rarity.share(wanted.names, present[:, asked:]),
        "share of names nearby": rarity.share(wanted.names, nearby[:, asked:]),
        "share of words": rarity.share(wanted.terms, present[:, :asked]),
        "share of pairs": (own.pairs().count(wanted.pairs) > 0).sum(axis=1) / max(len(wanted.pairs), 1),
        "sentence bm25": (rarity.idfs(wanted.terms) * times / (times + 0.5 + 0.05 * length)).sum(axis=1),
        "new terms": np.log1p(own.distinct() - present[:, :asked].sum(axis=1)),
    }


def _position(found: Found, rows: NDArray[np.int64], in_article: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
    """Where the sentences are; `in_article` (n,) is how many sentences the article of each has."""
    numbers = found.numbers[rows]
    return {
        "position": numbers / np.maximum(in_article, 1),
        "among the first": 1 / (1 + numbers),
        "is alone": found.block.sizes[found.passages[rows]] == 1,
    }
