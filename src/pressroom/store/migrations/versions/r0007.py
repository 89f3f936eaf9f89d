"""What is kept of media and accounts: readings, days, followers, audience, stories among the media."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op

from pressroom.store.columns import Key, UtcTime

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make the tables of insights."""
    _of_media()
    _of_accounts()
    _of_collecting()


def _make(table: str, keys: Mapping[str, sa.types.TypeEngine[Any]], *columns: sa.Column[Any]) -> None:
    key_columns = [sa.Column(name, type_, nullable=False) for name, type_ in keys.items()]
    op.create_table(
        table,
        *key_columns,
        *columns,
        sa.PrimaryKeyConstraint(*keys, name=f"pk_{table}"),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name=f"fk_{table}_account"),
    )


def _of_media() -> None:
    _make(
        "media",
        {"account": Key, "id": Key},
        sa.Column("product_type", Key, nullable=False),
        sa.Column("media_type", Key, nullable=False),
        sa.Column("published_at", UtcTime, nullable=False),
        sa.Column("found_at", UtcTime, nullable=False),
        sa.Column("caption", sa.Text),
        sa.Column("planned_age_s", sa.Integer),
        sa.Column("opens_at", UtcTime),
        sa.Column("due_at", UtcTime),
        sa.Column("vanished_at", UtcTime),
        sa.Column("details", sa.Text, nullable=False),
    )
    op.create_index("ix_media_account_published_at_id", "media", ["account", "published_at", "id"])
    op.create_index("ix_media_account_opens_at", "media", ["account", "opens_at"])
    op.create_index("ix_media_account_due_at", "media", ["account", "due_at"])
    _make(
        "readings",
        {"account": Key, "media_id": Key, "age_s": sa.Integer()},
        sa.Column("read_at", UtcTime, nullable=False),
        sa.Column("planned_age_s", sa.Integer),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("numbers", sa.Text, nullable=False),
        sa.Column("parts", sa.Text),
    )
    op.create_index(
        "uq_readings_planned_age", "readings", ["account", "media_id", "planned_age_s"], unique=True
    )
    op.create_index("ix_readings_account_read_at", "readings", ["account", "read_at"])
    _make(
        "missed_readings",
        {"account": Key, "media_id": Key, "planned_age_s": sa.Integer()},
        sa.Column("why", Key, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("noted_at", UtcTime, nullable=False),
    )


def _of_accounts() -> None:
    _make(
        "account_days",
        {"account": Key, "metric": Key, "ends_at": UtcTime()},
        sa.Column("number", sa.Text),
        sa.Column("parts", sa.Text),
        sa.Column("read_at", UtcTime, nullable=False),
    )
    _make(
        "audience",
        {"account": Key, "metric": Key, "breakdown": Key, "day": Key},
        sa.Column("read_at", UtcTime, nullable=False),
        sa.Column("parts", sa.Text, nullable=False),
    )
    _make(
        "followers",
        {"account": Key, "day": Key},
        sa.Column("read_at", UtcTime, nullable=False),
        sa.Column("followers_count", sa.Integer),
        sa.Column("details", sa.Text, nullable=False),
    )


def _of_collecting() -> None:
    _make(
        "collections",
        {"account": Key},
        sa.Column("stopped_at", UtcTime),
        sa.Column("details", sa.Text, nullable=False),
    )
    _make(
        "experiments",
        {"account": Key, "started_at": UtcTime()},
        sa.Column("stopped_at", UtcTime),
        sa.Column("details", sa.Text, nullable=False),
    )
