"""Counts which store files this process has open.

POSIX locks belong to the process and end when any of its descriptors of the file is closed. So while a file
is open here, only SQLite may open it: another process could otherwise delete the write-ahead log under it.
Source: https://www.sqlite.org/howtocorrupt.html, section 2.2.
"""

import threading
from collections import Counter
from pathlib import Path
from typing import Final

# Reentrant: `opened` is called while it is held.
turn: Final = threading.RLock()
"""Held while a file is opened or closed."""

_open: Counter[Path] = Counter()


def opened(path: Path) -> None:
    """Count one more open store on the file."""
    with turn:
        # Resolved: two paths of one file share its locks.
        _open[path.resolve()] += 1


def closed(path: Path) -> None:
    """Count one fewer; its connections must be closed."""
    with turn:
        _open[path.resolve()] -= 1


def is_open(path: Path) -> bool:
    """Return whether this process has the file open."""
    return _open[path.resolve()] > 0
