"""Publishing now by way of the store, so that a process killed at any moment loses nothing.

A worker that runs and has the token carries the post; else this process does, under a lease of its own.
"""

import asyncio
import contextlib
import os
import uuid
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from pressroom.client.client import Client
from pressroom.core.clock import Clock
from pressroom.core.errors import Conflict, PressroomError, Refused, StillWaiting, StoreFailed
from pressroom.core.failure import EarlierFailure
from pressroom.core.journal import JournalEvent
from pressroom.core.post import Attention, Post, PostId, PostState
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.repositories import Repositories
from pressroom.dispatch.carriage import Carriage, carriage, is_carried
from pressroom.publish.context import Context
from pressroom.publish.lease import leased
from pressroom.publish.machine.transitions import FINAL_STATES
from pressroom.publish.manners.store_journal import StoreJournal, Turns
from pressroom.publish.publisher import Publisher, outcome_unknown
from pressroom.service.acting import Acting
from pressroom.service.changing import Change, Changes, Verb
from pressroom.service.planning import Planned, Planning
from pressroom.service.resources import Resources
from pressroom.service.storing import Schedule
from pressroom.service.waiting import OpenSends, Patience

_LOOK_S = 0.3
_LEASE_S = 15.0
# Between being stored and being leased: a worker that is not to carry the post must not be quicker.
_HEAD_START_S = 15.0
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
        """Keep a post that is due now; one that came before with this key goes on where it stopped.

        is_left: to a worker; warnings then say what keeps it from going out. Else `see_through` comes next.
        Raises Refused, or KeyReused for a key that stands for other content.
        """
        if not is_left:
            await self.acting.client()
        identity = await self.acting.identity()
        stored = await self.acting.login(identity.login or identity.asked)
        schedule = Schedule(
            due_at=self._clock.now(),
            timezone=stored.timezone if stored else "UTC",
            idempotency_key=key,
            left_alone_s=0.0 if is_left or await self._is_workers() else _HEAD_START_S,
        )
        try:
            accepted = await self._accept(content, schedule)
        except asyncio.CancelledError:
            await self._stop(content.id)
            raise
        if is_left:
            around = await self.planning.obstacles.of(accepted.post.account)
            return replace(accepted, warnings=(*accepted.warnings, *around))
        for text in accepted.warnings:
            self._tell(accepted.post.id, "warning", text)
        return accepted

    async def _accept(self, content: Post, schedule: Schedule) -> Planned:
        kept = await self.planning.keep(content, schedule)
        if kept.is_replay:
            await self._set_going(kept.post)
        return kept

    def _tell(self, post_id: PostId, step: str, text: str) -> None:
        event = JournalEvent(subject_id=post_id, at=self._clock.now(), step=step, text=text)
        self.resources.listeners.on_event(event)

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
            if self._is_to_be_said(post, patience) and not post.state.is_held:
                self._say(post, await self._working())
            await self._clock.sleep(_LOOK_S)
        return post

    async def _working(self) -> str:
        """Name the worker that has to go on with the account's posts."""
        obstacles = self.planning.obstacles
        if not await obstacles.is_worker_running():
            return str(_NO_WORKER)
        pid = await obstacles.worker_pid()
        return f"the worker, process {pid}," if pid else "a worker"

    async def _require_ours(self, post_id: PostId) -> None:
        """Let nothing be published by a token of another user. Raises Refused."""
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
        self._tell(post.id, "waiting", text)

    async def _is_workers(self) -> bool:
        """Tell whether posts of the account are left to a worker of this machine."""
        # Those of other machines do not have this one's files.
        store = await self.resources.store()
        if (await self.acting.identity()).login is None or store.is_shared:
            return False
        return await self.planning.obstacles.is_worker_running()

    async def _set_going(self, post: Post) -> None:
        """Do for a repeated submit what a person who wants the post live now would do."""
        now = self._clock.now()
        if post.is_interrupted:
            await self.changes.make(post.id, Change(Verb.TAKE_UP))
        elif post.state is PostState.CANCELLED or post.state.is_held:
            raise _held_back(post)
        elif post.state is PostState.NEEDS_ATTENTION and post.attention is Attention.OUTCOME_UNKNOWN:
            await self.changes.make(post.id, Change(Verb.RECONCILE))
        elif post.state in FINAL_STATES - {PostState.PUBLISHED}:
            await self.changes.make(post.id, Change(Verb.RETRY))
        elif await self._is_overdue(post, now):
            given = {"due_at": now.isoformat(), "timezone": post.timezone}
            await self.changes.make(post.id, Change(Verb.MOVE, given))

    async def _is_overdue(self, post: Post, now: datetime) -> bool:
        """Tell whether a post is so late that its own rule would hold it, and nobody else carries it."""
        if not post.state.is_waiting or await self._is_workers() or self._is_anothers(post):
            return False
        late_after = timedelta(seconds=self.resources.policy.late_after_s)
        return post.due_at is not None and now - post.due_at > late_after

    def _is_anothers(self, post: Post) -> bool:
        return is_carried(self.resources.settings.home, post.id)

    async def _carry(self, post: Post, *, is_left: bool) -> bool:
        """Drive a post in this process; False when it is another's, or not due.

        is_left: nothing was heard of the process that carries it, so that its lease alone protects it.
        """
        if not post.open_send and post.due_at and post.due_at - self._clock.now() > _LONG_REST:
            return False
        with carriage(self.resources.settings.home, post.id) as right:
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
        store, worker = await self.resources.store(), uuid.uuid4().hex
        if right and right.predecessor:
            await store.run(store.posts.release_lease, post_id, right.predecessor)
        if right:
            right.sign(worker)
        async with leased(store, post_id, worker, lease_s=_LEASE_S) as post:
            yield post

    async def _go_on(self, post: Post) -> None:
        if post.open_send:
            text = "It was sent to be published, and the answer is not known: finding out whether it is live."
            self._tell(post.id, "waiting", text)
        ours = self.resources
        store, client, on_event = await ours.store(), await self.acting.client(), ours.listeners.on_event
        journal = StoreJournal(store, post, self._turns, self._clock, on_event=on_event)
        try:
            async with AsyncExitStack() as stack:
                stack.push_async_callback(journal.flush)
                publisher = Publisher(
                    context=Context(client=client, journal=journal, policy=ours.policy),
                    preparation=ours.files(client.account).preparation(post, stack),
                    when_busy=self._open_sends(store, client).wait_out,
                )
                await publisher.go_on(post)
        except StoreFailed as error:
            if journal.post.open_send:  # what became of it could not be written down
                raise outcome_unknown(journal.post, error) from error
            raise

    def _open_sends(self, store: Repositories, client: Client) -> OpenSends:
        return OpenSends(
            store=store,
            home=self.resources.settings.home,
            client=client,
            files=self.resources.files(client.account),
            policy=self.resources.policy,
            lease_s=_LEASE_S,
            tell=self.resources.listeners.on_event,
        )

    async def _stop(self, post_id: PostId) -> None:
        """End a post that was not sent yet, and give a worker that is sending it a moment to say how it was.

        A post that another living process carries stays that one's.
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
        """Tell whether nothing more happens to a post, or nothing soon to one that is live."""
        if post.state is not PostState.PUBLISHED or not post.followups:
            return post.state in FINAL_STATES
        return post.wake_at is not None and post.wake_at - self._clock.now() > _LONG_REST

    async def _require_progress(self, post: Post) -> None:
        """Do not let a person wait for what takes long. Raises StillWaiting."""
        now, store = self._clock.now(), await self.resources.store()
        pause = await store.run(store.accounts.pause_of, post.account)
        if not post.state.is_waiting:
            return
        if pause and pause.until > now and await self._is_workers():
            raise _waiting(post, f"account {post.account_name!r} is paused: {pause.reason.rstrip('.')}")
        until = max(moment for moment in (post.due_at, post.wake_at, now) if moment)
        if until - now > _LONG_REST:
            why = f": {post.held_up_by.rstrip('.')}" if post.held_up_by else ""
            raise _waiting(post, f"it goes on at {until:%Y-%m-%d %H:%M} UTC{why}")

    async def _get(self, post_id: PostId) -> Post:
        store = await self.resources.store()
        return await store.run(store.posts.get, post_id)

    async def _events(self, post_id: PostId) -> tuple[JournalEvent, ...]:
        store = await self.resources.store()
        return await store.run(store.events.list, post_id)

    async def _tell_from(self, post_id: PostId, place: int) -> int:
        """Tell what a worker has written into the journal since; gives the place where it ends now."""
        events = await self._events(post_id)
        if not await self._is_told_already():
            for event in events[place:]:
                self.resources.listeners.on_event(event)
        return len(events)

    async def _is_told_already(self) -> bool:
        """Tell whether this session's own worker works, which tells its steps itself."""
        return self.resources.works and await self.planning.obstacles.worker_pid() == os.getpid()


