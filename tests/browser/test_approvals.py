"""The page on which people decide, as they meet it: both themes, desk and phone, keys alone, no script."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Page, ViewportSize, expect

from pressroom.core.spelling import visible
from pressroom.media.convert import find_ffmpeg
from tests.browser.approving import HEBREW, HOSTILE, Approving, approving
from tests.browser.conftest import SHOTS, Judge, Open, Theme
from tests.browser.planned import follow_link
from tests.browser.scene import make_files

pytestmark = pytest.mark.asyncio(loop_scope="session")
SIZES: dict[str, ViewportSize] = {
    "desk": {"width": 1280, "height": 900},
    "phone": {"width": 375, "height": 812},
}
SCROLLS = "document.documentElement.scrollWidth > innerWidth"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def served(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Approving]:
    """The page, with something of each kind on it."""
    directory: Path = tmp_path_factory.mktemp("approving")
    make_files(directory, find_ffmpeg(None))
    async with approving(directory, directory / "clip.mp4") as made:
        yield made


async def open_signed_in(page: Page, served: Approving, path: str) -> None:
    await follow_link(page, served.links.pop())
    await page.goto(f"{served.base}{path}")
    await page.wait_for_load_state("networkidle")


# Colours are those of a theme and places those of a width: each of the two once.
@pytest.mark.parametrize(("name", "theme"), list(zip(SIZES, ("light", "dark"), strict=True)))
async def test_it_fits_every_width_in_both_themes_and_axe_finds_nothing(
    served: Approving, open_page: Open, judge: Judge, theme: Theme, name: str
) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    pages = {"list": "/approvals", "week": "/approvals/week", "consents": "/consents", **served.paths}
    async with open_page(f"{served.base}/sign-in", size=SIZES[name], color_scheme=theme) as page:
        assert await judge(page) == []
        await page.screenshot(path=SHOTS / f"approvals-signing-in-{theme}-{name}.png", full_page=True)
        await page.goto(f"{served.base}{served.paths['photo']}")
        assert await judge(page) == []
        await page.screenshot(path=SHOTS / f"approvals-stranger-{theme}-{name}.png", full_page=True)
        await page.goto(served.links.pop())
        assert await judge(page) == []
        await page.screenshot(path=SHOTS / f"approvals-link-{theme}-{name}.png", full_page=True)
        await page.get_by_role("button", name="Sign in", exact=True).click()
        await expect(page).to_have_url(f"{served.base}{served.paths['photo']}")
        for what, path in pages.items():
            await page.goto(f"{served.base}{path}")
            await page.wait_for_load_state("networkidle")
            assert not await page.evaluate(SCROLLS), what
            assert await judge(page) == [], what
            await page.screenshot(path=SHOTS / f"approvals-{what}-{theme}-{name}.png", full_page=True)


async def test_no_script_runs_and_a_caption_with_tags_is_text(served: Approving, open_page: Open) -> None:
    async with open_page(f"{served.base}/sign-in", java_script_enabled=False) as page:
        await open_signed_in(page, served, served.paths["hostile"])
        words = page.locator("div.words")
        assert await words.nth(0).text_content() == HOSTILE
        assert await words.nth(1).text_content() == HOSTILE
        assert await page.locator("script").count() == 0


async def test_a_text_that_turns_its_direction_turns_nothing_beside_it(
    served: Approving, open_page: Open
) -> None:
    async with open_page(f"{served.base}/sign-in") as page:
        await open_signed_in(page, served, served.paths["hebrew"])
        words = page.locator("div.words")
        assert await words.text_content() == visible(HEBREW)
        assert (
            await page.get_by_role("heading", name="Caption").evaluate("e => getComputedStyle(e).direction")
            == "ltr"
        )


async def test_a_clip_plays_from_our_copy_and_a_carousel_shows_all_its_pictures(
    served: Approving, open_page: Open
) -> None:
    async with open_page(f"{served.base}/sign-in") as page:
        await open_signed_in(page, served, served.paths["reel"])
        video = page.locator("video")
        await video.evaluate(
            "v => new Promise((done, no) => {"
            " v.onloadeddata = done; v.onerror = no; v.load(); v.preload = 'auto' })"
        )
        assert await video.evaluate("v => v.videoWidth") > 0
        await page.goto(f"{served.base}{served.paths['carousel']}")
        pictures = page.locator("figure img")
        assert await pictures.count() == 10
        for number in range(10):
            await pictures.nth(number).scroll_into_view_if_needed()
            await expect(pictures.nth(number)).to_have_js_property("complete", value=True)
            assert await pictures.nth(number).evaluate("i => i.naturalWidth") > 0


@pytest.mark.proves("browser")
async def test_a_person_decides_with_keys_alone_and_without_script(
    served: Approving, open_page: Open
) -> None:
    async with open_page(f"{served.base}/sign-in", java_script_enabled=False) as page:
        await open_signed_in(page, served, "/approvals")
        # The page's own keys: the skip link first, then from link to link.
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("link", name="Skip to the page")).to_be_focused()
        card = page.locator(f'a[href="{served.paths["long"]}"]')
        for _ in range(40):
            await page.keyboard.press("Tab")
            if await card.and_(page.locator(":focus")).count():
                break
        await page.keyboard.press("Enter")
        await expect(page).to_have_url(f"{served.base}{served.paths['long']}")
        approve = page.get_by_role("button", name="Approve")
        for _ in range(20):
            await page.keyboard.press("Tab")
            if await approve.and_(page.locator(":focus")).count():
                break
        await page.keyboard.press("Enter")
        await expect(page.locator(".state")).to_have_text("Approved")
        await expect(approve).to_have_count(0)
