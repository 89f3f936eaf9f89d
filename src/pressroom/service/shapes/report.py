"""The shape of a report: the data that its page shows."""

from typing import TYPE_CHECKING, Self

import msgspec

from pressroom.core.readings import Number, Reading
from pressroom.insights.questions.people import FollowerFlow
from pressroom.insights.questions.posts import Basis, Spread, kind_of
from pressroom.insights.report.lifetime import KindSoFar, Lifetime, OnlineHours, Times
from pressroom.insights.report.mix import MixChange
from pressroom.insights.report.movements import Baseline, PostAgainstItsKind
from pressroom.insights.report.posted import Hashtag
from pressroom.service.ground.shaping import InUtc, InZone, Shape, shape_of, spelled
from pressroom.service.insights.report_accounts import ComparedAccount, ReportOfAccounts
from pressroom.service.insights.report_after import PublishedAfter
from pressroom.service.insights.report_facts import InsightsReport, Kind, ReportAnswer
from pressroom.service.shapes.account_insights import (
    AccountPeriodShape,
    AudienceShape,
    DaySpanShape,
    DefinitionShape,
    FollowersInPeriodShape,
    GrowthShape,
    NewFollowersShape,
    StretchShape,
)
from pressroom.service.shapes.described import DescribedShape, MetricNoteShape, SuspectedChangeShape
from pressroom.service.shapes.kept import FirstComparisonShape, LastReadingShape, StoriesShape, TotalShape
from pressroom.service.shapes.timing import BestTimeShape, EstimateShape, ExperimentShape
from pressroom.service.work.ways import Delivery

if TYPE_CHECKING:
    from pressroom.insights.statistics.changes import Change


class AnswerShape(Shape[ReportAnswer], frozen=True, kw_only=True):
    """One of the five answers, in the report's language. comment: a person's sentence, or null.

    sentences: with one number each. notes: how sure that is, and of how many posts or days.
    """

    name: str
    question: str
    sentences: tuple[str, ...]
    notes: tuple[str, ...]
    comment: str | None


class ChangeShape(Shape["Change"], frozen=True, kw_only=True):
    """How a median changed, with an interval that leaves out 0 only where the change is beyond chance.

    change, low, high: in the metric's own unit. percent: null where the earlier median is 0 or less.
    """

    change: Number
    low: Number
    high: Number
    percent: EstimateShape | None
    is_outside_noise: bool

    @classmethod
    def of(cls, change: "Change") -> Self:
        """Build the shape of a change."""
        return shape_of(cls, change, change.difference, change=change.difference.value)


class BaselineShape(Shape[Baseline], frozen=True, kw_only=True):
    """What a number is held against. n: posts or days with it, of `count`. change: null where not compared.

    median: null with fewer than 5 of them. not_compared: `not_watched`, `days_missing`, `posts_unread`,
    `short_history` (fewer than 90 known days before the period), `too_few`, or null.
    """

    n: int
    count: int
    median: Number | None
    change: ChangeShape | None
    not_compared: str | None


class MixChangeShape(Shape[MixChange], frozen=True, kw_only=True):
    """The kind of post whose share of all posts changed most. share, share_before: in percent."""

    kind: str
    share: float
    share_before: float


class MovementShape(msgspec.Struct, frozen=True, kw_only=True):
    """A number of the period. of: `posts` at 24 hours, or `days`. median: null with fewer than 5 of them.

    n: posts or days with the number, without: those that lack it. before: the period before; trailing: the 90
    days before the period. mix: the changed mix of kinds that moved it, where posts of each kind did not
    change beyond chance; else null.
    """

    metric: str
    of: str
    n: int
    without: int
    median: Number | None
    before: BaselineShape
    trailing: BaselineShape
    mix: MixChangeShape | None


class SpreadShape(Shape[Spread], frozen=True, kw_only=True):
    """Median and quartiles of n posts. is_few: fewer than 5."""

    n: int
    median: Number
    quartiles: tuple[Number, Number]
    is_few: bool


