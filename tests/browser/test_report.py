"""The report as people see it: both themes, a desk's width, a phone's and paper."""

import re
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Page, ViewportSize, expect

from pressroom.core.readings import Batch, Thumbnail
from tests.browser.conftest import SHOTS, WIDE, Judge, Open, Theme
from tests.insights.planted import planted
from tests.insights.reported import PERIOD, Shop, thumbnail

pytestmark = pytest.mark.asyncio(loop_scope="session")
PHONE: ViewportSize = {"width": 375, "height": 812}
PAPER: ViewportSize = {"width": 794, "height": 1123}
SIZES = {"desk": WIDE, "phone": PHONE}
SCROLLS = "document.documentElement.scrollWidth > innerWidth"
MOST_BYTES = 1_500_000


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


async def test_paper_has_the_tables_and_no_gaps_to_fill_in(report: str, open_page: Open) -> None:
    async with open_page(report, size=PAPER) as page:
        await page.emulate_media(media="print", color_scheme="dark")
        await page.screenshot(path=SHOTS / "report-print.png", full_page=True)
        assert not await page.evaluate(SCROLLS)
        await expect(page.get_by_role("table", name="Reach by kind at 24 h")).to_be_visible()
        await expect(page.get_by_role("textbox")).to_have_count(1)
        assert await _background(page) == "rgb(255, 255, 255)"
        assert len(await page.pdf(format="A4")) > 0


async def _background(page: Page) -> str:
    return await page.evaluate("getComputedStyle(document.body).backgroundColor")


async def test_a_table_lies_under_each_picture(report: str, open_page: Open) -> None:
    async with open_page(report) as page:
        figures = page.locator("figure")
        assert await figures.count() >= 10
        assert await page.locator("figure:not(:has(table))").count() == 0
        kinds = page.locator("figure", has_text="Reach by kind at 24 h")
        await expect(kinds.get_by_role("table")).to_be_hidden()
        await kinds.locator("summary").press("Enter")
        await expect(kinds.get_by_role("table")).to_be_visible()


async def test_a_person_adds_a_sentence(report: str, open_page: Open) -> None:
    async with open_page(report) as page:
        box = page.get_by_role("textbox", name="Your sentence: Why?")
        await box.fill("Snow until the tenth.")
        await expect(box).to_have_text("Snow until the tenth.")


async def test_five_hundred_posts_are_one_small_file(tmp_path: Path, open_page: Open, judge: Judge) -> None:
    file = await written(tmp_path, posts_a_day=19)
    assert file.stat().st_size < MOST_BYTES
    async with open_page(file.as_uri(), size=PHONE) as page:
        await expect(page.locator("header")).to_contain_text(re.compile(r"of 5\d\d posts"))
        assert not await page.evaluate(SCROLLS)
        assert await judge(page) == []
