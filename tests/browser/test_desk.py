"""The desk's pages in a real browser: live, by keys, in both themes and three widths."""

import re

import pytest
from playwright.async_api import Page, ViewportSize, expect

from pressroom.core.post import PostState
from pressroom.core.when import parse_slots
from tests.browser.conftest import SHOTS, Judge, Open, Theme
from tests.browser.planned import Planned
from tests.service.consenting import ANNA, a_picture, program, proposed
from tests.service.walked import stored

pytestmark = pytest.mark.asyncio(loop_scope="session")
SIZES: dict[int, ViewportSize] = {
    375: {"width": 375, "height": 812},
    1280: {"width": 1280, "height": 900},
    2560: {"width": 2560, "height": 1440},
}
SCROLLS = "document.documentElement.scrollWidth > innerWidth"
PATHS = {
    "start": "/",
    "queue": "/queue",
    "search": "/search?q=studio",
    "activity": "/activity",
    "accounts": "/accounts",
    "resume": "/accounts/resume?account=ana",
    "keys": "/keys",
}


async def fill(planned: Planned) -> None:
    """Plan something of each kind."""
    for state in (PostState.NEEDS_ATTENTION, PostState.FAILED, PostState.MISSED, PostState.PUBLISHING):
        stored(planned.road, ANNA, state, str(planned.photo))
    captions = "Open studio on Friday: come and pull a print of your own", "First light", "שרה שנייה #דפס", ""
    for number, caption in enumerate(captions):
        await planned.plan(caption, f"+{number * 9 + 3}h")
    await planned.plan("Held back", "+40h", state=PostState.AWAITING_APPROVAL)
    async with program(planned.road, account_name="ana") as planner:
        await proposed(planner.posts.submit(a_picture(str(planned.photo), "Asked for"), at="+50h"))
    await planned.owner.posts.slots.add(parse_slots("weekdays 18:00"))
    await planned.owner.keys.add("planner", ends_at="+90d")
    await planned.owner.keys.revoke((await planned.owner.keys.add("n8n")).key.id)
    await planned.owner.accounts.pause("ana", "The cellar is flooded")


async def open_desk(page: Page, planned: Planned, path: str = "/") -> None:
    await planned.sign_in(page)
    await page.goto(f"{planned.base}{path}")


# Colours are those of a theme and places those of a width: each at least once.
@pytest.mark.parametrize(("theme", "widths"), [("light", (375, 1280, 2560)), ("dark", (1280,))])
async def test_every_page_fits_and_axe_finds_nothing(
    planned: Planned, open_page: Open, judge: Judge, theme: Theme, widths: tuple[int, ...]
) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    await fill(planned)
    async with open_page(f"{planned.base}/sign-in", color_scheme=theme) as page:
        await planned.sign_in(page)
        for name, path in PATHS.items():
            await page.goto(f"{planned.base}{path}")
            for width in widths:
                await page.set_viewport_size(SIZES[width])
                assert not await page.evaluate(SCROLLS), (name, width)
                await page.screenshot(path=SHOTS / f"pages-{name}-{theme}-{width}.png", full_page=True)
            assert await judge(page) == [], name


async def test_keys_lead_on_search_and_list_themselves(
    planned: Planned, open_page: Open, judge: Judge
) -> None:
    await planned.plan("Open studio")
    async with open_page(f"{planned.base}/sign-in") as page:
        await open_desk(page, planned)
        await page.keyboard.press("?")
        keys = page.get_by_role("dialog", name="Keys of this page")
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
        await page.keyboard.press("Escape")
        await page.locator("h1").click()
        await page.keyboard.press("q")
        await expect(page).to_have_url(f"{planned.base}/queue")
        await page.set_viewport_size(SIZES[375])
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
        reason = page.get_by_label("Pause it")
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
        await expect(page.get_by_role("button", name="Keys of this page")).to_be_hidden()
        await page.get_by_label("Pause it").fill("The cellar")
        await page.get_by_role("button", name="Pause ana").click()
        await page.get_by_role("link", name="Resume").click()
        await page.get_by_role("button", name="Resume").click()
        await expect(page).to_have_url(f"{planned.base}/accounts")
        await expect(page.locator(".account .box")).to_have_count(0)
        await page.get_by_role("searchbox").fill("studio")
        await page.keyboard.press("Enter")
        await expect(page.locator("mark")).to_have_text("studio")
