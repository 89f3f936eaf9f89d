"""The master keys that seal tokens: from PRESSROOM_KEY, the system's keyring, or a file of our own.

`master_keys` gives them, and makes one where there is none; `key_place` says where they are, and makes none.

The file `token.key` holds the key or says that the keyring does. Without that note an unreachable keyring, as
under cron, would lead to a second key, with which no stored token can be read. After a change of the key
both places hold the new one and the one before it, with a comma between them.
"""

import base64
import binascii
import importlib
import importlib.util
import logging
import secrets
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Final, Protocol

from pressroom.core.errors import SettingRefused
from pressroom.core.settings import Settings
from pressroom.store.files import kept_key, written_aside

log: Final = logging.getLogger("pressroom.accounts")

_KEY_BYTES = 32
KEY_FILE = "token.key"
IN_KEYRING = "in the keyring"
_SERVICE = "pressroom"
_RECOMMENDED = 1.0  # the keyring package's own threshold for a recommended backend
_HOW_TO_MAKE_ONE = (
    "Make one: `python3 -c 'import base64, os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())'`."
)


class KeyPlace(StrEnum):
    """Where the key is that seals the stored tokens. NONE: nowhere yet; the first sign-in makes one."""

    ENVIRONMENT = "environment"
    KEYRING = "keyring"
    FILE = "file"
    NONE = "none"


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
    # The environment's goes before all: several machines share a key by it.
    if settings.key is not None:
        return parse_keys(settings.key.reveal(), "PRESSROOM_KEY")
    path = settings.home / KEY_FILE
    text = kept_key(path, lambda: _keep(path, _text_of([new_key()]), keyring))
    if text != IN_KEYRING:
        return parse_keys(text, str(path))
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
    return parse_keys(text, "The key in the keyring")


def new_key() -> bytes:
    """Make a master key."""
    return secrets.token_bytes(_KEY_BYTES)


def replace_keys(settings: Settings, keys: Sequence[bytes], keyring: Keyring | None) -> None:
    """Put keys where the data directory's own are, the one in use first: none is lost if it is interrupted.

    Raises SettingRefused where the keyring or the directory does not take them; then the earlier ones stay.
    """
    path, text = settings.home / KEY_FILE, _text_of(keys)
    try:
        # Where the note says keyring the file stays as it is: it never holds a key beside the keyring's.
        if path.read_text(encoding="ascii", errors="replace").strip() != IN_KEYRING:
            with written_aside(path) as aside:
                aside.write_text(text, encoding="ascii")
        elif keyring is None or _keep(path, text, keyring) != IN_KEYRING:
            raise SettingRefused(
                "The system's keyring does not take another key.",
                rule="keyring",
                fix="Unlock it, and repeat.",
            )
    except OSError as error:
        raise SettingRefused(
            f"{path} cannot be replaced: {error.strerror}.",
            rule="key",
            fix="Let this user write in the data directory, and repeat.",
        ) from None


def parse_keys(text: str, where: str) -> tuple[bytes, ...]:
    """Parse keys with a comma between them: 32 bytes in base64, either alphabet, with or without `=`.

    Raises SettingRefused.
    """
    keys = list[bytes]()
    for part in text.split(","):
        plain = part.strip().rstrip("=").replace("-", "+").replace("_", "/")
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
        keys.append(key)
    return tuple(keys)


def _text_of(keys: Sequence[bytes]) -> str:
    return ",".join(base64.urlsafe_b64encode(key).decode() for key in keys)


def _keep(path: Path, text: str, keyring: Keyring | None) -> str:
    """Give keys to the keyring, and return what the file has to hold: the keys, or where they are."""
    if keyring is None:
        return text
    try:
        # The path tells data directories of one user apart.
        keyring.set_password(_SERVICE, str(path), text)
        # Read back: a backend may accept a password without keeping it.
        has_it = keyring.get_password(_SERVICE, str(path)) == text
    except Exception as error:  # noqa: BLE001  # backends raise whatever their system does
        log.debug("the system's keyring did not take the key: %s", type(error).__name__)
        has_it = False
    return IN_KEYRING if has_it else text


_WORDS = {
    KeyPlace.ENVIRONMENT: "by the key in PRESSROOM_KEY",
    KeyPlace.KEYRING: "by a key in the system's keyring",
    KeyPlace.FILE: "by a key in a file beside it",
    KeyPlace.NONE: "by a key that the first sign-in makes",
}


def key_place(settings: Settings, *, keyring: Keyring | None = None) -> KeyPlace:
    """Tell where the key is. keyring: None for the system's.

    Raises SettingRefused for a key that cannot be read, as of a keyring that is locked.
    """
    path = settings.home / KEY_FILE
    if settings.key is not None:
        master_keys(settings, None)
        return KeyPlace.ENVIRONMENT
    try:
        text = path.read_text(encoding="ascii", errors="replace").strip()
    except FileNotFoundError:
        return KeyPlace.NONE
    except OSError as error:
        raise SettingRefused(
            f"{path} cannot be read: {error.strerror}.",
            rule="key",
            fix="Let this user read it, or set PRESSROOM_KEY.",
        ) from None
    if not text:
        return KeyPlace.NONE
    # Read for its errors: a key that cannot be read is told now, and not by the first post.
    is_noted = text == IN_KEYRING
    master_keys(settings, (keyring or system_keyring()) if is_noted else None)
    return KeyPlace.KEYRING if is_noted else KeyPlace.FILE


def place_of_tokens(settings: Settings) -> str:
    """Say where tokens are kept, and where the key is that seals them."""
    store = "the store on the PostgreSQL server" if settings.database_url else str(settings.store)
    try:
        return f"{store}, {_WORDS[key_place(settings)]}"
    except SettingRefused as error:
        return f"{store}; {error.message}"
