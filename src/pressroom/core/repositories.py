"""What the store takes and returns about posts: queries, pages, due posts, keys, saves."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from pressroom.core.consent import ProposalId
from pressroom.core.journal import JournalEvent
from pressroom.core.post import Post, PostId, PostState

KEY_LIFETIME = timedelta(days=90)
"""How long a submit may be repeated under its idempotency key."""

# In the lease columns themselves, so that a job lost by the queue is handed over again when the lease
# ends, and no transaction spans store and queue: docs/decisions/0008.
HANDED_OVER = "the queue"
"""The holder of the lease of a post in the queue: any worker may take it over."""


class Cursor(NamedTuple):
    """The last post of a page; the next page starts after it."""

    goes_out_at: datetime
    id: PostId

    @classmethod
    def of(cls, post: Post) -> "Cursor":
        """Return the place of a stored post."""
        at = post.goes_out_at or post.created_at
        assert at is not None
        return cls(at, post.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class PostQuery:
    """Which posts to list, by the time they go out at; a post due now sorts by its creation time.

    states: empty for all. login: only those that this login publishes. due_from, due_before: limits of that
    time, the first inclusive, the other not. is_postponed: only those that were postponed. has_no_proposal:
    only those about which no proposal waits. after: the end of the page before.
    """

    states: Collection[PostState] = ()
    account: str | None = None
    login: str | None = None
    due_from: datetime | None = None
    due_before: datetime | None = None
    is_postponed: bool = False
    has_no_proposal: bool = False
    newest_first: bool = False
    limit: int = 100
    after: Cursor | None = None


@dataclass(frozen=True, slots=True)
class PostPage:
    """Posts in order. `next`: for `PostQuery.after`; None on the last page."""

    posts: tuple[Post, ...]
    next: Cursor | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DuePost:
    """A post that a worker must look at, with only the fields that scheduling needs."""

    id: PostId
    account: str
    state: PostState
    wake_at: datetime


@dataclass(frozen=True, slots=True)
class Added:
    """The stored post. `is_replay`: an earlier submit with the same key or content made it.

    proposal: the one it waits for, if it was added with one; for a replay, the one that waits already.
    """

    post: Post
    is_replay: bool = False
    proposal: ProposalId | None = None


class HeldKey(NamedTuple):
    """What an idempotency key stands for: a post, and the hash of the content it was submitted with."""

    post_id: PostId
    content_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What must still be so when a send is opened, beside that nobody has paused the account.

    went_live: when the account's posts of the day before went live, as the snapshot counts them; None for a
    send without a snapshot. heeds_pauses: no error of Instagram's pauses the account.
    """

    went_live: Sequence[datetime] | None = None
    heeds_pauses: bool = False


@dataclass(frozen=True, slots=True)
class PostSave:
    """A post to be stored in place of what it was, with its events."""

    post: Post
    was: Post
    events: Sequence[JournalEvent] = ()
    opening: Opening | None = None
