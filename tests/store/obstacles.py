"""What keeps a file from being written: something else in its place, or a disk without room."""

import os
import resource
import socket
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

OBSTACLES = ("a FIFO", "a directory", "a symbolic link", "a socket")


def put_in_place_of(path: Path, kind: str) -> None:
    """Put one of `OBSTACLES` where a file belongs."""
    match kind:
        case "a FIFO":
            os.mkfifo(path)
        case "a directory":
            path.mkdir()
        case "a symbolic link":
            path.with_name("elsewhere").touch()
            path.symlink_to(path.with_name("elsewhere"))
        case _:
            with socket.socket(socket.AF_UNIX) as listener:
                # Bound by a short name: a socket's path may have about a hundred characters.
                before = Path.cwd()
                os.chdir(path.parent)
                try:
                    listener.bind(path.name)
                finally:
                    os.chdir(before)


def remove(path: Path) -> None:
    """Remove what `put_in_place_of` put there."""
    path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()


@contextmanager
def files_no_larger_than(size: int) -> Generator[None]:
    """Let each write of this process fail that would make a file larger, as a full disk does."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
