"""An account's people: who they are, and how followers moved.

`audiences`: how people are spread, as last told, and what changed since about four weeks before.
`follower_days`: followers by day. `posts_growth`: followers after each post, which is an association and no
effect of the post.
"""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Final, NamedTuple

from pressroom.core.readings import (
    AccountDay,
    AccountReading,
    AgedReading,
    AudienceReading,
    KeptMedia,
    Number,
)
from pressroom.graph.metrics import ONLINE_FOLLOWERS
from pressroom.insights.questions.periods import (
    Period,
    Stretch,
    can_judge,
    day_of,
    last_ended,
    part_in_period,
)
from pressroom.insights.questions.posts import kind_of
from pressroom.insights.statistics.answers import (
    FEWEST_QUIET_DAYS,
    LONGEST_GAP,
    MARKED_BY_CHANCE,
    FollowersAfter,
    TooFew,
)

MOST_PARTS: Final = 45
"""Instagram tells the largest 45 parts, and not how many the others are."""
FOLLOWER_COUNT: Final = "follower_count"
# Audiences are read each week, so the reading of about four weeks before may be some days off.
_BACK, _NEAR = timedelta(days=28), timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of an audience. share: in percent of what is told.

    earlier, share_change: against the earlier reading, the second in percentage points; None where that
    reading does not tell the part, which is not 0.
    """

    name: str
    number: Number
    share: float | None
    earlier: Number | None
    share_change: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """How people are spread. told: how many the parts are together. is_cut: there may be more parts.

    Of hours nothing is told together, and no part has a share: who is online in two of them is in both.
    earlier_at: when the reading was made that it is compared with; None without one.
    """

    metric: str
    breakdown: str
    read_at: datetime
    told: Number | None
    is_cut: bool
    earlier_at: datetime | None
    parts: tuple[Part, ...]


def earlier_before(last: Iterable[AudienceReading]) -> datetime | None:
    """Return before which moment the reading lies that is about 28 days older than the last ones."""
    newest = max((reading.read_at for reading in last), default=None)
    return newest and newest - _BACK + _NEAR / 2


def audiences(last: Sequence[AudienceReading], earlier: Sequence[AudienceReading]) -> list[Audience]:
    """Return of each spread its parts, the largest first; ages and hours in their own order."""
    earlier_readings = {(reading.metric, reading.breakdown): reading for reading in earlier}
    spreads = list[Audience]()
    for now in last:
        then = earlier_readings.get((now.metric, now.breakdown))
        # An earlier reading that is not near four weeks old would show another change than it says.
        if then and not abs(now.read_at - then.read_at - _BACK) <= _NEAR:
            then = None
        total, earlier_total = _total_of(now), _total_of(then) if then else None
        parts = list[Part]()
        for name, number in now.parts.items():
            before, share = then.parts.get(name) if then else None, _share(number, total)
            share_before = None if before is None else _share(before, earlier_total)
            change = None if share is None or share_before is None else share - share_before
            parts.append(Part(name=name, number=number, share=share, earlier=before, share_change=change))
        if now.metric == ONLINE_FOLLOWERS:
            # What is no hour comes after the 24 hours.
            parts.sort(key=lambda part: int(part.name) if part.name.isdecimal() else 24)
        elif now.breakdown == "age":
            parts.sort(key=lambda part: part.name)
        else:
            parts.sort(key=lambda part: (-part.number, part.name))
        spreads.append(
            Audience(
                metric=now.metric,
                breakdown=now.breakdown,
                read_at=now.read_at,
                told=total,
                is_cut=len(parts) >= MOST_PARTS,
                earlier_at=then.read_at if then else None,
                parts=tuple(parts),
            )
        )
    return spreads


def _total_of(reading: AudienceReading) -> Number | None:
    return None if reading.metric == ONLINE_FOLLOWERS else sum(reading.parts.values())


def _share(number: Number, total: Number | None) -> float | None:
    return 100 * number / total if total else None


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowerDay:
    """A day of Instagram's. followers: the first count after its end.

    net_change: the difference of two counts. new_followers: Instagram's `follower_count`, which does not
    subtract those who left. Neither replaces the other; each is None where it is not known.
    """

    day: date
    followers: int | None
    counted_at: datetime | None
    net_change: int | None
    new_followers: Number | None


class _Count(NamedTuple):
    at: datetime
    followers: int


def follower_days(
    first: date, last: date, counts: Iterable[AccountReading], new: Iterable[AccountDay]
) -> list[FollowerDay]:
    """Return for each day its followers, their net change and the new ones.

    counts: in order, from a day before the first on. new: days of `follower_count`.
    """
    counted = dict[date, _Count]()
    for count in counts:
        if count.followers_count is not None:
            # The first count after a day's end stays its count: a later one would change what a report says.
            counted.setdefault(last_ended(count.read_at), _Count(count.read_at, count.followers_count))
    came = {day_of(of_day.ends_at): of_day.number for of_day in new if of_day.number is not None}
    days = [first + timedelta(days=number) for number in range(-1, (last - first).days + 1)]
    rows = list[FollowerDay]()
    for before, day in pairwise(days):
        now, earlier, net_change = counted.get(day), counted.get(before), None
        if now and earlier and now.at - earlier.at <= LONGEST_GAP:
            net_change = now.followers - earlier.followers
        rows.append(
            FollowerDay(
                day=day,
                followers=now.followers if now else None,
                counted_at=now.at if now else None,
                net_change=net_change,
                new_followers=came.get(day),
            )
        )
    return rows


class NewFollowers(NamedTuple):
    """The new followers of some days, without those who left. days_known: how many of the days have a number.

    number: of the known days together; None where no day is known.
    """

    number: Number | None
    days_known: int
    days: int

    @classmethod
    def of_days(cls, days: Sequence[FollowerDay], length: int) -> "NewFollowers":
        """Add up days. length: how many days there are, those without any number among them."""
        numbers = [day.new_followers for day in days if day.new_followers is not None]
        return cls(sum(numbers) if numbers else None, len(numbers), length)


class FollowerFlow(NamedTuple):
    """How many followers a period won and lost; the total of either is None where a day is not known."""

    won: Stretch
    lost: Stretch


def follower_flow(period: Period, days: Sequence[AccountDay]) -> FollowerFlow:
    """Return the followers won and lost, as Instagram counts them: nothing below 100 followers."""
    # The parts name what people are afterwards, which Meta's pages do not say: on live accounts those of
    # `follower` add up to `follower_count`, the followers that came.
    won, lost = (
        part_in_period(period, days, "follows_and_unfollows", "follow_type", part)
        for part in ("follower", "non_follower")
    )
    return FollowerFlow(won, lost)


class UsualGrowth(NamedTuple):
    """The usual change in 48 h without a post: twice the median of n quiet days."""

    n: int
    change: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PostGrowth:
    """A post. follows: as Instagram counts them, of feed posts and stories alone. after: None for a story.

    follows_age_s: the age of the reading that has the follows.
    """

    media: KeptMedia
    follows: Number | None
    follows_age_s: int | None
    after: FollowersAfter | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PostsGrowth:
    """Posts, oldest first. is_judged: with numpy; without it no days are called quiet.

    usual: None where there are too few quiet days, which are those from 48 h after a post until the next.
    quiet_days, quiet_days_needed: how many there are, and how many it takes. days_between: posts, the median;
    None of fewer than two posts.
    """

    posts: tuple[PostGrowth, ...]
    usual: UsualGrowth | None
    quiet_days: int
    quiet_days_needed: int
    days_between: float | None
    is_judged: bool

    @property
    def by_chance(self) -> float | None:
        """How many of the posts chance alone would call unusual, at most; None where none is judged."""
        judged = [post for post in self.posts if post.after and post.after.is_outside_noise is not None]
        return MARKED_BY_CHANCE * len(judged) if judged else None


def posts_growth(
    media: Sequence[KeptMedia],
    latest: Iterable[AgedReading],
    counts: Iterable[AccountReading],
    *,
    around: Sequence[KeptMedia] = (),
) -> PostsGrowth:
    """Return for each post how followers moved after it; not after stories, which many have each day.

    around: other posts of the time of the counts, and of the 48 h before: a day after them is not quiet.
    """
    ordered = sorted(media, key=lambda post: (post.published_at, post.id))
    readings = {aged.media.id: aged.reading for aged in latest}
    after, usual, is_judged = dict[str, FollowersAfter](), None, can_judge()
    no_stories = sorted(
        (post for post in (*media, *around) if kind_of(post) != "story"), key=lambda post: post.published_at
    )
    times = [post.published_at for post in no_stories]
    quiet_days, gaps = 0, [(later - earlier) / timedelta(days=1) for earlier, later in pairwise(times)]
    if is_judged:
        from pressroom.insights.statistics.followers import FollowerCount, followers_after  # noqa: PLC0415

        track = [
            FollowerCount(at=own.read_at, followers=own.followers_count)
            for own in counts
            if own.followers_count is not None
        ]
        association = followers_after(track, times)
        after = dict(zip([post.id for post in no_stories], association.posts, strict=True))
        quiet_days = association.usual.n
        if not isinstance(association.usual, TooFew):
            usual = UsualGrowth(quiet_days, association.usual.change)
    posts = list[PostGrowth]()
    for post in ordered:
        reading = readings.get(post.id)
        follows = reading.numbers.get("follows") if reading else None
        age_s = reading.age_s if reading and follows is not None else None
        posts.append(PostGrowth(media=post, follows=follows, follows_age_s=age_s, after=after.get(post.id)))
    return PostsGrowth(
        posts=tuple(posts),
        usual=usual,
        quiet_days=quiet_days,
        quiet_days_needed=FEWEST_QUIET_DAYS,
        days_between=statistics.median(gaps) if gaps else None,
        is_judged=is_judged,
    )
