"""What every remote host promises: a service of others that files are put up at.

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
    """One host, with the address that its way's setting holds.

    Making one raises SettingRefused for an address that cannot work, without quoting it.
    ledger: where files are noted before they go up, so that a killed process leaves none there for ever.
    """

    way: ClassVar[Way]
    how_to: ClassVar[str]
    """How a person sets it up: what it is, then lines for a shell that name the setting."""

    def __init__(self, url: Secret, *, clock: Clock = SYSTEM_CLOCK, ledger: Ledger | None = None) -> None:
        self._clock = clock
        self._ledger = ledger
        self._names: dict[str, str] = {}
        self._read(url)

    @abstractmethod
    def _read(self, url: Secret) -> None:
        """Take the address apart. Raises SettingRefused."""

    @property
    @abstractmethod
    def place(self) -> str:
        """Where files go; what another address put up elsewhere is not deleted here."""

    @property
    def endpoint(self) -> str | None:
        """The address that Instagram would have to reach, where the setting names one."""
        return None

    @abstractmethod
    async def put(self, path: Path, *, content_type: str, lifetime_s: float) -> str:
        """Put the file up under a name that nobody can guess and give its URL, good for `lifetime_s`.

        `_note` comes before the upload, `_keep` after it. Raises MediaRefused for a file that is not there,
        HostFailed for what the host refuses.
        """

    async def release(self, url: str) -> None:
        """Delete what `put` put up; other addresses are left alone. Raises HostFailed."""
        name = self._names.pop(url, None)
        if name is not None:
            await self.delete(name)

    async def delete(self, name: str) -> None:
        """Delete a file by the name that was noted; none is fine too. Raises HostFailed."""
        await self._delete(name)
        if self._ledger:
            await asyncio.to_thread(self._ledger.remove, PutUp(self.way, self.place, name))

    @abstractmethod
    async def _delete(self, name: str) -> None: ...

    async def _note(self, name: str) -> None:
        """Note a file before it goes up."""
        if self._ledger:
            await asyncio.to_thread(self._ledger.add, PutUp(self.way, self.place, name))

    def _keep(self, url: str, name: str) -> None:
        """Remember what `release` deletes."""
        self._names[url] = name
