"""Posts at an equal age: each by itself, against its own kind, and in groups.

`numbers_at` gives a media's numbers at an age, from the readings near it. `compared` and `grouped` hold posts
against others by `Spread` (what is usual) and `Standing` (the place among others): never a number without how
many posts it is of.
"""

import math
import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from pressroom.core.readings import AgedReading, KeptMedia, Number, Numbers, Reading
from pressroom.graph.answers import MediaId
from pressroom.insights.read import INTERACTIONS, engagement_rate
from pressroom.insights.statistics.answers import HOURS_OF_A_BLOCK, WEEKDAYS

RATE: Final = "engagement_rate"
"""The name under which the rate can be asked for like a metric."""
NEAR: Final = 0.25
"""Readings count for an age within a quarter of it. docs/decisions/0022"""
FEW: Final = 5
"""Fewer posts than these are shown, and marked: their median says little."""


class By(StrEnum):
    """What posts are grouped by. Days, hours and months are those of the account's zone."""

    KIND = "kind"
    WEEKDAY = "weekday"
    HOUR = "hour"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Rate:
    """(likes + comments + saved + shares) / people reached, in percent.

    by: the metric that counts the people. without: parts that Instagram did not give, which are left out.
    Such a rate does not compare with a rate of all parts.
    """

    percent: float
    by: str
    without: tuple[str, ...] = ()


