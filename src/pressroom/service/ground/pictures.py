"""`Pictures`: small JPEGs that show what a post shows, also when the copies of its files are swept.

They are named by the content that they show, not by the post: posts of one file share them, and an edited
post finds its new ones (docs/decisions/0038). `sweep_pictures` keeps them within their budget.
"""

import asyncio
import contextlib
import logging
import os
import re
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Final

import msgspec

from pressroom.core.assets import Asset, PictureUse
from pressroom.core.errors import MediaRefused
from pressroom.core.post import Post
from pressroom.core.settings import Settings
from pressroom.media.looks import Looks
from pressroom.service.ground.copies import DIGEST, find_copy, is_fixed, relocate_copy
from pressroom.store.files import written_aside

if TYPE_CHECKING:
    from pressroom.store.store import Store

_log = logging.getLogger(__name__)
# What a command waits for at its end. A worker makes what was left.
_LINGER_S: Final = 5.0
_NAME: Final = re.compile(r"([0-9a-f]{64})(?:-[0-9]+ms)?\.(?:chip|card|page)\.jpg")


@dataclass(frozen=True, slots=True)
class Pictured:
    """What a picture shows: a file of ours, of a clip the frame at so many milliseconds.

    at_ms: None for an early frame that is not black. salvage: it may be a damaged clip.
    """

    asset: Asset
    digest: str
    at_ms: int | None = None
    salvage: bool = False

    def name(self, use: PictureUse) -> str:
        """Return the name of its picture's file."""
        frame = "" if self.at_ms is None else f"-{self.at_ms}ms"
        return f"{self.digest}{frame}.{use}.jpg"


def pictured_by(post: Post) -> Pictured | None:
    """Return what shows a post: its cover, else its first file; None where Instagram fetches that itself."""
    options = post.options
    first = [*([options.cover] if options.cover else []), *post.assets[:1]]
    for asset in first:
        # A file that may change under its address is no record of what went out.
        if not is_fixed(asset, options):
            continue
        digest = PurePath(asset.copy or "").name.partition(".")[0]
        if asset is options.cover:
            return Pictured(asset, digest)
        start_s, offset_ms = options.edits.start_s, options.thumb_offset_ms
        is_said = start_s is not None or offset_ms is not None
        at_ms = round(1000 * (start_s or 0)) + (offset_ms or 0) if is_said else None
        return Pictured(asset, digest, at_ms, options.edits.salvage)
    return None


