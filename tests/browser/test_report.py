"""The report as people see it: both themes, a desk's width, a phone's and paper."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Page, ViewportSize, expect

from pressroom.core.readings import Batch, Thumbnail
from pressroom.service.insights.report_accounts import ReportOfAccounts
from tests.browser.conftest import SHOTS, WIDE, Judge, Open, Theme
from tests.insights.planted import planted
from tests.insights.reported import PERIOD, FirstPull, Shop, thumbnail

pytestmark = pytest.mark.asyncio(loop_scope="session")
PHONE: ViewportSize = {"width": 375, "height": 812}
# What the margins of A4 leave: whatever is wider makes Chromium print all of it smaller.
PAPER: ViewportSize = {"width": 703, "height": 1123}
SIZES = {"desk": WIDE, "tablet": ViewportSize(width=768, height=1024), "phone": PHONE}
SMALLEST_TEXT = """() => Math.min(...[...document.querySelectorAll('body *')]
  .filter(part => [...part.childNodes].some(node => node.nodeType === 3 && node.data.trim()))
  .map(part => parseFloat(getComputedStyle(part).fontSize)))"""
SMALLEST_SCALE = """() => Math.min(...[...document.querySelectorAll('figure > svg')]
  .map(picture => picture.getBoundingClientRect().width / picture.viewBox.baseVal.width))"""
SCROLLS = "document.documentElement.scrollWidth > innerWidth"
MOST_BYTES = 500_000
MOST_SCREENS = 6


async def written(folder: Path, *, posts_a_day: float) -> Path:
    """The report of a shop, with pictures for all but one of its best and weakest posts."""
    output = folder / "report.html"
    async with planted() as place:
        for batch in Shop(place.clock.now(), posts_a_day=posts_a_day).batches():
            place.store.readings.keep(place.account, batch)
        comments = {"next": "Two more reels from the harbour, at first light."}
        report = await place.insights.report(f"{PERIOD}d", comments=comments)
        shown = [one.media.id for one in (*report.best, *report.weakest)][:-1]
        kept = [
            Thumbnail(media_id=one, read_at=place.clock.now(), jpeg=thumbnail(number))
            for number, one in enumerate(shown)
        ]
        place.store.readings.keep(place.account, Batch(thumbnails=kept))
        await place.insights.write_report(report, output)
    return output


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a report."""
    return (await written(tmp_path_factory.mktemp("report"), posts_a_day=1.3)).as_uri()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", SIZES)
async def test_it_fits_every_width_in_both_themes_and_axe_finds_nothing(
    report: str, open_page: Open, judge: Judge, theme: Theme, name: str
) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    async with open_page(report, size=SIZES[name], color_scheme=theme) as page:
        assert not await page.evaluate(SCROLLS)
        assert await judge(page) == []
        await page.screenshot(path=SHOTS / f"report-{theme}-{name}.png", full_page=True)


async def test_a_client_has_read_it_after_six_screens_of_a_telephone(report: str, open_page: Open) -> None:
    async with open_page(report, size=PHONE) as page:
        begin = await page.get_by_role("heading", name="Notes", exact=True).bounding_box()
        assert begin
        assert begin["y"] < MOST_SCREENS * PHONE["height"]


@pytest.mark.parametrize("name", SIZES)
async def test_no_letter_is_smaller_than_twelve_pixels_and_no_word_is_cut(
    report: str, open_page: Open, name: str
) -> None:
    async with open_page(report, size=SIZES[name]) as page:
        await _open_all(page)
        assert await page.evaluate(SMALLEST_TEXT) >= 12
        # Pictures are drawn for the column, and not shrunk into it.
        assert await page.evaluate(SMALLEST_SCALE) > 0.99


async def test_paper_is_white_and_has_all_notes_open(report: str, open_page: Open) -> None:
    async with open_page(report, size=PAPER) as page:
        await page.emulate_media(media="print", color_scheme="dark")
        await page.screenshot(path=SHOTS / "report-print.png", full_page=True)
        assert not await page.evaluate(SCROLLS)
        await expect(page.get_by_role("table", name="Reach by kind")).to_be_visible()
        assert await _background(page) == "rgb(255, 255, 255)"


async def _background(page: Page) -> str:
    return await page.evaluate("getComputedStyle(document.body).backgroundColor")


@pytest.mark.parametrize("name", SIZES)
async def test_several_accounts_and_a_first_day_fit_every_width(
    tmp_path: Path, open_page: Open, judge: Judge, name: str
) -> None:
    async with planted() as place, planted() as other:
        for account, shop in ((place, Shop(place.clock.now())), (other, FirstPull(other.clock.now()))):
            for batch in shop.batches():
                account.store.readings.keep(account.account, batch)
        reports = [await account.insights.report(f"{PERIOD}d", language="de") for account in (place, other)]
        report = ReportOfAccounts(reports=(*reports, replace(reports[0], username="x" * 30)))
        await place.insights.write_report(report, tmp_path / "several.html")
    async with open_page((tmp_path / "several.html").as_uri(), size=SIZES[name]) as page:
        await _open_all(page)
        assert not await page.evaluate(SCROLLS)
        assert await judge(page) == []


async def _open_all(page: Page) -> None:
    await page.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")


async def test_the_numbers_of_each_picture_are_one_click_away(report: str, open_page: Open) -> None:
    async with open_page(report) as page:
        pictures = page.locator(".figures figure")
        assert await pictures.count() == 6
        for number in range(6):
            link = pictures.nth(number).get_by_role("link")
            name = (await link.get_attribute("href") or "").removeprefix("#")
            await link.press("Enter")
            await expect(page.locator(f"[id='{name}'] table")).to_be_visible()


async def test_it_holds_what_a_person_wrote_and_asks_for_nothing(report: str, open_page: Open) -> None:
    async with open_page(report) as page:
        await expect(page.get_by_text("Two more reels from the harbour, at first light.")).to_be_visible()
        await expect(page.get_by_role("textbox")).to_have_count(0)
        await expect(page.get_by_text("Your sentence")).to_have_count(0)


async def test_five_hundred_posts_are_one_small_file(tmp_path: Path, open_page: Open, judge: Judge) -> None:
    file = await written(tmp_path, posts_a_day=19)
    assert file.stat().st_size < MOST_BYTES
    async with open_page(file.as_uri(), size=PHONE) as page:
        await expect(page.locator(".tile").first).to_have_text(re.compile(r"Posts\s*5\d\d"))
        assert not await page.evaluate(SCROLLS)
        assert await judge(page) == []
