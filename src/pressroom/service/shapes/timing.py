"""The shapes of best time and of experiments."""

from typing import TYPE_CHECKING, Literal

import msgspec

from pressroom.core.experiments import Difference, Tally
from pressroom.core.readings import Number
from pressroom.service.insights_posts import kind_of
from pressroom.service.insights_timing import BestTimes, ExperimentPost, ExperimentStatus, TooFew
from pressroom.service.shapes.moments import InUtc, InZone, spelled
from pressroom.service.timing_words import best_time_says, experiment_says

if TYPE_CHECKING:
    from pressroom.insights.statistics.answers import Estimate
    from pressroom.insights.statistics.best_time import Family


class EstimateShape(msgspec.Struct, frozen=True, kw_only=True):
    """An effect in percent, and the interval that holds the truth in `confidence` of all cases."""

    percent: float
    low: float
    high: float
    confidence: float

    @classmethod
    def of(cls, found: "Estimate") -> "EstimateShape":
        """Build the shape of an estimate."""
        values = {name: _rounded(getattr(found, name)) for name in ("low", "high", "confidence")}
        return cls(percent=_rounded(found.value), **values)


def _rounded(value: float) -> float:
    # Without the sign of a -0.0.
    return round(value, 2) + 0.0


class CellShape(msgspec.Struct, frozen=True, kw_only=True):
    """A block of hours or a weekday. n: its posts. stands_out: it is unlike the others.

    not_shown: why there is no effect, `too few posts`, or `entangled` where its posts are those of one
    format or weekday.
    """

    cell: str
    n: int
    against_others: EstimateShape | None
    against_average: EstimateShape | None
    stands_out: bool
    not_shown: Literal["too few posts", "entangled"] | None


class FamilyShape(msgspec.Struct, frozen=True, kw_only=True):
    """All blocks of hours, or all weekdays, with posts. best, worst: those that stand out.

    smallest_visible_percent: how much more the cell in the middle must reach to be found in eight of ten
    cases. posts_needed: to find 30 % that often.
    """

    is_found: bool
    best: str | None
    worst: str | None
    smallest_visible_percent: float | None
    posts_needed: int
    cells: tuple[CellShape, ...]

    @classmethod
    def of(cls, family: "Family") -> "FamilyShape":
        """Build the shape of a family."""
        smallest = family.smallest_visible_percent
        return cls(
            is_found=family.is_found,
            best=family.best,
            worst=family.worst,
            smallest_visible_percent=None if smallest is None else _rounded(smallest),
            posts_needed=family.posts_needed,
            cells=_cells(family),
        )


def _cells(family: "Family") -> tuple[CellShape, ...]:
    from pressroom.insights.statistics.answers import BLOCKS, WEEKDAYS  # noqa: PLC0415  # an extra

    shown = [
        CellShape(
            cell=one.cell,
            n=one.n,
            against_others=EstimateShape.of(one.against_others),
            against_average=EstimateShape.of(one.against_average),
            stands_out=one.stands_out,
            not_shown=None,
        )
        for one in family.effects
    ]
    others = [
        CellShape(
            cell=one.cell,
            n=one.n,
            against_others=None,
            against_average=None,
            stands_out=False,
            not_shown=one.why,
        )
        for one in family.not_shown
    ]
    order = (*BLOCKS, *WEEKDAYS)
    return tuple(sorted((*shown, *others), key=lambda one: order.index(one.cell)))


class BestTimeShape(msgspec.Struct, frozen=True, kw_only=True):
    """Whether hours or weekdays matter. posts: looked at. n: those with a reach at 24 h.

    says: the finding in words. needed: how many posts it takes where there are too few, else null, as hours
    and weekdays are then. far_off: posts that counted as nearer than they were, such as one that went viral.
    """

    account: str
    timezone: str
    since: InUtc
    posts: int
    n: int
    needed: int | None
    far_off: int
    is_found: bool
    says: str
    hours: FamilyShape | None
    weekdays: FamilyShape | None

    @classmethod
    def of(cls, times: BestTimes) -> "BestTimeShape":
        """Build the shape of an answer."""
        found = times.found
        is_told = not isinstance(found, TooFew)
        return cls(
            account=times.account,
            timezone=times.timezone,
            since=spelled(times.since, "UTC"),
            posts=times.posts,
            n=found.n,
            needed=None if is_told else found.needed,
            far_off=found.n_far_off if is_told else 0,
            is_found=is_told and found.is_found,
            says=best_time_says(times),
            hours=FamilyShape.of(found.hours) if is_told else None,
            weekdays=FamilyShape.of(found.weekdays) if is_told else None,
        )


class TurnShape(msgspec.Struct, frozen=True, kw_only=True):
    """One of two slots. reached: posts with a reach at 24 h. awaited: posts still too young for one."""

    slot: str
    posts: int
    reached: int
    awaited: int

    @classmethod
    def of(cls, slot: str, tally: Tally) -> "TurnShape":
        """Build the shape of a slot."""
        return cls(slot=slot, posts=tally.posts, reached=tally.reached, awaited=tally.awaited)


class DifferenceShape(msgspec.Struct, frozen=True, kw_only=True):
    """What the second slot reached in percent more than the first. posts_needed: of both, to find 30 %."""

    percent: float
    low: float
    high: float
    confidence: float
    is_found: bool
    smallest_visible_percent: float
    posts_needed: int

    @classmethod
    def of(cls, found: Difference) -> "DifferenceShape":
        """Build the shape of a difference."""
        rounded = ("percent", "low", "high", "confidence", "smallest_visible_percent")
        values = {name: _rounded(getattr(found, name)) for name in rounded}
        return cls(is_found=found.is_found, posts_needed=found.posts_needed, **values)


class PlacedShape(msgspec.Struct, frozen=True, kw_only=True):
    """A post of an experiment. reach: at 24 h; null where there is none, or none yet."""

    id: str
    kind: str
    published_at: InZone
    slot: Literal["first", "second"]
    reach: Number | None
    is_awaited: bool

    @classmethod
    def of(cls, one: ExperimentPost, timezone: str) -> "PlacedShape":
        """Build the shape of a post."""
        return cls(
            id=one.media.id,
            kind=kind_of(one.media),
            published_at=spelled(one.media.published_at, timezone),
            slot=one.turn.value,
            reach=one.reach,
            is_awaited=one.is_awaited,
        )


class ExperimentShape(msgspec.Struct, frozen=True, kw_only=True):
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
    def of(cls, status: ExperimentStatus) -> "ExperimentShape":
        """Build the shape of an experiment."""
        made, told = status.experiment, status.outcome
        return cls(
            account=status.account,
            timezone=made.timezone,
            kind=made.kind,
            planned=made.posts,
            started_at=spelled(made.started_at, "UTC"),
            stopped_at=spelled(made.stopped_at, "UTC"),
            is_complete=status.is_complete,
            says=experiment_says(status),
            first=TurnShape.of(made.first, told.first),
            second=TurnShape.of(made.second, told.second),
            beside=told.beside,
            needed=told.needed,
            difference=DifferenceShape.of(told.difference) if told.difference else None,
            next_slot=status.next_turn.value if status.next_turn else None,
            next_at=spelled(status.next_at, made.timezone),
            posts=tuple(PlacedShape.of(one, made.timezone) for one in status.posts),
        )
