"""Publishing now by way of the store, so that a process killed at any moment loses nothing.

A running worker that has the token drives the post; else this process does, under a lease of its own. Why:
docs/decisions/0009-who-carries-a-post-published-now.md.
"""

import asyncio
import contextlib
import os
import uuid
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import timedelta

from pressroom.core.clock import Clock
from pressroom.core.errors import Conflict, GraphError, PressroomError, Refused, StoreFailed
from pressroom.core.journal import JournalEvent
from pressroom.core.post import SHORT_ID, WENT_LIVE, Attention, Post, PostId, PostState, When
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.dispatch.locks import carriage, carried_now, is_carried, name_left_behind
from pressroom.publish.context import Context
from pressroom.publish.driver import leased
from pressroom.publish.machine.transitions import FINAL_STATES
from pressroom.publish.manners.durable import StoreJournal, Turns
from pressroom.publish.publisher import Publisher, outcome_unknown
from pressroom.service.acting.acting import Acting
from pressroom.service.acting.obstacles import is_paused_by_hand, pause_now, require_not_paused
from pressroom.service.consent.change import Change, Verb
from pressroom.service.consent.changing import Changes
from pressroom.service.ground.files import Files
from pressroom.service.ground.resources import Resources
from pressroom.service.posts.catching_up import catch_up_if_older, recall_sends
from pressroom.service.posts.planning import Planned, Planning
from pressroom.service.posts.storing import Schedule
from pressroom.service.posts.waiting import (
    OpenSends,
    Patience,
    held_back,
    paused,
    require_live,
    signed_out,
    still_waiting,
    unwritten,
)

