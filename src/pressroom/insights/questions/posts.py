"""Posts at an equal age: each by itself, against its own kind, and in groups.

`numbers_at` gives a media's numbers at an age, from the readings around it. `compared` and `grouped` hold
posts against others by `Spread` (what is usual) and `Standing` (the place among others): never a number
without how many posts it is of.
"""

import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import msgspec

from pressroom.core.readings import AgedReading, KeptMedia, MediaQuery, Number, Numbers, Reading
from pressroom.core.spelling import age_of_numbers
from pressroom.graph.answers import MediaId
from pressroom.insights.ages import NEARLY_OVER_S, STORY, STORY_LIFETIME_S, tolerance_s
from pressroom.insights.questions.growth import (
    MOST,
    Growth,
    are_near,
    around,
    away_from,
    corrected,
    growths,
    interpolated,
)
from pressroom.insights.read import INTERACTIONS, engagement_rate
from pressroom.insights.statistics.answers import HOURS_OF_A_BLOCK, WEEKDAYS

if TYPE_CHECKING:
    from pressroom.store.insights.readings import SqlReadings

KINDS: Final = ("photo", "carousel", "reel", "video", "story")
"""What `kind_of` gives."""
RATE: Final = "engagement_rate"
"""The name under which the rate can be asked for like a metric."""
AROUND: Final = 5
"""Readings tell something of an age from a fifth of it until five times it."""
YOUNGEST_S: Final = 6 * 3600
"""At lower ages numbers grow too fast between two looks: readings stand at their own age."""
WEBHOOK: Final = "webhook"
"""The version of numbers that Instagram sent by itself when a story ended."""
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


class Basis(StrEnum):
    """What numbers at an age rest on."""

    READ = "read"  # a reading, and the age is its own
    INTERPOLATED = "interpolated"  # a reading soon before the age and one soon after it
    CORRECTED = "corrected"  # readings further off, and how such posts grow


