"""One story in a real browser, by mouse, by keys alone and by a finger on a phone.

Two pictures of a phone become a carousel, which is planned, found, moved to another week and back; a post
that a program proposes is approved, goes live before one's eyes, and its numbers are read.
"""

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pytest
from playwright.async_api import FilePayload, Locator, Page, ViewportSize, expect

from tests.browser.conftest import WIDE, Open
from tests.browser.planned import Planned
from tests.media.heif import heic
from tests.service.consenting import a_picture, program, proposed

pytestmark = pytest.mark.asyncio(loop_scope="session")

PHONE: ViewportSize = {"width": 375, "height": 812}
HALF: ViewportSize = {"width": 640, "height": 450}  # a window of 1280 by 900 at 200 %
HEBREW = "שלם עלם, the new print is here #דפס"
MOST_TABS = 150


class Manner(ABC):
    """How somebody uses a page."""

    size: ClassVar[ViewportSize] = WIDE
    options: ClassVar[dict[str, Any]] = {}

    def __init__(self, page: Page) -> None:
        self.page = page

    @abstractmethod
    async def press(self, target: Locator) -> None:
        """Press a link, a button or a field."""

    @abstractmethod
    async def choose(self, name: str) -> None:
        """Choose one of several by its name."""

    @abstractmethod
    async def carry(self, chip: Locator, day: str) -> None:
        """Move a post to the same weekday a week later."""

    async def wait_for_scripts(self, target: Locator) -> None:
        """Wait until a part of the page is shown and the scripts of that page listen to keys and buttons."""
        await expect(target).to_be_visible()
        await self.page.wait_for_load_state()

    async def write(self, field: Locator, text: str) -> None:
        await self.press(field)
        await self.page.keyboard.type(text)

    async def go(self, name: str) -> None:
        await self.press(self.page.get_by_role("navigation", name="Pages").get_by_role("link", name=name))

    async def write_new(self) -> None:
        await self.press(self.page.get_by_role("banner").get_by_role("link", name="New post"))

    async def search(self, text: str) -> None:
        await self.write(self.page.get_by_label("Search all posts"), text)
        await self.page.keyboard.press("Enter")

    async def undo(self) -> None:
        await self.press(self.page.get_by_role("button", name="Undo"))


class Mouse(Manner):
    async def press(self, target: Locator) -> None:
        await self.wait_for_scripts(target)
        await target.click()

    async def choose(self, name: str) -> None:
        await self.page.locator(".choice", has_text=name).click()

    async def carry(self, chip: Locator, day: str) -> None:
        await self.wait_for_scripts(chip)
        await chip.drag_to(self.page.locator(f"#d-{day} .chips"))


class Keyboard(Manner):
    """Nothing but keys, as the list of keys names them."""

    async def reach(self, target: Locator) -> None:
        """Come to a part of the page by the Tab key."""
        await self.wait_for_scripts(target)
        for _ in range(MOST_TABS):
            await self.page.keyboard.press("Tab")
            if await target.evaluate("part => part === document.activeElement"):
                return
        raise AssertionError(f"no key leads to {target}")

    async def press(self, target: Locator) -> None:
        await self.reach(target)
        await self.page.keyboard.press("Enter")

    async def write(self, field: Locator, text: str) -> None:
        await self.reach(field)
        await self.page.keyboard.type(text)

    async def choose(self, name: str) -> None:
        radio = self.page.get_by_role("radio", name=name)
        await self.reach(self.page.locator(f"input[name={await radio.get_attribute('name')}]:checked"))
        while not await radio.is_checked():
            await self.page.keyboard.press("ArrowRight")

    async def carry(self, chip: Locator, day: str) -> None:
        await self.reach(chip.get_by_role("link").first)
        for key in ("m", "ArrowDown"):
            await self.page.keyboard.press(key)
        await expect(self.page.locator(f"#d-{day} .landing")).to_be_visible()
        await self.page.keyboard.press("Enter")

    async def write_new(self) -> None:
        await self.page.wait_for_load_state()
        await self.page.keyboard.press("n")

    async def search(self, text: str) -> None:
        await self.page.wait_for_load_state()
        await self.page.keyboard.press("/")
        await self.page.keyboard.type(text)
        await self.page.keyboard.press("Enter")

    async def undo(self) -> None:
        await self.page.keyboard.press("u")


