"""Takes the README's picture, bot/exchange.png, of a real exchange: `python -m tests.tools.picture`. Needs chromium."""

import asyncio
import tempfile
from io import BytesIO
from pathlib import Path

from PIL import Image

from bot.cli.demo import shown
from bot.run import opened_bot
from bot.services.opening import open_base, open_parser, shared_encoder
from bot.settings import Settings
from index import sample_articles
from tests.tools.browser import opened_page

PICTURE = Path(__file__).parents[2] / "bot" / "exchange.png"

WIDTH, HEIGHT, SCALE = 700, 1200, 2
"""The browser's window, and how many pixels of the picture make one of it."""

SETTLED = 1.0
"""Seconds in which a page that has settled does not change."""


async def photograph(url: str, width: int = WIDTH, height: int = HEIGHT) -> Image.Image:
    """A picture of the page, when it has settled."""
    async with opened_page(width, height, SCALE) as page:
        await page.go(url)
        await page.until("document.body.innerText.includes('Viewport updated')")
        await page.until("document.fonts.status == 'loaded'")
        await page.settled(SETTLED)
        return Image.open(BytesIO(await page.picture())).convert("RGB")


def trimmed(page: Image.Image) -> Image.Image:
    """The messages alone, between the line with the date and the box to write in, in few colours."""
    ground = page.getpixel((page.width - 10, page.height // 2))

    def spans(y: int) -> bool:
        return all(page.getpixel((x * SCALE, y)) != ground for x in (60, WIDTH - 20))

    def empty(y: int) -> bool:
        return all(page.getpixel((x, y)) == ground for x in range(page.width // 8, page.width, 5))

    rows = range(page.height)
    top = max(y for y in rows[: page.height // 3] if spans(y)) + 10 * SCALE
    box_to_write_in = min(y for y in rows[page.height // 3 :] if spans(y)) - 20 * SCALE
    bottom = max(y for y in rows[top:box_to_write_in] if not empty(y)) + 16 * SCALE
    return page.crop((0, top, page.width, bottom)).quantize(200)


async def main() -> None:
    """Index the bundled story, ask, and take the picture."""
    with tempfile.TemporaryDirectory() as data:
        settings = Settings(_env_file=None, data_dir=Path(data), cooldown_seconds=0)
        load_encoder = shared_encoder(settings)
        with open_base(settings, load_encoder) as base:
            base.update(sample_articles())
            with open_parser(settings) as parser, opened_bot(settings, base, load_encoder, parser) as bot:
                async with shown(bot) as page:
                    picture = await photograph(page.url)
        trimmed(picture).save(PICTURE, optimize=True)


if __name__ == "__main__":
    asyncio.run(main())
