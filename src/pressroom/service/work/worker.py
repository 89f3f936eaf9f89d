"""`Worker`: opens the store, renews tokens and publishes due posts, until it is stopped."""

import asyncio
import logging
import os
import signal
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import Final, Never

from pressroom.accounts.tokens import TokenKeeper, token_jobs
from pressroom.client.client import Client, ExchangeRecord
from pressroom.core import shortage
from pressroom.core.account import Account
from pressroom.core.clock import Clock
from pressroom.core.errors import PressroomError
from pressroom.core.post import Post
from pressroom.core.secret import Secret
from pressroom.core.settings import Settings
from pressroom.dispatch.locks import (
    carried,
    driver_lock,
    only_copy,
    running_here,
)
from pressroom.dispatch.loop import DispatchLoop, Driving, EmbeddedDispatcher
from pressroom.dispatch.periodic import PeriodicRunner, worker_name
from pressroom.hosting.ways import Hosts, OpenHosts, clear_leftovers
from pressroom.media.desk import Desk
from pressroom.publish.driver import Means, PostDriver
from pressroom.publish.sharing import SendsFirst
from pressroom.publish.steps.preparation import Preparation
from pressroom.service.acting.acting import Acting
from pressroom.service.acting.obstacles import record_send_log_failure
from pressroom.service.ground.copies import DeskOfCopies, spent_copies, sweep_copies
from pressroom.service.ground.files import inspector
from pressroom.service.ground.incoming import tidy_uploads
from pressroom.service.ground.pictures import sweep_pictures
from pressroom.service.ground.resources import Resources
from pressroom.service.insights.collecting import CollectingOffice
from pressroom.service.posts.catching_up import catch_up, keep_heartbeat
from pressroom.store.store import Store
from pressroom.store.tidying import tidy_jobs

log: Final = logging.getLogger("pressroom.service")

_JUDGE_AGAIN_S = 60.0
_QUIET_EVERY_S = 60.0
_SEND_LOG_EVERY_S = 10.0
_HOUR_S = 3600.0
_DAY_S = 24 * _HOUR_S


