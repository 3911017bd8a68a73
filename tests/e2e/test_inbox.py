"""A newsroom's site tells the bot of a change, and readers see it: by sitemap, webhook and hub; with the real model."""

import hashlib
import hmac
import json
import re
import socket
from urllib.parse import parse_qs

import discord
import pytest
from aiohttp import ClientSession, web
from simcord.backend.errors import SetupError

from bot.cli.doctor import _webhook
from bot.corrections.cog import SECONDS
from bot.inbox.server import MAX_BODY
from bot.inbox.signatures import SIGNATURE, TIMESTAMP, sign
from bot.storage.inbox import State
from bot.watching.watcher import Watcher
from index import Library, make_change, read_source
from tests.bot.watching.test_page import free_port
from tests.e2e.conftest import REACHABLE
from tests.e2e.world import World, quotes, text, until
from tests.parser import PARSER
from tests.tools.site import Site

PORT, BUSY = free_port(), free_port()
SECRET = "a secret of the operator's"
QUESTION = "Who sold Ada Brandt the ferry?"
SENTENCE = "Ada Brandt bought the ferry from a lighthouse keeper in 2019."

pytestmark = pytest.mark.settings(
    webhook_port=PORT, webhook_secret=SECRET, webhook_url=f"http://127.0.0.1:{PORT}", log_channel=None
)


@pytest.fixture(autouse=True)
def _corrections_looked_for_seldom() -> None:
    """Look for corrections as often as in reality. This replaces the fixture of the same name."""


def sitemap(site: Site, topics: dict[str, str]) -> None:
    """Put a sitemap of those pages, each with the time of its last change."""
    entries = "".join(
        f"<url><loc>{site.url}/{topic}</loc><lastmod>{modified}</lastmod></url>" for topic, modified in topics.items()
    )
    head = '<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
    site.put("/sitemap.xml", f"{head}{entries}</urlset>", "application/xml")


async def post(
    world: World, address: str, secret: str, content: object, *, age: float = 0, body: bytes | None = None
) -> tuple[int, dict[str, object]]:
    """Post what a site says, signed so many seconds ago; the status and the answer."""
    body = json.dumps(content).encode() if body is None else body
    return await send(address, body, signed(world, secret, body, age))


def signed(world: World, secret: str, body: bytes, age: float = 0) -> dict[str, str]:
    """The headers that sign a body, so many seconds ago."""
    at = int(world.env.now().timestamp() - age)
    return {TIMESTAMP: str(at), SIGNATURE: sign(secret, at, body), "Content-Type": "application/json"}


async def send(address: str, body: bytes, headers: dict[str, str]) -> tuple[int, dict[str, object]]:
    async with ClientSession() as session, session.post(address, data=body, headers=headers) as response:
        found = await response.json()
        assert set(found) <= {"error", "accepted"}
        if error := found.get("error"):
            assert error.endswith(".") and error.count(". ") == 0, error
        return response.status, found


async def webhook(world: World) -> tuple[str, str]:
    """A new webhook of the server: its address and its secret."""
    result = await world.admin.slash(world.channel, "settings webhook", new="A new address and secret")
    assert result.response and result.response.ephemeral
    said = text(result.response)
    address, secret = re.search(r"<(http\S+)>", said), re.search(r"\|\|([0-9a-f]{64})\|\|", said)
    assert address and secret, said
    return address[1], secret[1]


def own(world: World, server: int | None = None) -> Library:
    library = world.bot.services.libraries.own(server or world.guild.id)
    assert library
    return library


def titles(library: Library) -> set[str]:
    return {article.title for article in library.headlines()}


async def until_read(world: World) -> None:
    """Until nothing that came in is due any more."""
    store = world.bot.services.inbox.store
    cog = world.bot.get_cog("InboxCog")
    await until(lambda: not store.due() and not cog._under_way and not cog._tasks)  # type: ignore[union-attr]


async def added(world: World, site: Site, topics: dict[str, str]) -> None:
    """The sitemap as a source of the server."""
    for topic in topics:
        site.put_story(topic)
    sitemap(site, topics)
    await world.admin.slash(world.channel, "sources add", url=f"{site.url}/sitemap.xml")


