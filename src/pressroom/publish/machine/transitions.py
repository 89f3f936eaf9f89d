"""The life of a post as a pure function: `step(post, event)` gives the post after it and what to do next.

Nothing here waits, calls or reads a clock, so a crashed process resumes from the stored post with `resume`.
Events of sends and of time are applied in `sends` and `timing`. In this file, after `step`: containers
(made in order, polled, replaced when Instagram cannot use one), posts that may be live untold to the store
(docs/decisions/0031), and the first comment (written once, looked for after a doubt; it never makes the
post fail).
"""

from dataclasses import replace
from datetime import datetime, timedelta

from pressroom.core.errors import ContainerFailed
from pressroom.core.post import (
    WENT_LIVE,
    Attention,
    ContainerRecord,
    Followup,
    Post,
    PostKind,
    PostState,
    Recalled,
    Send,
    SendState,
)
from pressroom.graph.answers import ContainerId, ContainerStatus, MediaId
from pressroom.publish.machine import events as ev
from pressroom.publish.machine import timing
from pressroom.publish.machine.policy import CAREFUL, Policy
from pressroom.publish.machine.sends import after_send, next_look_at, settled_id, with_last_send
from pressroom.publish.machine.timing import ask, failed, live

FINAL_STATES = frozenset(
    {*WENT_LIVE, PostState.FAILED, PostState.MISSED, PostState.CANCELLED, PostState.NEEDS_ATTENTION}
)


def step(post: Post, event: ev.Event, policy: Policy = CAREFUL) -> tuple[Post, tuple[ev.Effect, ...]]:
    """Apply one event. The revision rises by one; a post that is at its end takes no more events.

    A send or comment is performed only right after the event that committed it: after a crash nobody knows
    whether it was, so that a committed one is looked for instead.
    """
    after = _apply(post, event, policy).following(post)
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


def resume(post: Post, policy: Policy = CAREFUL) -> tuple[ev.Effect, ...]:  # noqa: PLR0911  # one rule each
    """Say what is to be done next for a post as it stands; it is all that a restart needs."""
    # First whether it is live already: whatever else is done for a post that is would publish it twice.
    if post.recalled and not post.state.is_held:
        return (ev.Wake(),)
    if post.open_send:
        return (ev.LookAtSend(not_before=next_look_at(post.open_send, policy)),)
    if post.look_back and post.state.is_waiting:
        return (ev.LookBack(not_before=post.look_back.not_before),)
    if post.state is PostState.SCHEDULED:
        return (ev.Wake(not_before=timing.prepare_at(post, policy)),)
    if post.state is PostState.PREPARING:
        return (_next_in_preparation(post),)
    if post.state is PostState.READY:
        # No transition leaves a ready post without its container; a row that somebody edited may be one, and
        # must not end the worker, nor the command that shows it.
        container = post.container(None)
        return (ev.CommitSend(container.id, not_before=timing.send_at(post)),) if container else ()
    if post.state is PostState.PUBLISHED and post.followups:
        return (_next_followup(post, policy),)
    return ()


def _next_in_preparation(post: Post) -> ev.Effect:
    """Say what is next: a carousel's items, then their polls side by side, then the post's own container."""
    # An item that fails is replaced before the parent names it: a parent's items cannot be changed.
    items = list(range(len(post.assets))) if post.kind is PostKind.CAROUSEL else []
    missing = next((item for item in items if post.container(item) is None), None)
    if missing is not None:
        return ev.CreateContainer(missing)
    if unfinished := _unfinished(post, items):
        return ev.PollContainers(unfinished)
    if post.container(None) is None:
        return ev.CreateContainer(None)
    return ev.PollContainers(_unfinished(post, [None]))


def _unfinished(post: Post, items: list[int] | list[None]) -> tuple[ContainerId, ...]:
    records = [post.container(item) for item in items]
    return tuple(record.id for record in records if record and record.status is ContainerStatus.IN_PROGRESS)


def _next_followup(post: Post, policy: Policy) -> ev.Effect:
    match post.followups[0]:
        case Followup.FIRST_COMMENT if post.comment_committed_at:
            # It may have been written: it is looked for, and not written again.
            waited = sum(_comment_look_delays_s(post, policy)[: post.comment_looks + 1])
            return ev.LookForComment(not_before=post.comment_committed_at + timedelta(seconds=waited))
        case Followup.FIRST_COMMENT if post.look_back:
            return ev.LookForComment(not_before=post.look_back.not_before)
        case Followup.FIRST_COMMENT:
            return ev.FollowUp(Followup.FIRST_COMMENT, not_before=post.not_before)
        case Followup.MEDIA_ID if post.listings:
            # An id is proven by two listings a settle time apart; looking twice as often loses no time if one
            # of them fails.
            next_at = post.listings[-1].at + timedelta(seconds=policy.settle_s / 2)
            return ev.FollowUp(Followup.MEDIA_ID, not_before=next_at)
        case what:
            return ev.FollowUp(what)


