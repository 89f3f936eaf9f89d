"""Changes of stored posts that take more than one operation of `consent.changing.Changes`.

* `BulkChange` and `change_each`: the same change of many posts; where it fails for one, the others go on.
* `Releasing`: has a post go out, whatever its state: "publish it", or "publish it then".
* `require_not_live`: checks a person's word that a post in doubt is not live against what Instagram shows.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Never

from pressroom.core.errors import (
    GraphError,
    NotFound,
    PressroomError,
    Refused,
    SignInRequired,
    TransportError,
)
from pressroom.core.post import WENT_LIVE, Attention, Look, Post, PostState, When
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.when import require_ahead, require_shift, shifted, zone_named
from pressroom.graph.answers import ContainerStatus
from pressroom.publish.machine.operations import TABLE, Operation, possible
from pressroom.service.acting.acting import Acting
from pressroom.service.consent.change import NOW, Change, Verb, word_of
from pressroom.service.consent.changing import Changes, distinct

if TYPE_CHECKING:
    from pressroom.service.posts.planning import Moment, Planning, Undated

# By its id any post is changed that allows it; a selection leaves out what a person hardly means by it: a
# draft is not finished.
_NOT_MEANT = {Verb.APPROVE: frozenset({PostState.DRAFT})}
_SHIFTING = frozenset({Verb.MOVE, Verb.RESCHEDULE})

MOVABLE = frozenset(TABLE[Operation.MOVE])
"""The states in which a post may be moved."""


def may_edit(post: Post) -> bool:
    """Tell whether what a post shows may be changed as it stands."""
    return Operation.EDIT in possible(post)


@dataclass(frozen=True, slots=True)
class BulkChange:
    """What is done to each post. verb: approve, cancel, move, reschedule or retry.

    by: the shift of a move or reschedule, such as `+1d`, from the time at which the post goes out.
    is_unchecked: posts are not looked for on the profile before a retry sends them. is_late: the new time may
    be over. is_again: also a post of which the same went out since it was made.
    Raises Refused for what is no shift.
    """

    verb: Verb
    by: str = ""
    is_unchecked: bool = False
    is_late: bool = False
    is_again: bool = False

    def __post_init__(self) -> None:
        if self.verb in _SHIFTING:
            require_shift(self.by)

    @property
    def states(self) -> tuple[PostState, ...]:
        """The states that a selection without states is limited to."""
        return tuple(set(TABLE[Operation(self.verb)]) - _NOT_MEANT.get(self.verb, frozenset()))

    def of(self, post: Post, now: datetime) -> Change:
        """Return the change of a post. Raises Refused for a post that cannot be shifted, TimeIsOver."""
        if self.verb not in _SHIFTING:
            return Change(self.verb, word_of(is_unchecked=self.is_unchecked, is_again=self.is_again))
        if post.goes_out_at is None:
            raise Refused(
                f"Post {post.id} has no time that could be shifted.",
                rule="due_time",
                value=post.id,
                limit="a post with a due time",
                fix=Fix.of("Give it one: {}.", Remedy(RemedyKind.MOVE_POST, {"post": post.id})),
            )
        zone = zone_named(post.timezone)
        due_at = shifted(post.goes_out_at, self.by, zone)
        require_ahead(due_at, zone.key, now, is_late=self.is_late)
        moved = {"due_at": due_at.isoformat(), "timezone": zone.key}
        return Change(self.verb, {**moved, **word_of(is_again=self.is_again)})


@dataclass(frozen=True, slots=True)
class BulkResult:
    """What became of one post. id: as it was asked for. post: as it is now; None where there is none.

    error: why it was not changed. version: that it had before, where it was or would be changed: what agrees
    to a rehearsed change is bound to that.
    """

    id: str
    post: Post | None
    error: PressroomError | None = None
    version: int | None = None


async def change_each(
    changes: Changes,
    ids: Sequence[str],
    change: BulkChange,
    versions: Mapping[str, int] = MappingProxyType({}),
    *,
    is_rehearsal: bool = False,
) -> AsyncGenerator[BulkResult]:
    """Change each post, once, and tell what became of it; a rehearsal tells what would, and changes none.

    versions: those that were seen, by whole id.
    """
    store, now = await changes.resources.store(), changes.resources.clock.now()
    find = partial(store.run, store.posts.find)
    for name in await distinct(ids, find):
        post: Post | None = None
        try:
            post = await find(name)
            seen = versions.get(post.id, post.version)
            await changes.require_version(post, seen)
            change_of_post = change.of(post, now)
            changed = (
                await changes.rehearse(post, change_of_post)
                if is_rehearsal
                else await changes.make(post.id, change_of_post, version=seen)
            )
            result = BulkResult(name, changed, version=post.version)
        except PressroomError as error:
            result = BulkResult(name, post, error)
        yield result


def time_verb(post: Post) -> Verb:
    """Return the change that gives a post another time: what is over is planned again."""
    return Verb.MOVE if Operation.MOVE in possible(post) else Verb.RESCHEDULE


# Each further try is for a post that another process changed between its reading and its change.
_FURTHER_TRIES: Final = 3
_GONE: Final = (PostState.PUBLISHING, *WENT_LIVE)


@dataclass(frozen=True, slots=True)
class Releasing:
    """Chooses the change that has a post go out.

    is_bound: only as it was read; raises PostChanged where it was changed since.
    """

    planning: "Planning"
    changes: Changes
    is_bound: bool = False

    async def release(self, post: Post, at: date | str | None, timezone: str | None) -> Post:
        """Have a post go out at a time, or at once; changes nothing where it does so already."""
        for tries_left in range(_FURTHER_TRIES, -1, -1):
            try:
                _require_not_cancelled(post)
                if at in (None, When.NOW):
                    return await self._now(post, is_said=at is not None)
                verb = Verb.APPROVE if post.state.is_held else time_verb(post)
                async with self.planning.moment_of_move(post, at, timezone, verb=verb) as due:
                    return await self._at(post, due)
            except Refused:
                if not tries_left:
                    raise
                # The change was chosen by the post as it was read, and another process may have released it.
                store, revision = await self.planning.resources.store(), post.revision
                post = await store.run(store.posts.get, post.id)
                if post.revision == revision:
                    raise
        raise AssertionError

    async def _now(self, post: Post, *, is_said: bool) -> Post:
        if post.state in _GONE:
            return post
        if post.attention is Attention.OUTCOME_UNKNOWN:
            raise Refused(
                f"Nobody knows whether post {post.id} is live: publishing it now could show it twice.",
                rule="state",
                value=post.attention,
                limit="a post whose outcome is known",
                fix=Fix.of(
                    "Have Instagram asked first: {}.", Remedy(RemedyKind.RECONCILE_POST, {"post": post.id})
                ),
            )
        is_ahead = post.goes_out_at is not None and post.goes_out_at > self.planning.resources.clock.now()
        if post.state.is_held and post.when is not When.NOW and (is_said or is_ahead):
            return await self._let_go(post, {"due_at": NOW, "timezone": post.timezone})
        if not post.state.is_held and not post.state.is_waiting:
            post = await self._change(post, Verb.RETRY)
        elif is_ahead:
            post = await self._change(post, Verb.MOVE, due_at=NOW, timezone=post.timezone)
        return await self._approved(post)

    async def _at(self, post: Post, due: "Moment | Undated") -> Post:
        is_due_then = due.at is not None and post.due_at == due.at
        if not post.state.is_held:
            is_done = is_due_then and post.state.is_waiting
            return post if is_done else await self._change(post, time_verb(post), **due.arguments)
        return await (self._approved(post) if is_due_then else self._let_go(post, due.arguments))

    async def _let_go(self, post: Post, time: Mapping[str, str]) -> Post:
        """Give a post that is held back a time, and approve it."""
        actor = await self.changes.gate.actor()
        is_own = actor.is_program and post.actor == actor.id
        if is_own and post.state is PostState.AWAITING_APPROVAL and "due_at" in time:
            # A program moves it itself, and what then waits is the post at its time.
            return await self._approved(await self._change(post, Verb.MOVE, **time))
        return await self._change(post, Verb.APPROVE, **time)

    async def _approved(self, post: Post) -> Post:
        return await self._change(post, Verb.APPROVE) if post.state.is_held else post

    async def _change(self, post: Post, verb: Verb, **arguments: str) -> Post:
        version = post.version if self.is_bound else None
        return await self.changes.make(post.id, Change(verb, arguments), version=version)


def _require_not_cancelled(post: Post) -> None:
    # Else it would be taken for one that failed, and the refusal would speak of a retry.
    if post.state is PostState.CANCELLED:
        raise Refused(
            f"Post {post.id} is cancelled: it cannot be let go any more.",
            rule="state",
            value=post.state,
            limit="a post that is not cancelled",
            fix="Plan the same anew, as a post of its own.",
        )


# Any other status (IN_PROGRESS, one that this release does not know, none) leaves open whether it goes live.
_CANNOT_BE_LIVE = (ContainerStatus.FINISHED, ContainerStatus.ERROR, ContainerStatus.EXPIRED)


async def require_not_live(post: Post, acting: Acting) -> None:
    """Ask Instagram whether a post in doubt is live: a person can be wrong, and `resolve` sends it again.

    Raises Refused for one that is live, or whose state cannot be read.
    """
    # What publishes: a list loads this module for `BulkChange`.
    from pressroom.publish.context import Context  # noqa: PLC0415
    from pressroom.publish.manners.durable import StoreJournal, Turns  # noqa: PLC0415
    from pressroom.publish.steps.sending import examine  # noqa: PLC0415

    resources = acting.resources
    # It is in doubt since media on the profile may be it, which only a person can tell apart.
    if not post.sends:
        unread = Look(at=resources.clock.now(), status=None)
        _refuse_live(post, unread, post.problem or "it was looked for on the profile")
    try:
        client = resources.client(await acting.account_of(post))
        journal = StoreJournal(await resources.store(), post, Turns(), resources.clock)
        look = await examine(Context(client=client, journal=journal), post)
    except (GraphError, TransportError, SignInRequired, NotFound) as error:
        _refuse_unread(post, error.message)
    # A container that is not PUBLISHED is no proof by itself, so the account's media have to agree.
    if look.status is ContainerStatus.PUBLISHED:
        _refuse_live(post, look, f"its container {post.sends[-1].container_id} reads {look.status}")
    if look.candidates:
        _refuse_live(post, look, f"media {', '.join(sorted(look.candidates))} of the account may be it")
    if look.status not in _CANNOT_BE_LIVE:
        _refuse_unread(post, f"its container reads {look.status}")
    if look.candidates is None:
        _refuse_unread(post, "the account's media could not be listed as far back as the publish call")


def _refuse_live(post: Post, look: Look, what: str) -> Never:
    candidates = sorted(look.candidates or ())
    arguments = {"post": post.id, **({"id": candidates[0]} if len(candidates) == 1 else {})}
    raise Refused(
        f"Post {post.id} is not known to be not live: {what.rstrip('.')}.",
        rule="not_live",
        value=[look.status, *candidates],
        limit="a container that is not published, and nothing listed that may be the post",
        fix=Fix.of(
            "When it is live: {}, or {}, which finds its id. When you see on the profile that it is another "
            "post: {}.",
            Remedy(RemedyKind.RESOLVE_PUBLISHED, arguments),
            Remedy(RemedyKind.RECONCILE_POST, {"post": post.id}),
            Remedy(RemedyKind.RESOLVE_UNCHECKED, {"post": post.id}),
        ),
    )


def _refuse_unread(post: Post, why: str) -> Never:
    raise Refused(
        f"Whether post {post.id} is live could not be read: {why.rstrip('.')}.",
        rule="unread",
        limit="a container and a list of media that can be read",
        fix=Fix.of(
            "Try again once they can be. When you looked at the profile yourself, and it is not there: {}.",
            Remedy(RemedyKind.RESOLVE_UNCHECKED, {"post": post.id}),
        ),
    )
