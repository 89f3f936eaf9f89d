"""Addresses of the media route that nobody can guess or prolong.

A signature covers the file's name and the second it expires, not where the route is mounted.
"""

import fcntl
import hmac
import os
import secrets
from pathlib import Path
from urllib.parse import urlencode

from pressroom.core.errors import SettingRefused
from pressroom.core.secret import Secret
from pressroom.core.settings import Settings

PREFIX = "/media"
_KEY_FILE = "media.key"
_KEY_BYTES = 32


def media_key(settings: Settings) -> Secret:
    """Give the key of the route: PRESSROOM_KEY, else the data directory's own, made when there is none.

    Raises SettingRefused when the data directory cannot be written.
    """
    if settings.key is not None:
        return settings.key
    try:
        settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        return Secret(_key_in(settings.home / _KEY_FILE))
    except OSError as error:
        raise SettingRefused(
            f"The data directory {settings.home} cannot be used: {error.strerror}.",
            rule="home",
            value=str(settings.home),
            fix="Set PRESSROOM_HOME to a directory that this user may write.",
        ) from None


def _key_in(path: Path) -> str:
    """Read the key, or make it; the lock lets only one of several processes do that."""
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        text = file.read().strip()
        if not text:
            text = secrets.token_hex(_KEY_BYTES)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        return text


def sign(key: Secret, name: str, expires: int) -> str:
    """Give the signature of a name until a unix second."""
    # The purpose stands first, so that a key shared with other uses signs nothing but this.
    return hmac.digest(key.reveal().encode(), f"media\n{name}\n{expires}".encode(), "sha256").hex()


def is_signed(key: Secret, name: str, expires: int, signature: str) -> bool:
    """Tell whether a signature is ours, in constant time."""
    return hmac.compare_digest(sign(key, name, expires).encode(), signature.encode())


def signed_path(key: Secret, name: str, expires: int) -> str:
    """Give the address of a name below the base URL: `/media/<name>?exp=<unix seconds>&sig=<hex>`."""
    return f"{PREFIX}/{name}?{urlencode({'exp': expires, 'sig': sign(key, name, expires)})}"
