"""When an account may publish: its weekly slots, and what it has spent of its quotas."""

from collections.abc import Collection, Iterator
from datetime import datetime
from itertools import islice

from sqlalchemy import Connection, bindparam, delete, exists, func, insert, or_, select, update

from pressroom.core.account import QuotaReading, Spending, shown_account
from pressroom.core.post import PostId, PostState
from pressroom.core.when import Slot
from pressroom.store import tables as t
from pressroom.store.database import Database
from pressroom.store.identity import account_of, ensure_account, login_of

# Times checked in one query.
_CHUNK = 64
_LEAVES_ITS_SLOT = (PostState.CANCELLED, PostState.FAILED, PostState.MISSED)

_SLOTS = (
    select(t.slots.c.weekday, t.slots.c.minute)
    .where(t.slots.c.account == account_of())
    .order_by(t.slots.c.weekday, t.slots.c.minute)
)
_WITH_SLOTS = (
    select(func.coalesce(login_of(t.accounts.c.id), t.accounts.c.id).label("name"))
    .where(exists().where(t.slots.c.account == t.accounts.c.id))
    .order_by("name")
)
# Callers that choose a slot of one account take turns. FOR NO KEY UPDATE does not block new posts.
_TURN = select(t.accounts.c.id).where(t.accounts.c.id == bindparam("account")).with_for_update(key_share=True)
_DUE = select(t.posts.c.goes_out_at).where(
    t.posts.c.account == account_of(),
    t.posts.c.goes_out_at.between(bindparam("first"), bindparam("last")),
    t.posts.c.state.not_in(_LEAVES_ITS_SLOT),
)


class SqlSlots:
    """The weekly slots of accounts, and which of their times are free.

    A time is taken when a post of the account is due then, unless that post ended without being published,
    or when it is held for a post that is about to be stored.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        c = t.slot_holds.c
        self._held = select(c.at).where(
            c.account == account_of(),
            c.at.between(bindparam("first"), bindparam("last")),
            ~database.is_free(c.until),
        )

    def set(self, account: str, slots: Collection[Slot]) -> None:
        """Replace an account's slots."""
        with self._database.writing() as connection:
            ours = ensure_account(self._database, connection, account)
            rows = [
                {"account": ours, "weekday": slot.weekday, "minute": slot.minute}
                for slot in sorted(frozenset(slots))
            ]
            connection.execute(delete(t.slots).where(t.slots.c.account == ours))
            if rows:
                connection.execute(insert(t.slots), rows)

    def list(self, account: str) -> tuple[Slot, ...]:
        """Return an account's slots in the order of the week."""
        with self._database.reading() as connection:
            return tuple(
                Slot(row.weekday, row.minute) for row in connection.execute(_SLOTS, {"account": account})
            )

    def accounts(self) -> tuple[str, ...]:
        """Name the accounts that have slots."""
        with self._database.reading() as connection:
            return tuple(shown_account(name) for name in connection.execute(_WITH_SLOTS).scalars())

    def free(self, account: str, moments: Iterator[datetime], count: int) -> tuple[datetime, ...]:
        """Return the first free times. moments: in order, and endless."""
        with self._database.reading() as connection:
            return tuple(islice(self._free(connection, account, moments), count))

    def hold(self, account: str, post_id: PostId, moments: Iterator[datetime], *, hold_s: float) -> datetime:
        """Hold the first free time for a post, so that no concurrent caller gets it. hold_s: how long."""
        c = t.slot_holds.c
        # Holds that lapsed, and an earlier one of this post: it holds one time at most.
        is_over = or_(self._database.is_free(c.until), c.post_id == post_id)
        with self._database.writing() as connection:
            ours = ensure_account(self._database, connection, account)
            connection.execute(_TURN, {"account": ours})
            connection.execute(delete(t.slot_holds).where(c.account == ours, is_over))
            moment = next(self._free(connection, ours, moments))
            until = self._database.lease_end(hold_s)
            connection.execute(
                insert(t.slot_holds).values(account=ours, at=moment, post_id=post_id, until=until)
            )
            return moment

    def release(self, account: str, post_id: PostId) -> None:
        """Release the time held for a post: the post is stored by now, or will not be."""
        c = t.slot_holds.c
        with self._database.writing() as connection:
            held = delete(t.slot_holds).where(c.account == account_of(), c.post_id == post_id)
            connection.execute(held, {"account": account})

    def _free(self, connection: Connection, account: str, moments: Iterator[datetime]) -> Iterator[datetime]:
        while chunk := tuple(islice(moments, _CHUNK)):
            span = {"account": account, "first": chunk[0], "last": chunk[-1]}
            due, held = (connection.execute(query, span).scalars() for query in (_DUE, self._held))
            taken = {*due, *held}
            yield from (moment for moment in chunk if moment not in taken)


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
            values = {"account": account, "what": what, "since": since}
            return tuple(connection.execute(_SPENT, values).scalars())

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
