"""A record on disk of uploaded files that have to be deleted, so that those of a killed process are found.

Each process writes a file of its own and holds its lock for as long as it lives. Another process that gets
the lock knows that the writer has ended.
"""

import contextlib
import json
import os
import uuid
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TextIO

from pressroom.core import flock
from pressroom.core.ways import Way

_DIRECTORY = "put_up"


@dataclass(frozen=True, slots=True)
class PutUp:
    """One uploaded file. place: the bucket or cloud it is in. name: what deletes it there."""

    way: Way
    place: str
    name: str


class Ledger:
    """The uploads of one process. Blocks. The file is created with the first upload."""

    def __init__(self, home: Path) -> None:
        self._path = home / _DIRECTORY / f"{uuid.uuid4().hex}.jsonl"
        self._file: TextIO | None = None
        self._open = set[PutUp]()

    def add(self, one: PutUp) -> None:
        """Record a file, before it is uploaded. Raises OSError."""
        if self._file is None:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = self._path.open("a+", encoding="utf-8")
            flock.lock(self._file.fileno())
        self._open.add(one)
        self._write(one)

    def remove(self, one: PutUp) -> None:
        """Record that a file is deleted."""
        if one in self._open:
            self._open.remove(one)
            self._write(one)

    def close(self) -> None:
        """Release the lock. Files that are not deleted yet are left to `leftovers`."""
        if self._file is None:
            return
        if not self._open:
            self._path.unlink(missing_ok=True)
        self._file.close()
        self._file = None

    def _write(self, one: PutUp) -> None:
        assert self._file is not None
        self._file.write(_line(one, is_there=one in self._open))
        self._file.flush()
        # Before the upload starts: after a power cut, a file that nothing records would never be deleted.
        os.fsync(self._file.fileno())


def _line(one: PutUp, *, is_there: bool) -> str:
    return json.dumps({**asdict(one), "is_there": is_there}) + "\n"


@dataclass(slots=True)
class Leftovers:
    """The uploads of a process that has ended. Set `kept` to those that could not be deleted."""

    found: frozenset[PutUp]
    kept: frozenset[PutUp] = frozenset()


@contextmanager
def _taken(path: Path) -> Generator[Leftovers | None]:
    """Take over the ledger of a process that has ended; None while it runs."""
    with path.open("r+", encoding="utf-8") as file:
        if not flock.try_lock(file.fileno()):
            yield None
            return
        left = Leftovers(_read(file))
        left.kept = left.found  # when the block raises or is cancelled, all of it is tried again
        yield left
        if not left.kept:
            path.unlink(missing_ok=True)
        elif left.kept != left.found:
            file.seek(0)
            file.truncate()
            file.writelines(_line(one, is_there=True) for one in left.kept)


def _read(lines: Iterable[str]) -> frozenset[PutUp]:
    found = set[PutUp]()
    for line in lines:
        with contextlib.suppress(ValueError, KeyError):  # a killed process may have written half a line
            fields = json.loads(line)
            one = PutUp(Way(fields["way"]), fields["place"], fields["name"])
            (found.add if fields["is_there"] else found.discard)(one)
    return frozenset(found)


def abandoned(home: Path, *, before: float) -> Generator[Leftovers]:
    """Take over, one by one, the ledgers of ended processes that were last written before a unix time."""
    for path in sorted((home / _DIRECTORY).glob("*.jsonl")):
        with contextlib.suppress(OSError):  # another process deleted it, or it is another user's
            if path.stat().st_mtime >= before:
                continue
            with _taken(path) as left:
                if left is not None:
                    yield left
