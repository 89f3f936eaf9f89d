"""Pages of what is kept, in the order of its keys, for whoever streams all of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, Table, literal, select, tuple_

from pressroom.core.readings import (
    AccountDay,
    AccountReading,
    AudienceReading,
    KeptMedia,
    MissedReading,
    Reading,
    Streamed,
)
from pressroom.store.codec import Row
from pressroom.store.insights import rows
from pressroom.store.insights import tables as t


@dataclass(frozen=True, slots=True)
class _Stream:
    """How a kind of value is stored. dated: the column that says when it was read; None for what has none."""

    table: Table
    to_row: Callable[[str, Any], Row]
    read: Callable[[rows.Values], Any]
    dated: str | None

    def page(self, account: str, after: object, since: datetime | None) -> Select[Any]:
        """Select what follows a value, in the order of the key."""
        columns = self.table.c
        keys = [column for column in self.table.primary_key if column.name != "account"]
        wanted = select(self.table).where(columns.account == account)
        if after is not None:
            wanted = wanted.where(_is_behind(keys, self.to_row(account, after)))
        if since is not None and self.dated:
            wanted = wanted.where(columns[self.dated] >= since)
        return wanted.order_by(*keys)


_STREAMS: Final[dict[type, _Stream]] = {
    KeptMedia: _Stream(t.media, rows.media_row, rows.read_media, None),
    Reading: _Stream(t.readings, rows.reading_row, rows.read_reading, "read_at"),
    MissedReading: _Stream(t.missed_readings, rows.missed_row, rows.read_missed, "noted_at"),
    AccountDay: _Stream(t.account_days, rows.day_row, rows.read_day, "read_at"),
    AudienceReading: _Stream(t.audience, rows.audience_row, rows.read_audience, "read_at"),
    AccountReading: _Stream(t.followers, rows.account_row, rows.read_account, "read_at"),
}


def page_of(account: str, kind: type, after: object, since: datetime | None) -> Select[Any]:
    """Select the values of a kind that follow one."""
    return _STREAMS[kind].page(account, after, since)


def read_page(kind: type[Streamed], found: Sequence[rows.Values]) -> list[Streamed]:
    """Build the values of a page."""
    read = _STREAMS[kind].read
    return [read(row) for row in found]


def _is_behind(keys: Sequence[ColumnElement[Any]], row: Row) -> ColumnElement[bool]:
    # One comparison of whole keys, which the index of the primary key answers.
    place = [literal(row[str(key.name)], key.type) for key in keys]  # type: ignore[attr-defined]
    return tuple_(*keys) > tuple_(*place)
