"""What time does to a post that is not sent yet: waking, lateness, ageing containers, a full quota. Pure.

Start at `after_time`. At the end is what ends a post, whatever the event: `live`, `ask` and `failed`.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from pressroom.core.post import Attention, Followup, IfLate, Post, PostState, Send, SendState
from pressroom.core.when import span_of
from pressroom.graph.answers import ContainerStatus, MediaId
from pressroom.publish.machine import events as ev
from pressroom.publish.machine.policy import Policy

TimeEvent = ev.Woken | ev.FoundLate | ev.ProfileUnread | ev.QuotaFull | ev.Delayed


def after_time(post: Post, event: TimeEvent, policy: Policy) -> Post:
    """Apply what time did to a post that is not sent yet; any other stays as it is."""
    # An open send is settled by looks alone, however late it is by now: it may be live.
    if not post.state.is_waiting:
        return post
    match event:
        case ev.Woken():
            return _after_waking(post, event.at, policy)
        case ev.FoundLate():
            return _judge_lateness(post, event.at, policy)
        case ev.ProfileUnread():
            waiting = post.changed(held_up_by=event.why)
            judged = _judge_lateness(waiting, event.at, policy)
            # One that is too late by now follows its rule.
            return judged if judged.state is not post.state else waiting.changed(not_before=event.until)
        case ev.QuotaFull():
            # Beside the due time, which is a person's: the late rule counts from where the post goes now.
            waiting = without_waits(post).changed(state=PostState.SCHEDULED)
            return waiting.changed(postponed_to=event.free_at, postponed_because=event.why)
        case ev.Delayed():
            slot_at = event.until if event.is_slot else post.slot_at
            why = event.why or post.held_up_by
            return post.changed(not_before=event.until, slot_at=slot_at, held_up_by=why)


def prepare_at(post: Post, policy: Policy) -> datetime:
    """Say when a scheduled post's containers are made: before it is due, so that failures show early."""
    assert post.goes_out_at is not None
    ahead = post.goes_out_at - timedelta(seconds=policy.prepare_ahead_s)
    return max(ahead, post.not_before) if post.not_before else ahead


def send_at(post: Post) -> datetime | None:
    """Say when a ready post is sent; None for at once."""
    moments = [moment for moment in (post.goes_out_at, post.not_before) if moment is not None]
    return max(moments) if moments else None


def _after_waking(post: Post, at: datetime, policy: Policy) -> Post:
    # First: a post that is live already is not late.
    if post.look_back:
        return post
    if post.due_at is None or (post.state is PostState.SCHEDULED and at < prepare_at(post, policy)):
        return post
    judged = _judge_lateness(post, at, policy)
    if judged.state is not post.state:
        return judged
    lost = _lost_send(post)
    if lost and lost.looks:
        judged_at = lost.looks[-1].at
        is_asked_anew = post.goes_out_at is not None and post.goes_out_at > judged_at
        # A worker may have slept between the verdict and the second send, or a person has asked for the post
        # anew: the verdict is old, so look again.
        if is_asked_anew or at - judged_at > timedelta(seconds=policy.resend_after_s):
            sends = tuple(
                replace(send, state=SendState.OPEN, doubtful_at=at) if send is lost else send
                for send in post.sends
            )
            return post.changed(state=PostState.PUBLISHING, sends=sends, not_before=None)
    taken_up = post.changed(not_before=None) if post.state is PostState.SCHEDULED else post
    # A lost send's container is kept however old: a new one beside it could make a second post.
    if not was_lost(taken_up):
        oldest = min((record.created_at for record in taken_up.containers if record.is_alive), default=at)
        if at - oldest > timedelta(seconds=policy.container_age_s):
            taken_up = drop_containers(taken_up)
    container = taken_up.container(None)
    is_ready = container is not None and container.status is ContainerStatus.FINISHED
    return taken_up.changed(state=PostState.READY if is_ready else PostState.PREPARING)


def _lost_send(post: Post) -> Send | None:
    """Give the last lost send of the container in use: a later one may have been refused."""
    container = post.container(None)
    lost = (
        send
        for send in reversed(post.sends)
        if container and send.container_id == container.id and send.state is SendState.NOT_DONE
    )
    return next(lost, None)


def was_lost(post: Post) -> bool:
    """Tell whether the container in use was sent, lost, and found not to be live.

    It is looked at once more before anything takes its place: it may have gone live after all.
    """
    return _lost_send(post) is not None


def drop_containers(post: Post) -> Post:
    """Use the containers no more. Nothing is called: Instagram drops unpublished ones after a day."""
    dropped = tuple(
        replace(record, status=ContainerStatus.EXPIRED) if record.is_alive else record
        for record in post.containers
    )
    return post.changed(containers=dropped)


def _judge_lateness(post: Post, at: datetime, policy: Policy) -> Post:
    if post.goes_out_at is None:
        return post
    late_s = (at - post.goes_out_at).total_seconds()
    state = state_when_late(post.if_late, late_s, policy)
    if state is PostState.MISSED:
        problem = f"{_was_due(post, late_s)}, and late ones are dropped.{_why(post)}"
        return post.changed(state=PostState.MISSED, problem=problem, not_before=None)
    if state is PostState.NEEDS_ATTENTION:
        problem = f"{_was_due(post, late_s)}: publish it now, plan it again or cancel it.{_why(post)}"
        return ask(post, Attention.LATE, problem)
    return post


def state_when_late(if_late: IfLate, late_s: float, policy: Policy) -> PostState:
    """Tell what becomes of a post that is late; SCHEDULED where it goes out all the same."""
    if late_s <= policy.late_after_s:
        return PostState.SCHEDULED
    if if_late is IfLate.DROP:
        return PostState.MISSED
    is_asked = if_late is IfLate.ASK or late_s > policy.publish_late_s
    return PostState.NEEDS_ATTENTION if is_asked else PostState.SCHEDULED


def _was_due(post: Post, late_s: float) -> str:
    was = "Its postponed time was" if post.postponed_to else "It was due"
    return f"{was} {span_of(late_s)} ago"


def _why(post: Post) -> str:
    return f" It waited, for: {post.held_up_by}" if post.held_up_by else ""


def without_waits(post: Post) -> Post:
    """Forget what a post waited for: a new due time is a new start."""
    waited = post.changed(not_before=None, held_up_by=None, slot_at=None)
    return waited.changed(postponed_to=None, postponed_because=None)


def held_back(post: Post) -> Post:
    """Have a post that is not sent yet wait for a person; any other stays as it is."""
    return without_waits(post).changed(state=PostState.AWAITING_APPROVAL) if post.state.is_waiting else post


def live(post: Post, media_id: MediaId | None) -> Post:
    """Make the post published, which is final. A missing id is looked for first."""
    left = wanted_followups(post)
    followups = left if media_id else (Followup.MEDIA_ID, *left)
    return post.changed(state=PostState.PUBLISHED, media_id=media_id, followups=followups, not_before=None)


def wanted_followups(post: Post) -> tuple[Followup, ...]:
    """List what is left to do for a live post: nothing is written where no comment is wanted."""
    return tuple(
        what for what in post.followups if what is not Followup.FIRST_COMMENT or post.options.first_comment
    )


def ask(post: Post, attention: Attention, problem: str) -> Post:
    """Leave the post to a person."""
    return post.changed(
        state=PostState.NEEDS_ATTENTION, attention=attention, problem=problem, not_before=None
    )


def failed(post: Post, problem: str) -> Post:
    """End the post as failed. problem: why, as a person reads it."""
    return post.changed(state=PostState.FAILED, problem=problem, not_before=None)
