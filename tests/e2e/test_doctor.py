"""`pullquote doctor`: for each line ok, or the remedy."""

import contextlib
import platform
import sqlite3
from pathlib import Path

import pytest

from bot.database import Database
from bot.preferences import Preferences
from index import DEFAULT_MODEL_SHA256
from tests.bot.test_token import SHAPED
from tests.e2e.conftest import LEE_QUESTION, TIDES, Run


def test_each_line_is_ok_on_a_sound_library(pullquote: Run, sample: None) -> None:
    outcome = pullquote("doctor")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.splitlines() == [
        f"ok   Python: {platform.python_version()} on {platform.system()}",
        "ok   settings: read from the environment",
        "ok   ARTICLES_DIR: not set; articles come from `pullquote articles add`",
        f"ok   model: all-MiniLM-L6-v2, 384 dimensions, the published weights (sha256 {DEFAULT_MODEL_SHA256})",
        f"ok   library: {Path('pullquote-data').resolve()}, 8 articles",
        "ok   integrity: the database is sound, and passages.faiss matches it",
        "ok   library's model: the present one",
        "ok   DISCORD_TOKEN: not set; only the Discord bot needs it",
        "ok   ask channels: 0; MESSAGE_CONTENT is on, for which the Message Content Intent must be, at the portal "
        "under Bot",
    ]


def test_a_reranker_that_cannot_be_loaded_is_named_with_the_remedy(pullquote: Run, sample: None) -> None:
    outcome = pullquote("doctor", env={"RERANKER_MODEL": "nowhere/nothing"})
    assert outcome.code == 2
    assert "FIX  reranker: nowhere/nothing does not work → " in outcome.out
    assert "set RERANKER_MODEL right, or remove it.\n" in outcome.out


def test_a_library_that_was_never_used_is_ok(pullquote: Run) -> None:
    outcome = pullquote("doctor")
    assert outcome.code == 0
    assert "FIX" not in outcome.out
    assert f"ok   library: {Path('pullquote-data').resolve()}, 0 articles\n" in outcome.out


def test_a_token_is_said_to_be_there_but_never_shown(pullquote: Run, sample: None) -> None:
    outcome = pullquote("doctor", env={"DISCORD_TOKEN": SHAPED})
    assert (
        "ok   DISCORD_TOKEN: has the shape of one; whether Discord takes it shows in `pullquote run`\n" in outcome.out
    )
    assert SHAPED not in outcome.out + outcome.err


def test_a_malformed_token_is_named_with_where_to_get_one_but_never_shown(pullquote: Run, sample: None) -> None:
    outcome = pullquote("doctor", env={"DISCORD_TOKEN": "a.secret.token"})
    assert outcome.code == 2
    assert (
        "FIX  DISCORD_TOKEN: is no bot token: its first part does not name a bot → copy the token at "
        "https://discord.com/developers/applications under Bot, Reset Token, into .env\n"
    ) in outcome.out
    assert "secret" not in outcome.out + outcome.err


def test_ask_channels_that_cannot_be_read_are_named(pullquote: Run, sample: None) -> None:
    with contextlib.closing(Database(Path("pullquote-data"))) as database:
        Preferences(database).add_ask_channel(1, 2)
    assert "ok   ask channels: 1; MESSAGE_CONTENT is on" in pullquote("doctor").out
    outcome = pullquote("doctor", env={"MESSAGE_CONTENT": "false"})
    assert outcome.code == 2
    assert (
        "FIX  ask channels: 1, where only messages that mention the bot are read → set MESSAGE_CONTENT=true, and "
    ) in outcome.out


def test_settings_are_said_to_come_from_env_where_that_is_so(pullquote: Run, sample: None) -> None:
    Path(".env").write_text("ARTICLES_DIR=.\n")
    outcome = pullquote("doctor")
    assert "ok   settings: read from the environment and .env\nok   ARTICLES_DIR: .\n" in outcome.out


def test_a_damaged_database_is_named_with_its_remedy_and_the_other_checks_go_on(pullquote: Run, sample: None) -> None:
    Path("pullquote-data/library.sqlite3").write_bytes(b"This is not a database." * 100)
    outcome = pullquote("doctor")
    assert outcome.code == 2
    (line,) = [line for line in outcome.out.splitlines() if line.startswith("FIX")]
    assert line.startswith("FIX  library: ")
    assert "library.sqlite3 is damaged" in line
    assert "`pullquote reindex`" in line
    assert "ok   DISCORD_TOKEN" in outcome.out


def test_a_text_that_was_changed_behind_the_library_is_found(pullquote: Run, sample: None) -> None:
    with sqlite3.connect("pullquote-data/library.sqlite3") as connection:
        connection.execute("UPDATE articles SET text = replace(text, 'Lee', 'Kim') WHERE id = 'maritime'")
    connection.close()
    outcome = pullquote("doctor")
    assert outcome.code == 2
    assert "FIX  integrity: the text of maritime has changed → put a copy of " in outcome.out, outcome.out


@pytest.mark.parametrize(
    ("damage", "fault"), [("missing", "is missing"), ("cut", "is damaged"), ("flip", "is damaged")]
)
def test_a_bad_passages_faiss_is_found_and_the_next_question_mends_it(
    pullquote: Run, sample: None, damage: str, fault: str
) -> None:
    file = Path("pullquote-data/passages.faiss")
    content = file.read_bytes()
    if damage == "missing":
        file.unlink()
    elif damage == "cut":
        file.write_bytes(content[: len(content) // 2])
    else:
        file.write_bytes(content[:500] + bytes([content[500] ^ 0xFF]) + content[501:])
    outcome = pullquote("doctor")
    assert outcome.code == 2
    assert f"FIX  integrity: passages.faiss {fault} → it is rebuilt now, from the database\n" in outcome.out
    assert pullquote("ask", LEE_QUESTION).code == 0
    assert pullquote("doctor").code == 0
    assert file.read_bytes() == content


def test_articles_dir_that_is_not_there_is_named(pullquote: Run, sample: None) -> None:
    outcome = pullquote("doctor", env={"ARTICLES_DIR": "nowhere"})
    assert outcome.code == 2
    assert "FIX  ARTICLES_DIR: nowhere is no folder that can be read → correct it in .env\n" in outcome.out


def test_a_bad_setting_is_named(pullquote: Run) -> None:
    outcome = pullquote("doctor", env={"ANSWER_THRESHOLD": "high"})
    assert outcome.code == 2
    assert outcome.out.splitlines()[1] == (
        "FIX  settings: cannot be used → ANSWER_THRESHOLD is not a number from 0 to 1; "
        "correct it in the environment or in .env."
    )


def test_an_unknown_model_is_named(pullquote: Run, sample: None) -> None:
    outcome = pullquote("doctor", env={"EMBEDDING_MODEL": "./no-such-model"})
    assert outcome.code == 2
    assert "FIX  model: ./no-such-model does not work → The model './no-such-model' cannot be loaded" in outcome.out


def test_doctor_leaves_the_library_as_it_is(pullquote: Run) -> None:
    Path("tides.md").write_text(TIDES)
    pullquote("articles", "add", "tides.md")
    before = Path("pullquote-data/library.sqlite3").read_bytes()
    pullquote("doctor")
    assert Path("pullquote-data/library.sqlite3").read_bytes() == before