class ReportKindShape(Shape[Kind], frozen=True, kw_only=True):
    """A kind of post: how many went out, and what they reached at 24 h; null without a post that was read."""

    kind: str
    posts: int
    posts_before: int
    posts_trailing: int
    period: SpreadShape | None
    trailing: SpreadShape | None
    change: ChangeShape | None

    @classmethod
    def of(cls, kind: Kind) -> Self:
        """Build the shape of a kind."""
        return shape_of(cls, kind, kind=kind.name, period=kind.now)


class LastReadShape(Shape[Reading], frozen=True, kw_only=True):
    """A post's last reading, at its own age: what there is of it in the first days."""

    age_s: int
    read_at: InUtc
    metrics: dict[str, Number]

    @classmethod
    def of(cls, reading: Reading) -> Self:
        """Build the shape of a reading."""
        return shape_of(cls, reading, metrics=reading.numbers)


class ReportPostShape(msgspec.Struct, frozen=True, kw_only=True):
    """A post at 24 hours. metrics: empty without a reading; a number that is not known is absent, never 0.

    engagement_rate: in percent, by the metric `rate_by`. basis, uncertainty_percent, reading_ages_s: as of a
    kept media. times_usual: its reach beside the median of the
    `others` of its kind; null with fewer than 5. is_outlier: three times that, or more. is_deleted: it was
    deleted since.
    """

    id: str
    kind: str
    caption: str | None
    published_at: InZone
    permalink: str | None
    metrics: dict[str, Number]
    engagement_rate: float | None
    rate_by: str | None
    rate_without: tuple[str, ...]
    reading_ages_s: tuple[int, ...]
    basis: Basis | None
    uncertainty_percent: float | None
    times_usual: float | None
    others: int
    is_outlier: bool
    is_deleted: bool
    last_read: LastReadShape | None

    @classmethod
    def of(cls, post: PostAgainstItsKind, report: InsightsReport) -> Self:
        """Build the shape of a post."""
        media, rate = post.media, post.aged.rate if post.aged else None
        return shape_of(
            cls,
            post,
            media,
            kind=kind_of(media),
            published_at=spelled(media.published_at, report.timezone),
            metrics=post.aged.numbers if post.aged else {},
            engagement_rate=rate.percent if rate else None,
            rate_by=rate.by if rate else None,
            rate_without=rate.without if rate else (),
            reading_ages_s=post.aged.ages_s if post.aged else (),
            basis=post.aged.basis if post.aged else None,
            uncertainty_percent=post.aged.uncertainty_percent if post.aged else None,
            times_usual=None if post.times_usual is None else round(post.times_usual, 2),
            others=post.n,
            last_read=report.posted.latest.get(media.id),
        )


class LifetimePostShape(Shape[PostAgainstItsKind], frozen=True, kw_only=True):
    """A post by its last reading, at its own age. value: of the metric that counts people.

    times: beside the median of the `others` of its kind within a month of its age; null with fewer than 5.
    """

    id: str
    kind: str
    published_at: InUtc
    age_s: int
    value: Number | None
    times: float | None
    others: int

    @classmethod
    def of(cls, post: PostAgainstItsKind) -> Self:
        """Build the shape of a post."""
        assert post.aged  # what was not read has no lifetime number
        times = None if post.times_usual is None else round(post.times_usual, 2)
        return shape_of(
            cls,
            post,
            post.media,
            kind=kind_of(post.media),
            age_s=post.aged.age_s,
            times=times,
            others=post.n,
        )


class TimesShape(Shape[Times], frozen=True, kw_only=True):
    """The median of n posts, each beside the median of another kind within a month of its age: no test."""

    value: float
    against: str
    n: int
    others: int

    @classmethod
    def of(cls, times: Times) -> Self:
        """Build the shape of it."""
        return shape_of(cls, times, value=round(times.value, 2))


