"""Servers stay apart: a question finds the base library's articles and its own server's, and nobody else's."""

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import NotKept, Outdated
from bot.services.catalog import matching
from bot.services.choices import Choices
from bot.services.libraries import Libraries, name_of
from bot.services.metrics import Metrics
from bot.services.questions import AskedQuestion, Questions, Way
from bot.services.queue import WorkQueue
from bot.storage.answers import AnswerRecord, AnswerStore
from bot.storage.choices import ChoiceStore
from bot.storage.server_settings import ServerSettingsStore
from bot.storage.sqlite import SqliteDatabase
from index import BASE, Answer, Article, EmbeddedEngine, Engine, Library, Outcome, Timing
from tests.encoder import WordEncoder

ADA = 1
SERVERS = (11, 22)


def asked(question: str, server: int | None, follows: AnswerRecord | None = None) -> AskedQuestion:
    return AskedQuestion(question, ADA, server, Way.COMMAND, follows=follows)


@contextmanager
def house(owned: dict[int | None, list[str]]) -> Iterator[tuple[Questions, Libraries]]:
    """Libraries with these texts: of the base (None) and of servers, whose articles' ids say whose they are."""
    encoder = WordEncoder()

    def open_library(engine: Engine, name: str = BASE) -> Library:
        return Library.open_in(engine, name, load_encoder=lambda: encoder, threshold=0.0)

    folder = Path(tempfile.mkdtemp())
    engine = EmbeddedEngine(folder)
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder)
        base = stack.enter_context(open_library(engine))
        libraries = stack.enter_context(closing(Libraries(base, engine, open_library)))
        database = stack.enter_context(closing(SqliteDatabase(folder)))
        queue = stack.enter_context(closing(WorkQueue(1, 10)))
        for owner, texts in owned.items():
            articles = [Article(f"{owner} {number}", f"Story {number}", text) for number, text in enumerate(texts)]
            if owner is None:
                base.update(articles)
            else:
                with open_library(engine, name_of(owner)) as own:
                    own.update(articles)
        choices = Choices(ChoiceStore(database), libraries)
        yield (
            Questions(libraries, AnswerStore(database), ServerSettingsStore(database), queue, Metrics(queue), choices),
            libraries,
        )


def owners(answer: Answer) -> set[str]:
    """Whose articles an answer quotes or comes near."""
    return {quote.article.id.split()[0] for quote in (*answer.quotes, *answer.closest)}


word = st.sampled_from("harbour bridge mayor council bakery tram island ferry festival museum school river".split())
sentence = st.lists(word, min_size=3, max_size=8).map(lambda words: f"The {' '.join(words)} opened.")
texts = st.lists(st.lists(sentence, min_size=1, max_size=4).map(" ".join), max_size=3)


@settings(max_examples=25)
@given(base=texts, one=texts, two=texts, questions=st.lists(sentence, min_size=1, max_size=3), follow_up=sentence)
def test_no_answer_no_follow_up_and_no_record_of_a_server_reaches_another(
    base: list[str], one: list[str], two: list[str], questions: list[str], follow_up: str
) -> None:
    async def scenario(house: Questions) -> None:
        for server, stranger in (SERVERS, SERVERS[::-1]):
            for question in questions:
                given = await house.answer(asked(question, server))
                assert owners(given.answer) <= {"None", str(server)}
                again = await house.recall(given.record.id, server)
                assert again.answer == replace(given.answer, timing=Timing())
                for elsewhere in (stranger, None):
                    with pytest.raises(NotKept):
                        await house.recall(given.record.id, elsewhere)
                    followed = await house.answer(asked(follow_up, elsewhere, follows=given.record))
                    assert str(server) not in owners(followed.answer)
                    plain = await house.answer(asked(follow_up, elsewhere))
                    assert followed.answer.closest == plain.answer.closest
        direct = await house.answer(asked(questions[0], None))
        assert owners(direct.answer) <= {"None"}

    with house({None: base, SERVERS[0]: one, SERVERS[1]: two}) as (questions_, _):
        asyncio.run(scenario(questions_))


async def test_a_sentence_that_may_have_answered_is_not_recalled_as_another_when_it_is_gone() -> None:
    with house({None: ["The bridge opened in 1904.", "The bridge has two lanes."]}) as (questions, libraries):
        questions._server_settings.choose(33, threshold=1.0)
        given = await questions.answer(asked("When did the bridge open?", 33))
        assert given.answer.perhaps and given.answer.perhaps.text == "The bridge opened in 1904."
        again = (await questions.recall(given.record.id, 33)).answer
        assert again == replace(given.answer, timing=Timing())
        libraries.base.remove("None 0")
        recalled = (await questions.recall(given.record.id, 33)).answer
        assert (recalled.outcome, recalled.perhaps) == (Outcome.RELATED, None)
        assert [quote.text for quote in recalled.closest] == ["The bridge has two lanes."]
        with pytest.raises(Outdated):
            await questions.recall(given.record.id, 33, shown=True)


async def test_a_server_without_articles_of_its_own_costs_nothing() -> None:
    with house({None: ["The bridge opened in 1904."]}) as (questions, libraries):
        given = await questions.answer(asked("When did the bridge open?", 33))
        assert owners(given.answer) == {"None"}
        assert libraries.servers() == []
        assert not (libraries.base.folder / "servers").exists()
        assert libraries.readable_by(33) == (libraries.base.for_readers(),)


async def test_a_servers_library_that_comes_later_is_found_and_listed() -> None:
    with house({None: ["The bridge opened in 1904."]}) as (questions, libraries):
        folder = libraries.base.folder / "servers" / "33"
        with Library.open(folder, load_encoder=WordEncoder, threshold=0.0) as own:
            own.update([Article("33 0", "Ferries", "The ferry sails at noon.")])
        given = await questions.answer(asked("When does the ferry sail?", 33))
        assert given.answer.quotes[0].text == "The ferry sails at noon."
        assert libraries.servers() == [33]
        assert [entry.title for entry in matching(libraries.readable_by(33), "", 25)] == ["Story 0", "Ferries"]
        assert [entry.title for entry in matching(libraries.readable_by(44), "", 25)] == ["Story 0"]


async def test_a_deleted_library_is_gone_from_disk_and_from_answers() -> None:
    with house({None: ["The bridge opened in 1904."], 11: ["The ferry sails at noon."]}) as (questions, libraries):
        assert (await questions.answer(asked("When does the ferry sail?", 11))).answer.quotes
        libraries.delete(11)
        libraries.delete(99)
        assert libraries.servers() == []
        given = await questions.answer(asked("When does the ferry sail?", 11))
        assert owners(given.answer) == {"None"}
