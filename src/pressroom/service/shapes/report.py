"""The shape of a report: the data that its page shows."""

from typing import TYPE_CHECKING

import msgspec

from pressroom.core.readings import Number
from pressroom.insights.questions.posts import Spread, kind_of
from pressroom.insights.report.movements import Baseline, Movement, PostAgainstItsKind
from pressroom.service.notify_letters import Delivery
from pressroom.service.report.facts import InsightsReport, Kind
from pressroom.service.shapes.account_insights import (
    AccountPeriodShape,
    AudienceShape,
    DaySpanShape,
    DefinitionShape,
    GrowthShape,
)
from pressroom.service.shapes.moments import InUtc, InZone, spelled
from pressroom.service.shapes.stories import StoriesShape
from pressroom.service.shapes.timing import BestTimeShape, EstimateShape, ExperimentShape

if TYPE_CHECKING:
    from pressroom.insights.statistics.comparisons import Change


class AnswerShape(msgspec.Struct, frozen=True, kw_only=True):
    """One of the five answers. facts: sentences of the report's own; comment: a person's, or null."""

    name: str
    question: str
    facts: tuple[str, ...]
    comment: str | None


class ChangeShape(msgspec.Struct, frozen=True, kw_only=True):
    """How a median changed, with the interval that holds it in 95 of 100 cases.

    percent: null where the number may be 0 or less, and difference alone is told, in the metric's own unit.
    """

    change: Number
    low: Number
    high: Number
    percent: EstimateShape | None
    is_outside_noise: bool

    @classmethod
    def of(cls, found: "Change") -> "ChangeShape":
        """Build the shape of a change."""
        difference = found.difference
        return cls(
            change=difference.value,
            low=difference.low,
            high=difference.high,
            percent=EstimateShape.of(found.percent) if found.percent else None,
            is_outside_noise=found.is_outside_noise,
        )


class BaselineShape(msgspec.Struct, frozen=True, kw_only=True):
    """What a number is held against. n: posts or days with it, of `count`. change: null where not compared.

    not_compared: `not_watched`, `days_missing`, `posts_unread`, `too_few`, or null.
    """

    n: int
    count: int
    change: ChangeShape | None
    not_compared: str | None

    @classmethod
    def of(cls, one: Baseline) -> "BaselineShape":
        """Build the shape of a baseline."""
        return cls(
            n=one.n,
            count=one.count,
            change=ChangeShape.of(one.change) if one.change else None,
            not_compared=one.not_compared.value if one.not_compared else None,
        )


class MovementShape(msgspec.Struct, frozen=True, kw_only=True):
    """A number of the period. of: `posts` at 24 hours, or `days`. median: null with fewer than 5 of them.

    n: posts or days with the number, without: those that lack it. before: the period before; trailing: the 90
    days before the period.
    """

    metric: str
    of: str
    n: int
    without: int
    median: Number | None
    before: BaselineShape
    trailing: BaselineShape

    @classmethod
    def of_movement(cls, one: Movement) -> "MovementShape":
        """Build the shape of a movement."""
        return cls(
            metric=one.metric,
            of=one.of.value,
            n=one.n,
            without=one.without,
            median=one.typical.median.value if one.typical else None,
            before=BaselineShape.of(one.before),
            trailing=BaselineShape.of(one.trailing),
        )


class SpreadShape(msgspec.Struct, frozen=True, kw_only=True):
    """Median and quartiles of n posts. is_few: fewer than 5."""

    n: int
    median: Number
    quartiles: tuple[Number, Number]
    is_few: bool

    @classmethod
    def of(cls, spread: Spread) -> "SpreadShape":
        """Build the shape of a spread."""
        return cls(n=spread.n, median=spread.median, quartiles=spread.quartiles, is_few=spread.is_few)


