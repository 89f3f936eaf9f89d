"""The first report: 506 posts with lifetime numbers, and nothing at 24 hours."""

import re
from collections.abc import AsyncGenerator
from datetime import date

import msgspec
import pytest
import pytest_asyncio

from pressroom.insights.questions.coming import Answer
from pressroom.insights.questions.posts import By
from pressroom.service.insights.report_facts import InsightsReport
from pressroom.service.insights.report_page import letter_of, page_of
from pressroom.service.insights.timing import best_time_says
from pressroom.service.insights.unwatched import outlook_says
from pressroom.service.shapes.report import InsightsReportShape
from tests.insights.planted import Planted, planted
from tests.insights.reported import FirstPull

pytestmark = pytest.mark.usefixtures("long_run")

MARK = "Lifetime numbers (each post at its own age; a description, no test)"


async def reported(place: Planted, shop: FirstPull, span: str = "28d") -> InsightsReport:
    for batch in shop.batches():
        place.store.readings.keep(place.account, batch)
    return await place.insights.report(span)


@pytest_asyncio.fixture
async def place() -> AsyncGenerator[Planted]:
    async with planted() as opened:
        yield opened


def facts(report: InsightsReport, name: str) -> list[str]:
    return list(next(answer for answer in report.answers if answer.name == name).facts)


def marked(report: InsightsReport, name: str) -> list[str]:
    return [fact for fact in facts(report, name) if "Lifetime" in fact or "lifetime" in fact]


async def test_the_first_report_names_the_highest_and_the_lowest_at_their_own_ages(place: Planted) -> None:
    shop = FirstPull(place.clock.now())
    report = await reported(place, shop)
    assert report.lifetime
    star = report.lifetime.best[0]
    assert star.media.id.endswith(f"{shop.star:05}")
    assert 2 < (star.times_usual or 0) < 4
    (fact,) = marked(report, "happened")
    assert fact.startswith(MARK)
    assert re.search(
        r"the \w+ of 17 Nov 2026 stands highest in reach, with 2\.\d times their median at", fact
    )
    assert re.search(
        r"stands lowest in reach, with 0\.\d times their median at its own age of [\d.]+ d \(n", fact
    )


async def test_kinds_are_described_at_about_what_was_planted(place: Planted) -> None:
    report = await reported(place, FirstPull(place.clock.now(), reel_times=1.8))
    assert report.lifetime
    reels = next(kind for kind in report.lifetime.kinds if kind.name == "reel")
    assert reels.times
    assert reels.times.value == pytest.approx(1.8, rel=0.1)
    times, rates = marked(report, "why")
    assert re.search(r"reels have 1\.\d times the reach of photos at the median \(n \d+ beside \d+\)", times)
    assert re.search(r"median engagement rate of photos \d\.\d\d % \(n \d+\); reels", rates)


async def test_totals_the_guess_and_the_dates_stand_in_place_of_dashes(place: Planted) -> None:
    report = await reported(place, FirstPull(place.clock.now()))
    (totals,) = marked(report, "brought")
    assert re.search(r"so far [\d,]+ views \(n \d+\), [\d,]+ likes \(n \d+\), ", totals)
    guess = next(fact for fact in facts(report, "next") if fact.startswith("A guess: "))
    assert "18 to 20 h of Instagram's, which does not say whose hours these are" in guess
    assert guess.endswith("(no proof that posts reach more then).")
    dates = facts(report, "next")[-1]
    assert dates.startswith("Answers that are still to come, by dates that are guesses: ")
    assert "such a period against the one before from 20 Jan 2027 on" in dates
    days = {coming.answer: coming.on for coming in report.coming}
    assert days[Answer.BEST_TIME] == date(2026, 12, 17)
    assert days[Answer.FOLLOWERS] is None


