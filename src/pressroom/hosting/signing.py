"""Our own addresses of files: signed, so that nobody can guess or prolong one, and served by `route`.

`SignedHost` puts a file into the directory that the route serves, under the hash of its content, and signs
its address. A signature covers the file's name and the second it expires, not where the route is mounted. Who
mounts the route in an app of their own takes its key from `media_key`.
"""

import asyncio
import contextlib
import hashlib
import hmac
import os
import re
import secrets
import shutil
from pathlib import Path
from urllib.parse import urlencode

from pressroom.core.clock import SYSTEM_CLOCK, Clock
from pressroom.core.errors import HostFailed, MediaRefused
from pressroom.core.secret import Secret
from pressroom.core.settings import Settings
from pressroom.media.files import part_of
from pressroom.store.files import kept_key

PREFIX = "/media"
_KEY_FILE = "media.key"
_KEY_BYTES = 32


def media_key(settings: Settings) -> Secret:
    """Give the key of the route: PRESSROOM_KEY, else the data directory's own, made when there is none.

    Raises SettingRefused when the data directory cannot be written.
    """
    if settings.key is not None:
        return settings.key
    return Secret(kept_key(settings.home / _KEY_FILE, lambda: secrets.token_hex(_KEY_BYTES)))


def sign(key: Secret, name: str, expires: int) -> str:
    """Give the signature of a name until a unix second."""
    # The purpose is signed too: PRESSROOM_KEY has other uses, whose signatures must not be valid here.
    return hmac.digest(key.reveal().encode(), f"media\n{name}\n{expires}".encode(), "sha256").hex()


def is_signed(key: Secret, name: str, expires: int, signature: str) -> bool:
    """Tell whether a signature is ours, in constant time."""
    return hmac.compare_digest(sign(key, name, expires).encode(), signature.encode())


def signed_path(key: Secret, name: str, expires: int) -> str:
    """Give the address of a name below the base URL: `/media/<name>?exp=<unix seconds>&sig=<hex>`."""
    return f"{PREFIX}/{name}?{urlencode({'exp': expires, 'sig': sign(key, name, expires)})}"


TYPES = {
    "jpg": "image/jpeg",
    "png": "image/png",
    "mp4": "video/mp4",
    "mov": "video/quicktime",
}
ENDINGS = {content_type: ending for ending, content_type in TYPES.items()}
# The route serves nothing else. No path, dot file or other ending matches.
SERVED = re.compile(rf"[0-9a-f]{{64}}\.({'|'.join(TYPES)})")


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

    def serves(self, url: str) -> bool:
        """Tell whether a URL is of this address; its signature says until when it is valid."""
        return url.startswith(self._base_url)

    async def release(self, url: str) -> None:
        """Do nothing: another post may use the file. `sweep` deletes it two days after it was last put."""

    def _place(self, path: Path, content_type: str) -> str:
        ending = ENDINGS.get(content_type)
        if ending is None:
            raise HostFailed(f"{path.name} is {content_type}, which is not served.", fix="Convert it first.")
        try:
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            with path.open("rb") as file:
                name = f"{hashlib.file_digest(file, 'sha256').hexdigest()}.{ending}"
            target = self._directory / name
            now = self._clock.now().timestamp()
            try:
                os.utime(target, (now, now))  # `sweep` counts from here
            except FileNotFoundError:
                self._fill(target, path.resolve(), now)
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

    def _fill(self, target: Path, source: Path, now: float) -> None:
        # Both get their time before their name: a sweep of another process would delete an old file.
        # Our own renditions are linked, where the file system has hard links and no other process was
        # quicker. The user's files may be edited while Instagram fetches, and are copied.
        if source.is_relative_to(self._home.resolve()):
            with contextlib.suppress(OSError):
                os.utime(source, (now, now))
                target.hardlink_to(source)
        if not target.exists():
            with part_of(target) as part:
                shutil.copyfile(source, part)
                os.utime(part, (now, now))
                part.replace(target)


def sweep(directory: Path, clock: Clock) -> None:
    """Delete the served files that were last put over two days ago. Blocks."""
    oldest = clock.now().timestamp() - _KEEP_S
    for path in directory.iterdir():
        if SERVED.fullmatch(path.name):
            with contextlib.suppress(FileNotFoundError):  # another process deleted it
                if path.lstat().st_mtime < oldest:
                    path.unlink()
