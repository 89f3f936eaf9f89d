"""Resolves names that somebody else chose: to the internet, and never into this machine's network."""

import asyncio
import socket
from collections.abc import Iterable
from urllib.parse import urlsplit
from urllib.request import getproxies

from aiohttp.abc import AbstractResolver, ResolveResult

from pressroom.core.internet import is_public


class LeadsInside(OSError):
    """A name leads to an address of this machine or network."""


def inside_reason(host: str, addresses: Iterable[str]) -> str | None:
    """Say which of a name's addresses is of this machine or network; None where all are on the internet."""
    private = next((address for address in addresses if not is_public(address)), None)
    return f"{host} leads to {private}, an address of this network" if private else None


class InternetResolver(AbstractResolver):
    """Judges the very addresses that aiohttp connects to; raises LeadsInside.

    A check beforehand alone would let a name be public for the check and private for the connection (DNS
    rebinding). aiohttp resolves no address that is written as digits: `core.internet` judges those. A proxy
    of the environment may stand in this network. is_own: allows this machine and its network, for a sandbox.
    """

    def __init__(self, *, is_own: bool = False) -> None:
        self._is_own = is_own

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the addresses of a name. Raises OSError, LeadsInside among them."""
        addresses = await addresses_of(host, port, family)
        reason = inside_reason(host, (address["host"] for address in addresses))
        if reason and not self._is_own and host not in _proxies():
            raise LeadsInside(reason)
        return addresses

    async def close(self) -> None:
        """Nothing is open."""


async def addresses_of(
    host: str, port: int, family: socket.AddressFamily = socket.AF_UNSPEC
) -> list[ResolveResult]:
    """Ask the system for the addresses of a name. Raises OSError."""
    loop = asyncio.get_running_loop()
    return [
        ResolveResult(
            hostname=host,
            host=str(address[0]),
            port=port,
            family=kind,
            proto=0,
            flags=socket.AI_NUMERICHOST,
        )
        for kind, *_, address in await loop.getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM)
    ]


def _proxies() -> set[str | None]:
    return {urlsplit(proxy).hostname for proxy in getproxies().values()}
