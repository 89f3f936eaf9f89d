"""What a report describes and does not test: followers of a year, weekdays and hours, and top posts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, NamedTuple

from pressroom.core.readings import KeptMedia, Number, Reading
from pressroom.insights.questions.people import follower_days
from pressroom.insights.questions.periods import Period, end_of
from pressroom.insights.questions.posts import AgedNumbers, value_of
from pressroom.insights.report.posted import PostsAtHours
from pressroom.service.insights.kept import KeptAccount

MOST_TOP: Final = 5
_DAY, _YEAR = timedelta(days=1), timedelta(days=365)


class CountedDay(NamedTuple):
    """How many followers an account had after a day."""

    day: date
    followers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TopPost:
    """A post with its number at an age."""

    media: KeptMedia
    value: Number
    age_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TopPosts:
    """The posts of a period with the highest numbers of a metric, five at most, the highest first.

    At 24 hours; where no post has the number then, as each was last read.
    """

    metric: str
    posts: tuple[TopPost, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """What is described. followers_of_year: those days of the year up to the period's end that were counted.

    hours: of the posts of the period and of the 90 days before it, by weekday and hours.
    """

    followers_of_year: tuple[CountedDay, ...]
    hours: tuple[PostsAtHours, ...]
    top: TopPosts


async def described(
    kept: KeptAccount, period: Period, hours: Sequence[PostsAtHours], top: TopPosts
) -> Described:
    """Return what is described of a period, with the followers of the year that ends with it."""
    first = period.last - _YEAR + _DAY
    span = (end_of(first - _DAY), end_of(period.last + _DAY))
    counts = await kept.store.run(kept.store.readings.account_readings, kept.account, *span)
    days = follower_days(first, period.last, counts, ())
    return Described(
        followers_of_year=tuple(
            CountedDay(day.day, day.followers) for day in days if day.followers is not None
        ),
        hours=tuple(hours),
        top=top,
    )


def top_posts(
    media: Sequence[KeptMedia], aged: Mapping[str, AgedNumbers], latest: Mapping[str, Reading], metric: str
) -> TopPosts:
    """Return the posts with the highest numbers of a metric. aged, latest: by media id."""
    last_read: Mapping[str, AgedNumbers] = {
        post.id: AgedNumbers(
            media=post, age_s=reading.age_s, numbers=reading.numbers, ages_s=(reading.age_s,)
        )
        for post in media
        if (reading := latest.get(post.id))
    }
    posts = _with_values(media, aged, metric) or _with_values(media, last_read, metric)
    posts.sort(key=lambda post: post.value, reverse=True)
    return TopPosts(metric=metric, posts=tuple(posts[:MOST_TOP]))


def _with_values(media: Sequence[KeptMedia], aged: Mapping[str, AgedNumbers], metric: str) -> list[TopPost]:
    numbers = [aged[post.id] for post in media if post.id in aged]
    return [
        TopPost(media=of_post.media, value=value, age_s=of_post.age_s)
        for of_post in numbers
        if (value := value_of(of_post, metric)) is not None
    ]
