"""Shapes of posts' numbers: read now, kept, compared, of stories, and what a pull did.

`insights_csv` writes media with their metrics for a spreadsheet.
"""

from collections.abc import Sequence
from typing import Self

import msgspec

from pressroom.core.errors import ErrorShape
from pressroom.core.readings import MissedReading, Number
from pressroom.core.spelling import PLAIN_CSV, CsvStyle, csv_line
from pressroom.graph.answers import timestamp_of
from pressroom.graph.metrics import MEDIA_METRICS
from pressroom.insights.questions.coming import Outlook
from pressroom.insights.questions.first_comparison import FirstComparison
from pressroom.insights.questions.posts import AgedNumbers, Basis
from pressroom.insights.questions.stories import Taps
from pressroom.insights.read import Total
from pressroom.service.ground.shaping import InUtc, Shape, shape_of
from pressroom.service.insights.kept import (
    GROUPS_DESCRIBE,
    Compared,
    Group,
    KeptPost,
    KeptPosts,
    KeptStories,
    PostComparison,
    Story,
)
from pressroom.service.insights.kept import kind_of as kind_of_kept
from pressroom.service.insights.measuring import Measured, totals
from pressroom.service.insights.pulling import AccountPull, PullCost, Pulled
from pressroom.service.posts.published import kind_of


class MeasuredShape(Shape[Measured], frozen=True, kw_only=True):
    """A media with its metrics.

    kind, caption, published_at, permalink: null where the media could not be read. metrics: null is a number
    that Instagram does not give, never 0. engagement_rate: (likes + comments + saved + shares) / reach in
    percent, null without reach. not_offered: metrics that Instagram refused. note: why there are none at all.
    error: why it could not be read. account: the login that was named, else the user id.
    """

    id: str
    account: str
    kind: str | None
    caption: str | None
    published_at: InUtc | None
    permalink: str | None
    metrics: dict[str, Number | None]
    engagement_rate: float | None
    not_offered: tuple[str, ...]
    note: str | None
    error: ErrorShape | None

    @classmethod
    def of(cls, measured: Measured) -> Self:
        """Build the shape of a media."""
        media, insights = measured.media, measured.found
        at = timestamp_of(media.timestamp) if media and media.timestamp else None
        return shape_of(
            cls,
            measured,
            id=measured.media_id,
            kind=kind_of(media) if media else None,
            caption=media.caption if media else None,
            published_at=at,
            permalink=media.permalink if media else None,
            metrics=measured.values,
            not_offered=insights.not_offered if insights else (),
            note=insights.note if insights else None,
        )


class TotalShape(Shape[Total], frozen=True, kw_only=True):
    """The sum of a metric. media: of how many media, those whose number is known."""

    sum: Number
    media: int


class InsightsShape(Shape[Sequence[Measured]], frozen=True, kw_only=True):
    """Media with their metrics, newest first, and the sums of what may be added.

    totals: without `reach`, which counts people whom two posts may share, and without rates.
    """

    media: tuple[MeasuredShape, ...]
    totals: dict[str, TotalShape]

    @classmethod
    def of(cls, rows: Sequence[Measured]) -> Self:
        """Build the shape of several media."""
        return shape_of(cls, media=tuple(rows), totals=totals(rows))


class PulledShape(Shape[Pulled], frozen=True, kw_only=True):
    """What a pull did. media, readings, missed, days: how many rows it learnt.

    kept_media, kept_readings: of the account in all. is_whole: all media that were there are read. problem:
    what kept a part of it from being read. clock_skew_s: this machine's clock minus Instagram's; 0 while they
    agree.
    """

    account: str
    calls: int
    media: int
    readings: int
    missed: int
    days: int
    kept_media: int
    kept_readings: int
    is_whole: bool
    problem: ErrorShape | None
    clock_skew_s: float

    @classmethod
    def of(cls, pulled: Pulled) -> Self:
        """Build the shape of a pull."""
        kept = pulled.kept
        return shape_of(cls, pulled, pulled.learnt, kept_media=kept.media, kept_readings=kept.readings)


class AccountPullShape(Shape[AccountPull], frozen=True, kw_only=True):
    """What a pull of one of several accounts did. pulled: null if nothing could be read.

    error: why nothing, or not everything, could be read; null if all went well.
    """

    account: str
    pulled: PulledShape | None
    error: ErrorShape | None


class PullCostShape(Shape[PullCost], frozen=True, kw_only=True):
    """What a pull would take: calls of the API, at most. media: those that would be read."""

    account: str
    is_first: bool
    media: int
    calls: int


class StoppedPullingShape(msgspec.Struct, frozen=True, kw_only=True):
    """Workers read the account no more."""

    account: str
    stopped: bool = True


