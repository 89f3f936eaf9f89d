"""Posts that a process carries by itself, without being the worker.

Each has a file that the process keeps locked: the kernel lets go when the process is gone, so that nobody has
to wait for a dead one's lease to run out, and a worker that starts leaves the living ones theirs.
"""

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from pressroom.core import flock
from pressroom.core.post import PostId


class Carriage:
    """The right of this process to carry one post. predecessor: the lease's name of a process that died."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.predecessor = os.read(descriptor, 200).decode("ascii", "replace")

    def sign(self, worker: str) -> None:
        """Write down under which name the post is leased."""
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, worker.encode(), 0)


@contextmanager
def carriage(home: Path, post_id: PostId) -> Generator[Carriage | None]:
    """Give the right to carry a post while the block runs; None when another living process has it."""
    path = _directory(home) / post_id
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = _locked(path)
    if descriptor is None:
        yield None
        return
    try:
        yield Carriage(descriptor)
    finally:
        path.unlink(missing_ok=True)
        os.close(descriptor)


def is_carried(home: Path, post_id: PostId) -> bool:
    """Tell whether a living process carries a post by itself."""
    return flock.is_locked(_directory(home) / post_id)


def carried(home: Path) -> frozenset[PostId]:
    """List the posts that living processes carry by themselves, and clear away what dead ones left."""
    directory = _directory(home)
    paths = list(directory.iterdir()) if directory.is_dir() else []
    held = {path for path in paths if flock.is_locked(path)}
    for path in set(paths) - held:
        path.unlink(missing_ok=True)
    return frozenset(PostId(path.name) for path in held)


def _directory(home: Path) -> Path:
    return home / "carried"


def _locked(path: Path) -> int | None:
    """Open and lock the file that stands there; one that was removed meanwhile is no longer it."""
    while True:
        descriptor = flock.open_lock_file(path)
        if not flock.try_lock(descriptor):
            os.close(descriptor)
            return None
        if _is_same(descriptor, path):
            return descriptor
        os.close(descriptor)


def _is_same(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False