def struck(world: World, answer_id: int) -> bool:
    (found,) = [one for one in world.channel.history(viewer=world.reader) if one.id == answer_id]
    return re.search(rf"~~(\d · )?“{SENTENCE}”~~\n\*\*Corrected since\*\*", text(found)) is not None


async def test_a_correction_reaches_an_answer_within_a_minute_of_the_webhook(world: World, site: Site) -> None:
    await added(world, site, {"ferry": "2026-01-01", "bakery": "2026-01-01"})
    assert "2 new" in text(world.last)
    listed = await world.admin.slash(world.channel, "sources list")
    assert "sitemap · 2 articles" in text(listed.response)
    answer = await world.mention(QUESTION)
    assert quotes(answer)[0] == SENTENCE
    address, secret = await webhook(world)
    site.put_story("ferry", year=2021)
    site.requests.clear()
    said = await post(world, address, secret, {"url": f"{site.url}/ferry"})
    assert said == (202, {"accepted": 1})
    await until_read(world)
    assert [path for path, _ in site.requests] == ["/ferry"]  # the page alone, not the whole source
    await world.env.advance_time(SECONDS + 1)
    assert struck(world, answer.id)
    assert quotes(await world.mention(QUESTION))[0] == SENTENCE.replace("2019", "2021")


async def test_only_pages_that_the_sitemap_says_have_changed_are_fetched_again(world: World, site: Site) -> None:
    await added(world, site, {"ferry": "2026-01-01", "bakery": "2026-01-01"})
    site.put_story("ferry", year=2021)
    site.put_story("bakery", year=2021)
    sitemap(site, {"ferry": "2026-01-02", "bakery": "2026-01-01"})
    site.requests.clear()
    await world.admin.slash(world.channel, "reindex")
    assert [path for path, _ in site.requests] == ["/sitemap.xml", "/ferry"]
    site.requests.clear()
    await world.admin.slash(world.channel, "reindex")
    assert site.requests == [("/sitemap.xml", 304)]


async def test_what_is_not_signed_not_new_not_of_the_library_or_too_large_does_nothing(
    world: World, site: Site
) -> None:
    await added(world, site, {"ferry": "2026-01-01"})
    address, secret = await webhook(world)
    site.put_story("ferry", year=2021)
    site.requests.clear()
    about = {"url": f"{site.url}/ferry"}
    wrong = await post(world, address, "another secret", about)
    unknown = await post(world, address.rpartition("/")[0] + "/ffffffffffffffffffffffff", secret, about)
    assert wrong == unknown and wrong[0] == 401 and "signature does not fit" in str(wrong[1]["error"])
    unsigned = await send(address, json.dumps(about).encode(), {})
    assert unsigned[0] == 401 and "is not signed" in str(unsigned[1]["error"])
    old = await post(world, address, secret, about, age=301)
    assert old[0] == 401 and "more than 5 minutes ago" in str(old[1]["error"])
    elsewhere = await post(world, address, secret, {"url": "https://elsewhere.example.org/ferry"})
    assert elsewhere[0] == 422 and "None of the pages is at the host" in str(elsewhere[1]["error"])
    nothing = await post(world, address, secret, {"hello": "world"})
    assert nothing[0] == 422 and "names no page" in str(nothing[1]["error"])
    broken = await post(world, address, secret, None, body=b"{")
    assert broken[0] == 400
    large = await post(world, address, secret, {"url": f"{site.url}/ferry", "html": "a" * MAX_BODY})
    assert large[0] == 413 and "send the address of the page alone" in str(large[1]["error"])
    await world.env.advance_time(60)
    assert site.requests == [] and world.bot.services.inbox.store.count() == 0
    taken = await post(world, address, secret, about, age=5)
    again = await post(world, address, secret, about, age=5)
    assert taken[0] == 202 and again[0] == 409 and "came before" in str(again[1]["error"])
    statuses = [(await post(world, address, "another secret", about))[0] for _ in range(120)]
    assert statuses[0] == 401 and statuses[-1] == 429
    await until_read(world)
    assert [path for path, _ in site.requests] == ["/ferry"]


