"""Dates as spreadsheets write them, and days and times of day that there are not."""

import pytest

from pressroom.core.dates import in_iso, no_such_time
from pressroom.core.errors import Refused


@pytest.mark.parametrize(
    ("shown", "iso"),
    [
        ("24.12.2026 18:00", "2026-12-24 18:00:00"),
        ("3.4.2026 9:05", "2026-04-03 09:05:00"),
        ("2026/12/24 18:00", "2026-12-24 18:00:00"),
        ("2026.12.24 18:00:30", "2026-12-24 18:00:30"),
        ("12/24/2026 6:00 PM", "2026-12-24 18:00:00"),
        ("24/12/2026, 12:00 a.m.", "2026-12-24 00:00:00"),
        ("24-12-2026 18:00", "2026-12-24 18:00:00"),
        ("24.12.2026 18:00 Uhr", "2026-12-24 18:00:00"),
        ("24.12.2026T18:00", "2026-12-24 18:00:00"),
        ("24.12.2026, 18.10", "2026-12-24 18:10:00"),
        ("2026-12-24 9 Uhr", "2026-12-24 9:00"),
        ("tomorrow 18.00", "tomorrow 18:00"),
        ("18 Uhr", "18:00"),
        ("18.00 ", "18:00"),
        ("12.10 Uhr", "12:10"),
        ("5/5/2026 18:00", "2026-05-05 18:00:00"),
        # Refused later, as a day without a time.
        ("24.12.2026", "2026-12-24"),
    ],
)
def test_a_date_that_a_spreadsheet_shows_is_read_where_it_means_one_day(shown: str, iso: str) -> None:
    assert in_iso(shown) == iso


@pytest.mark.parametrize(
    "text", ["tomorrow 09:00", "+2h", "2026-12-24 18:00", "2026-12-24T18:00+01:00", "next slot"]
)
def test_any_other_time_is_left_as_it_is(text: str) -> None:
    assert in_iso(text) == text


def test_a_time_alone_that_may_be_a_day_is_refused() -> None:
    with pytest.raises(Refused) as refusal:
        in_iso("12.10")
    assert refusal.value.message == "'12.10' may be a time or a day."
    assert refusal.value.fix == "Write a time as 12:10, and a day with its year: 2026-12-24."


def test_a_date_that_means_two_days_is_refused_with_both() -> None:
    with pytest.raises(Refused) as refusal:
        in_iso("03/04/2026 18:00")
    assert refusal.value.message.endswith("may mean more than one day: the day or the month may come first.")
    assert refusal.value.fix == "Write it as 2026-04-03 or 2026-03-04, with its time behind it."


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("04.12.26", "2026-12-04"),
        ("24.12.26 18:00", "2026-12-24"),
        ("12/24/26 6:00 PM", "2026-12-24"),
        ("03/04/26 18:00", "2026-04-03 or 2026-03-04"),
    ],
)
def test_a_year_of_two_digits_is_refused_with_the_day_that_it_is_likely_to_mean(text: str, days: str) -> None:
    with pytest.raises(Refused) as refusal:
        in_iso(text)
    assert refusal.value.fix == f"Write it as {days}, with its time behind it."


@pytest.mark.parametrize("text", ["31.12.126 18:00", "1/13/2026 14:00 PM"])
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(Refused) as refusal:
        in_iso(text)
    assert refusal.value.fix == "Write it as 2026-12-24 18:00."


@pytest.mark.parametrize(
    ("text", "message", "limit"),
    [
        ("31.04.2027 10:00", "There is no 31 April 2027.", "1 to 30 April 2027"),
        ("02/30/2026 18:00", "There is no 30 February 2026.", "1 to 28 February 2026"),
        ("31.02.26 18:00", "There is no 31 February 2026.", "1 to 28 February 2026"),
        ("13/13/2026 18:00", "There is no month 13.", "months 1 to 12"),
        ("24.12.2026 25:00", "There is no 25:00.", "00:00 to 23:59"),
    ],
)
def test_a_day_or_an_hour_that_there_is_not_is_named(text: str, message: str, limit: str) -> None:
    with pytest.raises(Refused) as refusal:
        in_iso(text)
    assert (refusal.value.message, refusal.value.limit, refusal.value.value) == (message, limit, text)


def test_what_only_cannot_be_read_is_no_wrong_time() -> None:
    assert [no_such_time(text) for text in ("soon", "2028-02-29 18:00", "18:30pm", "0000-01-01 10:00")] == [
        None
    ] * 4
