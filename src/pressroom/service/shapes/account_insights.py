"""The shapes of an account's own insights: its days, its people, its followers, and what metrics mean."""

import msgspec

from pressroom.core.readings import Number
from pressroom.graph.definitions import Definition
from pressroom.graph.metrics import DAY_ZONE
from pressroom.insights.questions.people import Audience, FollowerDay, Part, PostGrowth
from pressroom.insights.questions.periods import Against, InPeriod, Period, Stretch
from pressroom.insights.questions.posts import kind_of
from pressroom.service.insights_account import AccountAudience, AccountPeriod, Growth
from pressroom.service.shapes.moments import InUtc, spelled


class DaySpanShape(msgspec.Struct, frozen=True, kw_only=True):
    """Whole days of Instagram's, both inclusive: 2026-11-25."""

    first: str
    last: str

    @classmethod
    def of_period(cls, period: Period) -> "DaySpanShape":
        """Build the shape of a period."""
        return cls(first=period.first.isoformat(), last=period.last.isoformat())


class DayNumberShape(msgspec.Struct, frozen=True, kw_only=True):
    """A metric on a day. number: null where it is not known, never 0.

    is_settled: read more than 48 hours after the day's end, until when it may change; null without a number.
    """

    day: str
    number: Number | None
    is_settled: bool | None


class DayPartsShape(msgspec.Struct, frozen=True, kw_only=True):
    """Sums of a metric's parts over `days` days of the period: those whose parts are known."""

    breakdown: str
    days: int
    numbers: dict[str, Number]


class StretchShape(msgspec.Struct, frozen=True, kw_only=True):
    """A metric in a period. known, missing: days.

    total: null for a metric that counts people, and where a day is missing. median_day: of the known days.
    """

    known: int
    missing: int
    total: Number | None
    median_day: Number | None

    @classmethod
    def of_stretch(cls, one: Stretch) -> "StretchShape":
        """Build the shape of a stretch."""
        return cls(known=one.known, missing=one.missing, total=one.total, median_day=one.median_day)


class AgainstShape(msgspec.Struct, frozen=True, kw_only=True):
    """A period against the one before. compares: `total`, or `median_day` of a metric that counts people.

    percent: null where there was nothing before. is_outside_noise: the usual day differs, in the same
    direction, by more than chance would have it; null where that cannot be judged.
    """

    compares: str
    change: Number
    percent: float | None
    is_outside_noise: bool | None

    @classmethod
    def of_against(cls, one: Against) -> "AgainstShape":
        """Build the shape of a comparison."""
        return cls(
            compares=one.compares,
            change=one.change,
            percent=one.percent,
            is_outside_noise=one.is_outside_noise,
        )


class AccountMetricShape(msgspec.Struct, frozen=True, kw_only=True):
    """A metric of an account in a period.

    counts_people: its days have no sum. known_since: the first known day of both periods. unsettled: days
    that may still change. against: null where a day of either period is missing.
    """

    metric: str
    counts_people: bool
    period: StretchShape
    before: StretchShape
    known_since: str | None
    unsettled: int
    against: AgainstShape | None
    parts: tuple[DayPartsShape, ...]
    days: tuple[DayNumberShape, ...]

    @classmethod
    def of(cls, one: InPeriod) -> "AccountMetricShape":
        """Build the shape of a metric."""
        return cls(
            metric=one.metric,
            counts_people=one.counts_people,
            period=StretchShape.of_stretch(one.now),
            before=StretchShape.of_stretch(one.before),
            known_since=one.known_since.isoformat() if one.known_since else None,
            unsettled=one.unsettled,
            against=AgainstShape.of_against(one.against) if one.against else None,
            parts=tuple(
                DayPartsShape(breakdown=part.breakdown, days=part.days, numbers=dict(part.numbers))
                for part in one.parts
            ),
            days=tuple(
                DayNumberShape(day=day.day.isoformat(), number=day.number, is_settled=day.is_settled)
                for day in one.days
            ),
        )


