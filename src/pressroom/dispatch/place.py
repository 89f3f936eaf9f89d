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
from typing import TYPE_CHECKING, Final

from pressroom.core import flock
from pressroom.core.errors import StoreRefused
from pressroom.core.remedies import Fix, Remedy, RemedyKind

if TYPE_CHECKING:
    from pressroom.store.store import Store

log: Final = logging.getLogger("pressroom.dispatch")

# systemd gives each service a /tmp of its own (PrivateTmp), and this to all.
_SHM: Final = Path("/dev/shm")  # noqa: S108  # a directory of our own is made there
_SHARED: Final = _SHM if os.access(_SHM, os.W_OK) else Path(tempfile.gettempdir())
# In the store, and so in each copy of it.
_IDENTITY, _PLACE = "store_identity", "store_place"


def identity_of(store: "Store") -> str:
    """Return the identity of a store, which its copies share; a new store gets one."""
    identity = store.options.get(_IDENTITY)
    if identity is None:
        renew_identity(store)
    return identity or identity_of(store)


def renew_identity(store: "Store") -> None:
    """Make a copy of a store one of its own."""
    store.options.set(_IDENTITY, uuid.uuid4().hex)


def has_moved(store: "Store", path: Path) -> bool:
    """Tell whether a store was driven from another path or machine before."""
    return store.options.get(_PLACE) not in (None, _place(path))


def note_place(store: "Store", path: Path) -> None:
    """Note from where a store is driven now, once what may be live is looked for."""
    if store.options.get(_PLACE) != _place(path):
        store.options.set(_PLACE, _place(path))


def _place(path: Path) -> str:
    return f"{_machine()}:{path.resolve()}"


@contextmanager
def only_copy(identity: str, path: Path, *, among: Path = _SHARED) -> Generator[None]:
    """Keep workers of this machine from driving another copy of the store while the block runs.

    among: a directory that all processes of the machine share. Raises StoreRefused where one drives another
    copy. What runs on other machines is not seen.
    """
    directory = _directory(among)
    if directory is None:
        yield
        return
    lock_file = directory / f"{identity}.driver"
    descriptor = flock.lock_own_file(lock_file)
    if descriptor is None:
        raise _copy_is_driven(path, _read(lock_file))
    try:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(path.resolve()).encode(errors="replace"), 0)
        yield
    finally:
        flock.remove_own_file(lock_file, descriptor)


def _read(lock_file: Path) -> str:
    try:
        return lock_file.read_text(errors="replace") or "another store"
    except OSError:  # its owner ends at this moment
        return "another store"


def _directory(among: Path) -> Path | None:
    """Make the directory of this user's stores, wherever their data is; None where it cannot be."""
    directory = among / f"pressroom-{os.getuid()}"
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