def _apply(post: Post, event: ev.Event, policy: Policy) -> Post:  # noqa: C901, PLR0911  # one case an event
    match event:
        case ev.Submitted() if post.state is PostState.DRAFT:
            return post.changed(state=PostState.SCHEDULED if post.due_at else PostState.PREPARING)
        case ev.Woken() if post.recalled:
            return _restore_sends(post, post.recalled, event.at)
        case ev.LookedBack():
            return _after_look_back(post, event, policy)
        case ev.Woken() | ev.FoundLate() | ev.ProfileUnread() | ev.QuotaFull() | ev.Delayed():
            return timing.after_time(post, event, policy)
        case ev.ContainerCreated() | ev.ContainerSettled() | ev.ContainerNotReady():
            return _after_container(post, event, policy)
        case ev.SendCommitted() | ev.SendAnswered() | ev.SendRefused() | ev.SendDoubtful():
            return after_send(post, event, policy)
        case ev.Looked():
            return after_send(post, event, policy) if post.open_send else _after_listing(post, event, policy)
        case ev.PermalinkRead():
            done = _without_followup(post, Followup.PERMALINK)
            return done.changed(permalink=event.permalink, media_product_type=event.media_product_type)
        case ev.CommentCommitted() | ev.CommentAnswered() | ev.CommentRefused() | ev.CommentLooked():
            return _after_comment(post, event, policy)
        case ev.HeldBack():
            return timing.held_back(post)
        # No error settles the doubt of an open send, and what is live stays live.
        case ev.GaveUp() if not post.open_send and post.state not in FINAL_STATES:
            return failed(post, event.problem)
        case ev.Submitted() | ev.GaveUp():
            return post


def _after_container(  # noqa: PLR0911  # one rule each
    post: Post, event: ev.ContainerCreated | ev.ContainerSettled | ev.ContainerNotReady, policy: Policy
) -> Post:
    """Apply what happened to a container of a post in preparation; any other post stays as it is."""
    if post.state is not PostState.PREPARING:
        return post
    if isinstance(event, ev.ContainerCreated):
        new = ContainerRecord(id=event.id, item=event.item, created_at=event.at, host_date=event.host_date)
        return post.changed(containers=(*post.containers, new), held_up_by=None)
    record = next((record for record in post.containers if record.id == event.id), None)
    if record is None:
        return post
    if isinstance(event, ev.ContainerNotReady):
        # Another one mostly takes seconds.
        problem = f"Instagram was not done with the media in time (container {record.id})."
        return _fail_if_last(_mark(post, record.id, ContainerStatus.EXPIRED), record, problem, policy)
    # For a week in May 2026 no container could be read while publishing worked. Trying an unready one harms
    # nobody: 9007/2207027 is a definite refusal.
    status = event.status or ContainerStatus.FINISHED
    if status in (ContainerStatus.IN_PROGRESS, ContainerStatus.UNRECOGNISED):
        return post
    after = _mark(post, event.id, status, event.subcode)
    # Not by us, as no send is open: somebody else did with a token of the account. It is live all the same.
    if status is ContainerStatus.PUBLISHED:
        return live(after, None) if record.item is None else failed(after, "An item was published alone.")
    if status is ContainerStatus.FINISHED:
        return after.changed(state=PostState.READY) if record.item is None else after
    problem = str(ContainerFailed.of(event.id, status, event.subcode))
    return _fail_if_last(after, record, problem, policy) if event.may_rebuild else failed(after, problem)


def _fail_if_last(post: Post, record: ContainerRecord, problem: str, policy: Policy) -> Post:
    """Fail the post when this was its last container; otherwise `resume` finds that one is missing."""
    attempts = sum(1 for other in post.containers if other.item == record.item)
    return failed(post, problem) if attempts >= policy.max_containers else post


def _mark(post: Post, container: ContainerId, status: ContainerStatus, subcode: int | None = None) -> Post:
    marked = tuple(
        replace(record, status=status, subcode=subcode) if record.id == container else record
        for record in post.containers
    )
    return post.changed(containers=marked)


def _restore_sends(post: Post, recalled: Recalled, at: datetime) -> Post:
    """Put the sends back that the store lost: the post is live, or its last send is in doubt."""
    lost = [_closed(send) for send in recalled.sends]
    containers = {record.id: record for record in post.containers}
    for send in lost:
        record = ContainerRecord(
            id=send.container_id,
            created_at=send.started_at,
            host_date=send.snapshot.host_date,
            status=ContainerStatus.FINISHED,
        )
        containers.setdefault(record.id, record)
    restored = post.changed(
        containers=tuple(containers.values()),
        sends=(*(_closed(send) for send in post.sends), *lost),
        recalled=None,
        look_back=None,
        not_before=None,
    )
    if recalled.media_id:
        sends = with_last_send(restored, state=SendState.LIVE)
        return _adopt(restored.changed(sends=sends), recalled.media_id, at)
    sends = with_last_send(restored, state=SendState.OPEN, doubtful_at=at)
    return restored.changed(state=PostState.PUBLISHING, sends=sends)


