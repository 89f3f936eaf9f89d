"""The tables of insights. Columns hold what is searched; numbers and the rest are JSON."""

from typing import Final

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, Table, Text

from pressroom.store.columns import Key, UtcTime, metadata

media: Final = Table(
    "media",
    metadata,
    Column("account", Key, ForeignKey("accounts.id"), primary_key=True),
    Column("id", Key, primary_key=True),
    Column("product_type", Key, nullable=False),
    Column("media_type", Key, nullable=False),
    Column("published_at", UtcTime, nullable=False),
    Column("found_at", UtcTime, nullable=False),
    Column("caption", Text),
    # The next reading: the age it is for, from when on one counts for it, and when it is read in any case.
    Column("planned_age_s", Integer),
    *(Column(name, UtcTime) for name in ("opens_at", "due_at")),
    Column("vanished_at", UtcTime),
    Column("details", Text, nullable=False),
    Index(None, "account", "published_at", "id"),
    Index(None, "account", "opens_at"),
    Index(None, "account", "due_at"),
)

readings: Final = Table(
    "readings",
    metadata,
    Column("account", Key, ForeignKey("accounts.id"), primary_key=True),
    Column("media_id", Key, primary_key=True),
    Column("age_s", Integer, primary_key=True, autoincrement=False),
    Column("read_at", UtcTime, nullable=False),
    Column("planned_age_s", Integer),
    Column("version", Text, nullable=False),
    Column("numbers", Text, nullable=False),
    Column("parts", Text),
    # A planned reading is made once, even if two processes read at the same time.
    Index("uq_readings_planned_age", "account", "media_id", "planned_age_s", unique=True),
    Index(None, "account", "read_at"),
)

missed_readings: Final = Table(
    "missed_readings",
    metadata,
    Column("account", Key, ForeignKey("accounts.id"), primary_key=True),
    Column("media_id", Key, primary_key=True),
    Column("planned_age_s", Integer, primary_key=True, autoincrement=False),
    Column("why", Key, nullable=False),
    Column("text", Text, nullable=False),
    Column("noted_at", UtcTime, nullable=False),
)

thumbnails: Final = Table(
    "thumbnails",
    metadata,
    Column("account", Key, ForeignKey("accounts.id"), primary_key=True),
    Column("media_id", Key, primary_key=True),
    Column("read_at", UtcTime, nullable=False),
    Column("jpeg", LargeBinary, nullable=False),
)

account_days: Final = Table(
    "account_days",
    metadata,
    Column("account", Key, ForeignKey("accounts.id"), primary_key=True),
    Column("metric", Key, primary_key=True),
    Column("ends_at", UtcTime, primary_key=True),
    # JSON, since a number is whole or not; null where only the parts are known.
    Column("number", Text),
    Column("parts", Text),
    Column("read_at", UtcTime, nullable=False),
)

audience: Final = Table(
    "audience",
    metadata,
    Column("account", Key, ForeignKey("accounts.id"), primary_key=True),
    Column("metric", Key, primary_key=True),
    Column("breakdown", Key, primary_key=True),
    Column("day", Key, primary_key=True),
    Column("read_at", UtcTime, nullable=False),
    Column("parts", Text, nullable=False),
)

# The account's own numbers, of which followers matter most.
followers: Final = Table(
    "followers",
    metadata,
    Column("account", Key, ForeignKey("accounts.id"), primary_key=True),
    Column("day", Key, primary_key=True),
    Column("read_at", UtcTime, nullable=False),
    Column("followers_count", Integer),
    Column("details", Text, nullable=False),
)

collections: Final = Table(
    "collections",
    metadata,
    Column("account", Key, ForeignKey("accounts.id"), primary_key=True),
    Column("stopped_at", UtcTime),
    Column("details", Text, nullable=False),
)

experiments: Final = Table(
    "experiments",
    metadata,
    Column("account", Key, ForeignKey("accounts.id"), primary_key=True),
    Column("started_at", UtcTime, primary_key=True),
    Column("stopped_at", UtcTime),
    Column("details", Text, nullable=False),
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
)
"""All of them; each has the account in its key."""