class ReportKindShape(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of post: how many went out, and what they reached at 24 h; null without a post that was read."""

    kind: str
    posts: int
    posts_before: int
    posts_trailing: int
    period: SpreadShape | None
    trailing: SpreadShape | None
    change: ChangeShape | None

    @classmethod
    def of(cls, one: Kind) -> "ReportKindShape":
        """Build the shape of a kind."""
        return cls(
            kind=one.name,
            posts=one.posts,
            posts_before=one.posts_before,
            posts_trailing=one.posts_trailing,
            period=SpreadShape.of(one.now) if one.now else None,
            trailing=SpreadShape.of(one.trailing) if one.trailing else None,
            change=ChangeShape.of(one.change) if one.change else None,
        )


class LastReadShape(msgspec.Struct, frozen=True, kw_only=True):
    """A post's last reading, at its own age: what there is of it in the first days."""

    age_s: int
    read_at: InUtc
    metrics: dict[str, Number]


class ReportPostShape(msgspec.Struct, frozen=True, kw_only=True):
    """A post at 24 hours. metrics: empty without a reading; a number that is not known is absent, never 0.

    engagement_rate: in percent, by the metric `rate_by`. times_usual: its reach beside the median of the
    `others` of its kind; null with fewer than 5. is_outlier: three times that, or more.
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
    times_usual: float | None
    others: int
    is_outlier: bool
    last_read: LastReadShape | None

    @classmethod
    def of(cls, one: PostAgainstItsKind, report: InsightsReport) -> "ReportPostShape":
        """Build the shape of a post."""
        media, rate = one.media, one.aged.rate if one.aged else None
        last = report.posted.latest.get(media.id)
        return cls(
            id=media.id,
            kind=kind_of(media),
            caption=media.caption,
            published_at=spelled(media.published_at, report.timezone),
            permalink=media.permalink,
            metrics=dict(one.aged.numbers) if one.aged else {},
            engagement_rate=rate.percent if rate else None,
            rate_by=rate.by if rate else None,
            rate_without=rate.without if rate else (),
            times_usual=None if one.times_usual is None else round(one.times_usual, 2),
            others=one.n,
            is_outlier=one.is_outlier,
            last_read=LastReadShape(
                age_s=last.age_s, read_at=spelled(last.read_at, "UTC"), metrics=dict(last.numbers)
            )
            if last
            else None,
        )


class DeliveryShape(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a report on one way. problem: null where it was taken. has_file: the file went along."""

    way: str
    problem: str | None
    has_file: bool


class InsightsReportShape(msgspec.Struct, frozen=True, kw_only=True):
    """A report. posts: those of the period, newest first; read: how many have a reading at 24 h.

    username: on Instagram, where it was read. is_whole: all media that there were are read. days: the
    account's, of Instagram's own days; everything else is of days in `timezone`. unread: why posts have no
    reading at 24 h, and how many: the reasons of missed ones, `not_watched` or `not_yet`. best, weakest: ids
    of posts, by how far they are from what is usual of their kind. file: null where none was written. sent:
    what became of it on each way, empty where it was not sent.
    """

    account: str
    username: str | None
    timezone: str
    period: DaySpanShape
    before: DaySpanShape
    made_at: InUtc
    is_whole: bool
    read_at: InUtc | None
    watched_since: InUtc
    answers: tuple[AnswerShape, ...]
    movements: tuple[MovementShape, ...]
    read: int
    unread: dict[str, int]
    kinds: tuple[ReportKindShape, ...]
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
    file: str | None
    sent: tuple[DeliveryShape, ...]

    @classmethod
    def of(
        cls, report: InsightsReport, *, file: str | None = None, sent: tuple[Delivery, ...] = ()
    ) -> "InsightsReportShape":
        """Build the shape of a report."""
        return cls(
            account=report.account,
            username=report.username,
            timezone=report.timezone,
            period=DaySpanShape.of_period(report.period),
            before=DaySpanShape.of_period(report.period.before),
            made_at=spelled(report.made_at, "UTC"),
            is_whole=report.is_whole,
            read_at=spelled(report.read_at, "UTC"),
            watched_since=spelled(report.watched_since, "UTC"),
            answers=tuple(
                AnswerShape(name=one.name, question=one.question, facts=one.facts, comment=one.comment)
                for one in report.answers
            ),
            movements=tuple(MovementShape.of_movement(one) for one in report.movements),
            read=report.posted.read,
            unread={why.value: n for why, n in report.posted.unread.items()},
            kinds=tuple(ReportKindShape.of(one) for one in report.kinds),
            best=tuple(one.media.id for one in report.best),
            weakest=tuple(one.media.id for one in report.weakest),
            posts=tuple(ReportPostShape.of(one, report) for one in report.posted.posts),
            days=AccountPeriodShape.of(report.days),
            growth=GrowthShape.of(report.growth),
            stories=StoriesShape.of(report.stories),
            audience=AudienceShape.of(report.audience),
            best_time=BestTimeShape.of(report.best_time),
            experiment=ExperimentShape.of(report.experiment) if report.experiment else None,
            definitions=tuple(DefinitionShape.of(one) for one in report.definitions),
            file=file,
            sent=tuple(
                DeliveryShape(way=one.way, problem=one.problem, has_file=one.has_file) for one in sent
            ),
        )
