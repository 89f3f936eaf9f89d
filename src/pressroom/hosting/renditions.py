"""Counts the converted files in the data directory, and deletes old ones."""

import contextlib
import os
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from pressroom.core.settings import Settings

# As `media.files` names them: the beginning of the source's hash, which is the whole name of our copies.
_RENDITION = re.compile(r"([0-9a-f]{24})-[0-9a-f]{8}\.(?:jpg|mp4)")
_HASH_LETTERS = 24
_DAY_S = 24 * 3600.0
# Containers and signed addresses live for a day: what was used within two days may still be fetched.
_IN_USE_S = 2 * _DAY_S
_LONGEST_S = 30 * _DAY_S


@dataclass(frozen=True, slots=True)
class Kept:
    """How many files are kept in a directory, and what they take; hard links of one file count once."""

    count: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class _File:
    """used_at: unix time."""

    path: Path
    inode: int
    size_bytes: int
    links: int
    used_at: float


def kept_files(directory: Path) -> Kept:
    """Count what a directory of renditions, or of pictures, holds. Blocks."""
    files = _once(_files(directory))
    return Kept(len(files), sum(file.size_bytes for file in files))


def sweep_renditions(settings: Settings, *, now: float, spent: Collection[Path] = ()) -> int:
    """Delete renditions last used over 30 days ago and, above the budget, the longest unused. Blocks.

    Those used within two days stay, and those made of a copy that a post will be published from. `spent`: the
    copies that no post needs any more. now: unix time. Gives how many were deleted.
    """
    files = _once(_files(settings.renditions))
    # With a database server, copies are in a directory below.
    copies = (Path(place, name) for place, _, names in os.walk(settings.home / "assets") for name in names)
    needed = frozenset(copy.name[:_HASH_LETTERS] for copy in copies if copy not in spent)
    resting = list[_File]()
    for file in files:
        match = _RENDITION.fullmatch(file.path.name)
        # One with a second link is being served under its other name.
        if match and match[1] not in needed and file.links == 1 and now - file.used_at > _IN_USE_S:
            resting.append(file)
    excess_bytes = sum(file.size_bytes for file in files) - settings.renditions_max_bytes
    deleted = 0
    for file in sorted(resting, key=lambda file: file.used_at):
        if now - file.used_at <= _LONGEST_S and excess_bytes <= 0:
            break  # those that follow were used later still
        with contextlib.suppress(OSError):
            if _file(file.path) == file:  # not used or linked meanwhile
                file.path.unlink()
                excess_bytes -= file.size_bytes
                deleted += 1
    return deleted


def _files(directory: Path) -> Iterator[_File]:
    with contextlib.suppress(FileNotFoundError), os.scandir(directory) as entries:
        for entry in entries:
            with contextlib.suppress(OSError):  # another process deleted it
                if entry.is_file(follow_symlinks=False):
                    yield _file(Path(entry.path))


def _file(path: Path) -> _File:
    status = path.lstat()
    # Every way reads the file, but some file systems keep no atime. The signed route sets the mtime.
    used_at = max(status.st_atime, status.st_mtime)
    return _File(path, status.st_ino, status.st_size, status.st_nlink, used_at)


def _once(files: Iterator[_File]) -> list[_File]:
    return list({file.inode: file for file in files}.values())
