"""`Resources`: what a session opens once, when first needed, and shares with everything inside it.

That is the store, the vault, the network and a client for each account, beside settings, clock and caches.
`Listeners` are the caller's callbacks for what happens while a post is published.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from pressroom.client.pacing import ADAPTIVE, Pacing
from pressroom.core.account import Account
from pressroom.core.assets import Asset, MediaReport, Rendition
from pressroom.core.clock import SYSTEM_CLOCK, Clock
from pressroom.core.journal import JournalEvent
from pressroom.core.protocols import Transport
from pressroom.core.settings import Settings
from pressroom.media.looks import Looks
from pressroom.publish.context import ignore_progress, ignore_rendition, ignore_report
from pressroom.publish.machine.policy import CAREFUL, Policy
from pressroom.service.ground.pictures import Pictures

if TYPE_CHECKING:
    from pressroom.accounts.vault import Vault
    from pressroom.client.client import Client, ExchangeRecord
    from pressroom.store.store import Store

log: Final = logging.getLogger("pressroom.service")
DoneT = TypeVar("DoneT")


def ignore_event(event: JournalEvent) -> None:
    """Do nothing."""


def ignore_tunnel(program: str) -> None:
    """Do nothing."""


def ignore_version(version: str, warning: str) -> None:
    """Do nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listeners:
    """Callbacks of a session. All are called on the event loop and must return at once.

    on_tunnel: called with the program that opens one. on_version: called with the API version in use and a
    warning that it ends soon or is not known.
    """

    on_event: Callable[[JournalEvent], None] = ignore_event
    on_exchange: "Callable[[ExchangeRecord], None] | None" = None
    on_rendition: Callable[[Asset, Rendition], None] = ignore_rendition
    on_report: Callable[[Asset, MediaReport], None] = ignore_report
    on_progress: Callable[[Asset, float], None] = ignore_progress
    on_upload: Callable[[Asset, float], None] = ignore_progress
    on_tunnel: Callable[[str], None] = ignore_tunnel
    on_version: Callable[[str, str], None] = ignore_version


