"""One change of many posts: each by the use-case of one, so that one that fails stops no other."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from pressroom.core.errors import PressroomError, Refused
from pressroom.core.post import Post, PostState
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.when import require_shift, shifted, zone_named
from pressroom.publish.machine.operations import TABLE, Operation
from pressroom.service.consent.changing import Change, Changes, Verb, distinct, unchecked

# By its id any post is changed that allows it; a selection leaves out what a person hardly means by it: a
# draft is not finished, and moving what failed or was missed would send it.
_NOT_MEANT = {
    Verb.APPROVE: frozenset({PostState.DRAFT}),
    Verb.MOVE: frozenset({PostState.FAILED, PostState.MISSED, PostState.NEEDS_ATTENTION}),
}


@dataclass(frozen=True, slots=True)
class BulkChange:
    """What is done to each post. verb: approve, cancel, move or retry.

    by: the shift of a move, such as `+1d`, from the time at which the post goes out. is_unchecked: posts are
    not looked for on the profile before a retry sends them. Raises Refused for what is no shift.
    """

    verb: Verb
    by: str = ""
    is_unchecked: bool = False

    def __post_init__(self) -> None:
        if self.verb is Verb.MOVE:
            require_shift(self.by)

    @property
    def states(self) -> tuple[PostState, ...]:
        """The states that a selection without states is limited to."""
        return tuple(set(TABLE[Operation(self.verb)]) - _NOT_MEANT.get(self.verb, frozenset()))

    def of(self, post: Post) -> Change:
        """Return the change of a post. Raises Refused for a post that cannot be shifted."""
        if self.verb is not Verb.MOVE:
            return Change(self.verb, unchecked(is_unchecked=self.is_unchecked))
        zone = zone_named(post.timezone)
        due_at = shifted(_goes_out_at(post), self.by, zone)
        return Change(self.verb, {"due_at": due_at.isoformat(), "timezone": zone.key})


@dataclass(frozen=True, slots=True)
class BulkResult:
    """What became of one post. id: as it was asked for. post: as it is now; None where there is none.

    error: why it was not changed.
    """

    id: str
    post: Post | None
    error: PressroomError | None = None


async def rehearsed(changes: Changes, ids: Sequence[str], change: BulkChange) -> AsyncGenerator[BulkResult]:
    """Tell of each post, once, how it would be changed, or why it would not be; changes none."""
    store, now = await changes.resources.store(), changes.resources.clock.now()
    find = partial(store.run, store.posts.find)
    for asked in await distinct(ids, find):
        post: Post | None = None
        try:
            post = await find(asked)
            result = BulkResult(asked, change.of(post).operate(post, now))
        except PressroomError as error:
            result = BulkResult(asked, post, error)
        yield result


async def changed(changes: Changes, ids: Sequence[str], change: BulkChange) -> AsyncGenerator[BulkResult]:
    """Change each post, once, and tell what became of it."""
    store = await changes.resources.store()
    find = partial(store.run, store.posts.find)
    for asked in await distinct(ids, find):
        post: Post | None = None
        try:
            post = await find(asked)
            result = BulkResult(asked, await changes.make(post.id, change.of(post), seen=post))
        except PressroomError as error:
            result = BulkResult(asked, post, error)
        yield result


def _goes_out_at(post: Post) -> datetime:
    if post.goes_out_at is None:
        raise Refused(
            f"Post {post.id} has no time that could be shifted.",
            rule="due_time",
            value=post.id,
            limit="a post with a due time",
            fix=Fix.of("Give it one: {}.", Remedy(RemedyKind.MOVE_POST, {"post": post.id})),
        )
    return post.goes_out_at
