"""Reads an account's own numbers: each day its days and followers, each week who its people are.

`AccountReader.read_due` is where to start. A metric that Instagram refuses is left out for a week.
Source: IG User, Insights.
"""

import itertools
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from pressroom.core.errors import GraphError
from pressroom.core.graph_errors import InvalidParameter
from pressroom.core.readings import (
    SETTLED_AFTER,
    AccountDay,
    AccountReading,
    AudienceReading,
    Batch,
    Number,
    Numbers,
)
from pressroom.graph import calls
from pressroom.graph.answers import Insight, timestamp_of
from pressroom.graph.metrics import (
    DAY_ZONE,
    DEMOGRAPHICS,
    FEWEST_FOLLOWERS,
    ONLINE_FOLLOWERS,
    PEOPLE,
    PER_DAY,
    SERIES,
    SUCCESSORS,
    WITH_PARTS,
)
from pressroom.insights.collecting.pages import parts_of, replace_refused, whole
from pressroom.insights.collecting.pull import Pull
from pressroom.insights.read import SPOILS_ALL, lacks_permission, refused_metric

Span = tuple[datetime, datetime]

_OWN: Final = ("followers_count", "follows_count", "media_count", "username", "name", "website")
_DAY: Final = timedelta(days=1)
_WEEK: Final = timedelta(days=7)
_WIDEST_WINDOW: Final = timedelta(days=30)  # wider ones are refused
_SERIES_BACK: Final = timedelta(days=90)
# Instagram refuses `follower_count` of more than 30 days ago; the hour is for clocks that differ.
_FOLLOWER_COUNT_BACK: Final = timedelta(days=30) - timedelta(hours=1)
# Each day of totals costs a call, so those of the last month are filled in a few a day, the newest first.
_TOTALS_BACK: Final = timedelta(days=30)
_FILLED_FIRST: Final = 2
_FILLED_A_DAY: Final = 7
# An hour after the latest hour (UTC) at which a day of Instagram ends, in winter.
_DAY_BEGINS: Final = timedelta(hours=9)
# After that a metric that was refused is requested again.
_REFUSED_FOR: Final = timedelta(days=7)


