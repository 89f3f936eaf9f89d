"""Sandboxes that run on this machine: each has a record in the data directory, locked while it lives.

The lock tells whether a record is true: only the process that wrote it can hold it, and it goes with it.
"""

import contextlib
import json
import os
import signal
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from pressroom.core import flock

_STOP_S: Final = 10.0
_POLL_S: Final = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A sandbox that answers at `url`. token: its own invented one, or the one it was given.

    proxy: what leads a program to it under Meta's own names; empty without a proxy.
    options: what it was started with.
    """

    pid: int
    url: str
    user_id: str
    token: str
    proxy: dict[str, str] = field(default_factory=dict[str, str])
    options: dict[str, Any] = field(default_factory=dict[str, Any])

    @property
    def page(self) -> str:
        """Where a person can look at it."""
        return f"{self.url}/_sandbox/"

    @property
    def env(self) -> dict[str, str]:
        """What to export so that Pressroom and the helpers use it."""
        return {
            "INSTAGRAM_API_BASE": self.url,
            "INSTAGRAM_ACCESS_TOKEN": self.token,
            "INSTAGRAM_USER_ID": self.user_id,
        }


def records_in(home: Path) -> Path:
    """Give the directory of the records."""
    return home / "sandboxes"


@contextmanager
def recorded(home: Path, running: Running) -> Generator[None]:
    """Keep the record while the block runs."""
    directory = records_in(home)
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    directory.mkdir(mode=0o700, exist_ok=True)
    path, draft = directory / f"{running.pid}.json", directory / f".{running.pid}.draft"
    descriptor = flock.open_lock_file(draft, extra_flags=os.O_TRUNC)
    with os.fdopen(descriptor, "r+", encoding="utf-8") as file:
        flock.lock(descriptor)
        json.dump(asdict(running), file)
        file.flush()
        # Whoever finds a record that nobody holds clears it away, so it is held before it can be found.
        draft.replace(path)
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def find_running(home: Path) -> list[Running]:
    """List the sandboxes that run, and clear away the records of those that do not."""
    return [running for _, running in _living(home)]


def _living(home: Path) -> Iterator[tuple[Path, Running]]:
    for path in sorted(records_in(home).glob("*.json")):
        if not flock.is_locked(path):
            path.unlink(missing_ok=True)
            continue
        # Gone meanwhile, or being written this moment.
        with contextlib.suppress(FileNotFoundError, ValueError, TypeError):
            yield path, Running(**json.loads(path.read_text(encoding="utf-8")))


def stop_running(home: Path, pid: int | None = None) -> tuple[list[Running], list[Running]]:
    """End the recorded sandbox of a process, or every one. Blocks.

    Gives those that ended, and those that still run after some seconds.
    """
    asked = [one for one in _living(home) if pid in (None, one[1].pid)]
    for _, running in asked:
        with contextlib.suppress(ProcessLookupError):
            os.kill(running.pid, signal.SIGTERM)
    deadline = time.monotonic() + _STOP_S
    pids = {running.pid for _, running in asked}
    while (left := _still(home, pids)) and time.monotonic() < deadline:
        time.sleep(_POLL_S)
    pids = {running.pid for running in left}
    ended = [running for _, running in asked if running.pid not in pids]
    return ended, [running for _, running in asked if running.pid in pids]


def _still(home: Path, pids: set[int]) -> list[Running]:
    return [running for running in find_running(home) if running.pid in pids]
