"""The story of one reader: told no, waits, is told when the article comes in by webhook, and sees its correction."""

import pytest

from bot.asking.reply import Action
from bot.waiting import cog as waiting
from tests.bot.watching.test_page import free_port
from tests.e2e.test_inbox import SECONDS, post, sitemap, until_read, webhook
from tests.e2e.world import World, buttons, quotes, text
from tests.tools.site import Site, page

PORT = free_port()
QUESTION = "Who sold Ada Brandt the ferry?"
SENTENCE = "Ada Brandt bought the ferry from a lighthouse keeper in 2019."

pytestmark = pytest.mark.settings(
    webhook_port=PORT, webhook_secret="a secret of the operator's", webhook_url=f"http://127.0.0.1:{PORT}"
)


@pytest.fixture(autouse=True)
def _answers_looked_for_seldom() -> None:
    """Look for answers as often as in reality. This replaces the fixture of the same name."""


@pytest.fixture(autouse=True)
def _corrections_looked_for_seldom() -> None:
    """Look for corrections as often, too."""


async def looked(world: World) -> None:
    """All that is looked for again and again was looked for."""
    await until_read(world)
    await world.env.advance_time(max(SECONDS, waiting.SECONDS) + 1)


async def restarted(world: World) -> None:
    """The bot was closed, which SimCord leaves out, and started again."""
    await world.bot.remove_cog("InboxCog")
    await world.restart()


async def test_a_reader_is_told_no_waits_is_told_and_sees_the_correction(world: World, site: Site) -> None:
    site.put("/bakery", page("bakery").replace("Ada Brandt bought", "Otto Lind closed"))
    sitemap(site, {"bakery": "2026-01-01"})
    await world.admin.slash(world.channel, "sources add", url=f"{site.url}/sitemap.xml")
    address, secret = await webhook(world)

    no = await world.mention(QUESTION)
    assert quotes(no) == [] and Action.WAIT in buttons(no)
    await world.reader.click(no, custom_id=buttons(no)[Action.WAIT])

    await restarted(world)
    site.put_story("ferry")
    assert (await post(world, address, secret, {"url": f"{site.url}/ferry"}))[0] == 202
    await looked(world)
    told = world.last
    assert quotes(told)[0] == SENTENCE
    assert [person.id for person in told.mentions] == [world.reader.id]
    assert told.reference and told.reference.message_id == no.id

    await restarted(world)
    site.put_story("ferry", year=2021)
    assert (await post(world, address, secret, {"url": f"{site.url}/ferry"}))[0] == 202
    await looked(world)
    (now,) = [message for message in world.channel.history(viewer=world.reader) if message.id == told.id]
    assert f"~~1 · “{SENTENCE}”~~" in text(now) or f"~~“{SENTENCE}”~~" in text(now)
    assert "**Corrected since**" in text(now)

    public = await world.reader.slash(world.channel, "corrections")
    assert public.ephemeral
    said = text(public.response)
    assert "2019" in said and "2021" in said and "1 answer was edited." in said
    assert quotes(await world.mention(QUESTION))[0] == SENTENCE.replace("2019", "2021")
