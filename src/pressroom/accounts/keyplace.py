"""Where the key is that seals tokens, without making one."""

from pressroom.accounts.doctor.facts import KeyPlace
from pressroom.accounts.keys import IN_KEYRING, KEY_FILE, Keyring, master_keys, system_keyring
from pressroom.core.errors import SettingRefused
from pressroom.core.settings import Settings


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
