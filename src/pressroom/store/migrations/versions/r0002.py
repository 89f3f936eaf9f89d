"""Weekly slots with their holds, and notices."""

import sqlalchemy as sa
from alembic import op

from pressroom.store.columns import Key, UtcTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the three tables."""
    _slots()
    _slot_holds()
    _notices()


def _slots() -> None:
    op.create_table(
        "slots",
        sa.Column("account", Key, nullable=False),
        sa.Column("weekday", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("minute", sa.Integer, nullable=False, autoincrement=False),
        sa.PrimaryKeyConstraint("account", "weekday", "minute", name="pk_slots"),
        sa.ForeignKeyConstraint(["account"], ["accounts.name"], name="fk_slots_account"),
        sa.CheckConstraint("weekday BETWEEN 0 AND 6", name=op.f("ck_slots_weekday")),
        sa.CheckConstraint("minute BETWEEN 0 AND 1439", name=op.f("ck_slots_minute")),
    )


def _slot_holds() -> None:
    op.create_table(
        "slot_holds",
        sa.Column("account", Key, nullable=False),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("post_id", Key, nullable=False),
        sa.Column("until", UtcTime, nullable=False),
        sa.PrimaryKeyConstraint("account", "at", name="pk_slot_holds"),
        sa.ForeignKeyConstraint(["account"], ["accounts.name"], name="fk_slot_holds_account"),
    )


def _notices() -> None:
    op.create_table(
        "notices",
        sa.Column("key", Key, nullable=False),
        sa.Column("channel", Key, nullable=False),
        sa.Column("made_at", UtcTime, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("try_at", UtcTime),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("told_at", UtcTime),
        sa.PrimaryKeyConstraint("key", "channel", name="pk_notices"),
    )
    op.create_index(
        "ix_notices_try_at",
        "notices",
        ["try_at"],
        sqlite_where=sa.text("try_at IS NOT NULL"),
        postgresql_where=sa.text("try_at IS NOT NULL"),
    )
