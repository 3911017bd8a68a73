"""A backup puts everything back as it was, or nothing; it is its owner's alone and holds no token."""

import hashlib
import json
import os
import stat
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from dotenv import dotenv_values
from pydantic import SecretStr

from bot.errors import SettingsError
from bot.services.backup import restore_backup, settings_as_env, write_backup
from bot.settings import Settings
from bot.storage.answers import AnswerStore
from bot.storage.pending import PendingPaste, PendingStore
from bot.storage.server_settings import ServerSettingsStore
from bot.storage.sqlite import SqliteDatabase
from bot.watching.status_file import STATUS
from index import Answer, Article, Library, PullquoteError
from tests.encoder import WordEncoder

BRIDGE = Article("bridge", "The bridge", "The bridge opened in 1904. It carries two lanes.")
FERRY = Article("ferry", "The ferry", "The ferry sails at noon. It takes an hour.")
TOKEN = "a-token-that-nobody-may-see"


def open_library(folder: Path) -> Library:
    return Library.open(folder, load_encoder=WordEncoder, threshold=0.0)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    values = {"records_days": 7, "discord_token": SecretStr(TOKEN), "operator_contact": 'The "Gazette", #1'}
    return Settings(_env_file=None, data_dir=tmp_path / "data", **values)


@pytest.fixture
def base(settings: Settings) -> Iterator[Library]:
    """The base library, with one of a server beside it, and with an answer on record."""
    with open_library(settings.data_dir) as base, open_library(settings.data_dir / "servers/33") as own:
        base.update([BRIDGE])
        own.update([FERRY])
        with closing(SqliteDatabase(settings.data_dir)) as database:
            kept = AnswerStore(database).keep(5, 6, Answer("When did it open?", True, 0.9))
            AnswerStore(database).vote(kept.id, 6, up=True)
            ServerSettingsStore(database).add_ask_channel(5, 60)
            PendingStore(database).keep(5, PendingPaste("A story with quokkas."))
            (settings.data_dir / STATUS).write_text('{"what": "how the bot is now"}')
            yield base


@pytest.fixture
def backup(tmp_path: Path, base: Library, settings: Settings) -> Path:
    file = tmp_path / "backup.zip"
    write_backup(file, base, settings, open_library)
    return file


