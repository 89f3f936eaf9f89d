"""A report describes the followers of a year, weekday and hour, and the top posts; it tests none of them."""

from collections.abc import AsyncGenerator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio

from pressroom.core.errors import Refused
from pressroom.core.readings import AccountReading, Batch, Collecting
from pressroom.insights.report.charts import Picture
from pressroom.insights.report.language import language_of
from pressroom.insights.report.posted import PostsAtHours, posts_at_hours
from pressroom.service.insights.report_facts import InsightsReport
from pressroom.service.insights.report_followers import of_year
from pressroom.service.insights.report_posted import hours, top
from pressroom.service.shapes.report import InsightsReportShape
from tests.insights.planted import Planted, media_of, planted, reading_of

DAY, DAY_S = timedelta(days=1), 86_400
ENGLISH = language_of("en")
MONDAY = datetime(2026, 11, 16, 17, tzinfo=UTC)


@pytest_asyncio.fixture
async def place() -> AsyncGenerator[Planted]:
    """An account with seven posts, of which the most saved one reaches least, and 400 days."""
    async with planted() as account:
        now, keep = account.clock.now(), account.store.readings.keep
        keep(account.account, Batch(collecting=Collecting(started_at=now - 400 * DAY, complete_at=now)))
        media = [media_of(str(number), MONDAY - number * DAY / 2) for number in range(7)]
        readings = [
            reading_of(post, DAY_S, reach=1000 + 100 * number, saved=50 - number, views=3000)
            for number, post in enumerate(media)
        ]
        keep(account.account, Batch(media=media, readings=readings))
        for back in range(400):
            # A month without a worker is a gap, not a line.
            if not 100 <= back < 130:
                own = AccountReading(read_at=now - back * DAY, followers_count=5000 - 2 * back)
                keep(account.account, Batch(account=own))
        yield account


async def reported(place: Planted, top_by: str | None = None) -> InsightsReport:
    return await place.insights.in_zone("Etc/UTC").report("28d", top_by=top_by)


async def test_the_five_top_posts_are_those_of_the_metric_that_was_chosen(place: Planted) -> None:
    by_reach, by_saves = await reported(place), await reported(place, "saved")
    assert [post.media.id for post in by_reach.described.top.posts] == ["6", "5", "4", "3", "2"]
    assert [post.value for post in by_saves.described.top.posts] == [50, 49, 48, 47, 46]
    figure = top(by_saves, ENGLISH)
    assert figure
    assert figure.title == "Top posts by Saves"
    assert next(row[-2:] for row in figure.table.rows) == ["50", "24 hrs"]
    assert "not tested" in figure.says
    shape = InsightsReportShape.of(by_saves).described.top
    assert (shape.metric, shape.posts[0].id, shape.posts[0].value) == ("saved", "0", 50)


async def test_a_metric_that_is_none_is_refused_with_those_that_are_allowed(place: Planted) -> None:
    for asked in (
        place.insights.report("28d", top_by="plays"),
        place.insights.reports("28d", top_by="plays"),
    ):
        with pytest.raises(Refused) as refused:
            await asked
        assert (refused.value.rule, refused.value.value) == ("metric", "plays")
        assert {"reach", "saved", "engagement_rate"} <= set(str(refused.value.limit).split(", "))


async def test_a_metric_that_no_post_has_gives_no_top_posts(place: Planted) -> None:
    report = await reported(place, "comments")
    assert report.described.top.posts == ()
    assert top(report, ENGLISH) is None


async def test_the_followers_of_a_year_are_a_curve_with_gaps_and_a_table_of_months(place: Planted) -> None:
    report = await reported(place)
    counted = dict(report.described.followers_of_year)
    assert (min(counted), max(counted)) == (date(2025, 11, 23), date(2026, 11, 22))
    assert len(counted) == 365 - 30
    figure = of_year(report, ENGLISH)
    assert figure
    assert figure.says.startswith("From 4,270 (23 Nov 2025) to 4,998 (22 Nov 2026).")
    assert figure.table.rows[0] == ["30 Nov 2025", "4,284", "-"]
    assert figure.table.rows[1] == ["31 Dec 2025", "4,346", "+62"]
    picture = figure.picture
    assert isinstance(picture, Picture)
    assert figure.says in picture.text
    # The axis of a curve between 4,270 and 4,998 does not begin at 0.
    assert ">4,400<" in picture.svg
    assert ">0<" not in picture.svg


async def test_weekday_and_hour_are_described_in_a_picture_and_a_table_and_said_to_be_untested(
    place: Planted,
) -> None:
    figure = hours(await reported(place), ENGLISH)
    assert figure
    assert "Described and not tested" in figure.says
    assert figure.table.columns == ["Weekday", "00-04", "04-08", "08-12", "12-16", "16-20", "20-24"]
    monday, saturday = figure.table.rows[0], figure.table.rows[5]
    assert monday == ["Monday", "-", "1,100 (n 1)", "-", "-", "1,000 (n 1)", "-"]
    assert saturday[2] == "1,500 (n 1)"
    assert figure.picture
    assert figure.picture.text.endswith("The highest: Friday, 16-20: 1,600 (n 1). Described and not tested.")
    assert figure.picture.svg.count(">1</text>") == 7


def test_posts_at_hours_are_those_of_the_zone_and_a_post_without_reach_counts_as_a_post() -> None:
    media = [media_of("1", MONDAY), media_of("2", MONDAY + timedelta(minutes=30)), media_of("3", MONDAY)]
    assert posts_at_hours(media, {"1": 100, "2": 300}, ZoneInfo("Asia/Tokyo")) == [
        PostsAtHours(weekday=1, hours="00-04", posts=3, n=2, median=200)
    ]
    assert posts_at_hours([], {}, ZoneInfo("Asia/Tokyo")) == []


async def test_the_page_says_that_paid_results_are_not_included_and_of_which_metric_they_are(
    place: Planted, tmp_path: Path
) -> None:
    await place.insights.write_report(await reported(place), tmp_path / "report.html")
    html = (tmp_path / "report.html").read_text()
    assert (
        "Paid results are not included: views, likes and comments are those without advertisements." in html
    )
    assert "<th" in html.partition("Paid results</th>")[0]
    assert html.count("Meta does not say") > 1
    for title in ("Followers over the year", "Reach by weekday and hour", "Top posts by Reach"):
        assert title in html
