"""Drives one stored post under its lease, alone among all workers, as far as it goes now.

For the worker: start at `PostDriver.drive`. `leased` takes the lease, renews it while the post is driven,
and gives it back; a command that publishes a stored post uses it, too.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from pressroom.client.client import Client
from pressroom.core.clock import SYSTEM_CLOCK, Clock
from pressroom.core.errors import Conflict, PressroomError, Shortage, StoreFailed
from pressroom.core.journal import JournalEvent
from pressroom.core.post import Post, PostId, PostState
from pressroom.core.shortage import shortages_named
from pressroom.publish.context import Context
from pressroom.publish.machine import events as ev
from pressroom.publish.machine.policy import CAREFUL, Policy
from pressroom.publish.machine.transitions import step
from pressroom.publish.manners.durable import Durable, StoreJournal, Turns, try_again_at
from pressroom.publish.run import Run
from pressroom.publish.sharing import Shared, Together
from pressroom.publish.steps.preparation import Preparation

if TYPE_CHECKING:
    from pressroom.store.store import Store


log: Final = logging.getLogger("pressroom.publish")


@dataclass(frozen=True, slots=True)
class Means:
    """What a worker needs to publish for one account."""

    client: Client
    preparation: Preparation


@dataclass(frozen=True, slots=True, kw_only=True)
class PostDriver:
    """Drives posts for one worker.

    worker: a name that no other run of a worker ever has. means: opens what a post of an account needs; it
    raises PressroomError (SignInRequired, ...) when it cannot. longest_wait_s: a post that waits longer does
    so in the store. on_rest: called with each post as a drive leaves it. on_saved: called with the post
    before and after each save. on_event: called with every step.
    """

    store: "Store"
    means: Callable[[Post], Awaitable[Means]]
    worker: str
    clock: Clock = SYSTEM_CLOCK
    policy: Policy = CAREFUL
    lease_s: float = 60.0
    longest_wait_s: float = 10.0
    on_rest: Callable[[Post], None] = lambda _post: None
    on_saved: Callable[[Post, Post], None] = lambda _was, _is: None
    on_event: Callable[[JournalEvent], None] = lambda _event: None
    crash_point: Callable[[str], None] = lambda _name: None
    _turns: Turns = field(default_factory=Turns)
    _shared: list[Shared] = field(default_factory=list[Shared])

    @property
    def shared(self) -> Shared:
        """What the runs of this worker share."""
        if not self._shared:
            self._shared.append(Shared(self.store, self.clock, worker=self.worker, lease_s=self.lease_s))
        return self._shared[0]

    async def drive(self, post_id: PostId) -> None:
        """Resume the post under its lease; nothing happens when another worker has it.

        A post that somebody changes meanwhile is left to its next waking. Raises StoreFailed.
        """
        try:
            leases = self.shared.leases
            async with leased(self.store, post_id, self.worker, lease_s=self.lease_s, leases=leases) as post:
                if post is not None:
                    self.on_rest(await self._drive(post))
        except Conflict as error:
            log.info("post %s was changed by somebody else: %s", post_id, error.message)

    async def _drive(self, post: Post) -> Post:
        journal = StoreJournal(
            self.store,
            post,
            self._turns,
            self.clock,
            self.on_saved,
            on_event=self.on_event,
            saves=self.shared.saves,
            heeds_pauses=True,
        )
        # A pause holds what is not sent yet. An open send is looked into all the same: reads change nothing.
        pauses = await self.store.run(self.store.accounts.pauses_of, post.account)
        pause = next((pause for pause in pauses if pause.until > self.clock.now()), None)
        if pause is not None and post.state.is_waiting:
            # A pause by hand leaves the post where it is; its late rule decides once the pause is over.
            return post if pause.by else await self._wait(post, journal, pause.reason)
        try:
            with shortages_named():
                means = await self.means(post)
        except Shortage as error:
            return await self._wait(post, journal, str(error), step_name="failed")
        except PressroomError as error:
            return await self._wait(post, journal, str(error))
        # Events of a waiting post clear `held_up_by`; a post that is being sent has none that would.
        if not post.state.is_waiting:
            post = post.changed(held_up_by=None)
        return await self._publish(post, journal, means)

    async def _publish(self, post: Post, journal: StoreJournal, means: Means) -> Post:
        post = post.compared_with_gaps(self.store.provenance.known_gaps, self.policy.settle_s)
        context = Context(
            client=means.client, journal=journal, policy=self.policy, crash_point=self.crash_point
        ).keeping_calls()
        run = Run(
            context=context,
            preparation=means.preparation,
            manner=Durable(self.store, self.clock, self.policy, longest_wait_s=self.longest_wait_s),
            post=post,
            readings=self.shared.readings_of(post.account),
            sends_first=self.shared.sends_first,
            uploads=self.shared.uploads,
        )
        try:
            if post.state is PostState.SCHEDULED and not post.may_be_live:
                # Converted at the first waking, right after the post was stored: a long clip takes minutes,
                # and who planned the post is still there to read why a file was refused.
                try:
                    await run.prepare()
                except PressroomError as error:
                    await run.take(error)
            return await run.go(ev.Woken(at=self.clock.now()))
        finally:
            await journal.flush()

    async def _wait(
        self, post: Post, journal: StoreJournal, why: str, *, step_name: str = "account_closed"
    ) -> Post:
        """Let a post wait whose account may not or cannot be used; too late, it follows its late rule."""
        now = self.clock.now()
        # Noted once for each reason: a post may be woken for weeks while nobody signs in.
        if post.held_up_by != why:
            await journal.append(JournalEvent(subject_id=post.id, at=now, step=step_name, text=why))
        # Otherwise a post would wait past its time, without a word, for as long as the pause lasts.
        judged, _ = step(post.changed(held_up_by=why), ev.FoundLate(at=now), self.policy)
        if judged.state is not post.state:
            await journal.save(judged)
            return judged
        until = try_again_at(post, now)
        waiting, _ = step(post, ev.Delayed(until=until, why=why), self.policy)
        waiting = waiting.changed(wake_at=until, held_up_by=why)
        await journal.save(waiting)
        return waiting


@asynccontextmanager
async def leased(
    store: "Store",
    post_id: PostId,
    worker: str,
    *,
    lease_s: float,
    leases: Together[PostId, Post | None] | None = None,
) -> AsyncGenerator[Post | None]:
    """Give the post as it stands, leased while the block runs; None when another worker has it.

    worker: a name that no other drive ever has. leases: takes the lease in one commit with those of others.
    """
    post = await leases.ask(post_id) if leases else None
    post = post or await store.run(store.posts.take_lease, post_id, worker, lease_s=lease_s)
    if post is None:
        yield None
        return
    keeper = asyncio.create_task(_keep_renewing(store, post_id, worker, lease_s))
    try:
        yield post
    finally:
        keeper.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await keeper
        try:
            await store.run(store.posts.release_lease, post_id, worker)
        except StoreFailed as error:  # the lease runs out by itself, and what is saved stands
            log.warning("the lease of post %s could not be given back: %s", post_id, error)


async def _keep_renewing(store: "Store", post_id: PostId, worker: str, lease_s: float) -> None:
    while True:
        # In real seconds, as the store counts leases, even where a sandbox's clock jumps. A third of the
        # lease, so that one renewal may fail before it runs out.
        await asyncio.sleep(lease_s / 3)
        try:
            is_ours = await store.run(store.posts.renew_lease, post_id, worker, lease_s=lease_s)
        except StoreFailed as error:
            # The drive continues: a send is made safe by the store's compare-and-set, not by the lease.
            log.warning("the lease of post %s could not be renewed: %s", post_id, error)
            continue
        if not is_ours:
            log.warning("the lease of post %s has passed to another worker", post_id)
            return
