"""Posts at an equal age: each by itself, against its own kind, and in groups."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

from pressroom.core.readings import Aged, KeptMedia, Number, Reading
from pressroom.graph.ids import MediaId
from pressroom.insights.questions.at_age import AgedNumbers, numbers_at
from pressroom.insights.questions.spreads import Spread, Standing, spread_of, standing_of

RATE = "engagement_rate"
"""The name under which the rate can be asked for like a metric."""


class By(StrEnum):
    """What posts are grouped by. Days, hours and months are those of the account's zone."""

    KIND = "kind"
    WEEKDAY = "weekday"
    HOUR = "hour"
    MONTH = "month"


_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_HOURS_IN_BLOCK = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A post at an age, against the posts of its own kind. numbers: None without a reading near that age.

    standing: None without a value.
    """

    media: KeptMedia
    aged: AgedNumbers | None
    value: Number | None
    standing: Standing | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Posts that have something in common. without: how many of them have no value at that age."""

    name: str
    spread: Spread | None
    without: int


def kind_of(media: KeptMedia) -> str:
    """Name what a media is: `photo`, `carousel`, `reel`, `story`, or `video` for an old one in the feed."""
    if media.product_type in ("REELS", "STORY"):
        return {"REELS": "reel", "STORY": "story"}[media.product_type]
    return {"CAROUSEL_ALBUM": "carousel", "VIDEO": "video"}.get(media.media_type, "photo")


def readings_of(aged: Iterable[Aged]) -> dict[MediaId, list[Reading]]:
    """Group readings by the id of their media."""
    found = defaultdict[MediaId, list[Reading]](list)
    for one in aged:
        found[one.media.id].append(one.reading)
    return found


def at_age(aged: Sequence[Aged], age_s: int) -> list[AgedNumbers]:
    """Return the numbers of media at an age, of those that have a reading near it."""
    media = {one.media.id: one.media for one in aged}
    found = (numbers_at(media[its], readings, age_s) for its, readings in readings_of(aged).items())
    return [one for one in found if one is not None]


def value_of(aged: AgedNumbers, metric: str) -> Number | None:
    """Return a metric or the rate by reach; one by viewers is another one, and never stands among these."""
    if metric != RATE:
        return aged.numbers.get(metric)
    rate = aged.rate
    return rate.percent if rate and rate.by == "reach" and not rate.without else None


def compared(
    media: Sequence[KeptMedia],
    aged: Mapping[KeptMedia, AgedNumbers],
    peers: Sequence[AgedNumbers],
    metric: str,
) -> list[Compared]:
    """Compare posts with the peers of their own kind. aged: of the posts. peers: at the same age."""
    values = defaultdict[str, dict[str, Number]](dict)
    for one in peers:
        value = value_of(one, metric)
        if value is not None:
            values[kind_of(one.media)][one.media.id] = value
    found = list[Compared]()
    for one in media:
        numbers = aged.get(one)
        value = value_of(numbers, metric) if numbers else None
        others = [other for its, other in values[kind_of(one)].items() if its != one.id]
        standing = None if value is None else standing_of(value, others)
        found.append(Compared(media=one, aged=numbers, value=value, standing=standing))
    return found


def grouped(
    media: Sequence[KeptMedia], aged: Sequence[AgedNumbers], metric: str, by: By, zone: ZoneInfo
) -> list[Group]:
    """Group posts, and tell what is usual in each group, in the groups' own order."""
    values = {one.media.id: value_of(one, metric) for one in aged}
    groups = defaultdict[tuple[int, str], list[Number | None]](list)
    for one in media:
        groups[_group(one, by, zone)].append(values.get(one.id))
    return [
        Group(
            name=name,
            spread=spread_of([value for value in found if value is not None]),
            without=sum(value is None for value in found),
        )
        for (_, name), found in sorted(groups.items())
    ]


def _group(media: KeptMedia, by: By, zone: ZoneInfo) -> tuple[int, str]:
    """Return the order and the name of a media's group."""
    local = media.published_at.astimezone(zone)
    if by is By.KIND:
        return 0, kind_of(media)
    if by is By.WEEKDAY:
        return local.weekday(), _WEEKDAYS[local.weekday()]
    if by is By.MONTH:
        return local.year * 12 + local.month, f"{local:%Y-%m}"
    start = local.hour // _HOURS_IN_BLOCK * _HOURS_IN_BLOCK
    return start, f"{start:02}-{start + _HOURS_IN_BLOCK:02} h"
