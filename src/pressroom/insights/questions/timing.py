"""When posts went out: those that best time looks at, and those of an experiment's two slots.

`best_time_of`, and `outcome_of` posts that are comparable, take the extra `report`; the rest does not.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import product
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from pressroom.core.experiments import Difference, KeptExperiment, Outcome, Tally
from pressroom.core.readings import KeptMedia, Number
from pressroom.core.slots import Slot, occurrences, parse_slots
from pressroom.insights.questions.at_age import NEAR, AgedNumbers
from pressroom.insights.questions.posts import kind_of
from pressroom.insights.statistics.answers import TooFew

if TYPE_CHECKING:
    from pressroom.insights.statistics.best_time import BestTime
    from pressroom.insights.statistics.experiment import Experiment

KINDS: Final = ("photo", "carousel", "reel")
"""What is looked at: a story has no reach at 24 h, and an old video is none that is made today."""
REACH: Final = "reach"
AGE_S: Final = 24 * 3600
NEAR_A_SLOT: Final = timedelta(minutes=30)
FEWEST_OF_A_SLOT: Final = 5
_WEEK_MINUTES: Final = 7 * 24 * 60
_DAY_MINUTES: Final = 24 * 60
# The smallest step of a clock here: a post exactly half an hour after a slot's time is still one of it.
_A_MOMENT: Final = timedelta(microseconds=1)


class Turn(StrEnum):
    """One of an experiment's two slots."""

    FIRST = "first"
    SECOND = "second"

    @property
    def other(self) -> "Turn":
        """The other one."""
        return Turn.SECOND if self is Turn.FIRST else Turn.FIRST


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A post of an experiment. reach: at 24 h; None where there is none, or none yet (is_awaited)."""

    media: KeptMedia
    turn: Turn
    reach: Number | None
    is_awaited: bool


def reach_of(aged: Iterable[AgedNumbers]) -> dict[str, Number]:
    """Return the reach of media by their ids; viewers are another number, and never stand in for it."""
    return {one.media.id: one.numbers[REACH] for one in aged if REACH in one.numbers}


def best_time_of(
    media: Sequence[KeptMedia], reach: Mapping[str, Number], zone: ZoneInfo
) -> "BestTime | TooFew":
    """Ask of posts with a reach at 24 h whether hours or weekdays matter."""
    from pressroom.insights.statistics.best_time import best_time  # noqa: PLC0415  # an extra
    from pressroom.insights.statistics.posts import PostReach  # noqa: PLC0415

    posts = [
        PostReach(at=one.published_at, kind=kind_of(one), reach=reach[one.id])
        for one in media
        if one.id in reach
    ]
    return best_time(posts, zone)


def minutes_apart(first: Iterable[Slot], second: Iterable[Slot]) -> int:
    """Return how near the times of two slots come to each other in a week."""
    gaps = ((_minute(one) - _minute(other)) % _WEEK_MINUTES for one, other in product(first, second))
    return min(min(gap, _WEEK_MINUTES - gap) for gap in gaps)


def _minute(slot: Slot) -> int:
    return slot.weekday * _DAY_MINUTES + slot.minute


def times_of(experiment: KeptExperiment, turn: Turn) -> tuple[Slot, ...]:
    """Return the weekly times of one of the two slots."""
    return parse_slots(experiment.first if turn is Turn.FIRST else experiment.second)


def turn_at(experiment: KeptExperiment, moment: datetime) -> Turn | None:
    """Return the slot that a post of this moment went out at; None for neither."""
    return next((turn for turn in Turn if _is_at(experiment, turn, moment)), None)


def _is_at(experiment: KeptExperiment, turn: Turn, moment: datetime) -> bool:
    after, zone = moment - NEAR_A_SLOT - _A_MOMENT, ZoneInfo(experiment.timezone)
    return next(occurrences(times_of(experiment, turn), after=after, zone=zone)) <= moment + NEAR_A_SLOT


def placed(
    experiment: KeptExperiment, media: Iterable[KeptMedia], reach: Mapping[str, Number], now: datetime
) -> tuple[list[Placed], int]:
    """Return the experiment's posts, the oldest first, and how many others went out meanwhile.

    Beyond the number that was planned no post counts: whoever goes on until something shows finds something.
    """
    found, beside = list[Placed](), 0
    young = now - timedelta(seconds=AGE_S * (1 + NEAR))
    for one in sorted(media, key=lambda one: (one.published_at, one.id)):
        turn = turn_at(experiment, one.published_at)
        if turn is None:
            beside += 1
        elif len(found) < experiment.posts:
            its = reach.get(one.id)
            is_awaited = its is None and one.published_at > young
            found.append(Placed(media=one, turn=turn, reach=its, is_awaited=is_awaited))
    return found, beside


def next_turn(experiment: KeptExperiment, posts: Sequence[Placed]) -> Turn | None:
    """Return the slot of the next post: the one with fewer, else the other than the last.

    None when all are out.
    """
    if len(posts) >= experiment.posts:
        return None
    counts = {turn: sum(one.turn is turn for one in posts) for turn in Turn}
    if counts[Turn.FIRST] != counts[Turn.SECOND]:
        return min(Turn, key=lambda turn: counts[turn])
    return posts[-1].turn.other if posts else Turn.FIRST


def next_at(experiment: KeptExperiment, turn: Turn, now: datetime) -> datetime:
    """Return when a slot comes next."""
    return next(occurrences(times_of(experiment, turn), after=now, zone=ZoneInfo(experiment.timezone)))


def outcome_of(posts: Sequence[Placed], beside: int, now: datetime) -> Outcome:
    """Tell what an experiment's posts say."""
    return Outcome(
        told_at=now,
        first=_tally(posts, Turn.FIRST),
        second=_tally(posts, Turn.SECOND),
        beside=beside,
        needed=FEWEST_OF_A_SLOT,
        difference=_difference(_reaches(posts, Turn.FIRST), _reaches(posts, Turn.SECOND))
        if is_comparable(posts)
        else None,
    )


def _tally(posts: Sequence[Placed], turn: Turn) -> Tally:
    its = [one for one in posts if one.turn is turn]
    return Tally(
        posts=len(its), reached=len(_reaches(posts, turn)), awaited=sum(one.is_awaited for one in its)
    )


def _reaches(posts: Sequence[Placed], turn: Turn) -> list[Number]:
    # A reach of 0 has no logarithm, and is none that compares.
    return [one.reach for one in posts if one.turn is turn and one.reach]


def is_comparable(posts: Sequence[Placed]) -> bool:
    """Return whether both slots have posts enough to compare, which takes the extra `report`."""
    return all(len(_reaches(posts, turn)) >= FEWEST_OF_A_SLOT for turn in Turn)


def _difference(first: Sequence[Number], second: Sequence[Number]) -> Difference | None:
    from pressroom.insights.statistics.experiment import experiment  # noqa: PLC0415  # an extra

    found = experiment(first, second)
    return None if isinstance(found, TooFew) else _told(found)


def _told(found: "Experiment") -> Difference:
    estimate = found.second_against_first
    return Difference(
        percent=estimate.value,
        low=estimate.low,
        high=estimate.high,
        confidence=estimate.confidence,
        is_found=found.is_found,
        smallest_visible_percent=found.smallest_visible_percent,
        posts_needed=found.posts_needed,
    )