async def test_nothing_of_it_claims_a_change_or_an_effect(place: Planted) -> None:
    report = await reported(place, FirstPull(place.clock.now()))
    assert not report.moved
    assert not any(kind.change and kind.change.is_outside_noise for kind in report.kinds)
    said = [fact for answer in report.answers for fact in answer.facts]
    claims = r"▲|▼|reach more than|beyond chance:|stands out|because|increase|Worth a second"
    assert not [fact for fact in said if re.search(claims, fact)]
    # What compares lifetime numbers says each time that they are of no equal age.
    assert all(fact.startswith(MARK) for fact in said if " times the" in fact or "stands highest" in fact)


async def test_page_letter_and_json_carry_the_same(place: Planted) -> None:
    report = await reported(place, FirstPull(place.clock.now()))
    page, letter = page_of(report, {}), letter_of(report, "North")
    assert re.search(
        r"reach; lifetime, at its own age of 7[\d.]* d; 2\.\d times the median of its kind within",
        page.best[0].numbers[0],
    )
    assert page.weakest
    sections = {section.title: section for section in page.sections}
    period, year, kinds = sections["Lifetime numbers"].figures
    assert report.lifetime
    assert len(period.table.rows) == len(report.lifetime.posts)
    assert year.table.rows
    assert [row[0] for row in kinds.table.rows] == ["photo", "reel"]
    assert len(sections["Answers to come"].figures[0].table.rows) == len(report.coming)
    assert all(fact in letter.text for fact in marked(report, "happened"))
    shape = msgspec.json.decode(msgspec.json.encode(InsightsReportShape.of(report)))
    assert shape["lifetime"]["best"][0] == report.shown_best[0].media.id
    assert shape["lifetime"]["kinds"][1]["times"]["against"] == "photo"
    assert {coming["answer"] for coming in shape["coming"]} == {answer.answer for answer in report.coming}


async def test_half_way_a_post_is_told_at_24_h_or_by_its_lifetime_and_never_by_both(place: Planted) -> None:
    shop = FirstPull(place.clock.now(), days_before=7)
    report = await reported(place, shop)
    assert report.lifetime
    by_lifetime = {post.media.id for post in report.lifetime.posts}
    at_a_day = {post.media.id for post in report.posted.posts if post.aged}
    assert by_lifetime
    assert at_a_day
    assert not by_lifetime & at_a_day
    assert by_lifetime | at_a_day == {post.media.id for post in report.posted.posts}
    assert all(post.media.published_at < shop.since for post in report.lifetime.posts)
    assert Answer.AT_A_DAY not in {coming.answer for coming in report.coming}


async def test_once_the_posts_have_been_read_at_24_h_lifetime_numbers_step_back(place: Planted) -> None:
    report = await reported(place, FirstPull(place.clock.now(), days_before=9), "7d")
    assert report.lifetime is None
    assert not [fact for answer in report.answers for fact in answer.facts if "ifetime" in fact]
    # What is still to come is told all the same.
    assert {coming.answer for coming in report.coming} >= {Answer.BEFORE, Answer.BEST_TIME}


async def test_too_few_posts_say_why_and_from_when_on(place: Planted) -> None:
    await reported(place, FirstPull(place.clock.now()))
    why = "were older than 24 h at the first pull (24 Nov 2026), and numbers at 24 h are known only of posts"
    says = best_time_says(await place.insights.best_time())
    assert says.startswith(
        "Too few posts to say: 1 of 475 have a reach at 24 h, and it takes 30. 473 of 475 "
    )
    assert f" {why} watched since." in says
    assert says.endswith(
        "30 posts have one by about 17 Dec 2026, at the pace of the last 90 days (117 posts)."
    )
    comparison = await place.insights.compare_groups(By.KIND)
    assert comparison.outlook
    assert f"115 of 117 {why}" in outlook_says(comparison.outlook)
    listed = await place.insights.media(age_s=24 * 3600, sort="reach")
    assert listed.outlook
    assert listed.outlook.expected_on == date(2026, 11, 27)
    assert (await place.insights.media(sort="reach")).outlook is None


async def test_with_posts_enough_nothing_is_said_of_the_first_pull(place: Planted) -> None:
    await reported(place, FirstPull(place.clock.now(), days_before=40))
    assert (await place.insights.best_time()).outlook is None
    assert (await place.insights.compare_groups(By.KIND)).outlook is None
