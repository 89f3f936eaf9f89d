"""The life of a post as a pure function: `step(post, event)` gives the post after it and what to do next.

Nothing here waits, calls or reads a clock, so a crashed process resumes from the stored post with `resume`.
"""

from datetime import timedelta

from pressroom.core.post import Followup, Post, PostState
from pressroom.publish.machine import events as ev
from pressroom.publish.machine import timing
from pressroom.publish.machine.containers import after_container, preparing
from pressroom.publish.machine.endings import failed
from pressroom.publish.machine.first_comment import after_comment, next_for_comment, without
from pressroom.publish.machine.looking_back import after_look_back, recall
from pressroom.publish.machine.policy import CAREFUL, Policy
from pressroom.publish.machine.reconcile import next_look_at, settled_id
from pressroom.publish.machine.sends import after_send

FINAL_STATES = frozenset(
    {PostState.PUBLISHED, PostState.FAILED, PostState.MISSED, PostState.CANCELLED, PostState.NEEDS_ATTENTION}
)


def step(post: Post, event: ev.Event, policy: Policy = CAREFUL) -> tuple[Post, tuple[ev.Effect, ...]]:
    """Apply one event. The revision rises by one; a post that is at its end takes no more events.

    A send or comment is performed only right after the event that committed it: after a crash nobody knows
    whether it was, so that a committed one is looked for instead.
    """
    after = _apply(post, event, policy).changed(revision=post.revision + 1)
    if isinstance(event, ev.SendCommitted) and after.open_send and not post.open_send:
        send = after.open_send
        return after, (ev.SendPublish(container_id=send.container_id, deadline=send.deadline),)
    if isinstance(event, ev.Woken) and after.open_send and event.at < after.open_send.started_at:
        # The clock was set back since the send: counted by it, the next look could be hours away.
        return after, (ev.LookAtSend(not_before=event.at),)
    if (
        isinstance(event, ev.CommentCommitted)
        and after.comment_committed_at
        and not post.comment_committed_at
    ):
        return after, (ev.SendComment(),)
    return after, resume(after, policy)


def resume(post: Post, policy: Policy = CAREFUL) -> tuple[ev.Effect, ...]:
    """Say what is to be done next for a post as it stands; it is all that a restart needs."""
    if doubt := _in_doubt(post, policy):
        return (doubt,)
    if post.state is PostState.SCHEDULED:
        return (ev.Wake(not_before=timing.prepare_at(post, policy)),)
    if post.state is PostState.PREPARING:
        return preparing(post)
    if post.state is PostState.READY:
        # No transition leaves a ready post without its container; a row that somebody edited may be one, and
        # must not end the worker, nor the command that shows it.
        container = post.container(None)
        return (ev.CommitSend(container.id, not_before=timing.send_at(post)),) if container else ()
    if post.state is PostState.PUBLISHED:
        return _following_up(post, policy)
    return ()


def _in_doubt(post: Post, policy: Policy) -> ev.Effect | None:
    """Say what finds out whether a post is live that may be; None for any other."""
    if post.recalled and not post.state.is_held:
        return ev.Wake()
    if post.open_send:
        return ev.LookAtSend(not_before=next_look_at(post.open_send, policy))
    if post.look_back and post.state.is_waiting and policy.takes_snapshot:
        return ev.LookBack(not_before=post.look_back.not_before)
    return None


def _apply(post: Post, event: ev.Event, policy: Policy) -> Post:  # noqa: C901, PLR0911  # one line an event
    match event:
        case ev.Submitted():
            return _submitted(post)
        case ev.Woken() if post.recalled:
            return recall(post, post.recalled, event.at)
        case ev.LookedBack():
            return _looked_back(post, event, policy)
        case ev.Woken() | ev.FoundLate() | ev.ProfileUnread() | ev.QuotaFull() | ev.Delayed():
            return timing.after_time(post, event, policy)
        case ev.ContainerCreated() | ev.ContainerSettled() | ev.ContainerNotReady():
            return after_container(post, event, policy)
        case ev.SendCommitted() | ev.SendAnswered() | ev.SendRefused() | ev.SendDoubtful():
            return after_send(post, event, policy)
        case ev.Looked():
            return after_send(post, event, policy) if post.open_send else _listed(post, event, policy)
        case ev.PermalinkRead():
            return _permalink_read(post, event)
        case ev.CommentCommitted() | ev.CommentAnswered() | ev.CommentRefused() | ev.CommentLooked():
            return after_comment(post, event, policy)
        case ev.HeldBack():
            return timing.held_back(post)
        case ev.GaveUp():
            return _gave_up(post, event)


def _submitted(post: Post) -> Post:
    if post.state is not PostState.DRAFT:
        return post
    return post.changed(state=PostState.SCHEDULED if post.due_at else PostState.PREPARING)


def _looked_back(post: Post, event: ev.LookedBack, policy: Policy) -> Post:
    after = after_look_back(post, event) if post.state.is_waiting else post
    return timing.after_time(after, ev.Woken(at=event.at), policy) if after.state.is_waiting else after


def _listed(post: Post, event: ev.Looked, policy: Policy) -> Post:
    if post.state is not PostState.PUBLISHED or Followup.MEDIA_ID not in post.followups:
        return post
    listings = (*post.listings, event.look)
    found = settled_id(listings, policy)
    if found is None and len(listings) < policy.max_listings:
        return post.changed(listings=listings)
    done = without(post.changed(listings=listings, media_id=found), Followup.MEDIA_ID)
    return done if found else _without_id(done)


def _without_id(post: Post) -> Post:
    """Drop the follow-ups: without an id there is nothing to read and nothing to comment on."""
    is_silent = Followup.FIRST_COMMENT in post.followups
    problem = (
        "The first comment was not written, since the id of the post is not known." if is_silent else None
    )
    return post.changed(followups=(), problem=problem)


def _following_up(post: Post, policy: Policy) -> tuple[ev.Effect, ...]:
    if not post.followups:
        return ()
    what = post.followups[0]
    if what is Followup.FIRST_COMMENT:
        return (next_for_comment(post, policy),)
    # An id is proven by two listings a settle time apart; looking twice as often loses no time if one fails.
    wait = timedelta(seconds=policy.settle_s / 2)
    last = post.listings[-1].at + wait if what is Followup.MEDIA_ID and post.listings else None
    return (ev.FollowUp(what, not_before=last),)


def _permalink_read(post: Post, event: ev.PermalinkRead) -> Post:
    done = without(post, Followup.PERMALINK)
    return done.changed(permalink=event.permalink, media_product_type=event.media_product_type)


def _gave_up(post: Post, event: ev.GaveUp) -> Post:
    """End a post that is not live. An open send is a doubt no error may settle, and live stays live."""
    if post.open_send or post.state in FINAL_STATES:
        return post
    return failed(post, event.problem)
