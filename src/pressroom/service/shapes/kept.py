"""The shapes of what is kept of posts: their numbers at an age, comparisons, and what a pull did."""

import msgspec

from pressroom.core.error_shape import ErrorShape
from pressroom.core.readings import Number
from pressroom.insights.questions.posts import Standing
from pressroom.service.insights_posts import Compared, Group, KeptPost, KeptPosts, PostComparison, kind_of
from pressroom.service.insights_pull import PullCost, Pulled
from pressroom.service.shapes.moments import InUtc, spelled


class PulledShape(msgspec.Struct, frozen=True, kw_only=True):
    """What a pull did. media, readings, missed, days: how many rows it learnt.

    kept_media, kept_readings: of the account in all. is_whole: all media that were there are read. problem:
    what kept a part of it from being read.
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

    @classmethod
    def of(cls, done: Pulled) -> "PulledShape":
        """Build the shape of a pull."""
        return cls(
            account=done.account,
            calls=done.calls,
            media=done.learnt.media,
            readings=done.learnt.readings,
            missed=done.learnt.missed,
            days=done.learnt.days,
            kept_media=done.kept.media,
            kept_readings=done.kept.readings,
            is_whole=done.is_whole,
            problem=done.problem.shape() if done.problem else None,
        )


class PullCostShape(msgspec.Struct, frozen=True, kw_only=True):
    """What a pull would take: calls of the API, at most. media: those that would be read."""

    account: str
    is_first: bool
    media: int
    calls: int

    @classmethod
    def of(cls, cost: PullCost) -> "PullCostShape":
        """Build the shape of a cost."""
        return cls(account=cost.account, is_first=cost.is_first, media=cost.media, calls=cost.calls)


class StoppedPullingShape(msgspec.Struct, frozen=True, kw_only=True):
    """Workers read the account no more."""

    account: str
    stopped: bool = True


class KeptPostShape(msgspec.Struct, frozen=True, kw_only=True):
    """A kept media. age_s: at which its numbers are, null without a reading near the age asked for.

    metrics: a number that Instagram did not give is absent, never 0. engagement_rate: in percent, by the
    metric `rate_by`. rate_without: parts of it that Instagram did not give. reading_ages_s: of the readings
    that the numbers come from, two where they are interpolated. vanished_at: since when Instagram does not
    know it. predates_account: posted before the account became a professional one. refused: metrics that
    Instagram refuses for it.
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
    read_at: InUtc | None
    vanished_at: InUtc | None
    predates_account: bool
    refused: tuple[str, ...]

    @classmethod
    def of(cls, post: KeptPost) -> "KeptPostShape":
        """Build the shape of a kept media."""
        media, aged = post.media, post.aged
        rate = aged.rate if aged else None
        return cls(
            id=media.id,
            kind=kind_of(media),
            caption=media.caption,
            published_at=spelled(media.published_at, "UTC"),
            permalink=media.permalink,
            age_s=aged.age_s if aged else None,
            metrics=dict(aged.numbers) if aged else {},
            engagement_rate=rate.percent if rate else None,
            rate_by=rate.by if rate else None,
            rate_without=rate.without if rate else (),
            reading_ages_s=aged.ages_s if aged else (),
            read_at=spelled(post.read_at, "UTC"),
            vanished_at=spelled(media.vanished_at, "UTC"),
            predates_account=media.predates_account,
            refused=media.refused,
        )


class KeptPostsShape(msgspec.Struct, frozen=True, kw_only=True):
    """Kept media. age_s: the age asked for; null for the last reading of each."""

    account: str
    age_s: int | None
    media: tuple[KeptPostShape, ...]

    @classmethod
    def of(cls, found: KeptPosts) -> "KeptPostsShape":
        """Build the shape of a list."""
        return cls(
            account=found.account,
            age_s=found.age_s,
            media=tuple(KeptPostShape.of(one) for one in found.posts),
        )


class StandingShape(msgspec.Struct, frozen=True, kw_only=True):
    """A place among posts of one kind: 1 is the highest. is_few: fewer than 5, which says little."""

    place: int
    of: int
    is_few: bool

    @classmethod
    def of_standing(cls, standing: Standing) -> "StandingShape":
        """Build the shape of a place."""
        return cls(place=standing.place, of=standing.of, is_few=standing.is_few)


class ComparedShape(msgspec.Struct, frozen=True, kw_only=True):
    """A post at the age. value: null without a reading near it, or without that number.

    among_its_kind: its place among the account's posts of its kind; null without a value.
    """

    id: str
    kind: str
    caption: str | None
    published_at: InUtc
    value: Number | None
    reading_ages_s: tuple[int, ...]
    among_its_kind: StandingShape | None

    @classmethod
    def of(cls, one: Compared) -> "ComparedShape":
        """Build the shape of a post."""
        return cls(
            id=one.media.id,
            kind=kind_of(one.media),
            caption=one.media.caption,
            published_at=spelled(one.media.published_at, "UTC"),
            value=one.value,
            reading_ages_s=one.aged.ages_s if one.aged else (),
            among_its_kind=StandingShape.of_standing(one.standing) if one.standing else None,
        )


class GroupShape(msgspec.Struct, frozen=True, kw_only=True):
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
    def of(cls, group: Group) -> "GroupShape":
        """Build the shape of a group."""
        spread = group.spread
        return cls(
            name=group.name,
            n=spread.n if spread else 0,
            without=group.without,
            is_few=spread.is_few if spread else True,
            median=spread.median if spread else None,
            quartiles=spread.quartiles if spread else None,
        )


class ComparisonShape(msgspec.Struct, frozen=True, kw_only=True):
    """Posts, or groups of them, at one age. peers_since: from when on posts are compared with."""

    account: str
    metric: str
    age_s: int
    peers_since: InUtc
    posts: tuple[ComparedShape, ...]
    groups: tuple[GroupShape, ...]

    @classmethod
    def of(cls, found: PostComparison) -> "ComparisonShape":
        """Build the shape of a comparison."""
        return cls(
            account=found.account,
            metric=found.metric,
            age_s=found.age_s,
            peers_since=spelled(found.peers_since, "UTC"),
            posts=tuple(ComparedShape.of(one) for one in found.posts),
            groups=tuple(GroupShape.of(one) for one in found.groups),
        )
