"""Fetches a file that the user gave as a URL and wants converted."""

import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO
from urllib.parse import urlsplit

import aiohttp

from pressroom.core.address import shown
from pressroom.core.errors import Refused

_PIECE_BYTES = 1 << 18
_TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=30, sock_read=60)
# What failed, in words; the first that fits.
_REASONS: tuple[tuple[type[Exception], str], ...] = (
    (TimeoutError, "it stopped answering"),
    (aiohttp.TooManyRedirects, "it is redirected again and again"),
    (aiohttp.InvalidURL, "it leads to what is no http(s) address"),
    (aiohttp.NonHttpUrlRedirectClientError, "it leads to what is no http(s) address"),
    (aiohttp.ClientConnectorDNSError, "its name cannot be resolved"),
    (aiohttp.ClientConnectorCertificateError, "its certificate is not trusted"),
    (aiohttp.ClientConnectorError, "no server answers there"),
    (aiohttp.ClientPayloadError, "the answer broke off"),
    (aiohttp.ClientError, "the connection broke"),
)
MAX_BYTES = 4_000_000_000


async def download(url: str, directory: Path, *, max_bytes: int = MAX_BYTES) -> Path:
    """Save what a URL answers in a new file of `directory`, which is the caller's to delete.

    Raises Refused when it cannot be fetched or is larger than `max_bytes`; nothing is left behind then.
    """
    suffix = PurePosixPath(urlsplit(url).path).suffix[:10]
    with _new_file(directory, suffix) as file:
        reason = await _fetch(url, file, max_bytes)
        if reason is not None:
            raise Refused(
                f"{shown(url)} could not be fetched: {reason}.",
                rule="url_unreachable",
                value=shown(url),
                fix="Check that the address opens without signing in.",
            )
    return Path(file.name)


@contextmanager
def _new_file(directory: Path, suffix: str) -> Generator[IO[bytes]]:
    """Make a file that stays only when the block ends well."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=directory, suffix=suffix, delete=False) as file:
        try:
            yield file
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise


async def _fetch(url: str, file: IO[bytes], max_bytes: int) -> str | None:
    """Write the answer to the file and say what went wrong, if anything did."""
    try:
        async with (
            aiohttp.ClientSession(timeout=_TIMEOUT, trust_env=True) as session,
            session.get(url) as reply,
        ):
            if reply.status != 200:  # noqa: PLR2004  # the one good answer
                return f"it answered HTTP {reply.status}"
            async for piece in reply.content.iter_chunked(_PIECE_BYTES):
                file.write(piece)
                if file.tell() > max_bytes:
                    return f"it is larger than {max_bytes // 1_000_000} MB"
    except (aiohttp.ClientError, OSError, ValueError) as error:
        words = (words for kind, words in _REASONS if isinstance(error, kind))
        return next(words, str(error))
    return None
