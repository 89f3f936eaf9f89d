"""Which store files this process has open.

SQLite's locks belong to the process, and the system ends them all when any descriptor of the file is closed.
So nothing but SQLite may touch a file that is open here: another process could otherwise take the log away.
Source: https://www.sqlite.org/howtocorrupt.html, section 2.2.
"""

import threading
from collections import Counter
from pathlib import Path

turn = threading.RLock()
"""Held while a file is made ready or let go."""

_open: Counter[Path] = Counter()


def opened(path: Path) -> None:
    """Count a store that is open."""
    with turn:
        _open[path.resolve()] += 1


def closed(path: Path) -> None:
    """Count one less; its connections are closed by then."""
    with turn:
        _open[path.resolve()] -= 1


def is_open(path: Path) -> bool:
    """Tell whether this process has the file open."""
    return _open[path.resolve()] > 0
