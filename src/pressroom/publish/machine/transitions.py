"""The life of a post as a pure function: `step(post, event)` gives the post after it and what to do next.

Nothing here waits, calls or reads a clock, so a crashed process resumes from the stored post with `resume`.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from pressroom.core.post import (
    Attention,
    ContainerRecord,
    Followup,
    Post,
    PostKind,
    PostState,
    Send,
    SendState,
)
from pressroom.graph.answers import ContainerStatus
from pressroom.graph.error_table import Retry
from pressroom.graph.ids import ContainerId, MediaId
from pressroom.graph.limits import STORY_LIFETIME_S
from pressroom.publish.machine import events as ev
from pressroom.publish.machine import timing
from pressroom.publish.machine.first_comment import after_comment, next_for_comment, without
from pressroom.publish.machine.policy import CAREFUL, Policy
from pressroom.publish.machine.reconcile import Verdict, next_look_at, settled_id, verdict

FINAL_STATES = frozenset(
    {PostState.PUBLISHED, PostState.FAILED, PostState.MISSED, PostState.CANCELLED, PostState.NEEDS_ATTENTION}
)
# A story that went out unseen must not come again: it would stand beside its twin for the rest of the day.
_STORY_REBUILD_LIMIT = timedelta(seconds=STORY_LIFETIME_S - 3600)
_UNSETTLED = (ContainerStatus.IN_PROGRESS, ContainerStatus.UNRECOGNISED)
# Refusals that say "not this container", as they would of one that an earlier, doubtful send published.
_NOT_THIS_CONTAINER = frozenset({Retry.WHEN_READY, Retry.SOON, Retry.NEW_CONTAINER})


def step(post: Post, event: ev.Event, policy: Policy = CAREFUL) -> tuple[Post, tuple[ev.Effect, ...]]:
    """Apply one event. The revision rises by one; a post that is at its end takes no more events.

    Only what was committed by this very event is sent: after a crash an open send is looked at instead.
    """
    after = replace(_apply(post, event, policy), revision=post.revision + 1)
    if isinstance(event, ev.SendCommitted) and after.open_send:
        send = after.open_send
        return after, (ev.SendPublish(container_id=send.container_id, deadline=send.deadline),)
    if isinstance(event, ev.Woken) and after.open_send and event.at < after.open_send.started_at:
        # The clock was set back: by it the next look would be hours away.
        return after, (ev.LookAtSend(not_before=event.at),)
    if isinstance(event, ev.CommentCommitted) and after.comment_committed_at:
        return after, (ev.SendComment(),)
    return after, resume(after, policy)


def resume(post: Post, policy: Policy = CAREFUL) -> tuple[ev.Effect, ...]:
    """Say what is to be done next for a post as it stands, after a restart too."""
    if post.open_send:
        return (ev.LookAtSend(not_before=next_look_at(post.open_send, policy)),)
    if post.state is PostState.SCHEDULED:
        return (ev.Wake(timing.prepare_at(post, policy)),)
    if post.state is PostState.PREPARING:
        return _preparing(post)
    if post.state is PostState.READY:
        container = post.container(None)
        return (ev.CommitSend(container.id, timing.send_at(post)),) if container else ()
    if post.state is PostState.PUBLISHED:
        return _following_up(post, policy)
    return ()


def _apply(post: Post, event: ev.Event, policy: Policy) -> Post:  # noqa: C901, PLR0911  # one line an event
    match event:
        case ev.Submitted():
            return _submitted(post)
        case ev.Woken() | ev.QuotaFull() | ev.Delayed():
            return timing.after_time(post, event, policy)
        case ev.ContainerCreated():
            return _with_container(post, event)
        case ev.ContainerSettled():
            return _container_settled(post, event, policy)
        case ev.SendCommitted():
            return _send_committed(post, event)
        case ev.SendAnswered():
            return _live(_close_send(post, SendState.LIVE), event.media_id) if post.open_send else post
        case ev.SendRefused():
            return _send_refused(post, event, policy)
        case ev.SendDoubtful():
            return _doubtful(post, event)
        case ev.Looked():
            return _looked(post, event, policy)
        case ev.PermalinkRead():
            return _permalink_read(post, event)
        case ev.CommentCommitted() | ev.CommentAnswered() | ev.CommentRefused() | ev.CommentLooked():
            return after_comment(post, event, policy)
        case ev.GaveUp():
            return _gave_up(post, event)


def _submitted(post: Post) -> Post:
    if post.state is not PostState.DRAFT:
        return post
    return replace(post, state=PostState.SCHEDULED if post.due_at else PostState.PREPARING)


def _items(post: Post) -> tuple[int | None, ...]:
    return (*range(len(post.assets)), None) if post.kind is PostKind.CAROUSEL else (None,)


def _preparing(post: Post) -> tuple[ev.Effect, ...]:
    """Children first, one after another; then all polls side by side; then the parent."""
    items = [item for item in _items(post) if item is not None]
    missing = next((item for item in items if post.container(item) is None), None)
    if missing is not None:
        return (ev.CreateContainer(missing),)
    waiting = _unfinished(post, items)
    if waiting:
        return (ev.PollContainers(waiting),)
    if post.container(None) is None:
        return (ev.CreateContainer(None),)
    return (ev.PollContainers(_unfinished(post, [None])),)


def _unfinished(post: Post, items: list[int] | list[None]) -> tuple[ContainerId, ...]:
    records = [post.container(item) for item in items]
    return tuple(record.id for record in records if record and record.status is ContainerStatus.IN_PROGRESS)


def _with_container(post: Post, event: ev.ContainerCreated) -> Post:
    if post.state is not PostState.PREPARING:
        return post
    record = ContainerRecord(id=event.id, item=event.item, created_at=event.at, host_date=event.host_date)
    return replace(post, containers=(*post.containers, record), held_up_by=None)


def _container_settled(post: Post, event: ev.ContainerSettled, policy: Policy) -> Post:
    record = next((record for record in post.containers if record.id == event.id), None)
    if record is None or post.state is not PostState.PREPARING:
        return post
    # A container that cannot be read is tried all the same: one that is not ready is a definite refusal.
    status = event.status or ContainerStatus.FINISHED
    if status in _UNSETTLED:
        return post
    after = _mark(post, event.id, status, event.subcode)
    if status is ContainerStatus.PUBLISHED:
        return _live(after, None) if record.item is None else _failed(after, "An item was published alone.")
    if status is ContainerStatus.FINISHED:
        return replace(after, state=PostState.READY) if record.item is None else after
    attempts = sum(1 for other in post.containers if other.item == record.item)
    if not event.may_rebuild or attempts >= policy.max_containers:
        return _failed(after, f"Instagram could not make the media (container {event.id}).")
    return after


def _mark(post: Post, container: ContainerId, status: ContainerStatus, subcode: int | None = None) -> Post:
    marked = tuple(
        replace(record, status=status, subcode=subcode) if record.id == container else record
        for record in post.containers
    )
    return replace(post, containers=marked)


def _send_committed(post: Post, event: ev.SendCommitted) -> Post:
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
    going = replace(post, state=PostState.PUBLISHING, not_before=None, held_up_by=None)
    return replace(going, sends=(*post.sends, send))


def _doubtful(post: Post, event: ev.SendDoubtful) -> Post:
    return _update_send(
        post,
        doubtful_at=event.at,
        code=event.code,
        subcode=event.subcode,
        may_resend=event.may_resend,
    )


def _update_send(post: Post, **changes: object) -> Post:
    return replace(
        post,
        sends=tuple(
            replace(send, **changes) if send.state is SendState.OPEN else send  # pyright: ignore[reportArgumentType]  # field names
            for send in post.sends
        ),
    )


def _close_send(post: Post, state: SendState) -> Post:
    return _update_send(post, state=state)


def _live(post: Post, media_id: MediaId | None) -> Post:
    """Make the post published, which is final. A missing id is looked for first."""
    followups = post.followups if media_id else (Followup.MEDIA_ID, *post.followups)
    wanted = tuple(
        what for what in followups if what is not Followup.FIRST_COMMENT or post.options.first_comment
    )
    return replace(post, state=PostState.PUBLISHED, media_id=media_id, followups=wanted, not_before=None)


def _send_refused(post: Post, event: ev.SendRefused, policy: Policy) -> Post:
    if post.open_send is None:
        return post
    if event.code is not None and event.retry in _NOT_THIS_CONTAINER and _was_in_doubt(post, post.open_send):
        doubt = ev.SendDoubtful(at=event.at, code=event.code, subcode=event.subcode, may_resend=False)
        return _doubtful(post, doubt)
    marked = _update_send(post, state=SendState.REFUSED, code=event.code, subcode=event.subcode)
    refusals = sum(1 for send in marked.sends if send.container_id == post.open_send.container_id)
    limit = policy.max_not_sent if event.code is None else policy.max_ready_retries
    # What ends the patience with a scheduled post is that it is late.
    if event.retry.is_same_call and (post.due_at or refusals < limit):
        return _ready_again(marked, event.at, refusals, policy)
    if event.retry is Retry.NEW_CONTAINER:
        # A container that was just finished may be unknown for a moment: replication lag, not loss.
        return _ready_again(marked, event.at, 2, policy) if refusals == 1 else _gone(post, event)
    # It says nothing about the post: a scheduled one waits until its account may publish again.
    if post.due_at and event.retry.is_about_account:
        return replace(marked, state=PostState.READY)
    return _failed(marked, "Instagram refused to publish.")


def _gone(post: Post, event: ev.SendRefused) -> Post:
    """Read what is listed before a new container is made: one that is live may be answered so, too."""
    doubt = ev.SendDoubtful(at=event.at, code=event.code, subcode=event.subcode)
    return _update_send(_doubtful(post, doubt), is_gone=True)


def _was_in_doubt(post: Post, send: Send) -> bool:
    earlier = (other for other in post.sends if other.container_id == send.container_id)
    return any(other.state is SendState.NOT_DONE for other in earlier)


def _ready_again(post: Post, at: datetime, refusals: int, policy: Policy) -> Post:
    delays = policy.ready_delays_s
    wait = timedelta(seconds=delays[min(refusals, len(delays)) - 1])
    return replace(post, state=PostState.READY, not_before=at + wait)


def _rebuild(post: Post, at: datetime, policy: Policy) -> Post:
    """Start over with new containers. Only after a send that provably did nothing."""
    attempts = sum(1 for record in post.containers if record.item is None)
    first_send = post.sends[0].started_at if post.sends else at
    if post.kind is PostKind.STORY and at - first_send > _STORY_REBUILD_LIMIT:
        return _failed(post, "The story is too old to be made again.")
    if attempts >= policy.max_containers:
        return _failed(post, "Instagram kept losing the container.")
    return replace(timing.drop_containers(post), state=PostState.PREPARING, not_before=None)


def _looked(post: Post, event: ev.Looked, policy: Policy) -> Post:
    send = post.open_send
    if send is None:
        return _listed(post, event, policy)
    after = _update_send(post, looks=(*send.looks, event.look))
    match verdict(replace(send, looks=(*send.looks, event.look)), policy):
        case Verdict.WAIT:
            return after
        case Verdict.LIVE:
            listings = (event.look,) if event.look.candidates is not None else ()
            return replace(_live(_close_send(after, SendState.LIVE), None), listings=listings)
        case Verdict.NOT_DONE:
            return _not_done(_close_send(after, SendState.NOT_DONE), event.look.at)
        case Verdict.CONTAINER_DEAD:
            return _dead(_close_send(after, SendState.NOT_DONE), send, event.look.at, policy)
        case Verdict.GIVE_UP:
            abandoned = _close_send(after, SendState.ABANDONED)
            problem = f"Whether container {send.container_id} was published could not be learnt."
            return _ask(abandoned, Attention.OUTCOME_UNKNOWN, problem)


def _dead(post: Post, send: Send, at: datetime, policy: Policy) -> Post:
    """Make a new container, unless that is for a person to decide."""
    if send.may_resend:
        return _rebuild(post, at, policy)
    problem = f"It is not live: container {send.container_id} can no longer be published, and never was."
    return _failed(timing.drop_containers(post), problem)


def _not_done(post: Post, at: datetime) -> Post:
    """Send the same container once more, once."""
    if sum(1 for send in post.sends if send.state is SendState.NOT_DONE) > 1:
        problem = "Instagram twice neither answered nor published."
        return _ask(post, Attention.OUTCOME_UNKNOWN, problem)
    return replace(post, state=PostState.READY, not_before=at)


def _listed(post: Post, event: ev.Looked, policy: Policy) -> Post:
    if post.state is not PostState.PUBLISHED or Followup.MEDIA_ID not in post.followups:
        return post
    listings = (*post.listings, event.look)
    found = settled_id(listings, policy)
    if found is None and len(listings) < policy.max_listings:
        return replace(post, listings=listings)
    done = without(replace(post, listings=listings, media_id=found), Followup.MEDIA_ID)
    return done if found else _without_id(done)


def _without_id(post: Post) -> Post:
    """Without an id there is nothing to read and nothing to comment on."""
    is_silent = Followup.FIRST_COMMENT in post.followups
    problem = (
        "The first comment was not written, since the id of the post is not known." if is_silent else None
    )
    return replace(post, followups=(), problem=problem)


def _following_up(post: Post, policy: Policy) -> tuple[ev.Effect, ...]:
    if not post.followups:
        return ()
    what = post.followups[0]
    if what is Followup.FIRST_COMMENT:
        return (next_for_comment(post, policy),)
    wait = timedelta(seconds=policy.settle_s / 2)
    last = post.listings[-1].at + wait if what is Followup.MEDIA_ID and post.listings else None
    return (ev.FollowUp(what, last),)


def _permalink_read(post: Post, event: ev.PermalinkRead) -> Post:
    done = without(post, Followup.PERMALINK)
    return replace(done, permalink=event.permalink, media_product_type=event.media_product_type)


def _ask(post: Post, attention: Attention, problem: str) -> Post:
    return replace(
        post, state=PostState.NEEDS_ATTENTION, attention=attention, problem=problem, not_before=None
    )


def _failed(post: Post, problem: str) -> Post:
    return replace(post, state=PostState.FAILED, problem=problem, not_before=None)


def _gave_up(post: Post, event: ev.GaveUp) -> Post:
    """End a post that is not live. An open send is a doubt no error may settle, and live stays live."""
    if post.open_send or post.state in FINAL_STATES:
        return post
    return _failed(post, event.problem)
