"""Gets a container's files: pictures while the caller waits, clips in the background.

As live: a bad picture is usually refused by `create` itself, a bad clip ends its container in ERROR later.
"""

import asyncio
import logging

from pressroom.graph.limits import COVER_LIMITS, IMAGE_LIMITS, VIDEO_LIMITS, ImageLimits, MediaUse
from pressroom.sandbox.faults import Fault, FaultKind, Faults
from pressroom.sandbox.fetching.outcome import (
    NOT_FETCHED,
    TOO_SLOW,
    VIDEO_NOT_FETCHED,
    ClipRefused,
    Fetched,
    Fetcher,
    PictureRefused,
)
from pressroom.sandbox.state.things import Container, StoredFile

_THUMB_OFFSET_REFUSED = 2207057
_REJECTED = 2207076  # processing rejected the file; seen only in a container's `status` text
_TOLD = "the sandbox was told to"
_SLOW = frozenset({FaultKind.HANG, FaultKind.SLOW})
_log = logging.getLogger("pressroom.sandbox")


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
        if fault is not None:
            raise _told_picture(fault)
        try:
            fetched = await self._fetcher.picture(url, limits)
        except PictureRefused as refusal:
            notes.append(refusal.reason)
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
            self._tasks[container.id] = asyncio.create_task(self._clip(container, use, notes))

    async def _clip(self, container: Container, use: MediaUse, notes: list[str]) -> None:
        try:
            notes.append(await self._take_clip(container, use))
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

    async def _take_clip(self, container: Container, use: MediaUse) -> str:
        offset_s = (container.params.get("thumb_offset") or 0) / 1000  # milliseconds (IG User, Media)
        fetched = await self._get_clip(container, use, offset_s)
        container.file = fetched.file
        container.cover = container.cover or fetched.poster  # cover_url wins over thumb_offset
        duration_s = fetched.file.duration_s
        if duration_s is not None and offset_s >= duration_s:
            raise ClipRefused(_THUMB_OFFSET_REFUSED, reason="thumb_offset is not inside the clip")
        return fetched.note

    async def _get_clip(self, container: Container, use: MediaUse, offset_s: float) -> Fetched:
        fault = self._faults.take("fetch", "GET")
        if fault is not None:
            raise ClipRefused(fault.subcode or VIDEO_NOT_FETCHED, reason=_TOLD)
        if container.video_url is None and container.upload is not None:
            return await self._fetcher.adopt(container.upload.name, VIDEO_LIMITS[use], offset_s)
        return await self._fetcher.clip(container.video_url or "", VIDEO_LIMITS[use], offset_s)

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


def _told_picture(fault: Fault) -> PictureRefused:
    """Build a picture's refusal from a fault: its own error, or that of a slow or failed download."""
    if fault.kind is FaultKind.ERROR:
        return PictureRefused(fault.code, fault.subcode, reason=_TOLD)
    return PictureRefused(*(TOO_SLOW if fault.kind in _SLOW else NOT_FETCHED), reason=_TOLD)
