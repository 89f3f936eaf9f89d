"""Files on their way to their place: written beside it, moved in one step, gone when anything fails."""

import contextlib
import errno
import hashlib
import os
import time
import uuid
from collections.abc import Generator
from pathlib import Path
from typing import Final

from pressroom.core.errors import MediaRefused
from pressroom.media import refusals

_HASH_LETTERS: Final = 24
_SETTINGS_LETTERS: Final = 8
_ABANDONED_S: Final = 6 * 3600
_PARTS: Final = f".*.{'[0-9a-f]' * 32}.part"
_RECIPE: Final = "1"  # counts up when the same settings make another file


def rendition_name(source: Path, settings: str, suffix: str) -> str:
    """Name what is made of a file by its content and the settings. Blocks: reads the whole file."""
    with source.open("rb") as file:
        content = hashlib.file_digest(file, "sha256").hexdigest()[:_HASH_LETTERS]
    how = hashlib.sha256(f"{_RECIPE}|{settings}".encode()).hexdigest()[:_SETTINGS_LETTERS]
    return f"{content}-{how}{suffix}"


def open_directory(directory: Path) -> None:
    """Make the directory of renditions."""
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise refusals.unwritable(directory) from error


def clear_away(directory: Path) -> None:
    """Remove what processes that were killed left in a directory; nobody else's files are called so."""
    for part in directory.glob(_PARTS):
        with contextlib.suppress(OSError):
            if time.time() - part.stat().st_mtime > _ABANDONED_S:
                part.unlink()


@contextlib.contextmanager
def part_of(target: Path) -> Generator[Path]:
    """Give a name to write to beside the target; whatever is still there at the end is removed."""
    part = target.with_name(f".{target.stem[:40]}.{uuid.uuid4().hex}.part")
    try:
        yield part
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def move_into_place(part: Path, target: Path) -> None:
    """Put a finished file in its place in one step, on the disk before it is seen."""
    with part.open("rb+") as file:
        os.fsync(file.fileno())
    part.replace(target)


def disk_error(error: OSError, source: Path, place: Path) -> MediaRefused:
    """Say what the system's error means for a conversion."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return refusals.disk_full(place)
    if not source.exists():
        return refusals.missing_file(source)
    return refusals.unwritable(place)
