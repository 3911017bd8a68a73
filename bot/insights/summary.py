"""Sums up what was asked in a server: what was not found, which articles are quoted most, which answers were disliked.

It holds nobody's name or id, since none is on record.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.insights.suiting import Suiting, Sureness, suiting, sureness
from bot.services.quotes import article_in, stands_in
from bot.storage.answers import KeptQuote, RatedQuestion, Votes
from index import Article, Library, is_about_the_articles

COMPARED = 1000
"""How many wordings are compared in meaning at most. Comparing that many takes a few seconds."""


@dataclass(frozen=True, slots=True)
class Wording:
    """A question as it was put, how many times it was, and when last.

    `perhaps` counts the times at which a sentence was shown that may answer it. `waiting` is how many wait for an
    answer.
    """

    text: str
    times: int
    last: datetime
    perhaps: int = 0
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class Group:
    """Wordings of one question, the most typical first."""

    wordings: tuple[Wording, ...]

    @property
    def question(self) -> str:
        """Its most typical wording."""
        return self.wordings[0].text

    @property
    def times(self) -> int:
        """How many times it was asked, in any wording."""
        return sum(wording.times for wording in self.wordings)

    @property
    def perhaps(self) -> int:
        """How many times a sentence was shown that may answer it."""
        return sum(wording.perhaps for wording in self.wordings)

    @property
    def waiting(self) -> int:
        """How many wait for an answer to it."""
        return sum(wording.waiting for wording in self.wordings)

    @property
    def last(self) -> datetime:
        """When it was last asked, in any wording."""
        return max(wording.last for wording in self.wordings)


@dataclass(frozen=True, slots=True)
class Quoted:
    """An article, how many answers quoted it, and the votes on these. `title` is None where the article is gone.

    Of one that readers do not see at present neither title nor id is told: it `is_hidden`, and is private or held until
    `held_until`.
    """

    article_id: str
    title: str | None
    answers: int
    votes: Votes
    is_hidden: bool = False
    held_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Disliked:
    """A question whose replies got more votes down than up."""

    question: str
    votes: Votes


@dataclass(frozen=True, slots=True)
class Summary:
    """What was asked in the last `days`, without small talk and orders to the bot.

    `not_found` and `found` hold groups of questions that ask the same, the most often asked first. `found` is filled on
    request only. `uncompared` counts the wordings that are groups of their own because there were too many to compare.
    `sureness` says how often answers were voted right, by how sure they were, and `suiting` which threshold that suits.
    """

    days: int
    questions: int
    answered: int
    votes: Votes
    not_found: tuple[Group, ...]
    found: tuple[Group, ...]
    quoted: tuple[Quoted, ...]
    disliked: tuple[Disliked, ...]
    uncompared: int
    sureness: tuple[Sureness, ...] = ()
    suiting: Suiting | None = None


def summarize(
    rated: Sequence[RatedQuestion], days: int, libraries: Sequence[Library], threshold: float, *, with_found: bool
) -> Summary:
    """Sum up the questions of the last `days`, which were answered from `libraries`; `found` is filled `with_found`.

    `threshold` is the confidence that an answer must have there.
    For a worker thread: takes seconds where much was asked. Raises LibraryError, ModelError.
    """
    asked = [one for one in rated if is_about_the_articles(one.question)]
    answered = [one for one in asked if one.quotes]
    not_found, uncompared = _grouped([one for one in asked if not one.quotes], libraries[0])
    found, more_uncompared = _grouped(answered if with_found else [], libraries[0])
    return Summary(
        days=days,
        questions=len(asked),
        answered=len(answered),
        votes=_sum(one.votes for one in asked),
        not_found=not_found,
        found=found,
        quoted=_quoted(answered, libraries),
        disliked=_disliked(asked),
        uncompared=uncompared + more_uncompared,
        sureness=sureness(asked),
        suiting=suiting(asked, threshold),
    )


def _grouped(asked: Sequence[RatedQuestion], library: Library) -> tuple[tuple[Group, ...], int]:
    """The questions in groups, and how many wordings were not compared with others; these are the rarest and oldest."""
    times = Counter(one.question for one in asked)
    perhaps = Counter(one.question for one in asked if one.perhaps)
    last = {one.question: one.at for one in asked}
    waiting = Counter[str]()
    for one in asked:
        waiting[one.question] += one.waiting
    wordings = [Wording(text, times[text], last[text], perhaps[text], waiting[text]) for text in sorted(times)]
    wordings.sort(key=lambda wording: (wording.times, wording.last), reverse=True)
    compared, rest = wordings[:COMPARED], wordings[COMPARED:]
    groups = [
        Group(tuple(sorted((compared[number] for number in numbers), key=lambda wording: -wording.times)))
        for numbers in library.groups_of([wording.text for wording in compared])
    ]
    groups += [Group((wording,)) for wording in rest]
    return tuple(sorted(groups, key=lambda group: (group.times, group.last), reverse=True)), len(rest)


def _quoted(answered: Sequence[RatedQuestion], libraries: Sequence[Library]) -> tuple[Quoted, ...]:
    """The articles that answers quoted, the most often quoted first."""
    shelf = _Shelf(libraries)
    votes: dict[_Place, list[Votes]] = defaultdict(list)
    for one in answered:
        for place in dict.fromkeys(map(shelf.place_of, one.quotes)):
            votes[place].append(one.votes)
    found = [shelf.quoted(place, len(each), _sum(each)) for place, each in votes.items()]
    return tuple(sorted(found, key=lambda one: (-one.answers, one.votes.down - one.votes.up, one.article_id)))


def _disliked(asked: Sequence[RatedQuestion]) -> tuple[Disliked, ...]:
    """The questions whose replies got more votes down than up, the most disliked first."""
    votes: dict[str, list[Votes]] = defaultdict(list)
    for one in asked:
        if one.votes.down > one.votes.up:
            votes[one.question].append(one.votes)
    found = [Disliked(question, _sum(each)) for question, each in votes.items()]
    return tuple(sorted(found, key=lambda one: (one.votes.up - one.votes.down, one.question)))


def _sum(votes: Iterable[Votes]) -> Votes:
    each = list(votes)
    return Votes(sum(one.up for one in each), sum(one.down for one in each))


@dataclass(frozen=True, slots=True)
class _Place:
    """An article, and the number of the library that it is in; None where it is in none."""

    article_id: str
    library: int | None


class _Shelf:
    """Looks up the articles that quotes are from, and reads each only once."""

    def __init__(self, libraries: Sequence[Library]) -> None:
        self._libraries = libraries
        self._read: dict[str, dict[int, Article]] = {}

    def place_of(self, quote: KeptQuote) -> _Place:
        """The article that the quote is from. Of several with its id, the first that still holds it, else the first."""
        articles = self._articles(quote.article_id)
        holding = [
            number for number, article in articles.items() if stands_in(article, quote.start, quote.end, quote.digest)
        ]
        return _Place(quote.article_id, next(iter([*holding, *articles]), None))

    def quoted(self, place: _Place, answers: int, votes: Votes) -> Quoted:
        """What is told of an article that so many answers quoted."""
        if place.library is not None:
            title = self._articles(place.article_id)[place.library].title
            return Quoted(place.article_id, title, answers, votes)
        if hidden := next(filter(None, (library.hidden(place.article_id) for library in self._libraries)), None):
            held_until = None if hidden.private else hidden.held_until
            return Quoted("", None, answers, votes, is_hidden=True, held_until=held_until)
        return Quoted(place.article_id, None, answers, votes)

    def _articles(self, article_id: str) -> dict[int, Article]:
        """The articles of that id, by the number of their library."""
        if article_id not in self._read:
            found = self._read[article_id] = {}
            for number, library in enumerate(self._libraries):
                if article := article_in(library, article_id):
                    found[number] = article
        return self._read[article_id]
