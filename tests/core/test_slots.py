"""Weekly slots as people write them, and the moments they stand for."""

from datetime import UTC, datetime
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pressroom.core.errors import Refused
from pressroom.core.slots import Slot, is_next_slot, occurrences, parse_slots

BERLIN = ZoneInfo("Europe/Berlin")


def moments(*texts: str, after: datetime, count: int, zone: str = "Europe/Berlin") -> list[str]:
    slots = [slot for text in texts for slot in parse_slots(text)]
    known = ZoneInfo(zone)
    found = islice(occurrences(slots, after=after, zone=known), count)
    return [f"{moment.astimezone(known):%a %Y-%m-%d %H:%M %z}" for moment in found]


@pytest.mark.parametrize(
    ("text", "slots"),
    [
        ("monday 18:00", ["monday 18:00"]),
        (" Thu , mon 9:05 ", ["monday 09:05", "thursday 09:05"]),
        (
            "weekdays 12:00",
            [f"{day} 12:00" for day in ("monday", "tuesday", "wednesday", "thursday", "friday")],
        ),
        ("weekends 00:00", ["saturday 00:00", "sunday 00:00"]),
        ("sat,weekends 23:59", ["saturday 23:59", "sunday 23:59"]),
    ],
)
def test_slots_are_read_as_people_write_them(text: str, slots: list[str]) -> None:
    assert [str(slot) for slot in parse_slots(text)] == slots


@pytest.mark.parametrize(
    "text", ["", "18:00", "monday", "monday 24:00", "monday 18:60", "mo 18:00", "mondays 9:00"]
)
def test_anything_else_is_refused_with_what_can_be_written(text: str) -> None:
    with pytest.raises(Refused, match="weekly slot") as refusal:
        parse_slots(text)
    assert "weekdays 9:00" in refusal.value.fix


def test_the_words_that_ask_for_a_slot() -> None:
    assert is_next_slot(" Next  SLOT ")
    assert not is_next_slot("next")


def test_moments_come_in_order_after_the_given_one() -> None:
    start = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)  # Monday, 18:00 in Berlin
    assert moments("mon,tue 18:00", "mon 20:00", after=start, count=3) == [
        "Mon 2026-11-23 20:00 +0100",
        "Tue 2026-11-24 18:00 +0100",
        "Mon 2026-11-30 18:00 +0100",
    ]


def test_the_time_of_day_stays_when_the_clocks_change() -> None:
    start = datetime(2026, 10, 23, 12, 0, tzinfo=UTC)
    assert moments("weekends 09:00", after=start, count=3) == [
        "Sat 2026-10-24 09:00 +0200",
        "Sun 2026-10-25 09:00 +0100",
        "Sat 2026-10-31 09:00 +0100",
    ]


def test_a_time_that_the_clocks_skip_is_as_much_later_and_never_twice() -> None:
    start = datetime(2026, 3, 28, 12, 0, tzinfo=UTC)
    assert moments("sun 02:30", "sun 03:30", after=start, count=2) == [
        "Sun 2026-03-29 03:30 +0200",
        "Sun 2026-04-05 02:30 +0200",
    ]


def test_a_time_that_comes_twice_is_meant_the_first_time() -> None:
    start = datetime(2026, 10, 24, 12, 0, tzinfo=UTC)
    assert moments("sun 02:30", after=start, count=2) == [
        "Sun 2026-10-25 02:30 +0200",
        "Sun 2026-11-01 02:30 +0100",
    ]


def test_without_slots_there_are_no_moments() -> None:
    assert list(occurrences([], after=datetime(2026, 1, 1, tzinfo=UTC), zone=BERLIN)) == []


@given(
    slots=st.sets(st.builds(Slot, st.integers(0, 6), st.integers(0, 1439)), min_size=1, max_size=9),
    after=st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    zone=st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "UTC"]),
)
def test_moments_rise_and_each_is_a_slot_of_its_week(slots: set[Slot], after: datetime, zone: str) -> None:
    found = list(islice(occurrences(slots, after=after, zone=ZoneInfo(zone)), 20))
    assert found == sorted(set(found))
    assert found[0] > after
    named = {(slot.weekday, slot.minute) for slot in slots}
    local = [moment.astimezone(ZoneInfo(zone)) for moment in found]
    # Twice a year a skipped time is moved by the gap, of which there is none longer than an hour here.
    assert all(
        (moment.weekday(), moment.hour * 60 + moment.minute) in named
        or (moment.weekday(), moment.hour * 60 + moment.minute - 60) in named
        or (moment.weekday(), moment.hour * 60 + moment.minute - 30) in named
        for moment in local
    )
