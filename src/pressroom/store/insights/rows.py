"""Converts the values of `core.readings` to rows, and back."""

from typing import Final

import msgspec
from sqlalchemy import RowMapping

from pressroom.core.experiments import KeptExperiment
from pressroom.core.readings import (
    AccountDay,
    AccountReading,
    AudienceReading,
    Collecting,
    EarlierCaption,
    KeptMedia,
    MissedReading,
    Missing,
    Number,
    Planned,
    Reading,
    Thumbnail,
    day_of,
)
from pressroom.graph.ids import MediaId
from pressroom.store.codec import Row


class _MediaDetails(msgspec.Struct, frozen=True, omit_defaults=True):
    permalink: str | None = None
    shortcode: str | None = None
    predates_account: bool = False
    refused: tuple[str, ...] = ()
    earlier_captions: tuple[EarlierCaption, ...] = ()


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
        "details": _text(details),
    }


def read_media(row: RowMapping) -> KeptMedia:
    """Build a media from its row."""
    details = _MEDIA.decode(row["details"])
    planned_age_s = row["planned_age_s"]
    return KeptMedia(
        id=MediaId(row["id"]),
        product_type=row["product_type"],
        media_type=row["media_type"],
        published_at=row["published_at"],
        found_at=row["found_at"],
        caption=row["caption"],
        planned=None
        if planned_age_s is None
        else Planned(planned_age_s=planned_age_s, opens_at=row["opens_at"], due_at=row["due_at"]),
        vanished_at=row["vanished_at"],
        **{name: getattr(details, name) for name in _MediaDetails.__struct_fields__},
    )


def reading_row(account: str, reading: Reading) -> Row:
    """Return the row of a reading."""
    return {
        "account": account,
        "media_id": reading.media_id,
        "age_s": reading.age_s,
        "read_at": reading.read_at,
        "planned_age_s": reading.planned_age_s,
        "version": reading.version,
        "numbers": _text(reading.numbers),
        "parts": _text(reading.parts) if reading.parts else None,
    }


def read_reading(row: RowMapping) -> Reading:
    """Build a reading from its row."""
    parts = row["parts"]
    return Reading(
        media_id=MediaId(row["media_id"]),
        age_s=row["age_s"],
        read_at=row["read_at"],
        planned_age_s=row["planned_age_s"],
        version=row["version"],
        numbers=_NUMBERS.decode(row["numbers"]),
        parts=_PARTS.decode(parts) if parts else {},
    )


def missed_row(account: str, missed: MissedReading) -> Row:
    """Return the row of a missed reading."""
    return {"account": account, **{name: getattr(missed, name) for name in missed.__dataclass_fields__}}


def read_missed(row: RowMapping) -> MissedReading:
    """Build a missed reading from its row."""
    return MissedReading(
        media_id=MediaId(row["media_id"]),
        planned_age_s=row["planned_age_s"],
        why=Missing(row["why"]),
        text=row["text"],
        noted_at=row["noted_at"],
    )


def thumbnail_row(account: str, thumbnail: Thumbnail) -> Row:
    """Return the row of a thumbnail."""
    return {"account": account, **{name: getattr(thumbnail, name) for name in thumbnail.__dataclass_fields__}}


def read_thumbnail(row: RowMapping) -> Thumbnail:
    """Build a thumbnail from its row."""
    return Thumbnail(media_id=MediaId(row["media_id"]), read_at=row["read_at"], jpeg=row["jpeg"])


def day_row(account: str, day: AccountDay) -> Row:
    """Return the row of a day's metric."""
    return {
        "account": account,
        "metric": day.metric,
        "ends_at": day.ends_at,
        "number": None if day.number is None else _text(day.number),
        "parts": _text(day.parts) if day.parts else None,
        "read_at": day.read_at,
    }


def read_day(row: RowMapping) -> AccountDay:
    """Build a day's metric from its row."""
    number, parts = row["number"], row["parts"]
    return AccountDay(
        metric=row["metric"],
        ends_at=row["ends_at"],
        number=None if number is None else _NUMBER.decode(number),
        parts=_PARTS.decode(parts) if parts else {},
        read_at=row["read_at"],
    )


def audience_row(account: str, found: AudienceReading) -> Row:
    """Return the row of an audience."""
    return {
        "account": account,
        "metric": found.metric,
        "breakdown": found.breakdown,
        "day": day_of(found.read_at).isoformat(),
        "read_at": found.read_at,
        "parts": _text(found.parts),
    }


def read_audience(row: RowMapping) -> AudienceReading:
    """Build an audience from its row."""
    return AudienceReading(
        metric=row["metric"],
        breakdown=row["breakdown"],
        read_at=row["read_at"],
        parts=_NUMBERS.decode(row["parts"]),
    )


def account_row(account: str, found: AccountReading) -> Row:
    """Return the row of an account's own numbers."""
    details = _AccountDetails(*(getattr(found, name) for name in _AccountDetails.__struct_fields__))
    return {
        "account": account,
        "day": day_of(found.read_at).isoformat(),
        "read_at": found.read_at,
        "followers_count": found.followers_count,
        "details": _text(details),
    }


def read_account(row: RowMapping) -> AccountReading:
    """Build an account's own numbers from their row."""
    details = _ACCOUNT.decode(row["details"])
    return AccountReading(
        read_at=row["read_at"],
        followers_count=row["followers_count"],
        **{name: getattr(details, name) for name in _AccountDetails.__struct_fields__},
    )


def collecting_row(account: str, found: Collecting) -> Row:
    """Return the row of an account's collecting."""
    return {"account": account, "stopped_at": found.stopped_at, "details": _text(found)}


def read_collecting(row: RowMapping) -> Collecting:
    """Build an account's collecting from its row."""
    return _COLLECTING.decode(row["details"])


def experiment_row(account: str, experiment: KeptExperiment) -> Row:
    """Return the row of an experiment."""
    return {
        "account": account,
        "started_at": experiment.started_at,
        "stopped_at": experiment.stopped_at,
        "details": _text(experiment),
    }


def read_experiment(row: RowMapping) -> KeptExperiment:
    """Build an experiment from its row."""
    return _EXPERIMENT.decode(row["details"])


def _text(value: object) -> str:
    return msgspec.json.encode(value).decode()
