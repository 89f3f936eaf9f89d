"""The files of the data directory that others may use, and how they are closed."""

import stat
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

from pressroom.service.doctor.judge_facts import OpenPath

# What Pressroom makes there. A data directory may be somebody's own, with other things in it.
_OURS = (
    "pressroom.db*",
    "*.key",
    "*.lock",
    "assets",
    "carried",
    "downloads",
    "put_up",
    "renditions",
    "sandboxes",
    "sandbox.log",
    "version-warned",
)
_OTHERS = 0o077
_DIRECTORY_MODE, _FILE_MODE = 0o700, 0o600


def open_paths(home: Path) -> tuple[OpenPath, ...] | None:
    """Return the data directory and what is ours in it, as far as others may use it.

    None without one, and for one that this user may not look into.
    """
    try:
        return tuple(_open([home, *_ours(home)])) if home.is_dir() else None
    except OSError:
        return None


def close(home: Path) -> tuple[Path, ...]:
    """Take from others what they may do with our files, and return those that were open.

    The directory itself is closed only if nothing but ours is in it. Raises OSError.
    """
    loose = [one.path for one in open_paths(home) or () if one.path != home or _is_all_ours(home)]
    for path in loose:
        path.chmod(_DIRECTORY_MODE if path.is_dir() else _FILE_MODE)
    return tuple(loose)


def _open(paths: list[Path]) -> Iterator[OpenPath]:
    for path in paths:
        try:
            found = path.lstat()
        except OSError:  # gone meanwhile
            continue
        mode = stat.S_IMODE(found.st_mode)
        if mode & _OTHERS and not stat.S_ISLNK(found.st_mode):
            yield OpenPath(path, mode)


def _ours(home: Path) -> Iterator[Path]:
    for path in sorted(home.iterdir()):
        if _is_ours(path):
            yield path


def _is_ours(path: Path) -> bool:
    return any(fnmatch(path.name, pattern) for pattern in _OURS)


def _is_all_ours(home: Path) -> bool:
    return all(map(_is_ours, home.iterdir()))
