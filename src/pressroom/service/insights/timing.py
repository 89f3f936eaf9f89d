"""`TimingQuestions`: whether it matters when an account posts, by looking back and by an experiment."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from pressroom.core.errors import NotFound, Refused
from pressroom.core.readings import KeptExperiment, KeptMedia, MediaQuery, Number, Outcome
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.when import parse_slots
from pressroom.insights.questions import timing
from pressroom.insights.questions.posts import NEAR, at_age, kind_of
from pressroom.insights.questions.timing import KINDS, ExperimentPost, Turn
from pressroom.insights.statistics.answers import TooFew
from pressroom.service.acting.acting import Acting
from pressroom.service.ground.output import require_report_extra
from pressroom.service.insights.asked import Asked, asked

if TYPE_CHECKING:
    from pressroom.insights.statistics.best_time import BestTime

__all__ = ["KINDS", "BestTimes", "ExperimentPost", "ExperimentStatus", "TimingQuestions", "TooFew", "Turn"]
LOOKED_BACK: Final = timedelta(days=365)
MOST_POSTS: Final = 1000
FEWEST_POSTS, MOST_OF_EXPERIMENT = 10, 1000
_PRODUCTS: Final = ("FEED", "REELS")
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
        told = self.outcome
        is_out = told.first.posts + told.second.posts >= self.experiment.posts
        return is_out and not told.first.awaited and not told.second.awaited


class TimingQuestions:
    """Questions about when to post; none makes a call. Any may raise NotFound where nothing is collected.

    What is compared takes the extra `report`: without it they raise Refused.
    """

    _acting: Acting

    async def best_time(self) -> BestTimes:
        """Ask whether hours or weekdays matter for the reach at 24 h of photos, carousels and reels.

        What it finds is an association among posts that went out, no proof: that takes an experiment.
        """
        _require_extra("Best time")
        ours = await asked(self._acting)
        since = ours.now - LOOKED_BACK
        media = await _published(ours, MediaQuery(products=_PRODUCTS, since=since, limit=MOST_POSTS), KINDS)
        reach = await _reach(ours, media)
        # Off the event loop: resampling takes half a second.
        found = await asyncio.to_thread(timing.best_time_of, media, reach, ours.zone)
        return BestTimes(
            account=ours.name,
            timezone=ours.zone.key,
            since=since,
            posts=len(media),
            without_reach=sum(one.id not in reach for one in media),
            found=found,
        )

    async def start_experiment(
        self, first: str, second: str, *, posts: int = 40, kind: str | None = None
    ) -> ExperimentStatus:
        """Note that from now on posts take turns between two slots; makes no call, and plans no post.

        first, second: such as `daily 09:00`, in the account's zone. posts: of both together. kind: `photo`,
        `carousel` or `reel`; None for all three. Raises Refused, as while another experiment runs.
        """
        _require_extra("An experiment")
        _require_two(first, second)
        _require_size(posts, kind)
        ours = await asked(self._acting)
        made = KeptExperiment(
            started_at=ours.now, first=first, second=second, timezone=ours.zone.key, posts=posts, kind=kind
        )
        if not await ours.store.run(ours.store.readings.put_experiment, ours.account, made):
            raise _is_running(ours.name)
        return await _status(ours, made)

    async def experiment_status(self) -> ExperimentStatus:
        """Tell how the account's experiment stands, or how its last one ended.

        A post counts for a slot if it went out within half an hour of one of its times. Raises NotFound
        where there was none.
        """
        ours = await asked(self._acting)
        return await _status(ours, await _latest(ours))

    async def stop_experiment(self) -> ExperimentStatus:
        """End the account's experiment and keep what it said. Raises NotFound, Refused where none runs."""
        ours = await asked(self._acting)
        running = await _latest(ours)
        if running.stopped_at is not None:
            raise Refused(
                f"No experiment of {ours.name} runs: the last one was stopped.",
                rule="experiment",
                value="stopped",
                fix=Fix.of("Start another one: {}.", Remedy(RemedyKind.START_EXPERIMENT)),
            )
        status = await _status(ours, running)
        ended = replace(running, stopped_at=ours.now, outcome=status.outcome)
        await ours.store.run(ours.store.readings.put_experiment, ours.account, ended)
        return replace(status, experiment=ended, next_turn=None, next_at=None)


async def _status(ours: Asked, experiment: KeptExperiment) -> ExperimentStatus:
    kinds = (experiment.kind,) if experiment.kind else KINDS
    query = MediaQuery(products=_PRODUCTS, since=experiment.started_at, before=experiment.stopped_at)
    media = await _published(ours, query, kinds)
    posts, beside = timing.experiment_posts(experiment, media, await _reach(ours, media), ours.now)
    outcome = experiment.outcome or await _outcome(posts, beside, ours.now)
    turn = None if experiment.stopped_at else timing.next_turn(experiment, posts)
    return ExperimentStatus(
        account=ours.name,
        experiment=experiment,
        posts=tuple(posts),
        outcome=outcome,
        next_turn=turn,
        next_at=timing.next_at(experiment, turn, ours.now) if turn else None,
    )


async def _outcome(posts: Sequence[ExperimentPost], beside: int, now: datetime) -> Outcome:
    if timing.is_comparable(posts):
        _require_extra("An experiment")
    return await asyncio.to_thread(timing.outcome_of, posts, beside, now)


async def _latest(ours: Asked) -> KeptExperiment:
    found = await ours.store.run(ours.store.readings.experiment, ours.account)
    if found is None:
        raise NotFound(
            f"{ours.name} has had no experiment.",
            fix=Fix.of("Start one: {}.", Remedy(RemedyKind.START_EXPERIMENT)),
        )
    return found


async def _published(ours: Asked, query: MediaQuery, kinds: Sequence[str]) -> list[KeptMedia]:
    found = await ours.store.run(ours.store.readings.media, ours.account, query)
    return [one for one in found if kind_of(one) in kinds]


async def _reach(ours: Asked, media: Sequence[KeptMedia]) -> dict[str, Number]:
    """Return the reach at 24 h of media."""
    youngest, oldest = int(timing.AGE_S * (1 - NEAR)), int(timing.AGE_S * (1 + NEAR)) + 1
    aged = await ours.store.run(ours.store.readings.aged, ours.account, media, youngest, oldest)
    return timing.reach_of(at_age(aged, timing.AGE_S))


def _require_two(first: str, second: str) -> None:
    """Refuse slots so near to each other that a post could be of both."""
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


def _require_size(posts: int, kind: str | None) -> None:
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


def _require_extra(what: str) -> None:
    require_report_extra(what, "numpy", "scipy")


def _is_running(account: str) -> Refused:
    return Refused(
        f"An experiment of {account} is running already.",
        rule="experiment",
        value="running",
        limit="one at a time",
        fix=Fix.of("See it to its end, or stop it with {}.", Remedy(RemedyKind.STOP_EXPERIMENT)),
    )
