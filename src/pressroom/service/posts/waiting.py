"""Waits for posts that other processes have, and says how the waiting for a post ended.

`Patience` notices that a post does not go on, and `OpenSends` settles what a dead process left half sent. The
functions below them return the live post, or make the error that says why there is none.
"""

import contextlib
import uuid
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pressroom.client.client import Client
from pressroom.core.account import UNTIL_RESUMED, Pause, is_of_token, sign_in
from pressroom.core.clock import Clock
from pressroom.core.errors import PressroomError, Refused, StillWaiting, StoreFailed
from pressroom.core.failure import EarlierFailure
from pressroom.core.journal import JournalEvent
from pressroom.core.post import SHORT_ID, Attention, Post, PostId, PostState
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.dispatch.locks import carriage
from pressroom.publish.driver import Means, PostDriver
from pressroom.publish.publisher import outcome_unknown
from pressroom.service.ground.files import Files
from pressroom.service.ground.resources import Resources

if TYPE_CHECKING:
    from pressroom.store.store import Store


_LOOK_S = 3.0
# Seconds. A process that drives a post saves it more often than every minute or, in a long upload or
# conversion, keeps renewing its lease: past `_GIVEN_UP_S` only a lease can show that it is alive.
_QUIET_S, _GIVEN_UP_S = 10.0, 60.0


@dataclass(slots=True)
class Patience:
    """Measures for how long a due post has not changed."""

    clock: Clock
    _revision: int | None = None
    _since: float = 0.0

    def heard(self, post: Post) -> None:
        """Note the post's state; a change of it, or a wake time ahead, restarts the timer."""
        is_due = post.wake_at is None or post.wake_at <= self.clock.now()
        if post.revision != self._revision or not is_due:
            # Monotonic: a system clock that is set back hours must hold nothing up.
            self._revision, self._since = post.revision, self.clock.monotonic()

    @property
    def is_quiet(self) -> bool:
        """Whether it is time to tell the person what is waited for."""
        return self._quiet_s >= _QUIET_S

    @property
    def is_over(self) -> bool:
        """Whether the process that has the post may be dead or stopped without releasing it."""
        return self._quiet_s >= _GIVEN_UP_S

    @property
    def _quiet_s(self) -> float:
        return self.clock.monotonic() - self._since


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSends:
    """Resolves the open send of another post, which blocks every send of its account.

    A send left open by a dead process is driven here as a worker would, once its lease is free.
    """

    store: "Store"
    client: Client
    resources: Resources
    lease_s: float
    _mentioned: set[PostId] = field(default_factory=set[PostId])

    async def wait_out(self, post: Post) -> None:
        """Wait until no other post of the account is being published."""
        clock = self.client.clock
        while True:
            other = await self.store.run(self.store.posts.open_send, post.account)
            if other is None or other == post.id:
                return
            if other not in self._mentioned:
                self._mentioned.add(other)
                short = other[:SHORT_ID]
                see = Fix.of("See: {}.", Remedy(RemedyKind.SHOW_POST, {"post": short}))
                text = (
                    f"Post {short} of the same account is being published: waiting until it is known "
                    f"whether it is live. {see} Ctrl-C ends the waiting."
                )
                event = JournalEvent(subject_id=post.id, at=clock.now(), step="waiting", text=text)
                self.resources.listeners.on_event(event)
            # An error here is about the other post: this one goes on waiting.
            with contextlib.suppress(PressroomError):
                await self._look_after(other)
            await clock.sleep(_LOOK_S)

    async def _look_after(self, other: PostId) -> None:
        posts, worker = self.store.posts, uuid.uuid4().hex
        files = Files.of(self.resources, self.client.account)

        async def means(post: Post) -> Means:
            return Means(self.client, files.preparation(post, stack))

        with carriage(self.resources.settings.home, other) as right:
            # This process holds the file's lock, so its last owner is dead: do not wait for that one's lease.
            if right and right.predecessor:
                await self.store.run(posts.release_lease, other, right.predecessor)
            if right:
                right.sign(worker)
            async with AsyncExitStack() as stack:
                driver = PostDriver(
                    store=self.store,
                    means=means,
                    worker=worker,
                    clock=self.client.clock,
                    policy=self.resources.policy,
                    lease_s=self.lease_s,
                )
                await driver.drive(other)


def require_live(post: Post) -> Post:
    """Return a live post. Raises what became of any other one."""
    if post.state is PostState.NEEDS_ATTENTION and post.attention is Attention.OUTCOME_UNKNOWN:
        raise outcome_unknown(post)
    if post.state is PostState.FAILED and post.failure:
        raise EarlierFailure(post.failure)
    if post.state is PostState.DELETED:
        raise PressroomError(
            "The post went live, and was deleted since.",
            fix=Fix.of("See: {}. It goes out anew under another key.", _show(post.id)),
        )
    if post.state is not PostState.PUBLISHED:
        raise PressroomError(
            post.problem or f"The post is {post.state}.", fix=Fix.of("See: {}.", _show(post.id))
        )
    return post


def still_waiting(post: Post, why: str) -> StillWaiting:
    """Make the error of a post that goes out later."""
    return StillWaiting(
        f"The post is kept, and {why}.",
        post_id=post.id,
        fix=Fix.of("It goes out by itself: do not publish it again. See: {}.", _show(post.id)),
    )


def paused(post: Post, pause: Pause) -> StillWaiting:
    """Make the error of a post that its account's pause holds."""
    why = f"account {post.account_name!r} is paused: {pause.reason.rstrip('.')}"
    if pause.until != UNTIL_RESUMED:
        return still_waiting(post, why)
    name = {"account": post.account_name}
    act = (
        sign_in(post.login or post.account) if is_of_token(pause) else Remedy(RemedyKind.RESUME_ACCOUNT, name)
    )
    return StillWaiting(
        f"The post is kept, and {why}.",
        post_id=post.id,
        fix=Fix.of(
            "Let the account go on: {}. The post goes out then: do not publish it again. See: {}.",
            act,
            _show(post.id),
        ),
    )


def signed_out(post: Post) -> StillWaiting:
    """Make the error of a post that its account has no token for."""
    return StillWaiting(
        f"The post is kept, and nobody is signed in to account {post.account_name!r}.",
        post_id=post.id,
        fix=Fix.of(
            "Sign in: {}. The post goes out then: do not publish it again. See: {}.",
            sign_in(post.login or post.account),
            _show(post.id),
        ),
    )


def unwritten(post_id: PostId, error: StoreFailed) -> StillWaiting:
    """Make the error of a post that the store could not read or write."""
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


def held_back(post: Post) -> Refused:
    """Make the refusal to publish what a person holds back."""
    words = post.state.replace("_", " ")
    return Refused(
        f"The idempotency key stands for post {post.id}, which is {words}.",
        rule="state",
        value=post.state,
        fix="Use a new key for a new post."
        if post.state is PostState.CANCELLED
        else Fix.of("Let it go out: {}.", Remedy(RemedyKind.APPROVE_POST, {"post": post.id})),
    )
