"""The sandbox's pages as people see them: every page, both themes, a desk's width and a phone's."""

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import NARROW, SHOTS, WIDE, Judge, Open, Show, Theme
from tests.browser.scene import Scene

pytestmark = pytest.mark.asyncio(loop_scope="session")
THEMES: tuple[Theme, ...] = ("light", "dark")
PAGES = (
    *("profile", "reels", "tagged", "controls", "webhooks", "inbox", "chat", "second"),
    *("photo", "carousel", "reel", "story", "hostile", "nothing", "consent"),
)
TOO_WIDE = """() => [...document.querySelectorAll('body, body *')]
  .filter((one) => one.getBoundingClientRect().right > innerWidth + 1 && one.checkVisibility())
  .filter((one) => !one.closest('.rows, .tabbar, .slides, pre, .unseen'))
  .map((one) => one.outerHTML.slice(0, 120))"""
PLAYS = """(one) => new Promise((done) => {
  const look = () => (one.currentTime > 0.1 ? done() : requestAnimationFrame(look));
  look();
})"""
SCROLLS = "document.documentElement.scrollWidth > innerWidth"


async def settle(page: Page) -> None:
    """Wait until every picture is there and nothing moves."""
    await page.evaluate("Promise.all([...document.images].map((one) => one.decode().catch(() => {})))")
    await page.evaluate("document.getAnimations().forEach((one) => one.finish?.())")


async def see(page: Page, name: str, theme: Theme) -> None:
    """Look at a page on a phone and on a desk."""
    await page.emulate_media(color_scheme=theme)
    await page.set_viewport_size(NARROW)
    await settle(page)
    assert await page.evaluate(TOO_WIDE) == []
    assert not await page.evaluate(SCROLLS)
    await page.screenshot(path=SHOTS / f"sandbox-{name}-{theme}-phone.png", full_page=True)
    await page.set_viewport_size(WIDE)
    await settle(page)
    assert not await page.evaluate(SCROLLS)
    await page.screenshot(path=SHOTS / f"sandbox-{name}-{theme}-desk.png")


@pytest.mark.parametrize("name", PAGES)
async def test_a_page_fits_every_width_in_both_themes_and_axe_finds_nothing(
    name: str, staged: Scene, show: Show, judge: Judge
) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    async with show(staged.url + staged.paths[name]) as page:
        for theme in THEMES:
            await see(page, name, theme)
            assert await judge(page) == []
        assert await page.evaluate("window.hacked") is None


async def test_an_empty_profile_says_what_comes(fresh: Scene, open_page: Open, judge: Judge) -> None:
    fresh.sandbox.scene.world.feeds.clear()
    async with open_page(f"{fresh.url}/_sandbox/") as page:
        assert await page.get_by_text("What a client publishes here appears at once.").is_visible()
        assert await page.get_by_text("No call yet.").is_visible()
        assert await judge(page) == []


async def test_a_reel_plays(staged: Scene, open_page: Open) -> None:
    async with open_page(staged.url + staged.paths["reel"], size=NARROW) as page:
        clip = page.locator("video")
        await clip.evaluate(PLAYS)
        assert await clip.evaluate("(one) => [one.paused, one.error, one.videoWidth, one.videoHeight]") == [
            False, None, 720, 1280,
        ]  # fmt: skip


async def test_a_carousel_turns_by_key_and_by_button(staged: Scene, open_page: Open) -> None:
    async with open_page(staged.url + staged.paths["carousel"]) as page:
        counter = page.locator(".counter")
        await page.get_by_role("group", name="2 pictures").focus()
        await page.keyboard.press("ArrowRight")
        await expect(counter).to_have_text("2/2")
        await page.get_by_role("button", name="Previous picture").click()
        await expect(counter).to_have_text("1/2")


async def test_stories_are_stepped_through(staged: Scene, open_page: Open) -> None:
    async with open_page(f"{staged.url}/_sandbox/") as page:
        await page.get_by_role("link", name="2 live stories: play").click()
        await page.get_by_role("link", name="The next story").click()
        await page.get_by_role("link", name="The story before").click()
        await page.get_by_role("link", name="Back to the profile").click()
        assert page.url == f"{staged.url}/_sandbox/"


async def test_the_keyboard_reaches_everything_and_shows_where_it_is(staged: Scene, open_page: Open) -> None:
    """Every stop has an outline, lies within the window, and the stops come back to the start."""
    focus = """() => {
      const one = document.activeElement, style = getComputedStyle(one), box = one.getBoundingClientRect();
      const held = one.closest('.button') ? getComputedStyle(one.closest('.button')) : style;
      return { name: one.outerHTML.slice(0, 100), page: one === document.body,
        seen: held.outlineStyle !== 'none' && parseFloat(held.outlineWidth) >= 2,
        inside: box.bottom > 0 && box.top < innerHeight };
    }"""
    async with open_page(f"{staged.url}/_sandbox/") as page:
        await page.evaluate("document.getElementById('tab-play').click()")
        stops: list[str] = []
        for _ in range(200):
            await page.keyboard.press("Tab")
            now = await page.evaluate(focus)
            if now["page"]:
                break
            assert now["seen"], now["name"]
            assert now["inside"], now["name"]
            stops.append(now["name"])
        else:
            pytest.fail("the keyboard is caught")
        assert stops[0].startswith('<a class="skip"')
        for wanted in ('class="ring"', 'role="tab"', 'name="kind"', 'id="filter"', "<summary>"):
            assert any(wanted in stop for stop in stops), wanted


async def test_tabs_turn_by_arrows_and_the_filter_has_a_key(staged: Scene, open_page: Open) -> None:
    async with open_page(f"{staged.url}/_sandbox/") as page:
        await page.get_by_role("tab", name="Account").focus()
        await page.keyboard.press("ArrowLeft")
        assert await page.get_by_role("tabpanel", name="Webhooks").is_visible()
        await page.keyboard.press("ArrowRight")
        assert await page.get_by_role("tabpanel", name="Account").is_visible()
        await page.keyboard.press("/")
        assert await page.evaluate("document.activeElement.id") == "filter"
