"""`pullquote doctor`: for each line ok, or the remedy."""

import contextlib
import os
import platform
import re
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from bot.storage.server_settings import ServerSettingsStore
from bot.storage.sqlite import SqliteDatabase
from bot.watching.health import Refreshing, Report
from bot.watching.status_file import write_report
from index import DEFAULT_MODEL_SHA256, Article, Library, Source, SourceUpdate
from tests.bot.test_token import SHAPED
from tests.bot.watching.test_health import WELL
from tests.e2e.conftest import LEE_QUESTION, TIDES, Run
from tests.encoder import WordEncoder


def test_each_line_is_ok_on_a_sound_library(pullquote: Run, sample: None) -> None:
    outcome = pullquote("doctor")
    assert (outcome.code, outcome.err) == (0, "")
    assert re.sub(r"read \d+ \w+ ago", "read just now", outcome.out).splitlines() == [
        f"ok   Python: {platform.python_version()} on {platform.system()}",
        "ok   settings: read from the environment",
        "ok   ARTICLES_DIR: not set; articles come from `pullquote articles add`",
        f"ok   model: all-MiniLM-L6-v2, 384 dimensions, the published weights (sha256 {DEFAULT_MODEL_SHA256}); "
        "it reads English",
        f"ok   library: {Path('pullquote-data').resolve()}, 8 articles",
        "ok   integrity: the database is sound, and its indexes match it",
        "ok   library's model: the present one",
        "ok   articles' languages: en (8 articles)",
        "ok   articles: read just now",
        "ok   DISCORD_TOKEN: not set; only the Discord bot needs it",
        "ok   ask channels: 0; MESSAGE_CONTENT is on, for which the Message Content Intent must be, at the portal "
        "under Bot",
    ]


def test_a_reranker_that_cannot_be_loaded_is_named_with_the_remedy(pullquote: Run, sample: None) -> None:
    outcome = pullquote("doctor", env={"RERANKER_MODEL": "nowhere/nothing"})
    assert outcome.code == 2
    assert "FIX  reranker: nowhere/nothing does not work → " in outcome.out
    assert "set RERANKER_MODEL right, or remove it.\n" in outcome.out


def test_articles_that_the_model_does_not_read_are_named_with_the_model_that_does(
    pullquote: Run, tmp_path: Path
) -> None:
    file = tmp_path / "bruecke.md"
    file.write_text("Der Stadtrat hat am Montag beschlossen, die alte Brücke wieder für Fußgänger zu öffnen.")
    assert pullquote("articles", "add", str(file)).code == 0
    outcome = pullquote("doctor")
    assert outcome.code == 2
    assert (
        "FIX  articles' languages: de (1 article); all-MiniLM-L6-v2 does not read de, so it is never "
        "sure of answers from these → set EMBEDDING_MODEL=multilingual-e5-small, and run `pullquote reindex --full`\n"
    ) in outcome.out


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
    with contextlib.closing(SqliteDatabase(Path("pullquote-data"))) as database:
        ServerSettingsStore(database).add_ask_channel(1, 2)
    assert "ok   ask channels: 1; MESSAGE_CONTENT is on" in pullquote("doctor").out
    outcome = pullquote("doctor", env={"MESSAGE_CONTENT": "false"})
    assert outcome.code == 2
    assert (
        "FIX  ask channels: 1, where only messages that mention the bot are read → set MESSAGE_CONTENT=true, and "
    ) in outcome.out


def test_a_key_that_is_lost_is_named_and_the_answers_are_given_up_where_asked_for(pullquote: Run, sample: None) -> None:
    folder = Path("pullquote-data")
    with contextlib.closing(SqliteDatabase(folder)) as database:
        ServerSettingsStore(database).add_ask_channel(1, 2)
    (folder / "records.key").unlink()
    outcome = pullquote("doctor")
    assert (
        outcome.code == 2
        and "FIX  records: pullquote-data → The questions in pullquote-data/records.sqlite3" in outcome.out
    )
    outcome = pullquote("doctor", "--mend")
    assert outcome.code == 0
    assert "ok   records (mended): the answers whose key is lost were forgotten\nok   ask channels: 1; " in outcome.out
    assert "records" not in pullquote("doctor").out.replace("pullquote-data/records", "")


