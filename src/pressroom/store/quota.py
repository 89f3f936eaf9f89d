"""The quota ledger: what was spent, and Instagram's last reading."""

from datetime import datetime

from sqlalchemy import bindparam, delete, or_, select, update

from pressroom.core.stored_accounts import QuotaReading, Spending
from pressroom.store import tables as t
from pressroom.store.database import Database
from pressroom.store.identity import account_of
from pressroom.store.writing import ensure_account

_SPENT = (
    select(t.quota_ledger.c.at)
    .where(
        t.quota_ledger.c.account == account_of(),
        t.quota_ledger.c.what == bindparam("what"),
        t.quota_ledger.c.at >= bindparam("since"),
    )
    .order_by(t.quota_ledger.c.at)
)
_READING = select(t.accounts.c.quota_total, t.accounts.c.quota_usage, t.accounts.c.quota_read_at).where(
    t.accounts.c.id == account_of(), t.accounts.c.quota_read_at.is_not(None)
)


class SqlQuotaLedger:
    """What each account spent of its quotas: saving a post records it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def spent(self, account: str, what: Spending, since: datetime) -> tuple[datetime, ...]:
        """Return the times of spending since a time, oldest first; each frees a place after 24 hours."""
        with self._database.reading() as connection:
            wanted = {"account": account, "what": what, "since": since}
            return tuple(connection.execute(_SPENT, wanted).scalars())

    def note_reading(self, account: str, reading: QuotaReading) -> None:
        """Store a reading unless a newer one is stored."""
        c = t.accounts.c
        noting = (
            update(t.accounts)
            # Two workers may store their readings in the other order than they got them.
            .where(or_(c.quota_read_at.is_(None), c.quota_read_at <= reading.read_at))
            .values(quota_total=reading.total, quota_usage=reading.usage, quota_read_at=reading.read_at)
        )
        with self._database.writing() as connection:
            ours = ensure_account(self._database, connection, account)
            connection.execute(noting.where(c.id == ours))

    def reading(self, account: str) -> QuotaReading | None:
        """Return the latest reading; None when there was none."""
        with self._database.reading() as connection:
            row = connection.execute(_READING, {"account": account}).first()
            return QuotaReading(total=row[0], usage=row[1], read_at=row[2]) if row else None

    def delete_before(self, moment: datetime) -> int:
        """Delete records before a moment; returns how many."""
        with self._database.writing() as connection:
            return connection.execute(delete(t.quota_ledger).where(t.quota_ledger.c.at < moment)).rowcount
