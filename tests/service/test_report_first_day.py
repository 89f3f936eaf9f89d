"""A report on the day of an account's first posts.

Its period ended yesterday, before any post, so the report also lists the posts published since then."""

from collections.abc import AsyncGenerator
from datetime import timedelta

import msgspec
import pytest
import pytest_asyncio

from pressroom.core.readings import Batch, Collecting, KeptMedia
from pressroom.insights.report.languages import available_languages
from pressroom.service.insights.report_facts import InsightsReport
from pressroom.service.shapes.report import InsightsReportShape
from tests.insights.planted import Planted, media_of, planted, reading_of

pytestmark = pytest.mark.usefixtures("long_run")


@pytest_asyncio.fixture
async def place() -> AsyncGenerator[Planted]:
    async with planted() as opened:
        now = opened.clock.now()
        opened.store.readings.keep(
            opened.account, Batch(collecting=Collecting(started_at=now, complete_at=now))
        )
        yield opened


def publish_minutes_ago(place: Planted, number: str, minutes: int) -> KeptMedia:
    return media_of(number, place.clock.now() - timedelta(minutes=minutes))


def store_two_posts(place: Planted) -> None:
    """Store a post of 40 minutes ago, read at an age of 35 minutes, and an unread one of 10 minutes ago."""
    read, unread = publish_minutes_ago(place, "1", 40), publish_minutes_ago(place, "2", 10)
    reading = reading_of(read, 35 * 60, reach=252, views=300)
    place.store.readings.keep(place.account, Batch(media=[read, unread], readings=[reading]))


def notes(report: InsightsReport) -> list[str]:
    return list(next(answer for answer in report.answers if answer.name == "tried").notes)


async def test_minutes_after_the_first_posts_a_report_lists_them_with_their_last_readings(
    place: Planted,
) -> None:
    store_two_posts(place)
    report = await place.insights.report("7d")
    assert report.headline == "No post was published in this period, and 2 posts after it."
    unread, read, first = notes(report)
    assert unread.startswith("Published after this period: Photo, ")
    assert unread.endswith(", not read yet.")
    assert read.endswith(". Reach 252, read 0.6 hrs after it was published.")
    second_day = place.clock.now() - timedelta(minutes=10) + timedelta(days=1)
    assert first == f"Posts can first be compared at 24 h from {second_day.day} {second_day:%b %Y, %H:%M}."
    assert report.posted.posts == (), "a younger number is not taken for the one at 24 hours"


async def test_the_json_of_a_report_has_the_last_readings_and_the_time_of_the_first_comparison(
    place: Planted,
) -> None:
    store_two_posts(place)
    shape = InsightsReportShape.of(await place.insights.report("7d"))
    after = msgspec.to_builtins(shape)["published_after"]
    assert after["posts"] == ("2", "1")
    assert after["last_readings"] == ({"id": "1", "age_s": 2100, "metrics": {"reach": 252, "views": 300}},)
    assert after["first_comparison"]["age_s"] == 24 * 3600


async def test_a_report_of_a_single_post_says_that_another_is_needed(place: Planted) -> None:
    place.store.readings.keep(place.account, Batch(media=[publish_minutes_ago(place, "1", 10)]))
    report = await place.insights.report("7d")
    assert report.headline == "No post was published in this period, and 1 post after it."
    assert notes(report)[-1] == "Posts can be compared at 24 h once another post is published."


async def test_a_report_of_earlier_days_lists_no_posts_of_today(place: Planted) -> None:
    store_two_posts(place)
    report = await place.insights.report("2026-09-01..2026-09-14")
    assert report.published_after.posts == ()
    assert report.headline.startswith("No post went out in this period")


@pytest.mark.parametrize("language", [code for code in available_languages() if code != "en"])
async def test_each_language_says_it_in_its_own_words(place: Planted, language: str) -> None:
    store_two_posts(place)
    report = await place.insights.report("7d", language=language)
    unread, read, first = notes(report)
    assert "252" in read
    assert not any("ublished after" in text or "be compared" in text for text in (unread, read, first))
    assert "after it" not in report.headline
