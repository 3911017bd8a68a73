"""/sources: the feeds and pages that the articles of a server come from."""

import asyncio
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands, ui
from discord.ext import commands

from bot import desk
from bot.articles import Address, turns
from bot.ask import CHOICES, Title
from bot.catalog import CHOICE_CHARACTERS
from bot.desk_buttons import DeskAction, DeskButton, key_of
from bot.desk_records import Work
from bot.desk_replies import note_reply, sources_page
from bot.errors import NotAllowed, Refusal
from bot.messages import deliver, layout
from bot.permissions import check_editor
from bot.replies import shortened
from bot.wording import counted
from index import Library, Source

if TYPE_CHECKING:
    from bot.client import Pullquote


@app_commands.guild_only()
@app_commands.default_permissions(manage_guild=True)
class Sources(commands.GroupCog, name="sources"):
    """The sources of one server, for its editors: checked at every command and button."""

    def __init__(self, bot: "Pullquote") -> None:
        self._bot = bot
        bot.desk_actions |= {
            DeskAction.REMOVE_SOURCE: self._remove_keeping,
            DeskAction.REMOVE_SOURCE_WITH_ARTICLES: self._remove_all,
            DeskAction.SOURCES: self._turn,
        }

    async def interaction_check(self, interaction: discord.Interaction[Any], /) -> bool:
        """Let only editors in."""
        try:
            check_editor(interaction, self._bot.questions.preferences)
        except NotAllowed as error:
            raise app_commands.CheckFailure from error
        return True

    @app_commands.command()
    @app_commands.describe(url="The address of an RSS or Atom feed, or of a page.")
    async def add(self, interaction: discord.Interaction[Any], url: Address) -> None:
        """Take in what a feed or a page holds, and read it again from time to time."""
        address = self._bot.open_web().check(url)
        self._bot.reindexing.begin(interaction, Work(address=address))

    @app_commands.command(name="list")
    async def show_list(self, interaction: discord.Interaction[Any]) -> None:
        """List the sources of this server, and how their last reading went."""
        await deliver(lambda: interaction.response.defer(ephemeral=True, thinking=True))
        view = await self._list(interaction.guild_id, 0)
        await deliver(lambda: interaction.edit_original_response(view=view))

    @app_commands.command()
    @app_commands.describe(source="Addresses show while you type.")
    async def remove(self, interaction: discord.Interaction[Any], source: Title) -> None:
        """Read a source no more, after a confirmation; with its articles or without."""
        await deliver(lambda: interaction.response.defer(ephemeral=True, thinking=True))
        library, found = await self._source(interaction.guild_id, source)
        count = len((await asyncio.to_thread(desk.source_removal, library, found.address, with_articles=True)).remove)
        said = f"<{shortened(found.address, 300)}>\n{counted(count, 'article')} came from it and from nowhere else."
        buttons = [DeskButton(DeskAction.REMOVE_SOURCE, key_of(found.address))]
        if count:
            buttons.append(DeskButton(DeskAction.REMOVE_SOURCE_WITH_ARTICLES, key_of(found.address)))
        view = layout(note_reply("Read it no more?", said), *buttons, DeskButton(DeskAction.KEEP))
        await deliver(lambda: interaction.edit_original_response(view=view))

    @remove.autocomplete("source")
    async def _complete(self, interaction: discord.Interaction[Any], typed: str) -> list[app_commands.Choice[str]]:
        try:
            check_editor(interaction, self._bot.questions.preferences)
        except NotAllowed:
            return []
        found = [s for s in await asyncio.to_thread(self._known, interaction.guild_id) if typed.strip() in s.address]
        return [
            app_commands.Choice(name=shortened(source.address, CHOICE_CHARACTERS), value=key_of(source.address))
            for source in found[:CHOICES]
        ]

    def _known(self, server: int | None) -> list[Source]:
        """The sources of a server's own library. For a thread."""
        return [source for library in self._bot.questions.libraries.of(server)[1:] for source in library.sources()]

    async def _source(self, server: int | None, chosen: str) -> tuple[Library, Source]:
        """The source of that key, or of that address. Raises Refusal where there is none."""
        for source in await asyncio.to_thread(self._known, server):
            if chosen.strip() in (key_of(source.address), source.address):
                assert server
                return await asyncio.to_thread(self._bot.questions.libraries.own, server), source
        raise Refusal(f"{shortened(chosen, 100)} is no source of this server; `/sources list` shows those that are.")

    async def _list(self, server: int | None, page: int) -> ui.LayoutView:
        def count() -> tuple[list[Source], dict[str, int]]:
            own = self._bot.questions.libraries.of(server)[1:]
            pages = [one for library in own for one in library.source_pages()]
            held = {article.id for library in own for article in library.articles()}
            sources = self._known(server)
            ids = {source.address: set[str]() for source in sources}
            for one in pages:
                ids[one.source] |= {one.article_id} & held
            return sources, {address: len(found) for address, found in ids.items()}

        sources, counts = await asyncio.to_thread(count)
        reply, pages = sources_page(sources, counts, page)
        return layout(reply, *turns(DeskAction.SOURCES, min(page, pages - 1), pages, ""))

    async def _turn(self, interaction: discord.Interaction[Any], argument: str) -> None:
        await deliver(interaction.response.defer)
        view = await self._list(interaction.guild_id, int(argument.partition(":")[0]))
        await deliver(lambda: interaction.edit_original_response(view=view))

    async def _remove_keeping(self, interaction: discord.Interaction[Any], key: str) -> None:
        await self._remove(interaction, key, with_articles=False)

    async def _remove_all(self, interaction: discord.Interaction[Any], key: str) -> None:
        await self._remove(interaction, key, with_articles=True)

    async def _remove(self, interaction: discord.Interaction[Any], key: str, *, with_articles: bool) -> None:
        assert interaction.guild_id
        server, jobs = interaction.guild_id, self._bot.jobs
        await deliver(interaction.response.defer)
        async with jobs.changing(server):
            library, source = await self._source(server, key)
            change = await asyncio.to_thread(desk.source_removal, library, source.address, with_articles=with_articles)
            back = await asyncio.to_thread(desk.inverse, library, change)
            report = await jobs.carry_out(library, change)
        await self._bot.refresh_catalog(server)
        undo = await asyncio.to_thread(jobs.keep_undo, server, back, library)
        gone = f"{counted(len(report.removed), 'article')} went with it" if report.removed else "its articles stay"
        said = f"<{shortened(source.address, 300)}> is read no more, and {gone}. *Undo* brings it back, for an hour."
        view = layout(note_reply("Removed", said), DeskButton(DeskAction.UNDO, undo))
        await deliver(lambda: interaction.edit_original_response(view=view))
