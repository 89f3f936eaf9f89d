"""Somebody signs in: at a terminal, and in a real browser for the page that asks for consent."""

import asyncio
import re
from collections.abc import Generator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, Route

from pressroom.cli.shell.failures import ExitCode
from pressroom.sandbox.server import serving_in_thread
from pressroom.sandbox.settings import SandboxSettings
from pressroom.sandbox.simulator import Sandbox
from tests.browser.conftest import Judge
from tests.cli.pseudo_terminal import Terminal, at_terminal

pytestmark = pytest.mark.asyncio(loop_scope="session")
BACK = "https://app.example/back/"
APP = ("--app-id", "1500000000000001", "--no-open")
SECRET = "sandbox-app-secret"


class Person:
    """Types, clicks and pastes. steps: how many of these it took."""

    def __init__(self, terminal: Terminal, page: Page) -> None:
        self._terminal = terminal
        self._page = page
        self.steps = 0

    async def give_the_secret(self) -> None:
        await asyncio.to_thread(self._terminal.answer, "secret.*:", SECRET)
        self.steps += 1

    async def open_the_page(self) -> None:
        screen = await asyncio.to_thread(self._terminal.until, r"state=[\w-]+\s")
        screen = self._terminal.seen
        await self._page.goto(re.findall(r"http://\S+(?:authorize|dialog)\S+", screen)[-1])

    async def allow(self, *, but: str | None = None) -> None:
        if but is not None:
            await self._page.get_by_role("checkbox", name=but).uncheck()
        await self._page.get_by_role("button", name="Allow", exact=True).click()
        self.steps += 1

    async def paste_the_address(self) -> None:
        await asyncio.to_thread(self._terminal.answer, "Paste the address[^\n]*", self._page.url)
        self.steps += 1

    async def end(self) -> int:
        return await asyncio.to_thread(self._terminal.end)


@contextmanager
def serving(**settings: Any) -> Generator[str]:
    with serving_in_thread(Sandbox(SandboxSettings(fetch="trust", **settings))) as served:
        yield served.base_url


def signing_in(login: Sequence[str], home: Path, base: str) -> AbstractContextManager[Terminal]:
    return at_terminal(*login, home=home, INSTAGRAM_API_BASE=base)


async def _blank(route: Route) -> None:
    await route.fulfill(body="any page of one's own", content_type="text/plain")


async def test_under_instagram_login_it_takes_three_steps(
    browser: Browser, judge: Judge, tmp_path: Path
) -> None:
    login = ("auth", "login", "--browser", "--login", "instagram", "--redirect-uri", BACK, *APP)
    with (
        serving(checks_app=True) as base,
        at_terminal(*login, home=tmp_path, INSTAGRAM_API_BASE=base) as terminal,
    ):
        async with await browser.new_context() as context:
            page = await context.new_page()
            await page.route(f"{BACK}**", _blank)
            person = Person(terminal, page)
            await person.give_the_secret()
            await person.open_the_page()
            assert await judge(page) == []
            await person.allow(but="instagram_business_manage_insights")
            await page.wait_for_url(f"{BACK}**")
            await person.paste_the_address()
            address = page.url
        assert await person.end() == ExitCode.DONE, terminal.seen
    assert person.steps == 3
    assert re.search("Missing +instagram_business_manage_insights: there are no numbers", terminal.seen)
    [code] = re.findall("code=([^&#]+)", address)
    assert [one for one in (SECRET, code) if one in terminal.seen] == []


async def test_under_facebook_login_the_browser_comes_back_by_itself(
    browser: Browser, tmp_path: Path
) -> None:
    login = ("auth", "login", "--loopback", "--login", "facebook", *APP)
    settings = {"checks_app": True, "token": "EAAsandbox0123456789"}
    with serving(**settings) as base, signing_in(login, tmp_path, base) as terminal:
        async with await browser.new_context() as context:
            page = await context.new_page()
            person = Person(terminal, page)
            await person.give_the_secret()
            await person.open_the_page()
            await person.allow()
            await page.wait_for_url(re.compile("/signed-in"))
            assert await page.get_by_role("heading", name="Back to the terminal").is_visible()
            # What stands in the browser's history holds no code of ours.
            assert "code=" not in page.url
            assert await page.evaluate("history.length") <= 3
        assert await person.end() == ExitCode.DONE, terminal.seen
    assert person.steps == 2  # a third one only where there are several accounts to pick from
    assert "Its token has no end." in terminal.seen
