"""`AccountQuestions`: what is kept of an account itself, and what each metric means."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from pressroom.core.errors import Refused
from pressroom.core.readings import MediaQuery
from pressroom.graph.definitions import DEFINITIONS, Definition
from pressroom.graph.metrics import DAY_ZONE, FEWEST_FOLLOWERS, METRICS_BY_NAME
from pressroom.insights.questions.people import (
    FOLLOWER_COUNT,
    Audience,
    FollowerDay,
    PostsGrowth,
    audiences,
    earlier_before,
    follower_days,
    posts_growth,
)
from pressroom.insights.questions.periods import (
    InPeriod,
    Period,
    can_judge,
    end_of,
    in_period,
    last_ended,
)
from pressroom.service.acting.acting import Acting
from pressroom.service.insights.asked import Asked, asked

__all__ = ["DAY_ZONE", "FEWEST_FOLLOWERS", "Audience", "FollowerDay", "InPeriod", "PostsGrowth"]
GROWTH_DAYS: Final = 90
# Instagram keeps two years.
_LONGEST: Final = 730
_SPAN: Final = re.compile(r"([1-9]\d{0,3})d")
# The kinds of which Instagram counts follows.
FOLLOWS_OF: Final = tuple(METRICS_BY_NAME["follows"].products)
# Instagram's first year.
_FIRST_YEAR: Final = 2010
_DAY: Final = timedelta(days=1)
# Days are told to end within it of midnight.
_SLACK: Final = timedelta(hours=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountPeriod:
    """An account's metrics in a period of whole days, and in as many before it.

    watched_since: when collecting began. is_judged: changes are told from noise, which
    needs the extra `report`.
    """

    account: str
    period: Period
    watched_since: datetime
    is_judged: bool
    metrics: tuple[InPeriod, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountAudience:
    """Who an account's people are, as last told. followers: as last counted; None where that is not known."""

    account: str
    followers: int | None
    audiences: tuple[Audience, ...]

    @property
    def is_too_small(self) -> bool | None:
        """Whether it has fewer followers than Instagram tells of; None where nobody counted them."""
        return None if self.followers is None else self.followers < FEWEST_FOLLOWERS


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """How followers moved. days: from the first on of which anything is known."""

    account: str
    since: datetime
    watched_since: datetime
    days: tuple[FollowerDay, ...]
    posts: PostsGrowth


