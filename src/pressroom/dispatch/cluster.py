"""Many workers on many machines: each hands due posts to a queue, and any that is free takes them from it.

`ClusterDispatcher` is the loop of each worker, `Queue` procrastinate's tables in a schema of their own, and
what empties them. The queue holds nothing that the posts do not say: a lost queue is filled again from them.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, cast

import procrastinate
import psycopg
from procrastinate import exceptions
from procrastinate.jobs import Job, Status
from procrastinate.schema import SchemaManager

from pressroom.core.errors import PressroomError, StoreFailed, StoreRefused
from pressroom.core.installation import upgrade
from pressroom.core.post import PostId
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.secret import Secret
from pressroom.core.settings import log_warnings_only
from pressroom.dispatch.locks import QUEUE_SCHEMA
from pressroom.dispatch.loop import SHORTEST_S, DispatchLoop
from pressroom.store.database import CONNECTION
from pressroom.store.location import locate

log: Final = logging.getLogger("pressroom.dispatch")
# An account that was signed out for days may have hundreds of posts due at once: several workers share them.
_MOST_IN_A_GROUP = 20


@dataclass(slots=True, kw_only=True)
class ClusterDispatcher(DispatchLoop):
    """Hands over what is due, and drives what comes out of the queue, whichever worker put it there.

    Posts of one account that are due together go to one worker, which sends them one after the other: two
    workers would get into each other's way. early_s: posts are handed over so long before their time that the
    queue's polling delays none of them.
    hand_over_s: a post that no worker took in that time is handed over again.
    """

    queue: "Queue"
    early_s: float = 10.0
    hand_over_s: float = 15.0

    async def run(self) -> None:
        """Drive until cancelled; the posts under way are then interrupted, and their leases given back."""
        async with self.queue.opened():
            await self._caught_up()
            async with self.periodic.beside():
                self.on_driving()
                working = asyncio.create_task(self._work(), name="queue")
                try:
                    await self._loop()
                finally:
                    working.cancel()
                    await asyncio.gather(working, return_exceptions=True)
                    await self.driving.stop()

    async def _work(self) -> None:
        """Work on the queue; start again when the server was away, or this worker was taken for dead."""
        while True:
            try:
                await self.queue.work()
            except PressroomError as error:
                # Drives are tasks of ours and go on meanwhile.
                log.warning("%s", error)
            await self.clock.sleep(1.0)

    async def _start_due(self, now: datetime, room: int) -> float:
        # No more than this worker could drive by itself: each is leased to the queue until it is taken.
        due = await self.store.run(
            self.store.posts.hand_over, now, horizon_s=self.early_s, lease_s=self.hand_over_s, limit=room
        )
        if due:
            ids_of: defaultdict[str, list[PostId]] = defaultdict(list)
            for post in due:
                ids_of[post.account].append(post.id)
            await self.queue.put(
                [
                    tuple(ids[start : start + _MOST_IN_A_GROUP])
                    for ids in ids_of.values()
                    for start in range(0, len(ids), _MOST_IN_A_GROUP)
                ]
            )
        return SHORTEST_S if len(due) == room else self.look_s


_QUEUE = "pressroom"
# Any number, as long as all programs that make this schema use the same.
_ADVISORY_LOCK = 5_281_377_002
_OPTIONS = f"-c search_path={QUEUE_SCHEMA} -c timezone=UTC -c lock_timeout=15s"
_CONNECTION: dict[str, Any] = {**CONNECTION, "options": _OPTIONS}
# When what dead workers had taken is put back. A post does not depend on it, since its lease ends by itself;
# but a periodic task also keeps procrastinate watching its own heartbeat.
_EVERY_TEN_SECONDS = "* * * * * */10"
# The queue notifies of each post: this is for a notification that was lost with a connection.
_FETCH_EVERY_S = 2.0
_FAILURES = (exceptions.ProcrastinateException, psycopg.Error, OSError)
for _name in ("procrastinate", "psycopg.pool"):
    logging.getLogger(_name).addHandler(logging.NullHandler())  # else Python prints warnings to stderr
log_warnings_only("procrastinate")


class Queue:
    """Posts that were handed over, in groups, each group at most once in the queue.

    drive: called with each post that comes; `most_at_once` groups are taken side by side. stalled_after_s: a
    worker without a heartbeat for so long is taken for dead, and its posts come again.
    """

    def __init__(
        self,
        database_url: Secret,
        drive: Callable[[PostId], Awaitable[None]],
        *,
        most_at_once: int,
        stalled_after_s: float,
    ) -> None:
        self._url = database_url
        self._drive = drive
        self._most_at_once = most_at_once
        self._stalled_after_s = stalled_after_s
        self._app = procrastinate.App(
            connector=procrastinate.PsycopgConnector(
                conninfo=_conninfo(database_url), kwargs=_CONNECTION, min_size=1, max_size=4
            )
        )
        self._task = self._app.task(name="drive", queue=_QUEUE)(self._drive_group)
        requeue = self._app.task(name="requeue", queue=_QUEUE, queueing_lock="requeue")(self._requeue)
        self._app.periodic(cron=_EVERY_TEN_SECONDS)(requeue)

    @asynccontextmanager
    async def opened(self) -> AsyncGenerator[None]:
        """Make the tables where they are missing, and connect. Raises StoreRefused, StoreFailed."""
        await asyncio.to_thread(prepare_queue, self._url)
        with _translated():
            await self._app.open_async()
        try:
            yield
        finally:
            with suppress(*_FAILURES):
                await self._app.close_async()

    async def put(self, groups: Sequence[Sequence[PostId]]) -> None:
        """Hand posts over; one worker takes a group as a whole. Raises StoreFailed.

        A group that waits in the queue already stays there once.
        """
        jobs = [
            Job(
                queue=_QUEUE,
                # None an account: a job that is due now would wait behind one that was made earlier.
                lock=None,
                # A group stands in the queue once; what comes twice all the same is driven once, by its
                # lease.
                queueing_lock=sha256(" ".join(post_ids).encode()).hexdigest(),
                task_name=self._task.name,
                task_kwargs={"post_ids": list(post_ids)},
            )
            for post_ids in groups
        ]
        with _translated():
            try:
                await self._app.job_manager.batch_defer_jobs_async(jobs)
            except exceptions.AlreadyEnqueued:
                for job in jobs:
                    with suppress(exceptions.AlreadyEnqueued):
                        await self._app.job_manager.defer_job_async(job)

    async def work(self) -> None:
        """Empty the queue until cancelled. Posts under way are not stopped. Raises StoreFailed."""
        with _translated(), _job_faults_logged():
            await self._app.run_worker_async(
                queues=[_QUEUE],
                concurrency=self._most_at_once,
                install_signal_handlers=False,
                delete_jobs="always",
                # Drives are tasks of ours, which `Driving.stop` ends with their leases given back.
                shutdown_graceful_timeout=0,
                fetch_job_polling_interval=_FETCH_EVERY_S,
                update_heartbeat_interval=self._stalled_after_s / 3,
                stalled_worker_timeout=self._stalled_after_s,
            )

    async def _drive_group(self, post_ids: list[str]) -> None:
        await asyncio.gather(*(self._drive(PostId(post_id)) for post_id in post_ids))

    async def _requeue(self, timestamp: int) -> None:  # noqa: ARG002  # procrastinate calls periodic tasks so
        """Put back what dead workers had taken."""
        jobs = self._app.job_manager
        stalled = await jobs.get_stalled_jobs(seconds_since_heartbeat=self._stalled_after_s)
        for job in stalled:
            # Another worker may have been quicker, or the post may have been handed over again meanwhile.
            with suppress(exceptions.ConnectorException):
                if job.task_name == self._task.name:
                    await jobs.retry_job(job)
                else:
                    await jobs.finish_job(job, Status.FAILED, delete_job=True)


def prepare_queue(database_url: Secret) -> None:
    """Make the queue's tables; of many who try at once one does.

    Raises StoreRefused for those of another release, StoreFailed when the server does not answer.
    """
    with _locked(database_url) as connection:
        release = _release_of(connection)
        if release is None:
            _create_tables(connection)
        elif release != _RELEASE:
            fix = Fix.of("Stop the workers, then run {}.", Remedy(RemedyKind.UPGRADE_STORE))
            raise _refusal_of(release, fix if release < _RELEASE else upgrade())


def upgrade_queue(database_url: Secret) -> None:
    """Replace the tables of an earlier release: what waits in them is handed over again.

    Raises StoreRefused for those of a newer one, StoreFailed when the server does not answer.
    """
    with _locked(database_url) as connection:
        release = _release_of(connection)
        if release == _RELEASE:
            return
        if release is not None and release > _RELEASE:
            raise _refusal_of(release, upgrade())
        # Not migrated: the queue holds nothing that the posts do not say.
        connection.execute(f"DROP SCHEMA IF EXISTS {QUEUE_SCHEMA} CASCADE")
        _create_tables(connection)


# The newest migration of the installed procrastinate; the names sort by release.
_RELEASE = max(path.stem for path in Path(SchemaManager.get_migrations_path()).glob("*.sql"))


@contextmanager
def _locked(database_url: Secret) -> Generator[psycopg.Connection]:
    with _translated(), psycopg.connect(_conninfo(database_url), **_CONNECTION) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [_ADVISORY_LOCK])
        yield connection


def _release_of(connection: psycopg.Connection) -> str | None:
    """Read which release's tables are there; they are marked as a whole, with the schema."""
    row = connection.execute(
        "SELECT obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = %s", [QUEUE_SCHEMA]
    ).fetchone()
    return (row[0] or "") if row else None


