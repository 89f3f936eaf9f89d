"""Posts that were postponed, accounts that somebody paused, and what a change of a post changed."""

import sqlalchemy as sa
from alembic import op

from pressroom.store.columns import Key, UtcTime

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Tell the time a post goes out at from its due time; make the table of pauses; let events say more."""
    _when_posts_go_out()
    _pauses()
    op.add_column("journal_events", sa.Column("changes", sa.Text))
    is_by_somebody = sa.text("actor IS NOT NULL")
    op.create_index(
        "ix_journal_events_actor",
        "journal_events",
        ["id"],
        sqlite_where=is_by_somebody,
        postgresql_where=is_by_somebody,
    )


def _when_posts_go_out() -> None:
    # The column held that all along: until now a full quota changed the due time itself.
    op.alter_column("posts", "due_at", new_column_name="goes_out_at")
    for columns in (["id"], ["account", "id"], ["state", "id"]):
        *first, last = columns
        op.drop_index("_".join(["ix_posts", *first, "due_at", last]), "posts")
        op.create_index(
            "_".join(["ix_posts", *first, "goes_out_at", last]), "posts", [*first, "goes_out_at", last]
        )
    op.add_column("posts", sa.Column("postponed_to", UtcTime))
    is_postponed = sa.text("postponed_to IS NOT NULL")
    op.create_index(
        "ix_posts_postponed_to",
        "posts",
        ["state", "goes_out_at"],
        sqlite_where=is_postponed,
        postgresql_where=is_postponed,
    )


def _pauses() -> None:
    # An earlier pause has its code in its words alone; a new token has to end those of an ended one.
    op.add_column("accounts", sa.Column("pause_code", sa.Integer))
    op.add_column("accounts", sa.Column("pause_subcode", sa.Integer))
    accounts = sa.table("accounts", sa.column("pause_code"), sa.column("pause_reason"))
    ended = accounts.c.pause_reason.like("Instagram answered 190%")
    op.execute(accounts.update().where(ended).values(pause_code=190))
    op.create_table(
        "pauses",
        sa.Column("account", Key, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("actor", Key, nullable=False),
        sa.Column("at", UtcTime, nullable=False),
        sa.PrimaryKeyConstraint("account", name="pk_pauses"),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name="fk_pauses_account"),
    )
