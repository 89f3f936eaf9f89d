"""Connections to addresses that somebody else gave, kept out of this machine's own network."""

import asyncio
from collections.abc import Sequence
from urllib.parse import urljoin
from urllib.request import getproxies, proxy_bypass

import aiohttp
from yarl import URL

from pressroom.client.resolving import InternetResolver, addresses_of, inside_reason
from pressroom.core.internet import unreachable_reason

REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PORTS = {"http": 80, "https": 443}


class Network:
    """Judges addresses, first by themselves and again as they are connected to.

    is_own: allows this machine and its network as well, for a sandbox.
    """

    def __init__(self, *, is_own: bool = False) -> None:
        self._is_own = is_own

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
        return None if self._is_own else inside_reason(host, addresses)

    async def addresses(self, host: str, port: int) -> Sequence[str]:
        """Resolve a name. Raises OSError."""
        return [address["host"] for address in await addresses_of(host, port)]

    def connector(self) -> aiohttp.BaseConnector:
        """Make the aiohttp connector that connects to nothing else than what is allowed."""
        return aiohttp.TCPConnector(resolver=InternetResolver(is_own=self._is_own))

    async def pause(self, seconds: float) -> None:
        """Wait before a retry."""
        await asyncio.sleep(seconds)


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
