"""What the rooms above ask of the store.

Every operation is one transaction and blocks; from an event loop it is called through `Repositories.run`.
All times are aware and in UTC. Any operation may raise StoreFailed, and then nothing of it was kept.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple, ParamSpec, Protocol, TypeVar

from pressroom.core.account import AccountId, account_id
from pressroom.core.actor import Actors
from pressroom.core.consent import Consent, Consents, ProposalId
from pressroom.core.journal import Events, JournalEvent
from pressroom.core.notices import Notices
from pressroom.core.options import Options
from pressroom.core.periodic import PeriodicJobs
from pressroom.core.post import Post, PostId, PostState
from pressroom.core.quota import QuotaLedger
from pressroom.core.slots import Slots
from pressroom.graph.hosts import LoginType
from pressroom.graph.ids import MediaId, UserId

P = ParamSpec("P")
T = TypeVar("T")

UNTIL_RESUMED = datetime(9999, 12, 31, tzinfo=UTC)
"""The end of a pause that only a person ends."""

HANDED_OVER = "the queue"
"""Who has the lease of a post that waits in the queue: any worker may take it from there."""


class Cursor(NamedTuple):
    """Where a page ended: the next one starts after it."""

    due_at: datetime
    id: PostId


@dataclass(frozen=True, slots=True, kw_only=True)
class PostQuery:
    """Which posts to list, by due time; a post that is due now counts from when it was made.

    states: empty for all. due_from: inclusive; due_before: exclusive. after: the place a page ended at.
    """

    states: Collection[PostState] = ()
    account: str | None = None
    due_from: datetime | None = None
    due_before: datetime | None = None
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
    """A post that a worker has to look at, as little of it as waking needs."""

    id: PostId
    account: str
    state: PostState
    wake_at: datetime


@dataclass(frozen=True, slots=True)
class Added:
    """The stored post. `is_replay`: the same submit came before, and this is what it made.

    proposal: what it waits for, where it was added with one: of a replay the one that waits already.
    """

    post: Post
    is_replay: bool = False
    proposal: ProposalId | None = None


class HeldKey(NamedTuple):
    """What an idempotency key stands for: a post, and the hash of all that a person chose."""

    post_id: PostId
    content_hash: str


class Posts(Protocol):
    """The only truth about posts."""

    def add(self, post: Post, content_hash: str = "", consent: Consent | None = None) -> Added:
        """Store a new post, or give the one its idempotency key stands for.

        content_hash: of all that a person chose. consent: what lets it be, kept with it; a proposal is about
        the post, and one that waits for the same already stands for its own post. Nothing of a replay's is
        kept. Raises KeyReused when the key came with another hash within 90 days, Conflict when the consent
        does not hold.
        """
        ...

    def add_all(
        self,
        posts: Sequence[tuple[Post, str]],
        consents: Sequence[Consent | None] = (),
        events: Sequence[JournalEvent] = (),
    ) -> tuple[Added, ...]:
        """Store several posts with their content hashes: all of them or, on an error, none.

        consents: one or None a post; empty for none at all. events: of these posts; a replay's are not kept.
        """
        ...

    def get(self, post_id: PostId) -> Post:
        """Give a post. Raises NotFound."""
        ...

    def find(self, prefix: str) -> Post:
        """Give the post whose id starts so. Raises NotFound for none and for several, naming them."""
        ...

    def list(self, query: PostQuery) -> PostPage:
        """Give a page of posts in the order of their due times."""
        ...

    def counts(self, account: str | None = None) -> Mapping[PostState, int]:
        """Count posts by state; states without any are left out."""
        ...

    def count_due(self, states: Collection[PostState], *, before: datetime) -> int:
        """Count the posts in these states whose due time is before a moment."""
        ...

    def save(
        self, post: Post, was: Post, events: Sequence[JournalEvent] = (), consent: Consent | None = None
    ) -> None:
        """Replace what is stored, with containers, sends and events, if it still is what `was` says.

        New containers and published posts enter the quota ledger. `post.revision` must be higher.
        consent: what lets it be changed, used with the change or not at all. Raises Conflict when state or
        revision differ or the consent does not hold, AnotherSendOpen when the account has an open send.
        """
        ...

    def due(self, now: datetime, *, horizon_s: float = 0.0, limit: int = 100) -> tuple[DuePost, ...]:
        """Give the posts to wake until `horizon_s` after `now`, the most urgent first.

        Leased posts are left out, and those of paused accounts, unless they are being published, are live or
        are more than an hour late: then their own rule decides.
        """
        ...

    def next_wake(self, before: datetime, *, now: datetime) -> datetime | None:
        """Say when the next post that `due` would give wakes; None when that is not `before` a time."""
        ...

    def hand_over(
        self, now: datetime, *, horizon_s: float, lease_s: float, limit: int
    ) -> tuple[DuePost, ...]:
        """Give what `due` gives, each leased to the queue: given again only when nobody took it up in time.

        Of several who ask at once each gets other posts.
        """
        ...

    def take_lease(self, post_id: PostId, worker: str, *, lease_s: float) -> Post | None:
        """Let one worker alone drive a post, and give it as it stands; None when it is another's.

        worker: a name that no other run of a worker ever has.
        """
        ...

    def renew_lease(self, post_id: PostId, worker: str, *, lease_s: float) -> bool:
        """Prolong a lease, counted from now; False when it has passed to another worker."""
        ...

    def release_lease(self, post_id: PostId, worker: str) -> None:
        """Give a post back; nothing happens when the lease is not the worker's."""
        ...

    def release_leases(self, spared: Collection[PostId] = ()) -> int:
        """End all leases, for the one who has proof that no other worker runs; gives how many there were.

        spared: posts that living processes carry by themselves.
        """
        ...

    def open_send(self, account: str) -> PostId | None:
        """Give the post of the account that has an open send."""
        ...

    def known_media(self, account: str) -> frozenset[MediaId]:
        """Give the media ids that the account's posts hold, the newest thousand by due time."""
        ...

    def held_key(self, account: str, key: str) -> HeldKey | None:
        """Say what an idempotency key stands for; None when it is free to be used."""
        ...

    def planned(self, account: str, since: datetime, until: datetime) -> tuple[Cursor, ...]:
        """Give the places of the account's posts that are still going to be published, in order.

        since, until: of their due times, both inclusive.
        """
        ...

    def forget_keys(self, before: datetime) -> int:
        """Drop idempotency keys first used before a time; gives how many."""
        ...


