"""/settings: what the admins of a server set for it.

A command without a value shows the setting. What was set is cleared only on request.
"""

import asyncio
from functools import partial
from typing import Literal

import discord
from discord import app_commands
from discord.ext import commands

from bot.desk.ask_channels import AskPlace, access_missing
from bot.desk.replies import (
    ADMIN_ROLE,
    ASK_CHANNELS,
    CORRECTIONS,
    DIGEST,
    LANGUAGE,
    LOG_CHANNEL,
    OPINION_SECTIONS,
    REFRESH,
    THRESHOLD,
    every,
    note_reply,
    setting_reply,
    settings_reply,
    webhook_reply,
    webhook_secret_reply,
)
from bot.errors import NotAllowed, Refused
from bot.languages import LANGUAGES, as_percent
from bot.markdown import Markdown, joined, mark, md, md_later
from bot.ui.permissions import check_manager, server_of
from bot.ui.reply import GREY, INK, Reply
from bot.ui.sending import deliver, layout, respond
from bot.ui.service_bot import Interaction, ServiceBot

INTENT_MISSING = md_later(
    "For now I read only messages there that mention me: the bot's operator has MESSAGE_CONTENT off."
)
ROLE_UNSEEN = md_later(
    "Discord shows the commands only to those with Manage Server until you let the role use them, under Server "
    "Settings, Integrations."
)

MIN_HOURS, MAX_HOURS = 0.5, 168
"""Between two refreshes. Sites need not be asked more often."""

Clear = Literal["Back to the default"]
"""The only choice of the options that clear a setting: there is nothing to mistake, as there is in "clear: false"."""

Renew = Literal["A new address and secret"]


