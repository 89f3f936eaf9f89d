"""Moving posts on a calendar, in a real browser: by mouse, by key, by a form and by a finger."""

import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import CDPSession, Locator, Page, ViewportSize, expect

from pressroom.core.post import PostState
from tests.browser.conftest import Judge, Open
from tests.browser.planned import Planned

pytestmark = pytest.mark.asyncio(loop_scope="session")

PHONE: ViewportSize = {"width": 375, "height": 812}
DESK: ViewportSize = {"width": 1600, "height": 1000}
MONTH = "/calendar/month?of=2026-11-24"


async def opened(planned: Planned, page: Page, path: str = MONTH) -> None:
    await planned.sign_in(page)
    await page.goto(f"{planned.base}{path}")


def on(page: Page, day: str) -> Locator:
    return page.locator(f"#d-{day} .chip:not(.landing)")


async def test_by_mouse_a_drop_moves_a_post_or_puts_it_back_with_the_reason(
    planned: Planned, open_page: Open
) -> None:
    post = await planned.plan("Open studio", "2026-11-26 12:00")
    async with open_page(f"{planned.base}/sign-in", size=DESK, reduced_motion="reduce") as page:
        await opened(planned, page)
        chip = page.locator(f"#p-{post.id}")
        await chip.evaluate("chip => chip.classList.add('pending')")
        assert await chip.evaluate("chip => getComputedStyle(chip).animationName") == "none"
        await chip.evaluate("chip => chip.classList.remove('pending')")
        await chip.drag_to(page.locator("#d-2026-11-28 .chips"))
        await expect(on(page, "2026-11-28")).to_contain_text("09:00")
        await expect(page.get_by_role("status")).to_have_text("Moved to Saturday 28 November 2026, 09:00.")
        await page.keyboard.press("u")
        await expect(page.get_by_role("status")).to_have_text(
            "Moved back to Thursday 26 November 2026, 09:00."
        )
        await expect(on(page, "2026-11-26")).to_have_attribute("data-version", "3")
        for target, why in (
            ("#d-2026-11-20 .chips", "is over"),
            (".shelf .chips", "was let go, and needs a time"),
        ):
            await chip.drag_to(page.locator(target))
            await expect(page.get_by_role("alert")).to_contain_text(why)
            await expect(on(page, "2026-11-26")).to_have_count(1)
            await page.get_by_role("alert").get_by_role("button", name="Close").click()
        await chip.drag_to(page.locator("main [rel=next]"))
        await expect(page.get_by_role("status")).to_have_text("Moved to Saturday 26 December 2026, 09:00.")
        assert (await planned.owner.posts.get(post.id)).timezone == "Europe/Istanbul"


async def test_by_key_a_post_is_carried_and_a_screen_reader_hears_where_it_is(
    planned: Planned, open_page: Open, judge: Judge
) -> None:
    post = await planned.plan("Open studio", "2026-11-26 12:00", state=PostState.DRAFT)
    live = await planned.plan("Another day", "2026-11-27 12:00")
    async with open_page(f"{planned.base}/sign-in") as page:
        await opened(planned, page)
        link, status = page.locator(f"#p-{post.id} > a").first, page.get_by_role("status")
        await link.focus()
        await page.keyboard.press("m")
        await expect(status).to_contain_text("Moving “Open studio”. Thursday 26 November, 09:00.")
        await page.keyboard.press("ArrowDown")
        await expect(status).to_have_text("Thursday 3 December, 09:00")
        await page.keyboard.press("Escape")
        await expect(status).to_have_text("Given up: “Open studio” stays where it was.")
        for key in ("m", "ArrowRight", "ArrowRight", "Enter"):
            await page.keyboard.press(key)
        await expect(on(page, "2026-11-28")).to_have_count(1)
        await expect(status).to_have_text("Moved to Saturday 28 November 2026, 09:00.")
        await expect(link).to_be_focused()
        await page.keyboard.press("ArrowUp")
        await expect(page.locator(f"#p-{live.id} > a").first).to_be_focused()
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        dialog = page.get_by_role("dialog")
        await expect(dialog).to_contain_text("Open studio")
        assert await judge(page) == []
        await dialog.get_by_label("Day").fill("2026-11-25")
        await dialog.get_by_label("Time").fill("10:30")
        await dialog.get_by_role("button", name="Move", exact=True).click()
        await expect(on(page, "2026-11-25")).to_contain_text("10:30")
        await page.goto(f"{planned.base}/calendar/week?of=2026-11-25")
        await link.focus()
        for key in ("m", "ArrowUp", "ArrowUp", "ArrowUp"):
            await page.keyboard.press(key)
        ghost = await page.locator(".landing").bounding_box()
        assert ghost
        assert ghost["width"] > 100
        await page.keyboard.press("Enter")
        await expect(page.locator("#d-2026-11-25 [data-time='09:00'] .chip")).to_contain_text("09:45")
        await page.goto(f"{planned.base}/calendar/agenda?of=2026-11-25")
        await link.focus()
        await expect(page.locator("#d-2026-11-29")).to_be_hidden()
        await page.keyboard.press("m")
        await expect(page.locator("#d-2026-11-29")).to_be_visible()


