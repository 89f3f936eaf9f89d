"""Times, spans and weekly slots as people write them, and the moments they stand for."""

from datetime import UTC, date, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pressroom.core.errors import Refused
from pressroom.core.slots import Slot, occurrences, parse_slots
from pressroom.core.when import (
    day_of,
    in_words,
    is_next_slot,
    parse_when,
    repeated_hour,
    shifted,
    span_of,
    start_of,
    zone_named,
)

NOW = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)  # a Tuesday, 18:30 in Istanbul, 16:30 in Berlin
BERLIN, ISTANBUL = ZoneInfo("Europe/Berlin"), ZoneInfo("Europe/Istanbul")


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("now", "2026-11-24T15:30"),
        ("+45m", "2026-11-24T16:15"),
        ("+ 2h", "2026-11-24T17:30"),
        ("+3d", "2026-11-27T15:30"),
        ("tomorrow 09:00", "2026-11-25T08:00"),
        ("Tomorrow at 9:00", "2026-11-25T08:00"),
        ("18:30", "2026-11-24T17:30"),
        ("16:30", "2026-11-25T15:30"),
        ("today 08:00", "2026-11-24T07:00"),
        ("friday 20:00", "2026-11-27T19:00"),
        ("tuesday 16:00", "2026-12-01T15:00"),
        ("2026-12-24 18:00", "2026-12-24T17:00"),
        ("2026-12-24T18:00+03:00", "2026-12-24T15:00"),
        ("2026-12-24T18:00Z", "2026-12-24T18:00"),
        ("6pm", "2026-11-24T17:00"),
        ("6 PM", "2026-11-24T17:00"),
        ("6:30pm", "2026-11-24T17:30"),
        ("4pm", "2026-11-25T15:00"),
        ("9am", "2026-11-25T08:00"),
        ("12:30am", "2026-11-24T23:30"),
        ("12pm", "2026-11-25T11:00"),
        ("noon", "2026-11-25T11:00"),
        ("today noon", "2026-11-24T11:00"),
        ("friday noon", "2026-11-27T11:00"),
        ("tonight 21:00", "2026-11-24T20:00"),
        ("tonight at 9pm", "2026-11-24T20:00"),
        ("tomorrow 9am", "2026-11-25T08:00"),
        ("friday 9:00", "2026-11-27T08:00"),
        ("friday at 9am", "2026-11-27T08:00"),
        ("next friday 9am", "2026-12-04T08:00"),
        ("next monday 9:00", "2026-11-30T08:00"),
        ("next tuesday 20:00", "2026-12-01T19:00"),
        ("2026-12-24 6pm", "2026-12-24T17:00"),
        ("2026-12-24 9:00", "2026-12-24T08:00"),
        ("31.12.2026 23:59", "2026-12-31T22:59"),
        ("12/24/2026 6:00 PM", "2026-12-24T17:00"),
    ],
)
def test_moments_are_read_as_people_write_them(text: str, utc: str) -> None:
    assert parse_when(text, now=NOW, zone=BERLIN) == datetime.fromisoformat(utc).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        *("", "soon", "someday", "someday 10:00", "next someday 9am"),
        *("+2y", "-2h", "13pm", "0am", "18:30pm", "6:60pm"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_forms(text: str) -> None:
    with pytest.raises(Refused, match="tomorrow 09:00"):
        parse_when(text, now=NOW, zone=BERLIN)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("2027-02-29", "There is no 29 February 2027."),
        ("2027-02-29 18:00", "There is no 29 February 2027."),
        ("2027-02-29T18:00+01:00", "There is no 29 February 2027."),
        ("31.04.2027 18:00", "There is no 31 April 2027."),
        ("2026-13-01 10:00", "There is no month 13."),
        ("25:00", "There is no 25:00."),
        ("tomorrow 12:60", "There is no 12:60."),
        ("2026-12-24 24:00", "There is no 24:00."),
    ],
)
def test_a_day_or_an_hour_that_there_is_not_is_named_in_place_of_the_forms(text: str, message: str) -> None:
    with pytest.raises(Refused) as refusal:
        parse_when(text, now=NOW, zone=BERLIN)
    assert (refusal.value.message, refusal.value.value) == (message, text)
    assert "next slot" not in refusal.value.fix


@pytest.mark.parametrize(
    "text", ["2026-12-24", "20261224", "2026-W52-4", "tomorrow", "friday", "next friday"]
)
def test_a_day_without_a_time_is_refused_rather_than_taken_for_midnight(text: str) -> None:
    with pytest.raises(Refused, match=f"{text} 18:00"):
        parse_when(text, now=NOW, zone=BERLIN)


@pytest.mark.parametrize(
    "text", ["9999-12-31 23:59", "9999-01-02T00:00Z", "0001-01-01 00:00", "0001-01-01T00:00+14:00"]
)
@pytest.mark.parametrize("zone", [BERLIN, ZoneInfo("America/New_York")], ids=str)
def test_a_time_at_an_end_of_the_calendar_is_refused(text: str, zone: ZoneInfo) -> None:
    with pytest.raises(Refused):
        parse_when(text, now=NOW, zone=zone)


