"""Asks the store for all that a report says of a period."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from pressroom.core.errors import NotFound
from pressroom.core.readings import AccountDay, Number
from pressroom.graph.definitions import DEFINITIONS, Definition, Level
from pressroom.graph.metrics import DEMOGRAPHICS
from pressroom.insights.questions.periods import Period, day_of, end_of
from pressroom.insights.questions.posts import spread_of
from pressroom.insights.report import movements
from pressroom.insights.report.movements import Movement, best_and_weakest, trailing_of
from pressroom.service.insights.account import AccountAudience, AccountPeriod, AccountQuestions
from pressroom.service.insights.asked import Asked, asked
from pressroom.service.insights.report_facts import InsightsReport
from pressroom.service.insights.report_published import Published, Span, published
from pressroom.service.insights.stories import StoryQuestions
from pressroom.service.insights.timing import ExperimentStatus, TimingQuestions

if TYPE_CHECKING:
    from pressroom.service.acting.acting import Acting

_DAY: Final = timedelta(days=1)
# What tables of posts and stories show beside the numbers that are compared.
_SHOWN: Final = ("views", "likes", "comments", "shares", "saved", "follows", "replies", "navigation")


class _Questions(AccountQuestions, StoryQuestions, TimingQuestions):
    """The questions that a report asks."""

    def __init__(self, acting: "Acting") -> None:
        self._acting = acting


@dataclass(frozen=True, slots=True)
class _Moved:
    """The movements of posts, and of the account's days; the first of both counts people."""

    posts: Sequence[Movement]
    days: Sequence[Movement]

    @classmethod
    def of(cls, period: Period, found: Published, days: Sequence[AccountDay]) -> "_Moved":
        spans, watched_from = found.in_spans, found.watched_since.date()
        return cls(
            [movements.of_posts(name, *spans) for name in movements.POST_METRICS],
            [movements.of_days(name, period, days, watched_from) for name in movements.DAY_METRICS],
        )


async def gather(acting: "Acting", period: str) -> InsightsReport:
    """Return the report of a period, without its answers. Raises Refused, NotFound."""
    questions, ours = _Questions(acting), await asked(acting)
    account = await questions.account(period)
    whole = account.period
    found, days = await published(ours, whole), await _days(ours, whole)
    since, before = found.spans.now
    # Off the event loop: medians are resampled.
    moved = await asyncio.to_thread(_Moved.of, whole, found, days)
    reach, day_reach = moved.posts[0].metric, moved.days[0].metric
    posted, audience = found.posted(reach), await questions.audience()
    best, weakest = best_and_weakest(posted.posts)
    return InsightsReport(
        account=ours.name,
        username=await _username(ours),
        timezone=ours.zone.key,
        period=whole,
        made_at=ours.now,
        watched_since=ours.collecting.started_at,
        is_whole=ours.collecting.complete_at is not None,
        read_at=max((one.read_at for one in posted.latest.values()), default=None),
        reach=reach,
        day_reach=day_reach,
        reach_before=_numbers(days, day_reach, whole.before),
        posted=posted,
        movements=(*moved.posts, *moved.days),
        kinds=tuple(await asyncio.to_thread(found.kinds, reach)),
        usual=spread_of(found.usual(reach)),
        best=tuple(best),
        weakest=tuple(weakest),
        days=account,
        growth=await questions.growth(since=since, until=before),
        stories=await questions.stories(since=since, until=before),
        audience=audience,
        best_time=await questions.best_time(),
        experiment=await _experiment(questions, found.spans.now),
        definitions=tuple(_definitions(moved, account, audience)),
    )


async def _days(ours: Asked, period: Period) -> Sequence[AccountDay]:
    first = min(trailing_of(period).first, period.before.first)
    since, until = end_of(first - _DAY), end_of(period.last) + timedelta(hours=2)
    return await ours.store.run(ours.store.readings.days, ours.account, since, until)


def _numbers(days: Sequence[AccountDay], metric: str, period: Period) -> dict[date, Number]:
    known = {day_of(one.ends_at): one.number for one in days if one.metric == metric}
    return {day: number for day in period.days if (number := known.get(day)) is not None}


async def _username(ours: Asked) -> str | None:
    found = await ours.store.run(
        ours.store.readings.account_readings, ours.account, ours.now - timedelta(days=30), ours.now
    )
    return found[-1].username if found else None


async def _experiment(questions: TimingQuestions, span: Span) -> ExperimentStatus | None:
    """Return the last experiment if a part of it lies in the span."""
    try:
        status = await questions.experiment_status()
    except NotFound:
        return None
    made = status.experiment
    ended_at = made.stopped_at
    if ended_at is None and status.is_complete:
        ended_at = status.posts[-1].media.published_at
    is_over = ended_at is not None and ended_at < span.since
    return None if is_over or made.started_at >= span.before else status


def _definitions(moved: _Moved, account: AccountPeriod, audience: AccountAudience) -> list[Definition]:
    """Return what the metrics mean that the report shows."""
    people = [one.metric for one in audience.audiences if one.metric in DEMOGRAPHICS]
    named = {
        Level.MEDIA: {*_SHOWN, *(one.metric for one in moved.posts)},
        Level.ACCOUNT: {*people, *(one.metric for one in account.metrics if one.now.known)},
    }
    return [one for one in DEFINITIONS if one.name in named[one.level]]
