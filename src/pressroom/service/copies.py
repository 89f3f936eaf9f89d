"""Our own copies of a scheduled post's files, so that the sources may go. Named by content, kept once."""

import asyncio
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from pressroom.core.assets import Asset
from pressroom.core.errors import MediaRefused
from pressroom.core.post import Post

_CHUNK = 1 << 20


async def with_copies(post: Post, directory: Path) -> Post:
    """Give the post with each local file, the cover's too, replaced by our copy.

    Raises MediaRefused for a file that cannot be read or kept.
    """
    return await _with(post, directory, _keep)


async def with_names_of_copies(post: Post, directory: Path) -> Post:
    """Give the post as `with_copies` would, and copy nothing. Raises MediaRefused."""
    return await _with(post, directory, _name)


async def _with(post: Post, directory: Path, keep: Callable[[Path, Path], Path]) -> Post:
    assets = tuple([await _copied(asset, directory, keep) for asset in post.assets])
    cover = await _copied(post.options.cover, directory, keep) if post.options.cover else None
    return replace(post, assets=assets, options=replace(post.options, cover=cover))


async def _copied(asset: Asset, directory: Path, keep: Callable[[Path, Path], Path]) -> Asset:
    if asset.is_url or asset.copy:
        return asset
    try:
        copy = await asyncio.to_thread(keep, asset.path, directory)
    except OSError as error:
        raise MediaRefused(
            f"{asset.path.name} could not be kept: {error.strerror}.",
            rule="keep_file",
            value=error.strerror,
            limit="a readable file, and room for its copy",
            fix=f"Check the file and the space in {directory}.",
            seed_name=None,
        ) from error
    return replace(asset, copy=str(copy))


def _keep(source: Path, directory: Path) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    handle, name = tempfile.mkstemp(dir=directory, prefix=".copy-")
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as target, source.open("rb") as origin:
            while chunk := origin.read(_CHUNK):
                digest.update(chunk)
                target.write(chunk)
            target.flush()
            os.fsync(target.fileno())
        shutil.copystat(source, part)
        copy = _place(source, directory, digest.hexdigest())
        part.replace(copy)
    finally:
        part.unlink(missing_ok=True)
    return copy


def _name(source: Path, directory: Path) -> Path:
    with source.open("rb") as origin:
        return _place(source, directory, hashlib.file_digest(origin, "sha256").hexdigest())


def _place(source: Path, directory: Path, digest: str) -> Path:
    return directory / f"{digest}{source.suffix.lower()[:6]}"
