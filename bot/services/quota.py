"""How much a server's own library may hold, and in words how much of that is used."""

from bot.markdown import Markdown, md
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
    return f"Used: {_articles(size, quota)}, {_text(size, quota)}"


def warning(size: Size, quota: Quota) -> Markdown:
    """The warning for a server that has almost used up its room; empty if there is enough."""
    parts = [_articles(size, quota)] * (size.articles >= NEARLY * quota.articles)
    parts += [_text(size, quota)] * (size.text_bytes >= NEARLY * quota.text_bytes)
    if not parts:
        return md("")
    return md(
        "This server has {} that there is room for: remove some with `/articles remove`, or ask the bot's operator for "
        "more room.",
        " and ".join(parts),
    )


def _articles(size: Size, quota: Quota) -> str:
    return f"{size.articles:,} of {quota.articles:,} articles"


def _text(size: Size, quota: Quota) -> str:
    if quota.text_bytes < MEGABYTE:
        return f"{size.text_bytes:,} of {quota.text_bytes:,} bytes of text"
    return f"{size.text_bytes / MEGABYTE:,.1f} of {quota.text_bytes / MEGABYTE:,.1f} MB of text"