def _closed(send: Send) -> Send:
    # A later send was opened only after this one was settled, but the log does not tell how. So it counts as
    # lost and not carried out: a refusal of its container is then not believed, which is the careful reading.
    return replace(send, state=SendState.NOT_DONE) if send.state is SendState.OPEN else send


def _after_look_back(post: Post, event: ev.LookedBack, policy: Policy) -> Post:
    """Apply what the profile shows of a post that is not sent yet; any other stays as it is."""
    if not post.state.is_waiting:
        return post
    match event.sighting:
        case ev.Sighting.NOTHING:
            missing = post.changed(look_back=None, compared_at=event.at, not_before=None, held_up_by=None)
            return timing.after_time(missing, ev.Woken(at=event.at), policy)
        case ev.Sighting.LIVE:
            return _adopt(post, next(iter(event.media), None), event.at)
        case ev.Sighting.UNCERTAIN:
            which = (
                f"media {', '.join(event.media)}" if event.media else "a story that is not listed any more"
            )
            problem = f"It may have been published already: {which} may be it. Look at the profile, and say."
            return ask(post, Attention.OUTCOME_UNKNOWN, problem)


def _adopt(post: Post, media_id: MediaId | None, at: datetime) -> Post:
    """Make the post published as what the profile or the send log shows; its first comment may stand, too."""
    settled = post.changed(look_back=None, problem=None, attention=None)
    return live(settled, media_id).with_comment_in_doubt(at)


def _after_listing(post: Post, event: ev.Looked, policy: Policy) -> Post:
    if post.state is not PostState.PUBLISHED or Followup.MEDIA_ID not in post.followups:
        return post
    listings = (*post.listings, event.look)
    media_id = settled_id(listings, policy)
    if media_id is None and len(listings) < policy.max_listings:
        return post.changed(listings=listings)
    done = _without_followup(post.changed(listings=listings, media_id=media_id), Followup.MEDIA_ID)
    if media_id:
        return done
    # Without an id there is nothing to read, and nothing to comment on.
    is_silent = Followup.FIRST_COMMENT in done.followups
    problem = (
        "The first comment was not written, since the id of the post is not known." if is_silent else None
    )
    return done.changed(followups=(), problem=problem)


def _after_comment(  # noqa: C901, PLR0911  # one case an event
    post: Post,
    event: ev.CommentCommitted | ev.CommentAnswered | ev.CommentRefused | ev.CommentLooked,
    policy: Policy,
) -> Post:
    """Apply what happened to the first comment of a live post; any other stays as it is."""
    if post.state is not PostState.PUBLISHED or Followup.FIRST_COMMENT not in post.followups:
        return post
    match event:
        case ev.CommentCommitted():
            return post.changed(comment_committed_at=event.at, comment_looks=0, not_before=None)
        case ev.CommentAnswered():
            return _without_followup(post, Followup.FIRST_COMMENT).changed(first_comment_id=event.id)
        # Comments have stood that Instagram had answered with an error: it is looked for before another try.
        case ev.CommentRefused() if event.may_try_again and event.was_answered and not post.comment_rewritten:
            return post.changed(comment_refusal=event.problem)
        case ev.CommentRefused():
            tries, delays = post.comment_tries + 1, policy.comment_retry_delays_s
            tried = post.changed(comment_committed_at=None, comment_tries=tries)
            if event.may_try_again and not event.was_answered and tries <= len(delays):
                return tried.changed(not_before=event.at + timedelta(seconds=delays[tries - 1]))
            return _without_followup(tried, Followup.FIRST_COMMENT).changed(problem=event.problem)
        case ev.CommentLooked() if event.id:
            found = _without_followup(post, Followup.FIRST_COMMENT)
            return found.changed(first_comment_id=event.id, look_back=None)
        # It was not sent by this store, and may have been by a newer copy of it.
        case ev.CommentLooked() if post.look_back:
            if event.was_listed:
                return post.changed(look_back=None, not_before=event.at)
            again_at = event.at + timedelta(seconds=policy.settle_s)
            return post.changed(look_back=replace(post.look_back, not_before=again_at))
        case ev.CommentLooked():
            looked = post.changed(comment_looks=post.comment_looks + 1)
            if looked.comment_looks < len(_comment_look_delays_s(post, policy)):
                return looked
            # Only after a refusal: a comment whose answer was lost may still appear, and would then stand
            # twice.
            if post.comment_refusal and event.was_listed:
                again = looked.changed(comment_committed_at=None, not_before=event.at)
                return again.changed(comment_refusal=None, comment_rewritten=True)
            problem = post.comment_refusal or _COMMENT_LOST
            return _without_followup(looked, Followup.FIRST_COMMENT).changed(problem=problem)


_COMMENT_LOST = "The answer to the first comment was lost, and the comment is not to be seen."


def _comment_look_delays_s(post: Post, policy: Policy) -> tuple[float, ...]:
    """Give the waits before each look; before a refused comment is written again there is a long one."""
    delays = policy.comment_look_delays_s
    return (*delays, policy.resend_after_s) if post.comment_refusal else delays


def _without_followup(post: Post, done: Followup) -> Post:
    return post.changed(followups=tuple(other for other in post.followups if other is not done))
