"""The call that publishes, which must not be made twice, and finding out what became of it.

In the order of use: `read_readiness` and `commit` come before the call, `send` makes it. `look` and
`list_for_id` find out what became of it; `look_back` looks for a post before it is sent, which may have
gone out untold to the store. `read_permalink` and the first comment follow once the post is live, and never
make it fail.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from pressroom.client.client import walk
from pressroom.core.errors import GraphError, NotSent, PressroomError, TransportError
from pressroom.core.graph_errors import ActionBlocked, ObjectNotFound
from pressroom.core.post import Look, Post, PostKind, PostState, Snapshot
from pressroom.graph import calls
from pressroom.graph.answers import CommentId, ContainerId, ContainerStatus, Media, MediaId, Page, Quota
from pressroom.graph.call import Call
from pressroom.graph.error_table import Proves, Retry
from pressroom.graph.limits import STORY_LIFETIME_S
from pressroom.publish.context import Context
from pressroom.publish.machine import events as ev
from pressroom.publish.machine import sends


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """What stands on the account right before a send.

    at: when it was read, by our clock. went_live: the account's posts of the day before that the snapshot
    counts; None without a snapshot. quota_total: None when the host would not say. cut_off_by: why nothing
    could be sent to Instagram at all; None when it could.
    """

    at: datetime
    snapshot: Snapshot
    went_live: tuple[datetime, ...] | None = None
    quota_total: int | None = None
    cut_off_by: str | None = None

    @property
    def is_complete(self) -> bool:
        """Whether both list and quota could be read."""
        return self.snapshot.listed is not None and self.snapshot.quota_usage is not None

    @property
    def is_quota_full(self) -> bool:
        """Whether Instagram would refuse the send for the quota."""
        used, total = self.snapshot.quota_usage, self.quota_total
        return used is not None and total is not None and used >= total


_UNREACHABLE = "Instagram cannot be reached."


async def read_readiness(context: Context, post: Post) -> Readiness:
    """Read the newest page of media and the quota, where the policy wants a snapshot."""
    at = context.client.clock.now()
    if not context.policy.takes_snapshot:
        return Readiness(at=at, snapshot=Snapshot())
    # Counted before the calls: a post that goes live meanwhile makes the snapshot out of date, not wrong.
    went_live = await context.journal.went_live()
    listed, host_date, cut_off_by = None, None, None
    try:
        listing = await context.client.exchange(_listing(context, post), opens_for_write=True)
        listed, host_date = _ids_of(listing.answer.data), listing.host_date
    except NotSent as error:
        cut_off_by = str(error.shortage or _UNREACHABLE)
    except (GraphError, TransportError):
        pass
    quota = await read_quota(context)
    total = quota.config.quota_total if quota and quota.config else None
    usage = quota.quota_usage if quota else None
    return Readiness(
        at=at,
        snapshot=Snapshot(listed=listed, quota_usage=usage, host_date=host_date, went_live=len(went_live)),
        went_live=went_live,
        quota_total=total,
        cut_off_by=None if quota else cut_off_by,
    )


def commit(context: Context, ready: Readiness) -> tuple[ev.SendCommitted, float]:
    """Make the event that opens the send, and its deadline on the monotonic clock."""
    # The transport writes nothing after the deadline: from then on the call is under way or never will be. By
    # the monotonic clock, since the wall clock may be set while the send waits for a connection.
    clock, window_s = context.client.clock, context.policy.send_window_s
    at, deadline = clock.now(), clock.monotonic() + window_s
    committed = ev.SendCommitted(at=at, deadline=at + timedelta(seconds=window_s), snapshot=ready.snapshot)
    return committed, deadline


Answered = ev.SendAnswered | ev.SendRefused | ev.SendDoubtful


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a send's answer proves. is_interrupted: a person pressed Ctrl-C meanwhile."""

    event: Answered
    error: PressroomError | None = None
    is_interrupted: bool = False


