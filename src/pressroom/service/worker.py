"""`Worker`: opens the store, keeps tokens alive and drives what is due, until it is stopped."""

import asyncio
import logging
import os
import signal
import socket
import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from pressroom.accounts.tokens import TokenKeeper
from pressroom.accounts.vault import Vault, open_vault
from pressroom.client.client import Client
from pressroom.client.exchange import ExchangeRecord
from pressroom.client.transport_aiohttp import AiohttpTransport
from pressroom.core.account import Account, AccountId
from pressroom.core.clock import SYSTEM_CLOCK, Clock
from pressroom.core.errors import PressroomError
from pressroom.core.post import Post
from pressroom.core.protocols import Transport
from pressroom.core.secret import Secret
from pressroom.core.settings import Settings
from pressroom.dispatch.carriage import carried
from pressroom.dispatch.driving import Dispatcher, Driving
from pressroom.dispatch.embedded import EmbeddedDispatcher
from pressroom.dispatch.lock import driver_lock
from pressroom.dispatch.periodic import Job, PeriodicRunner
from pressroom.hosting.leftovers import clear_leftovers
from pressroom.hosting.ways import Hosts
from pressroom.media.desk import Desk
from pressroom.publish.driver import Means, PostDriver
from pressroom.publish.policy import CAREFUL, Policy
from pressroom.publish.preparation import Preparation
from pressroom.service.copies import spent_copies, sweep_copies
from pressroom.service.files import inspector
from pressroom.service.identity import known
from pressroom.service.moved import DeskOfCopies
from pressroom.store.store import Store, open_store

log = logging.getLogger("pressroom.service")

_HOUR_S = 3600.0
_ASK_AGAIN_S = 60.0
_DAY_S = 24 * _HOUR_S
_KEPT_KEYS = timedelta(days=90)
_KEPT_EVENTS = timedelta(days=365)


def crash_point_of(environ: Mapping[str, str]) -> Callable[[str], None]:
    """Read at which step's boundary the process kills itself (PRESSROOM_CRASH_AT) or stops, for tests.

    PRESSROOM_FREEZE_AT stops it until somebody sends SIGCONT.
    """
    deaths = {
        environ.get("PRESSROOM_CRASH_AT"): signal.SIGKILL,
        environ.get("PRESSROOM_FREEZE_AT"): signal.SIGSTOP,
    }

    def reach(name: str) -> None:
        if name in deaths:
            os.kill(os.getpid(), deaths[name])

    return reach


