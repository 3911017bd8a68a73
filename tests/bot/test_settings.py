"""Settings from the environment and `.env`."""

import os
import re
import traceback
from pathlib import Path

import pytest
from dotenv import dotenv_values

from bot.errors import SettingsError
from bot.services.backup import settings_as_env
from bot.settings import Settings
from index import DEFAULT_MODEL, DEFAULT_THRESHOLD

EXAMPLE = Path(__file__).parents[2] / ".env.example"


@pytest.fixture(autouse=True)
def _nothing_is_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def test_env_example_holds_exactly_the_settings_in_their_order() -> None:
    assert list(dotenv_values(EXAMPLE)) == [name.upper() for name in Settings.model_fields]


def test_env_example_changes_nothing() -> None:
    defaults = Settings.load()
    Path(".env").write_text(EXAMPLE.read_text())
    assert Settings.load() == defaults


def test_env_example_explains_every_setting() -> None:
    lines = EXAMPLE.read_text().splitlines()
    for number, line in enumerate(lines):
        if line and not line.startswith("#"):
            assert lines[number - 1].startswith("# "), line


def test_without_any_setting_the_defaults_count() -> None:
    settings = Settings.load()
    assert settings.data_dir == Path("pullquote-data")
    assert settings.articles_dir is None
    assert settings.embedding_model == DEFAULT_MODEL
    assert settings.answer_threshold == DEFAULT_THRESHOLD
    assert settings.max_article_bytes == 2_000_000
    assert settings.discord_token is None


def test_the_environment_counts_before_the_file_env(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("DATA_DIR=from file\nANSWER_THRESHOLD=0.25\n")
    monkeypatch.setenv("DATA_DIR", "from environment")
    settings = Settings.load()
    assert (settings.data_dir, settings.answer_threshold) == (Path("from environment"), 0.25)


def test_an_empty_value_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.setenv(name.upper(), "")
    assert Settings.load().answer_threshold == DEFAULT_THRESHOLD
    assert Settings.load().discord_token is None


def test_what_else_stands_in_env_is_passed_over() -> None:
    Path(".env").write_bytes(
        b"\xef\xbb\xbf# a mark and a comment\r\nOTHER_TOOL=1\r\nexport ANSWER_THRESHOLD='0.75'\r\n"
    )
    assert Settings.load().answer_threshold == 0.75


@pytest.mark.parametrize(
    ("name", "value", "what"),
    [
        ("ANSWER_THRESHOLD", "1.01", "a number from 0 to 1"),
        ("ANSWER_THRESHOLD", "-0.1", "a number from 0 to 1"),
        ("ANSWER_THRESHOLD", "nan", "a number from 0 to 1"),
        ("ANSWER_THRESHOLD", "half", "a number from 0 to 1"),
        ("MAX_ARTICLE_BYTES", "0", "a whole number of bytes above 0"),
        ("MAX_ARTICLE_BYTES", "2.5", "a whole number of bytes above 0"),
        ("MAX_ARTICLE_BYTES", "2 MB", "a whole number of bytes above 0"),
        ("MAX_SERVER_ARTICLES", "0", "a whole number of articles above 0"),
        ("MAX_SERVER_BYTES", "50 MB", "a whole number of bytes above 0"),
        *(
            (
                "DATABASE_URL",
                value,
                "the address of a PostgreSQL database, such as postgresql://name:password@host/database",
            )
            for value in (
                "mysql://reader:hunter2@db/news",
                "hunter2",
                "host=db password=hunter2",
                "postgresql://reader:hunter2@db:port/news",
                "postgresql://reader:hunter2@db:0/news",
                "postgresql://reader:hunter2@[db/news",
                "postgresql://reader:hunter 2@db/news",
                "postgresql://reader:hunter@2@db/news",
                "postgresql://reader:1/hunter2@db/news",
                "postgresql://reader:1?hunter2@db/news",
                "postgresql://reader:1#hunter2@db/news",
            )
        ),
    ],
)
def test_a_bad_value_is_named_with_what_it_should_be(
    name: str, value: str, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as raised:
        Settings.load()
    assert str(raised.value) == f"{name} is not {what}; correct it in the environment or in .env."


def test_a_token_shows_nowhere() -> None:
    Path(".env").write_text("DISCORD_TOKEN=very.secret\n")
    settings = Settings.load()
    assert settings.discord_token is not None
    assert settings.discord_token.get_secret_value() == "very.secret"
    assert "very.secret" not in repr(settings) + str(settings)


DATABASE = "postgresql://reader:hunter%20two@db.example.org:5433/news?sslmode=require"


def test_the_address_of_the_database_shows_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", f" {DATABASE}\n")
    settings = Settings.load()
    assert settings.libraries_at == DATABASE
    assert set(settings.secrets) == {DATABASE, "hunter%20two", "hunter two"}
    shown = repr(settings) + str(settings) + settings.model_dump_json() + settings_as_env(settings)
    assert not re.search("hunter|db.example", shown)


def test_a_refused_address_shows_in_no_error_and_in_none_behind_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://reader:hunter2@db/news")
    monkeypatch.setenv("WEBHOOK_SECRET", "hunter2")
    with pytest.raises(SettingsError) as raised:
        Settings.load()
    assert "hunter2" not in "".join(traceback.format_exception(raised.value))


def test_a_folder_that_is_named_counts_in_place_of_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings.load().libraries_at == Path("pullquote-data")
    monkeypatch.setenv("DATABASE_URL", "postgres:///news")
    assert Settings.load().libraries_at == "postgres:///news"
    named = Settings.load().in_folder(Path("kept"))
    assert (named.libraries_at, named.database_url) == (Path("kept"), None)


def test_passwords_are_known_by_all_the_ways_to_write_them_unless_they_are_too_short() -> None:
    def of(url: str) -> set[str]:
        return set(Settings(_env_file=None, database_url=url).secrets) - {url}

    assert of("postgresql://db/news?user=a&password=hunter2") == {"hunter2"}
    assert of("postgresql://a:b@db/news") == set()
    assert of("postgresql://db/news") == set()
    assert of("postgresql://a:hunter2@db,other:5433/news") == {"hunter2"}


def test_a_file_env_that_is_no_text_is_named() -> None:
    Path(".env").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match=r"^The file \.env cannot be read .*; mend it or move it away\.$"):
        Settings.load()


def test_loading_settings_leaves_the_environment_alone() -> None:
    Path(".env").write_text("DISCORD_TOKEN=very.secret\n")
    before = dict(os.environ)
    Settings.load()
    assert dict(os.environ) == before


def test_a_tilde_in_a_path_is_the_home_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("DATA_DIR", "~/libraries")
    assert Settings.load().data_dir == tmp_path / "libraries"
