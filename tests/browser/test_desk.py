"""The desk's pages in a real browser: live, by keys, and without script."""

import re

import pytest
from playwright.async_api import Page, expect

from pressroom.core.slots import parse_slots
from tests.browser.conftest import Judge, Open
from tests.browser.planned import Planned

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def open_desk(page: Page, planned: Planned, path: str = "/") -> None:
    await planned.sign_in(page)
    await page.goto(f"{planned.base}{path}")


async def test_a_month_and_a_week_fit_a_tablet_and_print_on_one_sheet_each(
    planned: Planned, open_page: Open
) -> None:
    for number in range(8):
        await planned.plan(f"Number {number}", f"+{number * 5 + 1}h")
    async with open_page(f"{planned.base}/sign-in") as page:
        await planned.sign_in(page)
        for view in ("month", "week"):
            await page.goto(f"{planned.base}/calendar/{view}")
            await page.set_viewport_size({"width": 768, "height": 1024})
            broken = (
                "[...document.querySelectorAll('.in-state')].filter(state => state.clientHeight > 20).length"
            )
            assert await page.evaluate(broken) == 0, "words in two"
            pdf = await page.pdf(prefer_css_page_size=True)
            assert pdf.count(b"/Type /Page\n") == 1, view


async def test_keys_lead_on_search_and_list_themselves(
    planned: Planned, open_page: Open, judge: Judge
) -> None:
    await planned.plan("Open studio")
    async with open_page(f"{planned.base}/sign-in") as page:
        await open_desk(page, planned)
        await page.keyboard.press("?")
        keys = page.get_by_role("dialog", name="Keyboard shortcuts")
        await expect(keys).to_contain_text("Search all posts")
        assert await judge(page) == []
        await page.keyboard.press("Escape")
        await expect(keys).to_be_hidden()
        await page.keyboard.press("/")
        await expect(page.get_by_role("searchbox", name="Search all posts")).to_be_focused()
        await page.keyboard.type("studio q?")
        await expect(page).to_have_url(f"{planned.base}/")
        await page.keyboard.press("ControlOrMeta+a")
        await page.keyboard.type("studio")
        await page.keyboard.press("Enter")
        await expect(page.locator("mark")).to_have_text("studio")
        await page.wait_for_load_state()  # only then do the scripts of the new page listen to keys
        await page.keyboard.press("Escape")
        await page.locator("h1").click()
        await page.keyboard.press("q")
        await expect(page).to_have_url(f"{planned.base}/queue")
        await page.wait_for_load_state()
        await page.set_viewport_size({"width": 375, "height": 812})
        await page.keyboard.press("/")
        await expect(page).to_have_url(f"{planned.base}/search")


async def test_what_happens_is_shown_without_a_reload_and_what_one_types_stays(
    planned: Planned, open_page: Open
) -> None:
    async with open_page(f"{planned.base}/sign-in") as page:
        await open_desk(page, planned)
        await expect(page.locator("#desk")).to_contain_text("Nothing is planned.")
        await planned.plan("Open studio", "+5h")
        await expect(page.locator("#desk .post-list")).to_contain_text("Open studio")
        await expect(page.locator("#desk .entries")).to_contain_text("It was planned.")
        await page.goto(f"{planned.base}/accounts")
        reason = page.get_by_label("Reason for a pause")
        await reason.fill("The cellar")
        await planned.owner.posts.slots.add(parse_slots("monday 9:00"))
        await planned.plan("Another", "+6h")
        await expect(page.locator(".account")).to_contain_text(re.compile("monday 0?9:00", re.IGNORECASE))
        # It is no news of this page.
        await expect(page.locator("#said")).to_have_text("")
        await expect(reason).to_have_value("The cellar")
        await expect(reason).to_be_focused()
        await reason.press("Enter")
        await expect(page.locator(".account .box")).to_contain_text("The cellar")
        await expect(page.locator("#notices")).to_contain_text("Account ana is paused.")


async def test_without_script_all_of_it_can_be_read_and_done(planned: Planned, open_page: Open) -> None:
    await planned.plan("Open studio", "+5h")
    async with open_page(f"{planned.base}/sign-in", java_script_enabled=False) as page:
        await open_desk(page, planned, "/accounts")
        await expect(page.get_by_role("button", name="Keyboard shortcuts")).to_be_hidden()
        await page.get_by_label("Reason for a pause").fill("The cellar")
        await page.get_by_role("button", name="Pause ana").click()
        await page.get_by_role("link", name="Resume").click()
        await page.get_by_role("button", name="Resume").click()
        await expect(page).to_have_url(f"{planned.base}/accounts")
        await expect(page.locator(".account .box")).to_have_count(0)
        await page.get_by_role("searchbox").fill("studio")
        await page.keyboard.press("Enter")
        await expect(page.locator("mark")).to_have_text("studio")