class AccountPeriodShape(msgspec.Struct, frozen=True, kw_only=True):
    """An account in a period. zone: at whose midnight days end. watched_since: when collecting began.

    is_judged: changes are told from noise, which takes the extra `report`.
    """

    account: str
    zone: str
    period: DaySpanShape
    before: DaySpanShape
    watched_since: InUtc
    is_judged: bool
    metrics: tuple[AccountMetricShape, ...]

    @classmethod
    def of(cls, found: AccountPeriod) -> "AccountPeriodShape":
        """Build the shape of a period."""
        return cls(
            account=found.account,
            zone=DAY_ZONE,
            period=DaySpanShape.of_period(found.period),
            before=DaySpanShape.of_period(found.period.before),
            watched_since=spelled(found.watched_since, "UTC"),
            is_judged=found.is_judged,
            metrics=tuple(AccountMetricShape.of(one) for one in found.metrics),
        )


class AudiencePartShape(msgspec.Struct, frozen=True, kw_only=True):
    """A part of an audience. share: in percent of what is told; null for an hour.

    earlier, share_change: against the earlier reading, in percentage points; null where it is not told there.
    """

    name: str
    number: Number
    share: float | None
    earlier: Number | None
    share_change: float | None

    @classmethod
    def of_part(cls, part: Part) -> "AudiencePartShape":
        """Build the shape of a part."""
        return cls(
            name=part.name,
            number=part.number,
            share=part.share,
            earlier=part.earlier,
            share_change=part.share_change,
        )


class SpreadAudienceShape(msgspec.Struct, frozen=True, kw_only=True):
    """How people are spread. is_cut: by the largest 45 parts alone.

    told: how many the parts are together; null for hours, in several of which a follower may be online.
    earlier_at: of the reading some 28 days older that it is compared with; null without one.
    """

    metric: str
    breakdown: str
    read_at: InUtc
    told: Number | None
    is_cut: bool
    earlier_at: InUtc | None
    parts: tuple[AudiencePartShape, ...]

    @classmethod
    def of(cls, one: Audience) -> "SpreadAudienceShape":
        """Build the shape of a spread."""
        return cls(
            metric=one.metric,
            breakdown=one.breakdown,
            read_at=spelled(one.read_at, "UTC"),
            told=one.told,
            is_cut=one.is_cut,
            earlier_at=spelled(one.earlier_at, "UTC"),
            parts=tuple(AudiencePartShape.of_part(part) for part in one.parts),
        )


class AudienceShape(msgspec.Struct, frozen=True, kw_only=True):
    """Who an account's people are. followers: as last counted. is_too_small: for Instagram to tell any."""

    account: str
    followers: int | None
    is_too_small: bool | None
    audiences: tuple[SpreadAudienceShape, ...]

    @classmethod
    def of(cls, found: AccountAudience) -> "AudienceShape":
        """Build the shape of an audience."""
        return cls(
            account=found.account,
            followers=found.followers,
            is_too_small=found.is_too_small,
            audiences=tuple(SpreadAudienceShape.of(one) for one in found.audiences),
        )


class FollowerDayShape(msgspec.Struct, frozen=True, kw_only=True):
    """A day of Instagram's. followers: counted at `counted_at`, after its end; null without a count.

    gain_by: `instagram` for its own `follower_count`, `counts` for a difference of two counts.
    """

    day: str
    followers: int | None
    counted_at: InUtc | None
    gain: Number | None
    gain_by: str | None

    @classmethod
    def of_day(cls, one: FollowerDay) -> "FollowerDayShape":
        """Build the shape of a day."""
        return cls(
            day=one.day.isoformat(),
            followers=one.followers,
            counted_at=spelled(one.counted_at, "UTC"),
            gain=one.gain,
            gain_by=one.by.value if one.by else None,
        )


