"""The base class of remote hosts, such as an S3 store, and the record of what was uploaded to them.

Each host is a subclass of `RemoteHost` in a file of its own, listed in `ways`. It records each upload
in a `Ledger` on disk, so that the uploads of a killed process are found and deleted (`abandoned`). Each
process writes a file of its own and holds its lock for as long as it lives: another process that gets the
lock knows that the writer has ended.
"""

import asyncio
import contextlib
import json
import os
import uuid
from abc import ABC, abstractmethod
from collections.abc import Generator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import ClassVar, TextIO

from pressroom.core import flock
from pressroom.core.clock import SYSTEM_CLOCK, Clock
from pressroom.core.reading_settings import Way
from pressroom.core.secret import Secret

_DIRECTORY = "put_up"


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """One uploaded file. place: the bucket or cloud it is in. name: what deletes it there."""

    way: Way
    place: str
    name: str


class Ledger:
    """The uploads of one process. Blocks. The file is created with the first upload."""

    def __init__(self, home: Path) -> None:
        self._path = home / _DIRECTORY / f"{uuid.uuid4().hex}.jsonl"
        self._file: TextIO | None = None
        self._open = set[RemoteFile]()

    def add(self, file: RemoteFile) -> None:
        """Record a file, before it is uploaded. Raises OSError."""
        if self._file is None:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = self._path.open("a+", encoding="utf-8")
            flock.lock(self._file.fileno())
        self._open.add(file)
        self._write(file)

    def remove(self, file: RemoteFile) -> None:
        """Record that a file is deleted."""
        if file in self._open:
            self._open.remove(file)
            self._write(file)

    def close(self) -> None:
        """Release the lock. Files that are not deleted yet are left to `ways.clear_leftovers`."""
        if self._file is None:
            return
        if not self._open:
            self._path.unlink(missing_ok=True)
        self._file.close()
        self._file = None

    def _write(self, file: RemoteFile) -> None:
        assert self._file is not None
        self._file.write(_line(file, is_there=file in self._open))
        self._file.flush()
        # Before the upload starts: after a power cut, a file that nothing records would never be deleted.
        os.fsync(self._file.fileno())


def _line(file: RemoteFile, *, is_there: bool) -> str:
    return json.dumps({**asdict(file), "is_there": is_there}) + "\n"


@dataclass(slots=True)
class Leftovers:
    """The uploads of a process that has ended. Set `kept` to those that could not be deleted."""

    uploads: frozenset[RemoteFile]
    kept: frozenset[RemoteFile] = frozenset()


def abandoned(home: Path, *, before: float) -> Generator[Leftovers]:
    """Take over, one by one, the ledgers of ended processes that were last written before a unix time."""
    for path in sorted((home / _DIRECTORY).glob("*.jsonl")):
        with contextlib.suppress(OSError):  # another process deleted it, or it is another user's
            if path.stat().st_mtime >= before:
                continue
            with path.open("r+", encoding="utf-8") as file:
                if not flock.try_lock(file.fileno()):
                    continue  # the process lives
                uploads = set[RemoteFile]()
                for line in file:
                    # A killed process may have written half a line.
                    with contextlib.suppress(ValueError, KeyError):
                        fields = json.loads(line)
                        upload = RemoteFile(Way(fields["way"]), fields["place"], fields["name"])
                        (uploads.add if fields["is_there"] else uploads.discard)(upload)
                # When the caller raises or is cancelled, all of it is tried again.
                left = Leftovers(frozenset(uploads), kept=frozenset(uploads))
                yield left
                if not left.kept:
                    path.unlink(missing_ok=True)
                elif left.kept != left.uploads:
                    file.seek(0)
                    file.truncate()
                    file.writelines(_line(upload, is_there=True) for upload in left.kept)


class RemoteHost(ABC):
    """One host, configured by the URL in its way's setting.

    The constructor raises SettingRefused for a URL that cannot work, without quoting it. ledger: records each
    file before it is uploaded, so that those of a killed process are deleted later.
    """

    way: ClassVar[Way]

    def __init__(self, url: Secret, *, clock: Clock = SYSTEM_CLOCK, ledger: Ledger | None = None) -> None:
        self._clock = clock
        self._ledger = ledger
        self._names: dict[str, str] = {}
        self._read(url)

    @classmethod
    @abstractmethod
    def how_to(cls) -> str:
        """Say how to set it up: what it is, then lines for a shell with the setting."""

    @abstractmethod
    def _read(self, url: Secret) -> None:
        """Parse the URL of the setting. Raises SettingRefused."""

    @property
    @abstractmethod
    def place(self) -> str:
        """Where files go. Recorded with each file: files in another place are not deleted by this host."""

    @property
    def endpoint(self) -> str | None:
        """The address that Instagram must reach, when the setting names one."""
        return None

    @abstractmethod
    async def put(self, path: Path, *, content_type: str, lifetime_s: float) -> str:
        """Upload the file under a name that nobody can guess and give its URL, valid for `lifetime_s`.

        Call `_note` before the upload, `_keep` after it. Raises MediaRefused for a file that is not there,
        HostFailed for what the host refuses.
        """

    def serves(self, url: str) -> bool:
        """Tell whether `put` uploaded what a URL gives, and it is not deleted yet."""
        return url in self._names

    async def release(self, url: str) -> None:
        """Delete what `put` uploaded; other URLs are ignored. Raises HostFailed."""
        name = self._names.pop(url, None)
        if name is not None:
            await self.delete(name)

    async def delete(self, name: str) -> None:
        """Delete a file by its recorded name; idempotent. Raises HostFailed."""
        await self._delete(name)
        # Only then: a file whose deletion failed stays on record, and is deleted later.
        if self._ledger:
            await asyncio.to_thread(self._ledger.remove, RemoteFile(self.way, self.place, name))

    @abstractmethod
    async def _delete(self, name: str) -> None: ...

    async def _note(self, name: str) -> None:
        """Record a file before it is uploaded."""
        if self._ledger:
            await asyncio.to_thread(self._ledger.add, RemoteFile(self.way, self.place, name))

    def _keep(self, url: str, name: str) -> None:
        """Remember the name that `release` deletes for a URL."""
        self._names[url] = name
