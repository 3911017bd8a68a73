"""From a question to an answer: understand it, search, rank, choose the quotes, and compute the confidence."""

import math
from collections.abc import Callable, Collection, Sequence, Set
from dataclasses import dataclass, replace

from index.answering.answer import CLOSEST, compose
from index.answering.block import terms_of
from index.answering.choices import chosen_for, with_chosen
from index.answering.disagreement import disagreement_in
from index.answering.equals import news_before_opinion, own_language_first
from index.answering.followup import Search, interpret, leans, weigh
from index.answering.intent import names_told_of, unknown_names, wanted_counts
from index.answering.learned import Learned
from index.answering.never import Never
from index.answering.question import Question, Spoken, narrowed
from index.answering.ranker import rerank
from index.answering.rarity import Rarity, count_passages
from index.answering.reading import reread
from index.answering.recency import asks_for_newest, newest_first, without_newest
from index.answering.reranker import CrossEncoderReranker
from index.answering.search import RankedSentence, Ranking, find_passages, rank_sentences, with_confidence
from index.answering.timing import Clock
from index.answering.tuning import Tuning
from index.encoding.encoder import Encoder
from index.known import KNOWN_MODELS
from index.languages import ENGLISH
from index.storage.seam import Snapshot
from index.storage.types import Scope, StoredPassage
from index.types import Answer, Pin


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Answers questions from the snapshots of several libraries, all made with the model of `encoder`."""

    encoder: Encoder
    learned: Learned
    reranker: CrossEncoderReranker | None
    tuning: Tuning

    def answer(
        self,
        text: str,
        snapshots: Sequence[Snapshot],
        scope: Scope,
        *,
        limit: int,
        threshold: float,
        follows: Answer | None,
        never: Never = Never(),  # noqa: B008 - frozen
        pinned: Sequence[Pin] = (),
        opinions: Collection[str] = (),
    ) -> "Steps":
        """Answer the question `text` with at most `limit` quotes, or with none if the confidence is below `threshold`.

        `follows` is the answer before, if there is one; the question may be a follow-up to it. What is `never` to be
        quoted is passed over, and the next best sentence takes its place. The sentence of the first of the pins that
        holds for the question comes first. `opinions` names further sections of opinion.
        """
        clock = Clock()
        spoken = Spoken.of(text, snapshots)
        interpretation = interpret(without_newest(text, spoken.language), follows, spoken.language)
        texts = dict.fromkeys(search.text for search in interpretation.searches)
        asked = {each: Question.of(each, self.encoder.encode_question(each), spoken) for each in texts}
        clock.count("encode")
        searched = [
            self._rank(asked[search.text], snapshots, narrowed(scope, search.article_id), never, clock)
            for search in interpretation.searches
        ]
        rankings = [
            self._read(found.ranking, search, clock)
            for found, search in zip(searched, interpretation.searches, strict=True)
        ]
        ranking = weigh(rankings, interpretation, self.tuning)
        if self.reranker:
            ranking = replace(ranking, sentences=self.reranker.order(ranking.sentences, interpretation.whole))
        ranking = news_before_opinion(ranking, opinions, self.tuning)
        ranking = own_language_first(ranking, spoken.language, self.tuning)
        if asks_for_newest(text, spoken.language) or scope.since or scope.until:
            ranking = newest_first(ranking, self.tuning)
        languages = {spoken.language, *(sentence.candidate.stored.language for sentence in ranking.sentences[:1])}
        is_english = languages == {ENGLISH}  # in other languages a name may have another form in the articles
        unknown = unknown_names(text, count_passages(snapshots, wanted_counts(text))) if is_english else 0.0
        ranking = replace(ranking, confidence=self._across(ranking.confidence, languages) * (1 - unknown))
        unsure = ranking.confidence < min(threshold, self.tuning.perhaps)  # otherwise nobody is told what it is about
        about = _about(text, ranking, spoken.language) if unsure else ""
        answer = compose(text, ranking, limit, threshold, self.tuning, never=never, about=about, code=spoken.language)
        chosen = None
        if pinned and not (follows and interpretation.background):
            chosen = chosen_for(text, pinned, snapshots, scope, never, self.encoder, self.tuning, spoken.language)
        if chosen:
            answer = with_chosen(answer, never.narrowed_in(chosen.quote, snapshots), limit)
        elif answer.answered and limit > 1 and scope.article_id is None:
            answer = self._compared(answer, ranking, snapshots, limit, never)
        clock.count("rerank")
        return Steps(
            answer=replace(answer, timing=clock.timing),
            first=searched[0],
            question=asked[interpretation.searches[0].text],
            confidence=Confidence(
                searched[0].ranking.confidence,
                rankings[0].confidence if self.learned.reading else None,
                unknown,
                is_foreign=len(languages) > 1,
            ),
            sentences=ranking.sentences,
            pin=chosen.pin if chosen else None,
            is_follow_up=bool(interpretation.background) or leans(text, spoken.language),
        )

    def _compared(
        self, answer: Answer, ranking: Ranking, snapshots: Sequence[Snapshot], limit: int, never: Never
    ) -> Answer:
        """The answer; if other articles say otherwise than the best sentence, with their sentences as its quotes."""

        def weigh(terms: Set[str]) -> Callable[[str], float]:
            return Rarity(snapshots, terms, self.tuning).idf

        found = disagreement_in(answer.question, ranking, weigh, limit, self.tuning, never, answer.language)
        return replace(answer, quotes=found.quotes, disagreement=found) if found else answer

    def _across(self, confidence: float, languages: Set[str]) -> float:
        """The confidence, given the languages of the question and of the best sentence, and what the model reads."""
        known = KNOWN_MODELS.get(self.encoder.name)
        if known is None:
            return confidence
        if not languages <= {*known.languages}:
            return min(confidence, self.tuning.unread)
        if len(languages) == 1 or not confidence:
            return confidence
        odds = math.exp(self.tuning.abroad) * confidence
        return min(odds / (odds + 1 - confidence), self.tuning.abroad_most)

    def _rank(
        self, asked: Question, snapshots: Sequence[Snapshot], scope: Scope, never: Never, clock: Clock
    ) -> "Searched":
        """Run one search and rank the sentences that it finds and that may be quoted, best first."""
        rarity = Rarity(snapshots, asked.terms, self.tuning)
        candidates = find_passages(snapshots, asked, rarity, scope, self.tuning)
        clock.count("search")
        ranked, left_out = never.parted(rank_sentences(candidates, asked, rarity, self.tuning))
        ranker = self.learned.ranker
        ranking = rerank(ranked, asked, rarity, ranker) if ranker else with_confidence(ranked, self.tuning)
        clock.count("rerank")
        return Searched(ranking, rarity, tuple(ranked), tuple(left_out))

    def _read(self, ranking: Ranking, search: Search, clock: Clock) -> Ranking:
        """Let the readers read the best sentences that a search for a question found, if there are readers."""
        reading = self.learned.reading
        if not (reading and search.is_question):
            return ranking
        ranking = reread(ranking, search.text, reading.readers, reading.joined)
        clock.count("read")
        return ranking


@dataclass(frozen=True, slots=True)
class Searched:
    """What one search found: its ranking before anything was read, and what that was made from.

    `ranked` has the sentences by the search's own scores, and `left_out` those that may not be quoted.
    """

    ranking: Ranking
    rarity: Rarity
    ranked: tuple[RankedSentence, ...]
    left_out: tuple[RankedSentence, ...]


@dataclass(frozen=True, slots=True)
class Confidence:
    """What a confidence is made of: those of the ranker and of the readers (None without them), and what lowers them.

    `unknown` is the share of the question's names that no article has. `is_foreign` says that the question and the best
    sentence are in two languages.
    """

    by_ranker: float
    by_reader: float | None
    unknown: float
    is_foreign: bool


@dataclass(frozen=True, slots=True)
class Steps:
    """An answer, and the steps to it: the first search, its question, and the order of sentences at the end."""

    answer: Answer
    first: Searched
    question: Question
    confidence: Confidence
    sentences: tuple[RankedSentence, ...]
    pin: Pin | None
    is_follow_up: bool


def _about(question: str, ranking: Ranking, code: str) -> str:
    """The names of the question that one of the nearest articles has, as far as its passages were found."""
    told: dict[tuple[Snapshot, str], list[StoredPassage]] = {
        sentence.candidate.owner: [] for sentence in ranking.sentences[:CLOSEST]
    }
    for candidate in {id(sentence.candidate): sentence.candidate for sentence in ranking.sentences}.values():
        if candidate.owner in told:
            told[candidate.owner].append(candidate.stored)
    names = (names_told_of(question, frozenset(terms_of(passages).values.tolist()), code) for passages in told.values())
    return next(filter(None, names), "")
