"""What of the calendar is asked for: a view, its days, and what is left out. The address alone says so."""

import calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final
from urllib.parse import urlencode

from pressroom.core.errors import Refused
from pressroom.core.post import PostKind, PostState
from pressroom.core.stored_posts import Chip
from pressroom.core.when import day_of
from pressroom.web.reader import Reader
from pressroom.web.site import PageRequest

PATH: Final = "/calendar"
SHELF: Final = "shelf"
"""What stands for a day where there is none, in an address and in marks."""

_DAY: Final = timedelta(days=1)
_WEEK: Final = timedelta(weeks=1)
_AGENDA: Final = 4 * _WEEK


class View(StrEnum):
    """How a calendar is shown."""

    MONTH = "month"
    WEEK = "week"
    DAY = "day"
    AGENDA = "agenda"

    @property
    def has_hours(self) -> bool:
        """Whether each day is shown by its hours."""
        return self in {View.WEEK, View.DAY}


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """What a view shows. first, last: its days, both included. before, after: a day of those beside it."""

    view: View
    first: date
    last: date
    title: str
    before: date
    after: date

    @classmethod
    def of(cls, view: View, day: date, reader: Reader) -> "Span":
        """Return what a view shows around a day; of a month, whole weeks."""
        if view is View.MONTH:
            first = day.replace(day=1)
            last = day.replace(day=calendar.monthrange(day.year, day.month)[1])
            return cls(
                view=view,
                first=reader.week_of(first),
                last=reader.week_of(last) + _WEEK - _DAY,
                title=f"{day:%B %Y}",
                before=(first - _DAY).replace(day=1),
                after=last + _DAY,
            )
        lengths = {View.DAY: _DAY, View.WEEK: _WEEK, View.AGENDA: _AGENDA}
        first, length = reader.week_of(day) if view is View.WEEK else day, lengths[view]
        last = first + length - _DAY
        title = f"{day:%A} {day.day} {day:%B %Y}" if view is View.DAY else _days_in_words(first, last)
        return cls(
            view=view, first=first, last=last, title=title, before=first - length, after=first + length
        )

    @property
    def days(self) -> tuple[date, ...]:
        """Every day, in order."""
        return tuple(self.first + number * _DAY for number in range((self.last - self.first).days + 1))


def _days_in_words(first: date, last: date) -> str:
    """Name days without saying a month or a year twice: `23 to 29 Nov 2026`."""
    end = f"{last.day} {last:%b %Y}"
    if first.year != last.year:
        return f"{first.day} {first:%b %Y} to {end}"
    return f"{first.day}{'' if first.month == last.month else f' {first:%b}'} to {end}"


GROUPS: Final[Mapping[str, tuple[str, Sequence[PostState]]]] = {
    "draft": ("Draft", (PostState.DRAFT,)),
    "awaiting_approval": ("Awaiting approval", (PostState.AWAITING_APPROVAL,)),
    "planned": ("Planned", (PostState.SCHEDULED, PostState.PREPARING, PostState.READY, PostState.PUBLISHING)),
    "trouble": ("Needs you", (PostState.NEEDS_ATTENTION, PostState.FAILED, PostState.MISSED)),
    "published": ("Published", (PostState.PUBLISHED,)),
    "over": ("Cancelled or deleted", (PostState.CANCELLED, PostState.DELETED)),
}
"""What a person filters states by, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What of the calendar is asked for. of: the day as it was asked for; empty for today.

    accounts: names; states: of `GROUPS` or of PostState; kinds: each empty for all. zone: of the address.
    opened: the day, or SHELF, of which everything is shown; empty for none.
    """

    view: View
    of: str = ""
    accounts: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    zone: str = ""
    opened: str = ""

    @classmethod
    def asked(cls, view: View, request: PageRequest) -> "Choice":
        """Read an address. Raises Refused for a state or a kind that is none."""
        accounts, states, kinds = (
            tuple(dict.fromkeys(filter(None, request.http.query_params.getlist(name))))
            for name in ("account", "state", "kind")
        )
        _require_words("state", states, (*GROUPS, *PostState))
        _require_words("kind", kinds, tuple(PostKind))
        of, zone, opened = (request.asked(name) for name in ("of", "zone", "open"))
        return cls(view=view, of=of, accounts=accounts, states=states, kinds=kinds, zone=zone, opened=opened)

    def day(self, reader: Reader, now: datetime) -> date:
        """Return the day that is asked for. Raises Refused for what is none."""
        return day_of(self.of or "today", now=now, zone=reader.zone)

    def takes(self, chip: Chip) -> bool:
        """Tell whether the filters by state and kind let a post through."""
        if self.kinds and chip.kind not in self.kinds:
            return False
        return not self.states or any(
            chip.state == word or (word in GROUPS and chip.state in GROUPS[word][1]) for word in self.states
        )

    @property
    def filters(self) -> int:
        """How many filters are set."""
        return len(self.accounts) + len(self.states) + len(self.kinds)

    def address(self, view: str = "", of: object = None, opened: object = "") -> str:
        """Return the address of the same with another view, day or opened day."""
        fields = [
            ("of", self.of if of is None else str(of)),
            *(("account", name) for name in self.accounts),
            *(("state", word) for word in self.states),
            *(("kind", word) for word in self.kinds),
            ("zone", self.zone),
            ("open", str(opened)),
        ]
        query = urlencode([(name, text) for name, text in fields if text])
        return f"{PATH}/{view or self.view}{'?' if query else ''}{query}"

    @property
    def here(self) -> str:
        """The address of what is asked for."""
        return self.address(opened=self.opened)

    def of_account(self, name: str) -> str:
        """Return the address of the same for one account; for all, where it is the one already."""
        accounts = () if self.accounts == (name,) else (name,)
        return replace(self, accounts=accounts).address()

    @property
    def unfiltered(self) -> str:
        """The address of the same without filters."""
        return replace(self, accounts=(), states=(), kinds=()).address()


def _require_words(name: str, words: Sequence[str], allowed: Sequence[str]) -> None:
    wrong = next((word for word in words if word not in allowed), None)
    if wrong is not None:
        every = ", ".join(dict.fromkeys(allowed))
        raise Refused(
            f"There is no {name} {wrong[:40]!r} to filter by.",
            rule=name,
            value=wrong[:40],
            limit=every,
            fix=f"Choose one of these: {every}.",
        )
