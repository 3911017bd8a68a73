"""The checks of `pullquote doctor`."""

import contextlib
import os
import platform
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from bot.cli.checks import Check, is_fault_among
from bot.cli.health import answers, headline
from bot.cli.server_checks import server_checks
from bot.remedies import operator_sentence
from bot.services.libraries import name_of, servers_in
from bot.services.opening import (
    has_records,
    open_base,
    open_library,
    open_records,
    opened_engine,
    shared_encoder,
)
from bot.settings import Settings
from bot.storage.answers import AnswerStore
from bot.storage.inbox import InboxStore, State
from bot.storage.server_settings import ServerSettingsStore
from bot.token import PORTAL, fault_of
from bot.watching.health import Status
from bot.watching.status_file import read_reports
from bot.wording import as_span, counted, languages_in
from index import (
    BASE,
    KNOWN_MODELS,
    CrossEncoderReranker,
    Encoder,
    Engine,
    Library,
    PullquoteError,
    SentenceTransformerEncoder,
)

MISSED = 4
"""After so many times REFRESH_HOURS without a reading, refreshing is dead. A source that fails is read less often."""

MOST_UNREAD = 0.05
"""How many of the articles may be in languages that the model does not read before another one is named."""


def examine(load_settings: Callable[[], Settings], *, mend: bool = False) -> Iterator[Check]:
    """Make every check in turn, also after one that fails.

    With `mend`, repair what can be repaired, and say so. Without it, change nothing.
    """
    yield _python()
    yield from _env_file(mend=mend)
    try:
        settings = load_settings()
    except PullquoteError as error:
        yield Check("settings", "cannot be used", operator_sentence(error))
        return
    yield Check("settings", "read from the environment" + (" and .env" if Path(".env").is_file() else ""))
    yield _articles_dir(settings)
    yield _model(settings)
    if settings.reranker_model:
        yield _reranker(settings.reranker_model)
    yield from _libraries(settings, mend=mend)
    yield _token(settings)
    yield from _records(settings, mend=mend)
    yield from _webhook(settings)
    yield from _bot(settings)


def _python() -> Check:
    return Check("Python", f"{platform.python_version()} on {platform.system()}")


def _env_file(*, mend: bool) -> Iterator[Check]:
    """Whether others on this machine can read or change .env, which may hold the token."""
    file = Path(".env")
    if os.name != "posix" or not file.is_file():
        return
    if mend and _is_open_to_others(file):
        with contextlib.suppress(OSError):
            file.chmod(0o600)
        if not _is_open_to_others(file):
            yield Check(".env (mended)", "closed to others on this machine")
    if _is_open_to_others(file):
        remedy = "run `chmod 600 .env`, or `pullquote doctor --mend`"
        yield Check(".env", "others on this machine can read or change it", remedy)
    else:
        yield Check(".env", "for its owner alone")


def _is_open_to_others(file: Path) -> bool:
    return bool(file.stat().st_mode & 0o077)


def _articles_dir(settings: Settings) -> Check:
    folder = settings.articles_dir
    if folder is None:
        return Check("ARTICLES_DIR", "not set; articles come from `pullquote articles add`")
    if not (folder.is_dir() and os.access(folder, os.R_OK)):
        return Check("ARTICLES_DIR", f"{folder} is no folder that can be read", "correct it in .env")
    return Check("ARTICLES_DIR", str(folder))


def _model(settings: Settings) -> Check:
    name = settings.embedding_model
    try:
        encoder = SentenceTransformerEncoder(name)  # checks the weights against their published hash
        encoder.encode_question("Does it answer?")
    except (PullquoteError, OSError) as error:
        return Check("model", f"{name} does not work", operator_sentence(error))
    found = f"{name}, {encoder.dimension} dimensions"
    if known := KNOWN_MODELS.get(name):
        codes = f" ({' '.join(known.languages)})" if len(known.languages) > 1 else ""
        found += f", the published weights (sha256 {known.sha256}); it reads {languages_in(known.languages)}{codes}"
    return Check("model", found)


def _reranker(name: str) -> Check:
    try:
        CrossEncoderReranker(name)
    except PullquoteError as error:
        return Check("reranker", f"{name} does not work", operator_sentence(error))
    return Check("reranker", name)