class Touch(Manner):
    size = PHONE
    options: ClassVar[dict[str, Any]] = {"has_touch": True, "is_mobile": True}

    async def press(self, target: Locator) -> None:
        await self.wait_for_scripts(target)
        await target.tap()

    async def choose(self, name: str) -> None:
        await self.page.locator(".choice", has_text=name).tap()

    async def search(self, text: str) -> None:
        await self.press(self.page.get_by_role("banner").get_by_role("link", name="Search"))
        await self.write(self.page.get_by_label("Words of a caption"), text)
        await self.press(self.page.get_by_role("button", name="Search"))

    async def carry(self, chip: Locator, day: str) -> None:
        """Rest a finger on the post, and draw it to the edge until the other day comes into sight."""
        await self.wait_for_scripts(chip)
        touch, target = (
            await self.page.context.new_cdp_session(self.page),
            self.page.locator(f"#d-{day} .chips"),
        )

        async def top_of(part: Locator) -> float:
            box = await part.bounding_box()
            assert box
            return box["y"] + 10

        async def move(kind: str, *heights: float) -> None:
            points = [{"x": 100, "y": height} for height in heights]
            sent = {"type": kind, "touchPoints": points}
            await touch.send("Input.dispatchTouchEvent", sent)  # pyright: ignore[reportUnknownMemberType]
            await self.page.wait_for_timeout(30)

        start, edge = await top_of(chip), self.size["height"] - 20
        await move("touchStart", start)
        await self.page.wait_for_timeout(450)
        for step in range(100):
            height = min(await top_of(target), edge)
            if step > 2 and height < edge - 60:
                break
            await move("touchMove", start + (height - start) * min(1, (step + 1) / 3))
        # The days drew together as it was picked up.
        for _ in range(3):
            await move("touchMove", await top_of(target))
        await move("touchEnd")


@dataclass
class Story:
    """Somebody at the pages. post: the address of the post that they look at."""

    planned: Planned
    page: Page
    by: Manner
    pictures: list[FilePayload]

    @property
    def status(self) -> Locator:
        """What a screen reader is told."""
        return self.page.get_by_role("status")

    def on(self, day: str) -> Locator:
        return self.page.locator(f"#d-{day} .chip:not(.landing)")


async def write_a_carousel(story: Story) -> None:
    page, by = story.page, story.by
    await by.write_new()
    async with page.expect_file_chooser() as choosing:
        await by.press(
            page.locator("#pick") if isinstance(by, Keyboard) else page.get_by_text("Choose files")
        )
    await (await choosing.value).set_files(story.pictures)
    await expect(page.locator("#files > .piece .verdict")).to_have_count(2)
    await expect(page.get_by_role("radio", name="Carousel")).to_be_checked()
    await by.write(page.get_by_label("Caption"), "Two of the wheel #clay")
    await expect(page.locator("#counts")).to_contain_text("1 of 30 hashtags")
    await by.choose("At a time")
    await by.write(page.get_by_label("In words"), "tomorrow 09:00")
    await expect(page.locator("#meaning")).to_contain_text("25 November 2026, 09:00 in UTC")
    await expect(page.locator("#outcome .preview")).to_contain_text("Two of the wheel")
    await by.press(page.get_by_role("button", name="Plan"))
    await expect(page.locator(".post-state")).to_have_text("Scheduled")


async def find_it(story: Story) -> None:
    await story.by.search("wheel clay")
    await expect(story.page.locator("mark")).to_have_text(["wheel", "clay"])
    await story.by.press(story.page.get_by_role("main").get_by_role("link", name="Two of the wheel"))
    await expect(story.page.get_by_role("heading", level=1)).to_contain_text("Two of the wheel")


async def move_it_to_another_week(story: Story) -> None:
    by, moved = story.by, "Moved to Wednesday 2 December 2026, 09:00."
    await by.go("Calendar")
    chip = story.on("2026-11-25")
    await expect(chip).to_contain_text("Two of the wheel #clay scheduled")
    await by.carry(chip, "2026-12-02")
    await expect(story.status).to_have_text(moved)
    await expect(story.on("2026-12-02")).to_contain_text("09:00")
    await by.undo()
    await expect(story.status).to_have_text("Moved back to Wednesday 25 November 2026, 09:00.")
    await expect(chip).to_have_count(1)
    await by.carry(chip, "2026-12-02")
    await expect(story.status).to_have_text(moved)
    await expect(story.on("2026-12-02")).to_have_count(1)


async def approve_what_a_program_proposes(story: Story) -> None:
    page, by, planned = story.page, story.by, story.planned
    async with program(planned.road, account_name="ana") as planner:
        picture = a_picture(str(planned.photo), "Open studio")
        await proposed(planner.posts.submit(picture, at="+3h"))
    await expect(story.on("2026-11-24")).to_contain_text("Open studio awaiting approval")
    await expect(story.status).to_have_text("“Open studio”: It was planned.")
    await by.go("Approvals")
    await by.press(page.get_by_role("link", name="Open studio"))
    await by.press(page.get_by_role("button", name="Approve"))
    await expect(page.locator(".state")).to_have_text("Approved")


