"""What is hidden from readers is in no public correction: neither what stood while it was, nor what it said before."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.languages import speaking
from bot.services.public_corrections import PublicCorrections
from bot.storage.database import Database
from bot.storage.sqlite import SqliteDatabase
from index import Article, Library
from tests.encoder import WordEncoder

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
GATE = Article("gate", "The gate", "The gate opened in 1904. It has two wings.")


class Newsroom:
    """A library whose updates are noted as corrections."""

    def __init__(self, folder: Path, database: Database) -> None:
        self.now = NOON
        self.library = Library.open(folder, load_encoder=WordEncoder, clock=lambda: self.now)
        self.corrections = PublicCorrections(database, None, lambda: self.now)

    def put(self, article: Article) -> None:
        self.corrections.note(None, self.library, self.library.update([article]))

    @property
    def told(self) -> list[str]:
        """What stood, of each correction that readers are shown."""
        shown = self.corrections.listed([(None, self.library)], reader=None)
        return [rewording.stood for one in shown for rewording in one.rewordings]


@pytest.fixture
def newsroom(tmp_path: Path) -> Iterator[Newsroom]:
    with closing(SqliteDatabase(tmp_path)) as database:
        newsroom = Newsroom(tmp_path / "library", database)
        with newsroom.library:
            yield newsroom


def in_year(article: Article, year: int) -> Article:
    return replace(article, text=article.text.replace("1904", str(year)))


def test_what_stood_in_a_held_article_is_never_told(newsroom: Newsroom) -> None:
    held = replace(GATE, embargo=NOON + timedelta(hours=1))
    newsroom.put(held)
    newsroom.put(in_year(held, 1905))
    newsroom.now += timedelta(hours=2)
    assert newsroom.told == []
    newsroom.put(in_year(held, 1906))
    assert newsroom.told == ["The gate opened in 1905."]


def test_an_article_that_becomes_private_takes_its_corrections_along(newsroom: Newsroom) -> None:
    newsroom.put(GATE)
    newsroom.put(in_year(GATE, 1905))
    assert newsroom.told == ["The gate opened in 1904."]
    private = replace(in_year(GATE, 1905), private=True)
    newsroom.put(private)
    newsroom.put(in_year(private, 1906))
    assert newsroom.told == []
    newsroom.corrections.note(None, newsroom.library, newsroom.library.update([], remove=["gate"]))
    assert newsroom.corrections.listed([(None, newsroom.library)], reader=None) == []


def test_the_feed_is_the_same_whatever_language_was_spoken_before(tmp_path: Path) -> None:
    file = tmp_path / "corrections.xml"
    with closing(SqliteDatabase(tmp_path)) as database:
        newsroom = Newsroom(tmp_path / "library", database)
        with newsroom.library:
            newsroom.put(GATE)
            newsroom.put(replace(GATE, text="The gate opened in 1905. It has two wings."))
            corrections = PublicCorrections(database, file, lambda: newsroom.now)
            corrections.write_feed(newsroom.library)
            content = file.read_bytes()
            with speaking("de"):
                corrections.write_feed(newsroom.library)
    assert file.read_bytes() == content
    assert b"It said:" in content
