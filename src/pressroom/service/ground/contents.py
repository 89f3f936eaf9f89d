"""Makes copies of what is no file with a path: bytes, open files, objects of stores that speak S3."""

import asyncio
import hashlib
import io
import os
import re
import tempfile
import threading
from collections.abc import Generator, Iterable, Iterator
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any

from pressroom.core.assets import LARGEST_SOURCE_BYTES, Asset, AssetBytes, ReadsBytes
from pressroom.core.errors import MediaRefused, Refused
from pressroom.core.reading_settings import Way
from pressroom.core.settings import Settings
from pressroom.media.probe import look_at
from pressroom.media.refusals import not_kept
from pressroom.media.sniff import ENDINGS, Sniffed
from pressroom.publish.validation import check_source, media_type_of_url
from pressroom.store.files import sync

_CHUNK = 1 << 20
_LONGEST_NAME = 100


async def copied_content(asset: Asset, settings: Settings, stack: AsyncExitStack | None) -> Asset:
    """Return an asset with a copy of its bytes, among our copies or, with a stack, until that is closed.

    Raises as `copies.with_contents` does.
    """
    name = name_of(asset)
    if isinstance(asset, AssetBytes):
        chunks = _chunks_of(asset.content, name)
    else:
        check_source(asset.source, as_it_is=False)
        from pressroom.hosting.s3 import read_object  # noqa: PLC0415  # loads the hosts of files

        chunks = read_object(asset.source, settings.remote_hosts.get(Way.S3))
    directory, stop = settings.home / "downloads" if stack else settings.assets, threading.Event()
    try:
        copy = await asyncio.to_thread(_save, _until(stop, chunks), name, directory, is_kept=stack is None)
    except asyncio.CancelledError:
        stop.set()  # else the thread would read on to the end
        raise
    except OSError as error:
        raise not_kept(name, directory, error) from error
    if stack:
        stack.callback(copy.unlink, missing_ok=True)
    if not isinstance(asset, AssetBytes):
        return Asset(asset.source, str(copy))
    return Asset(name if media_type_of_url(name) else f"{name}{copy.suffix}", str(copy))


def name_of(asset: Asset) -> str:
    """Return what people are shown as an asset's name: of bytes the last part, as a file's can be spelled."""
    if not isinstance(asset, AssetBytes):
        return asset.name
    last = re.split(r"[/\\]", asset.source)[-1]
    printable = "".join(letter for letter in last if letter.isprintable()).strip(" .")
    # With a colon it could be stored as what reads as an address. Windows takes none of these either.
    return re.sub(r'[<>:"|?*]', "_", printable)[-_LONGEST_NAME:] or "upload"


def _chunks_of(content: bytes | ReadsBytes, name: str) -> Iterator[bytes]:
    file: Any = io.BytesIO(content) if isinstance(content, bytes) else content
    is_spent = True
    try:
        with suppress(AttributeError, OSError):  # a stream cannot, and is read from where it stands
            file.seek(0)
            is_spent = False
        while chunk := file.read(_CHUNK):
            is_spent = False
            if not isinstance(chunk, bytes):
                raise Refused(
                    f"{name} gives {type(chunk).__name__}, and a picture or clip is bytes.",
                    rule="sources",
                    value=type(chunk).__name__,
                    limit="bytes",
                    fix='Open it by `open(path, "rb")`.',
                )
            yield chunk
    except ValueError as error:  # closed, as a web framework does at the end of a request
        raise MediaRefused(
            f"{name} cannot be read: {error}",
            rule="keep_file",
            value=str(error),
            limit="an open file",
            fix="Hand it over before it is closed, or read its bytes before.",
            helper_prefix=None,
        ) from error
    if is_spent:
        raise MediaRefused(
            f"{name} gives nothing: a stream that cannot seek is read once, and it was read to its end.",
            rule="empty",
            value="0 bytes",
            limit="more than 0 bytes",
            fix="Give its bytes, or a file that can seek.",
            helper_prefix=None,
        )


def _until(stop: threading.Event, chunks: Iterable[bytes]) -> Generator[bytes]:
    for chunk in chunks:
        if stop.is_set():
            raise InterruptedError
        yield chunk


def _save(chunks: Iterable[bytes], name: str, directory: Path, *, is_kept: bool) -> Path:
    """Write bytes to a new file, and name it by their digest (`is_kept`), or by a name of its own."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=directory, prefix=".copy-")
    part, digest = Path(temporary), hashlib.sha256()
    try:
        with os.fdopen(handle, "wb") as target:
            for chunk in chunks:
                digest.update(chunk)
                target.write(chunk)
                # Counted as it comes: a stream does not say how long it is.
                if target.tell() > LARGEST_SOURCE_BYTES:
                    raise _too_large(name)
            # On disk before the post's row is, as every copy.
            target.flush()
            os.fsync(target.fileno())
        with part.open("rb") as file:
            _, sniffed = look_at(file, Path(name))
        stem = digest.hexdigest() if is_kept else part.name.removeprefix(".")
        copy = directory / f"{stem}{ending_of(name, sniffed)}"
        part.replace(copy)
        sync(directory)
    finally:
        part.unlink(missing_ok=True)
    return copy


def ending_of(name: str, sniffed: Sniffed) -> str:
    """Return what the name of a copy ends in: as its own, where that is one of a picture or clip."""
    ending = Path(name).suffix.lower() if media_type_of_url(name) else ENDINGS.get(sniffed.decoder, "")
    return ending[:6]


def _too_large(name: str) -> Refused:
    limit = f"{LARGEST_SOURCE_BYTES // 1_000_000:,} MB"
    return Refused(
        f"{name} is larger than {limit}.",
        rule="source_size",
        value=f"more than {limit}",
        limit=limit,
        fix="Give a smaller file, such as a shorter clip.",
    )