@dataclass(slots=True)
class AccountReader:
    """Reads the numbers of an account itself."""

    pull: Pull

    async def read_due(self) -> None:
        """Read the days and followers once a day, the audience once a week."""
        pull, last = self.pull, self.pull.collecting.account_read_at
        if last is not None and (last - _DAY_BEGINS).date() == (pull.now - _DAY_BEGINS).date():
            return
        user = await pull.client.send(calls.user(pull.client.account.user, fields=",".join(_OWN)))
        own = AccountReading(read_at=pull.now, **{name: getattr(user, name) for name in _OWN})
        await pull.keep(Batch(account=own))
        # What Instagram gives as a series is read as far back as it is not settled, 30 days to a call.
        for metric in SERIES:
            days = await self._kept_days(pull.now - _SERIES_BACK, [metric])
            settled = [day.ends_at for day in days if day.read_at - day.ends_at >= SETTLED_AFTER]
            # Instagram gives 90 days of reach, and 30 of the other series.
            back = _SERIES_BACK if metric == SERIES[0] else _FOLLOWER_COUNT_BACK
            since, until = max([pull.now - back, *settled]), pull.now
            # The newest first, so that a failure on the way leaves out what is oldest.
            while until > since:
                start = max(since, until - _WIDEST_WINDOW)
                insights = await self._request([metric], (start, until), metric_type="time_series")
                until = start
                read = [
                    self._day(insight.name, timestamp_of(value.end_time), whole(value.value))
                    for insight in insights
                    for value in insight.values
                    if isinstance(value.value, int | float) and value.end_time
                ]
                await pull.keep(Batch(days=read))
        await self._read_totals(is_first=last is None)
        if (own.followers_count or 0) >= FEWEST_FOLLOWERS:
            await self._read_audience()
        # Last: after a failure on the way all is read again, and what is kept already costs nothing.
        pull.collecting = replace(pull.collecting, account_read_at=pull.now)

    async def _read_totals(self, *, is_first: bool) -> None:
        """Read the totals of days that have none, or have settled since; each day is a call by itself."""
        now = self.pull.now
        # The ends of Instagram's days in a span, oldest first.
        since = now - _TOTALS_BACK
        midnight = now.astimezone(ZoneInfo(DAY_ZONE)).replace(hour=0, minute=0, second=0, microsecond=0)
        ends = list[datetime]()
        while (at := midnight.astimezone(now.tzinfo)) > since:
            ends.append(at)
            midnight -= _DAY
        ends = ends[::-1]
        kept = {day.ends_at: day for day in await self._kept_days(ends[0] - _DAY, PER_DAY)}
        missing = [
            at for at in reversed(ends) if at not in kept or kept[at].read_at - at < SETTLED_AFTER <= now - at
        ]
        for ends_at in missing[: _FILLED_FIRST if is_first else _FILLED_A_DAY]:
            # Twice a year a day has 23 or 25 hours.
            starts_at = (ends_at.astimezone(ZoneInfo(DAY_ZONE)) - _DAY).astimezone(ends_at.tzinfo)
            span, parts = (starts_at, ends_at), defaultdict[str, dict[str, Numbers]](dict)
            totals = await self._request(PER_DAY, span, metric_type="total_value")
            numbers = {total.name: whole(total.number) for total in totals if total.number is not None}
            # Breakdowns cost a call each, so they are read once, when the day does not change any more.
            is_settled = self.pull.now - ends_at >= SETTLED_AFTER
            for breakdown, metrics in WITH_PARTS.items() if is_settled else ():
                insights = await self._request(metrics, span, metric_type="total_value", breakdown=breakdown)
                for metric in metrics:
                    parts[metric][breakdown] = parts_of(insights, metric)
            days = list[AccountDay]()
            for name in PER_DAY:
                with_numbers = {by: of_day for by, of_day in parts[name].items() if of_day}
                if name in numbers or with_numbers:
                    days.append(self._day(name, ends_at, numbers.get(name), with_numbers))
            await self.pull.keep(Batch(days=days))

    async def _read_audience(self) -> None:
        pull = self.pull

        # How many followers are online by hour, on the last day that Instagram gives.
        insights = await self._request([ONLINE_FOLLOWERS], period="lifetime")
        days = [
            value.value for insight in insights for value in insight.values if isinstance(value.value, dict)
        ]
        parts = {hour: whole(count) for hour, count in days[-1].items()} if days else {}
        audience = [self._audience(ONLINE_FOLLOWERS, "hour", parts)] if parts else []

        last = pull.collecting.audience_read_at
        if last is None or pull.now - last >= _WEEK:
            for metric, breakdown in itertools.product(DEMOGRAPHICS, PEOPLE):
                insights = await self._request(
                    [metric],
                    period="lifetime",
                    metric_type="total_value",
                    breakdown=breakdown,
                    timeframe="this_month",
                )
                if parts := parts_of(insights, metric, as_spelled=True):
                    audience.append(self._audience(metric, breakdown, parts))
            pull.collecting = replace(pull.collecting, audience_read_at=pull.now)
        await pull.keep(Batch(audience=audience))

    async def _kept_days(self, since: datetime, metrics: Sequence[str]) -> Sequence[AccountDay]:
        store = self.pull.store
        return await store.run(store.readings.days, self.pull.account, since, self.pull.now, metrics)

    def _day(
        self,
        metric: str,
        ends_at: datetime,
        number: Number | None,
        parts: Mapping[str, Numbers] | None = None,
    ) -> AccountDay:
        return AccountDay(
            metric=metric, ends_at=ends_at, number=number, parts=parts or {}, read_at=self.pull.now
        )

    def _audience(self, metric: str, breakdown: str, parts: Numbers) -> AudienceReading:
        return AudienceReading(metric=metric, breakdown=breakdown, read_at=self.pull.now, parts=parts)

    async def _request(
        self,
        metrics: Sequence[str],
        span: Span | None = None,
        *,
        period: str = "day",
        metric_type: str | None = None,
        breakdown: str | None = None,
        timeframe: str | None = None,
    ) -> Sequence[Insight]:
        """Read metrics; one that is refused is left out, remembered for a week, and the others read again.

        Raises GraphError for what every call would meet, TransportError without an answer.
        """
        requested = self._offered(metrics, breakdown)
        since, until = (int(at.timestamp()) for at in span) if span else (None, None)
        while requested:
            call = calls.account_insights(
                self.pull.client.account.user,
                requested,
                period=period,
                metric_type=metric_type,
                breakdown=breakdown,
                timeframe=timeframe,
                since=since,
                until=until,
            )
            try:
                return (await self.pull.client.send(call)).data
            except InvalidParameter as error:
                # A refusal that names nothing is clear where a single metric was requested.
                metric = refused_metric(error, requested) or (requested[0] if len(requested) == 1 else None)
                if metric is None:
                    return ()
                collecting = self.pull.collecting
                refused = {**collecting.refused, _refused_as(metric, breakdown): self.pull.now}
                self.pull.collecting = replace(collecting, refused=refused)
                requested = self._offered(replace_refused(metric, requested, ()), breakdown)
            except GraphError as error:
                # Of all metrics reach needs the permission alone; another one may be refused by itself.
                is_first = requested[0] == SERIES[0]
                if error.retry in SPOILS_ALL:
                    raise
                if is_first and lacks_permission(error, self.pull.client.account.login_type):
                    raise
                return ()
        return ()

    def _offered(self, metrics: Sequence[str], breakdown: str | None) -> list[str]:
        """Leave out what was refused of late, or request the metric that Instagram has put in its place."""

        def is_refused(metric: str) -> bool:
            at = self.pull.collecting.refused.get(_refused_as(metric, breakdown))
            return at is not None and self.pull.now - at < _REFUSED_FOR

        names = [SUCCESSORS.get(name, name) if is_refused(name) else name for name in metrics]
        return [name for name in dict.fromkeys(names) if not is_refused(name)]


def _refused_as(metric: str, breakdown: str | None) -> str:
    """Return the key under which a refusal is remembered: with a breakdown a metric may be refused alone."""
    return f"{metric}/{breakdown}" if breakdown else metric
