"""A page in headless Chromium, driven over the DevTools protocol as a person drives it: by keys, clicks and looks."""

import asyncio
import base64
import contextlib
import itertools
import json
import shutil
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, ClientWebSocketResponse

CHROMIUM = shutil.which("chromium")

OPTIONS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --disable-dev-shm-usage --remote-debugging-port=0 about:blank"
).split()

SECONDS = 60.0
"""How long a page may take to come to what is waited for."""


@dataclass(slots=True)
class Page:
    """A tab. What it is asked is JavaScript; what is waited for is an expression that becomes true."""

    socket: ClientWebSocketResponse
    numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    async def call(self, method: str, **parameters: Any) -> dict[str, Any]:  # noqa: ANN401 - as the protocol has them
        """The result of a command of the protocol."""
        number = next(self.numbers)
        await self.socket.send_json({"id": number, "method": method, "params": parameters})
        while True:
            said = json.loads(await self.socket.receive_str(timeout=SECONDS))
            if said.get("id") == number:
                assert "error" not in said, said
                result: dict[str, Any] = said["result"]
                return result

    async def ask(self, expression: str) -> Any:  # noqa: ANN401 - what JavaScript gives
        """The value of an expression."""
        found = await self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    async def until(self, condition: str, seconds: float = SECONDS) -> None:
        """Wait until the expression is true. What it reads may not be there yet."""
        deadline = asyncio.get_running_loop().time() + seconds
        while not await self.ask(f"(() => {{ try {{ return Boolean({condition}) }} catch {{ return false }} }})()"):
            assert asyncio.get_running_loop().time() < deadline, f"{condition}\n{await self.text()}"
            await asyncio.sleep(0.1)

    async def settled(self, seconds: float) -> None:
        """Wait until the page has shown the same for that long, and is not at something."""
        before, deadline = "", asyncio.get_running_loop().time() + SECONDS
        while (now := await self.text()) != before or "Updating" in now:
            assert asyncio.get_running_loop().time() < deadline, now
            before = now
            await asyncio.sleep(seconds)

    async def text(self) -> str:
        """All that the page shows."""
        return str(await self.ask("document.body.innerText"))

    async def go(self, url: str) -> None:
        await self.call("Page.navigate", url=url)

    async def press(self, key: str, code: int) -> None:
        for kind in ("rawKeyDown", "keyUp"):
            await self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code)

    async def type(self, text: str) -> None:
        """Type into what has the focus."""
        await self.call("Input.insertText", text=text)

    async def click(self, element: str) -> None:
        """Click on the middle of what the expression gives, once it is there and can be used."""
        await self.until(f"({element}).getBoundingClientRect().width && !({element}).disabled")
        await self.ask(f"({element}).scrollIntoView({{block: 'nearest'}})")
        x, y = await self.ask(f"(r => [r.x + r.width / 2, r.y + r.height / 2])(({element}).getBoundingClientRect())")
        for kind in ("mousePressed", "mouseReleased"):
            await self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    async def choose(self, select: str, words: str) -> None:
        """Choose the option with those words."""
        await self.until(f"!({select}).disabled")
        await self.ask(
            f"(s => {{ s.value = [...s.options].find(o => o.text.includes({json.dumps(words)})).value; "
            f"s.dispatchEvent(new Event('change', {{bubbles: true}})) }})({select})"
        )

    async def picture(self) -> bytes:
        """What the window shows, as a PNG."""
        return base64.b64decode((await self.call("Page.captureScreenshot"))["data"])


@contextlib.asynccontextmanager
async def opened_page(width: int = 1000, height: int = 900, scale: int = 1) -> AsyncIterator[Page]:
    """An empty tab of a browser of its own, which ends with it."""
    assert CHROMIUM
    with tempfile.TemporaryDirectory(prefix="pullquote-browser-", ignore_cleanup_errors=True) as profile:
        options = (f"--user-data-dir={profile}", f"--window-size={width},{height}")
        browser = await asyncio.create_subprocess_exec(
            CHROMIUM, *options, *OPTIONS, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
        )
        try:
            port = await _port_in(Path(profile) / "DevToolsActivePort")
            async with ClientSession() as session:
                async with session.get(f"http://127.0.0.1:{port}/json/list") as answer:
                    (tab,) = [one for one in await answer.json() if one["type"] == "page"]
                async with session.ws_connect(tab["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                    page = Page(socket)
                    size = {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": False}
                    await page.call("Emulation.setDeviceMetricsOverride", **size)
                    yield page
        finally:
            with contextlib.suppress(ProcessLookupError):
                browser.terminate()
            await browser.wait()


async def _port_in(file: Path) -> int:
    """The port that the browser has written into the file."""
    async with asyncio.timeout(SECONDS):
        while True:
            with contextlib.suppress(FileNotFoundError, ValueError):
                return int((await asyncio.to_thread(file.read_text)).split("\n")[0])
            await asyncio.sleep(0.05)
