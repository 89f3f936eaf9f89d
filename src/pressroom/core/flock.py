"""A lock on an open file (`flock`), which the kernel releases when the process that took it is gone.

Files are opened close-on-exec, so that no child inherits the lock and outlives its owner with it.
"""

import contextlib
import fcntl
import os
import time
from pathlib import Path
from typing import Final

# Who only asks holds the lock for some microseconds: that is no owner.
_TRIES: Final = 10
_BETWEEN_TRIES_S: Final = 0.001


def open_lock_file(path: Path, *, extra_flags: int = 0) -> int:
    """Open a lock file, created for this user only, and return its descriptor. Raises OSError."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | extra_flags, 0o600)


def lock(descriptor: int) -> None:
    """Take the lock, and block until nobody else has it."""
    fcntl.flock(descriptor, fcntl.LOCK_EX)


def try_lock(descriptor: int) -> bool:
    """Take the lock without waiting; False when another process has it."""
    return _try(descriptor, fcntl.LOCK_EX)


def try_share(descriptor: int) -> bool:
    """Take a shared lock without waiting; False when another process has the lock alone."""
    return _try(descriptor, fcntl.LOCK_SH)


def lock_own_file(path: Path) -> int | None:
    """Open and lock a file that its owner removes in the end; None when another process has it locked."""
    while True:
        descriptor = open_lock_file(path)
        if not _try_some_times(descriptor):
            os.close(descriptor)
            return None
        # Its last owner may have removed it between opening and lock, which then would keep out nobody.
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(descriptor), path.stat()):
                return descriptor
        os.close(descriptor)


def remove_own_file(path: Path, descriptor: int) -> None:
    """Remove a file of `lock_own_file` and release its lock."""
    # While it is locked: afterwards it could be the next process's file.
    path.unlink(missing_ok=True)
    os.close(descriptor)


def remove_if_free(path: Path) -> None:
    """Remove a file of `lock_own_file` whose owner is dead; one that is locked meanwhile stays."""
    descriptor = lock_own_file(path)
    if descriptor is not None:
        remove_own_file(path, descriptor)


def unlock(descriptor: int) -> None:
    """Release the lock; closing the file does so too."""
    fcntl.flock(descriptor, fcntl.LOCK_UN)


def is_locked(path: Path) -> bool:
    """Tell whether a process has the lock on a file; False for a file that is not there."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        # Shared: two processes that ask at the same moment must not take each other for the owner.
        return not try_share(descriptor)
    finally:
        os.close(descriptor)


def _try_some_times(descriptor: int) -> bool:
    for _ in range(_TRIES):
        if try_lock(descriptor):
            return True
        time.sleep(_BETWEEN_TRIES_S)
    return False


def _try(descriptor: int, how: int) -> bool:
    try:
        fcntl.flock(descriptor, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
