"""/sources: the feeds, sitemaps and pages that the articles of a server come from."""

import asyncio
from functools import partial

from discord import app_commands, ui

from bot.desk.buttons import DeskAction, DeskButton, page_in, turns, undo_buttons
from bot.desk.jobs import Jobs, post
from bot.desk.replies import UNDO_HINT, note_reply, sources_page
from bot.errors import NotAllowed, Refused
from bot.markdown import joined, md, md_many, shortened
from bot.services.catalog import CHOICE_CHARACTERS, ListedSource, sources_in
from bot.storage.jobs import Work
from bot.ui.options import CHOICES, Address, Title
from bot.ui.permissions import EditorsCog, check_editor, server_of
from bot.ui.reply import AMBER, INK
from bot.ui.sending import deliver, layout, respond
from bot.ui.service_bot import Interaction, ServiceBot
from bot.ui.sources import address_of
from index import Change, Library, Source, find_address, short_key, source_privacy, source_removal


@app_commands.guild_only()
@app_commands.default_permissions(manage_guild=True)
class SourcesCog(EditorsCog, name="sources", group_description="The sources of this server."):
    """The sources of one server, for its editors: checked at every command and button."""

    def __init__(self, bot: ServiceBot, jobs: Jobs) -> None:
        super().__init__(bot)
        self._jobs = jobs
        bot.button_handlers |= {
            DeskAction.REMOVE_SOURCE: partial(self._remove_now, with_articles=False),
            DeskAction.REMOVE_SOURCE_WITH_ARTICLES: partial(self._remove_now, with_articles=True),
            DeskAction.KEEP_SOURCE: self._keep,
            DeskAction.LIST_SOURCES: self._turn,
        }

    @app_commands.command()
    @app_commands.describe(
        url="The address of a feed, of a sitemap or of a page.",
        private="Answer no reader from it, for example as it has members' stories in full.",
    )
    async def add(self, interaction: Interaction, url: Address, private: bool = False) -> None:
        """Take in what a feed, a sitemap or a page holds, and read it again from time to time."""
        address = self._services.open_web().check(url)
        self._jobs.start(server_of(interaction), Work(address=address, private=private), partial(post, interaction))

    @app_commands.command(name="list")
    async def show_list(self, interaction: Interaction) -> None:
        """List the sources of this server, and how their last reading went."""
        await respond(interaction, lambda: interaction.response.defer(ephemeral=True, thinking=True))
        view = await self._list(interaction.guild_id, 0)
        await deliver(lambda: interaction.edit_original_response(view=view))

    @app_commands.command()
    @app_commands.describe(source="Addresses show while you type.")
    async def remove(self, interaction: Interaction, source: Title) -> None:
        """Read a source no more, after a confirmation; with its articles or without."""
        await respond(interaction, lambda: interaction.response.defer(ephemeral=True, thinking=True))
        server = server_of(interaction)
        found = await self._source(server, source)
        count = await asyncio.to_thread(self._articles_of, server, found)
        alone = (
            md_many(
                "{} article came from it and from nowhere else.",
                "{} articles came from it and from nowhere else.",
                count,
            )
            if count
            else md("No article came from it and from nowhere else.")
        )
        asked = note_reply(
            md("Remove {}?", address_of(found.address)),
            md("It will not be read again. {}", alone),
            AMBER,
            md("You can take that back for an hour."),
        )
        key = short_key(found.address)
        buttons = [DeskButton(DeskAction.REMOVE_SOURCE, key)]
        if count:
            buttons.append(DeskButton(DeskAction.REMOVE_SOURCE_WITH_ARTICLES, key))
        view = layout(asked, *buttons, DeskButton(DeskAction.KEEP_SOURCE, key))
        await deliver(lambda: interaction.edit_original_response(view=view))

    @app_commands.command()
    @app_commands.describe(
        source="Addresses show while you type.", private="Answer no reader from it; with False, answer from it again."
    )
    async def private(self, interaction: Interaction, source: Title, private: bool = True) -> None:
        """Keep what a source has from readers, or let them have it again."""
        await respond(interaction, lambda: interaction.response.defer(ephemeral=True, thinking=True))
        server = server_of(interaction)
        found = await self._source(server, source)

        async def read(library: Library) -> Change:
            return await asyncio.to_thread(source_privacy, library, found.address, private=private)

        first = self._jobs.says_what_comes_first(interaction)
        made = await self._services.editor.edit(server, read, first, about=found.address)
        changed = len(made.report.changed)
        if private:
            title = md("Private: {}", address_of(found.address))
            said = md_many(
                "No reader is answered from it: {} article is kept back. Answers that quote it are struck through.",
                "No reader is answered from it: {} articles are kept back. Answers that quote them are struck through.",
                changed,
            )
        else:
            title = md("Public: {}", address_of(found.address))
            said = md_many(
                "Readers are answered from it; {} article is no longer kept back.",
                "Readers are answered from it; {} articles are no longer kept back.",
                changed,
            )
        reply = note_reply(
            title,
            joined("\n", (said, made.warning)),
            INK,
            md("You can take that back for an hour.") if made.undo else md(""),
        )
        view = layout(reply, *undo_buttons(made.undo))
        await deliver(lambda: interaction.edit_original_response(view=view))

    @private.autocomplete("source")
    @remove.autocomplete("source")
    async def _complete(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        try:
            check_editor(interaction)
        except NotAllowed:
            return []
        found = [s for s in await asyncio.to_thread(self._known, interaction.guild_id) if typed.strip() in s.address]
        return [
            app_commands.Choice(name=_ends(source.address), value=short_key(source.address))
            for source in found[:CHOICES]
        ]

    def _known(self, server: int | None) -> list[Source]:
        """The sources that a server may remove: folders are the operator's. For a thread."""
        own = self._services.libraries.own(server)
        return [source for source in own.sources() if source.kind != "folder"] if own else []

    async def _source(self, server: int, chosen: str) -> Source:
        """The source of that key, or of that address. Raises Refused where there is none."""
        known = {source.address: source for source in await asyncio.to_thread(self._known, server)}
        by_key = {short_key(address): address for address in known}
        if address := by_key.get(chosen.strip()) or find_address(chosen, known):
            return known[address]
        raise Refused(
            md("{} is no source of this server; `/sources list` shows those that are.", shortened(chosen, 100))
        )

    def _articles_of(self, server: int, source: Source) -> int:
        """How many articles came from that source and from nowhere else. For a thread."""
        library = self._services.libraries.own_or_create(server)
        return len(source_removal(library, source.address, with_articles=True).remove)

    async def _list(self, server: int | None, page: int) -> ui.LayoutView:
        def listed() -> list[ListedSource]:
            own = self._services.libraries.own(server)
            return sources_in(own) if own else []

        reply, pages = sources_page(await asyncio.to_thread(listed), page)
        return layout(reply, *turns(DeskAction.LIST_SOURCES, min(page, pages - 1), pages))

    async def _turn(self, interaction: Interaction, argument: str) -> None:
        await respond(interaction, interaction.response.defer)
        view = await self._list(interaction.guild_id, page_in(argument)[0])
        await deliver(lambda: interaction.edit_original_response(view=view))

    async def _remove_now(self, interaction: Interaction, key: str, *, with_articles: bool) -> None:
        server = server_of(interaction)
        await respond(interaction, interaction.response.defer)
        source = await self._source(server, key)

        async def read(library: Library) -> Change:
            return await asyncio.to_thread(source_removal, library, source.address, with_articles=with_articles)

        first = self._jobs.says_what_comes_first(interaction)
        made = await self._services.editor.edit(server, read, first, about=source.address)
        removed = made.report.removed
        gone = (
            md_many(
                "It is read no more, and {} article went with it.",
                "It is read no more, and {} articles went with it.",
                len(removed),
            )
            if removed
            else md("It is read no more, and its articles stay.")
        )
        said = joined("\n", (gone, made.warning))
        reply = note_reply(md("Removed: {}", address_of(source.address)), said, INK, UNDO_HINT())
        view = layout(reply, *undo_buttons(made.undo))
        await deliver(lambda: interaction.edit_original_response(view=view))

    async def _keep(self, interaction: Interaction, key: str) -> None:
        await respond(interaction, interaction.response.defer)
        source = await self._source(server_of(interaction), key)
        view = layout(note_reply(md("Kept: {}", address_of(source.address)), md("Nothing was changed.")))
        await deliver(lambda: interaction.edit_original_response(view=view))


def _ends(address: str) -> str:
    """An address as a choice shows it; only its two ends if it is too long."""
    return address if len(address) <= CHOICE_CHARACTERS else f"{address[:48]} … {address[-48:]}"
