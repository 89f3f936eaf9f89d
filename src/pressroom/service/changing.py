"""Changes of stored posts, beside whatever a worker does to them: each is a compare-and-set."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from pressroom.core.errors import AnotherSendOpen, Conflict
from pressroom.core.journal import JournalEvent
from pressroom.core.post import Post
from pressroom.publish.machine import resume
from pressroom.service.resources import Resources

_TRIES = 5


@dataclass(frozen=True, slots=True)
class Changes:
    """Changes the posts of a session's store."""

    resources: Resources

    async def make(self, prefix: str, what: str, operate: Callable[[Post], Post]) -> Post:
        """Operate on what is stored now; when the worker was quicker, look again and decide anew.

        what: the word for it, in the past tense. Raises NotFound, what `operate` raises, and Conflict.
        """
        store, now = await self.resources.store(), self.resources.clock.now()
        for _ in range(_TRIES):
            post = await store.run(store.posts.find, prefix)
            after = operate(post)
            if after is post:
                return post
            after = replace(after, wake_at=_wake_at(after))
            event = JournalEvent(subject_id=post.id, at=now, step=what, text=f"A person has {what} it.")
            try:
                await store.run(store.posts.save, after, post, [event])
            except AnotherSendOpen:
                raise
            except Conflict:
                continue
            return after
        raise Conflict("The post is being changed by others all the time.", fix="Try again in a moment.")


def _wake_at(post: Post) -> datetime | None:
    effects = resume(post)
    return getattr(effects[0], "not_before", None) if effects else None