async def test_several_are_selected_and_moved_after_they_were_shown(
    planned: Planned, open_page: Open, judge: Judge
) -> None:
    await planned.plan("Open studio", "2026-11-26 12:00")
    await planned.plan("Another day", "2026-11-27 12:00")
    async with open_page(f"{planned.base}/sign-in") as page:
        await opened(planned, page)
        await page.keyboard.press("x")
        await page.get_by_label("Select: Open studio").check()
        await on(page, "2026-11-27").click()
        await expect(page.locator("#several-count")).to_have_text("2 posts are selected")
        assert await judge(page) == []
        await page.set_viewport_size(PHONE)
        bar = await page.locator("#several").bounding_box()
        assert bar
        assert (bar["width"] <= PHONE["width"], bar["height"] <= 120) == (True, True)
        await page.get_by_role("button", name="Move…").click()
        await expect(page.get_by_text("2 of 2 will be moved. Nothing is changed yet.")).to_be_visible()
        assert await judge(page) == []
        await page.get_by_role("button", name="Move 2 posts").click()
        await page.get_by_role("link", name="To the calendar").click()
        await expect(on(page, "2026-11-27")).to_contain_text("Open studio")
        await expect(on(page, "2026-11-28")).to_contain_text("Another day")


class Finger:
    """A finger on a page."""

    def __init__(self, page: Page, touch: CDPSession) -> None:
        self._page, self._touch = page, touch
        self._at = (0.0, 0.0)

    async def _do(self, kind: str, x: float, y: float) -> None:
        self._at = (x, y)
        points = [] if kind == "touchEnd" else [{"x": x, "y": y}]
        await self._touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})  # pyright: ignore[reportUnknownMemberType]

    async def press(self, chip: Locator) -> None:
        """Put it on a post."""
        await chip.scroll_into_view_if_needed()
        box = await chip.bounding_box()
        assert box
        await self._do("touchStart", box["x"] + 60, box["y"] + 20)

    async def move(self, x: float, y: float, steps: int = 6) -> None:
        """Slide to a place on the screen."""
        (from_x, from_y), parts = self._at, range(1, steps + 1)
        for share in (part / steps for part in parts):
            await self._do("touchMove", from_x + (x - from_x) * share, from_y + (y - from_y) * share)
            await self._page.wait_for_timeout(60)

    async def carry(self, chip: Locator, target: Locator) -> None:
        """Press long, and let go above a target, which may show up only then."""
        await self.press(chip)
        await expect(self._page.locator(".chosen")).to_have_count(1)
        await self.move(self._at[0], self._at[1] + 30, 2)
        await expect(self._page.locator("body")).to_have_class(re.compile("dragging"))
        box = await target.bounding_box()
        assert box
        await self.move(box["x"] + box["width"] / 2, box["y"] + 8)
        await self.lift()

    async def lift(self) -> None:
        """Take it off."""
        await self._do("touchEnd", *self._at)


@asynccontextmanager
async def on_a_phone(planned: Planned, open_page: Open, path: str) -> AsyncGenerator[tuple[Page, Finger]]:
    async with open_page(f"{planned.base}/sign-in", size=PHONE, has_touch=True, is_mobile=True) as page:
        await opened(planned, page, path)
        yield page, Finger(page, await page.context.new_cdp_session(page))


async def test_a_long_press_of_a_finger_drags_and_a_swipe_scrolls(planned: Planned, open_page: Open) -> None:
    post = await planned.plan("Open studio", "2026-11-26 12:00")
    async with on_a_phone(planned, open_page, MONTH) as (page, finger):
        chip = page.locator(f"#p-{post.id}")
        await finger.carry(chip, page.locator("#d-2026-11-25 .chips"))
        await expect(page.get_by_role("status")).to_have_text("Moved to Wednesday 25 November 2026, 09:00.")
        await expect(on(page, "2026-11-25")).to_have_attribute("data-version", "2")
        await finger.press(chip)
        await finger.move(80, 100)
        await finger.lift()
        await expect(on(page, "2026-11-25")).to_have_count(1)
        assert (await planned.owner.posts.get(post.id)).version == 2


async def test_a_finger_finds_each_hour_once_it_holds_a_post_and_none_before(
    planned: Planned, open_page: Open
) -> None:
    post = await planned.plan("Open studio", "2026-11-26 12:00")
    async with on_a_phone(planned, open_page, "/calendar/week?of=2026-11-24") as (page, finger):
        hour = page.locator("#d-2026-11-26 [data-time='15:00']")
        await expect(hour).to_be_hidden()
        await finger.carry(page.locator(f"#p-{post.id}"), hour)
        await expect(page.get_by_role("status")).to_have_text("Moved to Thursday 26 November 2026, 15:00.")
        await expect(hour.locator(".chip")).to_be_visible()
        await expect(page.locator("#d-2026-11-26 [data-time='14:00']")).to_be_hidden()
        await page.set_viewport_size({"width": 1024, "height": 768})
        small = "link => link.checkVisibility() && link.getBoundingClientRect().height < 44"
        links = "[...document.querySelectorAll('.calendar :is(.add, .begin a, .chip > a, .tools a)')]"
        assert await page.evaluate(f"{links}.filter({small}).length") == 0