def bytes_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def modes_in(folder: Path) -> set[int]:
    return {stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*.sqlite3*")}


def test_everything_comes_back_as_it_was(backup: Path, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "place"
    made = restore_backup(backup, folder, open_library)
    assert made.servers == 1 and abs((datetime.now(UTC) - made.manifest.made).total_seconds()) < 600
    with open_library(folder) as base, open_library(folder / "servers/33") as own:
        assert (base.articles(), own.articles()) == ([BRIDGE], [FERRY])
        assert base.ask("When did the bridge open?").quotes[0].text == "The bridge opened in 1904."
        assert base.check() == own.check() == ()
    with closing(SqliteDatabase(folder)) as database:
        (record,) = AnswerStore(database).given_to(6)
        assert (record.question, AnswerStore(database).votes_of(6)) == ("When did it open?", 1)
        assert ServerSettingsStore(database).ask_channels() == [60]
    assert modes_in(folder) == {0o600} and stat.S_IMODE((folder / "records.key").stat().st_mode) == 0o600
    kept = dotenv_values(folder / "settings.env")
    assert (kept["RECORDS_DAYS"], kept["OPERATOR_CONTACT"]) == ("7", 'The "Gazette", #1')
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_backup_is_its_owner_s_alone_and_its_manifest_names_each_file(backup: Path) -> None:
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    with zipfile.ZipFile(backup) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        assert manifest["format"] == 1
        assert {name: entry["sha256"] for name, entry in manifest["files"].items()} == {
            name: hashlib.sha256(archive.read(name)).hexdigest()
            for name in archive.namelist()
            if name != "manifest.json"
        }
    assert sorted(manifest["files"]) == [  # not status.json, nor what can be made again
        "library.sqlite3", "records.key", "records.sqlite3", "servers/33/library.sqlite3", "settings.env",
    ]  # fmt: skip


def test_no_backup_holds_the_token_or_what_is_kept_for_an_hour_or_the_words_of_a_question(
    backup: Path, tmp_path: Path, settings: Settings
) -> None:
    assert b"quokkas" in bytes_in(settings.data_dir)
    restore_backup(backup, tmp_path / "new", open_library)
    with zipfile.ZipFile(backup) as archive:
        held = b"".join(map(archive.read, archive.namelist())) + bytes_in(tmp_path / "new")
    assert b"two lanes" in held and b"takes an hour" in held
    assert not any(word.encode() in held for word in (TOKEN, "quokkas", "When did it open?"))


def test_what_was_withdrawn_and_who_was_forgotten_is_in_no_backup_that_is_made_after(
    base: Library, settings: Settings, tmp_path: Path
) -> None:
    with closing(SqliteDatabase(settings.data_dir)) as database:
        answers = AnswerStore(database)
        (record,) = answers.given_to(6)
        answers.forget_votes_of(6)
        answers.forget(record.id)
    base.update([Article("scandal", "The mayor", "The mayor hid zygotes.")])
    base.remove("scandal")
    write_backup(tmp_path / "after.zip", base, settings, open_library)
    restore_backup(tmp_path / "after.zip", tmp_path / "new", open_library)
    for folder in (settings.data_dir, tmp_path / "new"):
        held = bytes_in(folder)
        assert b"two lanes" in held
        assert not any(gone in held for gone in (b"zygotes", b"ygotes", record.id.encode(), record.asker))


def test_what_a_killed_backup_has_left_goes_with_the_next_one_but_not_what_is_being_written(
    base: Library, settings: Settings, tmp_path: Path
) -> None:
    old, new = (tmp_path / f".pullquote-backup.{name}" for name in ("old", "new"))
    for place, seconds in ((old, 3601), (new, 3000)):
        place.mkdir()
        (place / "library.sqlite3").write_bytes(b"half of it")
        then = time.time() - seconds
        for path in (place / "library.sqlite3", place):
            os.utime(path, (then, then))
    write_backup(tmp_path / "all.zip", base, settings, open_library)
    assert (old.exists(), new.exists()) == (False, True)


def test_nothing_is_written_over(backup: Path, base: Library, settings: Settings, tmp_path: Path) -> None:
    before = backup.read_bytes()
    with pytest.raises(SettingsError, match=r"backup\.zip is there already, and is not written over; name another"):
        write_backup(backup, base, settings, open_library)
    assert backup.read_bytes() == before
    folder = tmp_path / "full"
    folder.mkdir()
    (folder / "a").touch()
    with pytest.raises(SettingsError, match="full is not empty; move it away, or name another folder with --data"):
        restore_backup(backup, folder, open_library)
    assert [path.name for path in folder.iterdir()] == ["a"]


def test_an_empty_folder_may_be_there(backup: Path, tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    restore_backup(backup, tmp_path / "new", open_library)
    assert (tmp_path / "new/library.sqlite3").exists()


def rewritten(backup: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """The backup with other contents."""
    with zipfile.ZipFile(backup) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    change(held)
    with zipfile.ZipFile(backup, "w") as archive:
        for name, content in held.items():
            archive.writestr(name, content)
    return backup


def restated(held: dict[str, bytes], name: str, content: bytes) -> None:
    """Put a content in, and let the manifest say so."""
    held[name] = content
    manifest = json.loads(held["manifest.json"])
    manifest["files"][name] = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
    held["manifest.json"] = json.dumps(manifest).encode()


def of_a_newer_library(held: dict[str, bytes], tmp: Path) -> None:
    (tmp / "newer.sqlite3").write_bytes(held["library.sqlite3"])
    import sqlite3

    with closing(sqlite3.connect(tmp / "newer.sqlite3")) as connection, connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("UPDATE manifest SET value = '99' WHERE key = 'schema'")
    restated(held, "library.sqlite3", (tmp / "newer.sqlite3").read_bytes())


DAMAGES: dict[str, tuple[Callable[[dict[str, bytes], Path], object], str]] = {
    "a byte": (lambda held, _: held.update({"records.key": b"\0" * 32}), "records.key is not what the manifest says"),
    "a missing file": (lambda held, _: held.pop("records.key"), "it does not hold what its manifest says"),
    "a file too many": (lambda held, _: held.update({"more": b""}), "it does not hold what its manifest says"),
    "a path outside": (lambda held, _: restated(held, "../outside", b""), "'../outside' does not belong into one"),
    "no manifest": (lambda held, _: held.pop("manifest.json"), "it has no manifest"),
    "an empty manifest": (lambda held, _: held.update({"manifest.json": b"{}"}), "its manifest cannot be read"),
    "another key": (lambda held, _: restated(held, "records.key", b"\0" * 32), "sealed under another key"),
    "no database": (lambda held, _: restated(held, "library.sqlite3", b"none" * 2000), "is damaged"),
    "a newer library": (of_a_newer_library, "has schema 99, this Pullquote reads"),
    "a newer format": (
        lambda held, _: held.update({"manifest.json": b'{"format": 2, "made": "later"}'}),
        "was made by a newer Pullquote; upgrade Pullquote.",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("damage", "said"), DAMAGES.values(), ids=DAMAGES)
def test_a_backup_that_is_not_whole_puts_nothing_back(
    backup: Path, tmp_path: Path, damage: Callable[[dict[str, bytes], Path], object], said: str
) -> None:
    rewritten(backup, lambda held: (damage(held, tmp_path), None)[1])
    before = {path for path in tmp_path.rglob("*")}
    with pytest.raises(PullquoteError, match=said.replace("(", r"\(")):
        restore_backup(backup, tmp_path / "new", open_library)
    assert {path for path in tmp_path.rglob("*")} - before == set()


@pytest.mark.parametrize("share", [0.0, 0.3, 0.99])
def test_a_backup_that_was_cut_short_puts_nothing_back(backup: Path, tmp_path: Path, share: float) -> None:
    content = backup.read_bytes()
    backup.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(SettingsError, match="is no backup that can be put back"):
        restore_backup(backup, tmp_path / "new", open_library)
    assert not (tmp_path / "new").exists()


def test_a_flipped_bit_anywhere_is_noticed_or_changes_nothing(backup: Path, tmp_path: Path) -> None:
    content = backup.read_bytes()
    refused = 0
    for number in range(40):
        place = len(content) * number // 40
        backup.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        folder = tmp_path / f"new {number}"
        try:
            restore_backup(backup, folder, open_library)
        except SettingsError:
            refused += 1
            assert not folder.exists()
        else:
            with open_library(folder) as base:
                assert base.articles() == [BRIDGE] and base.check() == ()
    assert refused > 30


def test_a_backup_that_cannot_be_finished_leaves_no_file(
    base: Library, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(zipfile.ZipFile, "writestr", full)
    with pytest.raises(PullquoteError, match=r"(?i)space|disk"):
        write_backup(tmp_path / "full.zip", base, settings, open_library)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data"]


def test_the_settings_can_be_read_again_as_they_were(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "settings.env"
    file.write_text(settings_as_env(settings))
    assert Settings(_env_file=file) == settings.model_copy(update={"discord_token": None})
