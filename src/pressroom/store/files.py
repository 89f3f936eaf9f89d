"""The files of the data directory: writes them whole or not at all, and tells who has a store's file open.

`written_aside`, `folder_aside` and `put_in_place` write private files, for this user only whatever the umask
and never through a link. `kept_key` reads or creates a key file. All processes that work on a store's file
share its `FileLock`, and the process that replaces the file has it alone. `count_opened` and `is_open_here`
count the store files that this process has open.
"""

import contextlib
import os
import shutil
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from pressroom.core import flock
from pressroom.core.errors import SettingRefused, StoreFailed


@contextmanager
def written_aside(path: Path) -> Generator[Path]:
    """Yield a new, empty file that replaces `path` when the block succeeds. Raises OSError."""
    # mkstemp creates the file with mode 0600; the same directory keeps the rename on one file system.
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".pressroom-")
    os.close(descriptor)
    aside = Path(name)
    try:
        yield aside
        # Content before the rename, names after it: a power cut then leaves the old file or the new one.
        sync(aside)
        aside.replace(path)
        sync(path.parent)
    finally:
        aside.unlink(missing_ok=True)


@contextmanager
def folder_aside(path: Path) -> Generator[Path]:
    """Yield a new, empty folder beside `path`, which is gone afterwards.

    Raises OSError that names the folder above.
    """
    try:
        aside = Path(tempfile.mkdtemp(dir=path.parent, prefix=".pressroom-"))
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path.parent)) from None
    try:
        yield aside
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def put_in_place(new: Path, path: Path) -> None:
    """Move a file, or a folder of files, to `path`, from a folder of `folder_aside`; replaces what is there.

    Raises OSError, and what was there stays.
    """
    files = list(new.iterdir()) if new.is_dir() else [new]
    for file in files:
        file.chmod(0o600)
        sync(file)
    if not new.is_dir():
        new.replace(path)
    elif not path.exists():
        new.rename(path)
    else:
        # A folder with files cannot be replaced in one step: the old one makes room, and returns on an error.
        before = new.with_name(f"{new.name}.before")
        path.rename(before)
        try:
            new.rename(path)
        except OSError:
            with contextlib.suppress(OSError):
                before.rename(path)
            raise
    sync(path.parent)


def sync(path: Path) -> None:
    """Flush a file's content, or a directory's entries, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


_RETRY_S = 0.05


class FileLock:
    """A lock on `<store>.lock`, which the kernel releases when the process ends."""

    def __init__(self, store: Path, *, wait_s: float) -> None:
        self._store = store
        self._wait_s = wait_s
        self._descriptor = flock.open_lock_file(Path(f"{store}.lock"))

    def share(self) -> None:
        """Share the file with other processes until `close`. Raises StoreFailed when it stays locked."""
        self._take(is_exclusive=False)

    @contextlib.contextmanager
    def alone(self, is_needed: Callable[[], bool] = lambda: True) -> Generator[bool]:
        """Hold the file exclusively for a block; yields False if that became unnecessary while waiting.

        is_needed: called while no process holds it exclusively. Raises StoreFailed when others keep it open.
        """
        is_alone = self._take(is_exclusive=True, is_needed=is_needed)
        try:
            yield is_alone
        finally:
            flock.unlock(self._descriptor)

    def close(self) -> None:
        """Release the lock."""
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


# POSIX locks belong to the process and end when any of its descriptors of the file is closed. So while a file
# is open here, only SQLite may open it: another process could otherwise delete the write-ahead log under it.
# Source: https://www.sqlite.org/howtocorrupt.html, section 2.2.
# Reentrant: `count_opened` is called while it is held.
opening_turn: Final = threading.RLock()
"""Held while a file is opened or closed."""

_open: Counter[Path] = Counter()


def count_opened(path: Path) -> None:
    """Count one more open store on the file."""
    with opening_turn:
        # Resolved: two paths of one file share its locks.
        _open[path.resolve()] += 1


def count_closed(path: Path) -> None:
    """Count one fewer; its connections must be closed."""
    with opening_turn:
        _open[path.resolve()] -= 1


def is_open_here(path: Path) -> bool:
    """Return whether this process has the file open."""
    return _open[path.resolve()] > 0


def kept_key(path: Path, make: Callable[[], str]) -> str:
    """Return the file's text; without a file, create it with what `make` returns.

    Raises SettingRefused for a data directory that cannot be used.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = flock.open_lock_file(path)
        with os.fdopen(descriptor, "r+", encoding="ascii", errors="replace") as file:
            flock.lock(descriptor)
            # Somebody may have let others read it, without meaning harm.
            os.fchmod(descriptor, 0o600)
            text = file.read().strip()
            if not text:
                text = make()
                file.write(text)
                file.flush()
                os.fsync(descriptor)
            return text
    except OSError as error:
        raise SettingRefused(
            f"The data directory {path.parent} cannot be used: {error.strerror}.",
            rule="home",
            value=str(path.parent),
            fix="Set PRESSROOM_HOME to a directory that this user may write, or set PRESSROOM_KEY.",
        ) from None
