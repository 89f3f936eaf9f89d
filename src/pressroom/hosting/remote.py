"""The base class of remote hosts: services such as an S3 store that files are uploaded to.

Each is a subclass in a file of its own, listed in `remote_hosts`.
"""

import asyncio
from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar

from pressroom.core.clock import SYSTEM_CLOCK, Clock
from pressroom.core.secret import Secret
from pressroom.core.ways import Way
from pressroom.hosting.ledger import Ledger, PutUp


class RemoteHost(ABC):
    """One host, configured by the URL in its way's setting.

    The constructor raises SettingRefused for a URL that cannot work, without quoting it. ledger: records each
    file before it is uploaded, so that those of a killed process are deleted later.
    """

    way: ClassVar[Way]
    how_to: ClassVar[str]
    """How to set it up: what it is, then lines for a shell with the setting."""

    def __init__(self, url: Secret, *, clock: Clock = SYSTEM_CLOCK, ledger: Ledger | None = None) -> None:
        self._clock = clock
        self._ledger = ledger
        self._names: dict[str, str] = {}
        self._read(url)

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
            await asyncio.to_thread(self._ledger.remove, PutUp(self.way, self.place, name))

    @abstractmethod
    async def _delete(self, name: str) -> None: ...

    async def _note(self, name: str) -> None:
        """Record a file before it is uploaded."""
        if self._ledger:
            await asyncio.to_thread(self._ledger.add, PutUp(self.way, self.place, name))

    def _keep(self, url: str, name: str) -> None:
        """Remember the name that `release` deletes for a URL."""
        self._names[url] = name
