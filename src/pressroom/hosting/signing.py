"""Signs the addresses of the media route, so that nobody can guess or prolong one.

A signature covers the file's name and the second it expires, not where the route is mounted.
"""

import hmac
import secrets
from urllib.parse import urlencode

from pressroom.core.secret import Secret
from pressroom.core.settings import Settings
from pressroom.store.keyfile import kept_key

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
