"""Fetching a URL that the user wants converted. Size and time are bounded; only http(s) is spoken."""

import asyncio
import os
import tempfile
from http import HTTPStatus
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

import aiohttp

from pressroom.core.errors import MediaRefused
from pressroom.graph.limits import MB

_MOST_BYTES = 2000 * MB
_CHUNK = 1 << 20
_TIMEOUT = aiohttp.ClientTimeout(total=600, connect=15, sock_read=60)


async def download(url: str, directory: Path) -> Path:
    """Save what a URL holds as a new file in `directory` and give its path.

    Raises MediaRefused (rule `unreachable_url` or `too_large`).
    """
    path = await asyncio.to_thread(_new_file, url, directory)
    try:
        async with aiohttp.ClientSession(timeout=_TIMEOUT, trust_env=True) as session:
            await _save(session, url, path)
    except BaseException as error:
        await asyncio.to_thread(path.unlink, missing_ok=True)
        if isinstance(error, aiohttp.ClientError | TimeoutError):
            raise _unreachable(url, type(error).__name__) from error
        raise
    return path


def _new_file(url: str, directory: Path) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    ending = PurePosixPath(urlsplit(url).path).suffix[:6]
    handle, name = tempfile.mkstemp(dir=directory, prefix="download-", suffix=ending)
    os.close(handle)
    return Path(name)


async def _save(session: aiohttp.ClientSession, url: str, path: Path) -> None:
    async with session.get(url, max_redirects=5) as answer:
        if answer.status != HTTPStatus.OK:
            raise _unreachable(url, f"HTTP {answer.status}")
        size = 0
        with await asyncio.to_thread(path.open, "wb") as handle:
            async for chunk in answer.content.iter_chunked(_CHUNK):
                size += len(chunk)
                if size > _MOST_BYTES:
                    raise _too_large()
                await asyncio.to_thread(handle.write, chunk)


def _too_large() -> MediaRefused:
    return MediaRefused(
        f"The file behind the URL is larger than {_MOST_BYTES // MB} MB.",
        rule="too_large",
        limit=f"{_MOST_BYTES // MB} MB",
        fix="Give a smaller file.",
        seed_name=None,
    )


def _unreachable(url: str, why: str) -> MediaRefused:
    return MediaRefused(
        f"The URL on {urlsplit(url).hostname} could not be fetched: {why}.",
        rule="unreachable_url",
        value=why,
        limit="a file that opens without signing in",
        fix="Open the URL in a private browser window to see what it gives.",
        seed_name=None,
    )
