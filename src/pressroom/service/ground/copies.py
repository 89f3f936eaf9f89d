"""Our own copies of posts' files, so that the sources may go: named by the sha256 of their bytes, each once.

`with_copies` makes them when a post is planned, and `with_contents` before that of bytes and objects, which
have no path. `DeskOfCopies` refuses those that changed since, and `sweep_copies` deletes what no post needs.
`is_fixed` tells whether a file is sent from its copy: the content that a person is asked about must be the
content that goes out.
"""

import asyncio
import contextlib
import hashlib
import math
import os
import re
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, BinaryIO, Final

from pressroom.core.account import Account
from pressroom.core.assets import (
    LARGEST_SOURCE_BYTES,
    Asset,
    AssetBytes,
    Progress,
    Rendition,
    Seen,
    Wish,
)
from pressroom.core.errors import MediaRefused, Refused, Shortage
from pressroom.core.post import Post, PostOptions
from pressroom.core.protocols import MediaDesk
from pressroom.core.settings import Settings
from pressroom.core.stored_posts import content_hash
from pressroom.media.looks import Looks
from pressroom.media.refusals import not_kept
from pressroom.publish.validation import kind_of_url
from pressroom.store.files import sync

if TYPE_CHECKING:
    from pressroom.store.store import Store

DIGEST: Final = re.compile(r"[0-9a-f]{64}")
# Bytes read at once: a clip is copied and hashed in one pass without being held in memory.
_CHUNK = 1 << 20
_Keep = Callable[[Path, Path], Path]


def find_copy(directory: Path, sha256: str) -> Path | None:
    """Return our copy of a file by its digest; None for one that is not kept. No path leads elsewhere."""
    if not DIGEST.fullmatch(sha256):
        return None
    found = (path for path in directory.glob(f"{sha256}*") if path.name.partition(".")[0] == sha256)
    return next((path for path in found if path.is_file() and not path.is_symlink()), None)


async def with_contents(post: Post, settings: Settings, stack: AsyncExitStack | None = None) -> Post:
    """Return the post with our copy of each asset that is no path or URL: bytes, an open file, an object.

    stack: deletes the copies when it is closed, for a post that is not kept. Raises MediaRefused for what is
    neither picture nor clip or cannot be stored, Refused for what is too large or cannot be fetched,
    SettingRefused where the library for S3 stores is missing.
    """
    return await _with_each(post, lambda asset: with_content(asset, settings, stack))


async def with_content(asset: Asset, settings: Settings, stack: AsyncExitStack | None = None) -> Asset:
    """Return one asset so; see `with_contents`."""
    if not is_content(asset):
        return asset
    # A program may have set `copy` to any file.
    is_copied = asset.copy is not None and DIGEST.fullmatch(PurePath(asset.copy).name.partition(".")[0])
    from pressroom.service.ground.contents import copied_content, name_of  # noqa: PLC0415  # for such alone

    if not is_copied:
        return await copied_content(asset, settings, stack)
    # Without the content: what is stored, proposed and sent is the copy.
    return Asset(name_of(asset), asset.copy) if isinstance(asset, AssetBytes) else asset


def is_content(asset: Asset) -> bool:
    """Tell whether an asset is no path or URL, but bytes, an open file or an object."""
    return asset.is_object or isinstance(asset, AssetBytes)


async def with_copies(post: Post, directory: Path, *, is_real: bool = True, spare_bytes: int = 0) -> Post:
    """Return the post with our copy of each local file, the cover too.

    A URL that is to be converted is fetched. is_real: False lets it be fetched from this machine and network,
    for a sandbox. spare_bytes: what it has to leave free of the disk. Raises MediaRefused for a file that
    cannot be read or stored, Refused for a URL that cannot be fetched, Shortage where too little is free.
    """

    async def copied(asset: Asset) -> Asset:
        if is_fixed(asset, post.options):
            return asset
        if asset.is_url and not post.options.convert:
            return replace(asset, copy=None)  # Instagram fetches it, whatever a copy shows
        if asset.is_url:
            from pressroom.hosting.network import Network, download  # noqa: PLC0415  # loads the HTTP client

            room = _room_beside(directory, spare_bytes)
            path = await download(
                asset.source, directory, network=Network(is_own=not is_real), max_bytes=room
            )
            try:
                return await _copied(asset, path, directory, _keep)
            finally:
                path.unlink(missing_ok=True)
        # `copy` is dropped first: a program may have set it to any file, which would be taken for its source.
        return await _copied(asset, replace(asset, copy=None).path, directory, _keep)

    return await _with_each(post, copied)


