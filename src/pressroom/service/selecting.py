"""Which posts are meant: by state, account and days, as a person names them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from pressroom.core.errors import Refused
from pressroom.core.post import PostState
from pressroom.core.stored_posts import PostQuery
from pressroom.core.when import day_of, start_of, zone_named
from pressroom.service.acting import Acting

_WEEK = timedelta(days=6)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Posts by what a person knows of them.

    states: empty for all. account: a name or an id; None for every account. first_day, last_day: such as
    `friday` or `2026-12-24`, both included. week: a day of it; it begins on Monday. timezone: of the days;
    None is the account's, or that of the session's account.
    """

    states: Collection[PostState] = ()
    account: str | None = None
    first_day: str | None = None
    last_day: str | None = None
    week: str | None = None
    timezone: str | None = None

    @property
    def has_days(self) -> bool:
        """Whether days limit it."""
        return any((self.first_day, self.last_day, self.week))


@dataclass(frozen=True, slots=True)
class Selected:
    """The query of a selection. timezone: of its days; None where it names neither days nor a zone."""

    query: PostQuery
    timezone: str | None


async def selected(wanted: Selection, acting: Acting) -> Selected:
    """Return the query of a selection.

    Raises NotFound for an unknown account, Refused for days and zones that cannot be read.
    """
    if wanted.account:
        await acting.require_known(wanted.account)
    query = PostQuery(states=wanted.states, account=wanted.account)
    if not wanted.has_days:
        return Selected(query, zone_named(wanted.timezone).key if wanted.timezone else None)
    account = wanted.account or (await acting.identity()).account
    zone = zone_named(wanted.timezone or await acting.zone_of(account))
    first, last = _days(wanted, acting, zone)
    return Selected(
        PostQuery(
            states=wanted.states,
            account=wanted.account,
            due_from=start_of(first, zone) if first else None,
            due_before=start_of(last + _DAY, zone) if last else None,
        ),
        zone.key,
    )


def _days(wanted: Selection, acting: Acting, zone: ZoneInfo) -> tuple[date | None, date | None]:
    """Return the first and the last day."""
    now = acting.resources.clock.now()
    if wanted.week:
        day = day_of(wanted.week, now=now, zone=zone)
        monday = day - timedelta(days=day.weekday())
        return monday, monday + _WEEK
    first, last = (
        day_of(text, now=now, zone=zone) if text else None for text in (wanted.first_day, wanted.last_day)
    )
    if first and last and last < first:
        raise Refused(
            f"The last day, {last}, is before the first, {first}.",
            rule="days",
            value=[str(first), str(last)],
            limit="a last day that is not before the first",
            fix="Change the two about.",
        )
    return first, last
