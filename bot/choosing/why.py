"""Why this answer? By a message's menu, and by /why with a link to the message; for editors."""

import asyncio
import re

import discord
from discord import app_commands, ui
from discord.ext import commands

from bot.choosing.components import ChoiceAction, ChoiceButton, Choosing, SentenceMenu
from bot.choosing.replies import why_reply
from bot.errors import Refused
from bot.markdown import md_later
from bot.services.questions import Explained
from bot.ui.menu import message_menu
from bot.ui.permissions import check_editor, server_of
from bot.ui.sending import deliver, layout, respond
from bot.ui.service_bot import Interaction, ServiceBot

MESSAGE_LINK = re.compile(r"\s*<?https?://(?:\w+\.)?discord(?:app)?\.com/channels/(\d{1,20})/\d{1,20}/(\d{1,20})>?\s*")

NOT_MINE = md_later("That message is none of my answers in this server, or it is too old.")
NO_LINK = md_later("Paste the link to an answer of mine: *Copy Message Link* in its menu.")


class WhyCog(commands.Cog):
    """Explains answers. Who asks for that is checked each time, whatever Discord shows to whom."""

    def __init__(self, bot: ServiceBot) -> None:
        self._bot = bot
        self._services = bot.services
        self._menu = message_menu("Why this answer?", self._by_menu, for_editors=True)

    async def cog_load(self) -> None:
        """Add the message menu."""
        self._bot.tree.add_command(self._menu)

    @app_commands.command()
    @app_commands.guild_only()
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.describe(answer="The link to the answer's message.")
    async def why(self, interaction: Interaction, answer: app_commands.Range[str, 1, 200]) -> None:
        """Why an answer is what it is: what was quoted, what nearly was, and how sure that is."""
        check_editor(interaction)
        found = MESSAGE_LINK.fullmatch(answer)
        if found is None:
            raise Refused(NO_LINK())
        await self._explain(interaction, int(found[2]))

    async def _by_menu(self, interaction: Interaction, message: discord.Message) -> None:
        check_editor(interaction)
        await self._explain(interaction, message.id)

    async def _explain(self, interaction: Interaction, message: int) -> None:
        """Explain the answer in a message of this server."""
        server = server_of(interaction)
        with self._services.shutdown.one():
            await respond(interaction, lambda: interaction.response.defer(ephemeral=True, thinking=True))
            record = await asyncio.to_thread(self._services.answers.answer_in, message)
            if record is None or record.server != server:
                raise Refused(NOT_MINE())
            view = _shown(await self._services.questions.explain(record))
            await deliver(lambda: interaction.edit_original_response(view=view))


def _shown(explained: Explained) -> ui.LayoutView:
    """The explanation, with the menus to choose from what it names."""
    view, answer_id = layout(why_reply(explained)), explained.record.id
    quotes = [one.quote for one in explained.explanation.considered]
    if quotes:
        view.add_item(ui.ActionRow(SentenceMenu(Choosing.PIN, answer_id, quotes)))
        view.add_item(ui.ActionRow(SentenceMenu(Choosing.BAN, answer_id, quotes)))
    view.add_item(ui.ActionRow(ChoiceButton(ChoiceAction.OTHER, answer_id)))
    return view