class LifetimeKindShape(Shape[KindSoFar], frozen=True, kw_only=True):
    """A kind of post since a year before the period. engagement_rate: in percent.

    times: its reach beside that of the kind with the most posts, null of that one, and with too few posts.
    """

    kind: str
    n: int
    engagement_rate: SpreadShape | None
    times: TimesShape | None

    @classmethod
    def of(cls, kind: KindSoFar) -> Self:
        """Build the shape of a kind."""
        return shape_of(cls, kind, kind=kind.name, engagement_rate=kind.rate)


class OnlineHoursShape(Shape[OnlineHours], frozen=True, kw_only=True):
    """A guess: from `first` on most followers are online for two hours, of a clock that is not documented.

    if_utc, if_pacific: these hours in the report's zone, for either clock.
    """

    first: int
    read_at: InUtc
    if_utc: str
    if_pacific: str


class LifetimeShape(Shape[Lifetime], frozen=True, kw_only=True):
    """What lifetime numbers allow: posts at no equal age, so a description and no test.

    metric: that counts people. since, looked_at: the posts that kinds and best_of_year are of. posts: of the
    period without numbers at 24 h. best, weakest: ids of those. totals: of the period's posts so far.
    """

    metric: str
    since: InUtc
    looked_at: int
    posts: tuple[LifetimePostShape, ...]
    best: tuple[str, ...]
    weakest: tuple[str, ...]
    best_of_year: tuple[LifetimePostShape, ...]
    totals: dict[str, TotalShape]
    kinds: tuple[LifetimeKindShape, ...]
    online: OnlineHoursShape | None

    @classmethod
    def of(cls, lifetime: Lifetime) -> Self:
        """Build the shape of lifetime numbers."""
        best, weakest = (tuple(post.media.id for post in ends) for ends in (lifetime.best, lifetime.weakest))
        return shape_of(cls, lifetime, best=best, weakest=weakest)


class PublishedAfterShape(Shape[PublishedAfter], frozen=True, kw_only=True):
    """Posts published after the period, if it ended less than two days ago, each with its last reading.

    posts: ids, newest first. last_readings: of those that were read. first_comparison: null if two posts have
    numbers at 24 h already.
    """

    posts: tuple[str, ...]
    last_readings: tuple[LastReadingShape, ...]
    first_comparison: FirstComparisonShape | None

    @classmethod
    def of(cls, after: PublishedAfter) -> Self:
        """Build the shape of posts published after a period."""
        return shape_of(
            cls,
            after,
            posts=tuple(post.id for post in after.posts),
            last_readings=tuple(LastReadingShape.of(aged) for aged in after.last_readings.values()),
        )


class ComingShape(msgspec.Struct, frozen=True, kw_only=True):
    """An answer that is still to come, with its first day; null where that cannot be told.

    answer: `posts_at_24h`, `period_before`, `days_against_90_days`, `posts_against_90_days`,
    `followers_after_posts`, or `best_time`.
    """

    answer: str
    on: str | None


class HashtagShape(Shape[Hashtag], frozen=True, kw_only=True):
    """A hashtag of the period, without its mark. posts: that carry it. n: those of them with a reach at 24 h.

    median: of their reach, no test; null with fewer than 5.
    """

    name: str
    posts: int
    n: int
    median: Number | None


class FollowerFlowShape(Shape[FollowerFlow], frozen=True, kw_only=True):
    """Followers won and lost in the period. total: of either, null where a day is missing."""

    won: StretchShape
    lost: StretchShape


class DeliveryShape(Shape[Delivery], frozen=True, kw_only=True):
    """What became of a report on one way. problem: null where it was taken. has_file: the file went along."""

    way: str
    problem: str | None
    has_file: bool


