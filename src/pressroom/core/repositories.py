"""The store's protocols, for the rooms above.

Every operation is one transaction and blocks; call it from an event loop through `Repositories.run`.
All times are aware and in UTC. Any operation may raise StoreFailed, and is then rolled back.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple, ParamSpec, Protocol, TypeVar

from pressroom.core.actor import Actors
from pressroom.core.consent import Consent, Consents, ProposalId
from pressroom.core.journal import Events, JournalEvent
from pressroom.core.keys import Keys
from pressroom.core.notices import Notices
from pressroom.core.options import Options
from pressroom.core.periodic import PeriodicJobs
from pressroom.core.post import Post, PostId, PostState
from pressroom.core.quota import QuotaLedger
from pressroom.core.slots import Slots
from pressroom.core.stored_accounts import Accounts
from pressroom.graph.ids import MediaId

if TYPE_CHECKING:
    from pressroom.core.readings import Readings

P = ParamSpec("P")
T = TypeVar("T")

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


class Posts(Protocol):
    """Posts with their containers, sends, keys and leases."""

    def add(self, post: Post, content_hash: str = "", consent: Consent | None = None) -> Added:
        """Store a new post, or return the one its idempotency key stands for.

        content_hash: of what the person chose (`core.content`). consent: what permits the post, stored with
        it. A proposal must be about this post; if one for the same content is waiting, that one's post is
        returned. A replay stores nothing. Raises KeyReused when the key was used with another hash in the
        last 90 days, Conflict when the consent is not valid.
        """
        ...

    def add_all(
        self,
        posts: Sequence[tuple[Post, str]],
        consents: Sequence[Consent | None] = (),
        events: Sequence[JournalEvent] = (),
    ) -> tuple[Added, ...]:
        """Store several posts with their content hashes: all of them or, on an error, none.

        consents: one or None per post; empty for none at all. events: of these posts; a replay's are dropped.
        """
        ...

    def get(self, post_id: PostId) -> Post:
        """Return a post. Raises NotFound."""
        ...

    def starting(self, prefix: str) -> tuple[Post, ...]:
        """Return the first posts whose ids have a prefix, by id: as many as `core.ids` names."""
        ...

    def find(self, prefix: str) -> Post:
        """Return the post that an id, or the start of it, means. Raises what `core.ids.the_one` raises."""
        ...

    def list(self, query: PostQuery) -> PostPage:
        """Return a page of posts in the order in which they go out."""
        ...

    def counts(self, account: str | None = None) -> Mapping[PostState, int]:
        """Count posts by state; states without posts are left out."""
        ...

    def count(self, query: PostQuery) -> int:
        """Count the posts that match a query, on all its pages."""
        ...

    def count_due(self, states: Collection[PostState], *, before: datetime) -> int:
        """Count the posts in these states that go out before a moment, but not of accounts paused by hand."""
        ...

    def save(
        self,
        post: Post,
        was: Post,
        events: Sequence[JournalEvent] = (),
        consent: Consent | None = None,
        *,
        opening: Opening | None = None,
    ) -> None:
        """Replace a post with its containers and sends if its state and revision are still those of `was`.

        New containers and published posts enter the quota ledger. `post.revision` must be higher.
        consent: what permits the change, used with it or not at all. Raises Conflict when state or revision
        differ, the consent is not valid, or somebody has paused the account of a new send; AnotherSendOpen
        when the account has another open send; SnapshotOutdated and AccountPaused by what `opening` says.
        """
        ...

    def save_together(self, saves: Sequence[PostSave]) -> Sequence[bool]:
        """Replace many posts in one commit, each as `save` does, and tell of each whether it was.

        What cannot be replaced, or is locked by another transaction, is left as it is for `save`, which waits
        or says why.
        """
        ...

    def due(self, now: datetime, *, horizon_s: float = 0.0, limit: int = 100) -> tuple[DuePost, ...]:
        """Return the posts whose wake time is at most `horizon_s` after `now`, the most urgent first.

        Leased posts are left out. Posts of paused accounts are too, unless they are being published, are live
        or, where nobody made the pause by hand, are more than an hour late: their `if_late` rule decides.
        """
        ...

    def next_wake(self, before: datetime, *, now: datetime) -> datetime | None:
        """Return when the next post that `due` would return wakes; None when that is not `before` a time."""
        ...

    def hand_over(
        self, now: datetime, *, horizon_s: float, lease_s: float, limit: int
    ) -> tuple[DuePost, ...]:
        """Lease to the queue what `due` returns, and return it; again only when no worker takes it in time.

        Concurrent callers get different posts, and on a server mostly one of them all, the others none.
        """
        ...

    def take_lease(self, post_id: PostId, worker: str, *, lease_s: float) -> Post | None:
        """Take the lease of a post and return its current value; None when another worker has the lease.

        worker: a name unique to this run of the worker.
        """
        ...

    def take_leases(
        self, post_ids: Sequence[PostId], worker: str, *, lease_s: float
    ) -> Sequence[Post | None]:
        """Take the leases of many posts in one commit; None for each that is another's, or locked now."""
        ...

    def renew_lease(self, post_id: PostId, worker: str, *, lease_s: float) -> bool:
        """Extend a lease, counted from now; False when another worker has taken it."""
        ...

    def release_lease(self, post_id: PostId, worker: str) -> None:
        """Release a lease; does nothing when the lease is not the worker's."""
        ...

    def release_leases(self, spared: Collection[PostId] = ()) -> int:
        """End all leases; returns how many. Only for a caller that has proof that no other worker runs.

        spared: posts that living processes publish by themselves.
        """
        ...

    def open_send(self, account: str) -> PostId | None:
        """Return the post of the account that has an open send."""
        ...

    def known_media(self, account: str) -> frozenset[MediaId]:
        """Return the media ids of the account's posts, the newest thousand by due time."""
        ...

    def held_key(self, account: str, key: str) -> HeldKey | None:
        """Return what an idempotency key stands for; None when it may be used."""
        ...

    def planned(self, account: str, since: datetime, until: datetime) -> tuple[Cursor, ...]:
        """Return when the account's posts that are still to be published go out, and their ids, in order.

        since, until: limits of that time, both inclusive.
        """
        ...

    def forget_sends(self, now: datetime) -> None:
        """Delete what the send log holds of sends so old that no idempotency key stands for them any more."""
        ...

    def lost(self) -> Sequence[PostId]:
        """Name the posts of which the send log has sends that the store lost."""
        ...

    def recall(self, now: datetime) -> Sequence[PostId]:
        """Bring back to posts the sends that the send log has and the store lost, and name those posts.

        A worker looks at them at once. Sends are lost when a database is put back from a backup, or by a
        crash right before their commit.
        """
        ...

    def doubt(
        self,
        *,
        before: datetime,
        made_before: datetime,
        not_before: datetime,
        spared: Collection[PostId] = (),
    ) -> Sequence[PostId]:
        """Have posts looked for on the profile that were due before a moment and are not sent; name them.

        First comments that are not written yet are looked for, too. made_before: what was stored later is
        left alone, and so are the spared. not_before: no look is made earlier.
        """
        ...

    def to_look_for(self, account: str, now: datetime) -> tuple[Post, ...]:
        """Return the account's posts that were due before now and may be live, those in doubt too."""
        ...

    def forget_keys(self, before: datetime) -> int:
        """Delete idempotency keys first used before a time; returns how many."""
        ...