@dataclass(slots=True, kw_only=True)
class Worker:
    """Drives the posts of one store.

    own: an account that need not be stored to be acted for.
    on_driving: told when it has the store to itself. on_rest: told each post that a drive has left.
    on_saved: told what a post was and what it is, each time that is stored. on_exchange: told of every call.
    lease_s: on a shared store, how soon another worker takes over from one that died.
    """

    settings: Settings
    clock: Clock = SYSTEM_CLOCK
    policy: Policy = CAREFUL
    own: Account | None = None
    on_driving: Callable[[], None] = lambda: None
    on_rest: Callable[[Post], None] = lambda _post: None
    on_saved: Callable[[Post, Post], None] = lambda _was, _is: None
    on_exchange: Callable[[ExchangeRecord], None] | None = None
    crash_point: Callable[[str], None] = lambda _name: None
    lease_s: float = 60.0
    name: str = field(default_factory=lambda: f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}")
    _own: AccountId | None = None
    _own_asked_at: float | None = None
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock)
    _means: dict[Account, Means] = field(default_factory=dict[Account, Means])

    async def run(self) -> None:
        """Work until cancelled. On SQLite it waits while another worker of this machine drives."""
        async with AsyncExitStack() as stack:
            store = stack.enter_context(open_store(self.settings.store, clock=self.clock))
            vault = await store.run(open_vault, store, self.settings)
            transport = AiohttpTransport(clock=self.clock)
            stack.push_async_callback(transport.aclose)
            stack.callback(asyncio.create_task(self._clear_up(store)).cancel)
            stack.callback(asyncio.create_task(self._sweep(store)).cancel)
            await self._dispatcher(store, vault, transport, stack).run()

    async def _find_own(self, store: Store, transport: Transport) -> None:
        """Find out whose the token of the environment is; when that fails, ask again later."""
        async with self._asking:  # posts that come meanwhile wait for the answer
            if self.own is None or self._own or self._has_just_asked():
                return
            self._own_asked_at = self.clock.monotonic()
            client = Client(self.own, transport, clock=self.clock, on_exchange=self.on_exchange)
            try:
                self._own = (await known(client, store)).id
            except PressroomError as error:
                log.warning("whose token INSTAGRAM_ACCESS_TOKEN is could not be learnt: %s", error)

    def _has_just_asked(self) -> bool:
        asked_at = self._own_asked_at
        return asked_at is not None and self.clock.monotonic() - asked_at < _ASK_AGAIN_S

    async def _clear_up(self, store: Store) -> None:
        """Delete what this machine's processes left that no post needs, now and every hour of real time."""
        while True:
            try:
                spent = await spent_copies(store, self.settings.assets)
                await clear_leftovers(self.settings, self.clock, spent=spent)
            except PressroomError as error:
                log.warning("what is left could not be cleared up: %s", error)
            await asyncio.sleep(_HOUR_S)

    async def _sweep(self, store: Store) -> None:
        """Delete this machine's copies that no post needs, now and every day of real time."""
        while True:
            try:
                await sweep_copies(store, self.settings.assets, before=time.time() - _DAY_S)
            except PressroomError as error:
                log.warning("copies that no post needs could not be looked for: %s", error)
            await asyncio.sleep(_DAY_S)

    def _dispatcher(
        self, store: Store, vault: Vault, transport: Transport, stack: AsyncExitStack
    ) -> Dispatcher:
        async def means(post: Post) -> Means:
            return await self._means_of(
                await self._account_of(post, store, vault, transport), transport, stack
            )

        driver = PostDriver(
            store=store,
            means=means,
            worker=self.name,
            clock=self.clock,
            policy=self.policy,
            on_rest=self.on_rest,
            on_saved=self.on_saved,
            crash_point=self.crash_point,
            lease_s=self.lease_s,
        )
        driving = Driving(drive=driver.drive, clock=self.clock)
        periodic = self._periodic(store, vault, transport)
        if store.is_shared and self.settings.database_url:
            return self._cluster(self.settings.database_url, store, driving, periodic)
        return EmbeddedDispatcher(
            store=store,
            clock=self.clock,
            driving=driving,
            periodic=periodic,
            lock=driver_lock(self.settings),
            spared=partial(carried, self.settings.home),
            on_driving=self.on_driving,
        )

    def _cluster(
        self, database_url: Secret, store: Store, driving: Driving, periodic: PeriodicRunner
    ) -> Dispatcher:
        from pressroom.dispatch.cluster import ClusterDispatcher  # noqa: PLC0415  # an extra
        from pressroom.dispatch.queue import Queue  # noqa: PLC0415  # an extra

        queue = Queue(
            database_url,
            driving.through,
            most_at_once=driving.most_at_once,
            stalled_after_s=self.lease_s / 2,
        )
        return ClusterDispatcher(
            store=store,
            clock=self.clock,
            queue=queue,
            driving=driving,
            periodic=periodic,
            on_driving=self.on_driving,
            hand_over_s=self.lease_s / 4,
        )

    async def _account_of(self, post: Post, store: Store, vault: Vault, transport: Transport) -> Account:
        """Give whom a post is published as: who is signed in, else the account of the environment."""
        if self.own and not post.login:
            await self._find_own(store, transport)
            if post.account == self._own:
                return self.own
        return await store.run(vault.account_of, post)

    async def _means_of(self, account: Account, transport: Transport, stack: AsyncExitStack) -> Means:
        """Open an account's client and media desk; anew when its token was renewed."""
        if account in self._means:
            return self._means[account]
        client = Client(account, transport, clock=self.clock, on_exchange=self.on_exchange)
        desk = Desk(self.settings.renditions, ffmpeg_path=self.settings.ffmpeg_path)
        hosts = Hosts(account, self.settings, clock=self.clock)
        stack.push_async_callback(hosts.aclose)
        ours = DeskOfCopies(desk, self.settings.assets)
        means = Means(client, Preparation(desk=ours, host=hosts, inspect=inspector(account)))
        self._means[account] = means
        return means

    def _periodic(self, store: Store, vault: Vault, transport: Transport) -> PeriodicRunner:
        def client(account: Account) -> Client:
            return Client(account, _KeptOpen(transport), clock=self.clock, on_exchange=self.on_exchange)

        keeper = TokenKeeper(store=store, vault=vault, clock=self.clock, client=client)

        async def tidy() -> None:
            now = self.clock.now()
            await store.run(store.posts.forget_keys, now - _KEPT_KEYS)
            await store.run(store.events.delete_before, now - _KEPT_EVENTS)
            await store.run(store.quota.delete_before, now - timedelta(days=2))

        jobs = {"renew tokens": Job(keeper.renew_due, 6 * _HOUR_S), "tidy": Job(tidy, 24 * _HOUR_S)}
        return PeriodicRunner(store=store, clock=self.clock, worker=self.name, jobs=jobs)


class _KeptOpen:
    """The worker's transport for a client that is closed after one call."""

    def __init__(self, transport: Transport) -> None:
        self.send = transport.send

    async def aclose(self) -> None:
        """Leave the connections to the worker."""
