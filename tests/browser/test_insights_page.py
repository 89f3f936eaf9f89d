"""The page of insights, in a real browser."""

import pytest
from playwright.async_api import ViewportSize, expect

from pressroom.accounts.vault import open_vault
from pressroom.core.account import Account, account_id
from pressroom.core.secret import Secret
from tests.browser.conftest import SHOTS, WIDE, Judge, Open, Theme
from tests.browser.planned import Planned
from tests.insights.reported import Shop

pytestmark = pytest.mark.asyncio(loop_scope="session")


def keep_shop(planned: Planned) -> None:
    road = planned.road
    account = account_id(road.account.user_id, road.account.api_base)
    for batch in Shop(now=planned.clock.now()).batches():
        road.store.readings.keep(account, batch)
    # Another one, whose name leaves no room beside it on a phone.
    another = Account(token=Secret("a-token-of-tests"), user_id="178414000000001")
    vault = open_vault(road.store, road.settings)
    vault.keep("a.bakery.at.the.harbour.of.tromso", another, obtained_at=planned.clock.now(), timezone="UTC")


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_the_page_fits_every_width_and_axe_finds_nothing(
    planned: Planned, open_page: Open, judge: Judge, theme: Theme
) -> None:
    keep_shop(planned)
    async with open_page(f"{planned.base}/sign-in", color_scheme=theme) as page:
        await planned.sign_in(page)
        for width in (375, 1280, 2560):
            await page.set_viewport_size({"width": width, "height": 900})
            await page.goto(f"{planned.base}/insights")
            await expect(page.get_by_role("heading", name="Posts at 24 h")).to_be_visible()
            assert await page.evaluate("document.documentElement.scrollWidth") == width
            assert await page.evaluate("scrollY") == 0
            await expect(page.get_by_role("link", name="ana", exact=True)).to_be_in_viewport(ratio=1)
            await page.screenshot(path=SHOTS / f"pages-insights-{theme}-{width}.png")
            if width < 2000:
                assert await judge(page) == []


async def test_numbers_are_read_and_sorted_without_losing_the_place(
    planned: Planned, open_page: Open, judge: Judge
) -> None:
    planned.road.sandbox.order("seed", media=4)
    async with open_page(f"{planned.base}/sign-in") as page:
        await planned.sign_in(page)
        await page.goto(f"{planned.base}/insights?age=last")
        await page.get_by_role("button", name="Start collecting insights").press("Enter")
        await expect(page.locator("#notices")).to_contain_text("readings of posts")
        assert await judge(page) == [], "also while a notice is shown"
        await page.goto(f"{planned.base}/insights?age=last")
        await expect(page.locator("tbody tr[id^=m-]")).to_have_count(4)
        await page.get_by_role("link", name="Likes").press("Enter")
        await expect(page.get_by_role("columnheader", name="Likes")).to_have_attribute(
            "aria-sort", "descending"
        )
        await page.wait_for_load_state()  # only then do the scripts of the new page send its forms
        await page.get_by_role("button", name="Read numbers now").press("Enter")
        await expect(page.get_by_role("button", name="Read numbers now")).to_be_focused()


@pytest.mark.parametrize("size", [WIDE, {"width": 375, "height": 812}])
async def test_collecting_shows_its_progress_and_then_the_numbers_without_a_reload(
    planned: Planned, open_page: Open, judge: Judge, size: ViewportSize
) -> None:
    planned.road.sandbox.order("seed", media=120)
    planned.road.sandbox.order("faults", on="media", kind="slow", delay_s=3, times=3)
    async with open_page(f"{planned.base}/sign-in", size=size) as page:
        await planned.sign_in(page)
        await page.goto(f"{planned.base}/insights?age=last")
        await expect(page.get_by_text("pressroom insights pull --account ana")).to_be_visible()
        await page.evaluate("window.isAsItWas = true")
        await page.get_by_role("button", name="Start collecting insights").press("Enter")
        await expect(page.get_by_role("progressbar")).to_be_visible()
        assert await judge(page) == []
        assert await page.evaluate("document.documentElement.scrollWidth") == size["width"]
        await page.screenshot(path=SHOTS / f"insights-progress-{size['width']}.png")
        await expect(page.get_by_text("120 readings of 120 posts")).to_be_visible()
        await expect(page.get_by_role("progressbar")).to_have_count(0)
        assert await page.evaluate("window.isAsItWas"), "the page was not reloaded"


@pytest.mark.parametrize("size", [WIDE, {"width": 375, "height": 812}])
async def test_on_the_first_day_each_post_shows_its_last_reading_and_the_page_when_they_compare(
    planned: Planned, open_page: Open, judge: Judge, size: ViewportSize
) -> None:
    await planned.owner.insights.pull()
    for _ in range(2):
        planned.road.sandbox.order("media", kind="photo")
        planned.clock.advance(35 * 60)
        await planned.owner.insights.pull()
    async with open_page(f"{planned.base}/sign-in", size=size) as page:
        await planned.sign_in(page)
        await page.goto(f"{planned.base}/insights")
        row = page.locator("tbody tr[id^=m-]").first
        await expect(row).to_contain_text("read 35 min after publishing")
        await expect(row.locator("td[data-label=Reach]")).to_have_text("-")
        await expect(page.locator(".first-comparison")).to_contain_text(
            "The first comparison at 24 h is possible from 25 Nov 2026, 15:35 (Europe/Istanbul)"
        )
        assert await judge(page) == []
        assert await page.evaluate("document.documentElement.scrollWidth") == size["width"]
        await page.screenshot(path=SHOTS / f"insights-first-day-{size['width']}.png", full_page=True)
