"""Whether it matters when an account posts: by looking back, by an experiment, and in plain words.

`best_times` looks back; `status_of` tells how an experiment stands. What they found is
put into words by `best_time_says` and `experiment_says`: the finding first, then what could not be seen.
"""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from pressroom.core.errors import NotFound, Refused
from pressroom.core.readings import KeptExperiment, KeptMedia, MediaQuery, Number, Outcome, SlotDifference
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.when import parse_slots
from pressroom.insights.questions import timing
from pressroom.insights.questions.timing import KINDS, ExperimentPost, Turn
from pressroom.insights.statistics.answers import TooFew
from pressroom.service.ground.output import require_report_extra
from pressroom.service.insights.kept import KeptAccount, list_media, numbers_at

if TYPE_CHECKING:
    from pressroom.insights.statistics.best_time import BestTime, Family

__all__ = ["KINDS", "ExperimentPost", "TooFew", "Turn"]
LOOKED_BACK: Final = timedelta(days=365)
MOST_POSTS: Final = 1000
FEWEST_POSTS, MOST_OF_EXPERIMENT = 10, 1000
# A story is gone after the day at whose end posts are compared.
_PRODUCTS: Final = ("FEED", "REELS")
# A post counts for a slot within half an hour of its time, so that nearer slots would share posts.
_LEAST_MINUTES: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class BestTimes:
    """What an account's posts of the last year, at most its newest thousand, say of hours and weekdays.

    posts: photos, carousels and reels looked at. without_reach: those of them without a reach at 24 h.
    """

    account: str
    timezone: str
    since: datetime
    posts: int
    without_reach: int
    found: "BestTime | TooFew"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentStatus:
    """How an experiment stands. posts: those that count, the oldest first.

    next_turn, next_at: the slot of the next post and when it comes; None where no more is needed.
    """

    account: str
    experiment: KeptExperiment
    posts: tuple[ExperimentPost, ...]
    outcome: Outcome
    next_turn: Turn | None
    next_at: datetime | None

    @property
    def is_complete(self) -> bool:
        """Whether all planned posts are out and none is awaited: until then nothing is decided."""
        first, second = self.outcome.first, self.outcome.second
        is_out = first.posts + second.posts >= self.experiment.posts
        return is_out and not first.awaited and not second.awaited


def require_comparing(what: str) -> None:
    """Raise Refused without the extra that compares posts. what: begins the sentence."""
    require_report_extra(what, "numpy", "scipy")


async def best_times(kept: KeptAccount) -> BestTimes:
    """Look back on the posts of the last year; takes the extra, which `require_comparing` asks for."""
    since = kept.now - LOOKED_BACK
    media = await list_media(kept, MediaQuery(products=_PRODUCTS, since=since, limit=MOST_POSTS), KINDS)
    reach = await _reach(kept, media)
    # Off the event loop: resampling takes half a second.
    effects = await asyncio.to_thread(timing.best_time_of, media, reach, kept.zone)
    return BestTimes(
        account=kept.name,
        timezone=kept.zone.key,
        since=since,
        posts=len(media),
        without_reach=sum(post.id not in reach for post in media),
        found=effects,
    )


async def _reach(kept: KeptAccount, media: Sequence[KeptMedia]) -> dict[str, Number]:
    """Return the reach at 24 h of media."""
    return timing.reach_of(list((await numbers_at(kept, media, timing.AGE_S)).values()))


def require_decidable(first: str, second: str, posts: int, kind: str | None) -> None:
    """Raise Refused for an experiment that cannot be decided, or whose slots could share a post."""
    minutes = timing.minutes_apart(parse_slots(first), parse_slots(second))
    if minutes <= _LEAST_MINUTES:
        raise Refused(
            f"The slots {first!r} and {second!r} come within {minutes} minutes of each other, "
            "and a post could be of both.",
            rule="experiment_slots",
            value=minutes,
            limit=f"more than {_LEAST_MINUTES} minutes",
            fix="Choose two slots further apart.",
        )
    if not FEWEST_POSTS <= posts <= MOST_OF_EXPERIMENT:
        raise Refused(
            f"An experiment of {posts} posts cannot be decided.",
            rule="experiment_posts",
            value=posts,
            limit=f"{FEWEST_POSTS} to {MOST_OF_EXPERIMENT}",
            fix="Plan more of them: 40 is a usual number.",
        )
    if kind is not None and kind not in KINDS:
        raise Refused(
            f"An experiment of {kind!r} cannot be made.",
            rule="kind",
            value=kind,
            limit=", ".join(KINDS),
            fix="Name one of those, or none.",
        )


async def latest_experiment(kept: KeptAccount) -> KeptExperiment:
    """Return the account's experiment, running or ended. Raises NotFound where there was none."""
    experiment = await kept.store.run(kept.store.readings.experiment, kept.account)
    if experiment is None:
        raise NotFound(
            f"{kept.name} has had no experiment.",
            fix=Fix.of("Start one: {}.", Remedy(RemedyKind.START_EXPERIMENT)),
        )
    return experiment


