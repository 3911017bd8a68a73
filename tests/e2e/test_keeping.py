"""What the operator keeps and puts back: rollback, backups and exports, as commands, with the real model."""

import asyncio
import json
import stat
import zipfile
from pathlib import Path

import pytest

from bot.services.editor import Read
from index import Article, Change, Library
from tests.e2e.conftest import BAKERY_ANSWER, BAKERY_QUESTION, LEE_ASKED, LEE_QUESTION, TIDES, Run
from tests.e2e.world import World

CORRECTED = TIDES.replace("a lighthouse\nkeeper", "a retired\npilot")


def bytes_in(folder: str) -> bytes:
    return b"".join(path.read_bytes() for path in Path(folder).rglob("*") if path.is_file())


def ids(pullquote: Run) -> list[str]:
    return [article["id"] for article in pullquote("articles", "list", "--json").json]


@pytest.fixture
def news(place: Path) -> Path:
    """A folder with one article."""
    news = place / "news"
    news.mkdir()
    (news / "tides.md").write_text(TIDES)
    return news


def test_a_reindex_is_undone_and_answers_are_as_before(pullquote: Run, news: Path) -> None:
    env = {"ARTICLES_DIR": news}
    assert pullquote("ask", BAKERY_QUESTION, "--json", "--limit", "1", env=env).quotes == [BAKERY_ANSWER]
    (news / "tides.md").write_text(CORRECTED)
    (news / "other.md").write_text("# The quay\n\nThe new quay opens in May. It has room for twelve boats.\n")
    assert pullquote("reindex", env=env).code == 0
    assert sorted(ids(pullquote)) == ["other", "tides"]
    plan = pullquote("rollback", "--dry-run")
    assert "would change: tides" in plan.out and "would remove: other" in plan.out
    assert "This would undo the update of " in plan.err and "2 articles." in plan.err
    assert sorted(ids(pullquote)) == ["other", "tides"]
    done = pullquote("rollback")
    assert (done.code, done.out.splitlines()[:2]) == (0, ["changed: tides", "removed: other"])
    assert pullquote("ask", BAKERY_QUESTION, "--json", "--limit", "1").quotes == [BAKERY_ANSWER]
    again = pullquote("rollback")
    assert again.complaint.endswith("is kept, so none can be undone.")


@pytest.mark.parametrize("way", ["--forget", "ROLLBACK_DAYS=0", "articles remove"])
def test_what_a_reindex_replaced_is_in_the_files_until_it_is_given_up(pullquote: Run, news: Path, way: str) -> None:
    env = {"ARTICLES_DIR": str(news)} | ({"ROLLBACK_DAYS": "0"} if way == "ROLLBACK_DAYS=0" else {})
    pullquote("reindex", env=env)
    (news / "tides.md").write_text(CORRECTED)
    pullquote("reindex", env=env)
    assert b"retired\npilot" in bytes_in("pullquote-data").replace(b" ", b"\n")
    for kept_in in Path("pullquote-data").glob("library.sqlite3*"):  # the list of corrections tells what stood
        assert b"lighthouse" not in kept_in.read_bytes() or way != "ROLLBACK_DAYS=0"
    assert b"lighthouse" in bytes_in("pullquote-data")
    if way == "ROLLBACK_DAYS=0":
        pullquote("rollback", "--forget")
    if way == "--forget":
        assert pullquote("rollback", "--forget").out == "What was kept to be undone is erased.\n"
    elif way == "articles remove":
        pullquote("articles", "remove", "tides")
    assert b"lighthouse" not in bytes_in("pullquote-data")
    with Library.open("pullquote-data") as library:
        assert library.check() == ()


def test_a_backup_is_put_back_elsewhere_and_answers_the_same(pullquote: Run, sample: None) -> None:
    made = pullquote("backup", "kept.zip", env={"RECORDS_DAYS": "7"})
    assert made.code == 0 and made.out.startswith("kept.zip: 2 files, ")
    assert "with the libraries of 0 servers. It holds the key to the records: keep it to yourself.\n" in made.out
    assert stat.S_IMODE(Path("kept.zip").stat().st_mode) == 0o600
    assert pullquote("backup", "kept.zip").complaint.startswith("kept.zip is there already, and is not written over")
    assert pullquote("restore", "kept.zip").complaint.startswith("pullquote-data is not empty; move it away, or name")
    back = pullquote("restore", "kept.zip", "--data", "elsewhere")
    assert back.code == 0 and back.out.startswith("elsewhere: 2 files, ")
    assert "RECORDS_DAYS=7\n" in Path("elsewhere/settings.env").read_text()
    answer = pullquote("ask", LEE_QUESTION, "--json", "--limit", "1", "--data", "elsewhere")
    assert answer.quotes == [LEE_ASKED]
    assert "ok   integrity" in pullquote("doctor", "--data", "elsewhere").out


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04" + bytes(400)])
def test_what_is_no_backup_is_refused_in_a_sentence(pullquote: Run, content: bytes) -> None:
    Path("kept.zip").write_bytes(content)
    said = pullquote("restore", "kept.zip", "--data", "elsewhere").complaint
    assert said.startswith("kept.zip is no backup that can be put back: ") and said.endswith("; use another one.")
    assert (
        pullquote("restore", "none.zip", "--data", "elsewhere").complaint == "There is no file none.zip; name a backup."
    )
    with zipfile.ZipFile("empty.zip", "w"):
        pass
    assert "it has no manifest" in pullquote("restore", "empty.zip", "--data", "elsewhere").complaint
    assert not Path("elsewhere").exists()


def test_articles_go_out_and_in_again_unchanged(pullquote: Run, news: Path) -> None:
    pullquote("articles", "add", news)
    assert pullquote("export", "all.jsonl").out == "all.jsonl: 1 article.\n"
    (line,) = Path("all.jsonl").read_text().splitlines()
    assert json.loads(line)["title"] == "The bakery that opens with the tide"
    with Library.open("pullquote-data") as library:
        hashes = library.content_hashes()
    assert "would add: tides" in pullquote("import", "all.jsonl", "--dry-run", "--data", "other").out
    assert pullquote("import", "all.jsonl", "--data", "other").code == 0
    with Library.open("other") as library:
        assert library.content_hashes() == hashes
    Path("more.jsonl").write_text(f"{line}\nnot a line\n")
    said = pullquote("import", "more.jsonl")
    assert said.code == 2 and "refused: more.jsonl, line 2 is no article: it is not JSON" in said.err


async def test_what_the_bot_reads_by_itself_can_be_undone_and_what_an_editor_changes_drops_it(world: World) -> None:
    editor, server = world.bot.services.editor, world.guild.id
    first, second = (Article("quay", "The quay", f"The quay opens in {month}.") for month in ("May", "June"))

    def reading(*articles: Article, remove: tuple[str, ...] = ()) -> Read:
        async def read(_: Library) -> Change:
            return Change(articles, remove)

        return read

    async def wait() -> None:
        """Nobody is told."""

    await editor.update(server, reading(first))
    await editor.update(server, reading(second))
    library = world.bot.services.libraries.own(server)
    assert library and [kept.articles for kept in library.kept_generations()] == [1, 1]
    await asyncio.to_thread(library.roll_back)
    assert library.articles() == [first] and len(library.kept_generations()) == 1
    await editor.edit(server, reading(remove=("quay",)), wait)
    assert (library.articles(), library.kept_generations()) == ([], [])
