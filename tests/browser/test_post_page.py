"""The page of a post, in a real browser: each kind as Instagram shows it, by keys, on a phone and live."""

from pathlib import Path

import pytest
from playwright.async_api import expect

from pressroom.core.post import PostState
from pressroom.media.convert import find_ffmpeg
from pressroom.sandbox import samples
from pressroom.service import new_post
from tests.browser.conftest import SHOTS, Judge, Open, Theme
from tests.browser.planned import Planned
from tests.browser.scene import make_files

pytestmark = pytest.mark.asyncio(loop_scope="session")
WIDTHS = (375, 1280, 2560)
THEMES: tuple[Theme, ...] = ("light", "dark")
LONG = (
    "First light on the harbour. The new print is in the shop on Friday, forty copies, each pulled by hand "
    "in the old house by the pier.\n\nWe cut the block in June. #print #harbour with @pier.house"
)
HEBREW = "הסטודיו פתוח מחר, כולם מוזמנים #סטודיו"
SCROLLS = "document.documentElement.scrollWidth > innerWidth"


async def made(planned: Planned, directory: Path, *kinds: str) -> dict[str, str]:
    """A post of each kind, by the path of its page."""
    photo, second, clip = str(planned.photo), directory / "second.jpg", directory / "clip.mp4"
    samples.make_second_photo(second)
    posts = {
        "photo": new_post(
            "photo",
            photo,
            caption=LONG,
            collaborators=["pier.house"],
            first_comment="Printed by hand.",
            alt_texts=["The harbour at first light."],
        ),
        "carousel": new_post("carousel", [photo, str(second), photo], caption=HEBREW),
        "reel": new_post("reel", str(clip), caption="In step. #press", cover=photo),
        "story": new_post("story", photo),
    }
    if "reel" in kinds:
        make_files(directory, find_ffmpeg(None))
    paths = dict[str, str]()
    for number, kind in enumerate(kinds):
        done = await planned.owner.posts.submit(posts[kind], at=f"+{number + 3}h")
        paths[kind] = f"/posts/{done.post.id}"
    return paths


async def test_each_kind_fits_every_width_in_both_themes_and_axe_finds_nothing(
    planned: Planned, open_page: Open, judge: Judge, tmp_path: Path
) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    paths = await made(planned, tmp_path, "photo", "carousel", "reel", "story")
    paths["asking"] = f"{paths['photo']}/ask/cancel"
    async with open_page(f"{planned.base}/sign-in") as page:
        await planned.sign_in(page)
        for name, path in paths.items():
            await page.goto(f"{planned.base}{path}")
            # Colours are those of a theme and places those of a width: axe sees each of the two once.
            for number, width in enumerate(WIDTHS):
                await page.set_viewport_size({"width": width, "height": 900})
                for theme in THEMES:
                    await page.emulate_media(color_scheme=theme)
                    shot = SHOTS / f"pages-post-{name}-{theme}-{width}.png"
                    await page.screenshot(path=shot, full_page=True)
                    if theme == THEMES[number % 2] and width < WIDTHS[-1]:
                        assert await judge(page) == [], (name, width)
                assert not await page.evaluate(SCROLLS), (name, width)
        # A page at 200 % is half as wide.
        await page.set_viewport_size({"width": 320, "height": 450})
        assert not await page.evaluate(SCROLLS)


async def test_a_carousel_turns_by_keys_and_a_caption_opens(
    planned: Planned, open_page: Open, tmp_path: Path
) -> None:
    paths = await made(planned, tmp_path, "photo", "carousel")
    async with open_page(f"{planned.base}{paths['carousel']}", java_script_enabled=False) as page:
        await planned.sign_in(page)
        slides = page.get_by_role("group", name="3 files, one beside the other")
        await slides.focus()
        second = page.get_by_role("group", name="2 of 3")
        await expect(second).not_to_be_in_viewport()
        await page.keyboard.press("ArrowRight")
        await expect(second).to_be_in_viewport()
        await page.goto(f"{planned.base}{paths['photo']}")
        rest = page.get_by_text("We cut the block in June.")
        await expect(rest).to_be_hidden()
        await page.locator(".caption summary").click()
        await expect(rest).to_be_visible()


async def test_what_happens_elsewhere_is_seen_without_a_reload_and_what_was_opened_stays_so(
    planned: Planned, open_page: Open
) -> None:
    post = await planned.plan("Open studio")
    async with open_page(f"{planned.base}/sign-in") as page:
        await planned.sign_in(page)
        await page.goto(f"{planned.base}/posts/{post.id}")
        file = page.locator(".post-files details")
        await file.locator("summary").click()
        cancel = page.get_by_role("link", name="Cancel")
        await cancel.focus()
        await planned.owner.posts.move(post.id, "2026-11-28 12:00")
        await expect(page.locator(".happened").last).to_contain_text("moved it")
        await expect(file).to_have_attribute("open", "")
        await expect(cancel).to_be_focused()
        await page.keyboard.press("Enter")
        await page.get_by_role("button", name="Cancel the post").click()
        await expect(page.locator(".post-state")).to_have_text("Cancelled")
        assert (await planned.owner.posts.get(post.id)).state is PostState.CANCELLED
