"""The master key that seals tokens: from PRESSROOM_KEY, the system's keyring, or a file of our own.

The file `token.key` holds the key or says that the keyring does. Without that note an unreachable keyring,
as under cron, would lead to a second key, with which no stored token can be read.
"""

import base64
import binascii
import importlib
import importlib.util
import logging
import secrets
from pathlib import Path
from typing import Final, Protocol

from pressroom.core.errors import SettingRefused
from pressroom.core.settings import Settings
from pressroom.store.files import kept_key

log: Final = logging.getLogger("pressroom.accounts")

_KEY_BYTES = 32
KEY_FILE = "token.key"
IN_KEYRING = "in the keyring"
_SERVICE = "pressroom"
_RECOMMENDED = 1.0  # the keyring package's own threshold for a recommended backend
_HOW_TO_MAKE_ONE = (
    "Make one: `python3 -c 'import base64, os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())'`."
)


class Keyring(Protocol):
    """The part of the system's keyring that we use."""

    def get_password(self, service: str, username: str, /) -> str | None:
        """Return the password stored under a name."""
        ...

    def set_password(self, service: str, username: str, password: str, /) -> None:
        """Store a password under a name."""
        ...


def system_keyring() -> Keyring | None:
    """Return the system's keyring; None without the `keyring` extra, or when no backend works here."""
    if importlib.util.find_spec("keyring") is None:
        return None
    try:
        backend = importlib.import_module("keyring").get_keyring()
        is_worth_using = backend.priority >= _RECOMMENDED
    except Exception as error:  # noqa: BLE001  # backends raise whatever their system does
        log.debug("the system's keyring cannot be used: %s", type(error).__name__)
        return None
    return backend if is_worth_using else None


def master_keys(settings: Settings, keyring: Keyring | None) -> tuple[bytes, ...]:
    """Return the master keys, the one in use first; makes one if there is none.

    Raises SettingRefused for an invalid key, and for a keyring or directory that cannot be used.
    """
    if settings.key is not None:
        return tuple(parse_key(part, "PRESSROOM_KEY") for part in settings.key.reveal().split(","))
    return (_stored(settings.home / KEY_FILE, keyring),)


def parse_key(text: str, where: str) -> bytes:
    """Parse 32 bytes in base64, either alphabet, with or without `=`. Raises SettingRefused."""
    plain = text.strip().rstrip("=").replace("-", "+").replace("_", "/")
    try:
        key = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != _KEY_BYTES:
        raise SettingRefused(
            f"{where} is not a key: it has to be {_KEY_BYTES} bytes in base64.",
            rule="key",
            limit=f"{_KEY_BYTES} bytes in base64",
            fix=_HOW_TO_MAKE_ONE,
        )
    return key


def _stored(path: Path, keyring: Keyring | None) -> bytes:
    text = kept_key(path, lambda: _make(path, keyring))
    return _from_keyring(path, keyring) if text == IN_KEYRING else parse_key(text, str(path))


def _make(path: Path, keyring: Keyring | None) -> str:
    """Make a key and return the file's content: the key, or a note that the keyring has it."""
    key = base64.urlsafe_b64encode(secrets.token_bytes(_KEY_BYTES)).decode()
    if keyring is None:
        return key
    try:
        # The path tells data directories of one user apart.
        keyring.set_password(_SERVICE, str(path), key)
        # Read back: a backend may accept a password without keeping it.
        has_it = keyring.get_password(_SERVICE, str(path)) == key
    except Exception as error:  # noqa: BLE001  # backends raise whatever their system does
        log.debug("the system's keyring did not take the key: %s", type(error).__name__)
        has_it = False
    return IN_KEYRING if has_it else key


def _from_keyring(path: Path, keyring: Keyring | None) -> bytes:
    try:
        text = keyring.get_password(_SERVICE, str(path)) if keyring else None
    except Exception as error:  # noqa: BLE001  # backends raise whatever their system does
        log.debug("the system's keyring did not give the key: %s", type(error).__name__)
        text = None
    if text is None:
        raise SettingRefused(
            "The key of the stored tokens is in the system's keyring, which cannot be reached from here.",
            rule="keyring",
            fix="Unlock the keyring, or set PRESSROOM_KEY; without that key, remove "
            f"{path} and sign in again.",
        )
    return parse_key(text, "The key in the keyring")