async def send(context: Context, post: Post, effect: ev.SendPublish, deadline: float) -> Outcome:
    """Call `media_publish`, once, and say what its answer proves.

    An interruption does not stop a call under way: its answer is awaited for a moment, since it settles the
    send. Raises CancelledError when that moment passes without an answer.
    """
    call = calls.publish(context.client.account.user, effect.container_id)
    timeout_s = context.policy.publish_timeout_s
    task = asyncio.ensure_future(context.client.exchange(call, deadline=deadline, timeout_s=timeout_s))
    is_interrupted = False
    try:
        await asyncio.wait([task])
    except asyncio.CancelledError:
        try:
            await asyncio.wait([task], timeout=context.policy.interrupt_grace_s)
        finally:
            task.cancel()
        if not task.done():
            raise
        is_interrupted = True
    try:
        answer = task.result().answer
    except (GraphError, TransportError) as error:
        await context.note(post, "send_failed", str(error), container_id=effect.container_id, error=error)
        return Outcome(event=_proof_of(context, error), error=error, is_interrupted=is_interrupted)
    # A 200 without an id says that it is done and does not say what: nothing is proven by it.
    at = context.client.clock.now()
    event = ev.SendAnswered(media_id=answer.id) if answer.id else ev.SendDoubtful(at=at)
    return Outcome(event=event, is_interrupted=is_interrupted)


def _proof_of(context: Context, error: GraphError | TransportError) -> ev.SendRefused | ev.SendDoubtful:
    at = context.client.clock.now()
    # Nothing was written to the wire: the one transport error that proves something.
    if isinstance(error, NotSent):
        return ev.SendRefused(at=at, retry=Retry.SOON)
    # Never retried here, however short the failure was: the call may have been carried out.
    if isinstance(error, TransportError):
        return ev.SendDoubtful(at=at)
    if error.proves is Proves.REFUSED:
        return ev.SendRefused(at=at, retry=error.retry, code=error.body.code, subcode=error.subcode)
    # Meta's protection against spam: it asks to look at the container first, and to make no further attempt.
    may_resend = not isinstance(error, ActionBlocked)
    return ev.SendDoubtful(at=at, code=error.body.code, subcode=error.subcode, may_resend=may_resend)


async def look(context: Context, post: Post) -> ev.Looked:
    """Read the container of the open send; where it may matter, list the media and ask for the quota too."""
    sent = post.open_send
    assert sent is not None
    status, host_date = await _read_status(context, sent.container_id)
    at = context.client.clock.now()
    ours_s = (at - sent.deadline).total_seconds()
    is_late = max(ours_s, sends.elapsed_s(sent, at, host_date)) >= context.policy.resend_after_s
    # Lists and quota cost two calls a look: they are read only where they can settle the send.
    is_telling = sent.is_gone or status is ContainerStatus.PUBLISHED or status in sends.DEAD
    if not is_telling and not is_late:
        return ev.Looked(look=Look(at=at, status=status, host_date=host_date))
    listed = await _list_candidates(context, post, _first_snapshot(post))
    quota = await read_quota(context) if status is ContainerStatus.FINISHED else None
    at, went_live = context.client.clock.now(), await context.journal.went_live()
    return ev.Looked(
        look=Look(
            at=at,
            status=status,
            candidates=_ids_of(listed),
            quota_usage=quota.quota_usage if quota else None,
            host_date=host_date,
            went_live=len(went_live),
        )
    )


async def examine(context: Context, post: Post) -> Look:
    """Read the container that was sent last, and list what may be its media. Raises as the client does.

    candidates: None when what was listed since the send could not be read.
    """
    call = calls.container_status(post.sends[-1].container_id)
    exchange = await context.client.exchange(call)
    listed = await _list_candidates(context, post, _first_snapshot(post))
    status, at = exchange.answer.status_code, context.client.clock.now()
    return Look(at=at, status=status, candidates=_ids_of(listed), host_date=exchange.host_date)


async def list_for_id(context: Context, post: Post) -> ev.Looked:
    """List the media once more, for the id of a post that is live."""
    snapshot = _first_snapshot(post)
    listed = await _list_candidates(context, post, snapshot)
    # A candidate older than the send cannot be this post: the snapshot missed it, so lists lag.
    sent_at = snapshot.host_date - _CLOCKS_DIFFER if snapshot.host_date else None
    is_behind = any(sends.is_older(media, sent_at) for media in listed or ())
    ids, at = None if is_behind else _ids_of(listed), context.client.clock.now()
    return ev.Looked(look=Look(at=at, status=ContainerStatus.PUBLISHED, candidates=ids))


def _ids_of(listed: Iterable[Media] | None) -> frozenset[MediaId] | None:
    return None if listed is None else frozenset(media.id for media in listed)


