"""What a person may do to a post, and in which states. Pure; the table in the docs comes from `TABLE`."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache

from pressroom.core.assets import Asset
from pressroom.core.errors import Refused
from pressroom.core.post import Attention, Post, PostKind, PostOptions, PostState, SendState, When
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.when import LATE_AFTER_S, in_words
from pressroom.graph.answers import MediaId
from pressroom.publish.machine import timing
from pressroom.publish.machine.policy import CAREFUL, Policy
from pressroom.publish.machine.sends import with_last_send

S = PostState


class Operation(StrEnum):
    """What a person may do to a post."""

    MOVE = "move"
    RESCHEDULE = "reschedule"
    EDIT = "edit"
    CANCEL = "cancel"
    APPROVE = "approve"
    RETRY = "retry"
    RESOLVE = "resolve"
    RECONCILE = "reconcile"


_ANEW = {S.FAILED: S.SCHEDULED, S.MISSED: S.SCHEDULED, S.NEEDS_ATTENTION: S.SCHEDULED}
# What each operation makes of a post, by the state it is in; what is not here is refused.
TABLE: dict[Operation, dict[PostState, PostState]] = {
    Operation.MOVE: {
        S.DRAFT: S.DRAFT,
        S.AWAITING_APPROVAL: S.AWAITING_APPROVAL,
        S.SCHEDULED: S.SCHEDULED,
        S.PREPARING: S.SCHEDULED,
        S.READY: S.READY,
    },
    Operation.RESCHEDULE: _ANEW,
    Operation.EDIT: {
        S.DRAFT: S.DRAFT,
        S.AWAITING_APPROVAL: S.AWAITING_APPROVAL,
        S.SCHEDULED: S.SCHEDULED,
        S.PREPARING: S.SCHEDULED,
        S.READY: S.SCHEDULED,
        S.FAILED: S.FAILED,
        S.MISSED: S.MISSED,
        S.NEEDS_ATTENTION: S.NEEDS_ATTENTION,
    },
    Operation.CANCEL: dict.fromkeys(
        (
            S.DRAFT,
            S.AWAITING_APPROVAL,
            S.SCHEDULED,
            S.PREPARING,
            S.READY,
            S.FAILED,
            S.MISSED,
            S.NEEDS_ATTENTION,
        ),
        S.CANCELLED,
    ),
    Operation.APPROVE: {S.DRAFT: S.SCHEDULED, S.AWAITING_APPROVAL: S.SCHEDULED},
    Operation.RETRY: _ANEW,
    Operation.RESOLVE: {S.NEEDS_ATTENTION: S.PUBLISHED},
    Operation.RECONCILE: {S.NEEDS_ATTENTION: S.PUBLISHING},
}
_ONLY_IN_DOUBT = frozenset({Operation.RESOLVE, Operation.RECONCILE})
# While nobody knows whether a post is live, only another look, a person's word or letting go may change it.
_IN_DOUBT = _ONLY_IN_DOUBT | {Operation.CANCEL}


def move(
    post: Post, due_at: datetime, timezone: str, policy: Policy = CAREFUL, *, when: When = When.TIME
) -> Post:
    """Give a post that is still to go out another due time; what is prepared stays so if it lasts until then.

    when: NOW for a move to this moment. Raises Refused in any other state.
    """
    times = {"when": when, "due_at": due_at, "day": None, "timezone": timezone}
    moved = timing.without_waits(_do(post, Operation.MOVE, **times))
    oldest = min((record.created_at for record in post.containers if record.is_alive), default=due_at)
    lasts = due_at - oldest <= timedelta(seconds=policy.container_age_s)
    if moved.state is S.READY and lasts:
        return moved
    if moved.state in (S.READY, S.SCHEDULED):
        return _unprepared(moved).changed(state=S.SCHEDULED, problem=None)
    return moved


def clear_time(post: Post, day: date | None, timezone: str) -> Post:
    """Leave a post that is held back without a time: on a day, or (None) open.

    Raises Refused for one that was let go, or is over.
    """
    if not post.state.is_held and Operation.MOVE in possible(post):
        raise Refused(
            f"Post {post.id} was let go, and needs a time.",
            rule="due_time",
            value=day.isoformat() if day else When.OPEN,
            limit="a draft, or a post that awaits approval",
            fix=Fix.of("Give it one: {}.", Remedy(RemedyKind.MOVE_POST, {"post": post.id})),
        )
    when = When.DAY if day else When.OPEN
    return _do(post, Operation.MOVE, when=when, due_at=None, day=day, timezone=timezone)


def reschedule(post: Post, due_at: datetime, timezone: str) -> Post:
    """Plan a post again that failed, was missed or came too late. Raises Refused while it may be live."""
    times = {"when": When.TIME, "due_at": due_at, "timezone": timezone}
    again = _do(post, Operation.RESCHEDULE, **times, attention=None, problem=None)
    return _unprepared(timing.without_waits(again))


def is_made_anew(before: Post, after: Post) -> bool:
    """Tell whether a change of a post has thrown away what Instagram was given for it."""
    return any(record.is_alive for record in before.containers) and not any(
        record.is_alive for record in after.containers
    )


def edit(post: Post, options: PostOptions, assets: tuple[Asset, ...], kind: PostKind | None = None) -> Post:
    """Replace what the post shows. Its containers are forgotten. Raises Refused where it is too late.

    One that is due now, with no time to wait for, is prepared anew.
    """
    shown = {"kind": kind or post.kind, "options": options, "assets": assets}
    edited = timing.drop_containers(_do(post, Operation.EDIT, **shown))
    is_due_now = edited.state is S.SCHEDULED and edited.due_at is None
    return edited.changed(state=S.PREPARING) if is_due_now else edited


def hand_over(post: Post, account: str, login: str, timezone: str) -> Post:
    """Give a draft to another account, in whose zone it is from then on.

    Raises Refused for what is no draft, and for one that may be live: it was let go before.
    """
    if post.state is not S.DRAFT or post.sends or post.may_be_live:
        raise Refused(
            f"Post {post.id} stays with its account: it is no draft, or was let go before.",
            rule="account",
            value=post.state,
            limit="a draft that was never let go",
            fix="Duplicate it, and give the copy to the other account.",
        )
    return post.changed(account=account, login=login, timezone=timezone)


def cancel(post: Post) -> Post:
    """End a post that is not live. Raises Refused for one that is, or that is being sent."""
    return timing.drop_containers(_do(post, Operation.CANCEL, not_before=None, attention=None))


def approve(post: Post, now: datetime) -> Post:
    """Let a draft, or a post that waits for approval, go out at its due time, or now where that was said.

    Raises Refused for one without a time, and for one whose time is over.
    """
    approved = _do(post, Operation.APPROVE, due_at=max(post.due_at or now, now))
    if not post.when.has_time:
        day = f"the day {post.day.isoformat()} and " if post.day else ""
        raise _needs_time(post, f"has {day}no time yet", post.when)
    late = now - post.due_at if post.when is When.TIME and post.due_at else timedelta()
    if post.due_at and late.total_seconds() > LATE_AFTER_S:
        was = in_words(post.due_at, post.timezone)
        raise _needs_time(post, f"was due at {was}, which is over", was)
    return approved


def _needs_time(post: Post, what: str, value: str) -> Refused:
    return Refused(
        f"Post {post.id} {what}: it is let go with a time.",
        rule="due_time",
        value=value,
        limit="a time to come, or now",
        fix=Fix.of("Say when it goes out: {}.", Remedy(RemedyKind.APPROVE_AT, {"post": post.id})),
    )


def retry(post: Post, now: datetime) -> Post:
    """Try a post again at once, from the start. Raises Refused while it may be live."""
    again = _do(post, Operation.RETRY, when=When.NOW, due_at=now, attention=None, problem=None)
    return _unprepared(timing.without_waits(again))


def resolve(post: Post, now: datetime, *, media_id: MediaId | None) -> Post:
    """Take a person's word for a post in doubt: live as `media_id`, or (None) not, and it goes again."""
    if post.attention is not Attention.OUTCOME_UNKNOWN:
        raise _refusal_of(post, Operation.RESOLVE)
    sends = with_last_send(post, state=SendState.LIVE if media_id else SendState.NOT_DONE)
    if media_id:
        live = _do(post, Operation.RESOLVE, media_id=media_id, sends=sends, attention=None, problem=None)
        return live.changed(followups=timing.wanted_followups(live), look_back=None)
    times = {"when": When.NOW, "due_at": now}
    again = post.changed(state=S.SCHEDULED, **times, sends=sends, attention=None, problem=None)
    return timing.drop_containers(timing.without_waits(again)).following(post)


