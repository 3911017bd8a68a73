"""The bot's token: what can be told about it without asking Discord."""

import base64
import binascii
import re

from bot.errors import SettingsError
from bot.settings import Settings

PORTAL = "https://discord.com/developers/applications"
"""Discord's developer portal."""


def token_of(settings: Settings) -> str:
    """The token. Raises SettingsError when it is missing, or is no bot token by its shape."""
    if settings.discord_token is None:
        raise SettingsError(
            f"DISCORD_TOKEN is not set; make a bot at {PORTAL}, copy its token under Bot, Reset Token, and put it into "
            ".env."
        )
    token = settings.discord_token.get_secret_value().strip()
    if fault := fault_of(token):
        raise SettingsError(
            f"DISCORD_TOKEN {fault}; copy the token at {PORTAL} under Bot, Reset Token, and put it into .env."
        )
    return token


def fault_of(token: str) -> str | None:
    """Why this cannot be a bot token; None where it may be one.

    Three parts with a dot between them, of which the first is the bot's id in Base64.
    """
    if token.lower().startswith("bot "):
        return "begins with “Bot”, which is no part of it"
    parts = token.split(".")
    if len(parts) != 3 or not all(re.fullmatch(r"[\w-]+", part, re.ASCII) for part in parts):
        return "is no bot token: one has three parts with a dot between them"
    try:
        user = base64.urlsafe_b64decode(parts[0] + "=" * (-len(parts[0]) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError):
        user = ""
    if not user.isdecimal():
        return "is no bot token: its first part does not name a bot"
    return None
