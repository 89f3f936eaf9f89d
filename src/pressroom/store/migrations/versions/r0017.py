"""Uploads, and a journal that tells of them."""

import sqlalchemy as sa
from alembic import op

from pressroom.store.columns import Key, UtcTime

revision = "0017"
down_revision = "0016"

_KINDS = "'post', 'account', 'conversation', 'key', 'consent'"
_WITH_UPLOADS = f"{_KINDS}, 'upload'"
_TABLE = sa.text("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = 'journal_events'")
_INDEXES = sa.text(
    "SELECT sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'journal_events' AND sql IS NOT NULL"
    " ORDER BY rowid"
)
_LAST = sa.text("SELECT seq FROM sqlite_sequence WHERE name = 'journal_events'")
_GOING_ON = sa.text("UPDATE sqlite_sequence SET seq = :last WHERE name = 'journal_events'")
_BEGINNING = sa.text("INSERT INTO sqlite_sequence (name, seq) VALUES ('journal_events', :last)")


def upgrade() -> None:
    """Make the table of uploads, and let events be about them."""
    op.create_table(
        "uploads",
        sa.Column("owner", Key, nullable=False),
        sa.Column("id", Key, nullable=False),
        sa.Column("name", sa.Text),
        sa.Column("sha256", Key, nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("media_type", Key, nullable=False),
        sa.Column("file", Key, nullable=False),
        sa.Column("created_at", UtcTime, nullable=False),
        sa.Column("ends_at", UtcTime, nullable=False),
        sa.PrimaryKeyConstraint("owner", "id", name="pk_uploads"),
    )
    op.create_index("ix_uploads_ends_at", "uploads", ["ends_at"])
    if op.get_bind().dialect.name == "sqlite":
        _make_events_anew()
        return
    op.drop_constraint(op.f("ck_journal_events_subject_kind"), "journal_events", type_="check")
    kinds = f"subject_kind IN ({_WITH_UPLOADS})"
    op.create_check_constraint(op.f("ck_journal_events_subject_kind"), "journal_events", kinds)


def _make_events_anew() -> None:
    # SQLite changes no constraint. Source: https://www.sqlite.org/lang_altertable.html, Making Other Kinds Of
    # Table Schema Changes.
    connection = op.get_bind()
    table: str = connection.execute(_TABLE).scalar_one()
    indexes = connection.execute(_INDEXES).scalars().all()
    last = connection.execute(_LAST).scalar()
    body = table.partition("(")[2].replace(f"({_KINDS})", f"({_WITH_UPLOADS})")
    op.execute(f"CREATE TABLE new_events ({body}")
    op.execute("INSERT INTO new_events SELECT * FROM journal_events")
    op.execute("DROP TABLE journal_events")
    op.execute("ALTER TABLE new_events RENAME TO journal_events")
    for index in indexes:
        op.execute(index)
    # Cursors rely on it that no number is given again, which building the table anew would do.
    if last is not None and not connection.execute(_GOING_ON, {"last": last}).rowcount:
        connection.execute(_BEGINNING, {"last": last})