def _libraries(settings: Settings, *, mend: bool) -> Iterator[Check]:
    """The server that they are on, if any; the base library, then the servers' own."""
    place = "at DATABASE_URL"
    try:
        with opened_engine(settings) as engine:
            place = engine.place
            with contextlib.suppress(PullquoteError):
                engine.exists(BASE)  # which brings a new database up, if it can
            yield from server_checks(engine)
            load_encoder = shared_encoder(settings)
            yield from _base_library(engine, settings, load_encoder, mend=mend)
            yield from _own_libraries(engine, settings, load_encoder, mend=mend)
    except PullquoteError as error:
        yield Check("database", place, operator_sentence(error))


def _base_library(
    engine: Engine, settings: Settings, load_encoder: Callable[[], Encoder], *, mend: bool
) -> Iterator[Check]:
    try:
        with open_base(settings, load_encoder, engine) as base:
            yield Check("library", f"{base.place}, {counted(base.size().articles, 'article')}")
            checks = list(_integrity(base, "integrity", settings, mend=mend))
            yield from checks
            if not is_fault_among(checks):
                yield Check("integrity", "the database is sound, and its indexes match it")
            base.check_current()
            yield Check("library's model", "the present one")
            yield from _languages(base, settings.embedding_model)
            yield from _sources(base)
            yield from _freshness(base, settings)
    except PullquoteError as error:
        yield Check("library", engine.place, operator_sentence(error))


def _own_libraries(
    engine: Engine, settings: Settings, load_encoder: Callable[[], Encoder], *, mend: bool
) -> Iterator[Check]:
    servers, checks = servers_in(engine), list[Check]()
    for server in servers:
        try:
            with open_library(engine, name_of(server), settings, load_encoder) as own:
                checks += _integrity(own, f"server {server}", settings, mend=mend)
        except PullquoteError as error:
            checks.append(Check(f"server {server}", "its library cannot be used", operator_sentence(error)))
    yield from checks
    if servers and not is_fault_among(checks):
        yield Check("servers' libraries", f"{len(servers)}, all sound")


def _integrity(library: Library, subject: str, settings: Settings, *, mend: bool) -> Iterator[Check]:
    """What is wrong with a library's files. With `mend`, it is tidied, and what can be repaired is repaired first."""
    if mend:
        library.tidy()
    faults = library.check()
    if mend and any(fault.mendable for fault in faults):
        try:
            yield from (Check(f"{subject} (mended)", done) for done in library.mend())
            faults = library.check()
        except PullquoteError as error:
            yield Check(subject, "it cannot be mended", operator_sentence(error))
    put_back = f"move {settings.data_dir} away, and put a backup back with `pullquote restore`"
    if settings.database_url:
        put_back = "put a backup of the database back"
    for fault in faults:
        yield Check(subject, fault.sentence, "run `pullquote doctor --mend`" if fault.mendable else put_back)


def _languages(base: Library, model: str) -> Iterator[Check]:
    """The languages of the articles; whether the model in use reads them."""
    counts = base.articles_by_language()
    if not counts:
        return
    found = ", ".join(f"{language} ({counted(count, 'article')})" for language, count in counts.items())
    known = KNOWN_MODELS.get(model)
    unread = {language: count for language, count in counts.items() if known and language not in known.languages}
    if sum(unread.values()) <= MOST_UNREAD * sum(counts.values()):
        yield Check("articles' languages", found)
        return
    found += f"; {model} does not read {', '.join(unread)}, so it is never sure of answers from these"
    remedy = "set EMBEDDING_MODEL=multilingual-e5-small, and run `pullquote reindex --full`"
    yield Check("articles' languages", found, remedy)


def _sources(base: Library) -> Iterator[Check]:
    """The sources of the base library that could not be read the last time."""
    read_well = base.read_well()
    for source in base.sources():
        if source.problem:
            last = read_well.get(source.address)
            since = f" (it was read last {as_span((datetime.now(UTC) - last).total_seconds())} ago)" if last else ""
            remedy = f"mend it there, or run `pullquote sources remove {source.address}`"
            yield Check("source", f"{source.address}: {source.problem}{since}", remedy)


def _freshness(base: Library, settings: Settings) -> Iterator[Check]:
    """From when the base library is. Something is wrong if it should have been read several times since."""
    read, hours = base.freshness().read, settings.refresh_hours
    if read is None:
        return
    ago = (datetime.now(UTC) - read).total_seconds()
    said, is_read_again = f"read {as_span(ago)} ago", bool(settings.articles_dir or base.sources())
    if is_read_again and hours and ago > MISSED * hours * 3600:
        remedy = "see that `pullquote run` runs and what its log says, or run `pullquote reindex`"
        yield Check("articles", f"{said}, though REFRESH_HOURS is {hours:g}", remedy)
    else:
        yield Check("articles", said)