class KeptPostShape(Shape[KeptPost], frozen=True, kw_only=True):
    """A kept media. age_s: at which its numbers stand, null where nothing is known of the age asked for.

    metrics: a number that Instagram did not give is absent, never 0. engagement_rate: in percent, by the
    metric `rate_by`. rate_without: parts of it that Instagram did not give. reading_ages_s: of the readings
    that the numbers come from. basis: `read`, `interpolated` between two readings soon before and after the
    age, or `corrected` from others, then with uncertainty_percent: nine of ten posts are that near.
    vanished_at: since when Instagram does not know it; is_deleted: by `media delete`. predates_account:
    posted before the account became a professional one. refused: metrics that Instagram refuses for it.
    """

    id: str
    kind: str
    caption: str | None
    published_at: InUtc
    permalink: str | None
    age_s: int | None
    metrics: dict[str, Number]
    engagement_rate: float | None
    rate_by: str | None
    rate_without: tuple[str, ...]
    reading_ages_s: tuple[int, ...]
    basis: Basis | None
    uncertainty_percent: float | None
    read_at: InUtc | None
    vanished_at: InUtc | None
    is_deleted: bool
    predates_account: bool
    refused: tuple[str, ...]

    @classmethod
    def of(cls, post: KeptPost) -> Self:
        """Build the shape of a kept media."""
        media, aged = post.media, post.aged
        rate = aged.rate if aged else None
        return shape_of(
            cls,
            post,
            media,
            kind=kind_of_kept(media),
            age_s=aged.age_s if aged else None,
            metrics=aged.numbers if aged else {},
            engagement_rate=rate.percent if rate else None,
            rate_by=rate.by if rate else None,
            rate_without=rate.without if rate else (),
            reading_ages_s=aged.ages_s if aged else (),
            basis=aged.basis if aged else None,
            uncertainty_percent=aged.uncertainty_percent if aged else None,
        )


class OutlookShape(Shape[Outlook], frozen=True, kw_only=True):
    """When enough posts have a number at an age. read: those of `posts` that have it, of `needed`.

    unwatched: posts that were older than the age at the first pull, whose number nobody can get. recent: how
    many went out in the last 90 days. expected_on: by that pace, a guess; null where nothing went out.
    """

    age_s: int
    posts: int
    read: int
    unwatched: int
    watched_since: InUtc
    needed: int
    recent: int
    expected_on: str | None


class LastReadingShape(Shape[AgedNumbers], frozen=True, kw_only=True):
    """The last reading of a post without a number at the age asked for. age_s: how old the post was then."""

    id: str
    age_s: int
    metrics: dict[str, Number]

    @classmethod
    def of(cls, aged: AgedNumbers) -> Self:
        """Build the shape of a reading."""
        return shape_of(cls, aged, id=aged.media.id, metrics=dict(aged.numbers))


class FirstComparisonShape(Shape[FirstComparison], frozen=True, kw_only=True):
    """When posts can first be compared at `age_s`, a time since their publication.

    first_at: when the first post reaches that age; null if a post already has metrics at that age.
    comparable_at: when the second post reaches it; null if another post has to be published first.
    """

    age_s: int
    first_at: InUtc | None
    comparable_at: InUtc | None


class KeptPostsShape(Shape[KeptPosts], frozen=True, kw_only=True):
    """Kept media. age_s: the age asked for; null for the last reading of each.

    outlook: null, but where fewer than 5 have numbers at that age, as on the first days. last_readings: of at
    most 100 posts without a number at that age. first_comparison: null if two posts can be compared already.
    """

    account: str
    age_s: int | None
    media: tuple[KeptPostShape, ...]
    outlook: OutlookShape | None
    last_readings: tuple[LastReadingShape, ...]
    first_comparison: FirstComparisonShape | None

    @classmethod
    def of(cls, kept: KeptPosts) -> Self:
        """Build the shape of a list."""
        return shape_of(cls, kept, media=kept.posts)


class RankShape(msgspec.Struct, frozen=True, kw_only=True):
    """A place among posts of one kind: 1 is the highest. is_few: fewer than 5, which says little."""

    place: int
    of: int
    is_few: bool


class ComparedShape(Shape[Compared], frozen=True, kw_only=True):
    """A post at age_s. value: null where nothing is known of that age, or not that number.

    reading_ages_s, basis, uncertainty_percent: as of a kept media. among_its_kind: its place among the
    account's posts of its kind; null without a value.
    """

    id: str
    kind: str
    caption: str | None
    published_at: InUtc
    value: Number | None
    age_s: int | None
    reading_ages_s: tuple[int, ...]
    basis: Basis | None
    uncertainty_percent: float | None
    among_its_kind: RankShape | None

    @classmethod
    def of(cls, post: Compared) -> Self:
        """Build the shape of a post."""
        return shape_of(
            cls,
            post,
            post.media,
            kind=kind_of_kept(post.media),
            age_s=post.aged.age_s if post.aged else None,
            reading_ages_s=post.aged.ages_s if post.aged else (),
            basis=post.aged.basis if post.aged else None,
            uncertainty_percent=post.aged.uncertainty_percent if post.aged else None,
            among_its_kind=post.standing,
        )