def _create_tables(connection: psycopg.Connection) -> None:
    connection.execute(f"CREATE SCHEMA {QUEUE_SCHEMA}")
    connection.execute(SchemaManager.get_schema())
    connection.execute(f"COMMENT ON SCHEMA {QUEUE_SCHEMA} IS '{_RELEASE}'")  # pyright: ignore[reportArgumentType, reportCallIssue]  # a file's name


def _conninfo(database_url: Secret) -> str:
    """Spell a store's address as libpq reads it."""
    return locate(database_url).url.set(drivername="postgresql").render_as_string(hide_password=False)


@contextmanager
def _translated() -> Generator[None]:
    try:
        yield
    except _FAILURES as error:
        # The cause only: procrastinate's own words say that there was one.
        cause = error.__cause__ or error
        words = str(cause).splitlines() or [type(cause).__name__]
        raise StoreFailed(
            f"The queue did not answer: {words[0]}.",
            fix="Check that the PostgreSQL server runs.",
            retryable=True,
        ) from None


@contextmanager
def _job_faults_logged() -> Generator[None]:
    """Log in a line what procrastinate leaves to the loop: a job that another worker was quicker to end."""
    loop = asyncio.get_running_loop()
    before = loop.get_exception_handler()

    def handle(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = cast("BaseException | None", context.get("exception"))
        if isinstance(error, exceptions.ProcrastinateException):
            log.info("a job of the queue ended otherwise: %s", error)
        elif before:
            before(loop, context)
        else:
            loop.default_exception_handler(context)

    loop.set_exception_handler(handle)
    try:
        yield
    finally:
        loop.set_exception_handler(before)


def _refusal_of(release: str, fix: Fix) -> StoreRefused:
    return StoreRefused(
        f"The queue on the server is {release or 'not ours'}, and this program needs {_RELEASE}.",
        rule="queue_release",
        value=release,
        limit=_RELEASE,
        fix=fix,
    )