def _answer(post: Post) -> Post:
    if post.state is PostState.NEEDS_ATTENTION and post.attention is Attention.OUTCOME_UNKNOWN:
        raise outcome_unknown(post)
    if post.state is PostState.FAILED and post.failure:
        raise EarlierFailure(post.failure)
    if post.state is not PostState.PUBLISHED:
        raise PressroomError(
            post.problem or f"The post is {post.state}.", fix=Fix.of("See: {}.", _show(post.id))
        )
    return post


def _waiting(post: Post, why: str) -> StillWaiting:
    return StillWaiting(
        f"The post is kept, and {why}.",
        post_id=post.id,
        fix=Fix.of("It goes out by itself: do not publish it again. See: {}.", _show(post.id)),
    )


def _unwritten(post_id: PostId, error: StoreFailed) -> StillWaiting:
    return StillWaiting(
        f"The post is kept, and how it goes on could not be read or written. {error.message}",
        post_id=post_id,
        fix=Fix.of(
            "{} A worker, or the same command with the same key, goes on with it: "
            "do not publish it otherwise. See: {}.",
            error.advice,
            _show(post_id),
        ),
    )


def _show(post_id: PostId) -> Remedy:
    return Remedy(RemedyKind.SHOW_POST, {"post": post_id})


def _held_back(post: Post) -> Refused:
    words = post.state.replace("_", " ")
    return Refused(
        f"The idempotency key stands for post {post.id}, which is {words}.",
        rule="state",
        value=post.state,
        fix="Use a new key for a new post."
        if post.state is PostState.CANCELLED
        else Fix.of("Let it go out: {}.", Remedy(RemedyKind.APPROVE_POST, {"post": post.id})),
    )
