"""/about: what the bot is, what it answers from and what it keeps."""

import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path

from discord import app_commands
from discord.ext import commands

from bot.languages import as_number, name_of, say, say_many
from bot.markdown import Markdown, heading, joined, md, md_many
from bot.privacy import privacy_link
from bot.services.catalog import Holdings, holdings
from bot.settings import Settings
from bot.ui.reply import Block, Reply
from bot.ui.sending import layout, respond
from bot.ui.service_bot import Interaction, ServiceBot
from bot.wording import Certainty, as_day
from index import KNOWN_MODELS

BY_CONFIDENCE = (Certainty.SURE, Certainty.FAIRLY_SURE, Certainty.NOT_SURE, Certainty.PERHAPS)
"""What an answer is called by its confidence alone."""


class AboutCog(commands.Cog):
    """The command that says what the bot is."""

    def __init__(self, bot: ServiceBot) -> None:
        self._bot = bot

    @app_commands.command()
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
    async def about(self, interaction: Interaction) -> None:
        """What I am, which articles I answer from, and what I keep."""
        await respond(interaction, lambda: interaction.response.defer(ephemeral=True, thinking=True))
        services = self._bot.services
        libraries = await asyncio.to_thread(services.libraries.readable_by, interaction.guild_id)
        held = await asyncio.to_thread(lambda: [*map(holdings, libraries)])
        reply = about_reply(held, services.settings, self._bot.command_ids)
        await interaction.edit_original_response(view=layout(reply))


def about_reply(held: list[Holdings], settings: Settings, command_ids: Mapping[str, int]) -> Reply:
    """The page. `held` is that of the base library and, where there is one, of the server's own."""
    links = [md("</{}:{}>", name, number) for name, number in command_ids.items() if name in ("ask", "about")]
    own = md("</privacy:{}>", command_ids["privacy"]) if "privacy" in command_ids else md("`/privacy`")
    texts: dict[str, Markdown] = {
        "Pullquote": md(
            "I answer questions about our articles by quoting the sentences that answer them, word for word, and say "
            "so when they do not. No language model writes anything."
        ),
        say("What I answer from"): joined("\n", _places(held)),
        say("How to ask"): md(
            "- {}\n- mention me, or write to me directly\n- reply to an answer to follow it up\n"
            "- *Ask about this* in a message's menu, under *Apps*; *Delete this answer* is there too",
            joined(", ", links) or md("`/ask`"),
        ),
        say("How sure I am"): md(
            "*{}* is right about nine times in ten, *{}* two times in three; read what is *{}* in context. *{}* may be "
            "the answer or not.",
            *(sure.words for sure in BY_CONFIDENCE),
        ),
        say("What I keep"): md_many(
            "For {} day: the question, which sentences answered it, and the votes; nobody's name or id beside them. "
            "The words of a question are encrypted. Delete an answer or your question, and both are forgotten. {}",
            "For {} days: the question, which sentences answered it, and the votes; nobody's name or id beside them. "
            "The words of a question are encrypted. Delete an answer or your question, and both are forgotten. {}",
            settings.records_days,
            joined(" ", (md("{} says what I keep of you.", own), privacy_link(settings))),
        ),
    }
    blocks = [Block((md("{}\n{}", heading(title), text),)) for title, text in texts.items()]
    return Reply((*blocks, Block((_model(settings.embedding_model),))))


def _model(name: str) -> Markdown:
    known = KNOWN_MODELS.get(name)
    if known is None:
        return md("-# Model: {}", Path(name).name)
    alone, *others = known.languages
    return md("-# Model: {} · Languages: {}", name, as_number(len(known.languages)) if others else name_of(alone))


def _places(held: list[Holdings]) -> Iterator[Markdown]:
    """What the base library holds, and what the server's own does if there is one."""
    everywhere, *here = held
    yield md("Everywhere: {}", _held(everywhere))
    for own in here:
        yield md("This server: {}", _held(own))


def _held(held: Holdings) -> str:
    if held.first is None or held.last is None:
        return say_many("{} article", "{} articles", held.articles)
    first, last = as_day(held.first), as_day(held.last)
    if first == last:
        return say_many("{} article, of {}", "{} articles, of {}", held.articles, first)
    return say_many("{} article, from {} to {}", "{} articles, from {} to {}", held.articles, first, last)