async def see_it_go_live(story: Story) -> None:
    page, by = story.page, story.by
    await by.go("Queue")
    await by.press(page.get_by_role("main").get_by_role("link", name="Open studio").first)
    await expect(page.locator(".post-state")).to_have_text("Scheduled")
    await page.evaluate("window.isAsItWas = true")
    story.planned.clock.advance(3 * 3600)
    async with story.planned.road.worker():
        await expect(page.locator(".post-state")).to_have_text("Published")
    await expect(story.status).to_have_text("The post is live.")
    assert await page.evaluate("window.isAsItWas"), "it was not loaded anew"


async def read_its_numbers(story: Story) -> None:
    page, by, address = story.page, story.by, story.page.url
    await by.go("Insights")
    await by.press(page.get_by_role("button", name="Start collecting insights"))
    await expect(page.locator("#notices")).to_contain_text("readings of posts")
    await by.search("studio")
    await by.press(page.get_by_role("main").get_by_role("link", name="Open studio"))
    await expect(page).to_have_url(address)
    await expect(page.locator("section", has_text="Numbers")).to_contain_text("Of this one post (n = 1)")


async def come_back(planned: Planned, page: Page) -> None:
    """Sign in with a browser that was here before: its first visit loads a page again, in its zone."""
    reader = {"name": "pressroom-reader", "value": "zone=UTC|first=1", "url": planned.base}
    await page.context.add_cookies([reader])  # pyright: ignore[reportArgumentType]
    await planned.sign_in(page)


@asynccontextmanager
async def story_of(
    manner: type[Manner], planned: Planned, open_page: Open, picture: bytes
) -> AsyncGenerator[Story]:
    async with open_page(f"{planned.base}/sign-in", size=manner.size, **manner.options) as page:
        await come_back(planned, page)
        pictures: list[FilePayload] = [
            {"name": f"IMG_{number}.heic", "mimeType": "image/heic", "buffer": picture} for number in (1, 2)
        ]
        yield Story(planned, page, manner(page), pictures)


@pytest.mark.parametrize("manner", [Mouse, Keyboard, Touch])
async def test_from_two_pictures_to_numbers(
    manner: type[Manner], planned: Planned, open_page: Open, clip: Callable[[str], Path]
) -> None:
    async with story_of(manner, planned, open_page, heic(clip("heic_frame"))) as story:
        await write_a_carousel(story)
        await find_it(story)
        await move_it_to_another_week(story)
        await approve_what_a_program_proposes(story)
        await see_it_go_live(story)
        await read_its_numbers(story)


async def test_a_change_takes_neither_the_focus_nor_the_shape_of_a_page(
    planned: Planned, open_page: Open
) -> None:
    """At 200 %, without motion, with a caption from right to left."""
    post = await planned.plan(HEBREW, "2026-11-26 12:00")
    paths = {
        "/": 1,
        "/queue": 1,
        "/activity": 1,
        "/accounts": 0,
        "/calendar/agenda": 1,
        f"/posts/{post.id}": 1,
    }
    async with open_page(f"{planned.base}/sign-in", size=HALF, reduced_motion="reduce") as page:
        await come_back(planned, page)
        for hour, (path, captions) in enumerate(paths.items()):
            await page.goto(f"{planned.base}{path}")
            assert not await page.evaluate("document.documentElement.scrollWidth > innerWidth"), path
            directions = "parts => parts.map((part) => getComputedStyle(part).direction)"
            turned = await page.locator("main [dir=auto]", has_text="שלם").evaluate_all(directions)
            assert set(turned) == ({"rtl"} if captions else set()), path
            assert await page.locator("main").evaluate("main => getComputedStyle(main).direction") == "ltr"
            held = page.locator("[data-live] :is(a, button, summary):not([tabindex='-1']):visible").last
            await held.focus()
            words = await page.evaluate("document.activeElement.textContent")
            await page.evaluate(
                "void (fresh = new Promise((done) => addEventListener('pressroom:fresh', done, true)))"
            )
            await planned.owner.posts.move(post.id, f"2026-11-27 1{hour}:00")
            await page.evaluate("fresh")
            assert await page.evaluate("document.activeElement.textContent") == words, path
            moving = "document.getAnimations().filter((each) => each.playState === 'running').length"
            assert await page.evaluate(moving) == 0, path