@app_commands.guild_only()
@app_commands.default_permissions(manage_guild=True)
class ServerSettingsCog(commands.GroupCog, name="settings", group_description="Settings of this server."):
    """Settings of one server, for those who may manage it: checked at each use, whatever Discord shows to whom."""

    ask_channel = app_commands.Group(
        name="ask-channel", description="Channels, forums and threads where questions are answered."
    )

    def __init__(self, bot: ServiceBot) -> None:
        self._bot = bot
        self._settings = bot.services.settings
        self._chosen = bot.services.server_settings

    async def interaction_check(self, interaction: Interaction, /) -> bool:  # type: ignore[override]
        """Let only those in who may manage the server."""
        try:
            check_manager(interaction)
        except NotAllowed as error:
            raise app_commands.CheckFailure from error
        return True

    @app_commands.command(name="show")
    async def show_all(self, interaction: Interaction) -> None:
        """Show all settings of this server."""
        server, settings, inbox = server_of(interaction), self._settings, self._bot.services.inbox
        webhook = await asyncio.to_thread(inbox.store.webhook_of, server) if inbox.is_on else None
        reply = settings_reply(
            self._chosen.of(server),
            self._chosen.ask_channels(server),
            threshold=settings.answer_threshold,
            refresh_hours=settings.refresh_hours,
            language=self._bot.language_of(server),
            corrections_channel=await asyncio.to_thread(self._bot.services.corrections.store.channel_of, server or 0),
            webhook=webhook is not None if inbox.is_on else None,
        )
        await _send(interaction, reply)

    @app_commands.command(name="admin-role")
    @app_commands.describe(
        role="Its members alone may change articles and sources.", clear="No role: who has Manage Server may."
    )
    async def admin_role(
        self, interaction: Interaction, role: discord.Role | None = None, clear: Clear | None = None
    ) -> None:
        """Show or name the role that may change articles and sources."""
        if role and role.is_default():
            raise Refused(md("{} is no role to run the desk; name another one.", "@everyone"))
        if changed := _is_given(role, clear):
            await self._choose(interaction, admin_role=role.id if role else None)
        chosen, default = self._chosen.of(interaction.guild_id).admin_role, md("everybody with Manage Server")
        said = (
            md("<@&{}> may change articles and sources, and administrators.", chosen)
            if chosen
            else md("Everybody with Manage Server may change articles and sources.")
        )
        note = ROLE_UNSEEN() if role else mark("")
        reply = setting_reply(ADMIN_ROLE(), said, md("`role`"), default if chosen else None, changed=changed, note=note)
        await _send(interaction, reply)

    @app_commands.command()
    @app_commands.describe(
        percent="How sure an answer must be to be given, from 0 to 100.", clear="The default that the operator chose."
    )
    async def threshold(
        self,
        interaction: Interaction,
        percent: app_commands.Range[float, 0, 100] | None = None,
        clear: Clear | None = None,
    ) -> None:
        """Show or choose how sure an answer must be."""
        if changed := _is_given(percent, clear):
            await self._choose(interaction, threshold=None if percent is None else percent / 100)
        chosen, usual = self._chosen.of(interaction.guild_id).threshold, self._settings.answer_threshold
        said = md("I answer here where I am at least {} sure.", as_percent(usual if chosen is None else chosen))
        default = None if chosen is None else md("{}", as_percent(usual))
        await _send(interaction, setting_reply(THRESHOLD(), said, md("`percent`"), default, changed=changed))

    @app_commands.command()
    @app_commands.describe(
        hours="From one reading of the sources to the next; 0 for never.", clear="The default that the operator chose."
    )
    async def refresh(
        self,
        interaction: Interaction,
        hours: app_commands.Range[float, 0, MAX_HOURS] | None = None,
        clear: Clear | None = None,
    ) -> None:
        """Show or choose how often sources are read again by themselves."""
        if hours and hours < MIN_HOURS:
            raise Refused(md("Half an hour is the least; 0 is for never."))
        if changed := _is_given(hours, clear):
            await self._choose(interaction, refresh_hours=hours)
        chosen, usual = self._chosen.of(interaction.guild_id).refresh_hours, self._settings.refresh_hours
        now = usual if chosen is None else chosen
        said = (
            md("Sources are read again {}; `/reindex` does it at once.", every(now))
            if now
            else md("Sources are read again only by `/reindex`.")
        )
        default = None if chosen is None else every(usual)
        await _send(interaction, setting_reply(REFRESH(), said, md("`hours`"), default, changed=changed))

    @app_commands.command(name="log-channel")
    @app_commands.describe(
        channel="Where I report what a refresh changed, or failed at.", clear="No channel: nothing is reported."
    )
    async def log_channel(
        self, interaction: Interaction, channel: discord.TextChannel | None = None, clear: Clear | None = None
    ) -> None:
        """Show or name the channel for reports."""
        if changed := _is_given(channel, clear):
            await self._choose(interaction, log_channel=channel.id if channel else None)
        chosen = self._chosen.of(interaction.guild_id).log_channel
        said = md("I report nowhere.")
        if chosen:
            said = md("I report in <#{}> what a refresh changes or fails at.", chosen)
        default, note = md("no reports") if chosen else None, access_missing(channel) if channel else mark("")
        reply = setting_reply(LOG_CHANNEL(), said, md("`channel`"), default, changed=changed, note=note)
        await _send(interaction, reply)

    @app_commands.command(name="corrections-channel")
    @app_commands.describe(
        channel="Where I tell what was corrected or withdrawn in the articles.", clear="No channel: I tell nobody."
    )
    async def corrections_channel(
        self, interaction: Interaction, channel: discord.TextChannel | None = None, clear: Clear | None = None
    ) -> None:
        """Show or name the channel for corrections."""
        server, store = server_of(interaction), self._bot.services.corrections.store
        if changed := _is_given(channel, clear):
            await asyncio.to_thread(store.choose_channel, server, channel.id if channel else None)
        chosen = await asyncio.to_thread(store.channel_of, server)
        said = md("I tell nowhere what was corrected; `/corrections` shows it.")
        if chosen:
            said = md("I tell in <#{}> what is corrected or withdrawn in the articles.", chosen)
        default, note = md("nowhere") if chosen else None, access_missing(channel) if channel else mark("")
        reply = setting_reply(CORRECTIONS(), said, md("`channel`"), default, changed=changed, note=note)
        await _send(interaction, reply)

    @app_commands.command(name="opinion-sections")
    @app_commands.describe(
        names="What your sections of opinion are called, separated by commas.", clear="The usual names alone."
    )
    async def opinion_sections(
        self,
        interaction: Interaction,
        names: app_commands.Range[str, 1, 300] | None = None,
        clear: Clear | None = None,
    ) -> None:
        """Show or name the sections whose articles are marked as opinion."""
        listed = ", ".join(dict.fromkeys(" ".join(name.split()) for name in (names or "").split(",") if name.strip()))
        if names and not listed:
            raise Refused(md("Name at least one section, or `clear` them."))
        if changed := _is_given(names, clear):
            await self._choose(interaction, opinion_sections=listed or None)
        chosen = self._chosen.of(interaction.guild_id).opinion_sections
        said = (
            md("Besides sections such as Opinion, Editorial or Letters I mark these as opinion: {}.", chosen)
            if chosen
            else md("I mark articles in sections such as Opinion, Editorial or Letters as opinion.")
        )
        default = md("the usual names") if chosen else None
        await _send(interaction, setting_reply(OPINION_SECTIONS(), said, md("`names`"), default, changed=changed))

    @app_commands.command()
    @app_commands.describe(
        weekly="Whether the log channel gets it, once in seven days.", clear="Back to the default: it does."
    )
    async def digest(self, interaction: Interaction, weekly: bool | None = None, clear: Clear | None = None) -> None:
        """Show or choose whether the log channel gets a weekly digest of what readers asked."""
        if changed := _is_given(weekly, clear):
            await self._choose(interaction, digest=None if weekly is None else int(weekly))
        chosen = self._chosen.of(interaction.guild_id)
        said = (
            md("The log channel gets no digest.") if chosen.digest == 0 else md("The log channel gets a digest a week.")
        )
        note = mark("") if chosen.log_channel else md("There is none yet: `/settings log-channel` names one.")
        default = None if chosen.digest is None else md("a digest a week")
        await _send(interaction, setting_reply(DIGEST(), said, md("`weekly`"), default, changed=changed, note=note))

    @app_commands.command()
    @app_commands.describe(
        language="What messages are written in; commands answer in each person's own.",
        clear="The language that the server has in Discord.",
    )
    @app_commands.choices(language=[app_commands.Choice(name=name, value=code) for code, name in LANGUAGES.items()])
    async def language(self, interaction: Interaction, language: str | None = None, clear: Clear | None = None) -> None:
        """Show or choose the language that I speak in this server."""
        server = server_of(interaction)
        if changed := _is_given(language, clear):
            await self._choose(interaction, language=language)
        chosen = self._chosen.of(server).language
        now = LANGUAGES[self._bot.language_of(server)]
        said = md("I write in {} here; to commands I answer in each person's own language.", now)
        default = md("{}", LANGUAGES[self._bot.usual_language_of(server)]) if chosen else None
        await _send(interaction, setting_reply(LANGUAGE(), said, md("`language`"), default, changed=changed))

    @app_commands.command()
    @app_commands.describe(
        new="A new address and secret; those before work no more.", clear="No webhook: what sites send is refused."
    )
    async def webhook(self, interaction: Interaction, new: Renew | None = None, clear: Clear | None = None) -> None:
        """Show or renew the address where your site says that a page has changed."""
        server, inbox = server_of(interaction), self._bot.services.inbox
        is_given = _is_given(new, clear)
        await respond(interaction, lambda: interaction.response.defer(ephemeral=True, thinking=True))
        if new and not inbox.is_on:
            raise Refused(md("The bot's operator has not switched webhooks on; sources are read in turn."))
        if new:
            made = await asyncio.to_thread(inbox.store.renew_webhook, server)
            reply = webhook_secret_reply(inbox.address(made.name), made.secret)
        else:
            if is_given:
                await asyncio.to_thread(inbox.store.drop_webhook, server)
            had = await asyncio.to_thread(inbox.store.webhook_of, server)
            reply = webhook_reply(inbox.address(had.name) if had else "", had.since if had else None, is_on=inbox.is_on)
        await deliver(lambda: interaction.edit_original_response(view=layout(reply)))

    @ask_channel.command()
    @app_commands.describe(channel="Every question in it will be answered; in a forum, every post.")
    async def add(self, interaction: Interaction, channel: AskPlace) -> None:
        """Answer every question in a channel, forum or thread."""
        await asyncio.to_thread(self._chosen.add_ask_channel, server_of(interaction), channel.id)
        said = (
            md("Every post in <#{}> is a question from now on, and so is every question below it.", channel.id)
            if isinstance(channel, discord.ForumChannel)
            else md("Every message in <#{}> is a question from now on.", channel.id)
        )
        said = joined(" ", (said, access_missing(channel), self._intent()))
        await _send(interaction, note_reply(ASK_CHANNELS(), said, INK))

    @ask_channel.command()
    @app_commands.describe(channel="It will be a channel like any other.")
    async def remove(self, interaction: Interaction, channel: AskPlace) -> None:
        """Answer in a channel only where the bot is mentioned."""
        await asyncio.to_thread(self._chosen.remove_ask_channel, channel.id)
        said = md("In <#{}> I answer only where I am mentioned.", channel.id)
        await _send(interaction, note_reply(ASK_CHANNELS(), said, INK))

    @ask_channel.command(name="list")
    async def show(self, interaction: Interaction) -> None:
        """List the channels where every message is a question."""
        channels = [md("<#{}>", channel) for channel in self._chosen.ask_channels(interaction.guild_id)]
        said = joined(" ", (md("{}.", joined(", ", channels)), self._intent()))
        none = md("None yet: `/settings ask-channel add` names one.")
        reply = note_reply(ASK_CHANNELS(), said, INK) if channels else note_reply(ASK_CHANNELS(), none, GREY)
        await _send(interaction, reply)

    def _intent(self) -> Markdown:
        """The note that the bot reads only messages that mention it; empty if the intent is on."""
        return mark("") if self._bot.intents.message_content else INTENT_MISSING()

    async def _choose(self, interaction: Interaction, **changed: float | str | None) -> None:
        """Set the named settings of the server, and leave the others as they are."""
        await asyncio.to_thread(partial(self._chosen.choose, server_of(interaction), **changed))


def _is_given(value: object, clear: str | None) -> bool:
    """Whether a setting is to be changed, to the value or by *clear*. Raises Refused if both were given."""
    if value is not None and clear:
        raise Refused(md("Give a value or `clear`, one of the two."))
    return value is not None or clear is not None


async def _send(interaction: Interaction, reply: Reply) -> None:
    await respond(interaction, lambda: interaction.response.send_message(view=layout(reply), ephemeral=True))
