"""The first tables."""

import sqlalchemy as sa
from alembic import op

from pressroom.store.columns import Counter, Key, UtcTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make every table."""
    _accounts()
    _periodic_jobs()
    _posts()
    _quota_ledger()
    _assets()
    _containers()
    _idempotency_keys()
    _journal_events()
    _sends()


def _accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("name", Key, nullable=False),
        sa.Column("user_id", sa.Text),
        sa.Column("login_type", sa.Text),
        sa.Column("api_base", sa.Text),
        sa.Column("version", sa.Text),
        sa.Column("timezone", sa.Text),
        sa.Column("sealed_token", sa.LargeBinary),
        sa.Column("token_obtained_at", UtcTime),
        sa.Column("token_expires_at", UtcTime),
        sa.Column("token_refreshed_at", UtcTime),
        sa.Column("is_default", sa.Boolean, nullable=False, server_default=sa.text("false")),
        sa.Column("paused_until", UtcTime),
        sa.Column("pause_reason", sa.Text),
        sa.Column("last_slot_at", UtcTime),
        sa.Column("refresh_worker", sa.Text),
        sa.Column("refresh_until", UtcTime),
        sa.Column("quota_total", sa.Integer),
        sa.Column("quota_usage", sa.Integer),
        sa.Column("quota_read_at", UtcTime),
        sa.PrimaryKeyConstraint("name", name="pk_accounts"),
        sa.CheckConstraint(
            "(paused_until IS NULL) = (pause_reason IS NULL)",
            name=op.f("ck_accounts_pause_has_a_reason"),
        ),
        sa.CheckConstraint(
            "sealed_token IS NULL OR (user_id IS NOT NULL AND login_type IS NOT NULL AND api_base IS NOT NULL"
            " AND version IS NOT NULL AND timezone IS NOT NULL AND token_obtained_at IS NOT NULL)",
            name=op.f("ck_accounts_token_has_its_bundle"),
        ),
    )
    op.create_index(
        "uq_accounts_default",
        "accounts",
        ["is_default"],
        unique=True,
        sqlite_where=sa.text("is_default"),
        postgresql_where=sa.text("is_default"),
    )


def _periodic_jobs() -> None:
    op.create_table(
        "periodic_jobs",
        sa.Column("name", Key, nullable=False),
        sa.Column("next_run_at", UtcTime, nullable=False),
        sa.Column("lease_worker", sa.Text),
        sa.Column("lease_until", UtcTime),
        sa.PrimaryKeyConstraint("name", name="pk_periodic_jobs"),
        sa.CheckConstraint(
            "(lease_worker IS NULL) = (lease_until IS NULL)",
            name=op.f("ck_periodic_jobs_lease_has_a_worker"),
        ),
    )


def _posts() -> None:
    op.create_table(
        "posts",
        sa.Column("id", Key, nullable=False),
        sa.Column("account", Key, nullable=False),
        sa.Column("state", Key, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("created_at", UtcTime, nullable=False),
        sa.Column("due_at", UtcTime, nullable=False),
        sa.Column("wake_at", UtcTime),
        sa.Column("media_id", Key),
        sa.Column("details", sa.Text, nullable=False),
        sa.Column("lease_worker", sa.Text),
        sa.Column("lease_until", UtcTime),
        sa.PrimaryKeyConstraint("id", name="pk_posts"),
        sa.CheckConstraint(
            "(lease_worker IS NULL) = (lease_until IS NULL)",
            name=op.f("ck_posts_lease_has_a_worker"),
        ),
        sa.CheckConstraint(
            "wake_at IS NULL OR state IN ('scheduled', 'preparing', 'ready', 'publishing',"
            " 'awaiting_approval', 'published')",
            name=op.f("ck_posts_only_some_states_wake"),
        ),
        sa.CheckConstraint(
            "wake_at IS NOT NULL OR NOT (state IN ('scheduled', 'preparing', 'ready', 'publishing'))",
            name=op.f("ck_posts_under_way_wakes"),
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'awaiting_approval', 'scheduled', 'preparing', 'ready', 'publishing',"
            " 'published', 'failed', 'needs_attention', 'missed', 'cancelled')",
            name=op.f("ck_posts_state"),
        ),
        sa.ForeignKeyConstraint(["account"], ["accounts.name"], name="fk_posts_account"),
    )
    op.create_index("ix_posts_account_due_at_id", "posts", ["account", "due_at", "id"])
    op.create_index("ix_posts_due_at_id", "posts", ["due_at", "id"])
    op.create_index(
        "ix_posts_lease_until",
        "posts",
        ["lease_until"],
        sqlite_where=sa.text("lease_until IS NOT NULL"),
        postgresql_where=sa.text("lease_until IS NOT NULL"),
    )
    op.create_index(
        "ix_posts_media_id",
        "posts",
        ["account", "due_at", "media_id"],
        sqlite_where=sa.text("media_id IS NOT NULL"),
        postgresql_where=sa.text("media_id IS NOT NULL"),
    )
    op.create_index("ix_posts_state_due_at_id", "posts", ["state", "due_at", "id"])
    op.create_index(
        "ix_posts_wake_at",
        "posts",
        ["wake_at", "id"],
        sqlite_where=sa.text("wake_at IS NOT NULL"),
        postgresql_where=sa.text("wake_at IS NOT NULL"),
    )


def _quota_ledger() -> None:
    op.create_table(
        "quota_ledger",
        sa.Column("account", Key, nullable=False),
        sa.Column("what", Key, nullable=False),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("reference", Key, nullable=False),
        sa.PrimaryKeyConstraint("account", "what", "at", "reference", name="pk_quota_ledger"),
        sa.CheckConstraint("what IN ('container', 'publish')", name=op.f("ck_quota_ledger_what")),
        sa.ForeignKeyConstraint(["account"], ["accounts.name"], name="fk_quota_ledger_account"),
    )


def _assets() -> None:
    op.create_table(
        "assets",
        sa.Column("post_id", Key, nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("copy", sa.Text),
        sa.PrimaryKeyConstraint("post_id", "place", name="pk_assets"),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name="fk_assets_post_id", ondelete="CASCADE"),
    )


def _containers() -> None:
    op.create_table(
        "containers",
        sa.Column("post_id", Key, nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("created_at", UtcTime, nullable=False),
        sa.Column("details", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("post_id", "id", name="pk_containers"),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name="fk_containers_post_id", ondelete="CASCADE"),
    )


def _idempotency_keys() -> None:
    op.create_table(
        "idempotency_keys",
        sa.Column("account", Key, nullable=False),
        sa.Column("key", Key, nullable=False),
        sa.Column("content_hash", sa.Text, nullable=False),
        sa.Column("post_id", Key, nullable=False),
        sa.Column("created_at", UtcTime, nullable=False),
        sa.PrimaryKeyConstraint("account", "key", name="pk_idempotency_keys"),
        sa.ForeignKeyConstraint(["account"], ["accounts.name"], name="fk_idempotency_keys_account"),
        sa.ForeignKeyConstraint(
            ["post_id"],
            ["posts.id"],
            name="fk_idempotency_keys_post_id",
            ondelete="CASCADE",
            deferrable=True,
            initially="DEFERRED",
        ),
    )
    op.create_index("ix_idempotency_keys_created_at", "idempotency_keys", ["created_at"])
    op.create_index("ix_idempotency_keys_post_id", "idempotency_keys", ["post_id"])


def _journal_events() -> None:
    op.create_table(
        "journal_events",
        sa.Column("id", Counter, nullable=False),
        sa.Column("post_id", Key, nullable=False),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("step", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("container_id", sa.Text),
        sa.Column("media_id", sa.Text),
        sa.Column("code", sa.Integer),
        sa.Column("subcode", sa.Integer),
        sa.Column("fbtrace_id", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_journal_events"),
        sa.ForeignKeyConstraint(
            ["post_id"], ["posts.id"], name="fk_journal_events_post_id", ondelete="CASCADE"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_journal_events_at", "journal_events", ["at"])
    op.create_index("ix_journal_events_post_id_id", "journal_events", ["post_id", "id"])


def _sends() -> None:
    op.create_table(
        "sends",
        sa.Column("post_id", Key, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("account", Key, nullable=False),
        sa.Column("container_id", Key, nullable=False),
        sa.Column("state", Key, nullable=False),
        sa.Column("deadline", UtcTime, nullable=False),
        sa.Column("details", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("post_id", "number", name="pk_sends"),
        sa.CheckConstraint(
            "state IN ('open', 'refused', 'live', 'not_done', 'abandoned')",
            name=op.f("ck_sends_state"),
        ),
        sa.ForeignKeyConstraint(["account"], ["accounts.name"], name="fk_sends_account"),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name="fk_sends_post_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["post_id", "container_id"],
            ["containers.post_id", "containers.id"],
            name="fk_sends_post_id_container_id",
        ),
    )
    op.create_index(
        "uq_sends_open",
        "sends",
        ["account"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
