"""The tour of `pullquote demo` in a browser: ask, add an article, ask about it, correct it, take it out, look back."""

import asyncio
import json
import signal
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from bot.cli.demo import TICK, staged
from bot.client import Pullquote
from tests.e2e.conftest import LEE_ASKED, LEE_QUESTION, Start
from tests.e2e.test_run import outcome
from tests.e2e.world import until
from tests.tools.browser import CHROMIUM, Page, opened_page

TITLE = "The ferry to Elm Island"
TEXT = "The ferry to Elm Island leaves at nine. A ticket costs four pounds."
QUESTION = "What does a ticket for the ferry cost?"

IDLE = "simcordPreview.ready && simcordPreview.awaitingRevision === null"
CHANNEL = "document.querySelector('#channel-timeline')"
MESSAGES = "[...document.querySelectorAll('article.channel-message')]"
BOX = "document.querySelector('#channel-composer-input')"
COMMAND = "document.querySelector('[data-command-mode=true]')"
SEND = "document.querySelector('#send-message')"
PICKER = "document.querySelector('#viewer-picker')"
FORM = "document.querySelector('#modal-root .modal-dialog')"


def button(label: str) -> str:
    """The button with that label below the last message."""
    return f"[...{MESSAGES}.at(-1).querySelectorAll('button')].find(b => b.innerText == {json.dumps(label)})"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who does in the demo's page what its card says."""

    page: Page

    async def sees(self, words: str) -> None:
        """Wait until the channel shows these words."""
        await self.page.until(f"{CHANNEL}.innerText.includes({json.dumps(words)})")

    async def becomes(self, name: str) -> None:
        """Look at the page as somebody else."""
        await self.page.until(IDLE)
        await self.page.choose(PICKER, name)
        await self.page.until(f"{IDLE} && simcordPreview.viewerId == {PICKER}.value")

    async def asks(self, question: str) -> None:
        await self.page.until(IDLE)
        await self.page.click(BOX)
        await self.page.type(question)
        await self.page.press("Enter", 13)

    async def chooses(self, command: str) -> None:
        """Choose a command in the list that shows while it is typed."""
        await self.page.until(IDLE)
        await self.page.click(BOX)
        await self.page.type(f"/{command}")
        await self.page.until(
            f"document.querySelector('.command-popup').innerText.includes({json.dumps(f'/{command}')})"
        )
        await self.page.press("Enter", 13)
        await self.page.until(COMMAND)

    async def sends(self) -> str:
        """Send the command, and read the reply."""
        before = await self.page.ask(f"{MESSAGES}.length")
        await self.page.click(SEND)
        return await self.reply(before)

    async def reply(self, before: int) -> str:
        """The last message, once there are more than there were."""
        await self.page.until(f"{IDLE} && {MESSAGES}.length > {before}")
        return str(await self.page.ask(f"{MESSAGES}.at(-1).innerText"))

    async def pastes(self, title: str, text: str) -> str:
        """Add an article by the form of `/articles add`, and read the reply."""
        await self.chooses("articles add")
        before = await self.page.ask(f"{MESSAGES}.length")
        await self.page.click(SEND)
        for label, value in (("Text", text), ("Title", title)):
            field = f"[...{FORM}.querySelectorAll('.modal-field')].find(f => f.innerText.startsWith('{label}'))"
            await self.page.click(f"{field}.querySelector('textarea, input')")
            await self.page.type(value)
        await self.page.click(f"[...{FORM}.querySelectorAll('button')].find(b => b.innerText == 'Submit')")
        return await self.reply(before)


async def test_the_clock_stands_still_for_what_is_done_and_then_catches_up(simcord_bot: Pullquote) -> None:
    def behind() -> float:
        return (datetime.now(UTC) - show.env.now()).total_seconds()

    async with staged(simcord_bot) as show:
        async with show.turn:
            stood = show.env.now()
            await asyncio.sleep(2 * TICK + 0.5)
            assert show.env.now() == stood
            assert behind() > 2 * TICK
        await until(lambda: behind() < 1.5 * TICK)
        assert behind() > -0.1


async def test_what_is_done_before_the_bot_is_ready_waits_for_it(simcord_bot: Pullquote) -> None:
    async with staged(simcord_bot) as show:
        page = show.page._open_page(show.stage.reader.id, None)
        body = {
            "protocol_version": 3,
            "sequence": 1,
            "request_id": "1",
            "generation": page.generation,
            "bot_generation": 1,
            "published_revision": page.revision,
            "kind": "send_message",
            "content": LEE_QUESTION,
        }
        asking = asyncio.create_task(show.page._action(page.id, body))
        await asyncio.sleep(0.5)
        assert not asking.done()
        await show.begin()
        receipt = await asking
        assert (receipt["rejected"], receipt["settlement"]) == (False, "settled")
        authors = [message.author.name async for message in show.env.bot.get_channel(show.stage.channel.id).history()]
        assert authors == ["Pullquote", "ada", "Pullquote", "theo"]


@pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed")
async def test_what_the_demo_says_to_try_can_be_done_in_it(pullquote_process: Start) -> None:
    process = pullquote_process("demo", "--no-browser", COOLDOWN_SECONDS="0")
    assert process.stdout
    address = (await asyncio.to_thread(process.stdout.readline)).strip()
    async with opened_page() as page:
        visitor = Visitor(page)
        await page.go(address)
        await visitor.sees("What to try")
        await visitor.asks("How long have the restrictions been in place?")  # before the model is loaded
        await visitor.sees("The unofficial restrictions have now lasted for more than ten years.")
        await visitor.sees(LEE_ASKED)
        await page.until(f"{MESSAGES}[0].querySelector('img.entity-avatar-img').naturalWidth == 512")

        await visitor.becomes("Nora")
        assert TITLE in await visitor.pastes(TITLE, TEXT)

        await visitor.becomes("Ada")
        await visitor.asks(QUESTION)
        answered = (
            f"{MESSAGES}.find(m => m.querySelector('.message-reply')?.innerText.includes({json.dumps(QUESTION)}))"
        )
        await page.until(
            f"{answered}.querySelector('.message-components').innerText.includes('A ticket costs four pounds.')"
        )
        assert await page.ask(f"{answered}.querySelector('del')") is None

        await visitor.becomes("Nora")
        assert TITLE in await visitor.pastes(TITLE, TEXT.replace("four", "five"))
        struck = f"[...{answered}.querySelectorAll('del')].some(one => one.innerText.includes('four pounds'))"
        await page.until(struck)
        await page.until(f"{answered}.innerText.includes('Corrected since')")

        await visitor.chooses("articles remove")
        await page.type("ferry")
        await page.until(f"document.querySelector('.command-popup [role=option]').innerText.includes('{TITLE}')")
        await page.press("Enter", 13)
        assert TITLE in await visitor.sends()
        await page.click(f"{MESSAGES}.at(-1).querySelector('button.component-button')")
        await page.click(button("Undo"))
        await page.until(f"!{button('Undo')}")
        assert "Taken back" in await page.ask(f"{MESSAGES}.at(-1).innerText")

        await visitor.chooses("insights")
        assert TITLE in await visitor.sends()
    process.send_signal(signal.SIGTERM)
    said = await outcome(process)
    assert (said.code, "Traceback" in said.err) == (0, False), said
