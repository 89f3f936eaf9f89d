"""Actors, proposals and grants; a journal of accounts and conversations too."""

import sqlalchemy as sa
from alembic import op

from pressroom.store.columns import Counter, Key, UtcTime

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create the new tables; add the actor to posts, and the kind of subject to events."""
    op.add_column("posts", sa.Column("actor", Key))
    _helper_prefixes()
    _journal_subjects()
    _actors()
    _keys()
    _proposals()
    _grants()
    _grant_uses()
    op.create_table(
        "options",
        sa.Column("name", Key, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_options"),
    )


def _helper_prefixes() -> None:
    """Rename a field of stored errors, inside the JSON."""
    # Inside a JSON string the quotes would be escaped, so this matches keys only.
    op.execute("""UPDATE posts SET details = replace(details, '"seed_name":', '"helper_prefix":')""")


# The default for new rows; existing rows count as written by the upgrade.
_TRANSACTION = {"sqlite": "0", "postgresql": "CAST(CAST(pg_current_xact_id() AS text) AS bigint)"}


def _journal_subjects() -> None:
    op.drop_index("ix_journal_events_post_id_id", "journal_events")
    last = _last_id()
    transaction = sa.text(_TRANSACTION[op.get_bind().dialect.name])
    with op.batch_alter_table("journal_events", table_kwargs={"sqlite_autoincrement": True}) as batch:
        batch.drop_constraint("fk_journal_events_post_id", type_="foreignkey")
        batch.alter_column("post_id", new_column_name="subject_id")
        batch.add_column(sa.Column("subject_kind", Key, nullable=False, server_default=sa.text("'post'")))
        batch.add_column(sa.Column("actor", Key))
        batch.add_column(
            sa.Column("transaction_id", sa.BigInteger, nullable=False, server_default=transaction)
        )
        batch.create_check_constraint(
            op.f("ck_journal_events_subject_kind"), "subject_kind IN ('post', 'account', 'conversation')"
        )
    _go_on_after(last)
    op.create_index("ix_journal_events_transaction_id_id", "journal_events", ["transaction_id", "id"])
    op.create_index(
        "ix_journal_events_subject_id_subject_kind_id", "journal_events", ["subject_id", "subject_kind", "id"]
    )


def _last_id() -> int | None:
    """Return the highest event id ever assigned in a file: rebuilding the table forgets it."""
    if op.get_bind().dialect.name != "sqlite":
        return None
    counted = sa.text("SELECT seq FROM sqlite_sequence WHERE name = 'journal_events'")
    return op.get_bind().execute(counted).scalar()


def _go_on_after(last: int | None) -> None:
    if last is None:
        return
    op.execute("DELETE FROM sqlite_sequence WHERE name = 'journal_events'")
    counted = sa.text("INSERT INTO sqlite_sequence (name, seq) VALUES ('journal_events', :last)")
    op.get_bind().execute(counted, {"last": last})


def _actors() -> None:
    op.create_table(
        "actors",
        sa.Column("id", Key, nullable=False),
        sa.Column("kind", Key, nullable=False),
        sa.Column("name", Key, nullable=False),
        sa.Column("created_at", UtcTime, nullable=False),
        sa.Column("revoked_at", UtcTime),
        sa.PrimaryKeyConstraint("id", name="pk_actors"),
        sa.CheckConstraint("kind IN ('person', 'program')", name=op.f("ck_actors_kind")),
    )


def _keys() -> None:
    op.create_table(
        "keys",
        sa.Column("id", Key, nullable=False),
        sa.Column("actor", Key, nullable=False),
        sa.Column("digest", Key, nullable=False),
        sa.Column("scopes", sa.Text, nullable=False),
        sa.Column("created_at", UtcTime, nullable=False),
        sa.Column("expires_at", UtcTime),
        sa.Column("last_used_at", UtcTime),
        sa.Column("revoked_at", UtcTime),
        sa.PrimaryKeyConstraint("id", name="pk_keys"),
        sa.ForeignKeyConstraint(["actor"], ["actors.id"], name="fk_keys_actor"),
    )
    op.create_index("ix_keys_actor", "keys", ["actor"])
    op.create_index("uq_keys_digest", "keys", ["digest"], unique=True)


def _proposals() -> None:
    op.create_table(
        "proposals",
        sa.Column("id", Key, nullable=False),
        sa.Column("actor", Key, nullable=False),
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
        sa.PrimaryKeyConstraint("id", name="pk_proposals"),
        sa.ForeignKeyConstraint(["actor"], ["actors.id"], name="fk_proposals_actor"),
        *_rules_of_proposals(),
    )
    op.create_index(
        "ix_proposals_actor_content_hash_created_at", "proposals", ["actor", "content_hash", "created_at"]
    )
    op.create_index("ix_proposals_subject_id_state", "proposals", ["subject_id", "state"])
    op.create_index("ix_proposals_state_created_at_id", "proposals", ["state", "created_at", "id"])
    op.create_index(
        "uq_proposals_waiting",
        "proposals",
        ["actor", "content_hash"],
        unique=True,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )


def _rules_of_proposals() -> list[sa.CheckConstraint]:
    rules = {
        "state": "state IN ('waiting', 'approved', 'declined', 'expired', 'void')",
        "subject_kind": "subject_kind IN ('post', 'account', 'conversation')",
        "subject_has_a_kind": "(subject_kind IS NULL) = (subject_id IS NULL)",
        "somebody_decides": "state NOT IN ('approved', 'declined') OR decided_by IS NOT NULL",
        "only_approved_is_carried_out": "carried_out_at IS NULL OR state = 'approved'",
    }
    return [sa.CheckConstraint(rule, name=op.f(f"ck_proposals_{name}")) for name, rule in rules.items()]


def _grants() -> None:
    op.create_table(
        "grants",
        sa.Column("id", Key, nullable=False),
        sa.Column("actor", Key, nullable=False),
        sa.Column("verbs", sa.Text, nullable=False),
        sa.Column("accounts", sa.Text, nullable=False),
        sa.Column("per_day", sa.Integer, nullable=False),
        sa.Column("granted_by", Key, nullable=False),
        sa.Column("created_at", UtcTime, nullable=False),
        sa.Column("ends_at", UtcTime),
        sa.Column("revoked_at", UtcTime),
        sa.PrimaryKeyConstraint("id", name="pk_grants"),
        sa.ForeignKeyConstraint(["actor"], ["actors.id"], name="fk_grants_actor"),
    )
    op.create_index("ix_grants_actor", "grants", ["actor"])


def _grant_uses() -> None:
    op.create_table(
        "grant_uses",
        sa.Column("id", Counter, nullable=False),
        sa.Column("grant_id", Key, nullable=False),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("reference", Key, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_grant_uses"),
        sa.ForeignKeyConstraint(["grant_id"], ["grants.id"], name="fk_grant_uses_grant_id"),
    )
    op.create_index("ix_grant_uses_grant_id_at", "grant_uses", ["grant_id", "at"])