def reconcile(post: Post) -> Post:
    """Open a send that was given up for one more look, which never sends it again.

    One that was only looked for on the profile is looked for anew. Raises Refused for a post whose outcome is
    not in doubt.
    """
    # Looks of long ago prove nothing about now, and a person has been asked: it is only read, never sent.
    opened = with_last_send(post, state=SendState.OPEN, may_resend=False, looks=())
    after = _do(post, Operation.RECONCILE, sends=opened, attention=None, problem=None)
    return after if opened else after.changed(state=S.SCHEDULED)


def look_for(post: Post, after: Post, now: datetime) -> Post:
    """Have a post whose time had passed when it was changed looked for on the profile before it goes out.

    It may have been published since by hand, or by a store that this one was put back from.
    """
    since = post.goes_out_at
    if since is None or since >= now or after is post or not after.state.is_waiting:
        return after
    return after.to_be_looked_for(since)


def possible(post: Post) -> tuple[Operation, ...]:
    """List what a person may do to a post as it stands."""
    operations = _possible(post.state, post.attention is Attention.OUTCOME_UNKNOWN)
    # Other content needs a new container, and the lost send of this one may be live after all.
    if Operation.EDIT in operations and timing.was_lost(post):
        return tuple(operation for operation in operations if operation is not Operation.EDIT)
    return operations


