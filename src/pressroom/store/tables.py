"""The tables. Columns hold what is searched or constrained; `details` holds the rest as JSON.

On PostgreSQL they live in a schema of their own, so that the database can hold other things.
"""

from collections.abc import Iterable
from typing import Final

import sqlalchemy as sa

from pressroom.core.account import Spending
from pressroom.core.actor import ActorKind
from pressroom.core.consent import ProposalState
from pressroom.core.deletion import DeletionState
from pressroom.core.journal import SubjectKind
from pressroom.core.post import WAITING_STATES, PostState, SendState, When
from pressroom.core.report_jobs import ReportState
from pressroom.store.columns import Counter, Key, UtcTime, metadata

UNDER_WAY = (*WAITING_STATES, PostState.PUBLISHING)
_MAY_BE_UNTIMED = (*(state for state in PostState if state.is_held), PostState.CANCELLED)
WAKING_STATES = (*UNDER_WAY, PostState.AWAITING_APPROVAL, PostState.PUBLISHED)


def _one_of(column: str, words: Iterable[str]) -> str:
    return f"{column} IN ({', '.join(repr(str(word)) for word in words)})"


def _partial(name: str, *columns: str, where: str, unique: bool = False) -> sa.Index:
    # The condition is kept aside: told to the index it loads the dialect of PostgreSQL, 40 ms of a command.
    return sa.Index(name, *columns, unique=unique, info={"where": where})


accounts: Final = sa.Table(
    "accounts",
    metadata,
    # A `core.account.AccountId`, or a name that posts are planned under before anybody signs in under it.
    sa.Column("id", Key, primary_key=True),
    sa.Column("paused_until", UtcTime),
    sa.Column("pause_reason", sa.Text),
    *(sa.Column(name, sa.Integer) for name in ("pause_code", "pause_subcode")),
    sa.Column("last_slot_at", UtcTime),
    sa.Column("quota_total", sa.Integer),
    sa.Column("quota_usage", sa.Integer),
    sa.Column("quota_read_at", UtcTime),
    sa.CheckConstraint("(paused_until IS NULL) = (pause_reason IS NULL)", name="pause_has_a_reason"),
)

# One account may have several logins, under several names and of several kinds.
logins: Final = sa.Table(
    "logins",
    metadata,
    sa.Column("name", Key, primary_key=True),
    sa.Column("account", Key, sa.ForeignKey("accounts.id"), nullable=False),
    sa.Column("user_id", sa.Text, nullable=False),
    sa.Column("login_type", sa.Text, nullable=False),
    sa.Column("api_base", sa.Text, nullable=False),
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("timezone", sa.Text, nullable=False),
    sa.Column("language", sa.Text),
    sa.Column("sealed_token", sa.LargeBinary, nullable=False),
    sa.Column("token_obtained_at", UtcTime, nullable=False),
    sa.Column("token_expires_at", UtcTime),
    sa.Column("token_refreshed_at", UtcTime),
    sa.Column("is_default", sa.Boolean, nullable=False, server_default=sa.text("false")),
    sa.Column("details", sa.Text),
    # The lease for refreshing the token.
    *(sa.Column("refresh_worker", sa.Text), sa.Column("refresh_until", UtcTime)),
    sa.Index(None, "account"),
    # At most one default login.
    _partial("uq_logins_default", "is_default", where="is_default", unique=True),
)

# Other ids of an account, as Instagram resolved them: `me`, or an id that only one app knows.
account_aliases: Final = sa.Table(
    "account_aliases",
    metadata,
    sa.Column("alias", Key, primary_key=True),
    sa.Column("account", Key, sa.ForeignKey("accounts.id"), nullable=False),
    sa.Index(None, "account"),
)