@dataclass(slots=True)
class Pictures:
    """The small pictures of one store's posts: `make_soon` has them made, `of` finds them."""

    settings: Settings
    looks: Looks
    _waiting: deque[Pictured] = field(default_factory=deque[Pictured])
    _hopeless: set[Path] = field(default_factory=set[Path])
    _task: asyncio.Task[None] | None = None
    # One at a time: this process may publish, and each takes memory.
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    def make_soon(self, post: Post) -> None:
        """Have the pictures of a post made in the background, from the copies that it has now."""

        async def make_waiting() -> None:
            while self._waiting:
                await self.make(self._waiting.popleft())

        if pictured := pictured_by(post):
            self._waiting.append(pictured)
            if self._task is None or self._task.done():
                self._task = asyncio.create_task(make_waiting())

    async def of(self, post: Post, use: PictureUse) -> bytes | None:
        """Return a post's picture as JPEG, made now if it is missing; None where there can be none."""
        pictured = pictured_by(post)
        return await self.showing(pictured, use) if pictured else None

    async def showing(self, pictured: Pictured, use: PictureUse) -> bytes | None:
        """Return a picture of a file of ours, as `of` does."""
        path = self.settings.pictures / pictured.name(use)
        if (jpeg := await asyncio.to_thread(_read, path)) is None:
            await self.make(pictured)
            jpeg = await asyncio.to_thread(_read, path)
        return jpeg

    async def of_file(self, sha256: str, use: PictureUse) -> bytes | None:
        """Return a picture of a file of ours, by its digest; None where there can be none.

        It is made now if it is missing and the copy is there. Of a clip whose copy is gone it is the frame
        that its post chose.
        """
        if not DIGEST.fullmatch(sha256):
            return None
        directory = self.settings.pictures
        if copy := await asyncio.to_thread(find_copy, self.settings.assets, sha256):
            return await self.showing(Pictured(Asset(str(copy), str(copy)), sha256), use)

        def read_any() -> bytes | None:
            path = min(directory.glob(f"{sha256}*.{use}.jpg"), default=None)
            return _read(path) if path else None

        return await asyncio.to_thread(read_any)

    async def make(self, pictured: Pictured) -> None:
        """Make the pictures of a file unless they are there; where that fails, a line in the log says so."""
        directory = self.settings.pictures
        asset = await asyncio.to_thread(relocate_copy, self.settings.assets, pictured.asset)
        paths = [directory / pictured.name(use) for use in PictureUse]

        def is_needed() -> bool:
            return not all(path.is_file() for path in paths) and asset.path.is_file()

        def keep(jpegs: Sequence[bytes]) -> None:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            for path, jpeg in zip(paths, jpegs, strict=True):
                # Renamed when it is whole: another process may make or read the same.
                with written_aside(path) as aside:
                    aside.write_bytes(jpeg)

        async with self._turn:
            if paths[0] in self._hopeless or not await asyncio.to_thread(is_needed):
                return
            try:
                # It loads the media desk: the loop would stand still.
                await asyncio.to_thread(import_module, "pressroom.media.small")
                from pressroom.media.small import small_pictures  # noqa: PLC0415  # loaded by now

                # Spares a second look at what was checked a moment ago.
                if not asset.is_url:
                    await self.looks.carry_over(replace(asset, copy=None).path, asset.path)
                # A copy that was changed shows something else than its name says.
                if await self.looks.digest(asset.path) != pictured.digest:
                    return
                jpegs = await small_pictures(
                    asset.path,
                    [use.most_px for use in PictureUse],
                    looks=self.looks,
                    directory=directory,
                    at_s=None if pictured.at_ms is None else pictured.at_ms / 1000,
                    ffmpeg_path=self.settings.ffmpeg_path,
                    salvage=pictured.salvage,
                )
                await asyncio.to_thread(keep, jpegs)
            except Exception as error:  # noqa: BLE001  # the post is stored and goes out all the same
                _log.debug("no picture of %s: %s", asset.name, error)
                # Else each look at a page would decode it again.
                if isinstance(error, MediaRefused):
                    self._hopeless.add(paths[0])

    async def make_missing(self, store: "Store") -> None:
        """Make the pictures that posts with copies here lack, as after an upgrade or a killed process."""
        copies = await asyncio.to_thread(digests_in, self.settings.assets)
        missing = copies - await asyncio.to_thread(digests_in, self.settings.pictures)
        if not missing:
            return
        from pressroom.store.tidying import posts_with_copies  # noqa: PLC0415  # loads SQLAlchemy

        for post_id in await store.run(posts_with_copies, store.database, missing):
            # A damaged post has none, and keeps no other from having one.
            with contextlib.suppress(msgspec.MsgspecError):
                if pictured := pictured_by(await store.run(store.posts.get, post_id)):
                    await self.make(pictured)

    async def aclose(self) -> None:
        """Wait some seconds for what is being made, and give up what is not made by then."""
        if self._task is None:
            return
        await asyncio.wait([self._task], timeout=_LINGER_S)
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task


async def sweep_pictures(store: "Store", settings: Settings, *, before: float) -> int:
    """Delete the pictures that no post needs and, above the budget, those of what went out first.

    before: real time as `time.time` gives it. Younger ones may be of a post that is not stored yet. Those of
    posts that are not out yet stay. Returns how many files were deleted.
    """
    files = await asyncio.to_thread(_files, settings.pictures)
    if not files:
        return 0
    from pressroom.store.tidying import last_outings  # noqa: PLC0415  # loads SQLAlchemy

    digest_of = {path: match[1] for path in files if (match := _NAME.fullmatch(path.name))}
    outings = await store.run(last_outings, store.database, frozenset(digest_of.values()))
    # What is no picture is what a killed process left.
    spent = [path for path in files if digest_of.get(path) not in outings and files[path].st_mtime < before]
    excess_bytes = sum(status.st_size for status in files.values()) - settings.pictures_max_bytes
    excess_bytes -= sum(files[path].st_size for path in spent)
    # Of a post the largest goes first: a calendar may still show the small one.
    dated = [
        (at, -files[path].st_size, path) for path, digest in digest_of.items() if (at := outings.get(digest))
    ]
    for _, less_bytes, path in sorted(dated):
        if excess_bytes <= 0:
            break
        spent.append(path)
        excess_bytes += less_bytes

    def delete() -> None:
        for path in spent:
            path.unlink(missing_ok=True)

    await asyncio.to_thread(delete)
    return len(spent)


def _files(directory: Path) -> dict[Path, os.stat_result]:
    """Return the files of a directory; none for one that was never made."""
    found = dict[Path, os.stat_result]()
    with contextlib.suppress(FileNotFoundError), os.scandir(directory) as entries:
        for entry in entries:
            with contextlib.suppress(FileNotFoundError):  # another process renamed or deleted it
                if entry.is_file(follow_symlinks=False):
                    found[Path(entry.path)] = entry.stat(follow_symlinks=False)
    return found


def digests_in(directory: Path) -> frozenset[str]:
    """Return the digests by which the files of a directory are named."""
    names = (path.name[:64] for path in _files(directory))
    return frozenset(name for name in names if DIGEST.fullmatch(name))


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
