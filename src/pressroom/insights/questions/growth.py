"""How followers moved: each day, and after each post, which is an association and no effect of the post."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Final, NamedTuple

from pressroom.core.readings import AccountDay, AccountReading, Aged, KeptMedia, Number
from pressroom.insights.questions.periods import can_judge, day_of, last_ended
from pressroom.insights.questions.posts import kind_of

FOLLOWER_COUNT: Final = "follower_count"
# Counts are read daily, at times some hours late; with one missing nobody knows which day brought them.
_LONGEST_GAP: Final = timedelta(hours=30)


class By(StrEnum):
    """Where a day's gain comes from: Instagram's `follower_count`, or the difference of two counts."""

    INSTAGRAM = "instagram"
    COUNTS = "counts"


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowerDay:
    """A day of Instagram's. followers: counted after its end. gain, by: None where neither is known."""

    day: date
    followers: int | None
    counted_at: datetime | None
    gain: Number | None
    by: By | None


class Usual(NamedTuple):
    """The usual change in 48 h in which nothing was posted: the median of n of them."""

    n: int
    change: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowersAfter:
    """The change of followers in the 48 h after a post, beside the usual one: an association.

    change, more_than_usual, is_outside_noise: None where they are not known. other_posts: in the two days
    before and after it, which have as much a part in it.
    """

    change: float | None
    more_than_usual: float | None
    is_outside_noise: bool | None
    other_posts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PostGrowth:
    """A post. follows: as Instagram counts them, of feed posts and stories alone. after: None for a story.

    follows_age_s: the age of the reading that follows are of.
    """

    media: KeptMedia
    follows: Number | None
    follows_age_s: int | None
    after: FollowersAfter | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PostsGrowth:
    """Posts, oldest first. usual: None where there are too few quiet windows. is_judged: with numpy."""

    posts: tuple[PostGrowth, ...]
    usual: Usual | None
    is_judged: bool


def follower_days(
    first: date, last: date, counts: Iterable[AccountReading], gains: Iterable[AccountDay]
) -> list[FollowerDay]:
    """Tell of each day its followers and its gain. counts: from a day before the first one on."""
    counted = {last_ended(one.read_at): one for one in counts if one.followers_count is not None}
    told = {day_of(one.ends_at): one.number for one in gains if one.number is not None}
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    between = [first - timedelta(days=1), *days]
    return [_day(day, counted.get(before), counted.get(day), told) for before, day in pairwise(between)]


def _day(
    day: date, before: AccountReading | None, after: AccountReading | None, told: Mapping[date, Number]
) -> FollowerDay:
    gain, by = told.get(day), By.INSTAGRAM
    if gain is None:
        gain, by = _difference(before, after), By.COUNTS
    return FollowerDay(
        day=day,
        followers=after.followers_count if after else None,
        counted_at=after.read_at if after else None,
        gain=gain,
        by=None if gain is None else by,
    )


def _difference(before: AccountReading | None, after: AccountReading | None) -> int | None:
    if before is None or after is None or after.read_at - before.read_at > _LONGEST_GAP:
        return None
    if before.followers_count is None or after.followers_count is None:
        return None
    return after.followers_count - before.followers_count


def posts_growth(
    media: Sequence[KeptMedia], latest: Iterable[Aged], counts: Iterable[AccountReading]
) -> PostsGrowth:
    """Tell of each post how followers moved after it. Stories do not count as posts: many have one a day."""
    ordered = sorted(media, key=lambda one: (one.published_at, one.id))
    read = {one.media.id: one for one in latest}
    after, usual, is_judged = _after([one for one in ordered if kind_of(one) != "story"], counts)
    posts = tuple(_post(one, read.get(one.id), after.get(one.id)) for one in ordered)
    return PostsGrowth(posts=posts, usual=usual, is_judged=is_judged)


def _post(media: KeptMedia, read: Aged | None, after: FollowersAfter | None) -> PostGrowth:
    follows = read.reading.numbers.get("follows") if read else None
    age_s = read.reading.age_s if read and follows is not None else None
    return PostGrowth(media=media, follows=follows, follows_age_s=age_s, after=after)


def _after(
    posts: Sequence[KeptMedia], counts: Iterable[AccountReading]
) -> tuple[dict[str, FollowersAfter], Usual | None, bool]:
    """Return by media id what followed, and the usual; nothing without numpy. posts: in order of time."""
    if not can_judge():
        return {}, None, False
    from pressroom.insights.statistics.answers import TooFew  # noqa: PLC0415
    from pressroom.insights.statistics.association import FollowerCount, followers_after  # noqa: PLC0415

    known = [(one.read_at, one.followers_count) for one in counts]
    track = [FollowerCount(at=at, followers=count) for at, count in known if count is not None]
    found = followers_after(track, [one.published_at for one in posts])
    told: dict[str, FollowersAfter] = {
        media.id: FollowersAfter(
            change=one.change,
            more_than_usual=one.more_than_usual,
            is_outside_noise=one.is_outside_noise,
            other_posts=one.other_posts,
        )
        for media, one in zip(posts, found.posts, strict=True)
    }
    usual = None if isinstance(found.usual, TooFew) else Usual(found.usual.n, found.usual.median.value)
    return told, usual, True
