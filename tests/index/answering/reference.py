"""What a search finds, worked out sentence by sentence from the texts, in plain Python: slow, and easy to check.

`index/answering` computes the same in arrays, from numbers that were stored at indexing.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from index.answering import cues
from index.answering.features import _AUXILIARIES, _CAPITALIZED, KINDS, kind_of
from index.answering.matching import term_around
from index.answering.question import Question
from index.answering.rarity import Rarity
from index.answering.search import Signals
from index.answering.tuning import Tuning
from index.storage.seam import Snapshot
from index.storage.types import StoredPassage
from index.types import Floats, Passage
from index.words import STOP_WORDS, terms, words
from tests.encoder import dequantize

Place = tuple[Snapshot, str, int]

NUMBER, DATE, REASON, SPEECH, ROLE = (
    re.compile(pattern.pattern, re.IGNORECASE)
    for pattern in (cues._NUMBER, cues._DATE, cues._REASON, cues._SPEECH, cues._ROLE)
)


@dataclass(frozen=True)
class PlainPassage:
    """A candidate."""

    snapshot: Snapshot
    stored: StoredPassage
    lines: list[list[str]]
    cosine: float
    bm25: float
    coverage: float


@dataclass(frozen=True)
class PlainSentence:
    """A sentence of a candidate."""

    candidate: PlainPassage
    line: int
    passage: Passage
    signals: Signals
    likeness: float = 0.0

    @property
    def number(self) -> int:
        return self.candidate.stored.passage.first + self.line

    @property
    def place(self) -> Place:
        return self.candidate.snapshot, self.candidate.stored.article_id, self.number


# The search


def passages_of(
    snapshots: Sequence[Snapshot], ids: dict[Snapshot, Sequence[int]], question: Question, rarity: Rarity
) -> list[PlainPassage]:
    """The passages with those ids, with their cosines and words, in any order."""
    found = []
    for snapshot in snapshots:
        for stored in snapshot.passages(list(ids[snapshot])):
            article, sentences = snapshot.with_sentences(stored.article_id)
            start, end = stored.passage.start, stored.passage.end
            inside = sentences[stored.passage.first : stored.passage.last + 1]
            lines = [terms(article.text[max(s.start, start) : min(s.end, end)]) for s in inside]
            said = terms(article.title) + [term for line in lines for term in line]
            cosine = float(stored.vector @ question.encoding.vector)
            bm25, coverage = _bm25(said, question, rarity, Tuning()), _coverage(question, set(said), rarity)
            found.append(PlainPassage(snapshot, stored, lines, cosine, bm25, coverage))
    return found


def _bm25(said: Sequence[str], question: Question, rarity: Rarity, tuning: Tuning) -> float:
    length = 1 - tuning.bm25_b + tuning.bm25_b * len(said) / max(rarity.mean_length, 1e-9)
    score = 0.0
    for term in question.terms:
        if count := said.count(term):
            score += rarity.idf(term) * count * (tuning.bm25_k1 + 1) / (count + tuning.bm25_k1 * length)
    return score


def _coverage(question: Question, present: set[str], rarity: Rarity) -> float:
    total = sum(rarity.idf(term) for term in question.terms)
    return sum(rarity.idf(term) for term in question.terms if term in present) / total if total else 0.0


def best_passages(passages: Sequence[PlainPassage], tuning: Tuning) -> list[PlainPassage]:
    best = max((p.bm25 for p in passages), default=0.0) or 1.0
    fused = sorted(passages, key=lambda p: p.cosine + tuning.passage_words * p.bm25 / best, reverse=True)
    return fused[: tuning.candidates]


def finds_of(
    candidates: Sequence[PlainPassage], question: Question, rarity: Rarity
) -> dict[Place, list[PlainSentence]]:
    """The sentences of the candidates by their places; one that is in two passages is found twice."""
    found: dict[Place, list[PlainSentence]] = defaultdict(list)
    for candidate in candidates:
        encoding = candidate.stored.encoding
        matches = _matches(question, rarity, encoding.tokens, encoding.token_counts.tolist())
        for line, match in enumerate(matches):
            cosine = float(encoding.sentences[line] @ question.encoding.vector)
            nearby = _coverage(question, _around(candidate.lines, line), rarity)
            signals = Signals(cosine, candidate.cosine, candidate.bm25, *match, candidate.coverage, nearby)
            sentence = PlainSentence(candidate, line, candidate.stored.passage, signals)
            found[sentence.place].append(sentence)
    return found


def joined(finds: Sequence[PlainSentence], best: PlainSentence, best_bm25: float) -> PlainSentence:
    """The finds of one sentence as one, in the passage of the `best`, with the higher value of each signal."""
    spans = [find.passage for find in finds]
    both = Passage(
        min(span.start for span in spans), max(span.end for span in spans), min(span.first for span in spans),
        max(span.last for span in spans),
    )  # fmt: skip
    signals = Signals(*map(max, zip(*(find.signals for find in finds), strict=True)))
    return PlainSentence(best.candidate, best.line, both, signals, _likeness(signals, best_bm25 or 1.0, Tuning()))


def _around(lines: Sequence[Sequence[str]], line: int) -> set[str]:
    return {term for near in lines[max(line - 1, 0) : line + 2] for term in near}


def _likeness(signals: Signals, best_bm25: float, tuning: Tuning) -> float:
    return (
        signals.sentence_cosine
        + tuning.maxsim * signals.maxsim
        + tuning.passage_cosine * signals.passage_cosine
        + tuning.passage_share * signals.passage_bm25 / best_bm25
        + tuning.nearby * signals.nearby
    )


def _matches(question: Question, rarity: Rarity, tokens: Floats, counts: Sequence[int]) -> list[list[float]]:
    """The signals of matching the tokens of each sentence of a passage."""
    asked = question.encoding
    if not asked.token_spans:
        return [[0.0] * 6 for _ in counts]
    of_tokens = [term_around(question.text, span) for span in asked.token_spans]
    weights = [e * rarity.weight(term) for e, term in zip(asked.emphasis, of_tokens, strict=True)]
    content = [i for i, term in enumerate(of_tokens) if term is not None] or list(range(len(of_tokens)))
    signs, best, answers, start = dequantize(tokens, asked.tokens.shape[1]), [], [], 0
    for count in counts:
        inside = signs[start : start + count]
        start += count
        best.append([max(inside @ row) if count else 0.0 for row in asked.tokens])
        answers.append(0.0)
        if count and asked.answer is not None:
            likely = [t @ asked.answer - asked.repeats * max(0.0, max(asked.tokens @ t)) for t in inside]
            answers[-1] = math.log(sum(math.exp(min(max(value, -30), 30)) for value in likely))
    rows = []
    for line, own in enumerate(best):
        wide = np.max(best[max(line - 1, 0) : line + 2], axis=0)
        meant = [own[i] for i in content]
        rows.append([
            float(np.average(own, weights=weights)), float(np.mean(meant)), float(min(meant)),
            float(np.average(wide, weights=weights)), float(np.average(np.max(best, axis=0), weights=weights)),
            answers[line],
        ])  # fmt: skip
    return rows


# The features


def features_of(
    places: Sequence[Place],
    scores: Sequence[float],
    found: dict[Place, PlainSentence],
    question: Question,
    rarity: Rarity,
) -> list[dict[str, float]]:
    """The features of the sentences at those places, which are ordered by their scores, by name."""
    ranked = [found[place] for place in places]
    rows = []
    best = {name: max(getattr(s.signals, name) for s in ranked) for name in Signals._fields}
    shares = [math.exp((score - max(scores)) * 4) for score in scores]
    of_article: dict[object, float] = defaultdict(float)
    best_of_article: dict[object, float] = defaultdict(lambda: -math.inf)
    best_of_passage: dict[object, float] = defaultdict(lambda: -math.inf)
    for place, sentence, share, score in zip(places, ranked, shares, scores, strict=True):
        passage = place[0], sentence.candidate.stored.id
        of_article[place[:2]] += share / sum(shares)
        best_of_article[place[:2]] = max(best_of_article[place[:2]], score)
        best_of_passage[passage] = max(best_of_passage[passage], score)
    for number, (place, sentence, score) in enumerate(zip(places, ranked, scores, strict=True)):
        row: dict[str, float] = dict(sentence.signals._asdict())
        row |= {f"{name} below best": value - best[name] for name, value in sentence.signals._asdict().items()}
        for where, distance in (("before", -1), ("after", 1)):
            near = (*place[:2], place[2] + distance)
            beside = found[near].signals if near in places else None
            row[f"cosine {where}"] = beside.sentence_cosine if beside else 0.0
            row[f"answer {where}"] = beside.answer if beside else 0.0
            row[f"maxsim {where}"] = beside.maxsim if beside else 0.0
        row |= {
            "article's share": of_article[place[:2]],
            "article's best": best_of_article[place[:2]] - max(scores),
            "score": score,
            "score below best": score - max(scores),
            "rank": 1 / (number + 1),
            "best in its passage": float(score == best_of_passage[place[0], sentence.candidate.stored.id]),
        }
        row |= _cues(sentence, question, rarity)
        row |= {f"asks {kind}": float(kind_of(question.text) == kind) for kind in KINDS}
        article, _ = place[0].with_sentences(place[1])
        row |= {
            "in another language": float(article.language != question.language),
            "in pairs of characters": float(question.language in ("ja", "ko", "th", "zh")),
        }
        rows.append(row)
    return rows


def _cues(sentence: PlainSentence, question: Question, rarity: Rarity) -> dict[str, float]:
    article, sentences = sentence.candidate.snapshot.with_sentences(sentence.candidate.stored.article_id)
    span = sentences[sentence.number]
    own = sentence.candidate.lines[sentence.line]
    present, around, counts = set(own), _around(sentence.candidate.lines, sentence.line), Counter(own)
    pairs = set(pairwise(terms(question.text)))
    capitalized = [match[0] for match in _CAPITALIZED.finditer(question.text)]
    names = {w for name in capitalized for w in words(name) if w not in STOP_WORDS and w not in _AUXILIARIES}
    name_terms = {term for name in names for term in terms(name)}
    bm25 = sum(rarity.idf(term) * counts[term] / (counts[term] + 0.5 + 0.05 * len(own)) for term in question.terms)
    return offers(article.text[span.start : span.end], question.text) | {
        "share of names": _share(name_terms, present, rarity),
        "share of names nearby": _share(name_terms, around, rarity),
        "share of pairs": len(pairs.intersection(pairwise(own))) / max(len(pairs), 1),
        "share of words": _share(set(question.terms), present, rarity),
        "sentence bm25": bm25,
        "new terms": math.log1p(len(present.difference(question.terms))),
        "position": sentence.number / max(len(sentences), 1),
        "among the first": 1 / (1 + sentence.number),
        "is alone": float(len(sentence.candidate.lines) == 1),
        "question's terms": float(len(question.terms)),
    }


def _share(wanted: set[str], present: set[str], rarity: Rarity) -> float:
    total = sum(rarity.idf(term) for term in wanted)
    return sum(rarity.idf(term) for term in wanted & present) / total if total else 0.0


def offers(whole: str, question: str) -> dict[str, float]:
    """What a sentence offers to a question, by the names of the features."""
    text, asked, kind = whole[: cues.LOOKED_AT], set(words(question)), kind_of(question)
    said = words(text)
    number_found = any(number not in asked for match in NUMBER.finditer(text) for number in (words(match[0]) or ["%"]))
    date_found = any(match[0].lower() not in asked for match in DATE.finditer(text))
    new_names = [
        number
        for number, word in enumerate(text.split())
        if number and (bare := word.strip("\"'“”‘’()[],.;:!?—–-"))[:1].isupper() and not asked & set(words(bare))
    ]
    role = bool(ROLE.search(text))
    person = role or any(second - first == 1 for first, second in pairwise(new_names))
    place = any(
        (words(text[match.end() - 1 : match.end() + 39]) or [""])[0] not in asked
        for match in cues._PLACE.finditer(text)
    )
    reason, manner = bool(REASON.search(text)), bool(cues._MANNER.search(text))
    offered = {
        "who": bool(new_names) or person, "when": date_found, "where": place, "number": number_found, "why": reason,
        "how": manner,
    }  # fmt: skip
    figures = {word for word in asked if word[0].isdigit()}
    return {
        "offers what is asked": float(offered.get(kind, False)),
        "offers a number": float(number_found),
        "offers a date": float(date_found),
        "offers a name": math.log1p(len(new_names)),
        "offers a person": float(person),
        "offers a place": float(place),
        "offers a reason": float(reason),
        "offers a manner": float(manner),
        "is said": float(bool(SPEECH.search(text))),
        "is quoted": float(bool(cues._QUOTATION.search(text))),
        "has a role": float(role),
        "opens with a pronoun": float(bool(cues._PRONOUN.match(text))),
        "asks": float(whole.endswith("?")),
        "ends without a stop": float(whole[-1:].isalnum()),
        "words": math.log1p(len(said)),
        "share of numbers": len(figures.intersection(said)) / max(len(figures), 1),
    }
