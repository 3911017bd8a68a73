"""What an operator can set, in the environment or in a file `.env`."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import parse_qsl, unquote, urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.errors import SettingsError
from bot.shards import MOST, PATTERN, Shards, shards_in
from index import DEFAULT_MODEL, DEFAULT_THRESHOLD, is_database

SHORTEST_HIDDEN = 4
"""A password of the database with fewer characters is hidden only where the whole address is."""

LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR"]
LogFormat = Literal["text", "json"]


class Settings(BaseSettings):
    """One field a setting; the variable is the field's name in capitals. An empty value counts as not set."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        hide_input_in_errors=True,  # which may be a password
    )

    data_dir: Annotated[Path, Field(description="a folder for the libraries")] = Path("pullquote-data")
    database_url: Annotated[
        SecretStr | None,
        Field(description="the address of a PostgreSQL database, such as postgresql://name:password@host/database"),
    ] = None
    articles_dir: Annotated[Path | None, Field(description="the folder that reindex reads articles from")] = None
    embedding_model: Annotated[str, Field(description="a sentence-transformers name or folder")] = DEFAULT_MODEL
    learned_ranking: Annotated[bool, Field(description="true or false")] = True
    learned_reading: Annotated[bool, Field(description="true or false")] = True
    reranker_model: Annotated[str | None, Field(description="a CrossEncoder's name or folder")] = None
    answer_threshold: Annotated[float, Field(ge=0, le=1, description="a number from 0 to 1")] = DEFAULT_THRESHOLD
    max_article_bytes: Annotated[int, Field(ge=1, description="a whole number of bytes above 0")] = 2_000_000
    max_server_articles: Annotated[int, Field(ge=1, description="a whole number of articles above 0")] = 5_000
    max_server_bytes: Annotated[int, Field(ge=1, description="a whole number of bytes above 0")] = 50_000_000
    discord_token: Annotated[SecretStr | None, Field(description="the bot's token")] = None
    message_content: Annotated[bool, Field(description="true or false")] = True
    cooldown_seconds: Annotated[float, Field(ge=0, le=3600, description="a number of seconds from 0 to 3600")] = 5.0
    queue_size: Annotated[int, Field(ge=0, description="a whole number from 0 up")] = 20
    records_days: Annotated[int, Field(ge=1, le=3650, description="a whole number of days from 1 to 3650")] = 30
    refresh_hours: Annotated[float, Field(ge=0, le=168, description="a number of hours from 0 to 168")] = 6.0
    log_channel: Annotated[int | None, Field(ge=1, description="the id of a channel in Discord")] = None
    corrections_feed: Annotated[Path | None, Field(description="a file in a folder that is there")] = None
    opinion_sections: Annotated[str | None, Field(description="names, separated by commas")] = None
    log_level: Annotated[LogLevel, Field(description="DEBUG, INFO, WARNING or ERROR")] = "INFO"
    log_format: Annotated[LogFormat, Field(description="text or json")] = "text"
    health_port: Annotated[int | None, Field(ge=1, le=65535, description="a port from 1 to 65535")] = None
    health_host: Annotated[str, Field(description="an address of this machine")] = "127.0.0.1"
    webhook_port: Annotated[int | None, Field(ge=1, le=65535, description="a port from 1 to 65535")] = None
    webhook_host: Annotated[str, Field(description="an address of this machine")] = "127.0.0.1"
    webhook_secret: Annotated[
        SecretStr | None, Field(min_length=16, description="a secret of at least 16 characters")
    ] = None
    webhook_url: Annotated[str | None, Field(pattern=r"^https?://\S+$", description="a web address")] = None
    rollback_days: Annotated[float, Field(ge=0, le=365, description="a number of days from 0 to 365")] = 3.0
    operator_contact: Annotated[str | None, Field(description="a name and an address")] = None
    privacy_url: Annotated[str | None, Field(pattern=r"^https?://\S+$", description="a web address")] = None
    left_server_days: Annotated[int, Field(ge=0, le=3650, description="a whole number of days from 0 to 3650")] = 30
    shard_ids: Annotated[str | None, Field(pattern=PATTERN, description="numbers such as 0-7 or 0,2,4")] = None
    shard_count: Annotated[int | None, Field(ge=1, le=MOST, description=f"a whole number from 1 to {MOST}")] = None

    @property
    def opinion_names(self) -> tuple[str, ...]:
        """What sections of opinion are called, beyond the usual names."""
        return tuple(name.strip() for name in (self.opinion_sections or "").split(",") if name.strip())

    @property
    def rollback_time(self) -> timedelta | None:
        """How long an update can be undone; None if not at all."""
        return timedelta(days=self.rollback_days) if self.rollback_days else None

    @property
    def shards(self) -> Shards:
        """The shards that this process runs. Raises SettingsError if it cannot run them."""
        if self.shard_ids is None and self.shard_count is None:
            return Shards()
        if self.shard_ids is None or self.shard_count is None:
            raise SettingsError("SHARD_IDS and SHARD_COUNT belong together; set both, or neither.")
        ranges = shards_in(self.shard_ids)
        if too_high := next((last for _, last in ranges if last >= self.shard_count), None):
            raise SettingsError(
                f"SHARD_IDS names {too_high}, and with SHARD_COUNT={self.shard_count} the shards are 0 to "
                f"{self.shard_count - 1}; correct one of them."
            )
        ids = [number for first, last in ranges for number in range(first, last + 1)]
        if not ids or len(set(ids)) < len(ids) or any(first > last for first, last in ranges):
            raise SettingsError(f"SHARD_IDS, {self.shard_ids}, does not name shards once each and upwards; correct it.")
        shards = Shards(self.shard_count, tuple(sorted(ids)))
        if not shards.are_all and self.database_url is None:
            raise SettingsError(
                "SHARD_IDS has some of the shards, and several processes need a database that they share; set "
                "DATABASE_URL, or remove SHARD_IDS and SHARD_COUNT."
            )
        return shards

    @property
    def libraries_at(self) -> str | Path:
        """Where the libraries are: the address of the database, with its password, or else the data folder."""
        return self.database_url.get_secret_value() if self.database_url else self.data_dir

    @property
    def secrets(self) -> tuple[str, ...]:
        """What is secret in these settings, as it may show in a text: longer ones before their parts."""
        kept = (self.discord_token, self.webhook_secret, self.database_url)
        whole = [secret.get_secret_value().strip() for secret in kept if secret]
        return (*whole, *(_passwords_in(self.database_url.get_secret_value()) if self.database_url else ()))

    def in_folder(self, folder: Path) -> "Settings":
        """The same for the libraries and records in a folder; a database and other processes have no part in it."""
        without = {"database_url": None, "shard_ids": None, "shard_count": None}
        return self.model_copy(update={"data_dir": folder} | without)

    @field_validator("database_url")
    @classmethod
    def _of_postgres(cls, url: SecretStr | None) -> SecretStr | None:
        """Refuse what is no address of a PostgreSQL database. What is wrong with it otherwise, its server says."""
        address = url.get_secret_value().strip() if url else ""
        if url and not is_address_of_database(address):
            raise ValueError
        return url and SecretStr(address)

    @field_validator("data_dir", "articles_dir", "corrections_feed")
    @classmethod
    def _from_home(cls, path: Path | None) -> Path | None:
        """What `~` stands for is left to the shell in commands; in `.env` nobody else would say it."""
        return path and path.expanduser()

    @classmethod
    def load(cls) -> "Settings":
        """Read the settings. Raises SettingsError, naming each that is wrong and what it should be."""
        try:
            settings = cls()
        except ValidationError as error:
            raise SettingsError(" ".join(_explain(cls, str(fault["loc"][0])) for fault in error.errors())) from error
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"The file .env cannot be read ({error}); mend it or move it away.") from error
        _ = settings.shards  # what it says of several settings together
        return settings


def is_address_of_database(url: str) -> bool:
    """Whether this is an address of a PostgreSQL database of which nothing would show that is secret."""
    return is_database(url) and not any(map(str.isspace, url)) and _is_whole(url)


def _is_whole(url: str) -> bool:
    """Whether the parts of an address can be told apart, and its ports are numbers. It may name several hosts.

    Where a password has a bare @, / or ?, the rest of it would pass for another part, and show.
    """
    if url.count("@") > 1 or "#" in url:
        return False
    try:
        parts = urlsplit(url)
        if "@" in parts.path + parts.query:
            return False
        hosts = parts.netloc.rpartition("@")[2].split(",")
        return all(urlsplit(f"//{host}").port != 0 for host in hosts)
    except ValueError:
        return False


def _passwords_in(url: str) -> set[str]:
    """The password in an address of a database, as it is and as it is written there; not a very short one."""
    parts = urlsplit(url)
    written = [parts.password or "", *(value for name, value in parse_qsl(parts.query) if name == "password")]
    return {one for password in written for one in (password, unquote(password)) if len(one) >= SHORTEST_HIDDEN}


def _explain(settings: type[Settings], name: str) -> str:
    return f"{name.upper()} is not {settings.model_fields[name].description}; correct it in the environment or in .env."
