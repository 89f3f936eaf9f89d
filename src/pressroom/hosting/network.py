"""Connections to addresses that somebody else gave, kept out of this machine's own network."""

import asyncio
import socket
from collections.abc import Sequence
from urllib.parse import urljoin, urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from pressroom.core.internet import is_public, unreachable_reason

REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PORTS = {"http": 80, "https": 443}


class Network:
    """Checks addresses, and connects to the very IP addresses that were checked.

    Otherwise a name could resolve to a public address for the check and to a private one for the connection
    (DNS rebinding). is_own: allows this machine and its network as well, for a sandbox.
    """

    def __init__(self, *, is_own: bool = False) -> None:
        self._is_own = is_own
        self._known: dict[str, list[ResolveResult]] = {}

    async def unreachable_reason(self, url: str) -> str | None:
        """Say why an address may not be fetched; None when it may. Ask for each redirect anew.

        Raises OSError for a name that cannot be resolved.
        """
        reason = None if self._is_own else unreachable_reason(url)
        return reason or await self._private_reason(spelled(url))

    async def _private_reason(self, url: URL) -> str | None:
        """Resolve a name, and say which of its addresses is not on the internet."""
        host = url.raw_host or ""
        if _is_proxied(url.scheme, host):
            return None  # the proxy connects, and what it may reach is its own rule
        addresses = await self.addresses(host, url.port or _PORTS.get(url.scheme, 0))
        private = next((one for one in addresses if not (self._is_own or is_public(one))), None)
        return f"{host} leads to {private}, an address of this network" if private else None

    async def addresses(self, host: str, port: int) -> Sequence[str]:
        """Resolve a name, and keep the result for `connector`. Raises OSError."""
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
        """Make the aiohttp connector for the addresses that were checked."""
        return aiohttp.TCPConnector(resolver=_Known(self._known))

    async def pause(self, seconds: float) -> None:
        """Wait before a retry."""
        await asyncio.sleep(seconds)


class _Known(AbstractResolver):
    """Gives the addresses that were checked, and resolves no other names than those of proxies."""

    def __init__(self, known: dict[str, list[ResolveResult]]) -> None:
        self._known = known
        self._other = aiohttp.ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        if host in self._known:
            return self._known[host]
        if host not in {urlsplit(proxy).hostname for proxy in getproxies().values()}:
            raise OSError(f"{host} was not judged")
        return await self._other.resolve(host, port, family)

    async def close(self) -> None:
        await self._other.close()


def spelled(url: str) -> URL:
    """Make a URL that is sent byte for byte, unless a request line cannot hold it. Raises ValueError."""
    return URL(url, encoded=url.isascii() and " " not in url)


def joined(url: str, location: str) -> str:
    """Give the address that a redirect leads to; empty for none."""
    try:
        return urljoin(url, location) if location else ""
    except ValueError:
        return location  # no address, which the next check says


def _is_proxied(scheme: str, host: str) -> bool:
    """Tell whether a proxy from the environment connects, and so resolves the name."""
    return scheme in getproxies() and not proxy_bypass(host)
