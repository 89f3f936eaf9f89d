"""The calendar, in a real browser."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from playwright.async_api import Page, expect

from pressroom.core.post import Attention, PostId, PostState
from pressroom.core.slots import parse_slots
from pressroom.web.calendar.span import View
from tests.browser.conftest import SHOTS, Judge, Open
from tests.browser.planned import Planned
from tests.fakes.clock import START

pytestmark = pytest.mark.asyncio(loop_scope="session")

HEBREW = "\u202eשלם עלם, the new print is here\u202c #דפס"
WIDTHS = (375, 1280, 2560)
READ_ANEW = "void document.dispatchEvent(new CustomEvent('pressroom:stale'))"
NOTE_FRESH = """
document.addEventListener("pressroom:fresh", () => document.querySelector("main").classList.add("is-read"))
"""


async def test_a_post_that_somebody_else_moves_is_shown_at_its_new_day_without_a_reload(
    planned: Planned, open_page: Open, judge: Judge
) -> None:
    post = await planned.plan("Open studio", "2026-11-26 12:00")
    shown = "photo, 09:00 12:00 Istanbul Open studio scheduled"
    named = "photo, 09:00 12:00 Istanbul Open studio ana scheduled"
    async with open_page(f"{planned.base}/sign-in") as page:
        await planned.sign_in(page)
        await page.goto(f"{planned.base}/calendar/month")
        await expect(page.locator("#d-2026-11-26 .chip")).to_have_text(shown)
        await page.locator(".chip > a").first.focus()
        planned.road.store.posts.add(replace(post, id=PostId("b" * 32), account="bea"))
        await planned.owner.posts.move(post.id, "2026-11-28 12:00")
        await expect(page.locator("#d-2026-11-28 .chip")).to_have_text(named)
        await expect(page.locator("#d-2026-11-28 .chip > a").first).to_be_focused()
        await expect(page.locator("#d-2026-11-26 .chip")).to_contain_text("bea")
        # The other account came meanwhile.
        await expect(page.locator(".legend li:last-child")).to_have_text("bea")
        await expect(page.get_by_role("status")).to_contain_text("moved it")
        assert await judge(page) == []


async def test_the_line_of_now_moves_on_and_the_day_turns_without_a_reload(
    planned: Planned, open_page: Open
) -> None:
    async with open_page(f"{planned.base}/sign-in") as page:
        await page.clock.install()
        planned.clock.advance(6 * 3600)
        await planned.sign_in(page)
        await page.goto(f"{planned.base}/calendar/week")
        today = page.locator("[aria-current=date]")
        for seconds, day, hour, y in ((1500, 24, "18:00", "42%"), (20_400, 25, "00:00", "8%")):
            planned.clock.advance(seconds)
            await page.clock.fast_forward("05:00")
            await expect(today).to_contain_text(str(day))
            line = page.locator(f"#d-2026-11-{day} [data-time='{hour}'] .now line")
            await expect(line).to_have_attribute("y1", re.compile(y))


async def select(page: Page) -> None:
    # What is done with is nothing that somebody is at.
    await page.locator(".chip .move").click()
    await page.get_by_label("Time").fill("19:00")
    await page.get_by_role("button", name="Close").click()
    await page.keyboard.press("x")
    await page.locator(".pick input").check()


async def end_selecting(page: Page) -> None:
    await expect(page.locator(".pick input")).to_be_checked()
    await page.get_by_label("How many").fill("2")
    await page.get_by_role("button", name="Done").click()


async def write(page: Page) -> None:
    await page.get_by_label("Search all posts").fill("studio")


async def end_writing(page: Page) -> None:
    await expect(page.get_by_label("Search all posts")).to_have_value("studio")
    await page.get_by_label("Search all posts").blur()


async def test_at_midnight_a_page_of_today_goes_on_to_days_that_it_lacks_once_nobody_is_at_something(
    planned: Planned, open_page: Open
) -> None:
    async with open_page(f"{planned.base}/sign-in") as page:
        await planned.plan("Open studio", "2026-11-25 01:50")
        for view, hours, begin, end, title in (
            ("day", 12, select, end_selecting, "Wednesday 25 November 2026"),
            ("agenda", 24, write, end_writing, "26 Nov to 23 Dec 2026"),
            ("week", 72, None, None, "29 Nov to 5 Dec 2026"),
        ):
            planned.clock.advance(hours * 3600 - 1200)
            await planned.sign_in(page)
            await page.goto(f"{planned.base}/calendar/{view}")
            if begin:
                await begin(page)
            await page.evaluate(NOTE_FRESH)
            planned.clock.advance(1200)
            await page.evaluate(READ_ANEW)
            if end:
                await expect(page.locator("main.is-read")).to_be_visible()
                await end(page)
                await page.evaluate(READ_ANEW)
            await expect(page.get_by_role("heading", level=1)).to_have_text(title)
            await page.wait_for_load_state()  # closing a browser that still loads may hang
            # A page that is still open would load its next day, too, and end the next round's navigation.
            await page.goto("about:blank")


async def test_under_the_names_of_its_days_a_week_is_filled_from_its_hours_by_key_and_by_a_click(
    planned: Planned, open_page: Open, judge: Judge
) -> None:
    post = await planned.plan("Open studio", "2026-11-27 23:00")
    async with open_page(f"{planned.base}/sign-in") as page:
        await planned.sign_in(page)
        await page.goto(f"{planned.base}/calendar/week?of=2026-11-25")
        name, focused = page.locator("#d-2026-11-26 .date"), page.locator(":focus")
        await name.locator(".add").focus()
        for _ in range(19):
            await page.keyboard.press("ArrowDown")
        await expect(focused).to_have_accessible_name("New post on Thursday 26 November at 18:00")
        await expect(page.locator("#days").get_by_role("link", name="at 20:00")).to_have_count(0)
        await page.evaluate("scrollBy(0, innerHeight)")
        assert await name.evaluate("name => name.getBoundingClientRect().top") == 0
        assert await judge(page) == []
        await page.keyboard.press("ArrowRight")
        await expect(focused).to_have_text("New post on Friday 27 November")
        await page.keyboard.press("Tab")
        await expect(focused).to_have_attribute("href", f"/posts/{post.id}")
        await page.locator("#d-2026-11-26 [data-time='21:00']").click()
        await page.wait_for_url("**/posts/new?at=2026-11-26T21%3A00Z")


async def test_a_whole_day_opens_beside_the_others_by_key_and_stays_open_while_posts_come_and_go(
    planned: Planned, open_page: Open, judge: Judge
) -> None:
    posts = [await planned.plan(f"Number {number}", f"2026-11-26 1{number}:00") for number in range(6)]
    day = "#d-2026-11-26"
    async with open_page(f"{planned.base}/sign-in") as page:
        await planned.sign_in(page)
        await page.goto(f"{planned.base}/calendar/month")
        asked = list[str]()
        page.on("request", lambda request: asked.append(request.url))
        await page.locator(f"{day} .more").focus()
        await page.keyboard.press("Enter")
        await expect(page.locator(f"{day} .chip")).to_have_count(6)
        await expect(page.locator(f"{day} .less")).to_be_focused()
        assert page.url.endswith("/calendar/month?open=2026-11-26")
        SHOTS.mkdir(parents=True, exist_ok=True)
        await page.screenshot(path=SHOTS / "pages-calendar-drawer-light-1280.png")
        assert await judge(page) == []
        await page.locator(f"#p-{posts[5].id} > a").first.focus()
        await planned.owner.posts.move(posts[0].id, "2026-11-28 12:00")
        await expect(page.locator(f"{day} .chip")).to_have_count(5)
        await expect(page.locator(f"#p-{posts[5].id} > a").first).to_be_focused()
        # Beneath it are days, too: it goes aside while a post is dragged.
        box = await page.locator(f"#p-{posts[1].id}").bounding_box()
        below = await page.locator("#d-2026-11-27 .chips").bounding_box()
        assert box
        assert below
        await page.mouse.move(box["x"] + 60, box["y"] + 15)
        await page.mouse.down()
        await page.mouse.move(box["x"] + 60, box["y"] + 30, steps=3)
        await expect(page.locator("body.dragging")).to_be_visible()
        await page.mouse.move(below["x"] + 60, below["y"] + 5, steps=3)
        await page.mouse.up()
        await expect(page.locator("#d-2026-11-27 .chip")).to_have_count(1)
        await page.keyboard.press("Escape")
        await expect(page.locator(f"{day} .less")).to_have_count(0)
        assert page.url.endswith("/calendar/month")
        # All of it without the page itself.
        reads = [url for url in asked if "/calendar/" in url]
        assert len(reads) >= 3
        assert all("marks=" in url for url in reads)
        await planned.plan("One more", "2026-11-26 10:00")
        await planned.plan("And one more", "2026-11-26 10:30")
        await page.set_viewport_size({"width": 375, "height": 500})
        await page.locator(f"{day} .more").click()
        await expect(page.locator(f"{day} .less")).to_be_focused()
        await expect(page.locator(f"{day} .chip").first).to_be_in_viewport()


async def test_a_phone_begins_with_today_though_posts_that_are_out_stand_above(
    planned: Planned, open_page: Open
) -> None:
    async with open_page(f"{planned.base}/sign-in", size={"width": 375, "height": 700}) as page:
        await planned.sign_in(page)
        today = page.locator(".today")
        for past, is_first in ((0, True), (4, False)):
            for number in range(past):
                post = await planned.plan(f"Out {number}", f"2026-11-2{5 + number} 12:00")
                out = replace(post, due_at=START - timedelta(days=1 + number), revision=post.revision + 1)
                planned.road.store.posts.save(replace(out, state=PostState.PUBLISHED), post)
            await page.goto(f"{planned.base}/calendar")
            await expect(today.locator(".add")).to_be_in_viewport()
            assert (await page.evaluate("scrollY") == 0) == is_first
        assert await today.evaluate("day => day.getBoundingClientRect().top < 20")
        await page.evaluate("scrollTo(0, 0)")
        await page.get_by_role("link", name="Today").click()
        await expect(today.locator(".add")).to_be_in_viewport()
        await page.set_viewport_size({"width": 1280, "height": 700})
        await page.goto(f"{planned.base}/calendar")
        assert await page.evaluate("scrollY") == 0


STATES = (PostState.PUBLISHED, PostState.FAILED, PostState.NEEDS_ATTENTION, PostState.CANCELLED)


async def fill(planned: Planned) -> None:
    """Plan something of each state that looks otherwise in a calendar."""
    await planned.owner.posts.slots.add(parse_slots("daily 18:00"))
    for number in range(7):
        await planned.plan(f"Number {number} of the open studio", f"2026-11-27 {9 + number}:30")
    await planned.plan(HEBREW, "2026-11-25 10:00", state=PostState.AWAITING_APPROVAL)
    await planned.plan("Without a day", "open", state=PostState.DRAFT)
    store = planned.road.store.posts
    for number, state in enumerate(STATES):
        post = await planned.plan(f"This one is {state}", f"2026-11-26 1{number}:15")
        doubt = Attention.OUTCOME_UNKNOWN if state is PostState.NEEDS_ATTENTION else None
        store.save(replace(post, state=state, attention=doubt, revision=post.revision + 1), post)


async def look(page: Page, name: str, judge: Judge) -> None:
    """Take pictures of a page as it is in both themes on a phone, a laptop and a wide screen."""
    for theme in ("light", "dark"):
        await page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        for width in WIDTHS:
            await page.set_viewport_size({"width": width, "height": 900})
            await page.screenshot(path=SHOTS / f"pages-{name}-{theme}-{width}.png", full_page=True)
            assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (name, width)
            if (theme, width) in (("light", 375), ("dark", 1280)):
                assert await judge(page) == [], (name, theme, width)


async def test_each_view_fits_every_width_in_both_themes_and_axe_finds_nothing(
    planned: Planned, open_page: Open, judge: Judge
) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    async with open_page(f"{planned.base}/sign-in") as page:
        await planned.sign_in(page)
        await page.goto(f"{planned.base}/calendar/month")
        await look(page, "calendar-empty", judge)
        await fill(planned)
        for view in View:
            day = "2026-11-27" if view is View.DAY else "2026-11-24"
            await page.goto(f"{planned.base}/calendar/{view}?of={day}")
            await look(page, f"calendar-{view}", judge)
        await page.locator(".filters summary").click()
        assert await judge(page) == []
        await page.get_by_label("Needs you").check()
        await page.get_by_role("button", name="Show these").click()
        await expect(page.locator(".chip")).to_have_count(2)
        assert "state=trouble" in page.url
        pdf = await page.pdf(prefer_css_page_size=True)
        assert pdf.count(b"/Type /Page\n") == 1