posts: Final = sa.Table(
    "posts",
    metadata,
    sa.Column("id", Key, primary_key=True),
    sa.Column("account", Key, sa.ForeignKey("accounts.id"), nullable=False),
    # The login it was planned under; if that one is gone, another login of the account is used.
    sa.Column("login", Key),
    # A `core.actor.ActorId`. No foreign key: the maker stays on record whatever becomes of the actor.
    sa.Column("actor", Key),
    sa.Column("state", Key, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    # See `core.post.Post.version`.
    sa.Column("version", sa.Integer, nullable=False, server_default=sa.text("1")),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("when", Key, nullable=False, server_default=sa.text("'time'")),
    sa.Column("day", sa.Date),
    # When it goes out as things stand; see core.stored_posts.listed_at. The due time is in `details`.
    sa.Column("goes_out_at", UtcTime, nullable=False),
    sa.Column("postponed_to", UtcTime),
    # When a worker must look at it; null when none must. See core.stored_posts.wakes_at.
    sa.Column("wake_at", UtcTime),
    sa.Column("media_id", Key),
    sa.Column("details", sa.Text, nullable=False),
    sa.Column("lease_worker", sa.Text),
    sa.Column("lease_until", UtcTime),
    # What a calendar shows, copied from `details` and `assets`; null where those are damaged.
    *(sa.Column(name, Key) for name in ("kind", "timezone", "attention")),
    sa.Column("title", sa.Text),
    sa.Column("files", sa.Integer),
    sa.CheckConstraint(_one_of("state", PostState), name="state"),
    # A post that was let go has a time, or is due now; one that is held back may be called off without.
    sa.CheckConstraint(
        f"\"when\" IN ('{When.NOW}', '{When.TIME}') OR {_one_of('state', _MAY_BE_UNTIMED)}",
        name="let_go_has_a_time",
    ),
    sa.CheckConstraint(f"wake_at IS NULL OR {_one_of('state', WAKING_STATES)}", name="only_some_states_wake"),
    # A post under way must be in the index that workers poll, or it would be lost after a crash.
    sa.CheckConstraint(f"wake_at IS NOT NULL OR NOT ({_one_of('state', UNDER_WAY)})", name="under_way_wakes"),
    sa.CheckConstraint("(lease_worker IS NULL) = (lease_until IS NULL)", name="lease_has_a_worker"),
    sa.Index(None, "goes_out_at", "id"),
    sa.Index(None, "account", "goes_out_at", "id"),
    sa.Index(None, "state", "goes_out_at", "id"),
    # Partial: workers poll it twice a second, and most posts are over and wake no more.
    _partial("ix_posts_wake_at", "wake_at", "id", where="wake_at IS NOT NULL"),
    _partial("ix_posts_lease_until", "lease_until", where="lease_until IS NOT NULL"),
    _partial("ix_posts_media_id", "account", "goes_out_at", "media_id", where="media_id IS NOT NULL"),
    # Partial: few posts are postponed, and a list of them must not read every planned one.
    _partial("ix_posts_postponed_to", "state", "goes_out_at", where="postponed_to IS NOT NULL"),
)

assets: Final = sa.Table(
    "assets",
    metadata,
    sa.Column("post_id", Key, sa.ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("place", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("copy", sa.Text),
)

containers: Final = sa.Table(
    "containers",
    metadata,
    sa.Column("post_id", Key, sa.ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("id", Key, primary_key=True),
    sa.Column("place", sa.Integer, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("details", sa.Text, nullable=False),
    # In the order in which a post is read with its containers.
    sa.Index(None, "post_id", "place"),
)

sends: Final = sa.Table(
    "sends",
    metadata,
    sa.Column("post_id", Key, sa.ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    # Repeated from the post, so that uq_sends_open can speak about it.
    sa.Column("account", Key, sa.ForeignKey("accounts.id"), nullable=False),
    sa.Column("container_id", Key, nullable=False),
    sa.Column("state", Key, nullable=False),
    sa.Column("deadline", UtcTime, nullable=False),
    sa.Column("details", sa.Text, nullable=False),
    # A container must be stored before it is published: a crash would otherwise lose its id.
    sa.ForeignKeyConstraint(["post_id", "container_id"], ["containers.post_id", "containers.id"]),
    sa.CheckConstraint(_one_of("state", SendState), name="state"),
    # At most one open send per account, even if the program has a bug: docs/decisions/0006.
    _partial("uq_sends_open", "account", where="state = 'open'", unique=True),
)

journal_events: Final = sa.Table(
    "journal_events",
    metadata,
    sa.Column("id", Counter, primary_key=True),
    sa.Column("subject_kind", Key, nullable=False, server_default=sa.text("'post'")),
    sa.Column("subject_id", Key, nullable=False),
    sa.Column("actor", Key),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("step", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("container_id", sa.Text),
    sa.Column("media_id", sa.Text),
    sa.Column("code", sa.Integer),
    sa.Column("subcode", sa.Integer),
    sa.Column("fbtrace_id", sa.Text),
    # The version that a post had after it; null for another subject, and before versions were kept.
    sa.Column("version", sa.Integer),
    # What it changed, as JSON; null for an event that is no change.
    sa.Column("changes", sa.Text),
    # The writes that Instagram was sent, as JSON; null without any.
    sa.Column("calls", sa.Text),
    # On a server the transaction that wrote it, by its own count; 0 in SQLite. See store.events.
    sa.Column("transaction_id", sa.BigInteger, nullable=False, server_default=sa.FetchedValue()),
    sa.CheckConstraint(_one_of("subject_kind", SubjectKind), name="subject_kind"),
    sa.Index(None, "subject_id", "subject_kind", "id"),
    sa.Index(None, "transaction_id", "id"),
    sa.Index(None, "at"),
    # Partial: most events are steps of a worker, which nobody did.
    _partial("ix_journal_events_actor", "id", where="actor IS NOT NULL"),
    sqlite_autoincrement=True,  # reuses no id after old events are deleted: cursors rely on it
)

quota_ledger: Final = sa.Table(
    "quota_ledger",
    metadata,
    sa.Column("account", Key, sa.ForeignKey("accounts.id"), primary_key=True),
    sa.Column("what", Key, primary_key=True),
    sa.Column("at", UtcTime, primary_key=True),
    # Part of the key, so that recording the same container twice counts once.
    sa.Column("reference", Key, primary_key=True),
    sa.CheckConstraint(_one_of("what", Spending), name="what"),
)

idempotency_keys: Final = sa.Table(
    "idempotency_keys",
    metadata,
    sa.Column("account", Key, sa.ForeignKey("accounts.id"), primary_key=True),
    # Empty for persons, whose processes share their keys.
    sa.Column("program", Key, primary_key=True),
    sa.Column("key", Key, primary_key=True),
    sa.Column("content_hash", sa.Text, nullable=False),
    # Deferred: the key is inserted before the post, since it decides whether the post is made at all.
    sa.Column(
        "post_id",
        Key,
        sa.ForeignKey("posts.id", ondelete="CASCADE", deferrable=True, initially="DEFERRED"),
        nullable=False,
    ),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Index(None, "created_at"),
    sa.Index(None, "post_id"),
)

periodic_jobs: Final = sa.Table(
    "periodic_jobs",
    metadata,
    sa.Column("name", Key, primary_key=True),
    sa.Column("next_run_at", UtcTime, nullable=False),
    sa.Column("lease_worker", sa.Text),
    sa.Column("lease_until", UtcTime),
    sa.CheckConstraint("(lease_worker IS NULL) = (lease_until IS NULL)", name="lease_has_a_worker"),
)

slots: Final = sa.Table(
    "slots",
    metadata,
    sa.Column("account", Key, sa.ForeignKey("accounts.id"), primary_key=True),
    # Monday is 0; minutes are counted from midnight in the account's time zone.
    sa.Column("weekday", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("minute", sa.Integer, primary_key=True, autoincrement=False),
    sa.CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
    sa.CheckConstraint("minute BETWEEN 0 AND 1439", name="minute"),
)

# Holds a slot's time between its choice and the insert of the post, whose due time then takes it.
slot_holds: Final = sa.Table(
    "slot_holds",
    metadata,
    sa.Column("account", Key, sa.ForeignKey("accounts.id"), primary_key=True),
    sa.Column("at", UtcTime, primary_key=True),
    sa.Column("post_id", Key, nullable=False),
    sa.Column("until", UtcTime, nullable=False),
)

notices: Final = sa.Table(
    "notices",
    metadata,
    sa.Column("key", Key, primary_key=True),
    sa.Column("channel", Key, primary_key=True),
    sa.Column("made_at", UtcTime, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    # When to deliver it next; null once it was delivered or given up.
    sa.Column("try_at", UtcTime),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("told_at", UtcTime),
    _partial("ix_notices_try_at", "try_at", where="try_at IS NOT NULL"),
)

actors: Final = sa.Table(
    "actors",
    metadata,
    sa.Column("id", Key, primary_key=True),
    sa.Column("kind", Key, nullable=False),
    sa.Column("name", Key, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("revoked_at", UtcTime),
    sa.CheckConstraint(_one_of("kind", ActorKind), name="kind"),
)

# Keys that programs authenticate with. Only a key's SHA-256 is stored, in hex.
keys: Final = sa.Table(
    "keys",
    metadata,
    sa.Column("id", Key, primary_key=True),
    sa.Column("actor", Key, sa.ForeignKey("actors.id"), nullable=False),
    sa.Column("digest", Key, nullable=False),
    sa.Column("scopes", sa.Text, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("expires_at", UtcTime),
    sa.Column("last_used_at", UtcTime),
    sa.Column("revoked_at", UtcTime),
    sa.Column("accounts", sa.Text),  # ids as a JSON list; null for all
    sa.Index(None, "actor"),
    sa.Index("uq_keys_digest", "digest", unique=True),
)

# What a proposal may be about.
PROPOSED = (SubjectKind.POST, SubjectKind.ACCOUNT, SubjectKind.CONVERSATION)

proposals: Final = sa.Table(
    "proposals",
    metadata,
    sa.Column("id", Key, primary_key=True),
    sa.Column("actor", Key, sa.ForeignKey("actors.id"), nullable=False),
    sa.Column("verb", Key, nullable=False),
    sa.Column("account", Key),
    sa.Column("subject_kind", Key),
    sa.Column("subject_id", Key),
    sa.Column("content_hash", Key, nullable=False),
    sa.Column("arguments", sa.Text, nullable=False),
    sa.Column("summary", sa.Text, nullable=False),
    sa.Column("state", Key, nullable=False),
    sa.Column("outcome", sa.Text),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("expires_at", UtcTime, nullable=False),
    sa.Column("earliest_at", UtcTime),
    sa.Column("decided_by", Key),
    sa.Column("decided_at", UtcTime),
    sa.Column("carried_out_at", UtcTime),
    sa.CheckConstraint(_one_of("state", ProposalState), name="state"),
    sa.CheckConstraint(_one_of("subject_kind", PROPOSED), name="subject_kind"),
    sa.CheckConstraint("(subject_kind IS NULL) = (subject_id IS NULL)", name="subject_has_a_kind"),
    # No post of a program goes out without a person's decision on record.
    sa.CheckConstraint(
        "state NOT IN ('approved', 'declined') OR decided_by IS NOT NULL", name="somebody_decides"
    ),
    sa.CheckConstraint("carried_out_at IS NULL OR state = 'approved'", name="only_approved_is_carried_out"),
    sa.Index(None, "actor", "content_hash", "created_at"),
    sa.Index(None, "subject_id", "state"),
    sa.Index(None, "state", "created_at", "id"),
    # One proposal per actor and content waits at a time: the same asked again is the same proposal.
    _partial("uq_proposals_waiting", "actor", "content_hash", where="state = 'waiting'", unique=True),
)

grants: Final = sa.Table(
    "grants",
    metadata,
    sa.Column("id", Key, primary_key=True),
    sa.Column("actor", Key, sa.ForeignKey("actors.id"), nullable=False),
    sa.Column("verbs", sa.Text, nullable=False),
    sa.Column("accounts", sa.Text, nullable=False),
    sa.Column("per_day", sa.Integer, nullable=False),
    sa.Column("granted_by", Key, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("ends_at", UtcTime),
    sa.Column("revoked_at", UtcTime),
    sa.Index(None, "actor"),
)

grant_uses: Final = sa.Table(
    "grant_uses",
    metadata,
    sa.Column("id", Counter, primary_key=True),
    sa.Column("grant_id", Key, sa.ForeignKey("grants.id"), nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("reference", Key, nullable=False),
    sa.Index(None, "grant_id", "at"),
)

options: Final = sa.Table(
    "options",
    metadata,
    sa.Column("name", Key, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)

# The other pause, which an error of Instagram's caused, stands in these columns of `accounts`.
PAUSE_CODES = ("pause_code", "pause_subcode")
PAUSE_BY_ERROR = ("paused_until", "pause_reason", *PAUSE_CODES)

# A pause of an account by a person or a program, beside the one in `accounts` that an error of Instagram's
# caused: a sign-in ends that one, and never this.
pauses: Final = sa.Table(
    "pauses",
    metadata,
    sa.Column("account", Key, sa.ForeignKey("accounts.id"), primary_key=True),
    sa.Column("reason", sa.Text, nullable=False),
    # A `core.actor.ActorId`. No foreign key, as in `posts`.
    sa.Column("actor", Key, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
)

# Requests with idempotency keys, by program and operation: docs/decisions/0041.
requests: Final = sa.Table(
    "requests",
    metadata,
    # A `core.actor.ActorId`. No foreign key, as in `posts`.
    sa.Column("program", Key, primary_key=True),
    sa.Column("operation", Key, primary_key=True),
    sa.Column("key", Key, primary_key=True),
    sa.Column("content", sa.Text, nullable=False),
    # The run that carries it out, and how long that may be silent.
    sa.Column("holder", Key, nullable=False),
    sa.Column("leased_until", UtcTime, nullable=False),
    # What it did; null until that is committed.
    sa.Column("subject_kind", Key),
    sa.Column("subject_id", Key),
    sa.Column("proposal_id", Key),
    sa.Column("begun_at", UtcTime, nullable=False),
    sa.CheckConstraint("(subject_kind IS NULL) = (subject_id IS NULL)", name="subject_has_a_kind"),
    sa.Index(None, "begun_at"),
)

# The latest deletion of each published media. No foreign key to a post: of most media there is none.
deletions: Final = sa.Table(
    "deletions",
    metadata,
    sa.Column("account", Key, sa.ForeignKey("accounts.id"), primary_key=True),
    sa.Column("media_id", Key, primary_key=True),
    sa.Column("post_id", Key),
    sa.Column("state", Key, nullable=False),
    sa.Column("details", sa.Text, nullable=False),
    sa.CheckConstraint(_one_of("state", DeletionState), name="state"),
)

# Files that programs sent. No foreign key to an actor, as in `posts`.
uploads: Final = sa.Table(
    "uploads",
    metadata,
    sa.Column("owner", Key, primary_key=True),
    sa.Column("id", Key, primary_key=True),
    sa.Column("name", sa.Text),
    sa.Column("sha256", Key, nullable=False),
    sa.Column("size_bytes", sa.BigInteger, nullable=False),
    sa.Column("media_type", Key, nullable=False),
    sa.Column("file", Key, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("ends_at", UtcTime, nullable=False),
    sa.Index(None, "ends_at"),
)

# Reports that were asked for. No foreign keys: they outlive neither a day nor what they are about.
report_jobs: Final = sa.Table(
    "report_jobs",
    metadata,
    sa.Column("id", Key, primary_key=True),
    sa.Column("owner", Key, nullable=False),
    sa.Column("account", Key, nullable=False),
    sa.Column("account_name", sa.Text, nullable=False),
    sa.Column("wish", sa.Text, nullable=False),
    sa.Column("state", Key, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("ends_at", UtcTime, nullable=False),
    sa.Column("error", sa.Text),
    sa.Column("lease_worker", sa.Text),
    sa.Column("lease_until", UtcTime),
    # Last, since they are large: what stands behind them is slow to read from a file.
    *(sa.Column(name, sa.LargeBinary) for name in ("data", "page")),
    sa.CheckConstraint(_one_of("state", ReportState), name="state"),
    sa.CheckConstraint(
        "(state = 'ready') = (page IS NOT NULL AND data IS NOT NULL)", name="ready_has_content"
    ),
    sa.CheckConstraint("(state = 'failed') = (error IS NOT NULL)", name="failed_has_an_error"),
    sa.CheckConstraint("(lease_worker IS NULL) = (lease_until IS NULL)", name="lease_has_a_worker"),
    sa.Index(None, "owner", "created_at"),
    sa.Index(None, "ends_at"),
)

# Apps that ask for consent, one a kind of login and place.
apps: Final = sa.Table(
    "apps",
    metadata,
    # A `graph.hosts.LoginType`, and `core.account.place_of` an API.
    sa.Column("login_type", Key, primary_key=True),
    sa.Column("place", Key, primary_key=True),
    sa.Column("app_id", sa.Text, nullable=False),
    sa.Column("sealed_secret", sa.LargeBinary, nullable=False),
    sa.Column("redirect_uri", sa.Text),
)
