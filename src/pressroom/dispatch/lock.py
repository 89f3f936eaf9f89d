"""Which process drives: a file lock, which the kernel ends with the process however that dies."""

import os
from pathlib import Path

from pressroom.core import flock
from pressroom.core.settings import Settings

_LONGEST_PID = 20


class DriverLock:
    """A lock on a file that holds the process id of whoever has it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    @property
    def is_held(self) -> bool:
        """Whether this process has it."""
        return self._descriptor is not None

    def take(self) -> bool:
        """Take the lock; False when another process has it."""
        if self._descriptor is not None:
            return True
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = flock.open_lock_file(self._path)
        if not flock.try_lock(descriptor):
            os.close(descriptor)
            return False
        os.ftruncate(descriptor, 0)
        os.write(descriptor, str(os.getpid()).encode())
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        """End the lock; nothing happens when another process has it."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def holder(self) -> int | None:
        """Give the process id of who has the lock; None when nobody has."""
        if self.is_held:
            return os.getpid()
        if not flock.is_locked(self._path):
            return None
        with self._path.open("rb") as file:
            text = file.read(_LONGEST_PID).decode("ascii", "replace").strip()
        return int(text) if text.isdigit() else None


def driver_lock(settings: Settings) -> DriverLock:
    """Give the lock that tells whether a worker drives the store from this machine, and which.

    It stands beside the store's file, so that it is the same however a process names that file.
    """
    from pressroom.store.location import locate  # noqa: PLC0415  # loads SQLAlchemy

    path = locate(settings.store).path
    return DriverLock(Path(f"{path.resolve()}.driver") if path else settings.home / "driver.lock")
