"""Waiting for a post that another process has: tells what is waited for, and notices a dead process."""

import contextlib
import uuid
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pressroom.client.client import Client
from pressroom.core.clock import Clock
from pressroom.core.errors import PressroomError
from pressroom.core.journal import JournalEvent
from pressroom.core.post import SHORT_ID, Post, PostId
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.dispatch.locks import carriage
from pressroom.publish.driver import Means, PostDriver
from pressroom.publish.machine.policy import Policy
from pressroom.service.ground.files import Files

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
    home: Path
    client: Client
    files: Files
    policy: Policy
    lease_s: float
    tell: Callable[[JournalEvent], None]
    _told: set[PostId] = field(default_factory=set[PostId])

    async def wait_out(self, post: Post) -> None:
        """Wait until no other post of the account is being published."""
        clock = self.client.clock
        while True:
            other = await self.store.run(self.store.posts.open_send, post.account)
            if other is None or other == post.id:
                return
            self._say(post, other)
            # An error here is about the other post: this one goes on waiting.
            with contextlib.suppress(PressroomError):
                await self._look_after(other)
            await clock.sleep(_LOOK_S)

    def _say(self, post: Post, other: PostId) -> None:
        if other not in self._told:
            self._told.add(other)
            short = other[:SHORT_ID]
            see = Fix.of("See: {}.", Remedy(RemedyKind.SHOW_POST, {"post": short}))
            text = (
                f"Post {short} of the same account is being published: waiting until it is known "
                f"whether it is live. {see} Ctrl-C ends the waiting."
            )
            self.tell(JournalEvent(subject_id=post.id, at=self.client.clock.now(), step="waiting", text=text))

    async def _look_after(self, other: PostId) -> None:
        posts, worker = self.store.posts, uuid.uuid4().hex
        with carriage(self.home, other) as right:
            # This process holds the file's lock, so its last owner is dead: do not wait for that one's lease.
            if right and right.predecessor:
                await self.store.run(posts.release_lease, other, right.predecessor)
            if right:
                right.sign(worker)
            async with AsyncExitStack() as stack:
                await self._driver(worker, stack).drive(other)

    def _driver(self, worker: str, stack: AsyncExitStack) -> PostDriver:
        async def means(post: Post) -> Means:
            return Means(self.client, self.files.preparation(post, stack))

        return PostDriver(
            store=self.store,
            means=means,
            worker=worker,
            clock=self.client.clock,
            policy=self.policy,
            lease_s=self.lease_s,
        )
