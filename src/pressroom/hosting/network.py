"""The way out of this machine, for a look at an address that somebody else gave."""

import asyncio
import socket
from collections.abc import Sequence

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult


class Network:
    """Resolves names once: what was judged is what is connected to, whatever the name says a moment later."""

    def __init__(self) -> None:
        self._known: dict[str, list[ResolveResult]] = {}

    async def addresses(self, host: str, port: int) -> Sequence[str]:
        """Resolve a name. Raises OSError."""
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        known = [
            ResolveResult(
                hostname=host,
                host=str(address[0]),
                port=port,
                family=family,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for family, *_, address in found
        ]
        self._known[host] = known
        return [one["host"] for one in known]

    def connector(self) -> aiohttp.BaseConnector:
        """Make what opens connections."""
        return aiohttp.TCPConnector(resolver=_Known(self._known))

    async def pause(self, seconds: float) -> None:
        """Let time pass before something is asked again."""
        await asyncio.sleep(seconds)


class _Known(AbstractResolver):
    """Gives the addresses that were found, and resolves only other names: those of proxies."""

    def __init__(self, known: dict[str, list[ResolveResult]]) -> None:
        self._known = known
        self._other = aiohttp.ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return self._known.get(host) or await self._other.resolve(host, port, family)

    async def close(self) -> None:
        await self._other.close()