# A Struct and no dataclass: a question makes thousands, each in an eighth of the time. docs/decisions/0022
class AgedNumbers(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A media's numbers at an age, which is the reading's own where they stand as read.

    ages_s: of the readings they come from, one or one on each side. uncertainty_percent: of corrected
    numbers, how far off those of nine in ten posts may be.
    """

    media: KeptMedia
    age_s: int
    numbers: Numbers
    ages_s: tuple[int, ...]
    basis: Basis = Basis.READ
    uncertainty_percent: float | None = None

    @property
    def age(self) -> str:
        """The age at which they stand, as people read it."""
        return age_of_numbers(self.age_s, self.ages_s, self.uncertainty_percent)

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


def numbers_at(
    media: KeptMedia, readings: Sequence[Reading], age_s: int, growth: Growth | None = None
) -> AgedNumbers | None:
    """Return a media's numbers at an age; None where its readings do not tell them, or it is not so old.

    Between readings soon before and after the age they are interpolated. Those further off, and a single one,
    are corrected by how such posts grow. Under six hours the nearest reading stands as it is, at its own age.
    So does the last reading of a story at 24 hours, when the story has ended.
    readings: of this media, by age. growth: of its kind, until that age.
    """
    is_ended_story = media.product_type == STORY and age_s >= STORY_LIFETIME_S
    lived_s = STORY_LIFETIME_S if is_ended_story else age_s
    if media.vanished_at and media.vanished_at < media.published_at + timedelta(seconds=lived_s):
        return None
    if is_ended_story:
        last = last_story_reading(readings)
        return _as_read(media, last) if last and last.age_s >= NEARLY_OVER_S else None
    near = [reading for reading in readings if age_s <= AROUND * reading.age_s <= AROUND**2 * age_s]
    before, after = around(near, age_s)
    if age_s < YOUNGEST_S or (before and before is after):
        reading = min(near, key=away_from(age_s), default=None)
        if reading is None or abs(reading.age_s - age_s) > tolerance_s(age_s, media.product_type):
            return None
        return _as_read(media, reading)
    sides = [side for side in (before, after) if side]
    numbers, basis, percent = dict[str, Number](), Basis.CORRECTED, None
    if before and after and are_near(before, after):
        numbers, basis = interpolated(before, after, age_s), Basis.INTERPOLATED
    # Without a reading after the age, what is still awaited may not be so old yet.
    elif after or (before and not (media.planned and media.planned.planned_age_s <= age_s)):
        numbers, percent = corrected(sorted(sides, key=away_from(age_s)), growth or Growth(age_s))
    if basis is Basis.CORRECTED and not numbers:
        return None
    ages_s = tuple(side.age_s for side in sides)
    return AgedNumbers(
        media=media, age_s=age_s, numbers=numbers, ages_s=ages_s, basis=basis, uncertainty_percent=percent
    )


def _as_read(media: KeptMedia, reading: Reading) -> AgedNumbers:
    return AgedNumbers(media=media, age_s=reading.age_s, numbers=reading.numbers, ages_s=(reading.age_s,))


def last_story_reading(readings: Sequence[Reading]) -> Reading | None:
    """Return the last reading of a story. The webhook, without views and shares, counts only if it is all.

    readings: of one story, by age.
    """
    own = [reading for reading in readings if reading.version != WEBHOOK]
    return next(reversed(own or readings), None)


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


def at_age(
    aged: Sequence[AgedReading], age_s: int, growth_by_kind: Mapping[str, Growth] | None = None
) -> list[AgedNumbers]:
    """Return the numbers of media at an age, of those whose readings tell them.

    growth_by_kind: until that age; by default of these media.
    """
    media, readings = {reading.media.id: reading.media for reading in aged}, readings_of(aged)
    if growth_by_kind is None:
        growth_by_kind = growths(((kind_of(media[key]), rows) for key, rows in readings.items()), age_s)
    numbers = (
        numbers_at(media[key], rows, age_s, growth_by_kind.get(kind_of(media[key])))
        for key, rows in readings.items()
    )
    return [at_this_age for at_this_age in numbers if at_this_age is not None]


def growth_until(
    readings: "SqlReadings", account: str, now: datetime, age_s: int, kinds: Iterable[str] = KINDS
) -> Mapping[str, Growth]:
    """Return how posts of some kinds grow until an age, from the newest of each that are so old."""
    posts, before = list[KeptMedia](), now - timedelta(seconds=age_s)
    products = {"reel": "REELS", "story": STORY}
    for kind in kinds:
        # Always of the same posts, so that a post has the same numbers whatever is asked.
        query = MediaQuery(products=[products.get(kind, "FEED")], before=before, limit=3 * MOST)
        posts += [post for post in readings.media(account, query) if kind_of(post) == kind][:MOST]
    by_media = readings_of(readings.aged(account, posts, age_s // AROUND, age_s * AROUND))
    kind_by_id = {post.id: kind_of(post) for post in posts}
    return growths(((kind_by_id[media_id], rows) for media_id, rows in by_media.items()), age_s)


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
    """A post at an age, against the posts of its own kind. aged: None where nothing is known of that age.

    standing: None without a value.
    """

    media: KeptMedia
    aged: AgedNumbers | None
    value: Number | None
    standing: Standing | None


def compared(
    media: Sequence[KeptMedia],
    aged: Mapping[str, AgedNumbers],
    peers: Sequence[AgedNumbers],
    metric: str,
) -> list[Compared]:
    """Compare posts with the peers of their own kind. aged: of the posts, by id. peers: at the same age."""
    values = defaultdict[str, dict[str, Number]](dict)
    for peer in peers:
        if (value := value_of(peer, metric)) is not None:
            values[kind_of(peer.media)][peer.media.id] = value
    rows = list[Compared]()
    for post in media:
        numbers = aged.get(post.id)
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