class GroupShape(Shape[Group], frozen=True, kw_only=True):
    """A group of posts. n: those with a value; without: those without. is_few: n is below 5.

    median, quartiles: null without a value.
    """

    name: str
    n: int
    without: int
    is_few: bool
    median: Number | None
    quartiles: tuple[Number, Number] | None

    @classmethod
    def of(cls, group: Group) -> Self:
        """Build the shape of a group."""
        spread = group.spread
        return shape_of(
            cls,
            group,
            n=spread.n if spread else 0,
            is_few=spread.is_few if spread else True,
            median=spread.median if spread else None,
            quartiles=spread.quartiles if spread else None,
        )


class ComparisonShape(Shape[PostComparison], frozen=True, kw_only=True):
    """Posts, or groups of them, at one age. peers_since: from when on posts are compared with.

    ages_s: the lowest and the highest age at which numbers of groups stand, under six hours that of their
    readings. corrected: how many of them are corrected from readings further off. outlook: null, but where
    fewer than 5 of these have numbers at that age, as on the first days. timezone: of the hours and days of
    groups. is_zone_assumed: UTC, for an account without a zone. note: that groups are described and nothing
    is tested, and what tests; null for posts.
    """

    account: str
    timezone: str
    is_zone_assumed: bool
    metric: str
    age_s: int
    peers_since: InUtc
    posts: tuple[ComparedShape, ...]
    groups: tuple[GroupShape, ...]
    outlook: OutlookShape | None
    last_readings: tuple[LastReadingShape, ...]
    first_comparison: FirstComparisonShape | None
    ages_s: tuple[int, ...]
    corrected: int
    note: str | None

    @classmethod
    def of(cls, comparison: PostComparison) -> Self:
        """Build the shape of a comparison."""
        return shape_of(cls, comparison, note=str(GROUPS_DESCRIBE) if comparison.groups else None)


class TapsShape(Shape[Taps], frozen=True, kw_only=True):
    """How often viewers did something. percent: of the story's views; null where those were not read."""

    count: Number
    percent: float | None


class MissedShape(Shape[MissedReading], frozen=True, kw_only=True):
    """A planned reading that was not made. age_s: the age that it was for."""

    age_s: int
    why: str
    text: str

    @classmethod
    def of(cls, reading: MissedReading) -> Self:
        """Build the shape of a missed reading."""
        return shape_of(cls, reading, age_s=reading.planned_age_s)


class StoryShape(Shape[Story], frozen=True, kw_only=True):
    """A kept story with its last reading; what was not read is null, never 0.

    version: of the API, or `webhook` for numbers that Instagram sent by itself. exits, taps_forward,
    taps_back, swipes: of the reading at taps_age_s. completion_percent: 100 less the percentage of exits.
    """

    id: str
    caption: str | None
    published_at: InUtc
    permalink: str | None
    age_s: int | None
    read_at: InUtc | None
    version: str | None
    views: Number | None
    reach: Number | None
    replies: Number | None
    shares: Number | None
    taps_age_s: int | None
    exits: TapsShape | None
    taps_forward: TapsShape | None
    taps_back: TapsShape | None
    swipes: TapsShape | None
    completion_percent: float | None
    read_near_end: bool
    missed: tuple[MissedShape, ...]

    @classmethod
    def of(cls, story: Story) -> Self:
        """Build the shape of a story."""
        reading, taps = story.reading, story.taps_reading
        return shape_of(
            cls,
            story,
            story.media,
            age_s=reading.age_s if reading else None,
            read_at=reading.read_at if reading else None,
            version=reading.version if reading else None,
            views=story.number("views"),
            reach=story.number("reach"),
            replies=story.number("replies"),
            shares=story.number("shares"),
            taps_age_s=taps.age_s if taps else None,
            taps_forward=story.forward,
            taps_back=story.back,
            completion_percent=story.completion,
            read_near_end=story.is_read_near_end,
        )


class StoriesShape(Shape[KeptStories], frozen=True, kw_only=True):
    """Kept stories, newest first. read_near_end: how many at 20 h or later. unread: without any reading."""

    account: str
    read_near_end: int
    unread: int
    stories: tuple[StoryShape, ...]


_MEDIA = ("id", "account", "kind", "published_at", "caption", "permalink")
_RATE = "engagement_rate"


def insights_csv(rows: Sequence[Measured], style: CsvStyle = PLAIN_CSV) -> str:
    """Write a line for each media; a number that is not known is an empty cell, never 0.

    Columns: what the media is, each metric that one of them was asked for, `engagement_rate` in percent.
    """
    shapes = [MeasuredShape.of(row) for row in rows]
    order = [metric.name for metric in MEDIA_METRICS]
    metrics = sorted(
        {name for shape in shapes for name in shape.metrics},
        key=lambda name: (order.index(name) if name in order else len(order), name),
    )
    lines = [[*_MEDIA, *metrics, _RATE], *(_cells(shape, metrics) for shape in shapes)]
    return "".join(f"{csv_line(line, style)}\n" for line in lines)


def _cells(shape: MeasuredShape, metrics: Sequence[str]) -> list[str | float]:
    texts = [getattr(shape, name) or "" for name in _MEDIA]
    numbers = [*(shape.metrics.get(name) for name in metrics), shape.engagement_rate]
    return [*texts, *("" if number is None else number for number in numbers)]