@cache
def _possible(state: PostState, is_in_doubt: bool) -> tuple[Operation, ...]:  # noqa: FBT001  # for the cache
    return tuple(
        operation
        for operation, states in TABLE.items()
        if state in states and (operation in _IN_DOUBT if is_in_doubt else operation not in _ONLY_IN_DOUBT)
    )


def mark_deleted(post: Post, now: datetime) -> Post:
    """Make a live post deleted, and drop what was left to do for it; any other stays as it is."""
    if post.state is not S.PUBLISHED:
        return post
    gone = post.changed(state=S.DELETED, deleted_at=now, followups=(), not_before=None, wake_at=None)
    return gone.following(post)


def interrupt(post: Post) -> Post:
    """End a post whose command was ended before it was sent; any other stays as it is.

    Its containers are kept: where a send was lost, its container is looked at before the next one.
    """
    if not post.state.is_waiting:
        return post
    ended = post.changed(state=S.CANCELLED, problem="It was interrupted.", is_interrupted=True)
    return ended.changed(not_before=None).following(post)


def hold_back(post: Post) -> Post:
    """Have a post that was let go, and is not sent, wait for a person again; any other stays as it is."""
    held = timing.held_back(post)
    return post if held is post else held.following(post)


def take_up(post: Post, now: datetime) -> Post:
    """Resume an interrupted post, at once and from the start. Raises Refused for any other."""
    if not post.is_interrupted:
        raise _refusal_of(post, Operation.RETRY)
    again = post.changed(state=S.SCHEDULED, when=When.NOW, due_at=now, problem=None, is_interrupted=False)
    return _unprepared(timing.without_waits(again)).following(post)


def make_draft(post: Post) -> Post:
    """Make a draft of a released post that another store may publish; a doubt is left to a person."""
    sought = post.to_be_looked_for(post.goes_out_at) if post.goes_out_at else post
    if post.open_send:
        problem = "Another copy of this store may have published it."
        sends = with_last_send(sought, state=SendState.ABANDONED)
        in_doubt = timing.ask(sought, Attention.OUTCOME_UNKNOWN, problem)
        return in_doubt.changed(sends=sends).following(post)
    return timing.without_waits(sought).changed(state=S.DRAFT).following(post)


def _unprepared(post: Post) -> Post:
    # The container of a lost send may be live: it is looked at before another takes its place.
    return post if timing.was_lost(post) else timing.drop_containers(post)


def _do(post: Post, operation: Operation, **changes: object) -> Post:
    if operation not in possible(post):
        raise _refusal_of(post, operation)
    return post.changed(**changes, state=TABLE[operation][post.state]).following(post)


_PAST = {
    Operation.MOVE: "moved any more",
    Operation.RESCHEDULE: "planned again: only what failed, was missed or came too late can",
    Operation.EDIT: "edited any more",
    Operation.CANCEL: "cancelled any more",
    Operation.APPROVE: "approved",
    Operation.RETRY: "tried again",
    Operation.RESOLVE: "resolved: only a post whose outcome is unknown can",
    Operation.RECONCILE: "looked for: only a post whose outcome is unknown can",
}
# What somebody who wanted the one mostly means, where the post allows it.
_INSTEAD = {
    Operation.MOVE: (Operation.RESCHEDULE, "To plan it again", RemedyKind.RESCHEDULE_POST),
    Operation.RESCHEDULE: (Operation.MOVE, "To give it another time", RemedyKind.MOVE_POST),
}


def _refusal_of(post: Post, operation: Operation) -> Refused:
    words, names = post.state.replace("_", " "), {"post": post.id}
    fix = Fix.of("See how it stands: {}.", Remedy(RemedyKind.SHOW_POST, names))
    if operation in _INSTEAD:
        other, what, kind = _INSTEAD[operation]
        if other in possible(post):
            fix = Fix.of(f"{what}: {{}}.", Remedy(kind, names))
    return Refused(
        f"Post {post.id} is {words}: it cannot be {_PAST[operation]}.",
        rule="state",
        value=post.state,
        limit=", ".join(TABLE[operation]),
        fix=fix,
    )
