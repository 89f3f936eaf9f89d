"""Converts the values of `core.readings` to rows and back, and selects pages of them.

A page is in the order of its table's key, for a caller that streams all rows of a kind.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final, TypeAlias

import msgspec
import sqlalchemy as sa

from pressroom.core.readings import (
    AccountDay,
    AccountReading,
    AudienceReading,
    Collecting,
    EarlierCaption,
    KeptExperiment,
    KeptMedia,
    MetricNote,
    MissedReading,
    Missing,
    Number,
    Planned,
    Reading,
    Thumbnail,
    day_of,
)
from pressroom.store.columns import Row, json_text
from pressroom.store.insights import tables as t

Values: TypeAlias = Sequence[Any]
"""A row's values in the order of its table's columns: names would cost a question a third of its time."""


class _MediaDetails(msgspec.Struct, frozen=True, omit_defaults=True):
    permalink: str | None = None
    shortcode: str | None = None
    predates_account: bool = False
    refused: tuple[str, ...] = ()
    earlier_captions: tuple[EarlierCaption, ...] = ()
    sought_at: datetime | None = None
    pending: Reading | None = None
    last_age_s: int | None = None
    is_deleted: bool = False


class _AccountDetails(msgspec.Struct, frozen=True, omit_defaults=True):
    follows_count: int | None = None
    media_count: int | None = None
    username: str | None = None
    name: str | None = None
    website: str | None = None


_NUMBERS: Final = msgspec.json.Decoder(dict[str, Number])
_PARTS: Final = msgspec.json.Decoder(dict[str, dict[str, Number]])
_NUMBER: Final = msgspec.json.Decoder(Number)
_MEDIA: Final = msgspec.json.Decoder(_MediaDetails)
_ACCOUNT: Final = msgspec.json.Decoder(_AccountDetails)
_COLLECTING: Final = msgspec.json.Decoder(Collecting)
_EXPERIMENT: Final = msgspec.json.Decoder(KeptExperiment)


def media_row(account: str, media: KeptMedia) -> Row:
    """Return the row of a media."""
    planned = media.planned
    details = _MediaDetails(*(getattr(media, name) for name in _MediaDetails.__struct_fields__))
    return {
        "account": account,
        "id": media.id,
        "product_type": media.product_type,
        "media_type": media.media_type,
        "published_at": media.published_at,
        "found_at": media.found_at,
        "caption": media.caption,
        "planned_age_s": planned.planned_age_s if planned else None,
        "opens_at": planned.opens_at if planned else None,
        "due_at": planned.due_at if planned else None,
        "vanished_at": media.vanished_at,
        "details": json_text(details),
    }


def read_media(row: Values) -> KeptMedia:
    """Build a media from its row."""
    _, id_, product, type_, published_at, found_at, caption, age_s, opens_at, due_at, vanished_at, text = row
    details = _MEDIA.decode(text)
    return KeptMedia(
        id=id_,
        product_type=product,
        media_type=type_,
        published_at=published_at,
        found_at=found_at,
        caption=caption,
        permalink=details.permalink,
        shortcode=details.shortcode,
        planned=None if age_s is None else Planned(planned_age_s=age_s, opens_at=opens_at, due_at=due_at),
        vanished_at=vanished_at,
        predates_account=details.predates_account,
        refused=details.refused,
        earlier_captions=details.earlier_captions,
        sought_at=details.sought_at,
        pending=details.pending,
        last_age_s=details.last_age_s,
        is_deleted=details.is_deleted,
    )


def reading_row(account: str, reading: Reading) -> Row:
    """Return the row of a reading."""
    return {
        "account": account,
        "media_id": reading.media_id,
        "age_s": reading.age_s,
        "read_at": reading.read_at,
        "version": reading.version,
        "numbers": json_text(reading.numbers),
        "parts": json_text(reading.parts) if reading.parts else None,
    }


def read_reading(row: Values) -> Reading:
    """Build a reading from its row."""
    _, media_id, age_s, read_at, version, numbers, parts = row
    return Reading(
        media_id=media_id,
        age_s=age_s,
        read_at=read_at,
        version=version,
        numbers=_NUMBERS.decode(numbers),
        parts=_PARTS.decode(parts) if parts else {},
    )


def missed_row(account: str, missed: MissedReading) -> Row:
    """Return the row of a missed reading."""
    return {"account": account, **{name: getattr(missed, name) for name in missed.__dataclass_fields__}}


def read_missed(row: Values) -> MissedReading:
    """Build a missed reading from its row."""
    _, media_id, planned_age_s, why, text, noted_at = row
    return MissedReading(
        media_id=media_id, planned_age_s=planned_age_s, why=Missing(why), text=text, noted_at=noted_at
    )


def thumbnail_row(account: str, thumbnail: Thumbnail) -> Row:
    """Return the row of a thumbnail."""
    return {"account": account, **{name: getattr(thumbnail, name) for name in thumbnail.__dataclass_fields__}}


def read_thumbnail(row: Values) -> Thumbnail:
    """Build a thumbnail from its row."""
    _, media_id, read_at, jpeg = row
    return Thumbnail(media_id=media_id, read_at=read_at, jpeg=jpeg)


def day_row(account: str, day: AccountDay) -> Row:
    """Return the row of a day's metric."""
    return {
        "account": account,
        "metric": day.metric,
        "ends_at": day.ends_at,
        "number": None if day.number is None else json_text(day.number),
        "parts": json_text(day.parts) if day.parts else None,
        "read_at": day.read_at,
    }


