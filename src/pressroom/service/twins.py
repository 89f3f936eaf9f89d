"""Finds a post of the same content that went out a moment ago: somebody may publish it again by mistake."""

import asyncio
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from pressroom.core.clock import Clock
from pressroom.core.errors import Refused
from pressroom.core.flock import open_lock_file, try_lock
from pressroom.core.post import WAITING_STATES, Post, PostState
from pressroom.core.stored_posts import PostQuery, content_hash
from pressroom.service.acting import Acting
from pressroom.service.copies import content_when_kept
from pressroom.service.resources import Resources

_LATELY = timedelta(minutes=10)
_LOOK_AGAIN_S = 0.1
_OUT = (PostState.PUBLISHED, PostState.PUBLISHING, *WAITING_STATES)
# By their due time, and a late post goes out long after it.
_SINCE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class RecentTwins:
    """Looks among what went out, or is about to, of a session's account."""

    resources: Resources
    acting: Acting

    async def of(self, content: Post) -> Post | None:
        """Return the newest post of the same content that went out, or goes out, within ten minutes.

        Makes no call. None also for a file that cannot be read, which publishing refuses by name.
        """
        if not self.resources.has_store:
            return None
        digest = await content_when_kept(content, self.resources.settings.assets)
        if digest is None:
            return None
        now = self.resources.clock.now()
        near = (post for post in await self._out(now) if _is_near(post, now))
        return next((post for post in near if content_hash(post) == digest), None)

    async def _out(self, now: datetime) -> tuple[Post, ...]:
        store, identity = await self.resources.store(), await self.acting.identity()
        query = PostQuery(
            states=_OUT,
            account=identity.account,
            due_from=now - _SINCE,
            due_before=now + _LATELY,
            newest_first=True,
            limit=500,
        )
        return (await store.run(store.posts.list, query)).posts


class PublishedLately(Refused):
    """The same content went out, or goes out, within ten minutes: `twin`."""

    def __init__(self, twin: Post) -> None:
        super().__init__(
            f"The same {twin.kind} went out moments ago, or is on its way, as post {twin.id}.",
            rule="published_lately",
            value=twin.permalink or twin.id,
            limit="the same once in ten minutes",
            fix="Publish it with an idempotency key, or allow it to go out again.",
        )
        self.twin = twin


@asynccontextmanager
async def one_at_a_time(home: Path, clock: Clock) -> AsyncGenerator[None]:
    """Let one process of this machine look for a twin and store its post before the next one looks."""
    descriptor = await asyncio.to_thread(_opened, home)
    try:
        # Not waited for in a thread: that could not be cancelled.
        while not try_lock(descriptor):
            await clock.sleep(_LOOK_AGAIN_S)
        yield
    finally:
        os.close(descriptor)


def _opened(home: Path) -> int:
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    return open_lock_file(home / "publishing.lock")


def published_at(post: Post) -> datetime | None:
    """Return when a post was sent last; its due time where it was not."""
    return post.sends[-1].started_at if post.sends else post.due_at


def _is_near(post: Post, now: datetime) -> bool:
    at = published_at(post)
    return post.state is not PostState.PUBLISHED or (at is not None and now - at < _LATELY)
