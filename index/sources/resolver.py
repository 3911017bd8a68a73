"""Looks up host names for aiohttp, and refuses a name if any of its IP addresses is not public."""

import socket
from collections.abc import Awaitable, Callable, Collection

from aiohttp.abc import AbstractResolver, ResolveResult

from index.sources.address import Endpoint, is_public, refused

LookUp = Callable[[str, int], Awaitable[list[str]]]
"""Looks up the IP addresses of a host name. Raises OSError if there are none."""


class Resolver(AbstractResolver):
    """Looks up host names for aiohttp. It refuses a name if any of its IP addresses is not public."""

    def __init__(self, look_up: LookUp, allow: Collection[Endpoint]) -> None:
        self._look_up = look_up
        self._allow = allow

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The addresses of a host. Raises Refused, or OSError if there are none."""
        addresses = await self._look_up(host, port)
        for address in addresses:
            if (address, port) not in self._allow and not is_public(address):
                raise refused(host)
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in addresses
        ]

    async def close(self) -> None:
        """There is nothing to close."""
