"""What the runs of one worker share, so that many posts can be due at once (docs/decisions/0020).

Start at `Shared`, at the end. `Readings` keeps what was last read of an account, `SendsFirst` lets due
sends go before all else, `Together` gathers saves and leases into one commit.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from pressroom.core.clock import Clock
from pressroom.core.post import Post, PostId, PostKind, SendState
from pressroom.core.shortage import descriptor_share
from pressroom.core.stored_posts import PostSave
from pressroom.graph.answers import MediaId
from pressroom.publish.context import Context
from pressroom.publish.steps.sending import Readiness, read_readiness

if TYPE_CHECKING:
    from pressroom.store.store import Store


# What stands on the account changes when others post, too; and a laptop may have slept.
_READING_LASTS = timedelta(minutes=1)


class Readings:
    """The last reading of one account, for its feed and for its stories.

    A send that goes live changes it: by one media, one of the quota, and one in the journal's count. So the
    posts of an account that are due together need one reading, and not one after each send. That holds for
    a reading taken while no send of the account was under way here: another may have counted that one or not.
    What other processes bring live is found by the commit of the send: see `core.stored_posts.SendOpening`.
    """

    def __init__(self) -> None:
        self._reading = asyncio.Lock()
        self._last: dict[bool, Readiness] = {}
        self._sends = 0
        self._is_sending = False

    async def ahead(self, context: Context, post: Post) -> Readiness:
        """Read a little before the due time, unless another post of the account has just done so."""
        async with self._reading:
            last, lead = self._last.get(_is_story(post)), timedelta(seconds=context.policy.snapshot_lead_s)
            if last is not None and _age(context, last) <= lead:
                return last
            return await self._read(context, post)

    async def now(self, context: Context, post: Post, ahead: Readiness | None) -> Readiness:
        """Give the last reading in the account's turn to send; read again if there is none, or it is old.

        ahead: the post's own, which counts while nothing newer is known.
        """
        last = self._last.get(_is_story(post), ahead)
        if last is not None and _age(context, last) <= _READING_LASTS:
            return last
        return await self._read(context, post)

    def opened(self) -> None:
        """Note that a send of the account is under way."""
        self._sends += 1
        self._is_sending = True

    def closed(self, post: Post) -> None:
        """Note what became of it; unless it was answered with an id, the next post reads again."""
        self._is_sending = False
        sent = post.sends[-1]
        if sent.state is not SendState.LIVE or post.media_id is None:
            self.forget()
            return
        for is_story, last in self._last.items():
            listed = {post.media_id} if is_story == _is_story(post) else set[MediaId]()
            before = last.snapshot
            assert before.listed is not None, "a reading that is kept is complete"
            assert before.quota_usage is not None
            assert last.went_live is not None
            went_live = (*last.went_live, sent.started_at)
            snapshot = replace(
                before,
                listed=before.listed | listed,
                quota_usage=before.quota_usage + 1,
                went_live=len(went_live),
            )
            self._last[is_story] = replace(last, snapshot=snapshot, went_live=went_live)

    def forget(self) -> None:
        """Let the next post read again."""
        self._last.clear()

    async def _read(self, context: Context, post: Post) -> Readiness:
        self._last.pop(_is_story(post), None)
        sends, is_sending = self._sends, self._is_sending
        reading = await read_readiness(context, post)
        is_undisturbed = not is_sending and sends == self._sends
        if is_undisturbed and reading.is_complete:
            self._last[_is_story(post)] = reading
        return reading


def _is_story(post: Post) -> bool:
    return post.kind is PostKind.STORY


def _age(context: Context, reading: Readiness) -> timedelta:
    return abs(context.client.clock.now() - reading.at)


# One account whose send is in doubt must not hold up the others for as long as that lasts.
_LONGEST_S = 5.0


class SendsFirst:
    """Counts the sends of a process that are due and not settled. For one event loop."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._due = 0
        self._passed = asyncio.Event()
        self._passed.set()
        self._limit: asyncio.Task[None] | None = None

    @contextmanager
    def due(self) -> Generator[None]:
        """Count a send while the block runs."""
        if not self._due:
            self._passed.clear()
            self._limit = asyncio.create_task(self._give_way())
        self._due += 1
        try:
            yield
        finally:
            self._due -= 1
            if not self._due:
                self._passed.set()
                if self._limit:
                    self._limit.cancel()

    async def passed(self) -> None:
        """Wait until no send is due, for five seconds after the first became due at most."""
        await self._passed.wait()

    async def _give_way(self) -> None:
        await self._clock.sleep(_LONGEST_S)
        self._passed.set()


