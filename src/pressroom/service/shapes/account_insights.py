"""The shapes of an account's own insights: its days, its people, its followers, and what metrics mean."""

from typing import Self

from pressroom.core.readings import Number
from pressroom.graph.definitions import Definition
from pressroom.graph.metrics import DAY_ZONE
from pressroom.insights.questions.people import (
    Audience,
    FollowerDay,
    FollowersAfter,
    NewFollowers,
    Part,
    PostGrowth,
    UsualGrowth,
)
from pressroom.insights.questions.periods import Against, Day, InPeriod, Parts, Period, Stretch
from pressroom.insights.questions.posts import kind_of
from pressroom.service.ground.shaping import InUtc, Shape, shape_of
from pressroom.service.insights.questions import (
    AccountAudience,
    AccountPeriod,
    FollowersChange,
    FollowersInPeriod,
    Growth,
    growth_says,
)


class DaySpanShape(Shape[Period], frozen=True, kw_only=True):
    """Whole days of Instagram's, both inclusive: 2026-11-25."""

    first: str
    last: str


class DayNumberShape(Shape[Day], frozen=True, kw_only=True):
    """A metric on a day. number: null where it is not known, never 0.

    is_settled: read more than 48 hours after the day's end, until when it may change; null without a number.
    """

    day: str
    number: Number | None
    is_settled: bool | None


class DayPartsShape(Shape[Parts], frozen=True, kw_only=True):
    """Sums of a metric's parts over `days` days of the period: those whose parts are known."""

    breakdown: str
    days: int
    numbers: dict[str, Number]


class StretchShape(Shape[Stretch], frozen=True, kw_only=True):
    """A metric in a period. known, missing: days.

    total: null for a metric that counts people, and where a day is missing. median_day: of the known days.
    """

    known: int
    missing: int
    total: Number | None
    median_day: Number | None


class AgainstShape(Shape[Against], frozen=True, kw_only=True):
    """A period against the one before. compares: `total`, or `median_day` of a metric that counts people.

    percent: null where there was nothing before. is_outside_noise: the usual day differs, in the same
    direction, by more than chance would have it; null where that cannot be judged.
    """

    compares: str
    change: Number
    percent: float | None
    is_outside_noise: bool | None


class AccountMetricShape(Shape[InPeriod], frozen=True, kw_only=True):
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
    def of(cls, metric: InPeriod) -> Self:
        """Build the shape of a metric."""
        return shape_of(cls, metric, period=metric.now)


class AccountPeriodShape(Shape[AccountPeriod], frozen=True, kw_only=True):
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
    def of(cls, account: AccountPeriod) -> Self:
        """Build the shape of a period."""
        return shape_of(cls, account, zone=DAY_ZONE, before=account.period.before)


class AudiencePartShape(Shape[Part], frozen=True, kw_only=True):
    """A part of an audience. share: in percent of what is told; null for an hour.

    earlier, share_change: against the earlier reading, in percentage points; null where it is not told there.
    """

    name: str
    number: Number
    share: float | None
    earlier: Number | None
    share_change: float | None


class SpreadAudienceShape(Shape[Audience], frozen=True, kw_only=True):
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


class AudienceShape(Shape[AccountAudience], frozen=True, kw_only=True):
    """Who an account's people are. followers: as last counted. is_too_small: for Instagram to tell any."""

    account: str
    followers: int | None
    is_too_small: bool | None
    audiences: tuple[SpreadAudienceShape, ...]


class FollowerDayShape(Shape[FollowerDay], frozen=True, kw_only=True):
    """A day of Instagram's. followers: counted at `counted_at`, after its end; null without a count.

    net_change: the difference of two counts. new_followers: Instagram's `follower_count`, which does not
    subtract those who left. Neither replaces the other; null where it is not known.
    """

    day: str
    followers: int | None
    counted_at: InUtc | None
    net_change: int | None
    new_followers: Number | None


class NewFollowersShape(Shape[NewFollowers], frozen=True, kw_only=True):
    """The new followers of `days_known` of so many `days`; number: null where no day is known."""

    number: Number | None
    days_known: int
    days: int


class AssociatedShape(Shape[FollowersAfter], frozen=True, kw_only=True):
    """The change of followers in the 48 h after a post: an association, no effect of it.

    more_than_usual, is_outside_noise: null where no usual change is known. other_posts: in the two
    days before and after it.
    """

    change_in_48h: float | None
    more_than_usual: float | None
    is_outside_noise: bool | None
    other_posts: int

    @classmethod
    def of(cls, after: FollowersAfter) -> Self:
        """Build the shape of an association."""
        return shape_of(cls, after, change_in_48h=after.change)


class PostGrowthShape(Shape[PostGrowth], frozen=True, kw_only=True):
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
    def of(cls, post: PostGrowth) -> Self:
        """Build the shape of a post."""
        return shape_of(cls, post, post.media, kind=kind_of(post.media), association=post.after)


class UsualShape(Shape[UsualGrowth], frozen=True, kw_only=True):
    """The usual change in 48 h without a post: twice the median of n quiet days."""

    n: int
    change: float


class FollowersChangeShape(Shape[FollowersChange], frozen=True, kw_only=True):
    """How many followers more there are after the last day than before the first one: the net change."""

    first: str
    last: str
    change: int


class FollowersInPeriodShape(Shape[FollowersInPeriod], frozen=True, kw_only=True):
    """The followers of a period. at_end: after its last day. net_change: the difference of two counts.

    new: who came, without those who left. Neither replaces the other; null where it is not known.
    """

    at_end: int | None
    net_change: int | None
    new: NewFollowersShape


class GrowthShape(Shape[Growth], frozen=True, kw_only=True):
    """How followers moved. days: from the first on of which anything is known.

    change: net, of two counts, over whole days, both named ones included; null without two. new: of these
    days. usual_48h: null where
    there are too few quiet days, as `says` says: those from 48 h after a post until the next. by_chance: how
    many of the posts at most chance alone puts outside the noise. is_judged: the extra `report` is there.
    """

    account: str
    zone: str
    since: InUtc
    watched_since: InUtc
    is_judged: bool
    days: tuple[FollowerDayShape, ...]
    change: FollowersChangeShape | None
    new: NewFollowersShape
    says: str | None
    usual_48h: UsualShape | None
    by_chance: float | None
    posts: tuple[PostGrowthShape, ...]

    @classmethod
    def of(cls, growth: Growth) -> Self:
        """Build the shape of growth."""
        posts = growth.posts
        return shape_of(
            cls,
            growth,
            posts,
            zone=DAY_ZONE,
            says=growth_says(posts),
            usual_48h=posts.usual,
            posts=posts.posts,
        )


class DefinitionShape(Shape[Definition], frozen=True, kw_only=True):
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
    def of(cls, definition: Definition) -> Self:
        """Build the shape of a definition."""
        return shape_of(cls, definition, certainty=definition.mark)