def test_settings_are_said_to_come_from_env_where_that_is_so(pullquote: Run, sample: None) -> None:
    Path(".env").write_text("ARTICLES_DIR=.\n")
    outcome = pullquote("doctor")
    assert "ok   settings: read from the environment and .env\nok   ARTICLES_DIR: .\n" in outcome.out


@pytest.mark.skipif(os.name != "posix", reason="files have no such modes there")
@pytest.mark.parametrize("mode", [0o644, 0o640, 0o602])
def test_an_env_file_that_others_can_read_is_named_and_closed_to_them_where_asked_for(
    pullquote: Run, sample: None, mode: int
) -> None:
    file = Path(".env")
    file.write_text(f"DISCORD_TOKEN={SHAPED}\n")
    file.chmod(mode)
    outcome = pullquote("doctor")
    assert outcome.code == 2
    assert (
        "FIX  .env: others on this machine can read or change it → run `chmod 600 .env`, or `pullquote doctor --mend`\n"
    ) in outcome.out
    assert file.stat().st_mode & 0o777 == mode
    outcome = pullquote("doctor", "--mend")
    assert outcome.code == 0
    assert "ok   .env (mended): closed to others on this machine\nok   .env: for its owner alone\n" in outcome.out
    assert file.stat().st_mode & 0o777 == 0o600
    assert "mended" not in pullquote("doctor").out


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
        connection.execute(
            """UPDATE texts SET text = replace(text, 'Lee', 'Kim')
               WHERE article = (SELECT number FROM articles WHERE id = 'maritime')"""
        )
    connection.close()
    outcome = pullquote("doctor")
    assert outcome.code == 2
    fault = (
        "FIX  integrity: the text or the details of “maritime” have changed since it was put → move pullquote-data "
        "away, and put a backup back with `pullquote restore`\n"
    )
    assert fault in outcome.out
    assert fault in pullquote("doctor", "--mend").out
    assert "passage index" not in outcome.out


def test_a_flipped_bit_in_a_stored_vector_is_named_and_mended_and_nothing_else_is_touched(
    pullquote: Run, sample: None
) -> None:
    def stored() -> dict[str, list[bytes]]:
        with contextlib.closing(sqlite3.connect("pullquote-data/library.sqlite3")) as connection:
            vectors: dict[str, list[bytes]] = {}
            rows = connection.execute(
                "SELECT articles.id, vector FROM passages JOIN articles ON number = article ORDER BY first"
            )
            for article_id, vector in rows:
                vectors.setdefault(article_id, []).append(vector)
            return vectors

    before = stored()
    answer = pullquote("ask", LEE_QUESTION).out
    content = Path("pullquote-data/library.sqlite3").read_bytes()
    place = content.index(before["maritime"][0][:64]) + 10
    damaged = content[:place] + bytes([content[place] ^ 0x10]) + content[place + 1 :]
    Path("pullquote-data/library.sqlite3").write_bytes(damaged)

    outcome = pullquote("doctor")
    assert outcome.code == 2
    (line,) = [line for line in outcome.out.splitlines() if line.startswith("FIX")]
    assert line == (
        "FIX  integrity: the vectors of 1 passage of “maritime” are damaged → run `pullquote doctor --mend`"
    )
    assert Path("pullquote-data/library.sqlite3").read_bytes() == damaged

    outcome = pullquote("doctor", "--mend")
    assert outcome.code == 0
    assert (
        "ok   integrity (mended): the passages of “maritime” were made again from its text\n"
        "ok   integrity: the database is sound, and its indexes match it\n"
    ) in outcome.out
    outcome = pullquote("doctor")
    assert (outcome.code, "mended" in outcome.out) == (0, False)
    after = stored()
    assert {name for name in before if before[name] != after[name]} <= {"maritime"}
    near = [np.frombuffer(held["maritime"][0], "<f2").astype(float) for held in (before, after)]
    assert np.allclose(*near, atol=1e-3)
    assert pullquote("ask", LEE_QUESTION).out == answer


