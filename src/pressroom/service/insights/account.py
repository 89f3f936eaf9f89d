"""What is kept of an account itself: its metrics in a period, who its people are, how followers moved."""

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
from pressroom.service.insights.kept import KeptAccount

__all__ = ["DAY_ZONE", "FEWEST_FOLLOWERS", "Audience", "FollowerDay", "InPeriod", "PostsGrowth"]
_DAY: Final = timedelta(days=1)


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


# Instagram keeps two years.
_LONGEST: Final = 730
_SPAN: Final = re.compile(r"([1-9]\d{0,3})d")
# Instagram's first year.
_FIRST_YEAR: Final = 2010


def period_of(text: str, last: date) -> Period:
    """Read a period. last: the last day that may be in it. Raises Refused."""
    word = text.strip().lower()
    # The last whole month: the one under way has no number of its own yet.
    if word == "month":
        end = (last + _DAY).replace(day=1) - _DAY
        return Period(end.replace(day=1), end)
    if span := _SPAN.fullmatch(word):
        period = Period(last - _DAY * (int(span[1]) - 1), last)
    else:
        try:
            first, end = (date.fromisoformat(part.strip()) for part in word.split(".."))
        except ValueError:
            raise _refused_period(text, f"{text!r} is no period.") from None
        period = Period(first, end)

    if not 1 <= period.length <= _LONGEST:
        raise _refused_period(text, f"A period has 1 to {_LONGEST} days; {text} has {period.length}.")
    if period.first.year < _FIRST_YEAR:
        raise _refused_period(text, f"There was no Instagram on {period.first}.")
    if period.last > last:
        message = f"The last day that is known to have ended is {last}; {text} ends later."
        raise _refused_period(text, message)
    return period


def _refused_period(text: str, message: str) -> Refused:
    return Refused(
        message,
        rule="period",
        value=text,
        limit="28d, month, or FROM..TO",
        fix="Give days such as 28d, month for the last whole month, or dates such as 2026-11-01..2026-11-14.",
    )


# Instagram tells that a day ended within two hours of midnight.
_SLACK: Final = timedelta(hours=2)


async def account_in(kept: KeptAccount, period_text: str) -> AccountPeriod:
    """Return an account's metrics in a period that has ended. Raises Refused for a text that is no period."""
    readings, run = kept.store.readings, kept.store.run
    last = last_ended(kept.now)
    # Each morning, until the day that has just ended is read, the day before it is the last one.
    if not await run(readings.days, kept.account, end_of(last - _DAY), kept.now):
        last -= _DAY
    period = period_of(period_text, last)
    days = await run(
        readings.days, kept.account, end_of(period.before.first - _DAY), end_of(period.last) + _SLACK
    )
    return AccountPeriod(
        account=kept.name,
        period=period,
        watched_since=kept.collecting.started_at,
        is_judged=can_judge(),
        metrics=tuple(in_period(period, days)),
    )


async def audience_of(kept: KeptAccount) -> AccountAudience:
    """Return who the account's people are, as last told, and what changed in about 28 days."""
    readings, run = kept.store.readings, kept.store.run
    # Readings of this moment count too: `before` leaves out the moment itself.
    soon = kept.now + _DAY
    last = await run(readings.audience, kept.account, before=soon)
    before = earlier_before(last)
    earlier = await run(readings.audience, kept.account, before=before) if before else ()
    counts = await run(readings.account_readings, kept.account, kept.collecting.started_at - _DAY, soon)
    return AccountAudience(
        account=kept.name,
        followers=counts[-1].followers_count if counts else None,
        audiences=tuple(audiences(last, earlier)),
    )


GROWTH_DAYS: Final = 90
# The kinds of which Instagram counts follows.
_FOLLOWS_OF: Final = METRICS_BY_NAME["follows"].products


async def growth_between(kept: KeptAccount, since: datetime | None, until: datetime | None) -> Growth:
    """Return how followers moved each day of a time, and in the 48 h after each of its posts."""
    readings, run = kept.store.readings, kept.store.run
    since = since or kept.now - timedelta(days=GROWTH_DAYS)
    until = min(until or kept.now, kept.now)
    # The 48 h after the last posts lie behind `until`.
    counts = await run(readings.account_readings, kept.account, since - 2 * _DAY, until + 4 * _DAY)
    gains = await run(readings.days, kept.account, since - _DAY, until + 2 * _DAY, [FOLLOWER_COUNT])
    media = await run(readings.media, kept.account, MediaQuery(since=since, before=until))
    with_follows = [post for post in media if post.product_type in _FOLLOWS_OF]
    latest = await run(readings.latest, kept.account, with_follows)
    # The day that is under way at that moment is told whole, once it has ended.
    last = min(last_ended(until - timedelta(seconds=1)) + _DAY, last_ended(kept.now))
    days = follower_days(last_ended(since) + _DAY, last, counts, gains)
    counted = (at for at, day in enumerate(days) if day.followers is not None or day.gain is not None)
    first = next(counted, len(days))
    return Growth(
        account=kept.name,
        since=since,
        watched_since=kept.collecting.started_at,
        days=tuple(days[first:]),
        posts=posts_growth(media, latest, counts),
    )


def definitions_of(names: tuple[str, ...]) -> tuple[Definition, ...]:
    """Return the definitions of metrics; without names, of all. Raises Refused for an unknown one."""
    metrics = list(dict.fromkeys(definition.name for definition in DEFINITIONS))
    for name in names:
        if name not in metrics:
            raise Refused(
                f"{name!r} is no metric.",
                rule="metric",
                value=name,
                limit=", ".join(metrics),
                fix="Name one of those.",
            )
    return tuple(definition for definition in DEFINITIONS if not names or definition.name in names)