@pytest.mark.parametrize("text", ["9999-12-31", "0001-01-01"])
def test_a_day_at_an_end_of_the_calendar_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        day_of(text, now=NOW, zone=BERLIN)


def test_tonight_is_no_time_and_begins_at_five() -> None:
    with pytest.raises(Refused, match="tonight 21:00"):
        parse_when("tonight", now=NOW, zone=BERLIN)
    for text in ("tonight 1:00", "tonight 9:00", "tonight noon"):
        with pytest.raises(Refused, match=r"not in the evening.*`tomorrow \d\d:00`"):
            parse_when(text, now=NOW, zone=BERLIN)
    assert parse_when("tonight 17:00", now=NOW, zone=BERLIN) == datetime(2026, 11, 24, 16, 0, tzinfo=UTC)


@pytest.mark.parametrize("text", ["midnight", "tomorrow midnight", "friday 12am", "12:00 am"])
def test_midnight_in_words_is_refused_since_a_day_has_two(text: str) -> None:
    with pytest.raises(Refused, match=r"begins or where it ends.*`friday 00:00`"):
        parse_when(text, now=NOW, zone=BERLIN)
    assert parse_when("friday 00:00", now=NOW, zone=BERLIN) == datetime(2026, 11, 26, 23, 0, tzinfo=UTC)


SPRING = datetime(2027, 3, 27, 8, 0, tzinfo=UTC)  # 09:00 in Berlin, the day before the clocks change


@pytest.mark.parametrize(
    ("shift", "utc"),
    [
        ("+1d", "2027-03-28T07:00"),
        ("+1w", "2027-04-03T07:00"),
        ("-1d", "2027-03-26T08:00"),
        ("+24h", "2027-03-28T08:00"),
        ("- 90m", "2027-03-27T06:30"),
    ],
)
def test_a_shift_by_whole_days_keeps_the_time_of_day_and_one_by_hours_does_not(shift: str, utc: str) -> None:
    assert shifted(SPRING, shift, BERLIN) == datetime.fromisoformat(utc).replace(tzinfo=UTC)


def test_a_shift_onto_a_time_the_clocks_skip_is_refused() -> None:
    with pytest.raises(Refused, match="03:30"):
        shifted(datetime(2027, 3, 27, 1, 30, tzinfo=UTC), "+1d", BERLIN)


@pytest.mark.parametrize("shift", ["1y", "+1y", "tomorrow", "", "+", "+99999w 1d"])
def test_what_is_no_shift_is_refused_with_the_forms(shift: str) -> None:
    with pytest.raises(Refused, match=r"\+30m"):
        shifted(SPRING, shift, BERLIN)


def test_a_shift_out_of_all_years_is_refused() -> None:
    for shift in ("-99999w", "-99999h"):
        with pytest.raises(Refused, match="shift"):
            shifted(datetime(1, 1, 1, 12, tzinfo=UTC), shift, BERLIN)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("today", "2026-11-24"),
        ("Tomorrow", "2026-11-25"),
        ("yesterday", "2026-11-23"),
        ("tuesday", "2026-11-24"),
        ("monday", "2026-11-30"),
        ("next friday", "2026-12-04"),
        ("2026-12-24", "2026-12-24"),
        ("24.12.2026", "2026-12-24"),
    ],
)
def test_days_are_read_as_people_write_them(text: str, day: str) -> None:
    assert day_of(text, now=NOW, zone=BERLIN).isoformat() == day
    with pytest.raises(Refused, match="yesterday"):
        day_of(f"{text} 9:00", now=NOW, zone=BERLIN)


@pytest.mark.parametrize("text", ["0001-01-01", "9999-12-31"])
def test_a_day_at_the_end_of_the_calendar_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="not a day"):
        day_of(text, now=NOW, zone=BERLIN)


def test_a_day_begins_where_its_zone_says_even_where_midnight_is_skipped() -> None:
    assert start_of(date(2026, 11, 24), ISTANBUL) == datetime(2026, 11, 23, 21, 0, tzinfo=UTC)
    havana = ZoneInfo("America/Havana")  # there the clocks go from 00:00 to 01:00
    assert start_of(date(2027, 3, 14), havana) == datetime(2027, 3, 14, 5, 0, tzinfo=UTC)


def test_a_zone_in_other_letters_is_told_how_it_is_written() -> None:
    with pytest.raises(Refused, match="Write it as Europe/Berlin"):
        zone_named("europe/berlin")


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("Berlin", "Europe/Berlin"),
        (" new york", "America/New_York"),
        ("istanbul", "Asia/Istanbul or Europe/Istanbul"),
        ("buenos aires", "America/Argentina/Buenos_Aires or America/Buenos_Aires"),
    ],
)
def test_a_city_alone_is_told_the_zone_that_it_is_in(name: str, meant: str) -> None:
    with pytest.raises(Refused, match="not a time zone") as refusal:
        zone_named(name)
    assert refusal.value.fix == f"Write it as {meant}."


@pytest.mark.parametrize("name", ["Europe/Wien", "wien"])
def test_a_city_by_its_local_name_is_told_the_zone(name: str) -> None:
    with pytest.raises(Refused) as refusal:
        zone_named(name)
    assert refusal.value.fix == "Write it as Europe/Vienna."


