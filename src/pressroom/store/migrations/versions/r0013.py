"""The journal tells of keys and standing consents, too."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

_KINDS = "subject_kind IN ('post', 'account', 'conversation', 'key', 'consent')"
# Dropped and made by name, since building a table anew makes them in an order that is not always the same.
_INDICES = {
    "ix_journal_events_subject_id_subject_kind_id": (["subject_id", "subject_kind", "id"], None),
    "ix_journal_events_transaction_id_id": (["transaction_id", "id"], None),
    "ix_journal_events_at": (["at"], None),
    "ix_journal_events_actor": (["id"], sa.text("actor IS NOT NULL")),
}


def upgrade() -> None:
    """Let events be about keys and consents; in a file the table is built anew, and numbers go on."""
    if op.get_bind().dialect.name != "sqlite":
        op.drop_constraint(op.f("ck_journal_events_subject_kind"), "journal_events", type_="check")
        op.create_check_constraint(op.f("ck_journal_events_subject_kind"), "journal_events", _KINDS)
        return
    counted = sa.text("SELECT seq FROM sqlite_sequence WHERE name = 'journal_events'")
    last = op.get_bind().execute(counted).scalar()
    for name in _INDICES:
        op.drop_index(name, "journal_events")
    with op.batch_alter_table("journal_events", table_kwargs={"sqlite_autoincrement": True}) as batch:
        batch.drop_constraint(op.f("ck_journal_events_subject_kind"), type_="check")
        batch.create_check_constraint(op.f("ck_journal_events_subject_kind"), _KINDS)
    for name, (columns, where) in _INDICES.items():
        op.create_index(name, "journal_events", columns, sqlite_where=where)
    if last is not None:
        # Cursors rely on it that no number is given again, which building the table anew would do.
        op.execute("DELETE FROM sqlite_sequence WHERE name = 'journal_events'")
        going_on = sa.text("INSERT INTO sqlite_sequence (name, seq) VALUES ('journal_events', :last)")
        op.get_bind().execute(going_on, {"last": last})
