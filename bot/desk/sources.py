"""/sources: the feeds and pages that the articles of a server come from."""

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands, ui

from bot.asking.commands import CHOICES, Title
from bot.desk.articles import Address
from bot.desk.buttons import DeskAction, DeskButton, key_of, page_in, turns
from bot.desk.reindex import post
from bot.desk.replies import address_of, note_reply, sources_page
from bot.errors import NotAllowed, Refused
from bot.markdown import joined, md, shortened
from bot.services.catalog import CHOICE_CHARACTERS
from bot.storage.jobs import Work
from bot.ui.permissions import EditorsCog, check_editor
from bot.ui.sending import deliver, layout
from bot.wording import counted
from index import Library, Source, articles_per_source, source_removal

if TYPE_CHECKING:
    from bot.client import Pullquote


@app_commands.guild_only()
@app_commands.default_permissions(manage_guild=True)
class SourcesCog(EditorsCog, name="sources"):
    """The sources of one server, for its editors: checked at every command and button."""

    def __init__(self, bot: "Pullquote") -> None:
        super().__init__(bot)
        bot.desk_actions |= {
            DeskAction.REMOVE_SOURCE: partial(self._remove_now, with_articles=False),
            DeskAction.REMOVE_SOURCE_WITH_ARTICLES: partial(self._remove_now, with_articles=True),
            DeskAction.LIST_SOURCES: self._turn,
        }

    @app_commands.command()
    @app_commands.describe(url="The address of an RSS or Atom feed, or of a page.")
    async def add(self, interaction: discord.Interaction[Any], url: Address) -> None:
        """Take in what a feed or a page holds, and read it again from time to time."""
        address = self._bot.open_web().check(url)
        assert interaction.guild_id
        self._bot.jobs.start(interaction.guild_id, Work(address=address), partial(post, interaction))

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
        count = len((await asyncio.to_thread(source_removal, library, found.address, with_articles=True)).remove)
        alone = md("{} came from it and from nowhere else.", counted(count, "article")) if count else md("")
        said = joined("\n", (address_of(found.address), alone))
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
            app_commands.Choice(name=_ends(source.address), value=key_of(source.address)) for source in found[:CHOICES]
        ]

    def _known(self, server: int | None) -> list[Source]:
        """The sources that a server may remove: folders are the operator's. For a thread."""
        return [source for source in self._all(server) if source.kind != "folder"]

    def _all(self, server: int | None) -> list[Source]:
        """The sources of a server's own library. For a thread."""
        return [source for library in self._bot.questions.libraries.of(server)[1:] for source in library.sources()]

    async def _source(self, server: int | None, chosen: str) -> tuple[Library, Source]:
        """The source of that key, or of that address. Raises Refused where there is none."""
        for source in await asyncio.to_thread(self._known, server):
            if chosen.strip() in (key_of(source.address), source.address):
                assert server
                return await asyncio.to_thread(self._bot.questions.libraries.own, server), source
        raise Refused(
            md("{} is no source of this server; `/sources list` shows those that are.", shortened(chosen, 100))
        )

    async def _list(self, server: int | None, page: int) -> ui.LayoutView:
        def count() -> tuple[list[Source], dict[str, int]]:
            own = self._bot.questions.libraries.of(server)[1:]
            return self._all(server), {a: n for library in own for a, n in articles_per_source(library).items()}

        sources, counts = await asyncio.to_thread(count)
        reply, pages = sources_page(sources, counts, page)
        return layout(reply, *turns(DeskAction.LIST_SOURCES, min(page, pages - 1), pages))

    async def _turn(self, interaction: discord.Interaction[Any], argument: str) -> None:
        await deliver(interaction.response.defer)
        view = await self._list(interaction.guild_id, page_in(argument)[0])
        await deliver(lambda: interaction.edit_original_response(view=view))

    async def _remove_now(self, interaction: discord.Interaction[Any], key: str, *, with_articles: bool) -> None:
        assert interaction.guild_id
        server = interaction.guild_id
        await deliver(interaction.response.defer)
        _, source = await self._source(server, key)
        remove = partial(source_removal, address=source.address, with_articles=with_articles)
        first = self._bot.jobs.says_what_comes_first(interaction)
        made = await self._bot.writers.make(server, lambda library: asyncio.to_thread(remove, library), first)
        await self._bot.refresh_catalog(server)
        removed = made.report.removed
        gone = f"{counted(len(removed), 'article')} went with it" if removed else "its articles stay"
        said = md("{} is read no more, and {}. *Undo* brings it back, for an hour.", address_of(source.address), gone)
        said = joined("\n", (said, made.warning))
        buttons = [DeskButton(DeskAction.UNDO, made.undo)] if made.undo else []
        view = layout(note_reply("Removed", said), *buttons)
        await deliver(lambda: interaction.edit_original_response(view=view))


def _ends(address: str) -> str:
    """An address as a choice shows it: where it is too long, its ends, by which it is known."""
    return address if len(address) <= CHOICE_CHARACTERS else f"{address[:48]} … {address[-48:]}"
