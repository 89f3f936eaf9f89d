"""Finds a post of the same content that went out a moment ago: somebody may publish it again by mistake."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from pressroom.core.content import content_hash
from pressroom.core.errors import MediaRefused
from pressroom.core.post import WAITING_STATES, Post, PostState
from pressroom.core.repositories import PostQuery
from pressroom.service.acting import Acting
from pressroom.service.copies import with_names_of_copies
from pressroom.service.resources import Resources

_LATELY = timedelta(minutes=10)
_OUT = (PostState.PUBLISHED, PostState.PUBLISHING, *WAITING_STATES)
# By their due time, and a late post goes out long after it.
_SINCE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Twins:
    """Looks among the posts of a session's account."""

    resources: Resources
    acting: Acting

    async def of(self, content: Post) -> Post | None:
        """Return the newest post of the same content that went out, or goes out, within ten minutes.

        Makes no call. None also for a file that cannot be read, which publishing refuses by name.
        """
        if not self.resources.has_store:
            return None
        try:
            named = await with_names_of_copies(content, self.resources.settings.assets)
        except MediaRefused:
            return None
        digest, now = content_hash(named), self.resources.clock.now()
        return next(
            (post for post in await self._out(now) if _is_near(post, now) and content_hash(post) == digest),
            None,
        )

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


def published_at(post: Post) -> datetime | None:
    """Return when a post was sent last; its due time where it was not."""
    return post.sends[-1].started_at if post.sends else post.due_at


def _is_near(post: Post, now: datetime) -> bool:
    at = published_at(post)
    return post.state is not PostState.PUBLISHED or (at is not None and now - at < _LATELY)
