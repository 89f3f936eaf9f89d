"""The send: committed, answered, refused or in doubt, and what looks prove of a doubtful one. Pure.

Start at `after_send`. `verdict` judges the looks; `candidates` and `sight` pick the listed media that may
be the post. Meta documents no idempotency for `media_publish`, and nothing published can be taken back
unseen: a send is repeated only when it is proven that nothing came of it.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from enum import Enum
from itertools import pairwise, product

from pressroom.core.post import (
    PUBLISH_LATE_S,
    Attention,
    Look,
    LookBack,
    Post,
    PostId,
    PostKind,
    PostState,
    Send,
    SendState,
    Snapshot,
)
from pressroom.graph.answers import ContainerStatus, Media, MediaId, MediaProductType, MediaType, timestamp_of
from pressroom.graph.error_table import Retry
from pressroom.graph.limits import STORY_LIFETIME_S
from pressroom.publish.machine import events as ev
from pressroom.publish.machine import timing
from pressroom.publish.machine.policy import Policy
from pressroom.publish.machine.timing import ask, failed, live

# A container in such a state is never published any more.
DEAD = (ContainerStatus.ERROR, ContainerStatus.EXPIRED)
SendEvent = ev.SendCommitted | ev.SendAnswered | ev.SendRefused | ev.SendDoubtful | ev.Looked


def after_send(post: Post, event: SendEvent, policy: Policy) -> Post:  # noqa: PLR0911  # one case an event
    """Commit a send, or apply what happened to the open one; a post without one stays as it is."""
    if isinstance(event, ev.SendCommitted):
        container = post.container(None)
        if post.state is not PostState.READY or container is None:
            return post
        committed = Send(
            container_id=container.id,
            number=len(post.sends) + 1,
            started_at=event.at,
            deadline=event.deadline,
            snapshot=event.snapshot,
        )
        sends, state = (*post.sends, committed), PostState.PUBLISHING
        return post.changed(state=state, sends=sends, not_before=None, held_up_by=None)
    send = post.open_send
    if send is None:
        return post
    match event:
        case ev.SendAnswered():
            return live(_update_open_send(post, state=SendState.LIVE), event.media_id)
        case ev.SendRefused():
            return _after_refusal(post, send, event, policy)
        case ev.SendDoubtful():
            return _after_doubt(post, event)
        case ev.Looked():
            return _after_look(post, send, event.look, policy)


# Refusals that say "not this container". Instagram says the same of one that an earlier, doubtful send has
# published meanwhile.
_NOT_THIS_CONTAINER = frozenset({Retry.WHEN_READY, Retry.SOON, Retry.NEW_CONTAINER})


def _after_refusal(post: Post, send: Send, event: ev.SendRefused, policy: Policy) -> Post:
    earlier = (other for other in post.sends if other.container_id == send.container_id)
    was_in_doubt = any(other.state is SendState.NOT_DONE for other in earlier)
    if event.code is not None and event.retry in _NOT_THIS_CONTAINER and was_in_doubt:
        # Not believed, and not sent a third time: see docs/decisions/0007.
        doubt = ev.SendDoubtful(at=event.at, code=event.code, subcode=event.subcode, may_resend=False)
        return _after_doubt(post, doubt)
    marked = _update_open_send(post, state=SendState.REFUSED, code=event.code, subcode=event.subcode)
    refusals = sum(1 for other in marked.sends if other.container_id == send.container_id)
    limit = policy.max_not_sent if event.code is None else policy.max_ready_retries
    # Retries of a scheduled post end when it is too late, not by their number.
    if event.retry.is_same_call and (post.due_at or refusals < limit):
        return _ready_again(marked, event.at, refusals, policy)
    if event.retry is Retry.NEW_CONTAINER:
        # A container that was just finished may be unknown for a moment: replication lag, not loss.
        if refusals == 1:
            return _ready_again(marked, event.at, 2, policy)
        # The same is answered of live containers: the lists are read before a new one is made.
        doubt = ev.SendDoubtful(at=event.at, code=event.code, subcode=event.subcode)
        return _update_open_send(_after_doubt(post, doubt), is_gone=True)
    # The refusal is about the account: a scheduled post waits until that may publish again.
    if post.due_at and event.retry.is_about_account:
        return marked.changed(state=PostState.READY)
    return failed(marked, "Instagram refused to publish.")


def _ready_again(post: Post, at: datetime, refusals: int, policy: Policy) -> Post:
    delays = policy.ready_delays_s
    wait = timedelta(seconds=delays[min(refusals, len(delays)) - 1])
    return post.changed(state=PostState.READY, not_before=at + wait)


def _after_doubt(post: Post, event: ev.SendDoubtful) -> Post:
    return _update_open_send(
        post,
        doubtful_at=event.at,
        code=event.code,
        subcode=event.subcode,
        may_resend=event.may_resend,
    )


def _after_look(post: Post, send: Send, look: Look, policy: Policy) -> Post:
    looks = (*send.looks, look)
    after = _update_open_send(post, looks=looks)
    match verdict(replace(send, looks=looks), policy):
        case Verdict.WAIT:
            return after
        case Verdict.LIVE:
            listings = (look,) if look.candidates is not None else ()
            return live(_update_open_send(after, state=SendState.LIVE), None).changed(listings=listings)
        case Verdict.NOT_DONE:
            again = _update_open_send(after, state=SendState.NOT_DONE)
            # The same container is sent a second time, and never a third. Should the first send come true
            # late, the second is refused; a new container would be published beside it.
            was_lost_twice = sum(1 for other in again.sends if other.state is SendState.NOT_DONE) > 1
            problem = "Instagram twice neither answered nor published."
            return (
                ask(again, Attention.OUTCOME_UNKNOWN, problem)
                if was_lost_twice
                else again.changed(state=PostState.READY, not_before=look.at)
            )
        case Verdict.CONTAINER_DEAD:
            closed = _update_open_send(after, state=SendState.NOT_DONE)
            # Unless Instagram's answer to the send forbids another try.
            if send.may_resend:
                return _rebuild(closed, look.at, policy)
            problem = (
                f"It is not live: container {send.container_id} can no longer be published, and never was."
            )
            return failed(timing.drop_containers(closed), problem)
        case Verdict.GIVE_UP:
            abandoned = _update_open_send(after, state=SendState.ABANDONED)
            problem = f"Whether container {send.container_id} was published could not be learnt."
            return ask(abandoned, Attention.OUTCOME_UNKNOWN, problem)


# At this age a story that went out unnoticed is about to leave the list that would show it.
_STORY_REBUILD_LIMIT = timedelta(seconds=STORY_LIFETIME_S - 3600)


def _rebuild(post: Post, at: datetime, policy: Policy) -> Post:
    """Start over with new containers, which is safe only after a send that provably did nothing."""
    attempts = sum(1 for record in post.containers if record.item is None)
    first_send = post.sends[0].started_at
    if post.kind is PostKind.STORY and at - first_send > _STORY_REBUILD_LIMIT:
        return failed(post, "The story is too old to be made again.")
    if attempts >= policy.max_containers:
        return failed(post, "Instagram kept losing the container.")
    return timing.drop_containers(post).changed(state=PostState.PREPARING, not_before=None)


def _update_open_send(post: Post, **changes: object) -> Post:
    return post.changed(
        sends=tuple(
            replace(send, **changes) if send.state is SendState.OPEN else send  # pyright: ignore[reportArgumentType]  # field names
            for send in post.sends
        )
    )


def with_last_send(post: Post, **changes: object) -> tuple[Send, ...]:
    """Give the sends with the last one changed; none where the post was never sent by this store."""
    if not post.sends:
        return ()
    *earlier, last = post.sends
    return (*earlier, replace(last, **changes))  # pyright: ignore[reportArgumentType]  # field names


def next_look_at(send: Send, policy: Policy) -> datetime:
    """Say when to look again: soon at first, then ever more rarely.

    After a crash nobody knows whether the bytes still leave, so the first look waits for the deadline.
    """
    since = send.looks[-1].at if send.looks else send.doubtful_at or send.deadline
    delays = policy.look_delays_s
    return since + timedelta(seconds=delays[min(len(send.looks), len(delays) - 1)])


class Verdict(Enum):
    """What is known of a doubtful send."""

    LIVE = "live"
    NOT_DONE = "not_done"
    CONTAINER_DEAD = "container_dead"
    WAIT = "wait"
    GIVE_UP = "give_up"


def verdict(send: Send, policy: Policy) -> Verdict:
    """Judge a send by its looks, of which there is one at least.

    PUBLISHED proves it live. FINISHED twice, long after the deadline, with nothing new listed and the quota
    unchanged but for our other posts, proves that it was not carried out. Everything else waits, until the
    budget is spent.
    What one look saw counts for good: lists and counters lag, and a later look may read an older replica.
    """
    if any(look.status is ContainerStatus.PUBLISHED for look in send.looks):
        return Verdict.LIVE
    last = send.looks[-1]
    # A container that is dead may have been published before it died, and lists show that a little later.
    is_over = send.is_gone or last.status in DEAD
    is_listed = any(look.candidates for look in send.looks)
    is_settled = elapsed_s(send, last.at, last.host_date) >= policy.settle_s
    if is_over and last.candidates is not None and not is_listed and is_settled:
        return Verdict.CONTAINER_DEAD
    if send.may_resend and _was_not_done(send, policy):
        return Verdict.NOT_DONE
    return Verdict.GIVE_UP if _is_budget_spent(send, policy) else Verdict.WAIT


def _was_not_done(send: Send, policy: Policy) -> bool:
    late = [look for look in send.looks if elapsed_s(send, look.at, look.host_date) >= policy.resend_after_s]
    before = _used_by_others(send.snapshot)
    if before is None or len(late) < 2:  # noqa: PLR2004  # two reads, as the rule says
        return False
    # A lower count proves nothing either: yesterday's post leaving the window hides today's coming in.
    show_nothing = all(
        look.status is ContainerStatus.FINISHED
        and look.candidates is not None
        and _used_by_others(look) == before
        for look in late[-2:]
    )
    return show_nothing and not any(
        look.candidates or (_used_by_others(look) or 0) > before for look in send.looks
    )


def _is_budget_spent(send: Send, policy: Policy) -> bool:
    """Tell whether a person is to be asked: while a proof is possible, not before it was looked for."""
    # Gaps in which no worker ran count as one delay at most.
    gaps = (later.at - look.at for look, later in pairwise(send.looks))
    looked_s = sum(min(max(gap.total_seconds(), 0.0), max(policy.look_delays_s)) for gap in gaps)
    # A send that is looked at again, long after its deadline, gets its whole budget again.
    begun = max(send.deadline, send.doubtful_at or send.deadline)
    # By a clock that was set back it would not be over for hours.
    past_s = max((send.looks[-1].at - begun).total_seconds(), looked_s)
    may_prove = send.may_resend and send.snapshot.quota_usage is not None
    return past_s >= policy.reconcile_budget_s and not (may_prove and looked_s < policy.resend_after_s)


def _used_by_others(seen: Snapshot | Look) -> int | None:
    """Give the part of the quota that our live posts do not account for: the post in doubt is in it."""
    return None if seen.quota_usage is None else seen.quota_usage - seen.went_live


def elapsed_s(send: Send, at: datetime, host_date: datetime | None) -> float:
    """Tell how long after the deadline a moment is, by our clock or the host's: by the one that says less.

    Ours may have been set forward meanwhile, and then nothing is late. One that was set back to before the
    send tells nothing.
    """
    elapsed = at - send.deadline
    sent_at = send.snapshot.host_date
    if sent_at is not None and host_date is not None:
        by_host = host_date - sent_at - (send.deadline - send.started_at)
        elapsed = by_host if at < send.started_at else min(elapsed, by_host)
    return elapsed.total_seconds()


def settled_id(listings: tuple[Look, ...], policy: Policy) -> MediaId | None:
    """Give the id that one and the same candidate proves on two listings a settle time apart."""
    for early in listings:
        for late in listings:
            if late.at - early.at < timedelta(seconds=policy.settle_s):
                continue
            if early.candidates and early.candidates == late.candidates and len(early.candidates) == 1:
                return next(iter(early.candidates))
    return None


def candidates(
    listed: Iterable[Media],
    post: Post,
    *,
    snapshot: Snapshot,
    ours: frozenset[MediaId],
    not_before: datetime | None,
) -> tuple[Media, ...]:
    """Pick the media that may be this post.

    New since the snapshot, not another post of ours, same kind, same caption, and not older than the
    container (`not_before`, by the host's own clock).
    """
    # Two of our posts may look alike: what one of them holds cannot be the other.
    old = ours | (snapshot.listed or frozenset())
    return tuple(
        media
        for media in listed
        if media.id not in old and _is_alike(media, post) and not is_older(media, not_before)
    )


def sight(
    post: Post, others: Iterable[Post], listed: Iterable[Media], host_ahead: timedelta = timedelta()
) -> tuple[ev.Sighting, tuple[MediaId, ...]]:
    """Tell whether a post that is looked for is among listed media that no post of ours holds, and as which.

    A media explains a single post at most: whichever was to go out at the nearest time. One that was
    published before the post was due proves nothing. others: the account's posts that are looked for, too.
    host_ahead: how far the host's clock is ahead of ours.
    """
    posts, media = {other.id: other for other in (*others, post)}, {item.id: item for item in listed}
    # How far from its time each post is from each media that may be it.
    possible: dict[tuple[MediaId, PostId], timedelta] = {}
    for item, other in product(media.values(), posts.values()):
        assert other.look_back
        if _is_alike(item, other) and _is_in_time(item, other.look_back, host_ahead):
            due_at = other.look_back.since + host_ahead
            published_at = timestamp_of(item.timestamp) if item.timestamp else None
            possible[item.id, other.id] = abs(published_at - due_at) if published_at else _BY_ITSELF
    of_post = {media_id for media_id, post_id in possible if post_id == post.id}
    if not of_post:
        return ev.Sighting.NOTHING, ()
    explained: dict[PostId, MediaId] = {}
    for media_id, post_id in sorted(possible, key=lambda pair: (possible[pair], pair)):
        if post_id not in explained and media_id not in explained.values():
            explained[post_id] = media_id
    own = explained.get(post.id)
    left_over = of_post - set(explained.values())
    unexplained = posts.keys() - explained.keys()
    rivals = [
        apart for (media_id, other), apart in possible.items() if media_id == own and other in unexplained
    ]
    if own is None or left_over or any(apart <= _BY_ITSELF for apart in rivals):
        return ev.Sighting.UNCERTAIN, tuple(sorted(of_post))
    assert post.look_back
    if is_older(media[own], post.look_back.since - BEFORE_DUE + min(host_ahead, timedelta())):
        return ev.Sighting.UNCERTAIN, (own,)
    return ev.Sighting.LIVE, (own,)


def earliest(order: LookBack, host_ahead: timedelta) -> datetime:
    """Return the time from which on media are compared with a post that is looked for.

    host_ahead: how far the host's clock is ahead of ours.
    """
    start = order.since - BEFORE_DUE
    if order.published_from is not None:
        start = order.published_from if order.published_until else min(order.published_from, start)
    return start + min(host_ahead, timedelta())


def _is_in_time(media: Media, order: LookBack, host_ahead: timedelta) -> bool:
    # By both clocks, since either may be wrong: a post that is compared in vain costs nothing.
    if is_older(media, earliest(order, host_ahead)):
        return False
    end = order.published_until
    # The time of a media without one is not known: it may be the post.
    if end is None or media.timestamp is None:
        return True
    return is_older(media, end + max(host_ahead, timedelta()) + BEFORE_DUE)


def drop_published(listed: Iterable[Media], published: Iterable[Post]) -> list[Media]:
    """Leave out a media for each post of ours that is live without a known id: the one nearest to its send.

    Otherwise it would be taken for another post with the same caption.
    """
    left = list(listed)
    for post in published:
        sent_at = post.sends[-1].snapshot.host_date or post.sends[-1].started_at
        alike = [media for media in left if _is_alike(media, post) and media.timestamp]
        # Written so that a media without a time, which may be anything, is never left out.
        near = {timestamp_of(media.timestamp or ""): media for media in reversed(alike)}
        if near:
            left.remove(near[min(near, key=lambda at: abs(at - sent_at))])
    return left


# Our clock and the host's may differ, and so may the moment of a send and the time that the media shows.
BEFORE_DUE = timedelta(minutes=1)

# A post goes out by itself so late at most; later it was somebody's doing, and mostly another post's media.
_BY_ITSELF = timedelta(seconds=PUBLISH_LATE_S)


_SHAPES = {
    PostKind.PHOTO: (MediaProductType.FEED, MediaType.IMAGE),
    PostKind.CAROUSEL: (MediaProductType.FEED, MediaType.CAROUSEL_ALBUM),
    PostKind.REEL: (MediaProductType.REELS, MediaType.VIDEO),
    PostKind.STORY: (MediaProductType.STORY, None),
}


def _is_alike(media: Media, post: Post) -> bool:
    """Tell whether kind and caption are those of the post."""
    product, shape = _SHAPES[post.kind]
    # Hosts that leave a field out prove nothing by it.
    is_same_shape = media.media_product_type in (None, product) and (
        shape is None or media.media_type in (None, shape)
    )
    return is_same_shape and normalised(media.caption) == normalised(post.options.caption)


def normalised(caption: str | None) -> str:
    """Give a caption without what Instagram may change: `@`, spaces, and how letters are composed."""
    text = unicodedata.normalize("NFC", caption or "").replace("@", "")
    return re.sub(r"\s+", " ", text).strip()


# The `Date` header and the media's timestamp are whole seconds, cut off independently.
_DATE_SLACK = timedelta(seconds=1)


def is_older(media: Media, moment: datetime | None) -> bool:
    """Tell whether a media stood before a moment of the host's clock; what is not known is not older."""
    if media.timestamp is None or moment is None:
        return False
    return timestamp_of(media.timestamp) < moment - _DATE_SLACK
