"""Questions about when an account posts, answered from what is kept of it.

`best_times` looks back whether hours, weekdays or kinds matter, and `status_of` tells how an experiment
stands; `best_time_says` and `experiment_says` put the findings of both into words, `could_see` and
`experiment_could_see` what effect would have been found.
"""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from pressroom.core.errors import NotFound, Refused
from pressroom.core.readings import KeptExperiment, KeptMedia, MediaQuery, Number, Outcome
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.slots import parse_slots
from pressroom.insights.questions import timing
from pressroom.insights.questions.periods import Span
from pressroom.insights.questions.timing import KINDS, ExperimentPost, Turn
from pressroom.insights.statistics.answers import FEWEST_OF_EXPERIMENT, TooFew
from pressroom.service.ground.output import require_report_extra
from pressroom.service.insights.kept import InZone, KeptAccount, list_media, numbers_at
from pressroom.service.insights.unwatched import Outlook, outlook, outlook_says

if TYPE_CHECKING:
    from pressroom.insights.statistics.answers import Estimate
    from pressroom.insights.statistics.best_time import BestTime, Family

__all__ = ["KINDS", "ExperimentPost", "TooFew", "Turn"]

LOOKED_BACK: Final = timedelta(days=365)
MOST_POSTS: Final = 1000
MOST_OF_EXPERIMENT: Final = 1000
# A story is gone after the day at whose end posts are compared.
_PRODUCTS: Final = ("FEED", "REELS")
# A post counts for a slot within half an hour of its time, so that nearer slots would share posts.
_LEAST_MINUTES: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class BestTimes(InZone):
    """What an account's posts of the last year, at most its newest thousand, say of times and kinds.

    posts: photos, carousels and reels looked at. without_reach: those of them without a reach at 24 h.
    outlook: when there will be posts enough; None where there are.
    """

    account: str
    timezone: str
    since: datetime
    posts: int
    without_reach: int
    found: "BestTime | TooFew"
    outlook: Outlook | None = None


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
        """Whether all planned posts are in: until then nothing is decided."""
        return is_complete(self.experiment, self.outcome)


def is_complete(experiment: KeptExperiment, outcome: Outcome) -> bool:
    """Return whether all planned posts are out, and none is awaited."""
    first, second = outcome.first, outcome.second
    return first.posts + second.posts >= experiment.posts and not first.awaited and not second.awaited


def require_comparing(what: str) -> None:
    """Raise Refused without the extra that compares posts. what: begins the sentence."""
    require_report_extra(what, "numpy", "scipy")