async def status_of(kept: KeptAccount, experiment: KeptExperiment) -> ExperimentStatus:
    """Return how an experiment stands. Raises Refused without the extra where there is enough to compare."""
    kinds = (experiment.kind,) if experiment.kind else KINDS
    query = MediaQuery(products=_PRODUCTS, since=experiment.started_at, before=experiment.stopped_at)
    media = await list_media(kept, query, kinds)
    posts, beside = timing.experiment_posts(experiment, media, await _reach(kept, media), kept.now)
    outcome = experiment.outcome
    if not outcome:
        if timing.is_comparable(posts):
            require_comparing("An experiment")
        # Off the event loop: it resamples, as best time does.
        outcome = await asyncio.to_thread(timing.outcome_of, posts, beside, kept.now)
    # Slots take turns, so that nothing but the hour differs between their posts.
    turn = None if experiment.stopped_at else timing.next_turn(experiment, posts)
    return ExperimentStatus(
        account=kept.name,
        experiment=experiment,
        posts=tuple(posts),
        outcome=outcome,
        next_turn=turn,
        next_at=timing.next_at(experiment, turn, kept.now) if turn else None,
    )


STANDING_OUT: Final = "Only what stands out is found: of so many intervals one may leave out 0 by chance."
ASSOCIATION: Final = "This is an association among posts that went out, no proof; an experiment can decide."


def best_time_says(times: BestTimes) -> str:
    """Say what was found, or that nothing was."""
    if isinstance(times.found, TooFew):
        have, needed = times.found.n, times.found.needed
        return f"Too few posts to say: {have} of {times.posts} have a reach at 24 h, and it takes {needed}."
    return " ".join(_findings(times.found)) or "No detectable effect of hours or weekdays on reach at 24 h."


def _findings(effects_found: "BestTime") -> Iterator[str]:
    for name, family in _families(effects_found):
        effects = {effect.cell: effect.against_others for effect in family.effects}
        for cell, word in ((family.best, "more"), (family.worst, "less")):
            if cell is not None:
                effect = effects[cell]
                difference = interval(effect.value, effect.low, effect.high)
                when = f"between {cell.replace('-', ' and ')} h" if name == "hours" else f"on {cell}s"
                yield f"Posts {when} reach {word} than the others: {difference}."
        if effects_found.is_found and not family.is_found:
            yield f"No detectable effect of {name}."


def _families(effects: "BestTime") -> "Sequence[tuple[str, Family]]":
    return (("hours", effects.hours), ("weekdays", effects.weekdays))


def could_see(times: BestTimes) -> list[str]:
    """Say how small an effect would have been seen, and how many posts one of 30 % takes."""
    # Nothing found says little without what could have been found.
    if isinstance(times.found, TooFew):
        return []
    return [
        f"Of {name} none can be compared; posts spread evenly: some {family.posts_needed:,} for 30 %."
        if family.smallest_visible_percent is None
        else f"Of {name}: {_visible(family.smallest_visible_percent, family.posts_needed)}"
        for name, family in _families(times.found)
    ]


def experiment_says(status: ExperimentStatus) -> str:
    """Say what an experiment found so far, or in the end."""
    outcome = status.outcome
    if outcome.difference is None:
        counts = f"{outcome.first.reached} and {outcome.second.reached} have a reach at 24 h"
        return f"Too few posts to compare: {counts}, and it takes {outcome.needed} of each slot."
    difference = _difference_says(status, outcome.difference)
    if status.is_complete or status.experiment.stopped_at:
        return difference
    return f"So far: {difference} Decide when all {status.experiment.posts} posts are in."


def _difference_says(status: ExperimentStatus, difference: SlotDifference) -> str:
    first, second = status.experiment.first, status.experiment.second
    percent = interval(difference.percent, difference.low, difference.high)
    if not difference.is_found:
        return f"No detectable difference between {first} and {second}: {percent}."
    # The effect is that of the second slot against the first.
    better, other = (second, first) if difference.percent > 0 else (first, second)
    return f"{better} reaches more than {other}: the second slot against the first {percent}."


def experiment_could_see(status: ExperimentStatus) -> list[str]:
    """Say how small a difference would have been seen."""
    difference = status.outcome.difference
    return [_visible(difference.smallest_visible_percent, difference.posts_needed)] if difference else []


def _visible(smallest: float, needed: int) -> str:
    return (
        f"{smallest:.0f} % or more would have been seen in eight of ten cases; "
        f"to see 30 % takes some {needed:,} posts."
    )


def interval(percent: float, low: float, high: float) -> str:
    """Write an effect with its interval."""
    value, lowest, highest = (f"{round(end):+,}" if round(end) else "0" for end in (percent, low, high))
    return f"{value} % ({lowest} to {highest} %)"
