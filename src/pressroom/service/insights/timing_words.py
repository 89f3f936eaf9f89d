"""What best time and experiments found, in plain words: the finding first, then what could not be seen."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pressroom.core.readings import SlotDifference
from pressroom.service.insights.timing import BestTimes, ExperimentStatus, TooFew

if TYPE_CHECKING:
    from pressroom.insights.statistics.best_time import BestTime, Family

STANDING_OUT = "Only what stands out is found: of so many intervals one may leave out 0 by chance."
ASSOCIATION = "This is an association among posts that went out, no proof; an experiment can decide."


def best_time_says(found: BestTimes) -> str:
    """Say what was found, or that nothing was."""
    if isinstance(found.found, TooFew):
        have, needed = found.found.n, found.found.needed
        return f"Too few posts to say: {have} of {found.posts} have a reach at 24 h, and it takes {needed}."
    said = list(_findings(found.found))
    if not said:
        return "No detectable effect of hours or weekdays on reach at 24 h."
    return " ".join(said)


def could_see(found: BestTimes) -> list[str]:
    """Say how small an effect would have been seen, and how many posts one of 30 % takes."""
    if isinstance(found.found, TooFew):
        return []
    named = (("hours", found.found.hours), ("weekdays", found.found.weekdays))
    return [_could_see(name, family) for name, family in named]


def experiment_says(status: ExperimentStatus) -> str:
    """Say what an experiment found so far, or in the end."""
    told = status.outcome
    if told.difference is None:
        counts = f"{told.first.reached} and {told.second.reached} have a reach at 24 h"
        return f"Too few posts to compare: {counts}, and it takes {told.needed} of each slot."
    if status.is_complete or status.experiment.stopped_at:
        return _difference_says(status, told.difference)
    so_far = _difference_says(status, told.difference)
    return f"So far: {so_far} Decide when all {status.experiment.posts} posts are in."


def experiment_could_see(status: ExperimentStatus) -> list[str]:
    """Say how small a difference would have been seen."""
    found = status.outcome.difference
    return [_seen(found.smallest_visible_percent, found.posts_needed)] if found else []


def interval(percent: float, low: float, high: float) -> str:
    """Write an effect with its interval."""
    return f"{_signed(percent)} % ({_signed(low)} to {_signed(high)} %)"


def _signed(percent: float) -> str:
    return f"{round(percent):+,}" if round(percent) else "0"


def _findings(found: "BestTime") -> Iterator[str]:
    for name, family in (("hours", found.hours), ("weekdays", found.weekdays)):
        effects = {one.cell: one.against_others for one in family.effects}
        for cell, word in ((family.best, "more"), (family.worst, "less")):
            if cell is not None:
                effect = effects[cell]
                said = interval(effect.value, effect.low, effect.high)
                when = f"between {cell.replace('-', ' and ')} h" if name == "hours" else f"on {cell}s"
                yield f"Posts {when} reach {word} than the others: {said}."
        if found.is_found and not family.is_found:
            yield f"No detectable effect of {name}."


def _could_see(name: str, family: "Family") -> str:
    if family.smallest_visible_percent is None:
        return f"Of {name} none can be compared; posts spread evenly: some {family.posts_needed:,} for 30 %."
    return f"Of {name}: {_seen(family.smallest_visible_percent, family.posts_needed)}"


def _seen(smallest: float, needed: int) -> str:
    return (
        f"{smallest:.0f} % or more would have been seen in eight of ten cases; "
        f"to see 30 % takes some {needed:,} posts."
    )


def _difference_says(status: ExperimentStatus, found: SlotDifference) -> str:
    made = status.experiment
    if not found.is_found:
        said = interval(found.percent, found.low, found.high)
        return f"No detectable difference between {made.first} and {made.second}: {said}."
    better, other = (made.second, made.first) if found.percent > 0 else (made.first, made.second)
    said = interval(found.percent, found.low, found.high)
    return f"{better} reaches more than {other}: the second slot against the first {said}."