@dataclass(slots=True, kw_only=True)
class Resources:
    """Settings, store, vault, network, clock and listeners of one session. Call `aclose` at the end.

    environ: environment variables; an account that is not stored is read from them. transport: None opens the
    network at the first call. works: True if a worker runs in this session. looks: cached results of
    inspecting media files. find_local_zone: returns the name of the machine's time zone, or None if it is
    unknown; passed only if the user sits at this machine's terminal. locale: the user's, such as `en_GB`,
    for reading times; "" if it is unknown.
    """

    settings: Settings
    environ: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    clock: Clock = SYSTEM_CLOCK
    pacing: Pacing = ADAPTIVE
    policy: Policy = CAREFUL
    listeners: Listeners = field(default_factory=Listeners)
    transport: Transport | None = None
    works: bool = False
    looks: Looks = field(default_factory=Looks)
    find_local_zone: Callable[[], str | None] | None = None
    locale: str = ""
    _store: "Store | None" = None
    _vault: "Vault | None" = None
    _pictures: Pictures | None = None
    _network: "_KeptOpen | None" = None
    _clients: "dict[Account, Client]" = field(default_factory=dict[Account, "Client"])
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)
    _opening: asyncio.Lock = field(default_factory=asyncio.Lock)
    _tasks: dict[str, asyncio.Task[Any]] = field(default_factory=dict[str, asyncio.Task[Any]])

    @property
    def has_store(self) -> bool:
        """Whether a store exists, on a server or as a file. `store` creates one otherwise."""
        if self._store is not None or self.settings.database_url is not None:
            return True
        return isinstance(self.settings.store, Path) and self.settings.store.exists()

    async def store(self) -> "Store":
        """Open or create the store, once. Raises StoreRefused, StoreFailed or SettingRefused."""
        if self._store is not None:  # as nearly always: no lock is needed
            return self._store
        # Use-cases run side by side; without the lock two that come first would each open a store.
        async with self._opening:
            if self._store is None:
                # Imported in a thread, since loading SQLAlchemy would stall the event loop.
                await asyncio.to_thread(import_module, "pressroom.store.store")
                from pressroom.store.store import open_store  # noqa: PLC0415  # loads SQLAlchemy

                self._store = await asyncio.to_thread(
                    open_store,
                    self.settings.store,
                    clock=self.clock,
                    home=self.settings.home,
                    marks=self.settings.marks,
                )
                self._stack.push_async_callback(asyncio.to_thread, self._store.close)
            return self._store

    async def close_store(self) -> None:
        """Close the store, which the next use opens anew: its file is about to be replaced."""
        async with self._opening:
            store, self._store, self._vault = self._store, None, None
            if store:
                await asyncio.to_thread(store.close)

    async def vault(self) -> "Vault":
        """Open the vault over the store, once. Raises what `store` raises, SettingRefused for a bad key."""
        # Before the lock, which `store` takes itself and asyncio does not let a task take twice.
        store = await self.store()
        async with self._opening:
            if self._vault is None:
                from pressroom.accounts.vault import open_vault  # noqa: PLC0415  # loads the ciphers

                self._vault = await store.run(open_vault, store, self.settings)
            return self._vault

    @property
    def pictures(self) -> Pictures:
        """The small pictures of posts."""
        if self._pictures is None:
            self._pictures = Pictures(self.settings, self.looks)
            self._stack.push_async_callback(self._pictures.aclose)
        return self._pictures

    @property
    def network(self) -> Transport:
        """The transport of every client here; only the session closes it."""
        if self._network is None:
            transport = self.transport or _network(self.clock)
            self._stack.push_async_callback(transport.aclose)
            self._network = _KeptOpen(transport)
        return self._network

    def client(self, account: Account) -> "Client":
        """Return the client of an account, one for each."""
        from pressroom.client.client import Client  # noqa: PLC0415  # for what is asked of Instagram

        # An account holds its token, so a renewed token makes another key and a new client.
        if account not in self._clients:
            self._clients[account] = Client(
                account,
                self.network,
                clock=self.clock,
                pacing=self.pacing,
                on_exchange=self.listeners.on_exchange,
            )
        return self._clients[account]

    def at_end(self, do: Callable[[], Awaitable[None]]) -> None:
        """Have `do` called at the end, before anything is closed that is open now."""
        # The stack unwinds from the newest to the oldest.
        self._stack.push_async_callback(do)

    def in_background(self, name: str, work: Callable[[], Coroutine[Any, Any, DoneT]]) -> asyncio.Task[DoneT]:
        """Begin work that goes on when its caller is gone, or return that of the name which is under way.

        What is under way at the end is cancelled. What it raises is for whoever waits for it.
        """
        if name not in self._tasks:
            self._tasks[name] = asyncio.create_task(work())
            self._tasks[name].add_done_callback(lambda ended: self._forget(name, ended))
        return self._tasks[name]

    def _forget(self, name: str, ended: asyncio.Task[Any]) -> None:
        del self._tasks[name]
        # Looked at, since perhaps nobody waits for it any more.
        if not ended.cancelled() and (error := ended.exception()):
            log.info("%s: %s", name, error)

    async def aclose(self) -> None:
        """End what is under way, then close everything that was opened."""
        tasks = tuple(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._stack.aclose()


class _KeptOpen:
    """Lends the session's transport to clients, each of which closes its own."""

    def __init__(self, transport: Transport) -> None:
        self.send = transport.send

    async def aclose(self) -> None:
        """Leave the connections to the session."""


def _network(clock: Clock) -> Transport:
    from pressroom.client.transport_aiohttp import AiohttpTransport  # noqa: PLC0415  # loads the HTTP client

    return AiohttpTransport(clock=clock)