class Repositories(Protocol):
    """The store: all its repositories."""

    @property
    def is_shared(self) -> bool:
        """Whether several machines may work on it: it is on a server."""
        ...

    @property
    def logs_sends(self) -> bool:
        """Whether the send log of this machine has anything to tell about it."""
        ...

    @property
    def posts(self) -> Posts:
        """Posts with their containers and sends."""
        ...

    @property
    def events(self) -> Events:
        """The journal."""
        ...

    @property
    def actors(self) -> Actors:
        """Actors."""
        ...

    @property
    def keys(self) -> Keys:
        """Keys of programs."""
        ...

    @property
    def consents(self) -> Consents:
        """Proposals and grants."""
        ...

    @property
    def options(self) -> Options:
        """Settings in the store."""
        ...

    @property
    def accounts(self) -> Accounts:
        """Account bundles, pauses and pacing."""
        ...

    @property
    def quota(self) -> QuotaLedger:
        """The quota ledger."""
        ...

    @property
    def jobs(self) -> PeriodicJobs:
        """Periodic jobs."""
        ...

    @property
    def slots(self) -> Slots:
        """Weekly slots."""
        ...

    @property
    def notices(self) -> Notices:
        """Notices for people."""
        ...

    @property
    def readings(self) -> "Readings":
        """Media and their readings, and the account's own numbers."""
        ...

    async def run(self, operation: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run one operation in a worker thread: `await store.run(store.posts.get, post_id)`.

        A cancellation waits for the operation to end, which may have been committed.
        """
        ...