async def test_the_secret_of_another_server_touches_nothing_here(world: World, site: Site) -> None:
    await added(world, site, {"ferry": "2026-01-01"})
    other = world.env.create_guild("The Other Paper")
    channel = other.create_text_channel("ask")
    boss = other.add_member(
        world.env.create_user("bo"),
        roles=[other.create_role("Boss", permissions=discord.Permissions(manage_guild=True))],
    )
    result = await boss.slash(channel, "settings webhook", new="A new address and secret")
    said = text(result.response)
    address, secret = re.search(r"<(http\S+)>", said), re.search(r"([0-9a-f]{64})", said)
    assert address and secret
    mine, mine_secret = await webhook(world)
    site.put_story("ferry", year=2021)
    site.requests.clear()
    about = {"url": f"{site.url}/ferry"}
    assert (await post(world, address[1], secret[1], about))[0] == 422
    assert (await post(world, mine, secret[1], about))[0] == 401
    assert (await post(world, f"http://127.0.0.1:{PORT}/hook", SECRET, about))[0] == 422
    assert (await post(world, f"http://127.0.0.1:{PORT}/hook", mine_secret, about))[0] == 401
    await world.env.advance_time(60)
    assert site.requests == []
    assert "2019" in own(world).article(next(iter(own(world).articles())).id).text


async def test_strangers_readers_and_the_shown_setting_learn_no_secret(world: World) -> None:
    address, secret = await webhook(world)
    with pytest.raises(SetupError, match="not visible to this user"):
        await world.reader.slash(world.channel, "settings webhook")
    shown = await world.admin.slash(world.channel, "settings webhook")
    assert address in text(shown.response) and secret not in text(shown.response)
    renewed, other = await webhook(world)
    assert (renewed, other) != (address, secret)
    assert (await post(world, address, secret, {"url": "https://a.example.org/"}))[0] == 401
    await world.admin.slash(world.channel, "settings webhook", clear="Back to the default")
    assert (await post(world, renewed, other, {"url": "https://a.example.org/"}))[0] == 401
    records = (world.bot.services.settings.data_dir / "records.sqlite3").read_bytes()
    records += (world.bot.services.settings.data_dir / "records.sqlite3-wal").read_bytes()
    assert secret.encode() not in records and other.encode() not in records


async def test_what_came_in_before_a_restart_is_read_after_it(world: World, site: Site) -> None:
    await added(world, site, {"ferry": "2026-01-01", "bakery": "2026-01-01", "bridge": "2026-01-01"})
    answer = await world.mention(QUESTION)
    address, secret = await webhook(world)
    site.put_story("ferry", year=2021)
    world.bot.get_cog("InboxCog")._look.cancel()  # type: ignore[union-attr]
    world.bot.get_cog("InboxCog")._start = lambda: None  # type: ignore[union-attr,method-assign]
    body = json.dumps({"url": f"{site.url}/ferry"}).encode()
    headers = signed(world, secret, body)
    assert (await send(address, body, headers))[0] == 202
    assert "2019" in text(await world.mention(QUESTION))
    await world.bot.remove_cog("InboxCog")  # as closing the bot does, which SimCord leaves out
    await world.restart()
    await world.env.advance_time(SECONDS + 1)
    await until_read(world)
    await world.env.advance_time(SECONDS + 1)
    assert struck(world, answer.id)
    assert (await send(address, body, headers))[0] == 409  # also a restart makes no room for a replay
    assert (await post(world, address, secret, {"url": f"{site.url}/bridge"}))[0] == 202


async def test_a_page_that_its_site_takes_down_is_withdrawn_and_a_new_one_comes_in(world: World, site: Site) -> None:
    await added(world, site, {"ferry": "2026-01-01", "bakery": "2026-01-01"})
    log = world.guild.create_text_channel("log")
    await world.admin.slash(world.channel, "settings log-channel", channel=log)
    address, secret = await webhook(world)
    trashed = {"id": 7, "status": "trash", "type": "post", "link": f"{site.url}/ferry__trashed/", "slug": "ferry"}
    assert await post(world, address, secret, trashed) == (202, {"accepted": 1})
    await until_read(world)
    assert titles(own(world)) == {"The ferry opens", "The bakery opens"}  # the page still answers
    del site.pages["/ferry"]
    await world.env.advance_time(31)
    await until_read(world)
    assert titles(own(world)) == {"The bakery opens"}
    assert log.last_message and "1 gone" in text(log.last_message) and "The ferry opens" in text(log.last_message)
    site.put_story("bridge")
    ghost = {"post": {"current": {"url": f"{site.url}/bridge", "slug": "bridge", "status": "published"}}}
    body, stamp = json.dumps(ghost).encode(), str(int(world.env.now().timestamp() * 1000))
    signature = hmac.new(secret.encode(), body + stamp.encode(), hashlib.sha256).hexdigest()
    said = await send(address, body, {"X-Ghost-Signature": f"sha256={signature}, t={stamp}"})
    assert said == (202, {"accepted": 1})
    await until_read(world)
    assert titles(own(world)) == {"The bakery opens", "The bridge opens"}
    draft = {"id": 8, "status": "draft", "type": "post", "link": f"{site.url}/?p=8"}
    assert await post(world, address, secret, draft) == (202, {"accepted": 0})
    await until_read(world)