def _room_beside(directory: Path, spare_bytes: int) -> int:
    """Return how many bytes may be fetched. Raises Shortage for none."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    room = shutil.disk_usage(directory).free - spare_bytes
    if room <= 0:
        raise Shortage(
            f"What programs have fetched leaves {spare_bytes:,} bytes free in {directory}.",
            fix="Free some space, and ask again. PRESSROOM_UPLOADS_SPARE_GB says what has to stay.",
            kind="disk_full",
        )
    return min(room, LARGEST_SOURCE_BYTES)


async def with_names_of_copies(post: Post, directory: Path) -> Post:
    """Return the post as `with_copies` would, without copying or fetching. Raises MediaRefused."""

    async def named(asset: Asset) -> Asset:
        is_known = asset.copy or asset.is_url
        return asset if is_known else await _copied(asset, asset.path, directory, _name)

    return await _with_each(post, named)


async def content_when_kept(post: Post, directory: Path) -> str | None:
    """Return the content hash that a post is stored with; None where a file of it cannot be read."""
    try:
        return content_hash(await with_names_of_copies(post, directory))
    except MediaRefused:
        return None


async def with_earlier_copies(post: Post, earlier: Post, directory: Path) -> Post:
    """Return the post with the copies that an earlier submit of it made, where the source is gone."""
    copies = {
        asset.source: relocate_copy(directory, asset)
        for asset in (*earlier.assets, earlier.options.cover)
        if asset and asset.copy
    }

    async def recall(asset: Asset) -> Asset:
        if isinstance(asset, AssetBytes):
            return asset  # another upload may have had its name
        is_there = not asset.is_url and asset.path.exists()
        return asset if is_there else copies.get(asset.source, asset)

    return await _with_each(post, recall)


def is_fixed(asset: Asset, options: PostOptions) -> bool:
    """Tell whether a file's content can no longer change: it is sent from our copy, named by its digest."""
    # A program may put any path into `copy`; only a name that is a digest is checked before it is sent
    # (`DeskOfCopies`). Of an address the copy is sent only under `convert`: else Instagram fetches it itself.
    name = PurePath(asset.copy).name.partition(".")[0] if asset.copy else ""
    return bool(DIGEST.fullmatch(name)) and (not asset.is_url or bool(options.convert))


def is_all_fixed(post: Post) -> bool:
    """Tell whether the content of every file of a post is fixed."""
    return all(is_fixed(asset, post.options) for asset in post.files)


def can_be_hosted(post: Post, account: Account, settings: Settings) -> bool:
    """Tell whether a post's addresses can be copied now, and sent from our copies later."""
    from pressroom.hosting.ways import ways_for  # noqa: PLC0415  # loads a server

    kinds = {kind_of_url(post.kind, asset.source) for asset in post.assets if asset.is_url}
    if post.options.cover and post.options.cover.is_url:
        kinds.add("image")
    try:
        return bool(kinds) and all(ways_for(f"{kind}/*", account, settings) for kind in kinds)
    except Refused:
        return False


def with_addresses_copied(post: Post) -> Post:
    """Have a post's addresses fetched and copied now, not fetched by Instagram when it is published."""
    # Under `convert` a file is prepared here and sent from its copy, whether or not it needs converting.
    return replace(post, options=replace(post.options, convert=True))


def relocate_copy(directory: Path, asset: Asset) -> Asset:
    """Return an asset with its copy's path in this directory, if the copy is there.

    A post stores the path of the day it was planned; the data directory may have been moved since.
    """
    # The name is enough: it is the digest of the content.
    if asset.copy is None:
        return asset
    here = directory / PurePath(asset.copy).name
    return replace(asset, copy=str(here)) if here.exists() else asset


def relocate_copies(post: Post, directory: Path) -> Post:
    """Return a post with the paths of its copies, the cover's too, in this directory where they exist."""
    cover = post.options.cover and relocate_copy(directory, post.options.cover)
    assets = tuple(relocate_copy(directory, asset) for asset in post.assets)
    return replace(post, assets=assets, options=replace(post.options, cover=cover))


@dataclass(frozen=True, slots=True)
class DeskOfCopies:
    """A media desk that finds our copies where they are now, and refuses one whose content has changed."""

    desk: MediaDesk
    directory: Path
    looks: Looks

    async def examine(self, asset: Asset, wish: Wish) -> Seen:
        """Examine a file. Raises MediaRefused for an unusable file, or a copy that is gone or changed."""
        return await self.desk.examine(await self._checked(asset), wish)

    async def prepare(self, asset: Asset, wish: Wish, *, progress: Progress | None = None) -> Rendition:
        """Return the rendition of a file. Raises MediaRefused, naming the rule."""
        return await self.desk.prepare(await self._checked(asset), wish, progress=progress)

    async def _checked(self, asset: Asset) -> Asset:
        """Return the asset with its copy as it is now. Raises MediaRefused where that is gone or changed."""
        copied = relocate_copy(self.directory, asset)
        if copied.copy is None:
            return copied
        if not copied.path.exists():
            raise MediaRefused(
                f"The copy of {copied.name} that was kept for the post is no longer in {self.directory}.",
                rule="kept_copy",
                value="no file",
                limit=f"a file in {self.directory}",
                fix="Put the directory back, or plan the post anew from the file.",
                helper_prefix=None,
            )
        # A path that is no copy of ours, such as a download to be converted, has no digest in its name.
        name = copied.path.name.partition(".")[0]
        if DIGEST.fullmatch(name):
            try:
                digest = await self.looks.digest(copied.path)
            except OSError as error:
                raise _not_as_kept(copied, "cannot be read", error.strerror) from error
            if digest != name:
                raise _not_as_kept(copied, "holds other content now", "other content")
        # Spares a second look: what the check found in the source holds for a copy with the same digest.
        if not copied.is_url:
            await self.looks.carry_over(replace(copied, copy=None).path, copied.path)
        return copied


