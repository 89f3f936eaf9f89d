"""Private files: written whole or not at all, for this user only whatever the umask, never through a link."""

import os
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


def sync(path: Path) -> None:
    """Flush a file's content, or a directory's entries, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
