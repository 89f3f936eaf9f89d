"""Who reads a page: the zone of their clock and the day on which their weeks begin.

A script keeps both in a cookie, as the browser knows them. Without one the zone is the account's, and the
day follows from the languages that the browser asks for.
"""

import contextlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from pressroom.core.errors import PressroomError
from pressroom.core.when import zone_named

COOKIE: Final = "pressroom-reader"
_MOST_CHARACTERS: Final = 200
_DAYS: Final = 7
_NEAR_DAYS: Final = {-1: "Yesterday", 0: "Today", 1: "Tomorrow"}
_REGION_LETTERS: Final = 2
_MONDAY, _FRIDAY, _SATURDAY, _SUNDAY = 0, 4, 5, 6
# Where a week does not begin on Monday. Source: Unicode CLDR 46, supplemental weekData, firstDay.
_FIRST_DAYS: Final = {
    _FRIDAY: "MV",
    _SATURDAY: "AF BH DJ DZ EG IQ IR JO KW LY OM QA SD SY",
    _SUNDAY: (
        "AG AS BD BR BS BT BW BZ CA CO DM DO ET GT GU HK HN ID IL IN IS JM JP KE KH KR LA MH MM MO MT MX MZ "
        "NI NP PA PE PH PK PR PT PY SA SG SV TH TT TW UM US VE VI WS YE ZA ZW"
    ),
}
# What a language without a region mostly means there. Source: CLDR, likelySubtags.
_USUAL_REGIONS: Final = {
    "ar": "EG",
    "en": "US",
    "fa": "IR",
    "he": "IL",
    "hi": "IN",
    "id": "ID",
    "ja": "JP",
    "ko": "KR",
    "pt": "BR",
    "th": "TH",
    "ur": "PK",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who reads. zone: of the times that are shown. first_weekday: of a week, 0 for Monday."""

    zone: ZoneInfo
    first_weekday: int = _MONDAY

    def local(self, at: datetime) -> datetime:
        """Return a moment on the reader's clock."""
        return at.astimezone(self.zone)

    def spell_day(self, at: datetime) -> str:
        """Write the day of a moment: `3 Nov 2026`."""
        local = self.local(at)
        return f"{local.day} {local:%b %Y}"

    def spell(self, at: datetime) -> str:
        """Write a moment as a row of many has it, whose zone stands above: `3 Nov 2026, 18:00`."""
        return f"{self.spell_day(at)}, {self.local(at):%H:%M}"

    def spell_near(self, at: datetime, now: datetime) -> str:
        """Write a moment that is mostly near: `Today, 18:00`, and `Tue 3 Nov, 18:00`."""
        local, today = self.local(at), self.local(now).date()
        year = "" if local.year == today.year else f" {local.year}"
        name = _NEAR_DAYS.get((local.date() - today).days, f"{local:%a} {local.day} {local:%b}{year}")
        return f"{name}, {local:%H:%M}"

    def elsewhere(self, at: datetime, zone: str) -> str:
        """Write a moment on another clock, `12:00 Istanbul`; empty where that shows the same."""
        local, there = self.local(at), at.astimezone(_zone(zone))
        if there.utcoffset() == local.utcoffset():
            return ""
        weekday = "" if there.date() == local.date() else f"{there:%a} "
        return f"{weekday}{there:%H:%M} {zone.rpartition('/')[2].replace('_', ' ')}"

    def week_of(self, day: date) -> date:
        """Return the first day of a day's week."""
        return day - timedelta(days=(day.weekday() - self.first_weekday) % _DAYS)


@lru_cache(maxsize=256)
def _zone(name: str) -> ZoneInfo:
    # A month has the zones of many accounts, and Python keeps eight.
    return ZoneInfo(name)


def reader_of(cookie: str, languages: str, usual_zone: str, asked_zone: str | None = None) -> Reader:
    """Tell who reads, by their cookie, else by the languages that the browser asks for.

    asked_zone: of the address, which wins. usual_zone: where nothing says one. Raises Refused for an
    `asked_zone` that is none.
    """
    kept = dict(parse_qsl(cookie[:_MOST_CHARACTERS].replace("|", "&")))
    zone = zone_named(asked_zone) if asked_zone else None
    if zone is None and kept.get("zone"):
        # A browser may know another list of zones.
        with contextlib.suppress(PressroomError):
            zone = zone_named(kept["zone"])
    first = kept.get("first", "")
    is_day = len(first) == 1 and first in "0123456"
    return Reader(
        zone=zone or zone_named(usual_zone),
        first_weekday=int(first) if is_day else _first_weekday(languages),
    )


def _first_weekday(languages: str) -> int:
    """Return the first day of the week of the first language of an `Accept-Language`."""
    language, *rest = languages.partition(",")[0].partition(";")[0].strip().split("-")
    regions = [part for part in rest if len(part) == _REGION_LETTERS]
    region = regions[-1] if regions else _USUAL_REGIONS.get(language.lower(), "")
    return next((day for day, regions in _FIRST_DAYS.items() if region.upper() in regions.split()), _MONDAY)
