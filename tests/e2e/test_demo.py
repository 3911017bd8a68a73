"""The tour of `pullquote demo` in a browser: ask, add an article, ask about it, correct it, take it out, look back."""

import asyncio
import json
import signal
from pathlib import Path

import pytest

from tests.e2e.conftest import LEE_ASKED, LEE_QUESTION, Start
from tests.tools.browser import CHROMIUM, Page, opened_page

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed")

TITLE = "The ferry to Elm Island"
TEXT = "The ferry to Elm Island leaves at nine. A ticket costs four pounds."
QUESTION = "What does a ticket for the ferry cost?"

IDLE = "simcordPreview.ready && simcordPreview.awaitingRevision === null"
PICKER = "document.querySelector('#viewer-picker')"
SEND = "document.querySelector('#send-message')"
INPUT = "document.querySelector('#channel-composer-input, .command-composer, .composer-row [contenteditable]')"
MODAL = "document.querySelector('#modal-root .modal-dialog')"

WATCH_SECONDS = 60.0
"""Within how many seconds an answer is corrected, as the README promises."""


def button(label: str) -> str:
    """The last button with that label below a message of the bot."""
    return f"[...document.querySelectorAll('#channel-timeline button')].filter(b => b.innerText == {json.dumps(label)}).at(-1)"


def message(words: str) -> str:
    """The last message with those words."""
    return (
        f"[...document.querySelectorAll('article.channel-message')].filter(m => m.innerText.includes({json.dumps(words)}))"
        ".at(-1)"
    )


class Visitor:
    """Somebody who follows the card in the demo's page."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def sees(self, words: str, seconds: float = 60.0) -> None:
        """Wait until the channel shows these words."""
        await self.page.until(f"document.querySelector('#channel-timeline').innerText.includes({json.dumps(words)})", seconds)

    async def becomes(self, name: str) -> None:
        await self.page.choose(PICKER, name)
        await self.page.until(f"{IDLE} && simcordPreview.viewerId == {PICKER}.value")

    async def asks(self, question: str) -> None:
        await self.writes(question)
        await self.page.press("Enter", 13)

    async def commands(self, command: str) -> None:
        """Choose a command in the list that shows while it is typed, and send it."""
        await self.writes(f"/{command}")
        await self.page.until(f"document.body.innerText.includes({json.dumps(f'/{command}')})")
        await self.page.press("Enter", 13)
        await self.page.until(f"document.querySelector('[data-command-mode=true]')")
        await self.page.click(SEND)

    async def writes(self, text: str) -> None:
        """Write into the box below the channel."""
        await self.page.until(f"{IDLE} && !{SEND}.disabled")
        await self.page.click(INPUT)
        await self.page.type(text)

    async def fills_in(self, **fields: str) -> None:
        """Fill in the form that is open, and submit it."""
        for name, value in fields.items():
            label = f"[...{MODAL}.querySelectorAll('.modal-field')].find(f => f.innerText.startsWith({json.dumps(name)}))"
            await self.page.click(f"{label}.querySelector('textarea, input')")
            await self.page.type(value)
        await self.page.click(f"[...{MODAL}.querySelectorAll('button')].find(b => b.innerText == 'Submit')")
        await self.page.until(f"!{MODAL}")


async def test_the_tour_of_the_demo(pullquote_process: Start) -> None:
    process = pullquote_process("demo", "--no-browser")
    assert process.stdout
    address = (await asyncio.to_thread(process.stdout.readline)).strip()
    async with opened_page() as page:
        visitor = Visitor(page)
        await page.go(address)
        await visitor.sees("What to try")
        await visitor.sees(LEE_QUESTION)
        await visitor.sees(LEE_ASKED)

        await visitor.asks("How long have the restrictions been in place?")
        await visitor.sees("The unofficial restrictions have now lasted for more than ten years.")

        await visitor.becomes("Nora")
        await visitor.commands("articles add")
        await visitor.fills_in(Text=TEXT, Title=TITLE)
        await visitor.sees("2 sentences can be quoted")
        Path("/tmp/pic/t1.png").write_bytes(await page.picture())
    process.send_signal(signal.SIGTERM)
