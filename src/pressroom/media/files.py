"""Names and writes files: under a temporary name beside the target, then renamed, or deleted on failure.

So no file under a final name is ever half-written. `hosting` uses these for its copies, too.
"""

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

# `hosting.renditions` reads names of these lengths.
_HASH_LETTERS: Final = 24
_SETTINGS_LETTERS: Final = 8
# Longer than `convert` lets any conversion run: 20 times a quarter of an hour.
_ABANDONED_S: Final = 6 * 3600
_PARTS: Final = f".*.{'[0-9a-f]' * 32}.part"
_RECIPE: Final = "2"  # count up when the same settings make a different file, or old renditions are reused


def rendition_name(source: Path, settings: str, suffix: str) -> str:
    """Name a rendition by the content of its source and the settings. Blocks: reads the whole file."""
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
    """Delete the temporary files that killed processes left in a directory; no other file has such a name."""
    for part in directory.glob(_PARTS):
        with contextlib.suppress(OSError):
            if time.time() - part.stat().st_mtime > _ABANDONED_S:
                part.unlink()


@contextlib.contextmanager
def part_of(target: Path) -> Generator[Path]:
    """Give a temporary name beside the target; a file still there at the end is deleted."""
    # In the same directory, since a rename is atomic only within one file system. A long stem is cut, or the
    # name would exceed the 255 bytes that file systems take.
    part = target.with_name(f".{target.stem[:40]}.{uuid.uuid4().hex}.part")
    try:
        yield part
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def move_into_place(part: Path, target: Path) -> None:
    """Rename a finished file to its target, after fsync: a power cut leaves no half-written target."""
    with part.open("rb+") as file:
        os.fsync(file.fileno())
    part.replace(target)


def disk_refusal(error: OSError, source: Path, place: Path) -> MediaRefused:
    """Turn an OSError of a conversion into a refusal."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return refusals.disk_full(place)
    if not source.exists():
        return refusals.missing_file(source)
    return refusals.unwritable(place)


def require_utf8_name(name: str) -> None:
    """Refuse a file's name that is not UTF-8: no JSON, no store and no address can hold it.

    Raises MediaRefused: file_name.
    """
    try:
        name.encode()
    except UnicodeEncodeError:
        raise refusals.file_name(name) from None
