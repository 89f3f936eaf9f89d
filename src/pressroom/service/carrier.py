"""`Carrier`: publishing now by way of the store, so that a process killed at any moment loses nothing.

A worker that runs and has the token carries the post; else this process does, under a lease of its own.
"""

import asyncio
import contextlib
import logging
import uuid
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta

from pressroom.client.client import Client
from pressroom.core.clock import Clock
from pressroom.core.errors import Conflict, PressroomError, Refused, StillWaiting, StoreFailed
from pressroom.core.failure import EarlierFailure
from pressroom.core.journal import JournalEvent
from pressroom.core.post import Attention, Post, PostId, PostState
from pressroom.dispatch.carriage import Carriage, carriage, is_carried
from pressroom.publish.context import Context
from pressroom.publish.durable import StoreJournal, Turns
from pressroom.publish.lease import leased
from pressroom.publish.machine import FINAL_STATES
from pressroom.publish.policy import Policy
from pressroom.publish.publisher import Publisher, outcome_unknown
from pressroom.service.files import Files
from pressroom.service.identity import Identity
from pressroom.service.planning import Planned, Planner
from pressroom.service.schedule import Plan
from pressroom.service.waiting import OpenSends, Patience

log = logging.getLogger("pressroom.service")

_LOOK_S = 0.3
_LEASE_S = 15.0
# Between being stored and being leased: a worker that is not to carry the post must not be quicker.
_HEAD_START_S = 15.0
_LONG_REST = timedelta(seconds=60)
_WAITS_FOR_A_PERSON = (PostState.DRAFT, PostState.AWAITING_APPROVAL)
_ON_ITS_WAY = (PostState.SCHEDULED, PostState.PREPARING, PostState.READY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """Brings posts of one account live through the store."""

    planner: Planner
    identity: Identity
    client: Client
    files: Files
    policy: Policy
    _turns: Turns = field(default_factory=Turns)
    _said: set[PostId] = field(default_factory=set[PostId])

    @property
    def _open_sends(self) -> OpenSends:
        return OpenSends(
            store=self.planner.store,
            home=self.planner.settings.home,
            client=self.client,
            files=self.files,
            policy=self.policy,
            lease_s=_LEASE_S,
            tell=self.files.listeners.on_event,
        )

    @property
    def _clock(self) -> Clock:
        return self.planner.clock

    async def accept(self, content: Post, key: str | None, *, is_left: bool = False) -> Planned:
        """Keep a post that is due now; one that came before with this key goes on where it stopped.

        is_left: to a worker; warnings then say what keeps it from going out. Else `see_through` comes next.
        Raises Refused, or KeyReused for a key that stands for other content.
        """
        stored = await self.planner.account(self.identity.login or self.identity.asked)
        plan = Plan(
            due_at=self._clock.now(),
            timezone=stored.timezone if stored else "UTC",
            idempotency_key=key,
            left_alone_s=0.0 if is_left or await self._is_workers() else _HEAD_START_S,
        )
        try:
            accepted = await self._accept(content, plan)
        except asyncio.CancelledError:
            await self._stop(content.id)
            raise
        if is_left:
            around = await self.planner.warnings(accepted.post.account)
            return replace(accepted, warnings=(*accepted.warnings, *around))
        for text in accepted.warnings:
            event = JournalEvent(post_id=accepted.post.id, at=self._clock.now(), step="warning", text=text)
            self.files.listeners.on_event(event)
        return accepted

    async def _accept(self, content: Post, plan: Plan) -> Planned:
        ours = replace(content, account=self.identity.account, login=self.identity.login)
        post, warnings = await self.planner.checked(ours, plan)
        known = await self.identity.known()
        final = replace(post, account=known.id, login=known.login)
        added = await self.planner.schedule.add(final, plan)
        if added.is_replay:
            await self._set_going(added.post)
        return Planned(added.post, warnings, added.is_replay)

    async def see_through(self, post_id: PostId) -> Post:
        """Carry a post, or wait for the worker that does, until it is live with all that follows.

        Raises what `Publisher.publish` raises, and StillWaiting for a post that a worker keeps for later, or
        that is left where it is since the store failed; Refused for a post of another account.
        When this is cancelled, a post that was not sent yet is ended.
        """
        await self._require_ours(post_id)
        try:
            return await self._see_through(post_id)
        except asyncio.CancelledError:
            await self._stop(post_id)
            raise
        except StoreFailed as error:
            raise _unwritten(post_id, error) from error

    async def wait_for(self, post_id: PostId) -> Post:
        """Wait until nothing more happens to a post, whatever became of it."""
        patience = Patience(self._clock)
        while not self._is_over(post := await self._get(post_id)):
            patience.heard(post)
            if self._is_to_be_said(post, patience) and post.state not in _WAITS_FOR_A_PERSON:
                self._say(post, await self._working())
            await self._clock.sleep(_LOOK_S)
        return post

    async def _working(self) -> str:
        """Name the worker that has to go on with the account's posts."""
        if not await self.planner.is_worker_running():
            return "a worker (none runs: `pressroom worker` starts one)"
        pid = await self.planner.worker_pid()
        return f"the worker, process {pid}," if pid else "a worker"

    async def _require_ours(self, post_id: PostId) -> None:
        """Let nothing be published by a token of another user. Raises Refused."""
        post, ours = await self._get(post_id), await self.identity.known()
        if post.account != ours.id:
            raise Refused(
                f"Post {post.id} is of account {post.account_name!r}, and this acts for another one.",
                rule="account",
                value=post.account,
                limit=ours.id,
                fix=f"Open it as that one: `Pressroom(account_name={post.account_name!r})`.",
            )

    async def _see_through(self, post_id: PostId) -> Post:
        told, patience = len(await self._events(post_id)), Patience(self._clock)
        while True:
            post = await self._get(post_id)
            patience.heard(post)
            if self._is_over(post):
                await self._tell_from(post_id, told)
                return _answer(post)
            if await self._may_carry(patience) and await self._carry(post, is_left=patience.is_over):
                told = len(await self._events(post_id))
                continue
            told = await self._tell_from(post_id, told)
            await self._say_who_is_waited_for(post, patience)
            await self._require_progress(post)
            await self._clock.sleep(_LOOK_S)

    async def _may_carry(self, patience: Patience) -> bool:
        # A worker that is stopped, or hangs, still has the driver's lock; its leases run out.
        return patience.is_over or not await self._is_workers()

    async def _say_who_is_waited_for(self, post: Post, patience: Patience) -> None:
        if self._is_to_be_said(post, patience):
            self._say(post, await self._working() if await self._is_workers() else "another process")

    def _is_to_be_said(self, post: Post, patience: Patience) -> bool:
        return patience.is_quiet and post.id not in self._said

    def _say(self, post: Post, who: str) -> None:
        self._said.add(post.id)
        text = f"Waiting for {who} to go on with the post. Ctrl-C ends the waiting."
        self.files.listeners.on_event(
            JournalEvent(post_id=post.id, at=self._clock.now(), step="waiting", text=text)
        )

    async def _is_workers(self) -> bool:
        """Tell whether posts of the account are left to a worker of this machine."""
        # Those of other machines do not have this one's files.
        if self.identity.login is None or self.planner.store.is_shared:
            return False
        return await self.planner.is_worker_running()

    async def _set_going(self, post: Post) -> None:
        """Do for a repeated submit what a person who wants the post live now would do."""
        schedule, now = self.planner.schedule, self._clock.now()
        if post.is_interrupted:
            await schedule.take_up(post.id)
            return
        if post.state in (PostState.CANCELLED, *_WAITS_FOR_A_PERSON):
            raise _held_back(post)
        if post.state is PostState.NEEDS_ATTENTION and post.attention is Attention.OUTCOME_UNKNOWN:
            await schedule.reconcile(post.id)
        elif post.state in FINAL_STATES - {PostState.PUBLISHED}:
            await schedule.retry(post.id)
        elif post.state in _ON_ITS_WAY and not (await self._is_workers() or self._is_anothers(post)):
            late_after = timedelta(seconds=self.policy.late_after_s)
            if post.due_at and now - post.due_at > late_after:
                await schedule.move(post.id, now, post.timezone)

    def _is_anothers(self, post: Post) -> bool:
        return is_carried(self.planner.settings.home, post.id)

    async def _carry(self, post: Post, *, is_left: bool) -> bool:
        """Drive a post in this process; False when it is another's, or not due.

        is_left: nothing was heard of the process that carries it, so that its lease alone protects it.
        """
        if not post.open_send and post.due_at and post.due_at - self._clock.now() > _LONG_REST:
            return False
        with carriage(self.planner.settings.home, post.id) as right:
            if right is None and not is_left:
                return False
            async with self._leased(post.id, right) as mine:
                if mine is None:
                    return False
                with contextlib.suppress(Conflict):  # somebody else changed it: look again
                    await self._go_on(mine)
        return True

    @asynccontextmanager
    async def _leased(self, post_id: PostId, right: Carriage | None) -> AsyncGenerator[Post | None]:
        store, worker = self.planner.store, uuid.uuid4().hex
        if right and right.predecessor:
            await store.run(store.posts.release_lease, post_id, right.predecessor)
        if right:
            right.sign(worker)
        async with leased(store, post_id, worker, lease_s=_LEASE_S) as post:
            yield post

    async def _go_on(self, post: Post) -> None:
        store, on_event = self.planner.store, self.files.listeners.on_event
        if post.open_send:
            text = "It was sent to be published, and the answer is not known: finding out whether it is live."
            on_event(JournalEvent(post_id=post.id, at=self._clock.now(), step="waiting", text=text))
        journal = StoreJournal(store, post, self._turns, self._clock, on_event=on_event)
        try:
            async with AsyncExitStack() as stack:
                stack.push_async_callback(journal.flush)
                publisher = Publisher(
                    context=Context(client=self.client, journal=journal, policy=self.policy),
                    preparation=self.files.preparation(post, stack),
                    when_busy=self._open_sends.wait_out,
                )
                await publisher.go_on(post)
        except StoreFailed as error:
            if journal.post.open_send:  # what became of it could not be written down
                raise outcome_unknown(journal.post, error) from error
            raise

    async def _stop(self, post_id: PostId) -> None:
        """End a post that was not sent yet, and give a worker that is sending it a moment to say how it was.

        A post that another living process carries stays that one's.
        """
        end = self._clock.monotonic() + self.policy.interrupt_grace_s
        with contextlib.suppress(PressroomError), carriage(self.planner.settings.home, post_id) as right:
            if right is None:
                return
            post = await self.planner.schedule.interrupt(post_id)
            while post.open_send and await self._is_workers() and self._clock.monotonic() < end:
                await self._clock.sleep(_LOOK_S)
                post = await self._get(post_id)

    def _is_over(self, post: Post) -> bool:
        """Tell whether nothing more happens to a post, or nothing soon to one that is live."""
        if post.state is not PostState.PUBLISHED or not post.followups:
            return post.state in FINAL_STATES
        return post.wake_at is not None and post.wake_at - self._clock.now() > _LONG_REST

    async def _require_progress(self, post: Post) -> None:
        """Do not let a person wait for what takes long. Raises StillWaiting."""
        now, accounts = self._clock.now(), self.planner.store.accounts
        pause = await self.planner.store.run(accounts.pause_of, post.account)
        if post.state not in _ON_ITS_WAY:
            return
        if pause and pause.until > now and await self._is_workers():
            raise _waiting(post, f"account {post.account_name!r} is paused: {pause.reason.rstrip('.')}")
        until = max(moment for moment in (post.due_at, post.wake_at, now) if moment)
        if until - now > _LONG_REST:
            why = f": {post.held_up_by.rstrip('.')}" if post.held_up_by else ""
            raise _waiting(post, f"it goes on at {until:%Y-%m-%d %H:%M} UTC{why}")

    async def _get(self, post_id: PostId) -> Post:
        return await self.planner.store.run(self.planner.store.posts.get, post_id)

    async def _events(self, post_id: PostId) -> tuple[JournalEvent, ...]:
        return await self.planner.store.run(self.planner.store.events.list, post_id)

    async def _tell_from(self, post_id: PostId, place: int) -> int:
        """Tell what a worker has written into the journal since; gives the place where it ends now."""
        events = await self._events(post_id)
        for event in events[place:]:
            self.files.listeners.on_event(event)
        return len(events)


def _answer(post: Post) -> Post:
    if post.state is PostState.NEEDS_ATTENTION and post.attention is Attention.OUTCOME_UNKNOWN:
        raise outcome_unknown(post)
    if post.state is PostState.FAILED and post.failure:
        raise EarlierFailure(post.failure)
    if post.state is not PostState.PUBLISHED:
        raise PressroomError(
            post.problem or f"The post is {post.state}.", fix=f"See: `pressroom schedule show {post.id}`."
        )
    return post


def _waiting(post: Post, why: str) -> StillWaiting:
    return StillWaiting(
        f"The post is kept, and {why}.",
        post_id=post.id,
        fix=f"It goes out by itself: do not publish it again. See: `pressroom schedule show {post.id}`.",
    )


def _unwritten(post_id: PostId, error: StoreFailed) -> StillWaiting:
    return StillWaiting(
        f"The post is kept, and how it goes on could not be read or written. {error.message}",
        post_id=post_id,
        fix=f"{error.fix} A worker, or the same command with the same key, goes on with it: "
        f"do not publish it otherwise. See: `pressroom schedule show {post_id}`.",
    )


def _held_back(post: Post) -> Refused:
    words = post.state.replace("_", " ")
    return Refused(
        f"The idempotency key stands for post {post.id}, which is {words}.",
        rule="state",
        value=post.state,
        fix="Use a new key for a new post."
        if post.state is PostState.CANCELLED
        else f"Let it go out: `pressroom schedule approve {post.id}`.",
    )
