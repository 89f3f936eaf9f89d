"""`WorkService`: runs the worker, tells the state of the work, and looks after the store."""

import asyncio
import logging
import os
from collections.abc import AsyncGenerator, Callable, Collection, Mapping
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from pressroom.core.account import Account, AccountId, PausedAccount, shown_account
from pressroom.core.consent import Key
from pressroom.core.errors import PressroomError, StoreFailed, StoreRefused
from pressroom.core.journal import Entry, Trail, TrailQuery
from pressroom.core.post import WAITING_STATES, Post, PostId, PostState
from pressroom.core.secret import Secret
from pressroom.core.settings import API_BASE, Mask, without_secrets
from pressroom.core.shortage import shortages_named
from pressroom.core.stored_posts import PostQuery
from pressroom.hosting.renditions import Kept, kept_files
from pressroom.service.acting.acting import Acting
from pressroom.service.acting.obstacles import Health, Obstacles, health
from pressroom.service.consent.gate import Gate
from pressroom.service.ground.resources import Resources
from pressroom.service.posts.catching_up import CaughtUp, catch_up, hold_back_all
from pressroom.service.posts.lists import PostLists
from pressroom.service.work.following import Following

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from pressroom.service.work.metrics import Metrics
    from pressroom.service.work.watch import Watch
    from pressroom.service.work.ways import Delivery
    from pressroom.service.work.worker import Worker
    from pressroom.store.upkeep import Upgrade

log: Final = logging.getLogger("pressroom.worker")

# Seconds until a worker inside a session that failed is replaced by a new one.
_AGAIN_S, _REFUSED_AGAIN_S = 1.0, 60.0
_MOST_POSTPONED = 100
_NEEDS_PERSON = (PostState.NEEDS_ATTENTION, PostState.FAILED)


class AnotherWorker(PressroomError):
    """Another process drives the store."""

    code: int | str | None = "another_worker"


class Started(NamedTuple):
    """A worker that has started. store: its place. metrics_url: None where none are served."""

    pid: int
    store: str
    metrics_url: str | None


