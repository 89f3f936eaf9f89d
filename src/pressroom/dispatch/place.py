"""Where a store's file is driven from: two copies of one file must not both publish its posts."""

import errno
import logging
import os
import platform
import tempfile
import uuid
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from pressroom.core import flock
from pressroom.core.errors import StoreRefused
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.repositories import Repositories

log: Final = logging.getLogger("pressroom.dispatch")

# In the store, and so in each copy of it.
_IDENTITY, _PLACE = "store_identity", "store_place"
OF_THE_FILE: Final = frozenset({_IDENTITY, _PLACE})
"""The options that are no setting of anybody's: a worker keeps them."""


def identity_of(store: Repositories) -> str:
    """Return the identity of a store, which its copies share; a new store gets one."""
    identity = store.options.get(_IDENTITY)
    if identity is None:
        renew_identity(store)
    return identity or identity_of(store)


def renew_identity(store: Repositories) -> None:
    """Make a copy of a store one of its own."""
    store.options.set(_IDENTITY, uuid.uuid4().hex)


def has_moved(store: Repositories, path: Path) -> bool:
    """Tell whether a store was driven from another path or machine before, and note this one."""
    place, before = f"{_machine()}:{path.resolve()}", store.options.get(_PLACE)
    if place != before:
        store.options.set(_PLACE, place)
    return before is not None and place != before


@contextmanager
def only_copy(identity: str, path: Path) -> Generator[None]:
    """Keep workers of this machine from driving another copy of the store while the block runs.

    Raises StoreRefused where one drives another copy. What runs on other machines is not seen.
    """
    directory = _shared_directory()
    if directory is None:
        yield
        return
    lock_file = directory / f"{identity}.driver"
    descriptor = flock.lock_own_file(lock_file)
    if descriptor is None:
        raise _copy_is_driven(path, lock_file.read_text(errors="replace"))
    try:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(path.resolve()).encode(errors="replace"), 0)
        yield
    finally:
        flock.remove_own_file(lock_file, descriptor)


def _shared_directory() -> Path | None:
    """Make the directory that is the same for every data directory of this user; None where it cannot be."""
    directory = Path(tempfile.gettempdir()) / f"pressroom-{os.getuid()}"
    try:
        directory.mkdir(mode=0o700, exist_ok=True)
        # Of another user's making, it could be kept locked by them.
        if directory.is_symlink() or not directory.is_dir() or directory.stat().st_uid != os.getuid():
            raise PermissionError(errno.EPERM, "it is not this user's directory")
    except OSError as error:
        log.warning("another copy of the store could be driven unseen: %s: %s", directory, error.strerror)
        return None
    return directory


def _machine() -> str:
    """Name this machine; the names of containers change with each start and are left out."""
    try:
        return Path("/etc/machine-id").read_text(encoding="ascii").strip()
    except (OSError, UnicodeError):
        return "" if platform.system() == "Linux" else platform.node()


def _copy_is_driven(path: Path, other: str) -> StoreRefused:
    return StoreRefused(
        f"{path} is a copy of {other}, which a worker drives: each would publish the posts of both.",
        rule="store_copy",
        value=str(path),
        limit=other,
        fix=Fix.of(
            "Stop the other worker; or make this one a store of its own, whose posts are then held back: {}.",
            Remedy(RemedyKind.ADOPT_STORE),
        ),
    )