@dataclass(frozen=True, slots=True)
class Pause:
    """Why an account starts nothing new, and until when."""

    until: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAccount:
    """A login as stored, its token sealed by the vault.

    name: what people call it, a line of 64 characters at most without `@`.
    timezone: the IANA zone times are shown in. token_expires_at: None when Meta did not say.
    """

    name: str
    user_id: UserId
    login_type: LoginType
    api_base: str
    version: str
    timezone: str = "UTC"
    sealed_token: bytes = field(repr=False)
    token_obtained_at: datetime
    token_expires_at: datetime | None = None
    token_refreshed_at: datetime | None = None
    pause: Pause | None = None
    is_default: bool = False

    @property
    def account(self) -> AccountId:
        """Who is signed in."""
        return account_id(self.user_id, self.api_base)


class Accounts(Protocol):
    """The accounts posts are published as, signed in or not, and the logins to them.

    An account is meant by its id, by its user id on Instagram, or by the name of a login to it. What nobody
    knows stands for itself: a post may be planned for an account before anybody signs in.
    """

    def put(self, account: StoredAccount) -> None:
        """Store a bundle in place of the one with its name. The pause of its account stays.

        What was kept under the name before anybody signed in, and under ids that were read to be this
        account's, is the account's from now on. A refresh of the earlier token ends, and stores nothing any
        more. A default takes that place from the login that had it. Raises Refused for a name with `@`.
        """
        ...

    def get(self, who: str) -> StoredAccount:
        """Give the bundle of a name, else the one an account goes by: the default one, else the first.

        Raises NotFound when nobody is signed in.
        """
        ...

    def list(self) -> tuple[StoredAccount, ...]:
        """Give all bundles by name."""
        ...

    def remove(self, name: str) -> bool:
        """Forget a bundle with its token; its posts stay. False when there was none."""
        ...

    def known(self, asked: AccountId) -> AccountId | None:
        """Say which account an id was read to be (`learn`), or one is signed in as; None for no such id."""
        ...

    def learn(self, account: AccountId, aliases: "Sequence[AccountId]") -> None:
        """Keep what an account is also called; what was kept under those ids is this account's."""
        ...

    def pause(self, who: str, pause: Pause) -> None:
        """Let the account start nothing new for a while."""
        ...

    def resume(self, who: str) -> bool:
        """End a pause; False when there was none."""
        ...

    def pause_of(self, who: str) -> Pause | None:
        """Give the pause of an account, over or not; None when it was never paused or was resumed."""
        ...

    def paused(self, now: datetime) -> Mapping[str, Pause]:
        """Give the pauses that hold, by what people call the accounts, signed in or not."""
        ...

    def reserve_slot(self, who: str, *, not_before: datetime, gap_s: float) -> datetime:
        """Take the account's next moment to publish: at least `gap_s` after the last one that was taken."""
        ...

    def begin_refresh(self, name: str, worker: str, *, lease_s: float) -> StoredAccount | None:
        """Let one worker alone refresh the token, and give the bundle; None when another is at it."""
        ...

    def end_refresh(self, name: str, worker: str, renewed: "RenewedToken | None" = None) -> None:
        """Let go, storing what came back; nothing happens when the token is no longer the worker's."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewedToken:
    """What a refresh brought, sealed by the vault."""

    sealed_token: bytes = field(repr=False)
    refreshed_at: datetime
    expires_at: datetime | None


class Repositories(Protocol):
    """The store: one value for all its repositories."""

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
        """Who acts."""
        ...

    @property
    def consents(self) -> Consents:
        """Proposals and grants."""
        ...

    @property
    def options(self) -> Options:
        """Settings kept in the store."""
        ...

    @property
    def accounts(self) -> Accounts:
        """Account bundles, pauses and pacing."""
        ...

    @property
    def quota(self) -> QuotaLedger:
        """What was spent of the quotas."""
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
        """What people have to be told."""
        ...

    async def run(self, operation: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Carry out one operation in a worker thread: `await store.run(store.posts.get, post_id)`.

        A cancellation waits for the operation to end, which then may have been carried out.
        """
        ...