class Restored(NamedTuple):
    """A backup that took the place of a store. kept: the earlier file, None where there was none."""

    kept: Path | None
    caught_up: CaughtUp


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The state of the work.

    worker_pid: of the worker on this machine. overdue: number of posts a minute past their time.
    send_log_problem: why no send can be logged, so that nothing is published; None while it works.
    postponed: the next posts that a full quota moved. went_out: of posts that need a person, what showed the
    same since they were made. renditions, pictures: converted files and the small pictures of posts on this
    machine, whose budgets are renditions_max_bytes and pictures_max_bytes. uploads: those of the whole store,
    ended ones too whose files are still there; together they take uploads_max_bytes at most.
    """

    is_worker_running: bool
    worker_pid: int | None
    counts: Mapping[PostState, int]
    overdue: int
    send_log_problem: str | None
    next_due: Post | None
    paused: tuple[PausedAccount, ...]
    postponed: tuple[Post, ...]
    needs_person: tuple[Post, ...]
    went_out: Mapping[PostId, Post]
    renditions: Kept
    renditions_max_bytes: int
    pictures: Kept
    pictures_max_bytes: int
    uploads: Kept
    uploads_max_bytes: int


class WorkService:
    """The use-cases of operating a worker and its store. Any may raise StoreRefused or StoreFailed."""

    def __init__(self, resources: Resources, acting: Acting, posts: PostLists, gate: Gate) -> None:
        self._resources = resources
        self._acting = acting
        self._posts = posts
        self._gate = gate
        self._obstacles = Obstacles(resources, acting)
        self._following = Following(resources)
        self._metrics: Metrics | None = None
        self._inside: Watch | None = None
        self._at_work: Worker | None = None

    async def worker_pid(self) -> int | None:
        """Return the process id of this machine's worker, one of several on a server; None for none here.

        Where it is a number, `health` counts a worker as running; a server's may also run elsewhere.
        """
        return await self._obstacles.worker_pid()

    async def is_worker_running(self) -> bool:
        """Tell whether a worker runs: on this machine, or on any where the store is on a server."""
        return await self._obstacles.is_worker_running()

    async def overview(self) -> Overview:
        """Return the state of the whole store."""
        ours, store = self._resources, await self._resources.store()
        counts = await store.run(store.posts.counts)
        waiting = PostQuery(states=WAITING_STATES, due_from=ours.clock.now(), limit=1)
        postponed = PostQuery(states=WAITING_STATES, is_postponed=True, limit=_MOST_POSTPONED)
        coming = (await self._posts.find(waiting)).posts
        from pressroom.service.ground.twins import find_published_since  # noqa: PLC0415  # rare

        seen = await self.health()
        needs_person = await self._posts.find_all(PostQuery(states=_NEEDS_PERSON))
        return Overview(
            is_worker_running=seen.is_driven,
            worker_pid=await self.worker_pid(),
            counts={state: counts[state] for state in PostState if counts.get(state)},
            overdue=seen.overdue,
            send_log_problem=str(seen.send_log_failure) if seen.send_log_failure else None,
            next_due=coming[0] if coming else None,
            paused=await store.run(store.accounts.paused, ours.clock.now()),
            postponed=(await self._posts.find(postponed)).posts,
            needs_person=needs_person,
            went_out=await find_published_since(store, needs_person),
            renditions=await asyncio.to_thread(kept_files, ours.settings.renditions),
            renditions_max_bytes=ours.settings.renditions_max_bytes,
            pictures=await asyncio.to_thread(kept_files, ours.settings.pictures),
            pictures_max_bytes=ours.settings.pictures_max_bytes,
            uploads=Kept(*await store.run(store.uploads.count)),
            uploads_max_bytes=ours.settings.uploads_max_bytes,
        )

    async def health(self) -> Health:
        """Return whether a worker runs and how many posts are overdue."""
        store = await self._resources.store()
        return await health(store, self._resources.clock, is_driven=await self.is_worker_running())

    async def cursor(self, after: str | None = None) -> str:
        """Return where the journal ends now, for `changes`. Take it before you read what you show.

        after: return this one instead, if it can be gone on from. Raises UnusableCursor if not.
        """
        return await self._following.cursor(after)

    def changes(
        self,
        after: str | None = None,
        *,
        account: str | None = None,
        accounts: Collection[AccountId] | None = None,
        key: Key | None = None,
    ) -> AsyncGenerator[Entry]:
        """Follow the journal: yields what any process writes, in commit order, within half a second.

        Every entry comes exactly once, however slow the reader is. Ends with the session.
        after: the cursor of the last entry that was read; None begins with the first step of the iteration.
        account: only what is of it. accounts: only what is of one of them; None for all, and for what is of
        none. key: of the API client that reads; the entries end when it is revoked or expires, and nothing
        that happened afterwards is yielded. Raises UnusableCursor for a cursor that is not of this store, and
        for one whose next events were deleted: read the state anew; NotFound for an unknown account.
        """
        entries = self._following.entries(after, key)
        if accounts is not None:
            entries = self._changes_of(entries, accounts)
        return entries if account is None else self._changes_of(entries, account)

    async def _changes_of(
        self, entries: AsyncGenerator[Entry], accounts: str | Collection[AccountId]
    ) -> AsyncGenerator[Entry]:
        """Yield the entries of an account, by its name or id, or of any of several."""
        if isinstance(accounts, str):
            await self._acting.require_known(accounts)
            login = await self._acting.login(accounts)
            accounts = (login.account if login else AccountId(accounts),)
        async with aclosing(entries):
            async for entry in entries:
                if entry.account and not {entry.account, shown_account(entry.account)}.isdisjoint(accounts):
                    yield entry

    async def trail(self, query: TrailQuery) -> Trail:
        """Return a page of what people and programs did to posts and accounts, the newest first.

        Raises NotFound for an account that is unknown, and that nothing was done to.
        """
        store = await self._resources.store()
        page = await store.run(store.events.trail, query)
        if query.account and not page.entries:
            await self._acting.require_known(query.account)
        return page

    async def tell(
        self, title: str, text: str, *, html: str | None = None, file: Path | None = None, command: str = ""
    ) -> "tuple[Delivery, ...]":
        """Tell people something once, such as a report, by every way that the settings name for notices.

        Each way is tried once, and what became of it is returned; nothing is stored or repeated.
        text: for whoever shows no HTML. html: says the same. file: goes along where a way takes files, and
        is named by its path where it does not. command: what to run to see more.

        Raises SettingRefused where no way is set up or one cannot work, Refused for a file that cannot be
        read.
        """
        from pressroom.service.work.ways import Letter, channels_of, send_letter  # noqa: PLC0415  # loads the HTTP client

        ours, mask = self._resources, self._mask()
        letter = Letter(
            at=ours.clock.now(),
            title=mask(title),
            text=mask(text),
            html=None if html is None else mask(html),
            file=file,
            command=mask(command),
        )
        environ = without_secrets(ours.environ)
        return await send_letter(letter, await asyncio.to_thread(channels_of, ours.settings, environ))

    async def run(
        self,
        *,
        metrics_at: tuple[str, int] | None = None,
        on_started: Callable[[Started], None] = lambda _started: None,
        on_quiet: Callable[[], object] = lambda: None,
    ) -> None:
        """Publish due posts and renew tokens, until cancelled.

        metrics_at: host and port where metrics and health are served over HTTP; port 0 is any free one.
        on_quiet: called once a minute; sends that are due go first. Raises AnotherWorker where a worker of
        this machine drives the store already, SettingRefused for a way of notices that cannot work, and for
        files that go by a quick tunnel.
        """
        from pressroom.store.location import locate  # noqa: PLC0415  # loads SQLAlchemy

        where = locate(self._resources.settings.store)
        # Told now, for a clear error; the lock that `Worker.run` takes is what keeps two from driving. On a
        # server any number of workers share the posts.
        pid = await self.worker_pid() if where.is_sqlite else None
        if pid is not None:
            raise AnotherWorker(
                f"Process {pid} works on this store already.",
                fix="Leave the work to it, or stop it first.",
            )
        await self._require_lasting_ways()
        watch = self._watch(metrics_at)
        async with watch.beside() as metrics_url:
            worker = self._worker(watch)

            def on_driving() -> None:
                watch.is_driving = True
                on_started(Started(os.getpid(), str(where), metrics_url))
                metrics = f" Metrics: {metrics_url}/metrics." if metrics_url else ""
                log.info("Working on %s. Ctrl-C stops.%s", where, metrics)

            worker.on_driving, worker.on_quiet = on_driving, on_quiet
            await worker.run()

    @asynccontextmanager
    async def beside(self) -> AsyncGenerator[None]:
        """Run a worker and send notices while the block runs; a worker that fails is replaced.

        Raises SettingRefused for a way of notices that cannot work, and for files that go by a quick tunnel.
        """
        await self._require_lasting_ways()
        self._inside = watch = self._watch(None)
        watch.metrics = self._metrics
        async with watch.beside():
            task = asyncio.create_task(self._keep_working(watch), name="pressroom worker")
            try:
                yield
            finally:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    def metrics_app(self) -> "ASGIApp":
        """Make an ASGI app for a program of yours: `/metrics` as Prometheus reads it, and `/healthz`.

        Of a session that works it counts what the worker inside does from then on; all else is read from the
        store at each request. It asks nobody who they are.
        """
        from pressroom.service.work.metrics import Metrics, metrics_app  # noqa: PLC0415  # loads Prometheus' client

        self._metrics = self._metrics or Metrics()
        if self._inside and not self._inside.metrics:
            self._inside.metrics = self._metrics
            if self._at_work:
                self._at_work.record_calls(self._inside.called)
        ours = self._resources
        return metrics_app(ours.store, ours.clock, self._metrics, self.is_worker_running)

    async def _keep_working(self, watch: "Watch") -> None:
        while True:
            try:
                with shortages_named():
                    self._at_work = self._worker(watch)
                    await self._at_work.run()
            except StoreRefused as error:
                # Such as a copy of a store that is driven: nothing changes from one second to the next.
                log.warning("the worker had to stop: %s", error)
                await self._resources.clock.sleep(_REFUSED_AGAIN_S)
            except PressroomError as error:
                log.warning("the worker had to stop: %s", error)
            # A fault of ours, too, must not end the publishing of a program that runs for months.
            except Exception:
                log.exception("the worker met a fault of Pressroom's own")
            await self._resources.clock.sleep(_AGAIN_S)

    async def _require_lasting_ways(self) -> None:
        ours = self._resources
        if ours.settings.tunnel is None:
            return
        from pressroom.hosting.ways import require_lasting  # noqa: PLC0415  # loads hosts

        logins = ()
        with suppress(StoreRefused, StoreFailed):  # the worker meets it, too, and says so
            store = await ours.store()
            logins = await store.run(store.accounts.list)
        accounts = [
            Account(token=Secret("none"), login_type=login.login_type, api_base=login.api_base)
            for login in logins
        ]
        if own := self._acting.own:
            accounts.append(own)
        # Whoever signs in later: of Instagram, unless the environment says otherwise.
        later = Account(token=Secret("none"), api_base=API_BASE.read(ours.environ)[0])
        require_lasting(ours.settings, accounts or [later])

    def _watch(self, metrics_at: tuple[str, int] | None) -> "Watch":
        from pressroom.service.work.watch import Watch  # noqa: PLC0415  # loads the HTTP client

        ours = self._resources
        return Watch(
            settings=ours.settings,
            clock=ours.clock,
            environ=without_secrets(ours.environ),
            mask=self._mask(),
            metrics_at=metrics_at,
        )

    def _mask(self) -> Mask:
        own = self._acting.own
        secrets = (own.token.reveal(),) if own else ()
        return Mask((*secrets, *Mask.of(self._resources.environ).secrets))

    def _worker(self, watch: "Watch") -> "Worker":
        from pressroom.service.work.worker import Worker, crash_point_of  # noqa: PLC0415  # loads decoders and servers

        return Worker(
            resources=self._resources,
            acting=self._acting,
            on_saved=watch.saved,
            on_exchange=watch.called if watch.metrics_at or watch.metrics else None,
            crash_point=crash_point_of(self._resources.environ),
        )

    @property
    def store_name(self) -> str:
        """The store's place, without a password."""
        from pressroom.store.location import locate  # noqa: PLC0415  # loads SQLAlchemy

        return str(locate(self._resources.settings.store))

    async def upgrade(self) -> "Upgrade":
        """Upgrade the store to this program's revision, on a server the workers' queue too.

        Raises NotFound without a store, StoreRefused, StoreFailed when others have the file open.
        """
        from pressroom.store import upkeep  # noqa: PLC0415  # loads SQLAlchemy

        where = self._resources.settings.store
        done = await asyncio.to_thread(upkeep.upgrade, where)
        if isinstance(where, Secret):
            from pressroom.dispatch.cluster import upgrade_queue  # noqa: PLC0415  # an extra

            await asyncio.to_thread(upgrade_queue, where)
        return done

    async def check(self, *, on_wait: Callable[[str], None] = lambda _: None) -> tuple[str, ...]:
        """Check the store and return what is wrong, one sentence each; changes nothing.

        on_wait: called in another thread with a sentence while another process has the file locked.
        """
        from pressroom.store import upkeep  # noqa: PLC0415  # loads SQLAlchemy

        return tuple(await asyncio.to_thread(upkeep.check, self._resources.settings.store, on_wait=on_wait))

    async def restore(self, file: Path, *, on_wait: Callable[[str], None] = lambda _: None) -> "Restored":
        """Replace the store by a backup, then check which posts were published after the backup was made.

        The earlier file is kept. on_wait: as for `check`, for the store and the backup.

        Raises:
            NotFound: the backup does not exist.
            StoreRefused: the file is not a sound store, or the store is on a server.
            StoreFailed: another process has the store open, or one of the two files locked.
            NeedsApproval: an agent or API client may not do this.
        """
        from pressroom.store import upkeep  # noqa: PLC0415  # loads SQLAlchemy

        ours = self._resources
        # A locked store cannot be read below. It must not be taken for a damaged one, which may be replaced.
        await asyncio.to_thread(upkeep.wait_until_unlocked, ours.settings.store, on_wait=on_wait)
        # With it come the consents and settings of that time.
        only = "Only a person puts a backup in the place of the store."
        try:
            await self._gate.require_person(only)
        except (StoreRefused, StoreFailed):
            # A damaged store, which cannot say who is a program.
            self._gate.require_person_unread(only)
        await ours.close_store()
        kept_as = f"before-restore-{ours.clock.now():%Y%m%dT%H%M%S}"
        kept = await asyncio.to_thread(
            upkeep.restore, ours.settings.store, file, kept_as=kept_as, on_wait=on_wait
        )
        store = await ours.store()
        return Restored(kept, await catch_up(store, ours.clock, ours.policy, is_older=True))

    async def adopt(self, *, keeps_posts: bool = False) -> CaughtUp:
        """Make a copied store one of its own: from then on it and its original may both be driven.

        Its posts are held back, and named, since the original publishes them. keeps_posts: the original is
        gone; they go out from here, and those that were due meanwhile are looked for first.
        Raises NeedsApproval for a program.
        """
        await self._gate.require_person("Only a person lets a copied store be driven beside its original.")
        ours, store = self._resources, await self._resources.store()
        held_back = () if keeps_posts else await hold_back_all(store, ours.clock)
        await store.run(store.provenance.renew_identity)
        caught_up = await catch_up(store, ours.clock, ours.policy, is_older=True)
        return CaughtUp(held_back=held_back) if held_back else caught_up

    async def back_up(
        self, file: Path, *, on_wait: Callable[[str], None] = lambda _: None
    ) -> tuple[Path, int]:
        """Copy the store's file, also while others use it; returns the copy and its size in bytes.

        on_wait: as for `check`.
        """
        from pressroom.store import upkeep  # noqa: PLC0415  # loads SQLAlchemy

        def back_up() -> tuple[Path, int]:
            upkeep.backup(self._resources.settings.store, file, on_wait=on_wait)
            return file.absolute(), file.stat().st_size

        return await asyncio.to_thread(back_up)
