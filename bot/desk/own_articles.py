"""Finds the articles of a server's own library that commands and buttons are about."""

import asyncio

from bot.errors import Refused
from bot.markdown import md, shortened
from bot.services.catalog import Entry, find
from bot.services.opened import Services
from index import Library


class OwnArticles:
    """The articles of the servers' own libraries."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def library(self, server: int | None) -> tuple[Library, ...]:
        """The server's own library, if there is one. For a worker thread."""
        own = self._services.libraries.own(server)
        return (own,) if own else ()

    async def chosen(self, server: int | None, chosen: str) -> Entry:
        """The entry of the article that was chosen by its title or key. Raises Refused if there is none."""
        if entry := await self.find(server, chosen):
            return entry
        raise Refused(
            md(
                "This server has no article “{}” of its own; choose one of the titles that show while you type.",
                shortened(chosen, 100),
            )
        )

    async def of_button(self, server: int | None, key: str) -> Entry:
        """The entry of the article that a button stands for. Raises Refused if it is gone."""
        if entry := await self.find(server, key):
            return entry
        raise Refused(md("That article is here no more."))

    async def find(self, server: int | None, chosen: str) -> Entry | None:
        """The entry of the article with that title or key, if there is one."""
        return await asyncio.to_thread(lambda: find(self.library(server), chosen))
