"""What lifetime numbers allow: posts that were out before collecting began, each at the age it has now.

Older posts have had more time. So a post is held only against posts within a month of its age, none of which
is more than twice as old or young: numbers rise steeply at first. All of it describes, and tests nothing.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Final
from zoneinfo import ZoneInfo

from pressroom.core.readings import KeptMedia, Number
from pressroom.graph.metrics import DAY_ZONE, ONLINE_FOLLOWERS, SUCCESSORS
from pressroom.insights.questions.people import Audience
from pressroom.insights.questions.posts import FEW, RATE, AgedNumbers, Spread, kind_of, spread_of, value_of
from pressroom.insights.read import Total, totals_of
from pressroom.insights.report.movements import PostAgainstItsKind, best_and_weakest

LOOKED_BACK: Final = timedelta(days=365)
_DAY_S: Final = 24 * 3600
_MONTH_S: Final = 30 * _DAY_S
_HOURS: Final = frozenset(map(str, range(24)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """What a kind has as many times as another, within a month of age: the median of n posts.

    others: how many posts of the other kind these were held against.
    """

    value: float
    against: str
    n: int
    others: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KindSoFar:
    """A kind by lifetime numbers of a year. n: posts that were read. rate: the engagement rate in percent.

    times: its reach beside that of the kind with the most posts; None of that kind, and with too few.
    """

    name: str
    n: int
    rate: Spread | None
    times: Times | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OnlineHours:
    """The two hours, from `first` on, in which most followers are online by Instagram's count.

    Whose hours these are is not documented, so that they are given as if they were UTC, and as if Pacific.
    """

    first: int
    read_at: datetime
    if_utc: str
    if_pacific: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifetime:
    """A period by lifetime numbers: its posts without a reading at 24 h, newest first, at their own ages.

    metric: that counts people. posts, best, weakest: of the period; times_usual and n are of posts of their
    kind within a month of age. since, looked_at: the posts of a year that were read, which all else is of.
    totals: of what may be added of the posts of the period.
    """

    metric: str
    since: datetime
    looked_at: int
    posts: tuple[PostAgainstItsKind, ...]
    best: tuple[PostAgainstItsKind, ...]
    weakest: tuple[PostAgainstItsKind, ...]
    best_of_year: tuple[PostAgainstItsKind, ...]
    totals: Mapping[str, Total]
    kinds: tuple[KindSoFar, ...]
    online: OnlineHours | None


def lifetime_of(
    period: Sequence[KeptMedia],
    numbers: Iterable[AgedNumbers],
    since: datetime,
    audiences: Iterable[Audience],
    zone: ZoneInfo,
) -> Lifetime | None:
    """Return what lifetime numbers allow; None where no post of the period has any.

    period: its posts without a reading at 24 h. numbers: of the last reading of each post since a year ago.
    """
    # In its first hours a post has no number that compares, and its reading at 24 h is still to come.
    year = [aged for aged in numbers if aged.age_s >= _DAY_S]
    ids = {post.id for post in period}
    of_period = [aged for aged in year if aged.media.id in ids]
    if not of_period:
        return None
    metric = next(
        (name for name in ("reach", *SUCCESSORS.values()) if any(name in aged.numbers for aged in year)),
        "reach",
    )
    tracks = _tracks(year, metric)
    standing = [_standing(aged, metric, tracks[kind_of(aged.media)]) for aged in year]
    posts = [post for post in standing if post.media.id in ids]
    best, weakest = best_and_weakest(posts)
    return Lifetime(
        metric=metric,
        since=since,
        looked_at=len(year),
        posts=tuple(posts),
        best=tuple(best),
        weakest=tuple(weakest),
        best_of_year=tuple(best_and_weakest(standing)[0]),
        totals=totals_of([aged.numbers for aged in of_period]),
        kinds=tuple(_kinds(year, tracks)),
        online=online_hours(audiences, zone),
    )


@dataclass(frozen=True, slots=True)
class _Track:
    """Numbers of posts of a kind by their ages, the youngest first."""

    ages_s: Sequence[int]
    values: Sequence[Number]

    def near(self, age_s: int) -> range:
        """Return the places of the posts within a month of an age, none twice as old or young."""
        youngest, oldest = max(age_s - _MONTH_S, age_s / 2), min(age_s + _MONTH_S, age_s * 2)
        return range(bisect_left(self.ages_s, youngest), bisect_right(self.ages_s, oldest))


def _tracks(numbers: Iterable[AgedNumbers], metric: str) -> Mapping[str, _Track]:
    of_kinds = defaultdict[str, list[tuple[int, Number]]](list)
    for aged in numbers:
        of_kind = of_kinds[kind_of(aged.media)]
        if (value := value_of(aged, metric)) is not None:
            of_kind.append((aged.age_s, value))
    pairs = {kind: sorted(of_kind) for kind, of_kind in of_kinds.items()}
    return {kind: _Track([age for age, _ in of], [value for _, value in of]) for kind, of in pairs.items()}


def _standing(aged: AgedNumbers, metric: str, track: _Track) -> PostAgainstItsKind:
    """Hold a post against the others of its kind within a month of its age."""
    value, times, n = value_of(aged, metric), None, 0
    if value is not None:
        others = [track.values[place] for place in track.near(aged.age_s)]
        others.remove(value)
        n = len(others)
        if n >= FEW and (usual := median(others)) > 0:
            times = value / usual
    return PostAgainstItsKind(media=aged.media, aged=aged, value=value, times_usual=times, n=n)


def _kinds(numbers: Sequence[AgedNumbers], tracks: Mapping[str, _Track]) -> list[KindSoFar]:
    """Return the kinds, those with the most posts first."""
    of_kinds = defaultdict[str, list[AgedNumbers]](list)
    for aged in numbers:
        of_kinds[kind_of(aged.media)].append(aged)
    ordered = sorted(of_kinds, key=lambda kind: len(of_kinds[kind]), reverse=True)
    kinds = list[KindSoFar]()
    for name in ordered:
        rates = [rate for aged in of_kinds[name] if (rate := value_of(aged, RATE)) is not None]
        times = None if name == ordered[0] else _times(tracks[name], ordered[0], tracks[ordered[0]])
        kinds.append(KindSoFar(name=name, n=len(of_kinds[name]), rate=spread_of(rates), times=times))
    return kinds


def _times(track: _Track, against: str, other: _Track) -> Times | None:
    """Hold each post of a kind against the median of another kind within a month of its age."""
    ratios, places = list[float](), set[int]()
    for age_s, value in zip(track.ages_s, track.values, strict=True):
        near = other.near(age_s)
        if len(near) >= FEW and (usual := median(other.values[place] for place in near)) > 0:
            ratios.append(value / usual)
            places.update(near)
    if len(ratios) < FEW:
        return None
    return Times(value=median(ratios), against=against, n=len(ratios), others=len(places))


def online_hours(audiences: Iterable[Audience], zone: ZoneInfo) -> OnlineHours | None:
    """Return in which two hours most followers are online; None where Instagram does not tell."""
    hours = next((people for people in audiences if people.metric == ONLINE_FOLLOWERS), None)
    if hours is None:
        return None
    counts = {int(part.name): part.number for part in hours.parts if part.name in _HOURS}
    pairs = {hour: counts[hour] + counts.get((hour + 1) % len(_HOURS), 0) for hour in counts}
    first = max(pairs, key=lambda hour: pairs[hour], default=None)
    if first is None or not pairs[first]:
        return None

    def seen(source: ZoneInfo) -> str:
        local = hours.read_at.astimezone(source)
        start = local.replace(hour=first, minute=0, second=0, microsecond=0).astimezone(zone)
        return f"{start:%H:%M}-{start + timedelta(hours=2):%H:%M}"

    return OnlineHours(
        first=first, read_at=hours.read_at, if_utc=seen(ZoneInfo("UTC")), if_pacific=seen(ZoneInfo(DAY_ZONE))
    )
