"""A question: whether it can be asked at all, of which articles, and as the search takes it."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from index.encoding.encoder import QuestionEncoding
from index.errors import QuestionError
from index.storage.types import Scope
from index.types import as_utc
from index.words import terms, words

MAX_QUESTION_CHARACTERS = 1000
"""About what the default model reads at once, so that nothing of a question is left out unseen."""


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
    """Raise QuestionError for what `Library.ask` would not read at all: for use before anything is begun."""
    checked(question, limit=1)
    scope_of(None, since, until)


def checked(question: str, limit: int) -> str:
    """The question without white space around it. Raises QuestionError for what cannot be asked."""
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
    """Which articles are asked. Raises QuestionError for dates that are none, or out of order."""
    scope = Scope(article_id, _moment("since", since), _moment("until", until))
    if scope.since and scope.until and scope.since >= scope.until:
        raise QuestionError(f"No article can be published since {since} and until {until}; swap the two.")
    return scope


def narrowed(scope: Scope, article_id: str | None) -> Scope:
    """The scope, and within it that article alone, where one is named and the question was not of one already."""
    return scope if article_id is None or scope.article_id is not None else replace(scope, article_id=article_id)


def _moment(name: str, moment: datetime | date | str | None) -> datetime | None:
    """The instant that `moment` stands for; for `until`, which a whole day belongs to, the end of that day."""
    has_time = isinstance(moment, datetime) or (isinstance(moment, str) and len(moment.strip()) > len("2026-01-31"))
    try:
        instant = as_utc(moment)
        return instant + timedelta(days=1) if instant and name == "until" and not has_time else instant
    except (ValueError, OverflowError):
        raise QuestionError(f"{moment!r} is no date for {name!r}; write it as 2026-01-31.") from None
