"""Files that hold what is private: whole or not at all, this user's alone whatever the umask, no links."""

import os
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from pressroom.core.errors import Refused


@contextmanager
def written_aside(path: Path) -> Generator[Path]:
    """Give a new, empty file that takes the place of `path` when the block went well. Raises OSError."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".pressroom-")
    os.close(descriptor)
    aside = Path(name)
    try:
        yield aside
        sync(aside)
        aside.replace(path)
        sync(path.parent)
    finally:
        aside.unlink(missing_ok=True)


def write_private(path: Path, text: str) -> None:
    """Write a text to where a person wants it; a pipe or a terminal takes it as it is.

    Raises OSError, and Refused for a link: who made it decides what is overwritten.
    """
    if path.exists() and not path.is_file():
        path.write_text(text, encoding="utf-8")
        return
    if path.is_symlink():
        raise Refused(
            f"{path} is a link.", rule="output", value=str(path), limit="a file", fix="Name the file itself."
        )
    with written_aside(path) as aside:
        aside.write_text(text, encoding="utf-8")


def sync(path: Path) -> None:
    """Have the disk keep a file's content, or a directory's names."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
