"""A key in a file of the data directory: made once, by one of several processes, and this user's alone."""

import os
from collections.abc import Callable
from pathlib import Path

from pressroom.core import flock
from pressroom.core.errors import SettingRefused


def kept_key(path: Path, make: Callable[[], str]) -> str:
    """Give the text of the file, which is made when there is none.

    Raises SettingRefused for a data directory that cannot be used.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return _read_or_make(path, make)
    except OSError as error:
        raise SettingRefused(
            f"The data directory {path.parent} cannot be used: {error.strerror}.",
            rule="home",
            value=str(path.parent),
            fix="Set PRESSROOM_HOME to a directory that this user may write, or set PRESSROOM_KEY.",
        ) from None


def _read_or_make(path: Path, make: Callable[[], str]) -> str:
    descriptor = flock.open_lock_file(path)
    with os.fdopen(descriptor, "r+", encoding="ascii", errors="replace") as file:
        flock.lock(descriptor)
        os.fchmod(descriptor, 0o600)  # whoever loosened it meant no harm, and it does harm
        text = file.read().strip()
        if not text:
            text = make()
            file.write(text)
            file.flush()
            os.fsync(descriptor)
        return text
