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

MARK = "described and not tested."


async def reported(place: Planted, shop: FirstPull, span: str = "28d") -> InsightsReport:
    for batch in shop.batches():
        place.store.readings.keep(place.account, batch)
    return await place.insights.report(span)


@pytest_asyncio.fixture
async def place() -> AsyncGenerator[Planted]:
    async with planted() as opened:
        yield opened


def sentences(report: InsightsReport, name: str) -> list[str]:
    return list(next(answer for answer in report.answers if answer.name == name).sentences)


def notes(report: InsightsReport, name: str) -> list[str]:
    return list(next(answer for answer in report.answers if answer.name == name).notes)


async def test_the_first_report_names_the_highest_and_the_lowest_at_their_own_ages(place: Planted) -> None:
    shop = FirstPull(place.clock.now())
    report = await reported(place, shop)
    assert report.lifetime
    star = report.lifetime.best[0]
    assert star.media.id.endswith(f"{shop.star:05}")
    assert 2 < (star.times_usual or 0) < 4
    assert re.fullmatch(
        r"\w+, 17 Nov 2026 leads its kind so far, with 2\.\d times what is usual at its age\.",
        sentences(report, "happened")[-1],
    )
    highest, lowest = notes(report, "happened")
    assert re.search(
        r"^Highest by lifetime numbers: \w+, 17 Nov 2026, 2\.\d times the median of its kind", highest
    )
    assert re.search(r"^Lowest by lifetime numbers: .*, 0\.\d times .* \([\d.]+ days, n \d+\); ", lowest)
    assert highest.endswith(MARK)
    assert lowest.endswith(MARK)


async def test_kinds_are_described_at_about_what_was_planted(place: Planted) -> None:
    report = await reported(place, FirstPull(place.clock.now(), reel_times=1.8))
    assert report.lifetime
    reels = next(kind for kind in report.lifetime.kinds if kind.name == "reel")
    assert reels.times
    assert reels.times.value == pytest.approx(1.8, rel=0.1)
    assert (
        sentences(report, "why")[-1] == "Reels beside photos of their age: about 1.9 times the reach so far."
    )
    (note,) = notes(report, "why")
    assert re.search(r"1\.\d times the reach at the median \(n \d+ beside \d+\); ", note)
    assert note.endswith(MARK)


async def test_totals_the_guess_and_the_dates_stand_in_place_of_dashes(place: Planted) -> None:
    report = await reported(place, FirstPull(place.clock.now()))
    assert re.fullmatch(r"So far the posts were viewed [\d,]+ times\.", sentences(report, "brought")[-1])
    guess = next(note for note in notes(report, "next") if "a guess" in note)
    assert "online are 18:00-20:00 if Instagram's hours are UTC" in guess
    assert guess.endswith("no proof that posts reach more then.")
    dates = notes(report, "next")[-1]
    assert dates.startswith("Still to come, by dates that are guesses: ")
    assert "Such a period against the one before (from 20 Jan 2027 on)" in dates
    days = {coming.answer: coming.on for coming in report.coming}
    assert days[Answer.BEST_TIME] == date(2026, 12, 17)
    assert days[Answer.FOLLOWERS] is None


async def test_nothing_of_it_claims_a_change_or_an_effect(place: Planted) -> None:
    report = await reported(place, FirstPull(place.clock.now()))
    assert not report.moved
    assert not any(kind.change and kind.change.is_outside_noise for kind in report.kinds)
    said = [text for answer in report.answers for text in (*answer.sentences, *answer.notes)]
    claims = r"▲|▼|more than|less than|stood out|stands out|because|increase|, tested"
    assert not [text for text in said if re.search(claims, text)]
    # What compares lifetime numbers says each time that nothing was tested, or that it is so far.
    compares = [text for text in said if " times " in text and not text.startswith("So far the posts")]
    assert all(text.endswith(MARK) or "so far" in text.lower() for text in compares)


async def test_page_letter_and_json_carry_the_same(place: Planted) -> None:
    report = await reported(place, FirstPull(place.clock.now()))
    (part,), letter = page_of(report, {}).parts, letter_of(report, "North")
    reach, times, so_far = part.best[0].numbers
    assert re.fullmatch(r"Reach: [\d,]+", reach)
    assert re.fullmatch(r"2\.\d times the median of its age", times)
    assert re.fullmatch(r"so far, after 7\.\d days", so_far)
    sections = {section.title: section for section in part.notes}
    assert sections["Posts"].cards
    period, year, kinds = sections["Lifetime numbers"].figures
    assert report.lifetime
    assert len(period.table.rows) == len(report.lifetime.posts)
    assert year.table.rows
    assert [row[0] for row in kinds.table.rows] == ["Photos", "Reels"]
    assert len(sections["Answers to come"].figures[0].table.rows) == len(report.coming)
    assert all(sentence in letter.text for sentence in sentences(report, "happened"))
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
    assert not [note for answer in report.answers for note in answer.notes if "ifetime" in note]
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
