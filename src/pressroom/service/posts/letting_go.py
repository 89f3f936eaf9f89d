"""Has a post go out, whatever its state: what a person means by "publish it" or "publish it then"."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pressroom.core.errors import Refused
from pressroom.core.post import Attention, Post, PostState
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.service.consent.changing import NOW, Change, Changes, Verb
from pressroom.service.posts.planning import Moment, Planning
from pressroom.service.posts.tables.checking import moved_to

_TRIES: Final = 3
_GONE: Final = (PostState.PUBLISHING, PostState.PUBLISHED)


@dataclass(frozen=True, slots=True)
class LettingGo:
    """Chooses the change that has a post go out."""

    planning: Planning
    changes: Changes

    async def let_go(self, post: Post, at: datetime | str | None, timezone: str | None) -> Post:
        """Have a post go out at a time, or at once; changes nothing where it does so already."""
        for _ in range(_TRIES):
            try:
                return await self._once(post, at, timezone)
            except Refused:
                # Decided of the post as it was read: another process may have let it go meanwhile.
                earlier, post = post, await self._read(post)
                if post.revision == earlier.revision:
                    raise
        return await self._once(post, at, timezone)

    async def _read(self, post: Post) -> Post:
        store = await self.planning.resources.store()
        return await store.run(store.posts.get, post.id)

    async def _once(self, post: Post, at: datetime | str | None, timezone: str | None) -> Post:
        if at is None:
            return await self._approved(await self._now(post))
        async with self.planning.moment_of_move(post, at, timezone) as due:
            return await self._then(post, due)

    async def _now(self, post: Post) -> Post:
        if post.state in _GONE:
            return post
        if post.attention is Attention.OUTCOME_UNKNOWN:
            raise _in_doubt(post)
        if not post.state.is_held and not post.state.is_waiting:
            return await self._change(post, Verb.RETRY)
        is_ahead = post.goes_out_at and post.goes_out_at > self.planning.resources.clock.now()
        return await self._change(post, Verb.MOVE, due_at=NOW, timezone=post.timezone) if is_ahead else post

    async def _then(self, post: Post, due: Moment) -> Post:
        is_so = post.due_at == due.at
        if not post.state.is_held:
            return (
                post
                if is_so and post.state.is_waiting
                else await self._change(post, Verb.MOVE, **moved_to(due))
            )
        if is_so:
            return await self._approved(post)
        actor = await self.changes.gate.actor()
        if actor.is_program and post.actor == actor.id:
            # Its own draft: what it waits for then is the post as it is, at its time.
            return await self._approved(await self._change(post, Verb.MOVE, **moved_to(due)))
        return await self._change(post, Verb.APPROVE, **moved_to(due))

    async def _approved(self, post: Post) -> Post:
        return await self._change(post, Verb.APPROVE) if post.state.is_held else post

    async def _change(self, post: Post, verb: Verb, **arguments: str) -> Post:
        return await self.changes.make(post.id, Change(verb, arguments))


def _in_doubt(post: Post) -> Refused:
    return Refused(
        f"Nobody knows whether post {post.id} is live: publishing it now could show it twice.",
        rule="state",
        value=post.attention,
        limit="a post whose outcome is known",
        fix=Fix.of("Have Instagram asked first: {}.", Remedy(RemedyKind.RECONCILE_POST, {"post": post.id})),
    )
