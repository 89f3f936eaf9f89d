"""The page on which people read the API and try it: both themes, desk and phone, keys alone."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, expect

from pressroom.api.operation import BASE
from pressroom.serving.guard import Guard
from pressroom.serving.limits import limited
from pressroom.serving.runner import running
from pressroom.serving.sockets import address_of, listen
from tests.api.house import a_house
from tests.browser.conftest import NARROW, SHOTS, WIDE, Judge, Open, Theme
from tests.browser.scene import HOSTILE_TEXT
from tests.service.road import opened_road

pytestmark = pytest.mark.asyncio(loop_scope="session")
SCROLLS = "document.documentElement.scrollWidth > innerWidth"
KEPT = "JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href])"


@dataclass(frozen=True, slots=True)
class Served:
    """The page's address, a program's key, and a post whose caption somebody wrote to do harm."""

    page: str
    key: str
    post_id: str


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def served(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    """The API of a store, with a post in it."""
    home: Path = tmp_path_factory.mktemp("api") / "home"
    async with opened_road(home) as road:
        road.sign_in("ana", timezone="Europe/Istanbul")
        async with a_house(road) as house:
            shop = await house.client("shop")
            files = [{"url": "https://example.com/a.jpg"}]
            draft = await shop.post("/posts", {"kind": "photo", "files": files, "caption": HOSTILE_TEXT})
            listener = listen()
            async with running(Guard(house.app), listener, limited()):
                yield Served(address_of(listener) + BASE, str(shop.token), draft.of(201)["post_id"])


async def opened(page: Page, operation: str) -> Locator:
    """Open an operation by its link, and return what it holds."""
    await page.goto(f"{page.url.partition('#')[0]}#{operation}")
    return page.locator(f"details#{operation}")


# Colours are those of a theme and places those of a width: each of the two once.
@pytest.mark.parametrize(("name", "theme"), [("desk", "light"), ("phone", "dark")])
async def test_it_fits_every_width_in_both_themes_and_axe_finds_nothing(
    served: Served, open_page: Open, judge: Judge, theme: Theme, name: str
) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    size = WIDE if name == "desk" else NARROW
    async with open_page(served.page, size=size, color_scheme=theme) as page:
        for what, path in {"list": "", "create": "#create_post", "problems": "/problems#NotFound"}.items():
            await page.goto(f"{served.page}{path}")
            assert not await page.evaluate(SCROLLS), what
            assert await judge(page) == [], what
            await page.screenshot(path=SHOTS / f"api-{what}-{theme}-{name}.png", full_page=True)


async def test_an_operation_is_tried_with_keys_alone_and_its_key_is_kept_nowhere(
    served: Served, open_page: Open
) -> None:
    async with open_page(served.page) as page:
        await page.get_by_label("Key", exact=True).fill(served.key)
        operation = await opened(page, "get_post")
        await operation.get_by_label("post_id").fill(served.post_id)
        await page.keyboard.press("Enter")
        await expect(operation.get_by_role("status")).to_contain_text("200 OK")
        answer = operation.locator(".answer pre")
        # Whatever a stranger wrote is text.
        assert HOSTILE_TEXT.replace('"', '\\"') in (await answer.text_content() or "")
        assert await operation.locator(".answer :not(pre)").count() == 0
        curl = await operation.locator(".curl").text_content()
        assert f"curl '{served.page}/posts/{served.post_id}'" in (curl or "")
        assert '"Authorization: Bearer $PRESSROOM_KEY"' in (curl or "")
        assert served.key not in await page.content()
        assert served.key not in await page.evaluate(KEPT)


async def test_a_body_is_sent_as_it_stands_and_a_problem_is_told(served: Served, open_page: Open) -> None:
    async with open_page(served.page) as page:
        operation = await opened(page, "create_post")
        send, status = operation.get_by_role("button", name="Send"), operation.get_by_role("status")
        await send.click()
        await expect(status).to_contain_text("401")
        await page.get_by_label("Key", exact=True).fill(served.key)
        await send.click()
        await expect(status).to_contain_text("201")
        await operation.get_by_label("Body").fill("""{"kind": "photo", "caption": "It's new"}""")
        assert (
            """'{"kind": "photo", "caption": "It'\\''s new"}'"""
            in await operation.locator(".curl").inner_text()
        )
        await send.click()
        await expect(status).to_contain_text("422")
        await expect(operation.locator(".answer")).to_contain_text("files")
