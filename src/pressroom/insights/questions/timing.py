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

from pressroom.core.readings import KeptExperiment, KeptMedia, Number, Outcome, SlotDifference, SlotTally
from pressroom.core.slots import Slot, occurrences, parse_slots
from pressroom.insights.ages import closes_s
from pressroom.insights.questions.posts import AgedNumbers, kind_of
from pressroom.insights.statistics.answers import ALPHA_OF_EXPERIMENT, FEWEST_OF_A_SLOT, TooFew

if TYPE_CHECKING:
    from pressroom.insights.statistics.best_time import BestTime

KINDS: Final = ("photo", "carousel", "reel")
"""The kinds of post that count: a story has no reach at 24 h, and an old kind of video is made no more."""
REACH: Final = "reach"
AGE_S: Final = 24 * 3600
NEAR_A_SLOT: Final = timedelta(minutes=30)
_WEEK_MINUTES: Final = 7 * 24 * 60
_DAY_MINUTES: Final = 24 * 60
# The smallest step of a clock here: a post exactly half an hour after a slot's time still belongs to it.
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
class ExperimentPost:
    """A post of an experiment. reach: at 24 h; None where there is none, or none yet (is_awaited).

    A reach counts once no reading can be made that is nearer to 24 h, so that it changes no more.
    """

    media: KeptMedia
    turn: Turn
    reach: Number | None
    is_awaited: bool


def reach_of(aged: Iterable[AgedNumbers]) -> dict[str, Number]:
    """Return the reach of media by their ids; viewers are another number, and never stand in for it."""
    return {numbers.media.id: numbers.numbers[REACH] for numbers in aged if REACH in numbers.numbers}


def best_time_of(
    media: Sequence[KeptMedia], reach: Mapping[str, Number], zone: ZoneInfo
) -> "BestTime | TooFew":
    """Ask of posts with a reach at 24 h whether hours, weekdays or kinds matter."""
    from pressroom.insights.statistics.best_time import PostReach, best_time  # noqa: PLC0415  # an extra

    posts = [
        PostReach(at=post.published_at, kind=kind_of(post), reach=reach[post.id])
        for post in media
        if post.id in reach
    ]
    return best_time(posts, zone)


def minutes_apart(first: Iterable[Slot], second: Iterable[Slot]) -> int:
    """Return how near the times of two slots come to each other in a week."""

    def minute_of_week(slot: Slot) -> int:
        return slot.weekday * _DAY_MINUTES + slot.minute

    pairs = product(first, second)
    gaps = ((minute_of_week(slot) - minute_of_week(other)) % _WEEK_MINUTES for slot, other in pairs)
    return min(min(gap, _WEEK_MINUTES - gap) for gap in gaps)


def next_at(experiment: KeptExperiment, turn: Turn, now: datetime) -> datetime:
    """Return when a slot comes next."""
    slots = parse_slots(experiment.first if turn is Turn.FIRST else experiment.second)
    return next(occurrences(slots, after=now, zone=ZoneInfo(experiment.timezone)))


def experiment_posts(
    experiment: KeptExperiment, media: Iterable[KeptMedia], reach: Mapping[str, Number], now: datetime
) -> tuple[list[ExperimentPost], int]:
    """Return the experiment's posts, the oldest first, and how many others went out meanwhile.

    Beyond the number that was planned no post counts: whoever goes on until something shows finds something.
    """
    posts, beside = list[ExperimentPost](), 0
    too_old_to_await = now - timedelta(seconds=closes_s(AGE_S, "FEED"))
    for post in sorted(media, key=lambda post: (post.published_at, post.id)):
        # The slot at one of whose times it went out, if at either.
        earliest, latest = post.published_at - NEAR_A_SLOT - _A_MOMENT, post.published_at + NEAR_A_SLOT
        turn = next((turn for turn in Turn if next_at(experiment, turn, earliest) <= latest), None)
        if turn is None:
            beside += 1
        elif len(posts) < experiment.posts:
            is_awaited = post.published_at > too_old_to_await
            number = None if is_awaited else reach.get(post.id)
            posts.append(ExperimentPost(media=post, turn=turn, reach=number, is_awaited=is_awaited))
    return posts, beside


def next_turn(experiment: KeptExperiment, posts: Sequence[ExperimentPost]) -> Turn | None:
    """Return the slot of the next post: the slot with fewer, else the other than the last.

    None when all are out.
    """
    if len(posts) >= experiment.posts:
        return None
    # Slots take turns, so that nothing but the slot differs between them.
    counts = {turn: sum(post.turn is turn for post in posts) for turn in Turn}
    if counts[Turn.FIRST] != counts[Turn.SECOND]:
        return min(Turn, key=lambda turn: counts[turn])
    return posts[-1].turn.other if posts else Turn.FIRST


def outcome_of(
    experiment: KeptExperiment, posts: Sequence[ExperimentPost], beside: int, now: datetime
) -> Outcome:
    """Return what an experiment's posts say: a verdict once all that were planned are in, not before.

    A test at every look would find a difference that is not there in three times as many experiments.
    """
    difference = None
    if is_comparable(posts):
        from pressroom.insights.statistics import experiments  # noqa: PLC0415  # an extra

        zone = ZoneInfo(experiment.timezone)
        reached = [
            experiments.SlotReach(
                post.media.published_at.astimezone(zone).date(), post.turn is Turn.SECOND, post.reach
            )
            for post in posts
            if post.reach
        ]
        awaited = sum(post.is_awaited for post in posts) + experiment.posts - len(posts)
        result = experiments.experiment(reached, missing=awaited or None)
        if not isinstance(result, TooFew):
            verdict = result.verdict
            difference = SlotDifference(
                percent=result.percent,
                low=verdict and verdict.low,
                high=verdict and verdict.high,
                confidence=1 - ALPHA_OF_EXPERIMENT,
                is_found=verdict and verdict.is_found,
                smallest_visible_percent=result.smallest_visible_percent,
                posts_needed=result.posts_needed,
            )
    return Outcome(
        told_at=now,
        first=_tally(posts, Turn.FIRST),
        second=_tally(posts, Turn.SECOND),
        beside=beside,
        needed=FEWEST_OF_A_SLOT,
        difference=difference,
    )


def _tally(posts: Sequence[ExperimentPost], turn: Turn) -> SlotTally:
    of_slot = [post for post in posts if post.turn is turn]
    return SlotTally(
        posts=len(of_slot),
        reached=len(_reaches(posts, turn)),
        awaited=sum(post.is_awaited for post in of_slot),
    )


def _reaches(posts: Sequence[ExperimentPost], turn: Turn) -> list[Number]:
    # A reach of 0 has no logarithm, so it cannot be compared.
    return [post.reach for post in posts if post.turn is turn and post.reach]


def is_comparable(posts: Sequence[ExperimentPost]) -> bool:
    """Return whether both slots have posts enough to compare, which takes the extra `report`."""
    return all(len(_reaches(posts, turn)) >= FEWEST_OF_A_SLOT for turn in Turn)
