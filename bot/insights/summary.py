"""What the records of a server tell its editors: what was asked and not found, what is quoted most, what was disliked.

Nobody's name or id is in it, as none is on record.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.services.quotes import article_in, stands_in
from bot.storage.answers import KeptQuote, RatedQuestion, Votes
from index import Article, Library, is_about_the_articles

COMPARED = 1000
"""How many wordings are compared in meaning at the most; so many take a few seconds."""


@dataclass(frozen=True, slots=True)
class Wording:
    """A question as it was put, how many times, and when last."""

    text: str
    times: int
    last: datetime


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
    def last(self) -> datetime:
        """When it was asked last."""
        return max(wording.last for wording in self.wordings)


@dataclass(frozen=True, slots=True)
class Quoted:
    """An article, how many answers quoted it, and their votes. `title` is None where the article is gone."""

    article_id: str
    title: str | None
    answers: int
    votes: Votes


@dataclass(frozen=True, slots=True)
class Disliked:
    """A question whose answers got more votes down than up."""

    question: str
    votes: Votes


@dataclass(frozen=True, slots=True)
class Summary:
    """All of it, for so many days; small talk and orders to the bot count as nothing.

    `not_found` and `found` hold the questions in groups that ask the same, the most often asked first; `found` is empty
    unless it was wanted. `uncompared` is how many wordings stand by themselves, as there were too many to compare.
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


def summarize(rated: Sequence[RatedQuestion], days: int, libraries: Sequence[Library], *, with_found: bool) -> Summary:
    """What there is to know about what was asked in `days` and answered from `libraries`.

    Takes seconds where much was asked; for a worker thread. Raises LibraryError, ModelError.
    """
    asked = [one for one in rated if is_about_the_articles(one.question)]
    answered = [one for one in asked if one.quotes]
    not_found, uncompared = _grouped([one for one in asked if not one.quotes], libraries[0])
    found, more_uncompared = _grouped(answered if with_found else [], libraries[0])
    return Summary(
        days=days,
        questions=len(asked),
        answered=len(answered),
        votes=_sum(one.votes for one in answered),
        not_found=not_found,
        found=found,
        quoted=_quoted(answered, libraries),
        disliked=_disliked(answered),
        uncompared=uncompared + more_uncompared,
    )


def _grouped(asked: Sequence[RatedQuestion], library: Library) -> tuple[tuple[Group, ...], int]:
    """The questions in groups, and how many wordings were not compared with others: the rarest and oldest."""
    times = Counter(one.question for one in asked)
    last = {one.question: one.at for one in asked}
    wordings = [Wording(text, times[text], last[text]) for text in sorted(times)]
    wordings.sort(key=lambda wording: (wording.times, wording.last), reverse=True)
    compared, rest = wordings[:COMPARED], wordings[COMPARED:]
    groups = [
        Group(tuple(sorted((compared[number] for number in numbers), key=lambda wording: -wording.times)))
        for numbers in library.groups_of([wording.text for wording in compared])
    ]
    groups += [Group((wording,)) for wording in rest]
    return tuple(sorted(groups, key=lambda group: (group.times, group.last), reverse=True)), len(rest)


def _quoted(answered: Sequence[RatedQuestion], libraries: Sequence[Library]) -> tuple[Quoted, ...]:
    """The articles that were quoted, the most often quoted first."""
    shelf = _Shelf(libraries)
    votes: dict[_Place, list[Votes]] = defaultdict(list)
    for one in answered:
        for place in dict.fromkeys(map(shelf.place_of, one.quotes)):
            votes[place].append(one.votes)
    found = [Quoted(place.article_id, shelf.title(place), len(each), _sum(each)) for place, each in votes.items()]
    return tuple(sorted(found, key=lambda one: (-one.answers, one.votes.down - one.votes.up, one.article_id)))


def _disliked(answered: Sequence[RatedQuestion]) -> tuple[Disliked, ...]:
    """The questions of the answers with more votes down than up, those furthest down first."""
    votes: dict[str, list[Votes]] = defaultdict(list)
    for one in answered:
        if one.votes.down > one.votes.up:
            votes[one.question].append(one.votes)
    found = [Disliked(question, _sum(each)) for question, each in votes.items()]
    return tuple(sorted(found, key=lambda one: (one.votes.up - one.votes.down, one.question)))


def _sum(votes: Iterable[Votes]) -> Votes:
    each = list(votes)
    return Votes(sum(one.up for one in each), sum(one.down for one in each))


@dataclass(frozen=True, slots=True)
class _Place:
    """Which article, and in which of the libraries it is; None: in none."""

    article_id: str
    library: int | None


class _Shelf:
    """The articles that quotes are from, each read once."""

    def __init__(self, libraries: Sequence[Library]) -> None:
        self._libraries = libraries
        self._read: dict[str, dict[int, Article]] = {}

    def place_of(self, quote: KeptQuote) -> _Place:
        """Where the quote is from: of two articles with one id, that in which it stands, else the first."""
        articles = self._articles(quote.article_id)
        standing = [
            number for number, article in articles.items() if stands_in(article, quote.start, quote.end, quote.digest)
        ]
        return _Place(quote.article_id, next(iter([*standing, *articles]), None))

    def title(self, place: _Place) -> str | None:
        """The article's title; None where it is gone."""
        return None if place.library is None else self._articles(place.article_id)[place.library].title

    def _articles(self, article_id: str) -> dict[int, Article]:
        """The articles of that id, by the number of their library."""
        if article_id not in self._read:
            found = self._read[article_id] = {}
            for number, library in enumerate(self._libraries):
                if article := article_in(library, article_id):
                    found[number] = article
        return self._read[article_id]
