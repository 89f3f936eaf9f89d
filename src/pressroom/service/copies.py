"""Our own copies of a scheduled post's files, so that the sources may go. Named by content, kept once."""

import asyncio
import contextlib
import hashlib
import math
import os
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pressroom.core.assets import Asset
from pressroom.core.errors import MediaRefused
from pressroom.core.post import Post
from pressroom.service.as_it_is import is_fixed
from pressroom.service.moved import found_in
from pressroom.store.files import sync

if TYPE_CHECKING:
    from pressroom.store.store import Store

_CHUNK = 1 << 20
_Keep = Callable[[Path, Path], Path]


async def with_copies(post: Post, directory: Path, *, is_real: bool = True) -> Post:
    """Give the post with each local file, the cover's too, replaced by our copy.

    A URL that is to be converted is fetched, from this machine and network only where is_real says that it is
    for a sandbox. Raises MediaRefused for a file that cannot be read or kept, Refused for a URL that cannot
    be fetched.
    """

    async def copied(asset: Asset) -> Asset:
        if is_fixed(asset, post.options):
            return asset
        if asset.is_url and not post.options.convert:
            return replace(asset, copy=None)  # Instagram fetches it, whatever a copy shows
        if asset.is_url:
            return await _fetched(asset, directory, is_real=is_real)
        return await _copied(asset, replace(asset, copy=None).path, directory, _keep)

    return await _with_each(post, copied)


async def with_names_of_copies(post: Post, directory: Path) -> Post:
    """Give the post as `with_copies` would, and copy and fetch nothing. Raises MediaRefused."""

    async def named(asset: Asset) -> Asset:
        is_known = asset.copy or asset.is_url
        return asset if is_known else await _copied(asset, asset.path, directory, _name)

    return await _with_each(post, named)


async def recalled(post: Post, earlier: Post, directory: Path) -> Post:
    """Give the post with the copies that an earlier submit of it made, where the source is gone."""
    copies = {
        asset.source: found_in(directory, asset)
        for asset in (*earlier.assets, earlier.options.cover)
        if asset and asset.copy
    }

    async def known(asset: Asset) -> Asset:
        is_there = not asset.is_url and asset.path.exists()
        return asset if is_there else copies.get(asset.source, asset)

    return await _with_each(post, known)


async def sweep_copies(store: "Store", directory: Path, *, before: float) -> int:
    """Delete the copies that no post needs any more, and count them.

    before: real time as `time.time` gives it. Younger ones may be of a post that is about to be stored.
    """
    old = await asyncio.to_thread(_older, directory, before)
    if not old:
        return 0
    from pressroom.store.copies import needed_copies  # noqa: PLC0415  # loads SQLAlchemy

    needed = await store.run(needed_copies, store.database, old.keys())
    unneeded = {name: inode for name, inode in old.items() if name not in needed}
    return await asyncio.to_thread(_delete, directory, unneeded)


async def spent_copies(store: "Store", directory: Path) -> frozenset[Path]:
    """List the copies that no post is going to be published from; one may be compared with by its key."""
    names = await asyncio.to_thread(_older, directory, math.inf)
    if not names:
        return frozenset()
    from pressroom.store.copies import needed_copies  # noqa: PLC0415  # loads SQLAlchemy

    needed = await store.run(needed_copies, store.database, names.keys(), by_key=False)
    return frozenset(directory / name for name in names.keys() - needed)


def _older(directory: Path, before: float) -> dict[str, int]:
    """Give the names of older files, each with its inode."""
    if not directory.is_dir():
        return {}
    with os.scandir(directory) as entries:
        return {
            entry.name: entry.inode()
            for entry in entries
            if entry.is_file(follow_symlinks=False) and entry.stat().st_mtime < before
        }


def _delete(directory: Path, unneeded: Mapping[str, int]) -> int:
    deleted = 0
    for name, inode in unneeded.items():
        path, aside = directory / name, directory / f".gone-{name}"
        with contextlib.suppress(OSError):
            path.rename(aside)
            if aside.stat().st_ino == inode:
                aside.unlink()
                deleted += 1
            else:  # the same content was kept anew meanwhile
                aside.rename(path)
    return deleted


async def _with_each(post: Post, change: Callable[[Asset], Awaitable[Asset]]) -> Post:
    assets = tuple([await change(asset) for asset in post.assets])
    cover = await change(post.options.cover) if post.options.cover else None
    return replace(post, assets=assets, options=replace(post.options, cover=cover))


async def _fetched(asset: Asset, directory: Path, *, is_real: bool) -> Asset:
    from pressroom.hosting.download import download  # noqa: PLC0415  # loads the HTTP client
    from pressroom.hosting.network import Network  # noqa: PLC0415  # the same

    path = await download(asset.source, directory, network=Network(is_own=not is_real))
    try:
        return await _copied(asset, path, directory, _keep)
    finally:
        path.unlink(missing_ok=True)


async def kept(path: Path, directory: Path) -> Path:
    """Give our copy of a file, which is named by the sha256 of its bytes. Raises MediaRefused."""
    return await _made(path, directory, _keep)


async def _copied(asset: Asset, path: Path, directory: Path, keep: _Keep) -> Asset:
    return replace(asset, copy=str(await _made(path, directory, keep)))


async def _made(path: Path, directory: Path, keep: _Keep) -> Path:
    try:
        return await asyncio.to_thread(keep, path, directory)
    except OSError as error:
        raise MediaRefused(
            f"{path.name} could not be kept: {error.strerror}.",
            rule="keep_file",
            value=error.strerror,
            limit="a readable file, and room for its copy",
            fix=f"Check the file and the space in {directory}.",
            helper_prefix=None,
        ) from error


def _keep(source: Path, directory: Path) -> Path:
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
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
        copy = _place(source, directory, digest.hexdigest())
        part.replace(copy)
        sync(directory)
    finally:
        part.unlink(missing_ok=True)
    return copy


def _name(source: Path, directory: Path) -> Path:
    with source.open("rb") as origin:
        return _place(source, directory, hashlib.file_digest(origin, "sha256").hexdigest())


def _place(source: Path, directory: Path, digest: str) -> Path:
    return directory / f"{digest}{source.suffix.lower()[:6]}"
