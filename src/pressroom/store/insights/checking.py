"""Finds kept insights that cannot be read, for `pressroom db check`."""

from collections.abc import Callable, Iterator
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, RowMapping, Table, exists, select

from pressroom.store.insights import rows
from pressroom.store.insights import tables as t

_READERS: Final[dict[Table, Callable[[RowMapping], Any]]] = {
    t.media: rows.read_media,
    t.readings: rows.read_reading,
    t.missed_readings: rows.read_missed,
    t.account_days: rows.read_day,
    t.audience: rows.read_audience,
    t.followers: rows.read_account,
    t.collections: rows.read_collecting,
}
_AT_ONCE: Final = 5000


def insight_findings(connection: Connection) -> Iterator[str]:
    """Find rows that cannot be read, and readings of media that are not kept."""
    for table, read in _READERS.items():
        yield from _unreadable(connection, table, read)
    for account, media_id in connection.execute(_STRAY):
        yield f"readings of media {media_id} of {account} are kept, and the media is not"


_HAS_MEDIA = exists().where(t.media.c.account == t.readings.c.account, t.media.c.id == t.readings.c.media_id)
_STRAY = select(t.readings.c.account, t.readings.c.media_id).where(~_HAS_MEDIA).distinct()


def _unreadable(connection: Connection, table: Table, read: Callable[[RowMapping], Any]) -> Iterator[str]:
    keys = [column.name for column in table.primary_key]
    # Streamed, since readings may be a million.
    for row in connection.execution_options(yield_per=_AT_ONCE).execute(select(table)).mappings():
        try:
            read(row)
        except (msgspec.MsgspecError, ValueError) as error:
            yield f"{table.name} {' '.join(str(row[key]) for key in keys)} cannot be read: {error}"
