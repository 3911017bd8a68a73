"""How much a server's own library may hold, and in words how much of that is used."""

from bot.languages import as_number, say
from bot.markdown import Markdown, mark, md
from bot.settings import Settings
from index import Quota, Size

MAX_SOURCES = 500
"""How many sources a server may have: all of them are asked at every refresh."""

NEARLY = 0.9
"""The share of its room from which on a server is warned."""

MEGABYTE = 1_000_000


def quota_of(settings: Settings) -> Quota:
    """What each server may have, by the settings."""
    remedy = "remove some that are of no more use, or ask the bot's operator for more room"
    return Quota(settings.max_server_articles, settings.max_server_bytes, MAX_SOURCES, remedy)


def used(size: Size, quota: Quota) -> str:
    """How much of its room a server uses."""
    return say("Used: {}, {}", _articles(size, quota), _text(size, quota))


def warning(size: Size, quota: Quota) -> Markdown:
    """The warning for a server that has almost used up its room; empty if there is enough."""
    parts = [_articles(size, quota)] * (size.articles >= NEARLY * quota.articles)
    parts += [_text(size, quota)] * (size.text_bytes >= NEARLY * quota.text_bytes)
    if not parts:
        return mark("")
    return md(
        "This server has {} that there is room for: remove some with `/articles remove`, or ask the bot's operator for "
        "more room.",
        say("{} and {}", *parts) if len(parts) == 2 else parts[0],
    )


def _articles(size: Size, quota: Quota) -> str:
    return say("{} of {} articles", as_number(size.articles), as_number(quota.articles))


def _text(size: Size, quota: Quota) -> str:
    if quota.text_bytes < MEGABYTE:
        return say("{} of {} bytes of text", as_number(size.text_bytes), as_number(quota.text_bytes))
    held, limit = (as_number(number / MEGABYTE, decimals=1) for number in (size.text_bytes, quota.text_bytes))
    return say("{} of {} MB of text", held, limit)