@pytest.mark.parametrize(
    ("text", "fix"),
    [
        ("tomorrow 9", "Write it as `tomorrow 09:00` or `tomorrow 9pm`."),
        ("friday 9", "Write it as `friday 09:00` or `friday 9pm`."),
        ("friday 18", "Write it as `friday 18:00`."),
    ],
)
def test_an_hour_alone_behind_a_day_is_told_how_it_is_written(text: str, fix: str) -> None:
    with pytest.raises(Refused) as refusal:
        parse_when(text, now=datetime(2026, 11, 24, 12, tzinfo=UTC), zone=UTC)
    assert refusal.value.fix == fix


@pytest.mark.parametrize("text", ["1d", " 2 H"])
def test_a_shift_without_a_sign_is_told_how_it_is_written(text: str) -> None:
    with pytest.raises(Refused, match="not a shift") as refusal:
        shifted(NOW, text, BERLIN)
    said = " ".join(text.lower().split())
    assert refusal.value.fix == f"Write +{said} for later, or -{said} for earlier."


@pytest.mark.parametrize("text", ["18:30", "2026-12-24 18:00"])
def test_a_naive_time_without_a_known_zone_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="timezone="):
        parse_when(text, now=NOW, zone=None)
    assert parse_when("+1h", now=NOW, zone=None).hour == 16


def test_a_time_the_clocks_skip_is_refused_naming_the_next() -> None:
    with pytest.raises(Refused, match="03:30"):
        parse_when("2027-03-28 02:30", now=NOW, zone=BERLIN)


def test_a_time_that_comes_twice_is_the_first() -> None:
    assert parse_when("2027-10-31 02:30", now=NOW, zone=BERLIN) == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)


def test_a_time_that_comes_twice_is_written_with_its_offset() -> None:
    first = parse_when("2027-10-31 02:30", now=NOW, zone=BERLIN)
    assert in_words(first, "Europe/Berlin") == "2027-10-31 02:30 (+02:00) Europe/Berlin"
    assert in_words(first + timedelta(hours=1), "Europe/Berlin") == "2027-10-31 02:30 (+01:00) Europe/Berlin"
    assert in_words(first + timedelta(hours=2), "Europe/Berlin") == "2027-10-31 03:30 Europe/Berlin"


def test_of_a_time_that_comes_twice_it_is_said_which_is_meant_and_how_the_other_is_written() -> None:
    first = parse_when("2027-10-31 02:30", now=NOW, zone=BERLIN)
    warning = repeated_hour(first, "Europe/Berlin")
    assert warning == (
        "2027-10-31 02:30 comes twice in Europe/Berlin, where the clocks are put back: the first is meant. "
        "The second is 2027-10-31T02:30+01:00."
    )
    second = parse_when("2027-10-31T02:30+01:00", now=NOW, zone=BERLIN)
    assert "the second is meant. The first is 2027-10-31T02:30+02:00." in (
        repeated_hour(second, "Europe/Berlin") or ""
    )
    skipped = parse_when("2027-03-28 03:30", now=NOW, zone=BERLIN)
    assert repeated_hour(skipped, "Europe/Berlin") is repeated_hour(NOW, "Europe/Berlin") is None


def test_tomorrow_is_a_day_of_the_zone_even_when_the_clocks_change() -> None:
    evening = datetime(2027, 3, 27, 20, 0, tzinfo=UTC)
    assert parse_when("tomorrow 09:00", now=evening, zone=BERLIN) == datetime(2027, 3, 28, 7, 0, tzinfo=UTC)
    late = datetime(2026, 11, 24, 22, 30, tzinfo=UTC)
    assert parse_when("tomorrow 09:00", now=late, zone=ISTANBUL) == datetime(2026, 11, 26, 6, 0, tzinfo=UTC)


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "../etc/passwd", "europe"])
def test_an_unknown_zone_is_refused(name: str) -> None:
    with pytest.raises(Refused, match="not a time zone"):
        zone_named(name)


MINUTE, HOUR, DAY = 60, 3600, 86_400


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "less than a minute"),
        (29, "less than a minute"),
        (31, "1 minute"),
        (89, "1 minute"),
        (59 * MINUTE, "59 minutes"),
        (HOUR - 1, "1 hour"),
        (61 * MINUTE, "61 minutes"),
        (119 * MINUTE, "119 minutes"),
        (2 * HOUR, "2 hours"),
        (2 * HOUR + 29 * MINUTE, "2 hours"),
        (2 * HOUR + 31 * MINUTE, "3 hours"),
        (23 * HOUR, "23 hours"),
        (DAY, "1 day"),
        (25 * HOUR, "25 hours"),
        (47 * HOUR, "47 hours"),
        (2 * DAY, "2 days"),
        (592 * HOUR, "25 days"),
        (400 * DAY, "400 days"),
    ],
)
def test_a_span_is_said_in_its_largest_unit_that_hides_less_than_a_half(seconds: float, words: str) -> None:
    assert span_of(seconds) == words


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
