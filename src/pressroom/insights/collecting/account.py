"""Reads an account's own numbers: each day its days and followers, each week who its people are.

Source: IG User, Insights.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

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
    WITH_PARTS,
)
from pressroom.insights.collecting.asking import Asking, Span
from pressroom.insights.collecting.desk import Desk
from pressroom.insights.collecting.pages import parts_of, whole

_FIELDS: Final = "followers_count,follows_count,media_count,username,name,website"
_DAY: Final = timedelta(days=1)
_WEEK: Final = timedelta(days=7)
_STEP: Final = timedelta(days=30)  # wider windows are refused
_BACK: Final = timedelta(days=90)
# Totals cost a call for each day: those of the last month are filled in a few a day, the newest first.
_TOTALS_BACK: Final = timedelta(days=30)
_FILLED_A_DAY: Final = 7
# An hour after the latest hour (UTC) at which a day of Instagram ends, in winter.
_DAY_BEGINS: Final = timedelta(hours=9)


@dataclass(slots=True)
class AccountReader:
    """Reads the numbers of one account itself."""

    desk: Desk

    @property
    def asking(self) -> Asking:
        """Asks for account metrics."""
        return Asking(self.desk)

    async def read_due(self) -> None:
        """Read the days and followers once a day, the audience once a week."""
        desk, last = self.desk, self.desk.collecting.account_read_at
        if last is not None and _day_of(last) == _day_of(desk.now):
            return
        own = await self._own()
        await desk.keep(Batch(account=own))
        await self._read_series()
        await self._read_totals(is_first=last is None)
        if (own.followers_count or 0) >= FEWEST_FOLLOWERS:
            await self._read_audience()
        # Last: what failed on the way is read again, and what is kept already costs nothing.
        desk.collecting = replace(desk.collecting, account_read_at=desk.now)

    async def _own(self) -> AccountReading:
        user = await self.desk.client.send(calls.user(self.desk.client.account.user, fields=_FIELDS))
        names = ("followers_count", "follows_count", "media_count", "username", "name", "website")
        return AccountReading(read_at=self.desk.now, **{name: getattr(user, name) for name in names})

    async def _read_series(self) -> None:
        """Read what Instagram gives as a series, as far back as it is not settled, 30 days to a call."""
        for metric in SERIES:
            known = await self._days(self.desk.now - _BACK, [metric])
            settled = [one.ends_at for one in known if one.read_at - one.ends_at >= SETTLED_AFTER]
            since = max(settled, default=self.desk.now - (_BACK if metric == SERIES[0] else _STEP))
            for span in _steps(since, self.desk.now):
                page = await self.asking.ask([metric], span, metric_type="time_series")
                await self.desk.keep(Batch(days=[day for one in page for day in self._series(one)]))

    def _series(self, insight: Insight) -> Iterable[AccountDay]:
        for one in insight.values:
            if isinstance(one.value, int | float) and one.end_time:
                yield self._day(insight.name, timestamp_of(one.end_time), whole(one.value))

    async def _read_totals(self, *, is_first: bool) -> None:
        """Read the totals of the days that have none, or are settled since; each is a call by itself."""
        ends = _day_ends(self.desk.now - _TOTALS_BACK, self.desk.now)
        known = {one.ends_at: one for one in await self._days(ends[0] - _DAY, PER_DAY)}
        wanted = [at for at in reversed(ends) if at not in known or self._is_settled_since(known[at])]
        for ends_at in wanted[: 2 if is_first else _FILLED_A_DAY]:
            is_settled = self.desk.now - ends_at >= SETTLED_AFTER
            await self.desk.keep(Batch(days=await self._totals(ends_at, with_parts=is_settled)))

    async def _totals(self, ends_at: datetime, *, with_parts: bool) -> list[AccountDay]:
        span = (_start_of_day(ends_at), ends_at)
        numbers = {
            one.name: whole(one.number)
            for one in await self.asking.ask(PER_DAY, span, metric_type="total_value")
            if one.number is not None
        }
        parts: dict[str, dict[str, Numbers]] = {}
        for breakdown, metrics in WITH_PARTS.items() if with_parts else ():
            page = await self.asking.ask(metrics, span, metric_type="total_value", breakdown=breakdown)
            for metric in metrics:
                if found := parts_of(page, metric):
                    parts.setdefault(metric, {})[breakdown] = found
        names = [name for name in PER_DAY if name in numbers or name in parts]
        return [self._day(name, ends_at, numbers.get(name), parts.get(name)) for name in names]

    async def _read_audience(self) -> None:
        desk = self.desk
        audience = await self._online()
        last = desk.collecting.audience_read_at
        if last is None or desk.now - last >= _WEEK:
            for metric in DEMOGRAPHICS:
                audience += await self._people(metric)
            desk.collecting = replace(desk.collecting, audience_read_at=desk.now)
        await desk.keep(Batch(audience=audience))

    async def _people(self, metric: str) -> list[AudienceReading]:
        found = list[AudienceReading]()
        for breakdown in PEOPLE:
            page = await self.asking.ask(
                [metric],
                period="lifetime",
                metric_type="total_value",
                breakdown=breakdown,
                timeframe="this_month",
            )
            parts = parts_of(page, metric, as_spelled=True)
            if parts:
                found.append(self._audience(metric, breakdown, parts))
        return found

    async def _online(self) -> list[AudienceReading]:
        page = await self.asking.ask([ONLINE_FOLLOWERS], period="lifetime")
        hours = [value.value for one in page for value in one.values if isinstance(value.value, dict)]
        parts = {hour: whole(count) for hour, count in hours[-1].items()} if hours else {}
        return [self._audience(ONLINE_FOLLOWERS, "hour", parts)] if parts else []

    async def _days(self, since: datetime, metrics: Sequence[str]) -> Sequence[AccountDay]:
        store = self.desk.store
        return await store.run(store.readings.days, self.desk.account, since, self.desk.now, metrics)

    def _is_settled_since(self, day: AccountDay) -> bool:
        return day.read_at - day.ends_at < SETTLED_AFTER <= self.desk.now - day.ends_at

    def _day(
        self,
        metric: str,
        ends_at: datetime,
        number: Number | None,
        parts: Mapping[str, Numbers] | None = None,
    ) -> AccountDay:
        return AccountDay(
            metric=metric, ends_at=ends_at, number=number, parts=parts or {}, read_at=self.desk.now
        )

    def _audience(self, metric: str, breakdown: str, parts: Numbers) -> AudienceReading:
        return AudienceReading(metric=metric, breakdown=breakdown, read_at=self.desk.now, parts=parts)


def _day_of(moment: datetime) -> object:
    return (moment - _DAY_BEGINS).date()


def _steps(since: datetime, until: datetime) -> Iterable[Span]:
    """Cut a span into windows of 30 days, the newest first."""
    while until > since:
        start = max(since, until - _STEP)
        yield start, until
        until = start


def _start_of_day(ends_at: datetime) -> datetime:
    """Return where a day of Instagram begins that ends at a moment; twice a year it has 23 or 25 hours."""
    local = ends_at.astimezone(ZoneInfo(DAY_ZONE))
    return (local - _DAY).astimezone(ends_at.tzinfo)


def _day_ends(since: datetime, until: datetime) -> list[datetime]:
    """Return the ends of Instagram's days in a span, oldest first."""
    midnight = until.astimezone(ZoneInfo(DAY_ZONE)).replace(hour=0, minute=0, second=0, microsecond=0)
    ends = list[datetime]()
    while (at := midnight.astimezone(until.tzinfo)) > since:
        ends.append(at)
        midnight -= _DAY
    return ends[::-1]
