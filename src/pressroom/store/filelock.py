"""Who has a store's file open: shared by everyone who works on it, whole by the one who replaces it."""

import contextlib
import os
import time
from collections.abc import Callable, Generator
from pathlib import Path

from pressroom.core import flock
from pressroom.core.errors import StoreFailed

_RETRY_S = 0.05


class FileLock:
    """A lock on `<store>.lock`, which the kernel lets go when the process is gone."""

    def __init__(self, store: Path, *, wait_s: float) -> None:
        self._store = store
        self._wait_s = wait_s
        self._descriptor = flock.open_lock_file(Path(f"{store}.lock"))

    def share(self) -> None:
        """Take the file together with others, and keep it until `close`. Raises StoreFailed after a while."""
        self._take(is_exclusive=False)

    @contextlib.contextmanager
    def alone(self, is_needed: Callable[[], bool] = lambda: True) -> Generator[bool]:
        """Have the file alone for a block; False where that was not needed any more while it was waited for.

        is_needed: asked while nobody has the file alone. Raises StoreFailed when others keep it open.
        """
        is_alone = self._take(is_exclusive=True, is_needed=is_needed)
        try:
            yield is_alone
        finally:
            flock.unlock(self._descriptor)

    def close(self) -> None:
        """Let go."""
        os.close(self._descriptor)

    def _take(self, *, is_exclusive: bool, is_needed: Callable[[], bool] = lambda: True) -> bool:
        take = flock.try_lock if is_exclusive else flock.try_share
        end = time.monotonic() + self._wait_s
        while not take(self._descriptor):
            if is_exclusive and flock.try_share(self._descriptor):
                if not is_needed():
                    return False
                flock.unlock(self._descriptor)
            if time.monotonic() >= end:
                raise StoreFailed(
                    f"The store {self._store} is or has to be replaced, and another process has it open.",
                    fix="Stop the other Pressroom processes, then try again.",
                    retryable=True,
                )
            time.sleep(_RETRY_S)
        return True
