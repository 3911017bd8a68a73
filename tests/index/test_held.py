"""Articles that no reader sees: private ones, and those that are held until their date or their embargo has come."""

import string
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index import Answer, Article, ArticleError, Edition, Library, SentenceKey, Size, Verdict
from index.storage.postgres.engine import PostgresEngine
from index.storage.types import Scope
from index.words import terms
from tests.encoder import WordEncoder
from tests.index.town import ARTICLES, BRIDGE, HARBOUR, SCHOOL
from tests.postgres import schema

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ENCODER = WordEncoder()
NUMBERS = count(1)


class Clock:
    """A clock that a test sets."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


ENGINES: list[PostgresEngine] = []
"""The database that the libraries are in; in folders if there is none."""


@pytest.fixture(scope="module", params=["embedded", "postgres"], autouse=True)
def engine(request: pytest.FixtureRequest) -> Iterator[None]:
    """Everything here is so with either engine."""
    if request.param == "embedded":
        yield
        return
    with schema(request.getfixturevalue("postgres_server")) as place:
        ENGINES.append(PostgresEngine(place.url, schema=place.schema))
        yield
        ENGINES.pop().close()


@contextmanager
def opened(folder: Path, clock: Clock) -> Iterator[Library]:
    with Library.open(folder, load_encoder=lambda: ENCODER, threshold=0.0, clock=clock) as library:
        yield library


@contextmanager
def opened_in(engine: PostgresEngine, name: str, clock: Clock) -> Iterator[Library]:
    with Library.open_in(engine, name, load_encoder=lambda: ENCODER, threshold=0.0, clock=clock) as library:
        yield library


@contextmanager
def library_at(clock: Clock, *articles: Article) -> Iterator[Library]:
    with ExitStack() as stack:
        if ENGINES:
            name = f"servers/{next(NUMBERS)}"
            stack.callback(ENGINES[0].delete, name)
            library = stack.enter_context(opened_in(ENGINES[0], name, clock))
        else:
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            library = stack.enter_context(opened(Path(folder), clock))
        library.update(articles)
        yield library


def said(answer: Answer) -> tuple[object, ...]:
    """All that an answer says, but for the time it took; scores as far as summing in another order allows."""
    quotes = [
        [(q.article, q.start, q.end, q.context, round(q.score, 4)) for q in some]
        for some in (answer.quotes, answer.closest)
    ]
    stated = answer.answered, round(answer.confidence, 4), answer.outcome, answer.about, answer.limits, answer.language
    return (*quotes, *stated)


EMBARGOED = replace(BRIDGE, embargo=NOON + HOUR)
DATED_AHEAD = replace(HARBOUR, published=NOON + HOUR)
PRIVATE = replace(SCHOOL, private=True)
OTHERS = tuple(article for article in ARTICLES if article.id == "reading-room")


@pytest.mark.parametrize(
    ("hidden", "question"),
    [
        (EMBARGOED, "How much does the county pay for the repair?"),
        (DATED_AHEAD, "Who is the harbour master?"),
        (PRIVATE, "Where do pupils learn geometry?"),
    ],
)
def test_a_hidden_article_answers_nobody_and_cannot_be_asked(hidden: Article, question: str) -> None:
    with library_at(Clock(), hidden, *OTHERS) as library, library_at(Clock(), *OTHERS) as without:
        assert said(library.ask(question)) == said(without.ask(question))
        with pytest.raises(ArticleError, match="There is no article"):
            library.ask(question, article_id=hidden.id)
        readers = library.for_readers()
        assert [article.id for article in readers.headlines()] == ["reading-room"]
        assert readers.headline(hidden.id) is None
        assert readers.size() == without.size()
        assert readers.published_between() == without.published_between()
        assert hidden in library.articles()
        assert library.size().articles == 2


@pytest.mark.parametrize("held", [EMBARGOED, DATED_AHEAD])
def test_a_held_article_answers_from_its_moment_on_without_an_update(held: Article) -> None:
    clock = Clock()
    question = "Who is the harbour master?" if held is DATED_AHEAD else "How much does the county pay for the repair?"
    with library_at(clock, held, *OTHERS) as library:
        before = library.read_edition()
        assert before == Edition(1, NOON + HOUR)
        assert library.next_open() == NOON + HOUR
        clock.now = NOON + HOUR - timedelta(microseconds=1)
        assert held not in {quote.article for quote in library.ask(question).closest}
        assert library.opened_since(NOON) == []
        clock.now = NOON + HOUR
        assert library.ask(question).quotes[0].article == held
        assert [headline.id for headline in library.opened_since(NOON)] == [held.id]
        assert (library.read_edition(), library.next_open()) == (Edition(1, None), None)
        clock.now = NOON
        assert held not in {quote.article for quote in library.ask(question).closest}


def test_an_article_with_two_times_is_held_until_the_later_one() -> None:
    clock, article = Clock(), replace(BRIDGE, published=NOON + HOUR, embargo=NOON + 2 * HOUR)
    with library_at(clock, article) as library:
        clock.now = NOON + HOUR
        assert library.for_readers().headlines() == []
        assert library.opened_since(NOON) == []
        clock.now = NOON + 2 * HOUR
        assert [headline.id for headline in library.opened_since(NOON)] == ["bridge"]
        assert library.for_readers().size().articles == 1


def test_the_latest_is_not_what_is_dated_ahead() -> None:
    ahead = Article("ahead", "Ferry", "The ferry will sink on Tuesday.", published=NOON + HOUR)
    now = Article("now", "Ferry", "The ferry sails again.", published=NOON - HOUR)
    with library_at(Clock(), ahead, now) as library:
        assert library.ask("What is the latest on the ferry?").quotes[0].article == now


def test_the_public_one_of_two_articles_with_the_same_story_is_quoted() -> None:
    members = replace(SCHOOL, id="members", private=True)
    with library_at(Clock(), members, SCHOOL) as library:
        assert [quote.article.id for quote in library.ask("Where do pupils learn geometry?").quotes] == ["school"]


def test_a_private_article_opens_when_it_is_no_longer_private_and_an_undo_hides_it_again() -> None:
    with library_at(Clock(), PRIVATE) as library:
        library.update([SCHOOL], keep_for=timedelta(days=1))
        assert library.ask("Where do pupils learn geometry?").quotes[0].article == SCHOOL
        library.roll_back()
        assert library.articles() == [PRIVATE]
        assert library.ask("Where do pupils learn geometry?").quotes == ()


def test_embargo_and_private_survive_another_opening_a_copy_and_a_rebuild(tmp_path: Path) -> None:
    with opened(tmp_path / "one", Clock()) as library:
        library.update([EMBARGOED, PRIVATE])
        library.rebuild()
        (tmp_path / "two").mkdir()
        library.back_up(tmp_path / "two")
        assert library.check() == ()
    with opened(tmp_path / "two", Clock()) as copy:
        assert {article.id: (article.embargo, article.private) for article in copy.articles()} == {
            "bridge": (NOON + HOUR, False),
            "school": (None, True),
        }
        assert copy.for_readers().size() == Size()


def test_with_a_few_held_a_search_still_finds_its_fifty_candidates() -> None:
    shared = [
        Article(f"n{n}", f"Notice {n}", f"The ferry notice number{n} hangs on pier{n}.", private=n % 10 == 0)
        for n in range(80)
    ]
    with library_at(Clock(), *shared) as library, library._storage.reading() as snapshot:
        vector = ENCODER.encode_question("Where does the ferry notice hang?").vector
        by_vector = snapshot.nearest(vector, 50, Scope())
        by_words = snapshot.best_by_words(terms("ferry notice"), 50, Scope())
        assert (len(by_vector), len(by_words)) == (50, 50)
        private = {article.id for article in shared if article.private}
        found = snapshot.passages([*by_vector, *by_words])
        assert private.isdisjoint(passage.article_id for passage in found)


# ---- nothing of a hidden article leaves by any way

WORDS = ("ferry", "bridge", "harbour", "mayor", "council", "school", "bread", "strike", "flood", "vote", "Lena", "Otto")
TIMES = (None, NOON - 2 * HOUR, NOON - HOUR, NOON, NOON + timedelta(microseconds=1), NOON + HOUR, NOON + 2 * HOUR)

sentences = st.lists(st.sampled_from(WORDS), min_size=3, max_size=7).map(lambda words: f"The {' '.join(words)} today.")


@st.composite
def stories(draw: st.DrawFn) -> tuple[Article, ...]:
    """Articles that share words and, sometimes, whole sentences; each names itself in a word of its own."""
    shared = draw(st.lists(sentences, min_size=1, max_size=4))
    made = []
    for number in range(draw(st.integers(1, 7))):
        own = draw(st.lists(st.one_of(st.sampled_from(shared), sentences), min_size=1, max_size=4))
        secret = f"secret{string.ascii_lowercase[number]}"
        made.append(
            Article(
                f"id-{secret}",
                f"{draw(st.sampled_from(WORDS))} {secret}",
                " ".join([*own, f"The {secret} says so."]),
                author=f"Author {secret}",
                published=draw(st.sampled_from(TIMES)),
                embargo=draw(st.sampled_from(TIMES)),
                private=draw(st.booleans()) and draw(st.booleans()),
                url=f"https://town.example/{secret}",
            )
        )
    return tuple(made)


questions = st.lists(
    st.one_of(st.sampled_from(WORDS), st.sampled_from([f"secret{c}" for c in "abcdefg"])), min_size=1, max_size=5
).map(lambda words: f"What is the latest on the {' '.join(words)}?")


def everything_shown(library: Library, asked: Sequence[str], ids: Sequence[str]) -> list[object]:
    """All that a reader gets to see of a library by any of its methods, with these questions and about these ids."""
    readers = library.for_readers()
    shown: list[object] = [
        readers.articles(), readers.headlines(), readers.size(), readers.published_between(),
        readers.articles_by_language(),
    ]  # fmt: skip
    shown += [readers.headlines(word, 3) for word in (*WORDS, "secret", *ids)]
    for article_id in ids:
        shown += [readers.headline(article_id), _or_none(readers, article_id)]
        shown.append(library.verify(f"The {article_id.removeprefix('id-')} says so."))
    before: Answer | None = None
    for question in asked:
        answer = readers.ask(question)
        shown += [
            said(answer),
            said(library.ask(question, since=NOON - 3 * HOUR)),
            said(library.ask(question, until=NOON + HOUR)),
        ]
        shown.append(said(library.ask(f"And what did they say of {question}", follows=before or answer)))
        explained = library.explain(question)
        shown += [said(explained.answer), [(one.quote.article, one.quote.start) for one in explained.considered]]
        before = answer
    return shown


def _or_none(library: Library, article_id: str) -> object:
    try:
        article = library.article(article_id)
        texts = [article.text[each.start : each.end] for each in library.sentences(article_id)]
        return (
            article,
            texts,
            [library.sentence(SentenceKey.of(article_id, text)) for text in texts],
            said(library.ask("Who says so?", article_id=article_id)),
        )
    except ArticleError:
        return None


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(stories(), st.lists(questions, min_size=1, max_size=3), st.sampled_from([NOON, NOON + HOUR, NOON + 3 * HOUR]))
def test_a_library_shows_what_one_shows_that_never_had_its_hidden_articles(
    articles: tuple[Article, ...], asked: list[str], now: datetime
) -> None:
    """Answers, scores, what is nearest, counts, dates, titles, languages: all of it is just the same."""
    clock, ids = Clock(now), [article.id for article in articles]
    visible = [article for article in articles if article.is_open(now)]
    with library_at(clock, *articles) as library, library_at(clock, *visible) as without:
        shown = everything_shown(library, asked, ids)
        assert shown == everything_shown(without, asked, ids)
        for article in articles:
            assert article.is_open(now) or article.title not in repr(shown)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(stories(), questions)
def test_as_time_goes_by_a_library_shows_more_and_never_what_is_held(
    articles: tuple[Article, ...], question: str
) -> None:
    """One open library is asked at each moment at which something changes, and just before; time also goes back."""
    clock = Clock(NOON - 3 * HOUR)
    moments = [*filter(None, TIMES), NOON + 3 * HOUR, NOON - HOUR]
    with library_at(clock, *articles) as library:
        for moment in [at - by for at in moments for by in (timedelta(microseconds=1), timedelta())]:
            clock.now = moment
            visible = {article.id for article in articles if article.is_open(moment)}
            answer = library.ask(question)
            assert {quote.article.id for quote in (*answer.quotes, *answer.closest)} <= visible
            assert {headline.id for headline in library.for_readers().headlines()} == visible
            opened_later = {h.id for h in library.opened_since(NOON - 3 * HOUR)}
            closed_then = {a.id for a in articles if not a.is_open(NOON - 3 * HOUR)}
            if moment >= NOON - 3 * HOUR:
                assert opened_later == visible & closed_then


def test_a_former_version_that_was_hidden_verifies_nothing_and_one_that_was_not_does() -> None:
    clock, day = Clock(), timedelta(days=1)
    old = "The county pays 4.2 million crowns for the repair."
    corrected = replace(BRIDGE, text=BRIDGE.text.replace("4.2", "5.1"))
    for article, now, verdict in (
        (BRIDGE, corrected, Verdict.FORMER),
        (EMBARGOED, corrected, None),
        (replace(BRIDGE, private=True), corrected, None),
        (BRIDGE, replace(corrected, private=True), None),
        (BRIDGE, replace(corrected, embargo=NOON + day), None),
    ):
        with library_at(clock, article, *OTHERS) as library:
            assert (library.verify(old).verdict is Verdict.WORD_FOR_WORD) == article.is_open(NOON)
            library.update([now], keep_for=timedelta(days=3650))
            found = library.verify(old).verdict
            assert (found is Verdict.FORMER) == (verdict is Verdict.FORMER), (article, now, found)
            assert now.is_open(NOON) or found is Verdict.ABSENT
