"""A question: checks whether it can be asked, and of which articles; and its form for the search."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from index.encoding.encoder import QuestionEncoding
from index.errors import QuestionError
from index.storage.types import Scope
from index.types import as_utc
from index.words import terms, words

MAX_QUESTION_CHARACTERS = 1000
"""About as much as the default model reads at once, so that no part of a question is silently cut off."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question, encoded, with its terms."""

    text: str
    encoding: QuestionEncoding
    terms: tuple[str, ...]

    @classmethod
    def of(cls, text: str, encoding: QuestionEncoding) -> "Question":
        """The question `text` with its distinct terms, in order."""
        return cls(text, encoding, tuple(dict.fromkeys(terms(text))))


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