def _bot(settings: Settings) -> Iterator[Check]:
    """How the bot is that runs on the data folder, if one ever has."""
    now = datetime.now(UTC)
    for report in read_reports(settings.data_dir, settings.shards):
        process = report.facts.process
        said = f"{process.title} {headline(report, now)}" if process else headline(report, now)
        if report.status is Status.STOPPED or answers(report, now):
            yield Check("bot", said)
        else:
            yield Check("bot", said, "see the end of its log, and start it again")
        if report.is_current(now):
            for problem in report.problems:
                yield Check("bot", problem.sentence, "see its log, and run `pullquote health`")


def _token(settings: Settings) -> Check:
    if settings.discord_token is None:
        return Check("DISCORD_TOKEN", "not set; only the Discord bot needs it")
    if fault := fault_of(settings.discord_token.get_secret_value().strip()):
        return Check("DISCORD_TOKEN", fault, f"copy the token at {PORTAL} under Bot, Reset Token, into .env")
    return Check("DISCORD_TOKEN", "has the shape of one; whether Discord takes it shows in `pullquote run`")


def _records(settings: Settings, *, mend: bool) -> Iterator[Check]:
    """Whether the bot's own database can be used and its questions be read, and whether the ask channels can be."""
    place, channels = "in the database" if settings.database_url else str(settings.data_dir), 0
    try:
        channels = _ask_channels(settings, renew_seal=False) if has_records(settings) else 0
    except PullquoteError as error:
        if not mend:
            yield Check("records", place, operator_sentence(error))
            return
        try:
            channels = _ask_channels(settings, renew_seal=True)
        except PullquoteError as lasting:
            yield Check("records", place, operator_sentence(lasting))
            return
        yield Check("records (mended)", "the answers whose key is lost were forgotten")
    yield _reading_of_ask_channels(settings, channels)


def _webhook(settings: Settings) -> Iterator[Check]:
    """Whether the webhook can work as it is set, and the subscriptions of feeds that fail."""
    if settings.webhook_port is None:
        if settings.webhook_secret or settings.webhook_url:
            yield Check("webhook", "off, though it has a secret or an address", "set WEBHOOK_PORT")
        return
    place = f"{settings.webhook_host}:{settings.webhook_port}"
    now, reports = datetime.now(UTC), read_reports(settings.data_dir, settings.shards)
    is_running = any(report.status is not Status.STOPPED and report.is_current(now) for report in reports)
    if not is_running and (fault := _cannot_bind(settings.webhook_host, settings.webhook_port)):
        yield Check("webhook", f"{place} cannot be used ({fault})", "set WEBHOOK_PORT and WEBHOOK_HOST right")
    elif (url := settings.webhook_url) and not url.startswith("https://"):
        yield Check("webhook", f"{url} is not encrypted", "put a proxy with https before it, and set WEBHOOK_URL to it")
    else:
        yield Check("webhook", f"at {place}, " + (f"from outside {url}" if url else "without WEBHOOK_URL for hubs"))
    with contextlib.suppress(PullquoteError), contextlib.ExitStack() as stack:
        if not has_records(settings):
            return
        database = stack.enter_context(contextlib.closing(open_records(settings)))
        for one in InboxStore(database).subscriptions():
            if one.state is State.FAILED:
                yield Check(
                    "subscription", f"{one.source}: {one.problem}", "see whether its hub works; it is asked again"
                )


def _cannot_bind(host: str, port: int) -> str:
    """Why nothing can be served there; empty if it can."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        return error.strerror or str(error)
    return ""


def _ask_channels(settings: Settings, *, renew_seal: bool) -> int:
    """How many channels there are where every message is a question, if all is sound. Raises SettingsError."""
    with contextlib.closing(open_records(settings, renew_seal=renew_seal)) as database:
        database.check()
        AnswerStore(database).check()
        return len(ServerSettingsStore(database).ask_channels())


def _reading_of_ask_channels(settings: Settings, channels: int) -> Check:
    if settings.message_content:
        intent = "MESSAGE_CONTENT is on, for which the Message Content Intent must be, at the portal under Bot"
        return Check("ask channels", f"{channels}; {intent}")
    if not channels:
        return Check("ask channels", "0; MESSAGE_CONTENT is off")
    remedy = f"set MESSAGE_CONTENT=true, and switch on the Message Content Intent at {PORTAL} under Bot"
    return Check("ask channels", f"{channels}, where only messages that mention the bot are read", remedy)
