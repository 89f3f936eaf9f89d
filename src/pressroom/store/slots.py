"""Weekly slots, and which of their moments are free."""

from collections.abc import Collection, Iterator
from datetime import datetime
from itertools import islice

from sqlalchemy import Connection, bindparam, delete, insert, or_, select

from pressroom.core.post import PostId, PostState
from pressroom.core.slots import Slot
from pressroom.store import tables as t
from pressroom.store.database import Database
from pressroom.store.writing import ensure_accounts

# So many moments are asked about at once.
_CHUNK = 64
_LEAVES_ITS_SLOT = (PostState.CANCELLED, PostState.FAILED, PostState.MISSED)

_LIST = (
    select(t.slots.c.weekday, t.slots.c.minute)
    .where(t.slots.c.account == bindparam("account"))
    .order_by(t.slots.c.weekday, t.slots.c.minute)
)
_ACCOUNTS = select(t.slots.c.account).distinct().order_by(t.slots.c.account)
# Who chooses a slot of the account waits here for who does so at this moment; new posts do not.
_TURN = (
    select(t.accounts.c.name).where(t.accounts.c.name == bindparam("account")).with_for_update(key_share=True)
)
_DUE = select(t.posts.c.due_at).where(
    t.posts.c.account == bindparam("account"),
    t.posts.c.due_at.between(bindparam("first"), bindparam("last")),
    t.posts.c.state.not_in(_LEAVES_ITS_SLOT),
)


class SqlSlots:
    """`core.slots.Slots` over SQL."""

    def __init__(self, database: Database) -> None:
        self._database = database
        c = t.slot_holds.c
        self._held = select(c.at).where(
            c.account == bindparam("account"),
            c.at.between(bindparam("first"), bindparam("last")),
            c.until > database.lease_now(),
        )

    def set(self, account: str, slots: Collection[Slot]) -> None:
        """Give an account these slots in place of those it has."""
        rows = [
            {"account": account, "weekday": slot.weekday, "minute": slot.minute}
            for slot in sorted(frozenset(slots))
        ]
        with self._database.writing() as connection:
            ensure_accounts(self._database, connection, [account])
            connection.execute(delete(t.slots).where(t.slots.c.account == account))
            if rows:
                connection.execute(insert(t.slots), rows)

    def list(self, account: str) -> tuple[Slot, ...]:
        """Give an account's slots."""
        with self._database.reading() as connection:
            return tuple(
                Slot(row.weekday, row.minute) for row in connection.execute(_LIST, {"account": account})
            )

    def accounts(self) -> tuple[str, ...]:
        """Name the accounts that have slots."""
        with self._database.reading() as connection:
            return tuple(connection.execute(_ACCOUNTS).scalars())

    def free(self, account: str, moments: Iterator[datetime], count: int) -> tuple[datetime, ...]:
        """Give the first free ones of the moments."""
        with self._database.reading() as connection:
            return tuple(islice(self._free(connection, account, moments), count))

    def hold(self, account: str, post_id: PostId, moments: Iterator[datetime], *, hold_s: float) -> datetime:
        """Hold the first free one of the moments for a post."""
        c = t.slot_holds.c
        is_over = or_(c.until <= self._database.lease_now(), c.post_id == post_id)
        with self._database.writing() as connection:
            ensure_accounts(self._database, connection, [account])
            connection.execute(_TURN, {"account": account})
            connection.execute(delete(t.slot_holds).where(c.account == account, is_over))
            moment = next(self._free(connection, account, moments))
            until = self._database.lease_end(hold_s)
            connection.execute(
                insert(t.slot_holds).values(account=account, at=moment, post_id=post_id, until=until)
            )
            return moment

    def release(self, account: str, post_id: PostId) -> None:
        """Let go what is held for a post."""
        c = t.slot_holds.c
        with self._database.writing() as connection:
            connection.execute(delete(t.slot_holds).where(c.account == account, c.post_id == post_id))

    def _free(self, connection: Connection, account: str, moments: Iterator[datetime]) -> Iterator[datetime]:
        while chunk := tuple(islice(moments, _CHUNK)):
            span = {"account": account, "first": chunk[0], "last": chunk[-1]}
            taken = {
                moment for found in (_DUE, self._held) for moment in connection.execute(found, span).scalars()
            }
            yield from (moment for moment in chunk if moment not in taken)