def crash_point_of(environ: Mapping[str, str]) -> Callable[[str], None]:
    """Return what is called at each step's boundary; tests have it end or stop the process at one of them.

    PRESSROOM_CRASH_AT names the step at which it kills itself, PRESSROOM_FREEZE_AT the one at which it stops
    until somebody sends SIGCONT.
    """
    # SIGKILL and not an exception: no handler and no `finally` may run, as in a power cut.
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
    """Drives the posts of a session's store, each as its own account.

    on_driving: called once it begins to drive. on_rest: called with each post when its drive ends. on_saved:
    called with a post before and after each save. on_exchange: called with every API call. on_quiet: called
    once a minute; sends that are due go first.
    lease_s: seconds after which another worker of a shared store takes over from one that died.
    """

    resources: Resources
    acting: Acting
    on_driving: Callable[[], None] = lambda: None
    on_rest: Callable[[Post], None] = lambda _post: None
    on_saved: Callable[[Post, Post], None] = lambda _was, _is: None
    on_exchange: Callable[[ExchangeRecord], None] | None = None
    on_quiet: Callable[[], object] = lambda: None
    crash_point: Callable[[str], None] = lambda _name: None
    lease_s: float = 60.0
    # Leases are held under it.
    name: str = field(default_factory=worker_name)
    _is_only_copy: bool = False
    _means: dict[Account, Means] = field(default_factory=dict[Account, Means])
    _opened: OpenHosts = field(init=False)

    @property
    def settings(self) -> Settings:
        """The session's."""
        return self.resources.settings

    @property
    def clock(self) -> Clock:
        """The session's."""
        return self.resources.clock

    async def run(self) -> None:
        """Work until cancelled. On SQLite it first waits while another worker of this machine drives."""
        async with AsyncExitStack() as stack:
            most = shortage.raise_descriptor_limit()
            if most < shortage.ENOUGH_DESCRIPTORS:
                log.warning(
                    "This worker may hold %d files and connections at once, and needs %d for many posts to "
                    "go out on time: fewer wait for each other. `ulimit -n %d` before it starts, or "
                    "LimitNOFILE= of its service, allows more.",
                    *(most, shortage.ENOUGH_DESCRIPTORS, shortage.MOST_DESCRIPTORS),
                )
            stack.enter_context(shortage.shortages_of_loop_named(asyncio.get_running_loop()))
            store, vault = await self.resources.store(), await self.resources.vault()
            on_tunnel = self.resources.listeners.on_tunnel
            self._opened = OpenHosts(self.settings, clock=self.clock, on_tunnel=on_tunnel)
            stack.push_async_callback(self._opened.aclose)
            stack.callback(asyncio.create_task(_repeated(self._clear_up, store, every_s=_HOUR_S)).cancel)
            stack.callback(asyncio.create_task(_repeated(self._sweep, store, every_s=_DAY_S)).cancel)
            stack.callback(asyncio.create_task(self._end_pause_of_token()).cancel)
            stack.callback(asyncio.create_task(self._watch_send_log(store)).cancel)
            keeper = TokenKeeper(store=store, vault=vault, clock=self.clock, client=self._client)
            collecting = CollectingOffice(
                resources=self.resources,
                store=store,
                account_of=self.acting.account_known_as,
                on_exchange=_all_of(self.on_exchange, self.resources.listeners.on_exchange),
            )
            tidying = tidy_jobs(store, self.clock, insights_keep_days=self.settings.insights_keep_days)
            periodic = PeriodicRunner(
                store=store,
                clock=self.clock,
                worker=self.name,
                jobs=(*token_jobs(keeper), *tidying),
                more=collecting.jobs,
                lease_s=self.lease_s,
            )
            await self._dispatcher(store, periodic, stack).run()

    def record_calls(self, on_exchange: Callable[[ExchangeRecord], None]) -> None:
        """Tell of the calls from now on; of a post that is being driven, from its next drive on."""
        self.on_exchange = on_exchange
        for means in self._means.values():
            means.client.on_exchange = _all_of(on_exchange, self.resources.listeners.on_exchange)

    async def _end_pause_of_token(self) -> None:
        """Resume the account of the environment's token if that was renewed, as soon as Instagram answers."""
        while not await self.acting.end_pause_of_token():
            await self.clock.sleep(_JUDGE_AGAIN_S)

    async def _watch_send_log(self, store: Store) -> None:
        """Keep stored for other processes whether this worker can log its sends."""
        while True:
            try:
                await store.run(record_send_log_failure, store, self.name)
            except PressroomError as error:
                log.debug("whether sends can be logged could not be stored: %s", error)
            await self.clock.sleep(_SEND_LOG_EVERY_S)

    async def _tell_of_quiet(self, sends_first: SendsFirst) -> None:
        while True:
            await self.clock.sleep(_QUIET_EVERY_S)
            await sends_first.passed()
            self.on_quiet()

    async def _clear_up(self, store: Store) -> None:
        """Delete what dead processes left on this machine and no post needs, and uploads that have ended."""
        await tidy_uploads(store, self.settings.assets)
        spent = await spent_copies(store, self.settings.assets)
        await clear_leftovers(self.settings, self.clock, spent=spent)
        await sweep_pictures(store, self.settings, before=time.time() - _DAY_S)

    async def _sweep(self, store: Store) -> None:
        """Delete this machine's copies that no post needs, once they were pictured."""
        await self.resources.pictures.make_missing(store)
        # A day old at least: a younger copy may belong to a post whose row is not stored yet.
        await sweep_copies(store, self.settings.assets, before=time.time() - _DAY_S)

    def _dispatcher(self, store: Store, periodic: PeriodicRunner, stack: AsyncExitStack) -> DispatchLoop:
        # Asked for each drive, since a login or a renewed token may change the answer between two.
        async def means(post: Post) -> Means:
            return self._means_of(await self.acting.account_of(post), stack)

        driver = PostDriver(
            store=store,
            means=means,
            worker=self.name,
            clock=self.clock,
            policy=self.resources.policy,
            on_event=self.resources.listeners.on_event,
            on_rest=self.on_rest,
            on_saved=self.on_saved,
            crash_point=self.crash_point,
            lease_s=self.lease_s,
        )
        stack.callback(asyncio.create_task(self._tell_of_quiet(driver.shared.sends_first)).cancel)
        driving = Driving(drive=driver.drive, clock=self.clock)

        if store.is_shared and self.settings.database_url:
            stack.enter_context(running_here(self.settings.home, self.name))
            return self._cluster(self.settings.database_url, store, driving, periodic, stack)
        return EmbeddedDispatcher(
            store=store,
            clock=self.clock,
            driving=driving,
            periodic=periodic,
            catch_up=lambda: self._catch_up_here(store, stack),
            lock=driver_lock(self.settings),
            # Having the lock, it ends the leases of dead workers; those of a living `publish` must stay.
            spared=partial(carried, self.settings.home),
            on_driving=self.on_driving,
        )

    async def _catch_up_here(self, store: Store, stack: AsyncExitStack) -> None:
        """Have looked for what may be live. Raises StoreRefused where a worker drives another copy."""
        path, policy = store.database.location.path, self.resources.policy
        if path and not self._is_only_copy:  # tried again where the store fails after it
            identity = await store.run(lambda: store.provenance.identity)
            stack.enter_context(only_copy(identity, path))
            self._is_only_copy = True
        await catch_up(store, self.clock, policy, spared=carried(self.settings.home))
        stack.callback(asyncio.create_task(keep_heartbeat(store, self.clock, policy)).cancel)

    def _cluster(
        self,
        database_url: Secret,
        store: Store,
        driving: Driving,
        periodic: PeriodicRunner,
        stack: AsyncExitStack,
    ) -> DispatchLoop:
        from pressroom.dispatch.cluster import ClusterDispatcher, Queue  # noqa: PLC0415  # an extra

        queue = Queue(
            database_url,
            driving.through,
            most_at_once=driving.most_at_once,
            stalled_after_s=self.lease_s / 2,
        )
        return ClusterDispatcher(
            store=store,
            catch_up=lambda: self._catch_up_here(store, stack),
            clock=self.clock,
            queue=queue,
            driving=driving,
            periodic=periodic,
            on_driving=self.on_driving,
            hand_over_s=self.lease_s / 4,
        )

    def _means_of(self, account: Account, stack: AsyncExitStack) -> Means:
        """Open an account's client and media desk, once for each token of it."""
        if account in self._means:
            return self._means[account]
        looks = self.resources.looks
        desk = Desk(self.settings.renditions, ffmpeg_path=self.settings.ffmpeg_path, looks=looks)
        hosts = Hosts(account, self.settings, clock=self.clock, opened=self._opened)
        stack.push_async_callback(hosts.aclose)
        listeners = self.resources.listeners
        preparation = Preparation(
            desk=DeskOfCopies(desk, self.settings.assets, looks),
            host=hosts,
            inspect=inspector(account),
            on_rendition=listeners.on_rendition,
            on_progress=listeners.on_progress,
            on_upload=listeners.on_upload,
        )
        self._means[account] = Means(self._client(account), preparation)
        return self._means[account]

    def _client(self, account: Account) -> Client:
        # Not the session's own client: only the worker's calls count in its metrics.
        ours = self.resources
        on_exchange = _all_of(self.on_exchange, ours.listeners.on_exchange)
        return Client(account, ours.network, clock=ours.clock, pacing=ours.pacing, on_exchange=on_exchange)


def _all_of(*maybe: Callable[[ExchangeRecord], None] | None) -> Callable[[ExchangeRecord], None] | None:
    """Make one listener of several; None where there is none, since to record a call takes time."""
    listeners = [listener for listener in maybe if listener]

    def tell(record: ExchangeRecord) -> None:
        for listener in listeners:
            listener(record)

    return tell if listeners else None


async def _repeated(work: Callable[[Store], Awaitable[None]], store: Store, *, every_s: float) -> Never:
    """Do a piece of housekeeping now and every so often, whatever comes of it."""
    while True:
        try:
            with shortage.shortages_named():
                await work(store)
        except PressroomError as error:
            log.warning("files that nobody needs could not be cleared up: %s", error)
        except Exception:
            # A fault here must not end the task: files would pile up until the worker is started again.
            log.exception("clearing up met a fault of Pressroom's own")
        # `asyncio.sleep`, not the clock: the age of files is real time, whatever clock the session has.
        await asyncio.sleep(every_s)