# Seconds between looks at a post that another process drives.
_LOOK_S = 0.3
# Seconds, renewed every third of it. A dead process is known at once by its file lock; only a stopped one,
# and one of another machine, is waited for this long.
_LEASE_S = 15.0
# Seconds between storing and leasing in which no worker takes the post. A worker that may not drive it (it
# lacks the token, or the files on a server's other machine) must not be quicker than this process.
_HEAD_START_S = 15.0
# A command waits no longer than this for a due time or a retry (StillWaiting), or for a live post's
# follow-up.
_LONG_REST = timedelta(seconds=60)
_NO_WORKER = Fix.of("a worker (none runs: {} starts one)", Remedy(RemedyKind.START_WORKER))


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishingNow:
    """Brings posts of a session's account live through its store."""

    resources: Resources
    acting: Acting
    planning: Planning
    changes: Changes
    _turns: Turns = field(default_factory=Turns)
    _said: set[PostId] = field(default_factory=set[PostId])

    @property
    def _clock(self) -> Clock:
        return self.resources.clock

    async def accept(self, content: Post, key: str | None, *, is_left: bool = False) -> Planned:
        """Store a post that is due now, or resume the one that was stored with this key.

        is_left: leave it to a worker; warnings then say what may keep it from going out. Else call
        `see_through` next. Raises Refused, or KeyReused for a key that stands for other content.
        """
        if not is_left:
            # For its errors: without a token, or a sandbox that runs, nothing is stored.
            await self.acting.client()
        await self.acting.end_pause_of_token()
        identity = await self.acting.identity()
        stored = await self.acting.login(identity.login or identity.key)
        schedule = Schedule(
            due_at=self._clock.now(),
            when=When.NOW,
            timezone=stored.timezone if stored else "UTC",
            idempotency_key=key,
            left_alone_s=0.0 if is_left or await self._is_workers() else _HEAD_START_S,
        )
        try:
            if not is_left:
                await self._catch_up()
            held = await self.planning.storing.held(identity.account, key)
            await require_not_paused(await self.resources.store(), self.acting, held)
            needs_ways = not is_left and not await self._may_be_workers()
            accepted = await self.planning.keep(content, schedule, needs_ways=needs_ways)
            if accepted.is_replay:
                await self._set_going(accepted.post.id)
        except asyncio.CancelledError:
            # The thread that writes the row is not stopped by a cancellation: the post may be stored.
            await self._stop(content.id)
            raise
        if is_left:
            around = await self.planning.obstacles.of(accepted.post.account)
            return replace(accepted, warnings=(*accepted.warnings, *around))
        for text in accepted.warnings:
            self._tell(accepted.post.id, "warning", text)
        return accepted

    async def is_idle(self, post: Post) -> bool:
        """Tell whether a post is due and no living process has it: no worker, and no command."""
        is_due = post.goes_out_at is None or post.goes_out_at <= self._clock.now()
        if post.state in FINAL_STATES or post.state.is_held or not is_due:
            return False
        return not (await self._is_carried(post.id) or await self.planning.obstacles.is_worker_running())

    async def _is_carried(self, post_id: PostId) -> bool:
        """Tell whether a living command publishes a post by itself, on a server also one elsewhere."""
        home, store = self.resources.settings.home, await self.resources.store()
        if is_carried(home, post_id):
            return True
        if not store.is_shared:
            return False
        # The locks of other machines are not seen from here. Their leases are; a dead one's soon ends.
        return await store.run(store.posts.is_leased, post_id, but=name_left_behind(home, post_id))

    async def take_up(self, post: Post) -> Planned:
        """Set an idle post going again, for `see_through`. Raises what `accept` raises before it stores."""
        await self.acting.client()
        await self.acting.end_pause_of_token()
        await require_not_paused(await self.resources.store(), self.acting, None)
        await self._catch_up()
        text = f"The same {post.kind} is stored as post {post.id[:SHORT_ID]}, and no process publishes it: "
        self._tell(post.id, "waiting", f"{text}this one goes on with it.")
        await self._set_going(post.id)
        return Planned(await self._get(post.id), (), is_replay=True)

    async def _catch_up(self) -> None:
        """Settle what may be live in an older store, where no worker has done so."""
        if not await self._is_workers():
            ours, spared = self.resources, carried_now(self.resources.settings.home)
            await catch_up_if_older(await ours.store(), self._clock, ours.policy, spared=spared)

    def _tell(self, post_id: PostId, step: str, text: str) -> None:
        event = JournalEvent(subject_id=post_id, at=self._clock.now(), step=step, text=text)
        self.resources.listeners.on_event(event)

    async def see_through(self, post_id: PostId) -> Post:
        """Drive a post, or wait for the worker that does, until it is live and followed up.

        Raises what `Publisher.publish` raises; StillWaiting for a post that a worker publishes later, or
        whose state cannot be read or written now; Refused for a post of another account. A cancellation ends
        a post that was not sent yet.
        """
        await self._require_ours(post_id)
        patience = Patience(self._clock)
        try:
            place = len(await self._events(post_id))
            while True:
                post = await self._get(post_id)
                patience.heard(post)
                if self._is_over(post):
                    await self._tell_from(post_id, place)
                    return require_live(post)
                # A worker that is stopped or hangs keeps the driver's lock, so after a minute of silence this
                # process tries all the same: the worker's lease, if it still renews it, protects the post.
                may_carry = patience.is_over or not await self._is_workers()
                if may_carry and await self._carry(post, is_silent=patience.is_over):
                    # This process's own steps were told as they happened: the journal's are skipped.
                    place = len(await self._events(post_id))
                    continue
                place = await self._tell_from(post_id, place)
                if self._is_to_be_said(post, patience):
                    is_workers = await self._is_workers()
                    self._say(post, await self._working() if is_workers else "another process")
                await self._require_progress(post)
                await self._clock.sleep(_LOOK_S)
        except asyncio.CancelledError:
            await self._stop(post_id)
            raise
        except StoreFailed as error:
            raise unwritten(post_id, error) from error

    async def wait_for(self, post_id: PostId, *, through_pauses: bool = False) -> Post:
        """Poll a post until it reaches a final state, whichever that is."""
        patience = Patience(self._clock)
        while not self._is_over(post := await self._get(post_id)):
            patience.heard(post)
            if not through_pauses:
                await self._require_no_pause(post)
                # Where another process works, its environment may hold a token.
                is_ours = post.state.is_waiting and await self._is_its_worker()
                if is_ours and not await self.planning.obstacles.has_token(post.account):
                    raise signed_out(post)
            # A held post waits for a person, and naming a process would be wrong.
            if self._is_to_be_said(post, patience) and not post.state.is_held:
                self._say(post, await self._working())
            await self._clock.sleep(_LOOK_S)
        return post

    async def _working(self) -> str:
        """Describe the worker that the account's posts wait for."""
        obstacles = self.planning.obstacles
        if not await obstacles.is_worker_running():
            return str(_NO_WORKER)
        is_shared = (await self.resources.store()).is_shared
        pid = None if is_shared else await obstacles.worker_pid()
        return f"the worker, process {pid}," if pid else "a worker"

    async def _require_ours(self, post_id: PostId) -> None:
        """Raise Refused for a post of another user, which this session's token would publish as its own."""
        post, ours = await self._get(post_id), await (await self.acting.identity()).known()
        if post.account != ours.id:
            raise Refused(
                f"Post {post.id} is of account {post.account_name!r}, and this acts for another one.",
                rule="account",
                value=post.account,
                limit=ours.id,
                fix=Fix.of(
                    "Open it as that one: {}.", Remedy(RemedyKind.OPEN_AS, {"account": post.account_name})
                ),
            )

    def _is_to_be_said(self, post: Post, patience: Patience) -> bool:
        return patience.is_quiet and post.id not in self._said

    def _say(self, post: Post, who: str) -> None:
        self._said.add(post.id)
        text = f"Waiting for {who} to go on with the post. Ctrl-C ends the waiting."
        self._tell(post.id, "waiting", text)

    async def _is_workers(self) -> bool:
        """Tell whether a worker of this machine drives the account's posts."""
        # On a server (`is_shared`) a post may go to a worker of another machine, which lacks this one's
        # files. Without a login the token is in environments alone, and the worker may lack it.
        store = await self.resources.store()
        if (await self.acting.identity()).login is None or store.is_shared:
            return False
        return await self.planning.obstacles.is_worker_running()

    async def _may_be_workers(self) -> bool:
        """Tell whether a worker, with settings of its own, publishes a post that is handed in now."""
        # A program's post waits for a person, and the worker that then takes it may have the account's token.
        if await self.planning.storing.gate.is_program():
            return await self.planning.obstacles.is_worker_running()
        return await self._is_workers()

    async def _set_going(self, post_id: PostId) -> None:
        """Resume a post that is asked for again, by the change of a person who wants it live now."""
        # A store that was put back does not know that the post was sent meanwhile; the send log does.
        await recall_sends(await self.resources.store(), self._clock)
        post, now = await self._get(post_id), self._clock.now()
        # In this order: an interrupted post is CANCELLED, too, and one in doubt must never be retried, which
        # would send it a second time.
        if post.is_interrupted:
            await self.changes.make(post.id, Change(Verb.TAKE_UP))
        elif post.state is PostState.CANCELLED or post.state.is_held:
            raise held_back(post)
        elif post.state is PostState.NEEDS_ATTENTION and post.attention is Attention.OUTCOME_UNKNOWN:
            await self.changes.make(post.id, Change(Verb.RECONCILE))
        elif post.state in FINAL_STATES.difference(WENT_LIVE):
            await self.changes.make(post.id, Change(Verb.RETRY))
        elif post.state.is_waiting and not await self._is_workers():
            # No process drives it, and it is so late that its `if_late` rule would hold it.
            late_after = timedelta(seconds=self.resources.policy.late_after_s)
            is_overdue = post.goes_out_at is not None and now - post.goes_out_at > late_after
            if is_overdue and not await self._is_carried(post.id):
                arguments = {"due_at": now.isoformat(), "timezone": post.timezone}
                await self.changes.make(post.id, Change(Verb.MOVE, arguments))

    async def _carry(self, post: Post, *, is_silent: bool) -> bool:
        """Drive a post in this process; False when another one has it, or it is not due soon or is paused.

        is_silent: its process has been so for long: ignore the file it locks, and rely on the lease alone.
        """
        if not post.open_send and post.goes_out_at and post.goes_out_at - self._clock.now() > _LONG_REST:
            return False
        if post.state.is_waiting and await is_paused_by_hand(await self.resources.store(), post.account):
            return False
        with carriage(self.resources.settings.home, post.id) as right:
            if right is None and not is_silent:
                return False
            store, worker = await self.resources.store(), uuid.uuid4().hex
            # This process holds the file's lock, so the one that signed it is dead and its lease need not run
            # out.
            if right and right.predecessor:
                await store.run(store.posts.release_lease, post.id, right.predecessor)
            # Signed before the lease is taken: a crash in between leaves a name without a lease, which is
            # harmless.
            if right:
                right.sign(worker)
            async with leased(store, post.id, worker, lease_s=_LEASE_S) as mine:
                if mine is None:
                    return False
                # Somebody changed the post meanwhile: the caller reads it again.
                with contextlib.suppress(Conflict):
                    await self._go_on(mine)
        return True

    async def _go_on(self, post: Post) -> None:
        if post.open_send:
            text = "It was sent to be published, and the answer is not known: finding out whether it is live."
            self._tell(post.id, "waiting", text)
        ours = self.resources
        store, client = await ours.store(), await self.acting.client()
        post = post.compared_with_gaps(store.provenance.known_gaps, ours.policy.settle_s)
        journal = StoreJournal(store, post, self._turns, self._clock, on_event=ours.listeners.on_event)
        open_sends = OpenSends(store=store, client=client, resources=ours, lease_s=_LEASE_S)
        try:
            async with AsyncExitStack() as stack:
                stack.push_async_callback(journal.flush)
                publisher = Publisher(
                    context=Context(client=client, journal=journal, policy=ours.policy).keeping_calls(),
                    preparation=Files.of(ours, client.account).preparation(post, stack),
                    when_busy=open_sends.wait_out,
                )
                await publisher.go_on(post)
        except GraphError as error:
            # With a container made, the account was found by its id.
            if not journal.post.containers:
                await self.acting.explain(error)
            raise
        except StoreFailed as error:
            # The send was committed and its result could not be stored. The post may be live, so this is an
            # unknown outcome and no failure of the store, after which a caller might publish again.
            if journal.post.open_send:
                raise outcome_unknown(journal.post, error) from error
            raise

    async def _stop(self, post_id: PostId) -> None:
        """End a post that was not sent yet, and wait briefly for the outcome where a worker is sending it.

        Leaves a post alone that another living process drives.
        """
        end = self._clock.monotonic() + self.resources.policy.interrupt_grace_s
        with contextlib.suppress(PressroomError), carriage(self.resources.settings.home, post_id) as right:
            if right is None:
                return
            post = await self.changes.make(post_id, Change(Verb.INTERRUPT))
            while post.open_send and await self._is_workers() and self._clock.monotonic() < end:
                await self._clock.sleep(_LOOK_S)
                post = await self._get(post_id)

    def _is_over(self, post: Post) -> bool:
        """Tell whether a post is final, or live with no follow-up soon."""
        if post.state is not PostState.PUBLISHED or not post.followups:
            return post.state in FINAL_STATES
        return post.wake_at is not None and post.wake_at - self._clock.now() > _LONG_REST

    async def _require_progress(self, post: Post) -> None:
        """Raise StillWaiting where the post goes on later than a command should wait."""
        if not post.state.is_waiting:
            return
        store, now = await self.resources.store(), self._clock.now()
        # Without a worker this process drives the post itself, whatever an error of Instagram's has paused.
        if await self._is_workers() or await is_paused_by_hand(store, post.account):
            await self._require_no_pause(post)
        until = max(moment for moment in (post.goes_out_at, post.wake_at, now) if moment)
        if until - now > _LONG_REST:
            why = f": {post.held_up_by.rstrip('.')}" if post.held_up_by else ""
            raise still_waiting(post, f"it goes on at {until:%Y-%m-%d %H:%M} UTC{why}")

    async def _require_no_pause(self, post: Post) -> None:
        """Raise StillWaiting where a pause of the account holds the post for long after it is due."""
        if not post.state.is_waiting:
            return
        store, now = await self.resources.store(), self._clock.now()
        pause = await pause_now(store, post.account, now)
        if pause and pause.until - max(post.goes_out_at or now, now) > _LONG_REST:
            raise paused(post, pause)

    async def _get(self, post_id: PostId) -> Post:
        store = await self.resources.store()
        return await store.run(store.posts.get, post_id)

    async def _events(self, post_id: PostId) -> tuple[JournalEvent, ...]:
        store = await self.resources.store()
        return await store.run(store.events.list, post_id)

    async def _tell_from(self, post_id: PostId, place: int) -> int:
        """Report the events that a worker has written from `place` on; returns the journal's new length."""
        events = await self._events(post_id)
        if not await self._is_its_worker():
            for event in events[place:]:
                self.resources.listeners.on_event(event)
        return len(events)

    async def _is_its_worker(self) -> bool:
        """Tell whether this session's own worker drives; its steps reach the listeners by themselves."""
        # On a server another worker may have the post.
        if not self.resources.works or (await self.resources.store()).is_shared:
            return False
        return await self.planning.obstacles.worker_pid() == os.getpid()
