"""Fetches a file that the user gave as a URL and wants converted."""

import asyncio
import socket
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO
from urllib.parse import urlsplit

import aiohttp

from pressroom.client.resolving import LeadsInside
from pressroom.core.address import shown
from pressroom.core.errors import Refused
from pressroom.core.shortage import shortage_of
from pressroom.hosting.network import REDIRECTS, Network, joined, spelled

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
MAX_BYTES = 4_000_000_000
LONGEST_S = 3600.0


async def download(
    url: str,
    directory: Path,
    *,
    network: Network,
    max_bytes: int = MAX_BYTES,
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
                f"{shown(url)} could not be fetched: {reason}.",
                rule="url_unreachable",
                value=shown(url),
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
        async with limit, _session(network) as session:
            return await _follow(session, url, file, network, max_bytes)
    except (aiohttp.ClientError, OSError, ValueError) as error:
        if isinstance(error, TimeoutError) and limit.expired():
            return f"it took longer than {longest_s / 60:g} minutes"
        if shortage := shortage_of(error):
            raise shortage from None
        if isinstance(inside := getattr(error, "os_error", None), LeadsInside):
            return str(inside)
        words = (words for kind, words in _REASONS if isinstance(error, kind))
        return next(words, str(error))


def _session(network: Network) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(connector=network.connector(), timeout=_TIMEOUT, trust_env=True)


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
                return await _save(reply, file, max_bytes)
            reply.close()  # unread, since its body may have no end
        url = joined(url, location)
    return "it is redirected again and again"


async def _save(reply: aiohttp.ClientResponse, file: IO[bytes], max_bytes: int) -> str | None:
    if reply.status != 200:  # noqa: PLR2004  # the one good answer
        return f"it answered HTTP {reply.status}"
    async for piece in reply.content.iter_chunked(_PIECE_BYTES):
        file.write(piece)
        # Counted as it comes: Content-Length may be missing or wrong.
        if file.tell() > max_bytes:
            return f"it is larger than {max_bytes // 1_000_000} MB"
    return None
