"""The tables of insights. Columns hold what is searched; numbers and the rest are JSON."""

from typing import Final

import sqlalchemy as sa

from pressroom.store.columns import Key, UtcTime, metadata

media: Final = sa.Table(
    "media",
    metadata,
    sa.Column("account", Key, sa.ForeignKey("accounts.id"), primary_key=True),
    sa.Column("id", Key, primary_key=True),
    sa.Column("product_type", Key, nullable=False),
    sa.Column("media_type", Key, nullable=False),
    sa.Column("published_at", UtcTime, nullable=False),
    sa.Column("found_at", UtcTime, nullable=False),
    sa.Column("caption", sa.Text),
    # The next reading: the age it is for, from when on one counts for it, and when it is read in any case.
    sa.Column("planned_age_s", sa.Integer),
    *(sa.Column(name, UtcTime) for name in ("opens_at", "due_at")),
    sa.Column("vanished_at", UtcTime),
    sa.Column("details", sa.Text, nullable=False),
    sa.Index(None, "account", "published_at", "id"),
    sa.Index(None, "account", "opens_at"),
    sa.Index(None, "account", "due_at"),
)

readings: Final = sa.Table(
    "readings",
    metadata,
    sa.Column("account", Key, sa.ForeignKey("accounts.id"), primary_key=True),
    sa.Column("media_id", Key, primary_key=True),
    sa.Column("age_s", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("read_at", UtcTime, nullable=False),
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("numbers", sa.Text, nullable=False),
    sa.Column("parts", sa.Text),
    sa.Index(None, "account", "read_at"),
)

missed_readings: Final = sa.Table(
    "missed_readings",
    metadata,
    sa.Column("account", Key, sa.ForeignKey("accounts.id"), primary_key=True),
    sa.Column("media_id", Key, primary_key=True),
    sa.Column("planned_age_s", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("why", Key, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("noted_at", UtcTime, nullable=False),
)

thumbnails: Final = sa.Table(
    "thumbnails",
    metadata,
    sa.Column("account", Key, sa.ForeignKey("accounts.id"), primary_key=True),
    sa.Column("media_id", Key, primary_key=True),
    sa.Column("read_at", UtcTime, nullable=False),
    sa.Column("jpeg", sa.LargeBinary, nullable=False),
)

account_days: Final = sa.Table(
    "account_days",
    metadata,
    sa.Column("account", Key, sa.ForeignKey("accounts.id"), primary_key=True),
    sa.Column("metric", Key, primary_key=True),
    sa.Column("ends_at", UtcTime, primary_key=True),
    # JSON, since a number is whole or not; null where only the parts are known.
    sa.Column("number", sa.Text),
    sa.Column("parts", sa.Text),
    sa.Column("read_at", UtcTime, nullable=False),
)

audience: Final = sa.Table(
    "audience",
    metadata,
    sa.Column("account", Key, sa.ForeignKey("accounts.id"), primary_key=True),
    sa.Column("metric", Key, primary_key=True),
    sa.Column("breakdown", Key, primary_key=True),
    sa.Column("day", Key, primary_key=True),
    sa.Column("read_at", UtcTime, nullable=False),
    sa.Column("parts", sa.Text, nullable=False),
)

# The account's own numbers, of which followers matter most.
followers: Final = sa.Table(
    "followers",
    metadata,
    sa.Column("account", Key, sa.ForeignKey("accounts.id"), primary_key=True),
    sa.Column("day", Key, primary_key=True),
    sa.Column("read_at", UtcTime, nullable=False),
    sa.Column("followers_count", sa.Integer),
    sa.Column("details", sa.Text, nullable=False),
)

collections: Final = sa.Table(
    "collections",
    metadata,
    sa.Column("account", Key, sa.ForeignKey("accounts.id"), primary_key=True),
    sa.Column("stopped_at", UtcTime),
    sa.Column("details", sa.Text, nullable=False),
)

experiments: Final = sa.Table(
    "experiments",
    metadata,
    sa.Column("account", Key, sa.ForeignKey("accounts.id"), primary_key=True),
    sa.Column("started_at", UtcTime, primary_key=True),
    sa.Column("stopped_at", UtcTime),
    sa.Column("details", sa.Text, nullable=False),
)

# A note belongs to one account: otherwise the clients of an agency would read each other's notes.
metric_notes: Final = sa.Table(
    "metric_notes",
    metadata,
    sa.Column("account", Key, sa.ForeignKey("accounts.id"), primary_key=True),
    sa.Column("metric", Key, primary_key=True),
    sa.Column("day", Key, primary_key=True),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("added_at", UtcTime, nullable=False),
)

TABLES: Final = (
    media,
    readings,
    missed_readings,
    thumbnails,
    account_days,
    audience,
    followers,
    collections,
    experiments,
    metric_notes,
)
"""All of them; each has the account in its key."""
