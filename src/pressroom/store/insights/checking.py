"""Finds kept insights that cannot be read, for `pressroom db check`."""

from collections.abc import Callable, Iterator
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Select, Table, exists, select

from pressroom.core.readings import Thumbnail
from pressroom.store.insights import rows
from pressroom.store.insights import tables as t

_JPEG: Final = b"\xff\xd8"


def _read_thumbnail(row: rows.Values) -> Thumbnail:
    thumbnail = rows.read_thumbnail(row)
    if not thumbnail.jpeg.startswith(_JPEG):
        raise ValueError("it is no JPEG")
    return thumbnail


_READERS: Final[dict[Table, Callable[[rows.Values], Any]]] = {
    t.media: rows.read_media,
    t.readings: rows.read_reading,
    t.missed_readings: rows.read_missed,
    t.thumbnails: _read_thumbnail,
    t.account_days: rows.read_day,
    t.audience: rows.read_audience,
    t.followers: rows.read_account,
    t.collections: rows.read_collecting,
}
# Thumbnails of up to 20 kB among them.
_AT_ONCE: Final = 1000


def insight_findings(connection: Connection) -> Iterator[str]:
    """Find rows that cannot be read, and readings and thumbnails of media that are not kept."""
    for table, read in _READERS.items():
        yield from _unreadable(connection, table, read)
    for table in (t.readings, t.thumbnails):
        for account, media_id in connection.execute(_strays(table)):
            yield f"{table.name} of media {media_id} of {account} are kept, and the media is not"


def _strays(table: Table) -> Select[Any, Any]:
    c = table.c
    has_media = exists().where(t.media.c.account == c.account, t.media.c.id == c.media_id)
    return select(c.account, c.media_id).where(~has_media).distinct()


def _unreadable(connection: Connection, table: Table, read: Callable[[rows.Values], Any]) -> Iterator[str]:
    keys = [at for at, column in enumerate(table.columns) if column.primary_key]
    # Streamed, since readings may be a million.
    for row in connection.execution_options(yield_per=_AT_ONCE).execute(select(table)):
        try:
            read(row)
        except (msgspec.MsgspecError, ValueError) as error:
            yield f"{table.name} {' '.join(str(row[at]) for at in keys)} cannot be read: {error}"