class AccountQuestions:
    """Questions about an account itself; none makes a call.

    Any but `definitions` may raise NotFound where nothing is collected.
    """

    _acting: Acting

    async def account(self, period: str = "28d") -> AccountPeriod:
        """Tell an account's metrics in a period, against as many days before it where all are known.

        period: `28d` for the last days, `month` for the last whole one, or `2026-11-01..2026-11-14`. Days end
        at midnight Pacific time. Raises Refused for a period that is none, or has not ended.
        """
        ours = await asked(self._acting)
        whole = period_of(period, await self._last_day(ours))
        since, until = end_of(whole.before.first - _DAY), end_of(whole.last) + _SLACK
        days = await ours.store.run(ours.store.readings.days, ours.account, since, until)
        return AccountPeriod(
            account=ours.name,
            period=whole,
            watched_since=ours.collecting.started_at,
            is_judged=can_judge(),
            metrics=tuple(in_period(whole, days)),
        )

    async def audience(self) -> AccountAudience:
        """Tell who the account's people are, as last told, and what changed in about 28 days."""
        ours = await asked(self._acting)
        readings, run = ours.store.readings, ours.store.run
        soon = ours.now + _DAY
        last = await run(readings.audience, ours.account, before=soon)
        before = earlier_before(last)
        earlier = await run(readings.audience, ours.account, before=before) if before else ()
        counts = await run(readings.account_readings, ours.account, ours.collecting.started_at - _DAY, soon)
        return AccountAudience(
            account=ours.name,
            followers=counts[-1].followers_count if counts else None,
            audiences=tuple(audiences(last, earlier)),
        )

    async def growth(self, *, since: datetime | None = None, until: datetime | None = None) -> Growth:
        """Tell how followers moved each day, and in the 48 h after each post: an association, no effect.

        since: by default 90 days ago. until: of days and posts; what followed the last posts lies behind it.
        """
        ours = await asked(self._acting)
        readings, run = ours.store.readings, ours.store.run
        since = since or ours.now - timedelta(days=GROWTH_DAYS)
        until = min(until or ours.now, ours.now)
        counts = await run(readings.account_readings, ours.account, since - 2 * _DAY, until + 4 * _DAY)
        gains = await run(readings.days, ours.account, since - _DAY, until + 2 * _DAY, [FOLLOWER_COUNT])
        media = await run(readings.media, ours.account, MediaQuery(since=since, before=until))
        tells_follows = [one for one in media if one.product_type in FOLLOWS_OF]
        latest = await run(readings.latest, ours.account, tells_follows)
        # The day that is under way at that moment is told whole, once it has ended.
        last = min(last_ended(until - timedelta(seconds=1)) + _DAY, last_ended(ours.now))
        days = follower_days(last_ended(since) + _DAY, last, counts, gains)
        return Growth(
            account=ours.name,
            since=since,
            watched_since=ours.collecting.started_at,
            days=tuple(_from_first_known(days)),
            posts=posts_growth(media, latest, counts),
        )

    async def definitions(self, *metrics: str) -> tuple[Definition, ...]:
        """Return what metrics count and what may be done with them; without names, of all.

        Raises Refused for an unknown one.
        """
        known = list(dict.fromkeys(one.name for one in DEFINITIONS))
        for name in metrics:
            if name not in known:
                raise Refused(
                    f"{name!r} is no metric.",
                    rule="metric",
                    value=name,
                    limit=", ".join(known),
                    fix="Name one of those.",
                )
        return tuple(one for one in DEFINITIONS if not metrics or one.name in metrics)

    async def _last_day(self, ours: Asked) -> date:
        """Return the last day that has ended; each morning, until it is read, the one before."""
        last = last_ended(ours.now)
        found = await ours.store.run(ours.store.readings.days, ours.account, end_of(last - _DAY), ours.now)
        return last if found else last - _DAY


def period_of(text: str, last: date) -> Period:
    """Read a period. last: the last day that may be in it. Raises Refused."""
    word = text.strip().lower()
    if word == "month":
        end = (last + _DAY).replace(day=1) - _DAY
        return Period(end.replace(day=1), end)
    if span := _SPAN.fullmatch(word):
        return _checked(text, Period(last - _DAY * (int(span[1]) - 1), last), last)
    try:
        first, end = (date.fromisoformat(part.strip()) for part in word.split(".."))
    except ValueError:
        raise _refused(text, f"{text!r} is no period.") from None
    return _checked(text, Period(first, end), last)


def _checked(text: str, period: Period, last: date) -> Period:
    if not 1 <= period.length <= _LONGEST:
        raise _refused(text, f"A period has 1 to {_LONGEST} days; {text} has {period.length}.")
    if period.first.year < _FIRST_YEAR:
        raise _refused(text, f"There was no Instagram on {period.first}.")
    if period.last > last:
        raise _refused(text, f"The last day that is known to have ended is {last}; {text} ends later.")
    return period


def _refused(text: str, message: str) -> Refused:
    return Refused(
        message,
        rule="period",
        value=text,
        limit="28d, month, or FROM..TO",
        fix="Give days such as 28d, month for the last whole month, or dates such as 2026-11-01..2026-11-14.",
    )


def _from_first_known(days: list[FollowerDay]) -> list[FollowerDay]:
    known = [number for number, one in enumerate(days) if one.followers is not None or one.gain is not None]
    return days[known[0] :] if known else []