class AssociatedShape(msgspec.Struct, frozen=True, kw_only=True):
    """The change of followers in the 48 h after a post: an association, no effect of it.

    more_than_usual, is_outside_noise: null where no usual change is known. other_posts: in the two
    days before and after it.
    """

    change_in_48h: float | None
    more_than_usual: float | None
    is_outside_noise: bool | None
    other_posts: int


class PostGrowthShape(msgspec.Struct, frozen=True, kw_only=True):
    """A post. follows: as Instagram counts them, of feed posts and stories alone, at the age `follows_age_s`.

    association: null for a story, and without the extra `report`.
    """

    id: str
    kind: str
    caption: str | None
    published_at: InUtc
    follows: Number | None
    follows_age_s: int | None
    association: AssociatedShape | None

    @classmethod
    def of_post(cls, one: PostGrowth) -> "PostGrowthShape":
        """Build the shape of a post."""
        after = one.after
        return cls(
            id=one.media.id,
            kind=kind_of(one.media),
            caption=one.media.caption,
            published_at=spelled(one.media.published_at, "UTC"),
            follows=one.follows,
            follows_age_s=one.follows_age_s,
            association=AssociatedShape(
                change_in_48h=after.change,
                more_than_usual=after.more_than_usual,
                is_outside_noise=after.is_outside_noise,
                other_posts=after.other_posts,
            )
            if after
            else None,
        )


class UsualShape(msgspec.Struct, frozen=True, kw_only=True):
    """The usual change in 48 h without a post: the median of n of them."""

    n: int
    change: float


class GrowthShape(msgspec.Struct, frozen=True, kw_only=True):
    """How followers moved. days: from the first on of which anything is known.

    usual_48h: null where there are too few 48 h without a post. is_judged: the extra `report` is there.
    """

    account: str
    zone: str
    since: InUtc
    watched_since: InUtc
    is_judged: bool
    days: tuple[FollowerDayShape, ...]
    usual_48h: UsualShape | None
    posts: tuple[PostGrowthShape, ...]

    @classmethod
    def of(cls, found: Growth) -> "GrowthShape":
        """Build the shape of growth."""
        usual = found.posts.usual
        return cls(
            account=found.account,
            zone=DAY_ZONE,
            since=spelled(found.since, "UTC"),
            watched_since=spelled(found.watched_since, "UTC"),
            is_judged=found.posts.is_judged,
            days=tuple(FollowerDayShape.of_day(one) for one in found.days),
            usual_48h=UsualShape(n=usual.n, change=usual.change) if usual else None,
            posts=tuple(PostGrowthShape.of_post(one) for one in found.posts.posts),
        )


class DefinitionShape(msgspec.Struct, frozen=True, kw_only=True):
    """What a metric counts. adds_up: numbers of several posts, or of an account's days, have a sum.

    is_estimated: Meta calls it an estimate. counts_ads: null where nobody says. since: null where it is not
    known. replaces: metrics that are gone. may_become: the metric announced in its place. certainty: the mark
    of its source, as in the reference of errors.
    """

    name: str
    level: str
    counts: str
    unit: str
    adds_up: bool
    is_estimated: bool
    counts_ads: bool | None
    since: str | None
    kinds: tuple[str, ...]
    logins: tuple[str, ...]
    breakdowns: tuple[str, ...]
    replaces: tuple[str, ...]
    may_become: str | None
    note: str | None
    certainty: str

    @classmethod
    def of(cls, one: Definition) -> "DefinitionShape":
        """Build the shape of a definition."""
        return cls(
            name=one.name,
            level=one.level.value,
            counts=one.counts,
            unit=one.unit.value,
            adds_up=one.adds_up,
            is_estimated=one.is_estimated,
            counts_ads=one.counts_ads,
            since=one.since,
            kinds=one.kinds,
            logins=tuple(login.value for login in one.logins),
            breakdowns=one.breakdowns,
            replaces=one.replaces,
            may_become=one.may_become,
            note=one.note,
            certainty=one.mark.value,
        )