class Hub:
    """A hub on this machine, which remembers what it is asked, and comes back to confirm it."""

    def __init__(self) -> None:
        self.port = free_port()
        self.asked: list[dict[str, str]] = []
        self.confirmed: list[tuple[int, str]] = []
        self.lease = 3600.0

    async def __aenter__(self) -> "Hub":
        app = web.Application()
        app.router.add_post("/hub", self._take)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        REACHABLE.add(("127.0.0.1", self.port))
        return self

    async def __aexit__(self, *_: object) -> None:
        REACHABLE.discard(("127.0.0.1", self.port))
        await self._runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        fields = {name: values[0] for name, values in parse_qs(await request.text()).items()}
        self.asked.append(fields)
        return web.Response(status=202)

    async def confirm(self, fields: dict[str, str], **changed: str) -> tuple[int, str]:
        """Come back to the subscriber with a challenge."""
        query = {f"hub.{name}": fields[f"hub.{name}"] for name in ("mode", "topic")}
        query |= {"hub.challenge": "abc123", "hub.lease_seconds": str(int(self.lease))}
        query |= {f"hub.{name}": value for name, value in changed.items()}
        async with ClientSession() as session, session.get(fields["hub.callback"], params=query) as response:
            return response.status, await response.text()


async def test_a_hub_tells_of_a_feed_and_its_lease_is_renewed_and_ended(world: World, site: Site) -> None:
    cog, store = world.bot.get_cog("InboxCog"), world.bot.services.inbox.store
    async with Hub() as hub:
        link = f'<http://127.0.0.1:{hub.port}/hub>; rel="hub", <{site.url}/feed>; rel="self"'
        site.put_story("ferry")
        site.put_feed(["ferry"])
        site.pages["/feed"].headers["Link"] = link
        await world.admin.slash(world.channel, "sources add", url=f"{site.url}/feed")
        await cog._tend()  # type: ignore[union-attr]
        (asked,) = hub.asked
        assert (asked["hub.mode"], asked["hub.topic"]) == ("subscribe", f"{site.url}/feed")
        assert asked["hub.callback"].startswith(f"http://127.0.0.1:{PORT}/websub/") and asked["hub.secret"]
        assert (await hub.confirm(asked, topic="https://elsewhere.example.org/feed"))[0] == 404
        assert (await hub.confirm(asked | {"hub.mode": "unsubscribe"}))[0] == 404
        assert await hub.confirm(asked) == (200, "abc123")
        assert [one.state for one in store.subscriptions()] == [State.ACTIVE]
        site.put_story("bakery")
        site.put_feed(["ferry", "bakery"])
        site.pages["/feed"].headers["Link"] = link
        forged = hmac.new(b"guess", b"ping", "sha256").hexdigest()
        for signature, came in (
            (forged, 1),
            (hmac.new(asked["hub.secret"].encode(), b"ping", "sha256").hexdigest(), 2),
        ):
            async with ClientSession() as session:
                sent = session.post(
                    asked["hub.callback"], data=b"ping", headers={"X-Hub-Signature": f"sha256={signature}"}
                )
                async with sent as response:
                    assert response.status == 202
            await until_read(world)
            assert len(titles(own(world))) == came
        await world.env.advance_time(3000)
        await cog._tend()  # type: ignore[union-attr]
        assert [one["hub.mode"] for one in hub.asked] == ["subscribe", "subscribe"]
        await hub.confirm(hub.asked[-1])
        asking = await world.admin.slash(world.channel, "sources remove", source=f"{site.url}/feed")
        await world.admin.click(asking.response, label="Remove it, keep its articles")
        await cog._tend()  # type: ignore[union-attr]
        assert hub.asked[-1]["hub.mode"] == "unsubscribe"
        assert await hub.confirm(hub.asked[-1]) == (200, "abc123")
        assert store.subscriptions() == []
        async with ClientSession() as session, session.post(asked["hub.callback"], data=b"ping") as response:
            assert response.status == 410


