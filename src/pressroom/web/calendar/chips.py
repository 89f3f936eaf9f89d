"""What a calendar shows of posts, free slots and days."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from pressroom.core.post import Attention, PostState, When
from pressroom.core.stored_posts import Chip
from pressroom.core.when import start_of
from pressroom.service.posts.changes import MOVABLE
from pressroom.web.calendar.span import SHELF
from pressroom.web.reader import Reader

_HUES: Final = 12
_LONGEST_SHORT: Final = 10
_HOURS: Final = 24
_QUARTER: Final = timedelta(minutes=15)
_QUARTERS: Final = 4
NOW_STEP: Final = timedelta(minutes=5)
"""How far the line that shows now moves at a time."""

_WHOLE_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownAccount:
    """An account of the legend. short: its name on a chip. hue: the number of its colour, from 1 on."""

    name: str
    short: str
    hue: int


def shown_accounts(names: Iterable[str]) -> Mapping[str, ShownAccount]:
    """Give each account a short name, and a colour that stays the same while no other one comes or goes."""
    ordered = sorted(set(names))
    # Names of one house mostly begin alike.
    shorts = [name if len(name) <= _LONGEST_SHORT else f"{name[:4]}…{name[-5:]}" for name in ordered]
    return {
        name: ShownAccount(
            name=name, short=short if shorts.count(short) == 1 else name, hue=number % _HUES + 1
        )
        for number, (name, short) in enumerate(zip(ordered, shorts, strict=True))
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownChip:
    """A post in a calendar.

    time: on the reader's clock; empty for none. elsewhere: the same in the post's own zone; empty where the
    clocks of both agree. iso: for machines. state: of PostState. words: for people. hour: of `time`.
    """

    chip: Chip
    account: ShownAccount
    time: str
    hour: int
    elsewhere: str
    iso: str
    words: str
    title: str
    is_movable: bool


def day_of_chip(chip: Chip, reader: Reader) -> date:
    """Return the day on which a post stands: on the reader's clock; its own, where it has no time yet."""
    zone = ZoneInfo(chip.timezone) if chip.when is When.DAY else reader.zone
    return chip.goes_out_at.astimezone(zone).date()


def shown_chip(chip: Chip, accounts: Mapping[str, ShownAccount], reader: Reader) -> ShownChip:
    """Build what is shown of a post."""
    local = reader.local(chip.goes_out_at)
    # What is held back until it goes out at once has no time before that.
    has_time = chip.when is When.TIME or (chip.when is When.NOW and not chip.state.is_held)
    return ShownChip(
        chip=chip,
        account=accounts[chip.account_name],
        time=clock_of(local) if has_time else "",
        hour=local.hour if has_time else -1,
        elsewhere=reader.elsewhere(local, chip.timezone) if has_time else "",
        iso=local.isoformat(timespec="minutes") if has_time else "",
        words=_in_words(chip),
        title=chip.title or "No caption",
        is_movable=chip.state in MOVABLE,
    )


def _in_words(chip: Chip) -> str:
    if chip.attention is Attention.OUTCOME_UNKNOWN:
        return "in doubt"
    if chip.state is PostState.NEEDS_ATTENTION:
        return "needs you"
    return chip.state.replace("_", " ")


def clock_of(local: datetime) -> str:
    """Write a time of day; of an hour that comes twice, with the name of its zone: `02:30 CET`."""
    is_twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    return f"{local:%H:%M %Z}" if is_twice else f"{local:%H:%M}"


def new_post_at(at: datetime, **fields: str) -> str:
    """Return the address where a post for a moment is begun."""
    return f"/posts/new?{urlencode({'at': f'{at.astimezone(UTC):%Y-%m-%dT%H:%MZ}', **fields})}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ghost:
    """A free slot. time, elsewhere: as a chip's. path: where a post for it is begun."""

    account: ShownAccount
    local: datetime
    time: str
    elsewhere: str
    path: str

    @classmethod
    def of(cls, at: datetime, zone: str, account: ShownAccount, reader: Reader) -> "Ghost":
        """Build what is shown of a free slot. at: in UTC. zone: the account's."""
        local = reader.local(at)
        return cls(
            account=account,
            local=local,
            time=clock_of(local),
            elsewhere=reader.elsewhere(local, zone),
            path=new_post_at(at, account=account.name),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    """An hour of a day, with what goes out in it. time: `09:00`, at which it begins; empty for no time.

    note: what the clocks do in it. is_skipped: the day does not have it. now: how much of it is over, in
    percent; None for all but the one that runs. path: where a post for it is begun; empty where it is over.
    """

    time: str
    chips: Sequence[ShownChip]
    ghosts: Sequence[Ghost] = ()
    note: str = ""
    is_skipped: bool = False
    now: int | None = None
    path: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownDay:
    """A day of a calendar; of the shelf, no day. chips, ghosts: in their order, those that are shown.

    more: how many posts are left out; trouble: how many of those need a person. mark: the day with another
    word as soon as something of it is to be shown otherwise. clocks: that they are changed on it; empty for a
    usual day.
    """

    day: date | None
    mark: str
    chips: Sequence[ShownChip]
    ghosts: Sequence[Ghost] = ()
    more: int = 0
    trouble: int = 0
    is_today: bool = False
    is_outside: bool = False
    is_open: bool = False
    is_past: bool = False
    clocks: str = ""
    hours: Sequence[Hour] = field(default=())

    @property
    def key(self) -> str:
        """The day, as an address has it."""
        return self.day.isoformat() if self.day else SHELF

    @property
    def in_words(self) -> str:
        """The day in words; of the shelf its name."""
        return f"{self.day:%A} {self.day.day} {self.day:%B}" if self.day else "Without a day"


def clocks_on(day: date, zone: ZoneInfo) -> str:
    """Say what the clocks do on a day; nothing, where it has 24 hours."""
    length = start_of(day + _WHOLE_DAY, zone) - start_of(day, zone)
    if length == _WHOLE_DAY:
        return ""
    hours = f"{length / timedelta(hours=1):g} hours"
    return f"{hours}: clocks go {'forward' if length < _WHOLE_DAY else 'back'}"


def hours_of(
    day: date, zone: ZoneInfo, chips: Sequence[ShownChip], ghosts: Sequence[Ghost], now: datetime
) -> tuple[Hour, ...]:
    """Return the hours of a day, before them what has no time. A skipped hour stays, to say so."""
    moment, end = start_of(day, zone), start_of(day + _WHOLE_DAY, zone)
    quarters: list[list[datetime]] = [[] for _ in range(_HOURS)]
    while moment < end:
        quarters[moment.astimezone(zone).hour].append(moment)
        moment += _QUARTER
    notes = {0: "skipped", **dict.fromkeys(range(_QUARTERS + 1, 3 * _QUARTERS), "twice")}
    hours = (
        Hour(
            time=f"{hour:02}:00",
            chips=[chip for chip in chips if chip.hour == hour],
            ghosts=[ghost for ghost in ghosts if ghost.local.hour == hour],
            note=notes.get(len(parts), ""),
            is_skipped=not parts,
            now=_percent_over(parts, now),
            path=new_post_at(parts[0]) if parts and parts[0] > now else "",
        )
        for hour, parts in enumerate(quarters)
    )
    return (Hour(time="", chips=[chip for chip in chips if not chip.time]), *hours)


def _percent_over(quarters: Sequence[datetime], now: datetime) -> int | None:
    if not quarters or not quarters[0] <= now < quarters[-1] + _QUARTER:
        return None
    return round(100 * (now - quarters[0]) / (len(quarters) * _QUARTER))
