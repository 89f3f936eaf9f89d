"""Questions about an account, answered from what is kept of it.

`account_in` gives its metrics in a period, `audience_of` who its people are, `growth_between` how followers
moved.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from pressroom.core.errors import Refused
from pressroom.core.readings import AccountDay, MediaQuery
from pressroom.graph.definitions import DEFINITIONS, Definition
from pressroom.graph.metrics import DAY_ZONE, FEWEST_FOLLOWERS, METRICS_BY_NAME
from pressroom.insights.questions.people import (
    FOLLOWER_COUNT,
    Audience,
    FollowerDay,
    NewFollowers,
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
    day_of,
    days_within,
    end_of,
    history_begin,
    in_period,
    last_ended,
)
from pressroom.insights.statistics.answers import MARKED_BY_CHANCE
from pressroom.service.insights.kept import KeptAccount

__all__ = [
    "DAY_ZONE",
    "FEWEST_FOLLOWERS",
    "Audience",
    "FollowerDay",
    "InPeriod",
    "NewFollowers",
    "PostsGrowth",
]
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountPeriod:
    """An account's metrics in a period of whole days, and in as many before it.

    watched_since: when collecting began. is_judged: changes are told from noise, which needs the extra
    `report`.
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


class FollowersChange(NamedTuple):
    """How many followers more there are after the last day than before the first one."""

    first: date
    last: date
    change: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowersInPeriod:
    """The followers of a period.

    at_end: how many there were after its last day. net_change: how many more than before its first day, from
    two counts. new: who came, without those who left. Each by itself; None where it is not known.
    """

    at_end: int | None
    net_change: int | None
    new: NewFollowers


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """How followers moved. days: from the first on of which anything is known.

    change: net, by their counts. new: of these days.
    """

    account: str
    since: datetime
    watched_since: datetime
    days: tuple[FollowerDay, ...]
    change: FollowersChange | None
    new: NewFollowers
    posts: PostsGrowth

    def followers_in(self, period: Period) -> FollowersInPeriod:
        """Return the followers of a period that lies within it."""
        days = [day for day in self.days if period.first <= day.day <= period.last]
        change = self.change
        # A change over fewer days would pass for that of the period.
        is_whole = change is not None and (change.first, change.last) == (period.first, period.last)
        return FollowersInPeriod(
            at_end=next((day.followers for day in days if day.day == period.last), None),
            net_change=change.change if change and is_whole else None,
            new=NewFollowers.of_days(days, period.length),
        )


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

    # Dates in the wrong order give a length below 1.
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


class PeriodDays(NamedTuple):
    """A period with its days, those of the period before, and those of a year before it."""

    period: Period
    days: Sequence[AccountDay]


async def days_about(kept: KeptAccount, period_text: str) -> PeriodDays:
    """Return the days about a period that has ended. Raises Refused for a text that is no period."""
    readings, run = kept.store.readings, kept.store.run
    last = last_ended(kept.now)
    # Each morning, until the day that has just ended is read, the day before it is the last one.
    if not await run(readings.days, kept.account, end_of(last - _DAY), kept.now):
        last -= _DAY
    period = period_of(period_text, last)
    since = end_of(history_begin(period) - _DAY)
    days = await run(readings.days, kept.account, since, end_of(period.last) + _SLACK)
    return PeriodDays(period, days)


def account_in(kept: KeptAccount, about: PeriodDays) -> AccountPeriod:
    """Return an account's metrics in a period."""
    return AccountPeriod(
        account=kept.name,
        period=about.period,
        watched_since=kept.collecting.started_at,
        is_judged=can_judge(),
        metrics=tuple(in_period(*about)),
    )


NOT_COMPARED: Final = (
    "A change that is not compared with chance is described: that takes 90 known days before the period, and "
    "three times its length."
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


async def growth_between(
    kept: KeptAccount, since: datetime | timedelta | None, until: datetime | None
) -> Growth:
    """Return how followers moved each day of a time, and in the 48 h after each of its posts.

    since: or so many whole days before its end.
    """
    readings, run = kept.store.readings, kept.store.run
    span, last = since or timedelta(days=GROWTH_DAYS), last_ended(kept.now)
    period = days_within(span, until, last)
    since = span if isinstance(span, datetime) else end_of(period.first - _DAY)
    ends_at = min(until or kept.now, kept.now)
    # What is usual without a post is told from at least so many days. Around them lie the 48 h after posts.
    history, after = min(since, ends_at - timedelta(days=GROWTH_DAYS)), ends_at + 4 * _DAY
    counts = await run(readings.account_readings, kept.account, history - 3 * _DAY, after)
    new = await run(readings.days, kept.account, since - 2 * _DAY, ends_at + 2 * _DAY, [FOLLOWER_COUNT])
    # Each morning, until the day that has just ended is read, the day before it is the last one.
    read = {day_of(of_day.ends_at) for of_day in new} | {last_ended(own.read_at) for own in counts}
    if last not in read:
        period = days_within(span, until, last - _DAY)
    published = await run(readings.media, kept.account, MediaQuery(since=history - 4 * _DAY, before=after))
    media = [post for post in published if since <= post.published_at < ends_at]
    around = [post for post in published if not since <= post.published_at < ends_at]
    with_follows = [post for post in media if post.product_type in _FOLLOWS_OF]
    latest = await run(readings.latest, kept.account, with_follows)
    # With the day before, at whose end the first one begins.
    days = follower_days(period.first - _DAY, period.last, counts, new)
    with_count = [(day.day, day.followers) for day in days if day.followers is not None]
    change = None
    if len(with_count) > 1:
        (before, first_count), (end, last_count) = with_count[0], with_count[-1]
        change = FollowersChange(before + _DAY, end, last_count - first_count)
    has_number = (day.followers is not None or day.new_followers is not None for day in days[1:])
    days = days[next((at for at, is_known in enumerate(has_number, 1) if is_known), len(days)) :]
    return Growth(
        account=kept.name,
        since=since,
        watched_since=kept.collecting.started_at,
        days=tuple(days),
        change=change,
        new=NewFollowers.of_days(days, len(days)),
        posts=posts_growth(media, latest, counts, around=around),
    )


def growth_says(posts: PostsGrowth) -> str | None:
    """Say what is usual without a post and how much chance marks, or why nobody can know; None unjudged."""
    if not posts.is_judged:
        return None
    if posts.usual:
        usual = f"Usual in 48 h without a post: {posts.usual.change:+,.0f} (of {posts.usual.n} quiet days)."
        if posts.by_chance is None:
            return usual
        judged = round(posts.by_chance / MARKED_BY_CHANCE)
        return f"{usual} Of {judged} posts at most {posts.by_chance:.2g} would be marked unusual by chance."
    often = "" if posts.days_between is None else f" You posted every {posts.days_between:.1f} days (median)."
    return (
        "What is usual without a post cannot be known, and so not what is unusual after one: it takes "
        f"{posts.quiet_days_needed} days from count to count that begin 48 h after a post and hold none, and "
        f"there are {posts.quiet_days}.{often}"
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