async def test_the_operators_secret_is_for_the_base_library_alone_and_is_counted(world: World, site: Site) -> None:
    base = world.bot.services.libraries.base
    site.put_story("ferry")
    sitemap(site, {"ferry": "2026-01-01"})
    async with world.open_web() as reading:
        make_change(base, await read_source(base, f"{site.url}/sitemap.xml", reading, PARSER))
    answer = await world.mention(QUESTION)
    assert quotes(answer)[0] == SENTENCE
    site.put_story("ferry", year=2021)
    hook = f"http://127.0.0.1:{PORT}/hook"
    assert await post(world, hook, SECRET, {"urls": [f"{site.url}/ferry"]}) == (202, {"accepted": 1})
    await until_read(world)
    await world.env.advance_time(SECONDS + 1)
    assert struck(world, answer.id)
    async with ClientSession() as session, session.get(hook) as response:
        assert (response.status, await response.json()) == (
            405,
            {"error": "That is not how this address is used: post to it."},
        )
    registry = world.bot.services.metrics.registry
    assert registry.get_sample_value("pullquote_webhook_messages_total", {"status": "202"}) == 1
    assert registry.get_sample_value("pullquote_webhook_messages_total", {"status": "405"}) == 1


@pytest.mark.settings()
async def test_it_is_off_unless_the_operator_switches_it_on(world: World) -> None:
    said = await world.admin.slash(world.channel, "settings webhook", new="A new address and secret")
    assert "has not switched webhooks on" in text(said.response)
    world.refused()
    report = await Watcher(world.bot).look()
    assert not [loop for loop in report.facts.loops if loop.name.startswith("InboxCog")]
    assert [problem for problem in report.problems if problem.part in ("loop", "webhook")] == []


@pytest.mark.settings(webhook_port=BUSY, webhook_secret=SECRET)
async def test_a_port_that_is_taken_is_named_by_health_and_tried_again(world: World) -> None:
    await world.bot.get_cog("InboxCog")._served.aclose()  # type: ignore[union-attr]
    with socket.create_server(("127.0.0.1", BUSY)):
        await world.bot.remove_cog("InboxCog")
        await world.restart()
        report = await Watcher(world.bot).look()
        (problem,) = [problem for problem in report.problems if problem.part == "webhook"]
        assert f"The webhook cannot be served at 127.0.0.1:{BUSY}" in problem.sentence
        assert "set WEBHOOK_PORT and WEBHOOK_HOST right" in problem.sentence and report.is_well
        settings = world.bot.services.settings
        checks = {check.subject: check for check in _webhook(settings)}
        assert "cannot be used" in checks["webhook"].detail
    await world.env.advance_time(11)
    report = await Watcher(world.bot).look()
    assert [problem for problem in report.problems if problem.part == "webhook"] == []
    assert (await send(f"http://127.0.0.1:{BUSY}/hook", b"{}", {}))[0] == 401


async def test_a_hub_that_refuses_is_named_by_health_and_doctor(world: World, site: Site) -> None:
    site.put_story("ferry")
    site.put_feed(["ferry"])
    site.pages["/feed"].headers["Link"] = f"<{site.url}/no-hub>; rel=hub"
    await world.admin.slash(world.channel, "sources add", url=f"{site.url}/feed")
    await world.bot.get_cog("InboxCog")._tend()  # type: ignore[union-attr]
    (one,) = world.bot.services.inbox.store.subscriptions()
    assert (one.state, one.failures) == (State.FAILED, 1) and "answers 501 to a request" in one.problem
    report = await Watcher(world.bot).look()
    assert "The hubs of 1 feed cannot be subscribed to." in [problem.sentence for problem in report.problems]
    checks = list(_webhook(world.bot.services.settings))
    (named,) = [check.detail for check in checks if check.subject == "subscription"]
    assert named.startswith(f"{site.url}/feed: {site.url}/no-hub answers 501")