def read_day(row: Values) -> AccountDay:
    """Build a day's metric from its row."""
    _, metric, ends_at, number, parts, read_at = row
    return AccountDay(
        metric=metric,
        ends_at=ends_at,
        number=None if number is None else _NUMBER.decode(number),
        parts=_PARTS.decode(parts) if parts else {},
        read_at=read_at,
    )


def audience_row(account: str, reading: AudienceReading) -> Row:
    """Return the row of an audience."""
    return {
        "account": account,
        "metric": reading.metric,
        "breakdown": reading.breakdown,
        "day": day_of(reading.read_at).isoformat(),
        "read_at": reading.read_at,
        "parts": json_text(reading.parts),
    }


def read_audience(row: Values) -> AudienceReading:
    """Build an audience from its row."""
    _, metric, breakdown, _, read_at, parts = row
    return AudienceReading(metric=metric, breakdown=breakdown, read_at=read_at, parts=_NUMBERS.decode(parts))


def account_row(account: str, reading: AccountReading) -> Row:
    """Return the row of an account's own numbers."""
    details = _AccountDetails(*(getattr(reading, name) for name in _AccountDetails.__struct_fields__))
    return {
        "account": account,
        "day": day_of(reading.read_at).isoformat(),
        "read_at": reading.read_at,
        "followers_count": reading.followers_count,
        "details": json_text(details),
    }


def read_account(row: Values) -> AccountReading:
    """Build an account's own numbers from their row."""
    _, _, read_at, followers_count, text = row
    details = _ACCOUNT.decode(text)
    return AccountReading(
        read_at=read_at,
        followers_count=followers_count,
        **{name: getattr(details, name) for name in _AccountDetails.__struct_fields__},
    )


def collecting_row(account: str, collecting: Collecting) -> Row:
    """Return the row of an account's collecting, without when it was stopped: that is noted by itself."""
    return {"account": account, "details": json_text(replace(collecting, stopped_at=None))}


def read_collecting(row: Values) -> Collecting:
    """Build an account's collecting from its row."""
    _, stopped_at, text = row
    return replace(_COLLECTING.decode(text), stopped_at=stopped_at)


def experiment_row(account: str, experiment: KeptExperiment) -> Row:
    """Return the row of an experiment."""
    return {
        "account": account,
        "started_at": experiment.started_at,
        "stopped_at": experiment.stopped_at,
        "details": json_text(experiment),
    }


def read_experiment(row: Values) -> KeptExperiment:
    """Build an experiment from its row."""
    return _EXPERIMENT.decode(row[-1])


def metric_note_row(account: str, note: MetricNote) -> Row:
    """Return the row of a note."""
    return {
        "account": account,
        "metric": note.metric,
        "day": note.day.isoformat(),
        "text": note.text,
        "added_at": note.added_at,
    }


def read_metric_note(row: Values) -> MetricNote:
    """Build a note from its row."""
    _, metric, day, text, added_at = row
    return MetricNote(metric=metric, day=date.fromisoformat(day), text=text, added_at=added_at)


@dataclass(frozen=True, slots=True)
class Stream:
    """How a kind of value is stored. dated: the column that says when it was read; None for what has none."""

    table: sa.Table
    to_row: Callable[[str, Any], Row]
    read: Callable[[Values], Any]
    dated: str | None

    def page(self, account: str, after: object, since: datetime | None) -> sa.Select[Any]:
        """Select what follows a value, in the order of the key."""
        columns = self.table.c
        keys = [column for column in self.table.primary_key if column.name != "account"]
        page = sa.select(self.table).where(columns.account == account)
        if after is not None:
            row = self.to_row(account, after)
            # One comparison of whole keys, which the index of the primary key answers.
            page = page.where(
                sa.tuple_(*keys) > sa.tuple_(*(sa.literal(row[key.name], key.type) for key in keys))
            )
        if since is not None and self.dated:
            page = page.where(columns[self.dated] >= since)
        return page.order_by(*keys)


STREAMS: Final[dict[type, Stream]] = {
    KeptMedia: Stream(t.media, media_row, read_media, None),
    Reading: Stream(t.readings, reading_row, read_reading, "read_at"),
    MissedReading: Stream(t.missed_readings, missed_row, read_missed, "noted_at"),
    AccountDay: Stream(t.account_days, day_row, read_day, "read_at"),
    AudienceReading: Stream(t.audience, audience_row, read_audience, "read_at"),
    AccountReading: Stream(t.followers, account_row, read_account, "read_at"),
}