def _not_as_kept(asset: Asset, what: str, value: str | None) -> MediaRefused:
    return MediaRefused(
        f"The copy of {asset.name} that was kept for the post {what}.",
        rule="kept_copy",
        value=value,
        limit="the content it was kept with",
        fix="Plan the post anew from the file.",
        helper_prefix=None,
    )


async def sweep_copies(store: "Store", directory: Path, *, before: float) -> int:
    """Delete the copies that no post needs any more, and return their number.

    before: real time as `time.time` gives it. Younger copies may belong to a post that is not stored yet.
    """
    # Listed before the store is asked: a copy made in between is in no list, so it cannot be deleted.
    old = await asyncio.to_thread(_inodes_older, directory, before)
    if not old:
        return 0
    from pressroom.store.tidying import needed_copies  # noqa: PLC0415  # loads SQLAlchemy

    needed = await store.run(needed_copies, store.database, old.keys())
    unneeded = {name: inode for name, inode in old.items() if name not in needed}
    return await asyncio.to_thread(delete_copies, directory, unneeded)


async def spent_copies(store: "Store", directory: Path) -> frozenset[Path]:
    """List the copies from which no post will be published; a key may still compare content with one."""
    names = await asyncio.to_thread(_inodes_older, directory, math.inf)
    if not names:
        return frozenset()
    from pressroom.store.tidying import needed_copies  # noqa: PLC0415  # loads SQLAlchemy

    needed = await store.run(needed_copies, store.database, names.keys(), by_key=False)
    return frozenset(directory / name for name in names.keys() - needed)


def _inodes_older(directory: Path, before: float) -> dict[str, int]:
    """Return the names of files older than `before`, each with its inode."""
    if not directory.is_dir():
        return {}
    inodes = dict[str, int]()
    with os.scandir(directory) as entries:
        for entry in entries:
            with contextlib.suppress(FileNotFoundError):  # a submit renames its copy when it is whole
                if entry.is_file(follow_symlinks=False) and entry.stat().st_mtime < before:
                    inodes[entry.name] = entry.inode()
    return inodes


def delete_copies(directory: Path, unneeded: Mapping[str, int]) -> int:
    """Delete copies by their names and inodes, and return how many were deleted. Blocks."""
    deleted = 0
    for name, inode in unneeded.items():
        path, aside = directory / name, directory / f".gone-{name}"
        # A submit may store the same content again between the listing and here: under the same name, with
        # another inode. Moved aside first, so that the inode which is compared is the one that is deleted.
        with contextlib.suppress(OSError):
            path.rename(aside)
            if aside.stat().st_ino == inode:
                aside.unlink()
                deleted += 1
            else:
                aside.rename(path)
    return deleted


async def _with_each(post: Post, change: Callable[[Asset], Awaitable[Asset]]) -> Post:
    assets = tuple([await change(asset) for asset in post.assets])
    cover = await change(post.options.cover) if post.options.cover else None
    return replace(post, assets=assets, options=replace(post.options, cover=cover))


async def keep_copy(path: Path, directory: Path, *, opened: BinaryIO | None = None) -> Path:
    """Store a copy of a file, named by the sha256 of its bytes, and return its path. Raises MediaRefused.

    opened: the file itself, where its path may lead elsewhere by now.
    """

    def keep(path: Path, directory: Path) -> Path:
        return _copy(opened, path, directory) if opened else _keep(path, directory)

    return await _keep_or_refuse(path, directory, keep)


async def _copied(asset: Asset, path: Path, directory: Path, keep: _Keep) -> Asset:
    return replace(asset, copy=str(await _keep_or_refuse(path, directory, keep)))


async def _keep_or_refuse(path: Path, directory: Path, keep: _Keep) -> Path:
    """Keep a file in a thread. Raises MediaRefused where it cannot be read or stored."""
    try:
        return await asyncio.to_thread(keep, path, directory)
    except OSError as error:
        raise not_kept(path.name, directory, error) from error


def _keep(source: Path, directory: Path) -> Path:
    with source.open("rb") as origin:
        return _copy(origin, source, directory)


def _copy(origin: BinaryIO, source: Path, directory: Path) -> Path:
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    digest = hashlib.sha256()
    handle, name = tempfile.mkstemp(dir=directory, prefix=".copy-")
    part = Path(name)
    try:
        origin.seek(0)
        with os.fdopen(handle, "wb") as target:
            while chunk := origin.read(_CHUNK):
                digest.update(chunk)
                target.write(chunk)
            # Content, then name: both on disk before the post's row is, which would else survive a power cut
            # without its file.
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
