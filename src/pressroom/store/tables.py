"""The tables. Columns hold what is searched or constrained; `details` holds the rest as JSON.

On PostgreSQL they live in a schema of their own, so that the database can hold other things.
"""

from collections.abc import Iterable
from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    FetchedValue,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    text,
)

from pressroom.core.account import Spending
from pressroom.core.actor import ActorKind
from pressroom.core.consent import ProposalState
from pressroom.core.journal import SubjectKind
from pressroom.core.post import WAITING_STATES, PostState, SendState
from pressroom.store.columns import Counter, Key, UtcTime, metadata

UNDER_WAY = (*WAITING_STATES, PostState.PUBLISHING)
WAKING_STATES = (*UNDER_WAY, PostState.AWAITING_APPROVAL, PostState.PUBLISHED)


def _one_of(column: str, words: Iterable[str]) -> str:
    return f"{column} IN ({', '.join(repr(str(word)) for word in words)})"


def _partial(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    # The condition is kept aside: told to the index it loads the dialect of PostgreSQL, 40 ms of a command.
    return Index(name, *columns, unique=unique, info={"where": where})


accounts: Final = Table(
    "accounts",
    metadata,
    # A `core.account.AccountId`, or a name that posts are planned under before anybody signs in under it.
    Column("id", Key, primary_key=True),
    Column("paused_until", UtcTime),
    Column("pause_reason", Text),
    *(Column(name, Integer) for name in ("pause_code", "pause_subcode")),
    Column("last_slot_at", UtcTime),
    Column("quota_total", Integer),
    Column("quota_usage", Integer),
    Column("quota_read_at", UtcTime),
    CheckConstraint("(paused_until IS NULL) = (pause_reason IS NULL)", name="pause_has_a_reason"),
)

# One account may have several logins, under several names and of several kinds.
logins: Final = Table(
    "logins",
    metadata,
    Column("name", Key, primary_key=True),
    Column("account", Key, ForeignKey("accounts.id"), nullable=False),
    Column("user_id", Text, nullable=False),
    Column("login_type", Text, nullable=False),
    Column("api_base", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("timezone", Text, nullable=False),
    Column("sealed_token", LargeBinary, nullable=False),
    Column("token_obtained_at", UtcTime, nullable=False),
    Column("token_expires_at", UtcTime),
    Column("token_refreshed_at", UtcTime),
    Column("is_default", Boolean, nullable=False, server_default=text("false")),
    Column("details", Text),
    # The lease for refreshing the token.
    *(Column("refresh_worker", Text), Column("refresh_until", UtcTime)),
    Index(None, "account"),
    # At most one default login.
    _partial("uq_logins_default", "is_default", where="is_default", unique=True),
)

# Other ids of an account, as Instagram resolved them: `me`, or an id that only one app knows.
account_aliases: Final = Table(
    "account_aliases",
    metadata,
    Column("alias", Key, primary_key=True),
    Column("account", Key, ForeignKey("accounts.id"), nullable=False),
    Index(None, "account"),
)

posts: Final = Table(
    "posts",
    metadata,
    Column("id", Key, primary_key=True),
    Column("account", Key, ForeignKey("accounts.id"), nullable=False),
    # The login it was planned under; if that one is gone, another login of the account is used.
    Column("login", Key),
    # A `core.actor.ActorId`. No foreign key: the maker stays on record whatever becomes of the actor.
    Column("actor", Key),
    Column("state", Key, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    # When it goes out as things stand; for a post due now, its creation time. The due time is in `details`.
    Column("goes_out_at", UtcTime, nullable=False),
    Column("postponed_to", UtcTime),
    # When a worker must look at it; null when none must. See core.stored_posts.wakes_at.
    Column("wake_at", UtcTime),
    Column("media_id", Key),
    Column("details", Text, nullable=False),
    Column("lease_worker", Text),
    Column("lease_until", UtcTime),
    CheckConstraint(_one_of("state", PostState), name="state"),
    CheckConstraint(f"wake_at IS NULL OR {_one_of('state', WAKING_STATES)}", name="only_some_states_wake"),
    # A post under way must be in the index that workers poll, or it would be lost after a crash.
    CheckConstraint(f"wake_at IS NOT NULL OR NOT ({_one_of('state', UNDER_WAY)})", name="under_way_wakes"),
    CheckConstraint("(lease_worker IS NULL) = (lease_until IS NULL)", name="lease_has_a_worker"),
    Index(None, "goes_out_at", "id"),
    Index(None, "account", "goes_out_at", "id"),
    Index(None, "state", "goes_out_at", "id"),
    # Partial: workers poll it twice a second, and most posts are over and wake no more.
    _partial("ix_posts_wake_at", "wake_at", "id", where="wake_at IS NOT NULL"),
    _partial("ix_posts_lease_until", "lease_until", where="lease_until IS NOT NULL"),
    _partial("ix_posts_media_id", "account", "goes_out_at", "media_id", where="media_id IS NOT NULL"),
    # Partial: few posts are postponed, and a list of them must not read every planned one.
    _partial("ix_posts_postponed_to", "state", "goes_out_at", where="postponed_to IS NOT NULL"),
)

assets: Final = Table(
    "assets",
    metadata,
    Column("post_id", Key, ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True),
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("source", Text, nullable=False),
    Column("copy", Text),
)

containers: Final = Table(
    "containers",
    metadata,
    Column("post_id", Key, ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True),
    Column("id", Key, primary_key=True),
    Column("place", Integer, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("details", Text, nullable=False),
)

sends: Final = Table(
    "sends",
    metadata,
    Column("post_id", Key, ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    # Repeated from the post, so that uq_sends_open can speak about it.
    Column("account", Key, ForeignKey("accounts.id"), nullable=False),
    Column("container_id", Key, nullable=False),
    Column("state", Key, nullable=False),
    Column("deadline", UtcTime, nullable=False),
    Column("details", Text, nullable=False),
    # A container must be stored before it is published: a crash would otherwise lose its id.
    ForeignKeyConstraint(["post_id", "container_id"], ["containers.post_id", "containers.id"]),
    CheckConstraint(_one_of("state", SendState), name="state"),
    # At most one open send per account, even if the program has a bug: docs/decisions/0006.
    _partial("uq_sends_open", "account", where="state = 'open'", unique=True),
)

journal_events: Final = Table(
    "journal_events",
    metadata,
    Column("id", Counter, primary_key=True),
    Column("subject_kind", Key, nullable=False, server_default=text("'post'")),
    Column("subject_id", Key, nullable=False),
    Column("actor", Key),
    Column("at", UtcTime, nullable=False),
    Column("step", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("container_id", Text),
    Column("media_id", Text),
    Column("code", Integer),
    Column("subcode", Integer),
    Column("fbtrace_id", Text),
    # What it changed, as JSON; null for an event that is no change.
    Column("changes", Text),
    # On a server the transaction that wrote it, by its own count; 0 in SQLite. See store.events.
    Column("transaction_id", BigInteger, nullable=False, server_default=FetchedValue()),
    CheckConstraint(_one_of("subject_kind", SubjectKind), name="subject_kind"),
    Index(None, "subject_id", "subject_kind", "id"),
    Index(None, "transaction_id", "id"),
    Index(None, "at"),
    # Partial: most events are steps of a worker, which nobody did.
    _partial("ix_journal_events_actor", "id", where="actor IS NOT NULL"),
    sqlite_autoincrement=True,  # reuses no id after old events are deleted: cursors rely on it
)

quota_ledger: Final = Table(
    "quota_ledger",
    metadata,
    Column("account", Key, ForeignKey("accounts.id"), primary_key=True),
    Column("what", Key, primary_key=True),
    Column("at", UtcTime, primary_key=True),
    # Part of the key, so that recording the same container twice counts once.
    Column("reference", Key, primary_key=True),
    CheckConstraint(_one_of("what", Spending), name="what"),
)

idempotency_keys: Final = Table(
    "idempotency_keys",
    metadata,
    Column("account", Key, ForeignKey("accounts.id"), primary_key=True),
    Column("key", Key, primary_key=True),
    Column("content_hash", Text, nullable=False),
    # Deferred: the key is inserted before the post, since it decides whether the post is made at all.
    Column(
        "post_id",
        Key,
        ForeignKey("posts.id", ondelete="CASCADE", deferrable=True, initially="DEFERRED"),
        nullable=False,
    ),
    Column("created_at", UtcTime, nullable=False),
    Index(None, "created_at"),
    Index(None, "post_id"),
)

periodic_jobs: Final = Table(
    "periodic_jobs",
    metadata,
    Column("name", Key, primary_key=True),
    Column("next_run_at", UtcTime, nullable=False),
    Column("lease_worker", Text),
    Column("lease_until", UtcTime),
    CheckConstraint("(lease_worker IS NULL) = (lease_until IS NULL)", name="lease_has_a_worker"),
)

slots: Final = Table(
    "slots",
    metadata,
    Column("account", Key, ForeignKey("accounts.id"), primary_key=True),
    # Monday is 0; minutes are counted from midnight in the account's time zone.
    Column("weekday", Integer, primary_key=True, autoincrement=False),
    Column("minute", Integer, primary_key=True, autoincrement=False),
    CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
    CheckConstraint("minute BETWEEN 0 AND 1439", name="minute"),
)

# Holds a slot's time between its choice and the insert of the post, whose due time then takes it.
slot_holds: Final = Table(
    "slot_holds",
    metadata,
    Column("account", Key, ForeignKey("accounts.id"), primary_key=True),
    Column("at", UtcTime, primary_key=True),
    Column("post_id", Key, nullable=False),
    Column("until", UtcTime, nullable=False),
)

notices: Final = Table(
    "notices",
    metadata,
    Column("key", Key, primary_key=True),
    Column("channel", Key, primary_key=True),
    Column("made_at", UtcTime, nullable=False),
    Column("body", Text, nullable=False),
    # When to deliver it next; null once it was delivered or given up.
    Column("try_at", UtcTime),
    Column("tries", Integer, nullable=False),
    Column("told_at", UtcTime),
    _partial("ix_notices_try_at", "try_at", where="try_at IS NOT NULL"),
)

actors: Final = Table(
    "actors",
    metadata,
    Column("id", Key, primary_key=True),
    Column("kind", Key, nullable=False),
    Column("name", Key, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("revoked_at", UtcTime),
    CheckConstraint(_one_of("kind", ActorKind), name="kind"),
)

# Keys that programs authenticate with. Only a key's SHA-256 is stored, in hex.
keys: Final = Table(
    "keys",
    metadata,
    Column("id", Key, primary_key=True),
    Column("actor", Key, ForeignKey("actors.id"), nullable=False),
    Column("digest", Key, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime),
    Column("last_used_at", UtcTime),
    Column("revoked_at", UtcTime),
    Index(None, "actor"),
    Index("uq_keys_digest", "digest", unique=True),
)

proposals: Final = Table(
    "proposals",
    metadata,
    Column("id", Key, primary_key=True),
    Column("actor", Key, ForeignKey("actors.id"), nullable=False),
    Column("verb", Key, nullable=False),
    Column("account", Key),
    Column("subject_kind", Key),
    Column("subject_id", Key),
    Column("content_hash", Key, nullable=False),
    Column("arguments", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("state", Key, nullable=False),
    Column("outcome", Text),
    Column("created_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Column("earliest_at", UtcTime),
    Column("decided_by", Key),
    Column("decided_at", UtcTime),
    Column("carried_out_at", UtcTime),
    CheckConstraint(_one_of("state", ProposalState), name="state"),
    CheckConstraint(_one_of("subject_kind", SubjectKind), name="subject_kind"),
    CheckConstraint("(subject_kind IS NULL) = (subject_id IS NULL)", name="subject_has_a_kind"),
    # No post of a program goes out without a person's decision on record.
    CheckConstraint(
        "state NOT IN ('approved', 'declined') OR decided_by IS NOT NULL", name="somebody_decides"
    ),
    CheckConstraint("carried_out_at IS NULL OR state = 'approved'", name="only_approved_is_carried_out"),
    Index(None, "actor", "content_hash", "created_at"),
    Index(None, "subject_id", "state"),
    Index(None, "state", "created_at", "id"),
    # One proposal per actor and content waits at a time: the same asked again is the same proposal.
    _partial("uq_proposals_waiting", "actor", "content_hash", where="state = 'waiting'", unique=True),
)

grants: Final = Table(
    "grants",
    metadata,
    Column("id", Key, primary_key=True),
    Column("actor", Key, ForeignKey("actors.id"), nullable=False),
    Column("verbs", Text, nullable=False),
    Column("accounts", Text, nullable=False),
    Column("per_day", Integer, nullable=False),
    Column("granted_by", Key, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("ends_at", UtcTime),
    Column("revoked_at", UtcTime),
    Index(None, "actor"),
)

grant_uses: Final = Table(
    "grant_uses",
    metadata,
    Column("id", Counter, primary_key=True),
    Column("grant_id", Key, ForeignKey("grants.id"), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("reference", Key, nullable=False),
    Index(None, "grant_id", "at"),
)

options: Final = Table(
    "options",
    metadata,
    Column("name", Key, primary_key=True),
    Column("value", Text, nullable=False),
)

# The other pause, which an error of Instagram's caused, stands in these columns of `accounts`.
PAUSE_CODES = ("pause_code", "pause_subcode")
PAUSE_BY_ERROR = ("paused_until", "pause_reason", *PAUSE_CODES)

# A pause of an account by a person or a program, beside the one in `accounts` that an error of Instagram's
# caused: a sign-in ends that one, and never this.
pauses: Final = Table(
    "pauses",
    metadata,
    Column("account", Key, ForeignKey("accounts.id"), primary_key=True),
    Column("reason", Text, nullable=False),
    # A `core.actor.ActorId`. No foreign key, as in `posts`.
    Column("actor", Key, nullable=False),
    Column("at", UtcTime, nullable=False),
)

# Apps that ask for consent, one a kind of login and place.
apps: Final = Table(
    "apps",
    metadata,
    # A `graph.hosts.LoginType`, and `core.account.place_of` an API.
    Column("login_type", Key, primary_key=True),
    Column("place", Key, primary_key=True),
    Column("app_id", Text, nullable=False),
    Column("sealed_secret", LargeBinary, nullable=False),
    Column("redirect_uri", Text),
)