# A Struct and no dataclass: a question makes thousands, each in an eighth of the time. docs/decisions/0022
class AgedNumbers(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A media's numbers at an age.

    ages_s: of the readings they come from: a single age, or an age on each side, between which the numbers
    are interpolated.
    """

    media: KeptMedia
    age_s: int
    numbers: Numbers
    ages_s: tuple[int, ...]

    @property
    def rate(self) -> Rate | None:
        """The engagement rate at this age; None without reach, or without any part."""
        # By viewers where Instagram gives those in place of the reach.
        for name in ("reach", "viewers"):
            if people := self.numbers.get(name):
                percent = engagement_rate({**self.numbers, "reach": people})
                without = tuple(part for part in INTERACTIONS if part not in self.numbers)
                return None if percent is None else Rate(percent, name, without)
        return None


def numbers_at(media: KeptMedia, readings: Sequence[Reading], age_s: int) -> AgedNumbers | None:
    """Return a media's numbers at an age, interpolated between the nearest readings on both sides of it.

    With a reading on one side alone its numbers stand as they are. None without a reading within a quarter
    of the age. readings: of this media.
    """
    near = [reading for reading in readings if abs(reading.age_s - age_s) <= NEAR * age_s]
    before = max((reading for reading in near if reading.age_s <= age_s), key=_age_s, default=None)
    after = min((reading for reading in near if reading.age_s >= age_s), key=_age_s, default=None)
    if before is None or after is None or before.age_s == after.age_s:
        only = before or after
        return only and AgedNumbers(media=media, age_s=age_s, numbers=only.numbers, ages_s=(only.age_s,))
    # Along the logarithm of the age: numbers rise steeply at first.
    start, end = math.log(before.age_s), math.log(after.age_s)
    share, numbers = (math.log(age_s) - start) / (end - start), dict[str, Number]()
    for name, low in before.numbers.items():
        high = after.numbers.get(name)
        # A metric that either reading lacks has no number between them.
        if high is not None:
            value = low + share * (high - low)
            numbers[name] = round(value) if isinstance(low, int) and isinstance(high, int) else value
    return AgedNumbers(media=media, age_s=age_s, numbers=numbers, ages_s=(before.age_s, after.age_s))


def _age_s(reading: Reading) -> int:
    return reading.age_s


def kind_of(media: KeptMedia) -> str:
    """Name what a media is: `photo`, `carousel`, `reel`, `story`, or `video` for an old one in the feed."""
    if media.product_type in ("REELS", "STORY"):
        return {"REELS": "reel", "STORY": "story"}[media.product_type]
    return {"CAROUSEL_ALBUM": "carousel", "VIDEO": "video"}.get(media.media_type, "photo")


def readings_of(aged: Iterable[AgedReading]) -> dict[MediaId, list[Reading]]:
    """Group readings by the id of their media."""
    readings = defaultdict[MediaId, list[Reading]](list)
    for reading in aged:
        readings[reading.media.id].append(reading.reading)
    return readings


def at_age(aged: Sequence[AgedReading], age_s: int) -> list[AgedNumbers]:
    """Return the numbers of media at an age, of those that have a reading near it."""
    media = {reading.media.id: reading.media for reading in aged}
    numbers = (numbers_at(media[key], readings, age_s) for key, readings in readings_of(aged).items())
    return [at_this_age for at_this_age in numbers if at_this_age is not None]


def value_of(aged: AgedNumbers, metric: str) -> Number | None:
    """Return a metric, or the rate by reach; a rate by viewers or without a part does not compare."""
    if metric != RATE:
        return aged.numbers.get(metric)
    rate = aged.rate
    return rate.percent if rate and rate.by == "reach" and not rate.without else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Median and quartiles of n values. is_few: fewer than 5."""

    n: int
    median: Number
    quartiles: tuple[Number, Number]

    @property
    def is_few(self) -> bool:
        """Whether there are too few to say what is usual."""
        return self.n < FEW


def spread_of(values: Sequence[Number]) -> Spread | None:
    """Return median and quartiles; None without a value."""
    if not values:
        return None
    if len(values) == 1:
        return Spread(n=1, median=values[0], quartiles=(values[0], values[0]))
    low, _, high = statistics.quantiles(values, n=4, method="inclusive")
    return Spread(n=len(values), median=statistics.median(values), quartiles=(low, high))


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The place of a value among n others and itself: 1 is the highest, equal values share a place."""

    place: int
    of: int

    @property
    def is_few(self) -> bool:
        """Whether there are too few to compare with."""
        return self.of < FEW


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A post at an age, against the posts of its own kind. aged: None without a reading near that age.

    standing: None without a value.
    """

    media: KeptMedia
    aged: AgedNumbers | None
    value: Number | None
    standing: Standing | None


def compared(
    media: Sequence[KeptMedia],
    aged: Mapping[KeptMedia, AgedNumbers],
    peers: Sequence[AgedNumbers],
    metric: str,
) -> list[Compared]:
    """Compare posts with the peers of their own kind. aged: of the posts. peers: at the same age."""
    values = defaultdict[str, dict[str, Number]](dict)
    for peer in peers:
        if (value := value_of(peer, metric)) is not None:
            values[kind_of(peer.media)][peer.media.id] = value
    rows = list[Compared]()
    for post in media:
        numbers = aged.get(post)
        value = value_of(numbers, metric) if numbers else None
        # The post may be among its own peers, and must not be compared with itself.
        others = [other for peer_id, other in values[kind_of(post)].items() if peer_id != post.id]
        standing = None
        if value is not None:
            standing = Standing(place=1 + sum(other > value for other in others), of=len(others) + 1)
        rows.append(Compared(media=post, aged=numbers, value=value, standing=standing))
    return rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Posts that have something in common. without: how many of them have no value at that age."""

    name: str
    spread: Spread | None
    without: int


def grouped(
    media: Sequence[KeptMedia], aged: Sequence[AgedNumbers], metric: str, by: By, zone: ZoneInfo
) -> list[Group]:
    """Group posts, and say what is usual in each group, in the groups' own order."""
    value_by_id = {numbers.media.id: value_of(numbers, metric) for numbers in aged}
    groups = defaultdict[tuple[int, str], list[Number | None]](list)
    for post in media:
        local = post.published_at.astimezone(zone)
        # The order of a group, and its name.
        match by:
            case By.KIND:
                group = 0, kind_of(post)
            case By.WEEKDAY:
                group = local.weekday(), WEEKDAYS[local.weekday()]
            case By.MONTH:
                group = local.year * 12 + local.month, f"{local:%Y-%m}"
            case By.HOUR:
                start = local.hour // HOURS_OF_A_BLOCK * HOURS_OF_A_BLOCK
                group = start, f"{start:02}-{start + HOURS_OF_A_BLOCK:02} h"
        groups[group].append(value_by_id.get(post.id))
    return [
        Group(
            name=name,
            spread=spread_of([value for value in values if value is not None]),
            without=sum(value is None for value in values),
        )
        for (_, name), values in sorted(groups.items())
    ]
