"""A question: checks whether it can be asked, and of which articles; and its form for the search."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from index.answering.rarity import count_passages
from index.encoding.encoder import QuestionEncoding
from index.errors import QuestionError
from index.languages import ENGLISH, Edges, any_of, language, language_of_question
from index.storage.seam import Snapshot
from index.storage.types import Scope
from index.types import as_utc
from index.words import term_of, terms, words

MAX_QUESTION_CHARACTERS = 1000
"""About as much as the default model reads at once, so that no part of a question is silently cut off."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question, encoded, with its distinct terms, in order.

    An article's terms are those of its own language, so in a library of several the same word of a question has
    several terms. `language` is that of the question and `others` are those of the articles. `held` has the terms of
    the question that are in any article, where there are several languages.
    """

    text: str
    encoding: QuestionEncoding
    terms: tuple[str, ...]
    language: str = ENGLISH
    others: tuple[str, ...] = ()
    held: frozenset[str] = frozenset()

    @classmethod
    def of(cls, text: str, encoding: QuestionEncoding, spoken: "Spoken | None" = None) -> "Question":
        """The question `text`; without `spoken`, in English and asked of English articles."""
        spoken = spoken or Spoken()
        question = cls(text, encoding, (), spoken.language, spoken.others, spoken.held_of(text))
        return replace(question, terms=tuple(dict.fromkeys(question.terms_of(text))))

    def terms_of(self, text: str) -> list[str]:
        """The terms of a part of the question, in order, with repeats: of each word those that articles have.

        A word of which no article has a term keeps the one of the question's own language. Stop words are those of the
        question's language.
        """
        text = _without_asking(text, self.language)
        if not self.others:
            return terms(text, self.language)
        found = []
        for word in words(text, self.language):
            all_terms = variants(word, self.language, self.others)
            found += [term for term in all_terms if term in self.held] or all_terms[:1]
        return found


def variants(word: str, code: str, others: Sequence[str]) -> list[str]:
    """The terms of a word of a question: in its own language first, then in the others. None for a stop word."""
    own = term_of(word, code)
    return list(dict.fromkeys(filter(None, (own, *(term_of(word, other) for other in others))))) if own else []


def _without_asking(text: str, code: str) -> str:
    """The text without its question words, in a language that is cut into pairs: these would make pairs of no sense."""
    spoken = language(code)
    if spoken.edges is Edges.BOTH:
        return text
    return any_of(",".join(spoken.asks.values()), spoken.edges).sub(" ", text)


@dataclass(frozen=True, slots=True)
class Spoken:
    """The language of a question, and those of the articles that it is asked of, if these are others.

    `counted` says in how many passages each of some terms is.
    """

    language: str = ENGLISH
    others: tuple[str, ...] = ()
    counted: Callable[[Sequence[str]], Mapping[str, int]] = lambda _: {}

    @classmethod
    def of(cls, text: str, snapshots: Sequence[Snapshot]) -> "Spoken":
        """What is spoken in a question `text` that is asked of those libraries."""
        held = dict.fromkeys(code for snapshot in snapshots for code in snapshot.languages()) or {ENGLISH: None}
        code = language_of_question(text, tuple(held))
        others = tuple(other for other in held if other != code)
        return cls(code, others, lambda terms: count_passages(snapshots, terms))

    def held_of(self, text: str) -> frozenset[str]:
        """The terms of the text, in all of the languages, that are in any passage."""
        if not self.others:
            return frozenset()
        wanted = {
            term
            for word in words(_without_asking(text, self.language), self.language)
            for term in variants(word, self.language, self.others)
        }
        return frozenset(term for term, count in self.counted(tuple(wanted)).items() if count)


def check_question(
    question: str, *, since: datetime | date | str | None = None, until: datetime | date | str | None = None
) -> None:
    """Raise QuestionError if `Library.ask` would refuse the question. A cheap check before any work is begun."""
    checked(question, limit=1)
    scope_of(None, since, until)


def checked(question: str, limit: int) -> str:
    """The question without white space around it. Raises QuestionError if it cannot be asked."""
    text = question.strip()
    if not text:
        raise QuestionError("The question is empty; ask something about the articles.")
    if len(text) > MAX_QUESTION_CHARACTERS:
        raise QuestionError(
            f"The question has {len(text):,} characters, and at most {MAX_QUESTION_CHARACTERS:,} are read; "
            "ask it in fewer words."
        )
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise QuestionError("The question holds bytes that are no text; write it in UTF-8.")
    if not words(text):
        raise QuestionError("The question holds no words; ask something about the articles.")
    if limit < 1:
        raise QuestionError(f"The limit is {limit}; ask for at least one quote.")
    return text


def scope_of(article_id: str | None, since: datetime | date | str | None, until: datetime | date | str | None) -> Scope:
    """Which articles are searched. Raises QuestionError for invalid dates, or dates in the wrong order."""
    scope = Scope(article_id, _moment("since", since), _moment("until", until))
    if scope.since and scope.until and scope.since >= scope.until:
        raise QuestionError(f"No article can be published since {since} and until {until}; swap the two.")
    return scope


def narrowed(scope: Scope, article_id: str | None) -> Scope:
    """Narrow the scope to one article, if `article_id` is given and the scope is not already one article."""
    return scope if article_id is None or scope.article_id is not None else replace(scope, article_id=article_id)


def _moment(name: str, moment: datetime | date | str | None) -> datetime | None:
    """The instant that `moment` stands for. A date includes its whole day, so for "until" it is the end of that day."""
    has_time = isinstance(moment, datetime) or (isinstance(moment, str) and len(moment.strip()) > len("2026-01-31"))
    try:
        instant = as_utc(moment)
        return instant + timedelta(days=1) if instant and name == "until" and not has_time else instant
    except (ValueError, OverflowError):
        raise QuestionError(f"{moment!r} is no date for {name!r}; write it as 2026-01-31.") from None
