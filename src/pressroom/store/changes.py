"""The order of the journal, so that a reader that resumes misses nothing: docs/decisions/0012.

PostgreSQL assigns an id before the commit, so a higher id may be committed first. Events are therefore
ordered by transaction, and only those below the oldest running transaction are returned. SQLite has one
writer at a time: its ids are in commit order, and AUTOINCREMENT reuses none.
"""

import re
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, exists, literal, select, text, tuple_, update

from pressroom.core.errors import Refused
from pressroom.store import tables as t
from pressroom.store.database import Database

_SPELLED = re.compile(r"(\d{1,19})-(\d{1,19})", re.ASCII)
# pg_snapshot_xmin: every transaction below it has ended, so nothing can still appear before it.
# sqlite_sequence rather than max(id): it outlives the deletion of old events.
_END = {
    "sqlite": text("SELECT 0, coalesce(max(seq), 0) + 1 FROM sqlite_sequence WHERE name = 'journal_events'"),
    "postgresql": text("SELECT CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint), 0"),
}
# This server has not assigned such a number yet: the row came from another server's pg_dump.
_OF_ANOTHER_SERVER = t.journal_events.c.transaction_id >= text(
    "CAST(CAST(pg_snapshot_xmax(pg_current_snapshot()) AS text) AS bigint)"
)


class Position(NamedTuple):
    """A position in the journal, right before the event with these numbers, which need not exist yet."""

    transaction_id: int
    id: int

    def __str__(self) -> str:
        return f"{self.transaction_id}-{self.id}"


def end_of(connection: Connection) -> Position:
    """Return the position up to which the journal is complete in this transaction's snapshot."""
    return Position(*connection.execute(_END[connection.dialect.name]).one())


def position_of(cursor: str, end: Position) -> Position:
    """Parse a cursor. Raises Refused for an invalid one, and for one past the end: another store's."""
    found = _SPELLED.fullmatch(cursor)
    position = Position(int(found[1]), int(found[2])) if found else None
    # A cursor past the end, as after restoring a backup, would skip everything written until the ids
    # catch up with it.
    if position is None or position > end:
        raise Refused(
            f"The cursor {cursor!r} is not of this store.",
            rule="cursor",
            value=cursor,
            fix="Read anew, without a cursor; a store that was put back from a backup has new ones.",
        )
    return position


def is_between(first: Position, end: Position) -> ColumnElement[bool]:
    """Build the condition for the events from `first`, inclusive, to `end`, exclusive."""
    here = tuple_(t.journal_events.c.transaction_id, t.journal_events.c.id)
    return (here >= tuple_(*map(literal, first))) & (here < tuple_(*map(literal, end)))


def take_in_restored(database: Database) -> None:
    """Move events that were restored from another server before all others.

    Their transaction numbers are that server's: readers here would not see them until this server had
    counted as far.
    """
    with database.reading() as connection:
        if not connection.execute(select(exists().where(_OF_ANOTHER_SERVER))).scalar():
            return
    with database.writing() as connection:
        connection.execute(update(t.journal_events).where(_OF_ANOTHER_SERVER).values(transaction_id=0))
