"""Where the key is that seals tokens, without making one."""

from enum import StrEnum

from pressroom.accounts.keys import IN_KEYRING, KEY_FILE, Keyring, master_keys, system_keyring
from pressroom.core.errors import SettingRefused
from pressroom.core.settings import Settings


class KeyPlace(StrEnum):
    """Where the key is that seals the stored tokens. NONE: nowhere yet; the first sign-in makes one."""

    ENVIRONMENT = "environment"
    KEYRING = "keyring"
    FILE = "file"
    NONE = "none"


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
