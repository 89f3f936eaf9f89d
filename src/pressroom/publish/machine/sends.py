"""The send: committed, answered, refused or in doubt, and what looking into a doubt leads to. Pure.

Meta documents no idempotency for `media_publish`, and nothing published can be taken back unseen: a send is
repeated only when it is proven that nothing came of it.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from pressroom.core.post import Attention, Post, PostKind, PostState, Send, SendState
from pressroom.graph.error_table import Retry
from pressroom.graph.limits import STORY_LIFETIME_S
from pressroom.publish.machine import events as ev
from pressroom.publish.machine import timing
from pressroom.publish.machine.endings import ask, failed, live
from pressroom.publish.machine.policy import Policy
from pressroom.publish.machine.reconcile import Verdict, verdict

SendEvent = ev.SendCommitted | ev.SendAnswered | ev.SendRefused | ev.SendDoubtful | ev.Looked
# A story of such an age that went out unseen is about to leave the list by which that would be noticed.
_STORY_REBUILD_LIMIT = timedelta(seconds=STORY_LIFETIME_S - 3600)
# Refusals that say "not this container". Instagram says the same of one that an earlier, doubtful send has
# published meanwhile.
_NOT_THIS_CONTAINER = frozenset({Retry.WHEN_READY, Retry.SOON, Retry.NEW_CONTAINER})


def after_send(post: Post, event: SendEvent, policy: Policy) -> Post:
    """Commit a send, or apply what happened to the open one; a post without one stays as it is."""
    if isinstance(event, ev.SendCommitted):
        return _committed(post, event)
    send = post.open_send
    if send is None:
        return post
    match event:
        case ev.SendAnswered():
            return live(_close_send(post, SendState.LIVE), event.media_id)
        case ev.SendRefused():
            return _refused(post, send, event, policy)
        case ev.SendDoubtful():
            return _doubtful(post, event)
        case ev.Looked():
            return _looked(post, send, event, policy)


def _committed(post: Post, event: ev.SendCommitted) -> Post:
    container = post.container(None)
    if post.state is not PostState.READY or container is None:
        return post
    send = Send(
        container_id=container.id,
        number=len(post.sends) + 1,
        started_at=event.at,
        deadline=event.deadline,
        snapshot=event.snapshot,
    )
    sends, state = (*post.sends, send), PostState.PUBLISHING
    return post.changed(state=state, sends=sends, not_before=None, held_up_by=None)


def _doubtful(post: Post, event: ev.SendDoubtful) -> Post:
    return _update_send(
        post,
        doubtful_at=event.at,
        code=event.code,
        subcode=event.subcode,
        may_resend=event.may_resend,
    )


def _update_send(post: Post, **changes: object) -> Post:
    return post.changed(
        sends=tuple(
            replace(send, **changes) if send.state is SendState.OPEN else send  # pyright: ignore[reportArgumentType]  # field names
            for send in post.sends
        )
    )


def _close_send(post: Post, state: SendState) -> Post:
    return _update_send(post, state=state)


def _refused(post: Post, send: Send, event: ev.SendRefused, policy: Policy) -> Post:
    if event.code is not None and event.retry in _NOT_THIS_CONTAINER and _was_in_doubt(post, send):
        # Not believed, and not sent a third time: see docs/decisions/0007.
        doubt = ev.SendDoubtful(at=event.at, code=event.code, subcode=event.subcode, may_resend=False)
        return _doubtful(post, doubt)
    marked = _update_send(post, state=SendState.REFUSED, code=event.code, subcode=event.subcode)
    refusals = sum(1 for other in marked.sends if other.container_id == send.container_id)
    limit = policy.max_not_sent if event.code is None else policy.max_ready_retries
    # Retries of a scheduled post end when it is too late, not by their number.
    if event.retry.is_same_call and (post.due_at or refusals < limit):
        return _ready_again(marked, event.at, refusals, policy)
    if event.retry is Retry.NEW_CONTAINER:
        # A container that was just finished may be unknown for a moment: replication lag, not loss.
        return _ready_again(marked, event.at, 2, policy) if refusals == 1 else _gone(post, event)
    # The refusal is about the account: a scheduled post waits until that may publish again.
    if post.due_at and event.retry.is_about_account:
        return marked.changed(state=PostState.READY)
    return failed(marked, "Instagram refused to publish.")


def _gone(post: Post, event: ev.SendRefused) -> Post:
    """Have the lists read before a new container is made: this is answered of live containers, too."""
    doubt = ev.SendDoubtful(at=event.at, code=event.code, subcode=event.subcode)
    return _update_send(_doubtful(post, doubt), is_gone=True)


def _was_in_doubt(post: Post, send: Send) -> bool:
    earlier = (other for other in post.sends if other.container_id == send.container_id)
    return any(other.state is SendState.NOT_DONE for other in earlier)


def _ready_again(post: Post, at: datetime, refusals: int, policy: Policy) -> Post:
    delays = policy.ready_delays_s
    wait = timedelta(seconds=delays[min(refusals, len(delays)) - 1])
    return post.changed(state=PostState.READY, not_before=at + wait)


def _rebuild(post: Post, at: datetime, policy: Policy) -> Post:
    """Start over with new containers, which is safe only after a send that provably did nothing."""
    attempts = sum(1 for record in post.containers if record.item is None)
    first_send = post.sends[0].started_at
    if post.kind is PostKind.STORY and at - first_send > _STORY_REBUILD_LIMIT:
        return failed(post, "The story is too old to be made again.")
    if attempts >= policy.max_containers:
        return failed(post, "Instagram kept losing the container.")
    return timing.drop_containers(post).changed(state=PostState.PREPARING, not_before=None)


def _looked(post: Post, send: Send, event: ev.Looked, policy: Policy) -> Post:
    after = _update_send(post, looks=(*send.looks, event.look))
    match verdict(replace(send, looks=(*send.looks, event.look)), policy):
        case Verdict.WAIT:
            return after
        case Verdict.LIVE:
            listings = (event.look,) if event.look.candidates is not None else ()
            return live(_close_send(after, SendState.LIVE), None).changed(listings=listings)
        case Verdict.NOT_DONE:
            return _not_done(_close_send(after, SendState.NOT_DONE), event.look.at)
        case Verdict.CONTAINER_DEAD:
            return _dead(_close_send(after, SendState.NOT_DONE), send, event.look.at, policy)
        case Verdict.GIVE_UP:
            abandoned = _close_send(after, SendState.ABANDONED)
            problem = f"Whether container {send.container_id} was published could not be learnt."
            return ask(abandoned, Attention.OUTCOME_UNKNOWN, problem)


def _dead(post: Post, send: Send, at: datetime, policy: Policy) -> Post:
    """Make a new container, unless Instagram's answer to the send forbids another try."""
    if send.may_resend:
        return _rebuild(post, at, policy)
    problem = f"It is not live: container {send.container_id} can no longer be published, and never was."
    return failed(timing.drop_containers(post), problem)


def _not_done(post: Post, at: datetime) -> Post:
    """Send the same container a second time, and never a third."""
    # Should the first send come true late, the second of the same container is refused; a new container would
    # be published beside it.
    if sum(1 for send in post.sends if send.state is SendState.NOT_DONE) > 1:
        problem = "Instagram twice neither answered nor published."
        return ask(post, Attention.OUTCOME_UNKNOWN, problem)
    return post.changed(state=PostState.READY, not_before=at)
