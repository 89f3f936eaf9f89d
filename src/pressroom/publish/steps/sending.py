"""The call that publishes, which must not be made twice, and finding out what became of it."""

import asyncio
import contextlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pressroom.client.client import walk
from pressroom.core.errors import GraphError, NotSent, PressroomError, TransportError
from pressroom.core.graph_errors import ActionBlocked
from pressroom.core.post import Look, Post, PostKind, Snapshot
from pressroom.graph import calls
from pressroom.graph.answers import ContainerStatus, Media, Page, Quota
from pressroom.graph.calls import Call
from pressroom.graph.error_table import Proves, Retry
from pressroom.graph.ids import ContainerId
from pressroom.publish.context import Context
from pressroom.publish.machine.events import (
    Looked,
    SendAnswered,
    SendCommitted,
    SendDoubtful,
    SendPublish,
    SendRefused,
)
from pressroom.publish.machine.matching import candidates, is_older
from pressroom.publish.machine.reconcile import elapsed_s

Answered = SendAnswered | SendRefused | SendDoubtful
_DEAD = (ContainerStatus.ERROR, ContainerStatus.EXPIRED)
# A snapshot's `Date` header and a media's timestamp come from different machines of the host.
_CLOCKS_DIFFER = timedelta(seconds=5)
# Of 25 media: more than that since a send means that the list cannot tell.
_MOST_PAGES = 20
_UNREACHABLE = "Instagram cannot be reached."


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


async def readiness(context: Context, post: Post) -> Readiness:
    """Read the newest page of media and the quota, where the policy wants a snapshot."""
    at = context.client.clock.now()
    if not context.policy.takes_snapshot:
        return Readiness(at=at, snapshot=Snapshot())
    # Counted before the calls: a post that goes live meanwhile makes the snapshot out of date, not wrong.
    went_live = await context.journal.went_live()
    listed, host_date, cut_off_by = None, None, None
    try:
        listing = await context.client.exchange(_listing(context, post), opens_for_write=True)
        listed, host_date = frozenset(media.id for media in listing.answer.data), listing.host_date
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


def commit(context: Context, ready: Readiness) -> tuple[SendCommitted, float]:
    """Make the event that opens the send, and its deadline on the monotonic clock."""
    # The transport writes nothing after the deadline: from then on the call is under way or never will be. By
    # the monotonic clock, since the wall clock may be set while the send waits for a connection.
    clock, window_s = context.client.clock, context.policy.send_window_s
    at, deadline = clock.now(), clock.monotonic() + window_s
    committed = SendCommitted(at=at, deadline=at + timedelta(seconds=window_s), snapshot=ready.snapshot)
    return committed, deadline


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a send's answer proves. is_interrupted: a person pressed Ctrl-C meanwhile."""

    event: Answered
    error: PressroomError | None = None
    is_interrupted: bool = False


async def send(context: Context, post: Post, effect: SendPublish, deadline: float) -> Outcome:
    """Call `media_publish`, once, and say what its answer proves.

    An interruption does not stop a call under way: its answer is awaited for a moment, since it settles the
    send. Raises CancelledError when that moment passes without an answer.
    """
    call = calls.publish(context.client.account.user, effect.container_id)
    timeout_s = context.policy.publish_timeout_s
    task = asyncio.ensure_future(context.client.exchange(call, deadline=deadline, timeout_s=timeout_s))
    is_interrupted = await _wait_out(task, context.policy.interrupt_grace_s)
    try:
        answer = task.result().answer
    except (GraphError, TransportError) as error:
        await context.note(post, "send_failed", str(error), container_id=effect.container_id, error=error)
        return Outcome(event=_proof(context, error), error=error, is_interrupted=is_interrupted)
    # A 200 without an id says that it is done and does not say what: nothing is proven by it.
    event = SendAnswered(media_id=answer.id) if answer.id else SendDoubtful(at=context.client.clock.now())
    return Outcome(event=event, is_interrupted=is_interrupted)


async def _wait_out(task: "asyncio.Future[Any]", grace_s: float) -> bool:
    try:
        await asyncio.wait([task])
    except asyncio.CancelledError:
        try:
            await asyncio.wait([task], timeout=grace_s)
        finally:
            task.cancel()
        if not task.done():
            raise
        return True
    return False


def _proof(context: Context, error: GraphError | TransportError) -> SendRefused | SendDoubtful:
    at = context.client.clock.now()
    # Nothing was written to the wire: the one transport error that proves something.
    if isinstance(error, NotSent):
        return SendRefused(at=at, retry=Retry.SOON)
    # Never retried here, however short the failure was: the call may have been carried out.
    if isinstance(error, TransportError):
        return SendDoubtful(at=at)
    if error.proves is Proves.REFUSED:
        return SendRefused(at=at, retry=error.retry, code=error.body.code, subcode=error.subcode)
    # Meta's protection against spam: it asks to look at the container first, and to make no further attempt.
    may_resend = not isinstance(error, ActionBlocked)
    return SendDoubtful(at=at, code=error.body.code, subcode=error.subcode, may_resend=may_resend)


