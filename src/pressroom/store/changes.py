"""In which order the journal was written, so that who reads on misses nothing: docs/decisions/0012.

On a server numbers are given before commits, and a later number may be committed first: events are in the
order of their transactions, and only those are given before which nothing is still to come. A file has one
writer at a time: its numbers are in the order of commits, and none is given twice.
"""

import re
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, exists, literal, select, text, tuple_, update

from pressroom.core.errors import Refused
from pressroom.store import tables as t
from pressroom.store.database import Database

_SPELLED = re.compile(r"(\d{1,19})-(\d{1,19})", re.ASCII)
_END = {
    "sqlite": text("SELECT 0, coalesce(max(seq), 0) + 1 FROM sqlite_sequence WHERE name = 'journal_events'"),
    "postgresql": text("SELECT CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint), 0"),
}
_OF_ANOTHER_SERVER = t.journal_events.c.transaction_id >= text(
    "CAST(CAST(pg_snapshot_xmax(pg_current_snapshot()) AS text) AS bigint)"
)


class Position(NamedTuple):
    """A position in the journal: before the event with these two, or with the next ones there are."""

    transaction_id: int
    id: int

    def __str__(self) -> str:
        return f"{self.transaction_id}-{self.id}"


def end_of(connection: Connection) -> Position:
    """Give the position before which nothing is still to come, as the transaction sees the store."""
    return Position(*connection.execute(_END[connection.dialect.name]).one())


def position_of(cursor: str, end: Position) -> Position:
    """Read a cursor. Raises Refused for what is none, and for one after the end: it is of another store."""
    found = _SPELLED.fullmatch(cursor)
    position = Position(int(found[1]), int(found[2])) if found else None
    if position is None or position > end:
        raise Refused(
            f"The cursor {cursor!r} is not of this store.",
            rule="cursor",
            value=cursor,
            fix="Read anew, without a cursor; a store that was put back from a backup has new ones.",
        )
    return position


def is_between(first: Position, end: Position) -> ColumnElement[bool]:
    """Describe the events from a position to another."""
    here = tuple_(t.journal_events.c.transaction_id, t.journal_events.c.id)
    return (here >= tuple_(*map(literal, first))) & (here < tuple_(*map(literal, end)))


def take_in_restored(database: Database) -> None:
    """Put events before all others that came from another server, whose transactions they count.

    No event that can be seen was written by a transaction that is still to come.
    """
    with database.reading() as connection:
        if not connection.execute(select(exists().where(_OF_ANOTHER_SERVER))).scalar():
            return
    with database.writing() as connection:
        connection.execute(update(t.journal_events).where(_OF_ANOTHER_SERVER).values(transaction_id=0))
