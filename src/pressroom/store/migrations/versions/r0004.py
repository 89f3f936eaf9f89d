"""Who acts, what they ask for and may do; a journal of accounts and conversations, too."""

import sqlalchemy as sa
from alembic import op

from pressroom.store.columns import Key

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Say of posts who made them, and of events what they happened to."""
    op.add_column("posts", sa.Column("actor", Key))
    _journal_subjects()


# What a row is given that is written from now on; those of before count as written by the upgrade.
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
    """Give the highest id that an event ever had in a file, which has to be told when its table is remade."""
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