async def best_times(kept: KeptAccount) -> BestTimes:
    """Look back on the posts of the last year. Needs the extra, which `require_comparing` checks before."""
    since = kept.now - LOOKED_BACK
    media = await list_media(kept, MediaQuery(products=_PRODUCTS, since=since, limit=MOST_POSTS), KINDS)
    reach = await _reach(kept, media)
    # Off the event loop: resampling takes half a second.
    effects = await asyncio.to_thread(timing.best_time_of, media, reach, kept.zone)
    ahead = None
    if isinstance(effects, TooFew):
        ahead = await outlook(kept, media, reach, KINDS, age_s=timing.AGE_S, needed=effects.needed)
    return BestTimes(
        account=kept.name,
        timezone=kept.zone.key,
        since=since,
        posts=len(media),
        without_reach=sum(post.id not in reach for post in media),
        found=effects,
        outlook=ahead,
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
    if not FEWEST_OF_EXPERIMENT <= posts <= MOST_OF_EXPERIMENT:
        raise Refused(
            f"An experiment of {posts} posts cannot be decided.",
            rule="experiment_posts",
            value=posts,
            limit=f"{FEWEST_OF_EXPERIMENT} to {MOST_OF_EXPERIMENT}",
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


async def experiment_in(kept: KeptAccount, span: Span) -> ExperimentStatus | None:
    """Return the last experiment if a part of it lies in the span."""
    try:
        experiment = await latest_experiment(kept)
    except NotFound:
        return None
    # A complete experiment that nobody stopped ended with its last post.
    status = await status_of(kept, experiment)
    ended_at = experiment.stopped_at
    if ended_at is None and status.is_complete:
        ended_at = status.posts[-1].media.published_at
    is_over = ended_at is not None and ended_at < span.since
    return None if is_over or experiment.started_at >= span.before else status


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
        outcome = await asyncio.to_thread(timing.outcome_of, experiment, posts, beside, kept.now)
        if not experiment.stopped_at and is_complete(experiment, outcome):
            # The verdict stands, whatever is found, deleted or asked later.
            decided = replace(experiment, outcome=outcome)
            await kept.store.run(kept.store.readings.put_experiment, kept.account, decided)
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


async def start(kept: KeptAccount, first: str, second: str, posts: int, kind: str | None) -> ExperimentStatus:
    """Note that an experiment begins now. Raises Refused while another one runs, and without a zone."""
    kept.require_zone()
    experiment = KeptExperiment(
        started_at=kept.now, first=first, second=second, timezone=kept.zone.key, posts=posts, kind=kind
    )
    if not await kept.store.run(kept.store.readings.put_experiment, kept.account, experiment):
        raise Refused(
            f"An experiment of {kept.name} is running already.",
            rule="experiment",
            value="running",
            limit="one at a time",
            fix=Fix.of("See it to its end, or stop it with {}.", Remedy(RemedyKind.STOP_EXPERIMENT)),
        )
    return await status_of(kept, experiment)


async def stop(kept: KeptAccount) -> ExperimentStatus:
    """End the running experiment and keep what it said. Raises NotFound, Refused where none runs."""
    running = await latest_experiment(kept)
    if running.stopped_at is not None:
        raise Refused(
            f"No experiment of {kept.name} runs: the last one was stopped.",
            rule="experiment",
            value="stopped",
            fix=Fix.of("Start another one: {}.", Remedy(RemedyKind.START_EXPERIMENT)),
        )
    status = await status_of(kept, running)
    ended = replace(running, stopped_at=kept.now, outcome=status.outcome)
    await kept.store.run(kept.store.readings.put_experiment, kept.account, ended)
    return replace(status, experiment=ended, next_turn=None, next_at=None)


ASSOCIATION: Final = "This is an association among posts that went out, no proof; an experiment can decide."


def best_time_says(times: BestTimes) -> str:
    """Say what was found, or that nothing was."""
    if isinstance(times.found, TooFew):
        have, needed = times.found.n, times.found.needed
        few = f"Too few posts to say: {have} of {times.posts} have a reach at 24 h, and it takes {needed}."
        return f"{few} {outlook_says(times.outlook)}" if times.outlook else few
    if any(family.effects for _, family in families_of(times.found)):
        return " ".join(_findings(times.found))
    return "No hours, weekdays or kinds of post could be compared."


class CellFound(NamedTuple):
    """Hours, a weekday or a kind that reaches more or less than the others. family: which of the three."""

    family: str
    cell: str
    effect: "Estimate"


def cells_found(effects_found: "BestTime") -> Iterator[CellFound]:
    """Yield what stands out of each family, the best before the worst."""
    for name, family in families_of(effects_found):
        effects = {effect.cell: effect.against_others for effect in family.effects}
        # Of two kinds that are all there are, the one reaches as much less as the other reaches more.
        is_pair = len(family.effects) == 2 and not family.not_shown  # noqa: PLR2004  # a pair
        for cell in (family.best, None if is_pair else family.worst):
            if cell is not None:
                yield CellFound(name, cell, effects[cell])


def _findings(effects_found: "BestTime") -> Iterator[str]:
    families = families_of(effects_found)
    untold = [name for name, family in families if family.effects and not family.is_found]
    untested = [name for name, family in families if not family.effects]
    for name, cell, effect in cells_found(effects_found):
        posts = {
            "hours": f"Posts between {cell.replace('-', ' and ')} h",
            "weekdays": f"Posts on {cell}s",
            "kinds": f"{cell.capitalize()}s",
        }[name]
        word = "more" if effect.value > 0 else "less"
        yield f"{posts} reach {word} than the others: {interval(effect.value, effect.low, effect.high)}."
    if untold:
        of_those = " or ".join(filter(None, (", ".join(untold[:-1]), untold[-1])))
        yield f"No detectable effect of {of_those} on reach at 24 h."
    if untested:
        yield f"Not compared: {' and '.join(untested)}."


def families_of(effects: "BestTime") -> "Sequence[tuple[str, Family]]":
    """Return the three families of cells by their names."""
    return (("hours", effects.hours), ("weekdays", effects.weekdays), ("kinds", effects.kinds))


def certainty(family: "Family") -> str:
    """Say how sure the intervals of a family are."""
    sure = f"{100 * (1 - family.alpha):.0f} %"
    return f"All intervals hold in {sure} of cases; where one leaves out 0, it stands out."


# A tenth less is no cost worth a sentence.
_COSTLY: Final = 0.9


def could_see(times: BestTimes) -> list[str]:
    """Say how small an effect would have been seen, how many posts one of 30 % takes, and what days cost."""
    # Nothing found says little without what could have been found.
    if isinstance(times.found, TooFew):
        return []
    texts, costs, n = list[str](), list[str](), times.found.n
    for name, family in families_of(times.found):
        if family.smallest_visible_percent is None:
            texts.append(
                f"Of {name} none can be compared; posts spread evenly: some {family.posts_needed:,} for 30 %."
            )
        else:
            texts.append(f"Of {name}: {_visible(family.smallest_visible_percent, family.posts_needed)}")
        if family.worth_posts is not None and family.worth_posts < _COSTLY * n:
            costs.append(f"of {name} than some {family.worth_posts:,}")
    if costs and times.found.n_days < n:
        no_more = f"these {n:,} tell no more {' and '.join(costs)} on days of their own"
        texts.append(f"As posts of one day share its luck, {no_more}.")
    return texts


def experiment_says(status: ExperimentStatus) -> str:
    """Say what an experiment decided, or that it has not, and how its posts stand."""
    outcome, planned = status.outcome, status.experiment.posts
    difference, first, second = outcome.difference, status.experiment.first, status.experiment.second
    if status.is_complete and difference and difference.low is not None and difference.high is not None:
        percent = interval(difference.percent, difference.low, difference.high)
        n = f"n {outcome.first.reached} and {outcome.second.reached}"
        if not difference.is_found:
            return f"No detectable difference between {first} and {second}: {percent}, {n}."
        # The effect is that of the second slot against the first.
        better, other = (second, first) if difference.percent > 0 else (first, second)
        return f"{better} reaches more than {other}: the second slot against the first {percent}, {n}."
    stands, left = _stands(outcome), planned - outcome.first.posts - outcome.second.posts
    if status.is_complete:
        return f"All {planned} posts are in, and nothing could be decided. {stands}"
    if status.experiment.stopped_at:
        return f"It was stopped before all {planned} posts were in, so it decided nothing. {stands}"
    young = outcome.first.awaited + outcome.second.awaited
    more = [*([f"{left} more"] if left else []), *([f"{young} still too young for a reach"] if young else [])]
    return f"{stands} It is decided once, when all {planned} posts are in: {' and '.join(more)}."


def _stands(outcome: Outcome) -> str:
    """Describe the posts so far, which decide nothing."""
    first, second = outcome.first.reached, outcome.second.reached
    if outcome.difference:
        percent = f"{outcome.difference.percent:+,.0f} % against the first"
        return f"So far the second slot stands at {percent} (n {first} and {second}); chance may do so."
    if min(first, second) < outcome.needed:
        counts = f"{first} and {second} have a reach at 24 h"
        return f"Too few posts to compare: {counts}, and it takes {outcome.needed} of each slot."
    return f"The posts with a reach at 24 h, {first} and {second}, are of too few days to compare."


def experiment_could_see(status: ExperimentStatus) -> list[str]:
    """Say how small a difference is seen once all posts are in."""
    difference = status.outcome.difference
    if difference is None:
        return []
    smallest, needed = difference.smallest_visible_percent, difference.posts_needed
    if status.is_complete:
        return [_visible(smallest, needed)]
    planned = status.experiment.posts
    will = f"{smallest:.0f} % or more is seen in eight of ten cases once all {planned} posts are in"
    return [f"{will}; to see 30 % takes some {needed:,} posts."]


def _visible(smallest: float, needed: int) -> str:
    return (
        f"{smallest:.0f} % or more would have been seen in eight of ten cases; "
        f"to see 30 % takes some {needed:,} posts."
    )


def interval(percent: float, low: float, high: float) -> str:
    """Write an effect with its interval."""
    # An end near 0 keeps its side: whether an interval holds 0 is what it is read for.
    value, lowest, highest = (
        f"{round(end):+,}" if round(end) else f"{end:+.1g}" if end else "0" for end in (percent, low, high)
    )
    return f"{value} % ({lowest} to {highest} %)"