ItemT = TypeVar("ItemT")
ResultT = TypeVar("ResultT")

# A commit of more would keep its first ones waiting for its last.
_MOST_ITEMS = 50


class _Pending(asyncio.Future[ResultT | None]):
    """A result that a caller of `ask` waits for. Cancelling waits, too: the operation may be committed."""

    def cancel(self, msg: Any = None) -> bool:  # noqa: ANN401, ARG002  # asyncio's own
        return False

    def end(self) -> None:
        """Cancel it, since nobody will answer."""
        super().cancel()


class Together(Generic[ItemT, ResultT]):
    """Runs an operation on all items at once that came in while it ran before. For one event loop.

    run: gives the results in the order of the items. most_runs: so many run side by side.
    """

    def __init__(
        self, run: Callable[[Sequence[ItemT]], Awaitable[Sequence[ResultT]]], *, most_runs: int
    ) -> None:
        self._run = run
        self._most_runs = most_runs
        self._waiting: list[tuple[ItemT, _Pending[ResultT]]] = []
        self._runs = 0
        self._working = set[asyncio.Task[None]]()  # or the loop, which holds tasks weakly, could drop them

    async def ask(self, item: ItemT) -> ResultT | None:
        """Give the item's result; None, and nothing was run, when nobody else asks at this moment.

        Raises what the operation raises. A cancellation waits for the operation to end.
        """
        pending = _Pending[ResultT]()
        self._waiting.append((item, pending))
        if self._runs < self._most_runs:
            self._begin()
        return await pending

    def _begin(self) -> None:
        self._runs += 1
        task = asyncio.create_task(self._work())
        self._working.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        # Not in the task itself: one that is cancelled before its first step does nothing at all.
        self._working.discard(task)
        self._runs -= 1
        if task.cancelled():
            # The loop ends: whoever waits would do so for ever.
            waiting, self._waiting = self._waiting, []
            _end_all(waiting, None)
        elif self._waiting:
            self._begin()

    async def _work(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:_MOST_ITEMS], self._waiting[_MOST_ITEMS:]
            is_alone = len(batch) == 1
            try:
                results = [None] if is_alone else await self._run([item for item, _ in batch])
                settled = list(zip(batch, results, strict=True))
            except asyncio.CancelledError:
                _end_all(batch, None)
                raise
            except Exception as error:  # noqa: BLE001  # every asker raises it
                _end_all(batch, error)
            else:
                for (_, pending), result in settled:
                    pending.set_result(result)


def _end_all(batch: Sequence[tuple[ItemT, _Pending[ResultT]]], error: Exception | None) -> None:
    for _, pending in batch:
        if error:
            pending.set_exception(error)
        else:
            pending.end()


_MOST_UPLOADS = 32


class Shared:
    """What the runs of one worker share. For one event loop."""

    def __init__(self, store: "Store", clock: Clock, *, worker: str, lease_s: float) -> None:
        take = partial(store.posts.take_leases, worker=worker, lease_s=lease_s)

        async def save(saves: Sequence[PostSave]) -> Sequence[bool]:
            return await store.run(store.posts.save_together, saves)

        async def lease(post_ids: Sequence[PostId]) -> Sequence[Post | None]:
            return await store.run(take, post_ids)

        # SQLite has one writer at a time; on a server a commit waits most of its time for the network.
        most_runs = 2 if store.is_shared else 1
        self.saves: Final[Together[PostSave, bool]] = Together(save, most_runs=most_runs)
        self.leases: Final[Together[PostId, Post | None]] = Together(lease, most_runs=most_runs)
        self.sends_first: Final[SendsFirst] = SendsFirst(clock)
        # Each takes a connection and a file, for minutes.
        self.uploads: Final[asyncio.Semaphore] = asyncio.Semaphore(descriptor_share(_MOST_UPLOADS, each=2))
        self._readings: defaultdict[str, Readings] = defaultdict(Readings)

    def readings_of(self, account: str) -> Readings:
        """Give the last readings of an account."""
        return self._readings[account]
