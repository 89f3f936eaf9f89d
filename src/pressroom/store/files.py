"""Private files: written whole or not at all, for this user only whatever the umask, never through a link."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path


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


def put_in_place(made: Path, path: Path) -> None:
    """Move a file, or a folder of files, to `path`, from a folder of `folder_aside`; replaces what is there.

    Raises OSError, and what was there stays.
    """
    files = list(made.iterdir()) if made.is_dir() else [made]
    for file in files:
        file.chmod(0o600)
        sync(file)
    if not made.is_dir():
        made.replace(path)
    elif path.exists():
        _replace_folder(made, path)
    else:
        made.rename(path)
    sync(path.parent)


def _replace_folder(made: Path, path: Path) -> None:
    # A folder with files cannot be replaced in one step.
    before = made.with_name(f"{made.name}.before")
    path.rename(before)
    try:
        made.rename(path)
    except OSError:
        with contextlib.suppress(OSError):
            before.rename(path)
        raise


def sync(path: Path) -> None:
    """Flush a file's content, or a directory's entries, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