def _first_snapshot(post: Post) -> Snapshot:
    """Give what stood before the container was first sent: a later send finds its late effect listed."""
    container = post.sends[-1].container_id if post.sends else None
    return next((send.snapshot for send in post.sends if send.container_id == container), Snapshot())


# As after other passing obstacles of a post that is due: often enough to be in time, and far from any limit.
_AGAIN_AFTER = timedelta(minutes=1)
# Doubts of the account's other posts: most are settled by then.
_SETTLED_AFTER = timedelta(seconds=15)


async def look_back(context: Context, post: Post) -> ev.LookedBack | ev.ProfileUnread | ev.Delayed:
    """Read the post's container, and the profile back to when the post was to go out.

    Waits for posts of the account that are in doubt. Raises GraphError for what is about the account.
    """
    clock = context.client.clock
    others = [other for other in await context.journal.to_look_for() if other.id != post.id]
    # Their media would be taken for this post's.
    if any(other.recalled or other.open_send for other in others):
        return ev.Delayed(until=clock.now() + _SETTLED_AFTER)
    container = post.container(None)
    if container and (await _read_status(context, container.id))[0] is ContainerStatus.PUBLISHED:
        return ev.LookedBack(at=clock.now(), sighting=ev.Sighting.LIVE)
    assert post.look_back
    order, since, host_ahead = post.look_back, post.look_back.since, timedelta()

    async def read(call: Call[Page[Media]]) -> Page[Media]:
        nonlocal host_ahead
        page = await context.client.exchange(call)
        host_ahead = page.host_date - clock.now() if page.host_date else host_ahead
        return page.answer

    try:
        listed = await _list_pages(
            read, context, post, lambda media: sends.is_older(media, sends.earliest(order, host_ahead))
        )
    except (GraphError, TransportError) as error:
        if isinstance(error, GraphError) and error.retry.is_about_account:
            raise
        return _unread(context, str(error))
    if listed is None:
        return _unread(context, "More was published since than Instagram lists in 20 pages.")
    ours = await context.journal.known_media()
    unknown = [media for media in listed if media.id not in ours]
    sent = await context.journal.sent_without_id() if unknown else ()
    unknown = sends.drop_published(unknown, [other for other in sent if other.state is PostState.PUBLISHED])
    given_up = [
        other.to_be_looked_for(other.sends[-1].started_at)
        for other in sent
        if other.state is PostState.NEEDS_ATTENTION and other.id != post.id
    ]
    sighting, media = sends.sight(post, [*others, *given_up], unknown, host_ahead)
    # Of a story nobody can tell after a day: it would not be listed any more.
    is_unlisted = post.kind is PostKind.STORY and clock.now() - since >= timedelta(seconds=STORY_LIFETIME_S)
    if sighting is ev.Sighting.NOTHING and is_unlisted:
        sighting = ev.Sighting.UNCERTAIN
    return ev.LookedBack(at=clock.now(), sighting=sighting, media=media)


def _unread(context: Context, why: str) -> ev.ProfileUnread:
    now = context.client.clock.now()
    return ev.ProfileUnread(
        at=now, until=now + _AGAIN_AFTER, why=f"Whether it is live already could not be read. {why}"
    )


# A snapshot's `Date` header and a media's timestamp come from different machines of the host.
_CLOCKS_DIFFER = timedelta(seconds=5)


async def _list_candidates(context: Context, post: Post, snapshot: Snapshot) -> tuple[Media, ...] | None:
    """Pick what may be this post from all that is listed since the send; None when that cannot be read."""
    # A container's own date bounds the list where the policy takes no snapshot.
    container = post.container(None) or next((c for c in reversed(post.containers) if c.item is None), None)
    made_at = container.host_date if container else None
    sent_at = snapshot.host_date - _CLOCKS_DIFFER if snapshot.host_date else made_at
    try:
        listed = await _list_pages(
            context.client.send, context, post, lambda media: sends.is_older(media, sent_at)
        )
    except (GraphError, TransportError):
        return None
    if listed is None:
        return None
    ours = await context.journal.known_media()
    return sends.candidates(listed, post, snapshot=snapshot, ours=ours, not_before=made_at)


# Of 25 media: more than that since a send means that the list cannot tell.
_MOST_PAGES = 20