async def look(context: Context, post: Post) -> Looked:
    """Read the container of the open send; where it may matter, list the media and ask for the quota too."""
    sent = post.open_send
    assert sent is not None
    status, host_date = await read_status(context, sent.container_id)
    at = context.client.clock.now()
    ours_s = (at - sent.deadline).total_seconds()
    is_late = max(ours_s, elapsed_s(sent, at, host_date)) >= context.policy.resend_after_s
    # Lists and quota cost two calls a look: they are read only where they can settle the send.
    is_telling = sent.is_gone or status is ContainerStatus.PUBLISHED or status in _DEAD
    if not is_telling and not is_late:
        return Looked(look=Look(at=at, status=status, host_date=host_date))
    listed = await list_candidates(context, post, _first_snapshot(post))
    found = None if listed is None else frozenset(media.id for media in listed)
    quota = await read_quota(context) if status is ContainerStatus.FINISHED else None
    usage = quota.quota_usage if quota else None
    at, went_live = context.client.clock.now(), await context.journal.went_live()
    return Looked(
        look=Look(
            at=at,
            status=status,
            candidates=found,
            quota_usage=usage,
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
    listed = await list_candidates(context, post, _first_snapshot(post))
    found = None if listed is None else frozenset(media.id for media in listed)
    status, at = exchange.answer.status_code, context.client.clock.now()
    return Look(at=at, status=status, candidates=found, host_date=exchange.host_date)


async def list_for_id(context: Context, post: Post) -> Looked:
    """List the media once more, for the id of a post that is live."""
    snapshot = _first_snapshot(post)
    listed = await list_candidates(context, post, snapshot)
    # A candidate older than the send cannot be this post: the snapshot missed it, so lists lag.
    sent_at = snapshot.host_date - _CLOCKS_DIFFER if snapshot.host_date else None
    is_behind = any(is_older(media, sent_at) for media in listed or ())
    found = None if listed is None or is_behind else frozenset(media.id for media in listed)
    return Looked(
        look=Look(at=context.client.clock.now(), status=ContainerStatus.PUBLISHED, candidates=found)
    )


def _first_snapshot(post: Post) -> Snapshot:
    """Give what stood before the container was first sent: a later send finds its late effect listed."""
    container = post.sends[-1].container_id if post.sends else None
    return next((send.snapshot for send in post.sends if send.container_id == container), Snapshot())


async def list_candidates(context: Context, post: Post, snapshot: Snapshot) -> tuple[Media, ...] | None:
    """Pick what may be this post from all that is listed since the send; None when that cannot be read."""
    # A container's own date bounds the list where the policy takes no snapshot.
    container = post.container(None) or next((c for c in reversed(post.containers) if c.item is None), None)
    made_at = container.host_date if container else None
    sent_at = snapshot.host_date - _CLOCKS_DIFFER if snapshot.host_date else made_at
    try:
        listed = await listed_since(context, post, sent_at)
    except (GraphError, TransportError):
        return None
    if listed is None:
        return None
    known = await context.journal.known_media()
    return candidates(listed, post, snapshot=snapshot, known=known, not_before=made_at)


async def listed_since(context: Context, post: Post, moment: datetime | None) -> list[Media] | None:
    """List what is newer than a moment of the host's clock, mostly one page; None when that is too much.

    Nobody documents that stories come newest first: all of them are listed.
    """
    listed, pages_left = list[Media](), _MOST_PAGES
    async for page in walk(context.client.send, _listing(context, post)):
        listed += page.data
        pages_left -= 1
        if _reaches(page, post, moment):
            return listed
        if not pages_left:
            break
    return None


def _reaches(page: Page[Media], post: Post, moment: datetime | None) -> bool:
    """Tell whether nothing newer than the moment can stand on a later page."""
    if page.paging is None or page.paging.next is None:
        return True
    return post.kind is not PostKind.STORY and bool(page.data) and is_older(page.data[-1], moment)


def _listing(context: Context, post: Post) -> Call[Page[Media]]:
    user = context.client.account.user
    return calls.stories(user) if post.kind is PostKind.STORY else calls.media_list(user)


async def read_quota(context: Context) -> Quota | None:
    """Ask how much of the publishing quota is used; None when Instagram would not say."""
    call: Call[Page[Quota]] = calls.publishing_quota(context.client.account.user)
    with contextlib.suppress(GraphError, TransportError):
        page = (await context.client.exchange(call, opens_for_write=True)).answer
        return page.data[0] if page.data else None
    return None


async def read_status(
    context: Context, container: ContainerId
) -> tuple[ContainerStatus | None, datetime | None]:
    """Read a container, and what time it is at the host."""
    try:
        exchange = await context.client.exchange(calls.container_status(container))
    except (GraphError, TransportError):
        return None, None
    return exchange.answer.status_code, exchange.host_date