class InsightsReportShape(msgspec.Struct, frozen=True, kw_only=True):
    """A report. posts: those of the period, newest first; read: how many have a reading at 24 h.

    language: the language of the sentences and notes. headline: a sentence that names the surest change, or
    says that nothing changed. username: the account's name on Instagram; null where it is unknown. is_whole:
    whether all of the account's media are read. days: the account's numbers, for Instagram's own days;
    everything else is for days in `timezone`. unread: why posts have no reading at 24 h, and how many: the
    reasons of missed ones, `not_watched` or `not_yet`. best, weakest: ids of posts, by how far they are from
    what is usual of their kind. totals: sums over the posts at 24 h, each with its n. followers: those in the
    period. follower_flow: followers won and lost, as Instagram counts them. hashtags: the ten that most posts
    carry. weekdays: how many posts were published on each, Monday first. lifetime: what the last readings
    allow, null once nearly all posts have one at 24 h. coming: answers that a report of such a period can
    only give later. file: null where none was written. suspected: metrics that Meta may count differently
    since a moment. metric_notes: notes for the period and the days it is compared with. sent: the result of
    each way the report was sent, empty where it was not.
    is_zone_assumed: UTC, for an account without one.
    """

    account: str
    username: str | None
    timezone: str
    is_zone_assumed: bool
    period: DaySpanShape
    before: DaySpanShape
    made_at: InUtc
    is_whole: bool
    read_at: InUtc | None
    watched_since: InUtc
    language: str
    headline: str
    answers: tuple[AnswerShape, ...]
    movements: tuple[MovementShape, ...]
    totals: dict[str, TotalShape]
    followers: FollowersInPeriodShape
    follower_flow: FollowerFlowShape
    read: int
    unread: dict[str, int]
    kinds: tuple[ReportKindShape, ...]
    hashtags: tuple[HashtagShape, ...]
    weekdays: tuple[int, ...]
    best: tuple[str, ...]
    weakest: tuple[str, ...]
    posts: tuple[ReportPostShape, ...]
    days: AccountPeriodShape
    growth: GrowthShape
    stories: StoriesShape
    audience: AudienceShape
    best_time: BestTimeShape
    experiment: ExperimentShape | None
    definitions: tuple[DefinitionShape, ...]
    described: DescribedShape
    suspected: tuple[SuspectedChangeShape, ...]
    metric_notes: tuple[MetricNoteShape, ...]
    published_after: PublishedAfterShape
    lifetime: LifetimeShape | None
    coming: tuple[ComingShape, ...]
    file: str | None
    sent: tuple[DeliveryShape, ...]

    @classmethod
    def of(cls, report: InsightsReport, *, file: str | None = None, sent: tuple[Delivery, ...] = ()) -> Self:
        """Build the shape of a report."""
        return shape_of(
            cls,
            report,
            report.posted,
            before=report.period.before,
            movements=tuple(shape_of(MovementShape, movement) for movement in report.movements),
            best=tuple(post.media.id for post in report.best),
            weakest=tuple(post.media.id for post in report.weakest),
            posts=tuple(ReportPostShape.of(post, report) for post in report.posted.posts),
            file=file,
            sent=sent,
        )


class ComparedAccountShape(Shape[ComparedAccount], frozen=True, kw_only=True):
    """An account among others. posts: that went out; all numbers of theirs are at 24 h.

    totals: of what may be added, each with its n. followers: after the last day, null where nobody counted.
    net_change, new_followers: as `followers` of a report has them. has_moved: whether anything of its report
    changed beyond chance.
    """

    account: str
    username: str | None
    posts: int
    reach: MovementShape
    engagement_rate: MovementShape
    totals: dict[str, TotalShape]
    followers: int | None
    net_change: int | None
    new_followers: NewFollowersShape
    follower_flow: FollowerFlowShape
    has_moved: bool


class ReportOfAccountsShape(Shape[ReportOfAccounts], frozen=True, kw_only=True):
    """A report of several accounts: compared at equal age, and each by itself, in the order of their names.

    The period is the same text for all, and each account's own days. file, sent: as of one account.
    """

    comparison: tuple[ComparedAccountShape, ...]
    accounts: tuple[InsightsReportShape, ...]
    file: str | None
    sent: tuple[DeliveryShape, ...]

    @classmethod
    def of(
        cls, report: ReportOfAccounts, *, file: str | None = None, sent: tuple[Delivery, ...] = ()
    ) -> Self:
        """Build the shape of a report."""
        accounts = tuple(InsightsReportShape.of(of_account) for of_account in report.reports)
        return shape_of(cls, report, accounts=accounts, file=file, sent=sent)
