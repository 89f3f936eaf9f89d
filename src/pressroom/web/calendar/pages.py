"""The pages of the calendar, and the small pictures of posts.

A page says of each day it shows how it stands, by a mark. Who sends the marks along gets the days alone that
stand otherwise by now: so a page that is open follows a hundred changes a second and reads little.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Final, TypeVar

from starlette.responses import RedirectResponse, Response

from pressroom.core.assets import PictureUse
from pressroom.core.post import PostKind
from pressroom.core.remedies import Remedy, RemedyKind, by_command
from pressroom.core.stored_posts import Chip, PostQuery
from pressroom.core.when import start_of
from pressroom.service.posts.lists import FreeSlot
from pressroom.web.calendar.chips import (
    NOW_STEP,
    Ghost,
    ShownAccount,
    ShownDay,
    clocks_on,
    day_of_chip,
    hours_of,
    shown_accounts,
    shown_chip,
)
from pressroom.web.calendar.span import GROUPS, PATH, SHELF, Choice, Span, View
from pressroom.web.page import Page, PageAnswer
from pressroom.web.reader import Reader
from pressroom.web.site import PageRequest, Site

_Item = TypeVar("_Item")

_DAY: Final = timedelta(days=1)
# `listed_at` puts there what has no day.
_SHELF_FROM, _SHELF_UNTIL = datetime(8999, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
_MOST_IN_A_DAY: Final = 4
_MOST_ON_SHELF: Final = 12
_MOST_OPENED: Final = 500
_MOST_GHOSTS: Final = 2
_KEPT: Final = {
    "x-content-type-options": "nosniff",
    "cache-control": "private, max-age=31536000, immutable",
}
_KEPT_BRIEFLY: Final = {"cache-control": "private, max-age=60"}


async def begin(_site: Site, request: PageRequest) -> Response:
    """Lead to today in the month, with what is asked for."""
    return RedirectResponse(f"{Choice.asked(View.MONTH, request).here}#today", 303)


def show(view: View) -> PageAnswer:
    """Make the page of a view."""

    async def answer(site: Site, request: PageRequest) -> Response:
        choice, reader = Choice.asked(view, request), await request.reader(site)
        now = site.clock.now()
        span = Span.of(view, choice.day(reader, now), reader)
        shown = await _Shown.read(site, choice, span, reader)
        several = len(shown.accounts) > 1
        seen = set(filter(None, request.asked("marks").split(",")))
        changed = [day for day in (None, *span.days) if not seen or shown.mark(day) not in seen]
        page = partial(
            request.page,
            view=view,
            choice=choice,
            accounts=shown.accounts,
            accounts_mark=None if shown.accounts_mark in seen else shown.accounts_mark,
            absent=shown.absent,
            several=several,
            shelf=shown.shelf() if None in changed else None,
            days=[shown.day(day) for day in changed if day],
            zone=reader.zone.key,
            is_empty=not any(map(shown.chips.get, span.days)),
            how_to_sign_in="" if shown.accounts else by_command(Remedy(RemedyKind.SIGN_IN)),
        )
        if seen:
            return page("calendar/changed.html")
        return page(
            "calendar/calendar.html",
            status=404 if shown.absent else 200,
            title=span.title,
            views=tuple(View),
            span=span,
            groups=GROUPS,
            kinds=tuple(PostKind),
            weekdays=[f"{day:%A}" for day in span.days[:7]],
        )

    return answer


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """What is read for a page. now: in whole steps. chips, free: by their days; on the shelf by None.

    absent: accounts that are asked for and do not exist.
    """

    choice: Choice
    span: Span
    reader: Reader
    now: datetime
    accounts: Mapping[str, ShownAccount]
    absent: Sequence[str]
    chips: Mapping[date | None, Sequence[Chip]]
    free: Mapping[date, Sequence[FreeSlot]]

    @classmethod
    async def read(cls, site: Site, choice: Choice, span: Span, reader: Reader) -> "_Shown":
        posts, now = site.pressroom.posts, site.clock.now()
        since, until = start_of(span.first, reader.zone), start_of(span.last + _DAY, reader.zone)
        # A post without a time stands on the day of its own zone, which may begin a day from the reader's.
        dated = await posts.chips(since - _DAY, until + _DAY, accounts=choice.accounts)
        undated = await posts.chips(_SHELF_FROM, _SHELF_UNTIL, accounts=choice.accounts)
        free = await posts.free_slots(since, until)
        logins = await site.pressroom.accounts.logins()
        names = {*(login.name for login in logins), *(chip.account_name for chip in (*dated, *undated))}
        absent = [
            name
            for name in choice.accounts
            if name not in names and not await posts.count(PostQuery(account=name))
        ]
        every = shown_accounts({*names, *choice.accounts} - {*absent})
        # What has no time yet stands above all that has one.
        wanted = sorted(filter(choice.takes, dated), key=lambda chip: chip.when.has_time)
        offered = () if choice.states or choice.kinds else free
        return cls(
            choice=choice,
            span=span,
            reader=reader,
            now=now - (now - datetime.min.replace(tzinfo=UTC)) % NOW_STEP,
            accounts=every,
            absent=absent,
            chips={
                **_by_days(wanted, lambda chip: day_of_chip(chip, reader)),
                None: [chip for chip in undated if chip.state.is_held and choice.takes(chip)],
            },
            free=_by_days(
                (slot for slot in offered if not choice.accounts or slot.account in choice.accounts),
                lambda slot: reader.local(slot.at).date(),
            ),
        )

    def mark(self, day: date | None) -> str:
        """Return a day, or the shelf for None, with another word as soon as it is to be shown otherwise."""
        is_today = day == self.reader.local(self.now).date()
        content = tuple(self.chips.get(day, ())), tuple(self.free.get(day, ())) if day else ()
        is_now = is_today and self.span.view.has_hours
        # Of this process alone: after a restart each day is read once more.
        word = hash(
            (
                self.reader.zone.key,
                tuple(self.accounts),
                content,
                is_today,
                is_now and self.now,
                self._is_open(day),
            )
        )
        return f"{day or SHELF}.{word & 0xFFFFFFFF:x}"

    @property
    def accounts_mark(self) -> str:
        """Return what is as `mark` of the list of accounts."""
        return f"accounts.{hash(tuple(self.accounts)) & 0xFFFFFFFF:x}"

    def _is_open(self, day: date | None) -> bool:
        return self.choice.opened == str(day or SHELF)

    def shelf(self) -> ShownDay:
        """Build what is shown of drafts without a day."""
        chips, is_open = self.chips.get(None, ()), self._is_open(None)
        most = _MOST_OPENED if is_open else _MOST_ON_SHELF
        return ShownDay(
            day=None,
            mark=self.mark(None),
            chips=[shown_chip(chip, self.accounts, self.reader) for chip in chips[:most]],
            more=max(0, len(chips) - most),
            is_open=is_open,
        )

    def day(self, day: date) -> ShownDay:
        """Build what is shown of a day."""
        chips, free = self.chips.get(day, ()), self.free.get(day, ())
        today, zone = self.reader.local(self.now).date(), self.reader.zone
        is_month, is_open = self.span.view is View.MONTH, self._is_open(day)
        most = _MOST_IN_A_DAY if is_month and not is_open else _MOST_OPENED
        # One more in place of the words that say so.
        most = most + 1 if len(chips) == most + 1 else most
        shown = [shown_chip(chip, self.accounts, self.reader) for chip in chips[:most]]
        room = max(0, _MOST_GHOSTS - len(chips)) if is_month and not is_open else len(free)
        ghosts = [
            Ghost.of(slot.at, slot.timezone, self.accounts[slot.account], self.reader) for slot in free[:room]
        ]
        return ShownDay(
            day=day,
            mark=self.mark(day),
            chips=shown,
            ghosts=ghosts,
            more=len(chips) - len(shown),
            trouble=sum(chip.state in GROUPS["trouble"][1] for chip in chips[most:]),
            is_today=day == today,
            is_outside=is_month and day.month != (self.span.after - _DAY).month,
            is_open=is_open,
            is_past=day < today,
            clocks=clocks_on(day, zone),
            hours=hours_of(day, zone, shown, ghosts, self.now) if self.span.view.has_hours else (),
        )


def _by_days(items: Iterable[_Item], day_of: Callable[[_Item], date]) -> dict[date, list[_Item]]:
    days = defaultdict[date, list[_Item]](list)
    for item in items:
        days[day_of(item)].append(item)
    return days


async def show_small(site: Site, request: PageRequest) -> Response:
    """Answer with a small picture of a post; 404 where there is none."""
    post_id, size = request.whole_id(), request.asked("size") or PictureUse.CHIP
    jpeg = await site.pressroom.posts.picture(post_id, PictureUse(size)) if size in set(PictureUse) else None
    if jpeg is None:
        return Response(status_code=404, headers=_KEPT_BRIEFLY)
    # Under the address with a version it is the same for good.
    headers = _KEPT if request.asked("v") else {}
    return Response(jpeg, headers=headers, media_type="image/jpeg")


PAGES: Final = (
    Page(path=PATH, answer=begin, menu="Calendar"),
    *(Page(path=f"{PATH}/{view}", answer=show(view)) for view in View),
    Page(path="/posts/{id}/small", answer=show_small),
)
