"""Gets a container's files: pictures while the caller waits, clips in the background.

As live: a bad picture is usually refused by `create` itself, a bad clip ends its container in ERROR later. A
`Fetcher` gets one file: the answer is a `Fetched`, or a refusal with Meta's codes.
"""

import asyncio
import logging
from dataclasses import dataclass
from typing import Protocol

from pressroom.graph.limits import (
    COVER_LIMITS,
    IMAGE_LIMITS,
    VIDEO_LIMITS,
    ImageLimits,
    MediaUse,
    VideoLimits,
)
from pressroom.sandbox.faults import FaultKind, Faults
from pressroom.sandbox.state.things import Container, StoredFile

# (code, subcode) of pictures, from Error Codes.
NOT_FETCHED = (9004, 2207052)
TOO_SLOW = (-2, 2207003)
TOO_LARGE = (36000, 2207004)
# Subcodes of clips. They appear in the text of the container's `status` alone, so no code goes with them.
VIDEO_NOT_FETCHED = 2207077
VIDEO_FORMAT = 2207026
_THUMB_OFFSET_REFUSED = 2207057
# Processing rejected the file; seen only in a container's `status` text.
_REJECTED = 2207076
_PLANNED = "the sandbox was told to"
_SLOW = frozenset({FaultKind.HANG, FaultKind.SLOW})
_log = logging.getLogger("pressroom.sandbox")


class PictureRefused(Exception):
    """A picture that Instagram refuses: `create` answers with the error. words: fill the error's texts."""

    def __init__(self, code: int, subcode: int | None, *, reason: str, **words: str) -> None:
        super().__init__(reason)
        self.code = code
        self.subcode = subcode
        self.reason = reason
        self.words = words


class ClipRefused(Exception):
    """A clip that Instagram refuses: its container ends in ERROR later."""

    def __init__(self, subcode: int, *, reason: str) -> None:
        super().__init__(reason)
        self.subcode = subcode
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """An accepted file. `poster` is a frame of a clip; `note` says what was done, for the log of calls."""

    file: StoredFile
    note: str
    poster: StoredFile | None = None


class Fetcher(Protocol):
    """Gets one file and judges it."""

    async def picture(self, url: str, limits: ImageLimits) -> Fetched:
        """Get a picture. Raises PictureRefused."""
        ...

    async def adopt(self, name: str, limits: VideoLimits, poster_at_s: float) -> Fetched:
        """Judge a clip that was uploaded into the directory. Raises ClipRefused."""
        ...

    async def clip(self, url: str, limits: VideoLimits, poster_at_s: float) -> Fetched:
        """Get a clip. Raises ClipRefused."""
        ...


class Fetching:
    """Gets files through a fetcher, and applies faults on `fetch`."""

    def __init__(self, fetcher: Fetcher, faults: Faults) -> None:
        self._fetcher = fetcher
        self._faults = faults
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def picture(self, url: str, use: MediaUse, notes: list[str]) -> StoredFile:
        """Get a picture while the caller waits. Raises PictureRefused."""
        return await self._picture(url, IMAGE_LIMITS[use], notes)

    async def cover(self, url: str, notes: list[str]) -> StoredFile:
        """Get the cover of a reel. Raises PictureRefused."""
        return await self._picture(url, COVER_LIMITS, notes)

    async def _picture(self, url: str, limits: ImageLimits, notes: list[str]) -> StoredFile:
        fault = self._faults.take("fetch", "GET")
        if fault is not None and fault.kind is FaultKind.ERROR:
            raise PictureRefused(fault.code, fault.subcode, reason=_PLANNED, url=url)
        if fault is not None:
            numbers = TOO_SLOW if fault.kind in _SLOW else NOT_FETCHED
            raise PictureRefused(*numbers, reason=_PLANNED, url=url)
        try:
            fetched = await self._fetcher.picture(url, limits)
        except PictureRefused as refusal:
            notes.append(refusal.reason)
            refusal.words["url"] = url
            raise
        notes.append(fetched.note)
        return fetched.file

    def look_after(self, container: Container, use: MediaUse, notes: list[str]) -> None:
        """Start to get the clip of a container in the background, unless it is running or done.

        A fetch ends with the event loop it ran in; the next look at its container starts it again.
        """
        has_come = container.video_url is not None or (container.upload and container.upload.is_complete)
        if container.is_fetched or not has_come:
            return
        running = self._tasks.get(container.id)
        if running is None or running.done():
            self._tasks[container.id] = asyncio.create_task(self._finish_clip(container, use, notes))

    async def _finish_clip(self, container: Container, use: MediaUse, notes: list[str]) -> None:
        try:
            notes.append(await self._get_clip(container, use))
        except ClipRefused as refusal:
            notes.append(refusal.reason)
            container.failure = refusal.subcode
        except Exception as error:  # noqa: BLE001  # a bug must not leave the container IN_PROGRESS
            _log.exception("the sandbox failed to judge a clip")
            notes.append(f"the sandbox failed: {type(error).__name__}")
            container.failure = _REJECTED
        # Only now: a cancelled fetch (a BaseException) leaves it False, and is started again.
        container.is_fetched = True
        self._tasks.pop(container.id, None)

    async def _get_clip(self, container: Container, use: MediaUse) -> str:
        """Get the clip of a container, and its cover; the answer is the note for the log of calls."""
        offset_s = (container.params.get("thumb_offset") or 0) / 1000  # milliseconds (IG User, Media)
        fault = self._faults.take("fetch", "GET")
        if fault is not None:
            raise ClipRefused(fault.subcode or VIDEO_NOT_FETCHED, reason=_PLANNED)
        if container.video_url is None and container.upload is not None:
            fetched = await self._fetcher.adopt(container.upload.name, VIDEO_LIMITS[use], offset_s)
        else:
            fetched = await self._fetcher.clip(container.video_url or "", VIDEO_LIMITS[use], offset_s)
        container.file = fetched.file
        # `cover_url` wins over `thumb_offset`.
        container.cover = container.cover or fetched.poster
        duration_s = fetched.file.duration_s
        if duration_s is not None and offset_s >= duration_s:
            raise ClipRefused(_THUMB_OFFSET_REFUSED, reason="thumb_offset is not inside the clip")
        return fetched.note

    async def settled(self) -> None:
        """Wait until no fetch is running."""
        while running := [task for task in self._tasks.values() if not task.done()]:
            await asyncio.wait(running)

    async def aclose(self) -> None:
        """Cancel the fetches that run; those of another event loop ended with it."""
        loop = asyncio.get_running_loop()
        running = [task for task in self._tasks.values() if not task.done() and task.get_loop() is loop]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        self._tasks.clear()
