"""Verifying by command and by the message menu: whether what somebody quotes is ours, word for word."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.asking.admission import Admission
from bot.asking.verification import Audience, verification_reply
from bot.errors import Refused
from bot.markdown import md
from bot.services.questions import AskedQuestion, Way
from bot.services.verifying import MOST_CHARACTERS
from bot.ui.menu import message_menu
from bot.ui.permissions import is_editor
from bot.ui.sending import deliver, failing_alone, layout, respond
from bot.ui.service_bot import Interaction, ServiceBot
from index import check_pasted


class VerifyCog(commands.Cog):
    """The command that verifies a quotation, and the entry of a message's menu."""

    verify = app_commands.Group(
        name="verify",
        description="Find out whether a quotation is ours.",
        allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
        allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=False),
    )

    def __init__(self, bot: ServiceBot, admission: Admission) -> None:
        self._bot = bot
        self._verifier = bot.services.verifier
        self._admission = admission
        self._menu = message_menu("Is this quote ours?", self._is_ours)

    async def cog_load(self) -> None:
        """Add the message menu."""
        self._bot.tree.add_command(self._menu)

    @verify.command()
    @app_commands.describe(
        text="What a story is said to have said.",
        private="Show the answer to you alone.",
    )
    async def quote(self, interaction: Interaction, text: str, private: bool = False) -> None:
        """Verify a quotation: ours word for word, altered, or not from our articles."""
        async with failing_alone(interaction, private=private):
            await self._answer(interaction, text, Way.COMMAND, private=private)

    async def _is_ours(self, interaction: Interaction, message: discord.Message) -> None:
        """Verify what a person's message says; the answer is for the one who asks."""
        if message.author.bot:
            raise Refused(md("A bot has written that message; paste the words into `/verify quote` to verify them."))
        if not message.content.strip():
            raise Refused(
                md("That message has no words that I can read; type what its picture says into `/verify quote`.")
            )
        await self._answer(interaction, message.content, Way.MENU, private=True)

    async def _answer(self, interaction: Interaction, text: str, way: Way, *, private: bool) -> None:
        check_pasted(text, MOST_CHARACTERS)
        server = interaction.guild_id
        with self._admission.admitted(AskedQuestion("", interaction.user.id, server, way)):
            await respond(interaction, lambda: interaction.response.defer(ephemeral=private, thinking=True))
            verified = await self._verifier.verify(text, server)
            seen_by = Audience.READERS
            if is_editor(interaction):
                seen_by = Audience.EDITOR if private else Audience.EDITOR_AMONG_READERS
            view = layout(verification_reply(verified.verification, verified.fates, seen_by))
            await deliver(lambda: interaction.edit_original_response(view=view))