async def _list_pages(
    read: Callable[[Call[Page[Media]]], Awaitable[Page[Media]]],
    context: Context,
    post: Post,
    is_past: Callable[[Media], bool],
) -> list[Media] | None:
    """List page by page up to a media that is past, and stories as a whole; None when that is too much."""
    listed, pages_left = list[Media](), _MOST_PAGES
    async for page in walk(read, _listing(context, post)):
        listed += page.data
        pages_left -= 1
        is_last_page = page.paging is None or page.paging.next is None
        # Nothing newer can stand on a later page; of stories nobody documents the order.
        is_in_order = post.kind is not PostKind.STORY
        if is_last_page or (is_in_order and page.data and is_past(page.data[-1])):
            return listed
        if not pages_left:
            break
    return None


def _listing(context: Context, post: Post) -> Call[Page[Media]]:
    user = context.client.account.user
    return calls.stories(user) if post.kind is PostKind.STORY else calls.media_list(user)


async def _read_status(
    context: Context, container: ContainerId
) -> tuple[ContainerStatus | None, datetime | None]:
    """Read a container, and what time it is at the host."""
    try:
        exchange = await context.client.exchange(calls.container_status(container))
    except (GraphError, TransportError):
        return None, None
    return exchange.answer.status_code, exchange.host_date


async def read_quota(context: Context) -> Quota | None:
    """Ask how much of the publishing quota is used; None when Instagram would not say."""
    call: Call[Page[Quota]] = calls.publishing_quota(context.client.account.user)
    with contextlib.suppress(GraphError, TransportError):
        page = (await context.client.exchange(call, opens_for_write=True)).answer
        return page.data[0] if page.data else None
    return None


# A media that was just made is often not found for a moment; without its link the post is live all the same.
_PERMALINK_DELAYS_S = (0.0, 1.0, 3.0)


async def read_permalink(context: Context, post: Post) -> ev.PermalinkRead:
    """Read the permalink, which may lag a moment behind the media."""
    assert post.media_id is not None
    problem = ""
    for delay_s in _PERMALINK_DELAYS_S:
        await context.client.clock.sleep(delay_s)
        try:
            media = await context.client.send(calls.media(post.media_id))
        except (GraphError, TransportError) as error:
            problem = str(error)
            continue
        if media.permalink:
            return ev.PermalinkRead(permalink=media.permalink, media_product_type=media.media_product_type)
    await context.note(post, "permalink_missing", f"The post is live; its link could not be read. {problem}")
    return ev.PermalinkRead(permalink=None)


async def send_comment(context: Context, post: Post) -> ev.CommentAnswered | ev.CommentRefused | None:
    """Write the first comment; None when nobody can tell whether it stands."""
    media_id, text = _comment_of(post)
    try:
        answer = await context.client.send(calls.comment(media_id, text))
    except (GraphError, TransportError) as error:
        await context.note(post, "comment_failed", str(error), media_id=media_id, error=error)
        # A media that was just made is often not found yet, and a comment on it is wanted all the same.
        if error.proves is not Proves.REFUSED and not isinstance(error, ObjectNotFound):
            return None
        was_answered = isinstance(error, GraphError)
        return ev.CommentRefused(
            at=context.client.clock.now(),
            problem=f"The first comment was refused. {error}",
            may_try_again=not was_answered or error.retry in _PASSING,
            was_answered=was_answered,
        )
    return ev.CommentAnswered(id=answer.id) if answer.id else None


_PASSING = frozenset({Retry.SOON, Retry.NEXT_WINDOW})


def _comment_of(post: Post) -> tuple[MediaId, str]:
    assert post.media_id is not None
    assert post.options.first_comment is not None
    return post.media_id, post.options.first_comment


# Ours is among the oldest and comments come newest first: a post with more is not searched to its end.
_MOST_COMMENTS = 1000


async def look_for_comment(context: Context, post: Post) -> ev.CommentLooked:
    """List the comments, newest first, and look for ours: much may have been said since."""
    media_id, text = _comment_of(post)
    comment_id: CommentId | None = None
    was_listed = False
    with contextlib.suppress(GraphError, TransportError):
        async for comment in context.client.pages(calls.comments(media_id), limit=_MOST_COMMENTS):
            # The oldest of that text: ours was written with the post, and others can only have repeated it.
            if sends.normalised(comment.text) == sends.normalised(text):
                comment_id = comment.id
        was_listed = True
    return ev.CommentLooked(at=context.client.clock.now(), id=comment_id, was_listed=was_listed)
