"""The shapes of best time and of experiments."""

from typing import TYPE_CHECKING, Literal, Self

import msgspec

from pressroom.core.readings import Number, SlotDifference, SlotTally
from pressroom.service.ground.shaping import InUtc, InZone, Shape, shape_of, spelled
from pressroom.service.insights.kept import kind_of
from pressroom.service.insights.timing import (
    KINDS,
    BestTimes,
    ExperimentPost,
    ExperimentStatus,
    TooFew,
    best_time_says,
    experiment_says,
)
from pressroom.service.shapes.kept import OutlookShape

if TYPE_CHECKING:
    from pressroom.insights.statistics.answers import Estimate
    from pressroom.insights.statistics.best_time import Family


class EstimateShape(Shape["Estimate"], frozen=True, kw_only=True):
    """An effect in percent, and the interval that holds the truth in `confidence` of all cases."""

    percent: float
    low: float
    high: float
    confidence: float

    @classmethod
    def of(cls, estimate: "Estimate") -> Self:
        """Build the shape of an estimate."""
        return cls(
            percent=_rounded(estimate.value),
            low=_rounded(estimate.low),
            high=_rounded(estimate.high),
            confidence=_rounded(estimate.confidence),
        )


def _rounded(value: float) -> float:
    # Without the sign of a -0.0.
    return round(value, 2) + 0.0


class CellShape(msgspec.Struct, frozen=True, kw_only=True):
    """A block of hours, a weekday or a kind. n: its posts. stands_out: its interval leaves out 0.

    not_shown: why there is no effect, `too few posts`, `too few days`, or `entangled` where it cannot be told
    from a kind, an hour, a weekday, a time of the year or how many posts a day has.
    """

    cell: str
    n: int
    against_others: EstimateShape | None
    against_average: EstimateShape | None
    stands_out: bool
    not_shown: Literal["too few posts", "too few days", "entangled"] | None


class FamilyShape(Shape["Family"], frozen=True, kw_only=True):
    """All blocks of hours, all weekdays or all kinds with posts. best, worst: those that stand out.

    smallest_visible_percent: how much more the cell in the middle must reach to be found in eight of ten
    cases. posts_needed: to find 30 % that often. worth_posts: so many posts, each on a day of its own, would
    tell as much. The intervals of all cells hold at once in `confidence` of cases.
    """

    is_found: bool
    best: str | None
    worst: str | None
    smallest_visible_percent: float | None
    posts_needed: int
    worth_posts: int | None
    cells: tuple[CellShape, ...]

    @classmethod
    def of(cls, family: "Family") -> Self:
        """Build the shape of a family."""
        smallest = family.smallest_visible_percent
        return shape_of(
            cls,
            family,
            smallest_visible_percent=None if smallest is None else _rounded(smallest),
            cells=_cells(family),
        )


def _cells(family: "Family") -> tuple[CellShape, ...]:
    from pressroom.insights.statistics.best_time import BLOCKS, WEEKDAYS  # noqa: PLC0415  # an extra

    shown = [shape_of(CellShape, effect, not_shown=None) for effect in family.effects]
    others = [
        CellShape(
            cell=cell.cell,
            n=cell.n,
            against_others=None,
            against_average=None,
            stands_out=False,
            not_shown=cell.why,
        )
        for cell in family.not_shown
    ]
    order = (*BLOCKS, *WEEKDAYS, *KINDS)
    return tuple(sorted((*shown, *others), key=lambda cell: order.index(cell.cell)))


class BestTimeShape(Shape[BestTimes], frozen=True, kw_only=True):
    """Whether hours, weekdays or kinds matter. posts: looked at. n: those with a reach at 24 h.

    says: the finding in words. needed: how many posts it takes where there are too few, else null, as hours,
    weekdays and kinds are then. far_off: posts that counted as nearer than they were, such as a viral one.
    outlook: when there will be posts enough, else null. is_zone_assumed: UTC, for an account without a zone.
    """

    account: str
    timezone: str
    is_zone_assumed: bool
    since: InUtc
    posts: int
    n: int
    needed: int | None
    far_off: int
    is_found: bool
    says: str
    hours: FamilyShape | None
    weekdays: FamilyShape | None
    kinds: FamilyShape | None
    outlook: OutlookShape | None

    @classmethod
    def of(cls, times: BestTimes) -> Self:
        """Build the shape of an answer."""
        answer = times.found
        is_enough = not isinstance(answer, TooFew)
        return shape_of(
            cls,
            times,
            n=answer.n,
            needed=None if is_enough else answer.needed,
            far_off=answer.n_far_off if is_enough else 0,
            is_found=is_enough and answer.is_found,
            says=best_time_says(times),
            hours=answer.hours if is_enough else None,
            weekdays=answer.weekdays if is_enough else None,
            kinds=answer.kinds if is_enough else None,
        )


