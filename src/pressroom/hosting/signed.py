"""Puts files into the directory that the media route serves, and signs their addresses."""

import asyncio
import contextlib
import hashlib
import os
import shutil
from pathlib import Path

from pressroom.core.clock import SYSTEM_CLOCK, Clock
from pressroom.core.errors import HostFailed, MediaRefused
from pressroom.core.settings import Settings
from pressroom.hosting.names import ENDINGS, SERVED
from pressroom.hosting.signing import media_key, signed_path
from pressroom.media.files import part_of

# Addresses live as long as containers, 24 hours; files stay a day longer.
_KEEP_S = 48 * 3600.0


class SignedHost:
    """The host of files that any process with the same directory and key can serve.

    base_url: scheme, host and what comes before `/media`, without a trailing slash.
    """

    def __init__(self, settings: Settings, base_url: str, clock: Clock = SYSTEM_CLOCK) -> None:
        self._directory = settings.renditions
        self._home = settings.home
        self._key = media_key(settings)
        self._base_url = base_url.rstrip("/")
        self._clock = clock

    async def put(self, path: Path, *, content_type: str, lifetime_s: float) -> str:
        """Make the file servable under the hash of its content and give its signed URL.

        Raises HostFailed for a type that is not served or a directory that cannot be written.
        """
        name = await asyncio.to_thread(self._place, path, content_type)
        expires = int(self._clock.now().timestamp() + lifetime_s) + 1
        return self._base_url + signed_path(self._key, name, expires)

    async def release(self, url: str) -> None:
        """Do nothing: another post may use the file. `sweep` deletes it two days after it was last put."""

    def _place(self, path: Path, content_type: str) -> str:
        ending = ENDINGS.get(content_type)
        if ending is None:
            raise HostFailed(f"{path.name} is {content_type}, which is not served.", fix="Convert it first.")
        try:
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            name = f"{_content_hash(path)}.{ending}"
            self._bring(path, self._directory / name)
            sweep(self._directory, self._clock)
        except FileNotFoundError:
            raise MediaRefused(
                f"{path} is gone.", rule="missing", value=str(path), fix="Check the path.", helper_prefix=None
            ) from None
        except OSError as error:
            raise HostFailed(
                f"{path.name} could not be put into {self._directory}: {error.strerror}.",
                fix="Free space there, or set PRESSROOM_HOME to another directory.",
            ) from None
        return name

    def _bring(self, path: Path, target: Path) -> None:
        """Link our own renditions, and copy the user's files, which may be edited while Instagram fetches."""
        if not target.exists():
            source = path.resolve()
            is_ours = source.is_relative_to(self._home.resolve())
            if not (is_ours and _link(source, target)):
                _copy(source, target)
        # `sweep` counts from here, also for a file that is there already.
        now = self._clock.now().timestamp()
        os.utime(target, (now, now))


def sweep(directory: Path, clock: Clock) -> None:
    """Delete the served files that were last put over two days ago. Blocks."""
    oldest = clock.now().timestamp() - _KEEP_S
    for path in directory.iterdir():
        if SERVED.fullmatch(path.name):
            with contextlib.suppress(FileNotFoundError):  # another process deleted it
                if path.lstat().st_mtime < oldest:
                    path.unlink()


def _content_hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _link(path: Path, target: Path) -> bool:
    try:
        target.hardlink_to(path)
    except FileExistsError:
        return True
    except OSError:  # a file system without hard links
        return False
    return True


def _copy(path: Path, target: Path) -> None:
    with part_of(target) as part:
        shutil.copyfile(path, part)
        part.replace(target)
