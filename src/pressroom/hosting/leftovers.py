"""Deletes what killed processes left at a store, at Cloudinary and in the data directory."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Collection
from pathlib import Path

from pressroom.core.clock import SYSTEM_CLOCK, Clock
from pressroom.core.errors import PressroomError
from pressroom.core.settings import Settings
from pressroom.hosting.remote import RemoteFile, abandoned
from pressroom.hosting.remote_hosts import remote_host
from pressroom.hosting.renditions import sweep_renditions
from pressroom.hosting.signing import sweep
from pressroom.media.files import clear_away

_log = logging.getLogger(__name__)
# Instagram fetches within minutes after a container is made, and the process that made containers has ended.
_AFTER_S = 3600.0
_DOWNLOADS = "downloads"


async def clear_leftovers(
    settings: Settings, clock: Clock = SYSTEM_CLOCK, *, spent: Collection[Path] = ()
) -> int:
    """Delete the uploads of processes that have ended, an hour after the last one; give how many.

    Uploads in another bucket or cloud than the settings name, or that cannot be deleted now, are tried again
    later. Renditions, served files and downloads of the data directory that nobody uses any more are deleted
    as well; spent: as for `sweep_renditions`.
    """
    before = time.time() - _AFTER_S  # not the clock: the file system stamps real time
    await asyncio.to_thread(_clear_home, settings, clock, spent)
    cleared = 0
    for left in abandoned(settings.home, before=before):
        deleted = set[RemoteFile]()
        for upload in left.uploads:
            try:
                host = remote_host(upload.way, settings)
                if host is not None and host.place == upload.place:
                    await host.delete(upload.name)
                    deleted.add(upload)
            except PressroomError as error:
                _log.warning("%s could not be deleted: %s", upload.name, error)
        left.kept = left.uploads - deleted
        cleared += len(deleted)
    return cleared


def _clear_home(settings: Settings, clock: Clock, spent: Collection[Path]) -> None:
    now = time.time()
    with contextlib.suppress(OSError):  # the directory was never used, or another process sweeps it
        sweep(settings.renditions, clock)
        clear_away(settings.renditions)
        sweep_renditions(settings, now=now, spent=spent)
    oldest = now - 24 * _AFTER_S
    downloads: Path = settings.home / _DOWNLOADS
    for path in downloads.glob("*"):
        with contextlib.suppress(OSError):
            if path.stat().st_mtime < oldest:
                path.unlink()
