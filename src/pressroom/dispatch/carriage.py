"""Posts that a process publishes by itself, without being the worker.

Each has a file that the process keeps locked. The kernel ends the lock with the process, so that nobody waits
for a dead process's lease to run out, and a worker that starts leaves the leases of living ones alone.
"""

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from pressroom.core import flock
from pressroom.core.post import PostId


class Carriage:
    """The right of this process to publish one post. predecessor: the name a dead one leased it by."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.predecessor: Final = os.read(descriptor, 200).decode("ascii", "replace")

    def sign(self, worker: str) -> None:
        """Write down under which name the post is leased."""
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, worker.encode(), 0)


@contextmanager
def carriage(home: Path, post_id: PostId) -> Generator[Carriage | None]:
    """Give the right to publish a post while the block runs; None when another living process has it."""
    path = _directory(home) / post_id
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = flock.lock_own_file(path)
    if descriptor is None:
        yield None
        return
    try:
        yield Carriage(descriptor)
    finally:
        flock.remove_own_file(path, descriptor)


def is_carried(home: Path, post_id: PostId) -> bool:
    """Tell whether a living process publishes a post by itself."""
    return flock.is_locked(_directory(home) / post_id)


def carried(home: Path) -> frozenset[PostId]:
    """List the posts that living processes publish by themselves, and remove the files of dead ones."""
    directory = _directory(home)
    paths = list(directory.iterdir()) if directory.is_dir() else []
    held = {path for path in paths if flock.is_locked(path)}
    for path in set(paths) - held:
        path.unlink(missing_ok=True)
    return frozenset(PostId(path.name) for path in held)


def _directory(home: Path) -> Path:
    return home / "carried"