class TurnShape(msgspec.Struct, frozen=True, kw_only=True):
    """One of two slots. reached: posts with a reach at 24 h. awaited: posts still too young for one."""

    slot: str
    posts: int
    reached: int
    awaited: int

    @classmethod
    def of(cls, slot: str, tally: SlotTally) -> Self:
        """Build the shape of a slot."""
        return shape_of(cls, tally, slot=slot)


class DifferenceShape(Shape[SlotDifference], frozen=True, kw_only=True):
    """What the second slot reached in percent more than the first. posts_needed: of both, to find 30 %.

    low, high, is_found: null before all planned posts are in, when it is decided, once; the interval leaves
    out 0 exactly where a difference is found.
    """

    percent: float
    low: float | None
    high: float | None
    confidence: float
    is_found: bool | None
    smallest_visible_percent: float
    posts_needed: int

    @classmethod
    def of(cls, difference: SlotDifference) -> Self:
        """Build the shape of a difference."""
        return shape_of(
            cls,
            difference,
            percent=_rounded(difference.percent),
            low=None if difference.low is None else _rounded(difference.low),
            high=None if difference.high is None else _rounded(difference.high),
            confidence=_rounded(difference.confidence),
            smallest_visible_percent=_rounded(difference.smallest_visible_percent),
        )


class PlacedShape(msgspec.Struct, frozen=True, kw_only=True):
    """A post of an experiment. reach: at 24 h; null where there is none, or none yet."""

    id: str
    kind: str
    published_at: InZone
    slot: Literal["first", "second"]
    reach: Number | None
    is_awaited: bool

    @classmethod
    def of(cls, post: ExperimentPost, timezone: str) -> Self:
        """Build the shape of a post."""
        media = post.media
        published_at = spelled(media.published_at, timezone)
        return shape_of(
            cls, post, media, kind=kind_of(media), published_at=published_at, slot=post.turn.value
        )


class ExperimentShape(Shape[ExperimentStatus], frozen=True, kw_only=True):
    """How an experiment stands, or how it ended. planned: posts of both slots together.

    says: the finding in words. needed: posts with a reach that each slot takes before they are compared.
    beside: posts that went out at neither slot. is_complete: all planned posts are in. next_slot, next_at:
    of the next post; null where no more is needed.
    """

    account: str
    timezone: str
    kind: str | None
    planned: int
    started_at: InUtc
    stopped_at: InUtc | None
    is_complete: bool
    says: str
    first: TurnShape
    second: TurnShape
    beside: int
    needed: int
    difference: DifferenceShape | None
    next_slot: Literal["first", "second"] | None
    next_at: InZone | None
    posts: tuple[PlacedShape, ...]

    @classmethod
    def of(cls, status: ExperimentStatus) -> Self:
        """Build the shape of an experiment."""
        experiment, outcome = status.experiment, status.outcome
        difference = DifferenceShape.of(outcome.difference) if outcome.difference else None
        # Earlier versions kept a verdict of what was stopped before its end.
        if difference and not status.is_complete:
            difference = msgspec.structs.replace(difference, low=None, high=None, is_found=None)
        return shape_of(
            cls,
            status,
            experiment,
            outcome,
            planned=experiment.posts,
            says=experiment_says(status),
            first=TurnShape.of(experiment.first, outcome.first),
            second=TurnShape.of(experiment.second, outcome.second),
            difference=difference,
            next_slot=status.next_turn.value if status.next_turn else None,
            next_at=spelled(status.next_at, experiment.timezone),
            posts=tuple(PlacedShape.of(post, experiment.timezone) for post in status.posts),
        )
