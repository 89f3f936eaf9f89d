"""Who has a store's file open: shared by everyone who works on it, whole by the one who replaces it."""

import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Generator
from pathlib import Path

from pressroom.core.errors import StoreFailed

_RETRY_S = 0.05


class FileLock:
    """A lock on `<store>.lock`, which the kernel lets go when the process is gone."""

    def __init__(self, store: Path, *, wait_s: float) -> None:
        self._store = store
        self._wait_s = wait_s
        # Handed to no child: a lock must end with the process that took it.
        self._descriptor = os.open(f"{store}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def share(self) -> None:
        """Take the file together with others, and keep it until `close`. Raises StoreFailed after a while."""
        self._take(fcntl.LOCK_SH)

    @contextlib.contextmanager
    def alone(self, is_needed: Callable[[], bool] = lambda: True) -> Generator[bool]:
        """Have the file alone for a block; False where that was not needed any more while it was waited for.

        is_needed: asked while nobody has the file alone. Raises StoreFailed when others keep it open.
        """
        is_alone = self._take(fcntl.LOCK_EX, is_needed)
        try:
            yield is_alone
        finally:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def close(self) -> None:
        """Let go."""
        os.close(self._descriptor)

    def _take(self, how: int, is_needed: Callable[[], bool] = lambda: True) -> bool:
        end = time.monotonic() + self._wait_s
        while not self._is_taken(how):
            if how == fcntl.LOCK_EX and self._is_taken(fcntl.LOCK_SH):
                if not is_needed():
                    return False
                fcntl.flock(self._descriptor, fcntl.LOCK_UN)
            if time.monotonic() >= end:
                raise StoreFailed(
                    f"The store {self._store} is or has to be upgraded, and another process has it open.",
                    fix="Stop the other Pressroom processes, then try again.",
                    retryable=True,
                )
            time.sleep(_RETRY_S)
        return True

    def _is_taken(self, how: int) -> bool:
        try:
            fcntl.flock(self._descriptor, how | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
