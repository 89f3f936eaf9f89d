"""Fetches what somebody else's address leads to, and keeps out of this machine's own network.

`Network` judges an address and connects to nothing else than what is allowed. `download` saves what the user
gave as a URL and wants converted. `require_public` refuses, without a request, what Meta could never fetch.
"""

import asyncio
import socket
import tempfile
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO
from urllib.parse import urljoin, urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
from yarl import URL

from pressroom.client.transport_aiohttp import InternetResolver, LeadsInside, addresses_of, inside_reason
from pressroom.core.account import Account
from pressroom.core.address import shown_address, unreachable_reason
from pressroom.core.assets import LARGEST_SOURCE_BYTES
from pressroom.core.errors import Refused
from pressroom.core.shortage import shortage_of

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
        if not self._is_own and (reason := unreachable_reason(url)):
            return reason
        address = spelled(url)
        host = address.raw_host or ""
        # The proxy resolves and connects, and what it may reach is its own rule.
        if address.scheme in getproxies() and not proxy_bypass(host):
            return None
        addresses = await self.addresses(host, address.port or _PORTS.get(address.scheme, 0))
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


def require_public(url: str, account: Account) -> None:
    """Raise Refused for a URL that Meta could never fetch; anything is allowed for a sandbox."""
    if not account.is_real:
        return
    reason = unreachable_reason(url)
    if reason is None:
        return
    raise Refused(
        f"Instagram cannot fetch {shown_address(url)}: {reason}.",
        rule="public_url",
        value=shown_address(url),
        limit="an http(s) address on the internet",
        fix="Give the file itself, or an address that opens from anywhere without signing in.",
    )


_PIECE_BYTES = 1 << 18
# The total is `longest_s`; these end a host that falls silent earlier.
_TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=30, sock_read=60)
# Why a fetch failed, as text; the first type that fits, so subclasses come first.
_REASONS: tuple[tuple[type[Exception], str], ...] = (
    (TimeoutError, "it stopped answering"),
    (aiohttp.InvalidURL, "it leads to what is no http(s) address"),
    (aiohttp.ClientConnectorDNSError, "its name cannot be resolved"),
    (socket.gaierror, "its name cannot be resolved"),
    (aiohttp.ClientConnectorCertificateError, "its certificate is not trusted"),
    (aiohttp.ClientConnectorError, "no server answers there"),
    (aiohttp.ClientPayloadError, "the answer broke off"),
    (aiohttp.ClientError, "the connection broke"),
)
_MAX_REDIRECTS = 10
LONGEST_S = 3600.0


async def download(
    url: str,
    directory: Path,
    *,
    network: Network,
    max_bytes: int = LARGEST_SOURCE_BYTES,
    longest_s: float = LONGEST_S,
) -> Path:
    """Save what a URL answers in a new file of `directory`, which is the caller's to delete.

    longest_s: the limit for the whole fetch. Raises Refused, and leaves no file, when it cannot be fetched,
    leads to an address that `network` does not allow, or is larger than `max_bytes`. Raises Shortage.
    """
    suffix = PurePosixPath(urlsplit(url).path).suffix[:10]
    with _new_file(directory, suffix) as file:
        reason = await _fetch(url, file, network, max_bytes, longest_s)
        if reason is not None:
            raise Refused(
                f"{shown_address(url)} could not be fetched: {reason}.",
                rule="url_unreachable",
                value=shown_address(url),
                fix="Give the file itself, or an address that opens from anywhere without signing in.",
            )
    return Path(file.name)


@contextmanager
def _new_file(directory: Path, suffix: str) -> Generator[IO[bytes]]:
    """Make a file that is deleted when the block raises."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=directory, suffix=suffix, delete=False) as file:
        try:
            yield file
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise


async def _fetch(url: str, file: IO[bytes], network: Network, max_bytes: int, longest_s: float) -> str | None:
    """Write the answer to the file; give the reason as text when that fails, else None. Raises Shortage."""
    limit = asyncio.timeout(longest_s)
    try:
        connector = network.connector()
        session = aiohttp.ClientSession(connector=connector, timeout=_TIMEOUT, trust_env=True)
        async with limit, session:
            return await _follow(session, url, file, network, max_bytes)
    except (aiohttp.ClientError, OSError, ValueError) as error:
        if isinstance(error, TimeoutError) and limit.expired():
            return f"it took longer than {longest_s / 60:g} minutes"
        if shortage := shortage_of(error):
            raise shortage from None
        if isinstance(inside := getattr(error, "os_error", None), LeadsInside):
            return str(inside)
        return next((words for kind, words in _REASONS if isinstance(error, kind)), str(error))


async def _follow(
    session: aiohttp.ClientSession, url: str, file: IO[bytes], network: Network, max_bytes: int
) -> str | None:
    """Follow redirects, and check each address before it is asked."""
    # aiohttp would follow redirects without the check: a public address can redirect into this network.
    for _ in range(_MAX_REDIRECTS + 1):
        reason = await network.unreachable_reason(url)
        if reason is not None:
            return reason
        async with session.get(spelled(url), allow_redirects=False) as reply:
            location = reply.headers.get("location", "") if reply.status in REDIRECTS else ""
            if not location:
                if reply.status != 200:  # noqa: PLR2004  # the one good answer
                    return f"it answered HTTP {reply.status}"
                async for piece in reply.content.iter_chunked(_PIECE_BYTES):
                    file.write(piece)
                    # Counted as it comes: Content-Length may be missing or wrong.
                    if file.tell() > max_bytes:
                        return f"it is larger than {max_bytes // 1_000_000} MB"
                return None
            reply.close()  # unread, since its body may have no end
        url = joined(url, location)
    return "it is redirected again and again"