def test_what_is_wrong_in_a_servers_library_is_named_with_its_server_and_mended(pullquote: Run, sample: None) -> None:
    for server in (11, 22):
        with Library.open(f"pullquote-data/servers/{server}", load_encoder=WordEncoder) as own:
            own.update([Article("tides", "Tides", "The ferry sails at noon.")])
    assert "ok   servers' libraries: 2, all sound\n" in pullquote("doctor").out
    Path("pullquote-data/servers/22/passages.1.rows").unlink()
    outcome = pullquote("doctor")
    assert (outcome.code, "all sound" in outcome.out) == (2, False)
    assert "FIX  server 22: the passage index is missing → run `pullquote doctor --mend`\n" in outcome.out
    outcome = pullquote("doctor", "--mend")
    assert outcome.code == 0
    assert "ok   server 22 (mended): the passage index was rebuilt from the stored vectors\n" in outcome.out
    Path("pullquote-data/servers/11/library.sqlite3").write_bytes(b"This is not a database." * 100)
    outcome = pullquote("doctor", "--mend")
    assert outcome.code == 2
    assert "FIX  server 11: its library cannot be used → " in outcome.out


@pytest.mark.parametrize(
    ("damage", "fault"), [("missing", "is missing"), ("cut", "is damaged"), ("flip", "is damaged")]
)
def test_a_bad_passage_index_is_found_and_mended_by_doctor_or_by_the_next_question(
    pullquote: Run, sample: None, damage: str, fault: str
) -> None:
    (file,) = Path("pullquote-data").glob("passages.*.vectors")
    content = file.read_bytes()
    for remedy in (["doctor", "--mend"], ["ask", LEE_QUESTION]):
        if damage == "missing":
            file.unlink()
        elif damage == "cut":
            file.write_bytes(content[: len(content) // 2])
        else:
            file.write_bytes(content[:500] + bytes([content[500] ^ 0xFF]) + content[501:])
        for _ in range(2):  # it only looks
            outcome = pullquote("doctor")
            assert outcome.code == 2
            assert f"FIX  integrity: the passage index {fault} → run `pullquote doctor --mend`\n" in outcome.out
        assert pullquote(*remedy).code == 0
        assert pullquote("doctor").code == 0
        (file,) = Path("pullquote-data").glob("passages.*.vectors")
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


def test_a_source_that_could_not_be_read_is_named_with_the_cause(pullquote: Run, sample: None) -> None:
    source = Source("feed", "https://news.example.org/feed", datetime.now(UTC), result="The feed answers 404.")
    with Library.open("pullquote-data") as library:
        library.update([], source_update=SourceUpdate((source,), ()))
    outcome = pullquote("doctor")
    assert outcome.code == 2
    assert (
        "FIX  source: https://news.example.org/feed: The feed answers 404. → mend it there, or run `pullquote sources "
        "remove https://news.example.org/feed`\n" in outcome.out
    )


def test_how_the_bot_is_that_runs_on_the_folder_is_said(pullquote: Run, sample: None) -> None:
    now, data = datetime.now(UTC), Path("pullquote-data")
    well = replace(WELL, at=now, started=now - timedelta(hours=3), loops=(), refreshing=Refreshing())
    earlier = now - timedelta(hours=2)
    write_report(Report.of(well), data)
    assert "ok   bot: ok, running for 3 hours\n" in pullquote("doctor").out
    write_report(Report.of(replace(well, disk_free=5_000_000)), data)
    outcome = pullquote("doctor")
    assert outcome.code == 2
    assert "FIX  bot: 5 MB are left on the disk of the data folder. → see its log" in outcome.out
    write_report(Report.of(replace(well, at=earlier)), data)
    assert "FIX  bot: last heard of 2 hours ago" in pullquote("doctor").out
    write_report(Report.of(replace(well, at=earlier, stopping=True)), data)
    assert "ok   bot: stopped 2 hours ago\n" in pullquote("doctor").out
