"""A real browser, for every test of a page: Debian's chromium, driven by Playwright.

The whole directory shares one event loop a worker, since a browser lives in the loop that started it.
"""

import os
import shutil
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Generator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, Final, Literal

import pytest
import pytest_asyncio
from axe_playwright_python.base import AXE_FILE_PATH
from playwright.async_api import (
    Browser,
    ConsoleMessage,
    Error,
    Page,
    Request,
    ViewportSize,
    async_playwright,
    expect,
)

from pressroom.media.convert import find_ffmpeg
from pressroom.sandbox.server import serving_in_thread
from pressroom.sandbox.settings import Processing, SandboxSettings
from pressroom.sandbox.simulator import Sandbox
from tests.browser.planned import Planned, serving_planned
from tests.browser.scene import Scene, make_files, scene
from tests.patience import patience
from tests.slow import QUICK, slow

Theme = Literal["light", "dark"]
Open = Callable[..., AbstractAsyncContextManager[Page]]
Show = Callable[[str], AbstractAsyncContextManager[Page]]
Judge = Callable[[Page], Awaitable[list[str]]]
WIDE: Final[ViewportSize] = {"width": 1280, "height": 900}
NARROW: Final[ViewportSize] = {"width": 390, "height": 844}
SHOTS = Path(__file__).parents[2] / "build" / "screenshots"
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_LOAD_S = 20.0
_MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")


def find_chromium(*, is_needed: bool = True) -> str:
    """Find the browser. Fails or skips the test, with what to do, when there is none."""
    given = os.environ.get("PRESSROOM_TEST_CHROMIUM")
    found = given or next((path for name in _NAMES if (path := shutil.which(name))), None)
    if found is None and _MAC.exists():
        found = str(_MAC)
    if found is None or not Path(found).exists():
        reason = (
            "The tests of the pages need Chromium or Chrome. On Debian: apt install chromium "
            "(`make slow` does so as root). Or name one: PRESSROOM_TEST_CHROMIUM=/path/to/chromium."
        )
        if is_needed:
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    return found


@pytest_asyncio.fixture(scope="session", loop_scope="session")
@slow("drives a browser")
async def browser(request: pytest.FixtureRequest) -> AsyncIterator[Browser]:
    """One browser a worker. Root cannot have Chromium's own sandbox; it only opens pages of this machine.

    `make test` does without where none is installed; all other runs fail then.
    """
    path = find_chromium(is_needed=request.config.option.markexpr != QUICK)
    expect.set_options(timeout=1000 * patience(_LOAD_S))
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=path, args=arguments)
        yield started
        await started.close()


class _Witness:
    """Notes what a page complains of, and what it asks of elsewhere."""

    def __init__(self, page: Page, url: str) -> None:
        self.complaints: list[str] = []
        self._own = ("/".join(url.split("/")[:3]), "blob:")
        page.on("console", self._hear)
        page.on("pageerror", self._see)
        page.on("request", self._follow)

    def _hear(self, said: ConsoleMessage) -> None:
        # A refused order is worded by the page itself.
        is_refusal = (
            said.text.startswith("Failed to load resource") and "/static/" not in said.location["url"]
        )
        if said.type == "error" and not is_refusal:
            self.complaints.append(said.text)

    def _see(self, error: Error) -> None:
        self.complaints.append(error.message)

    def _follow(self, asked: Request) -> None:
        if not asked.url.startswith(self._own):
            self.complaints.append(asked.url)


@pytest.fixture
def open_page(browser: Browser) -> Open:
    """Open a page in a context of its own; what it complains of, or asks of elsewhere, fails the test."""

    @asynccontextmanager
    async def opened(url: str, *, size: ViewportSize = WIDE, **options: Any) -> AsyncGenerator[Page]:
        async with await browser.new_context(viewport=size, **options) as context:
            page = await context.new_page()
            witness = _Witness(page, url)
            await page.goto(url)
            yield page
            assert witness.complaints == []

    return opened


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def show(browser: Browser) -> AsyncIterator[Show]:
    """Show one address after another in one page, on a phone: a new page for each takes twice as long."""
    async with await browser.new_context() as context:
        page = await context.new_page()

        @asynccontextmanager
        async def shown(url: str) -> AsyncGenerator[Page]:
            witness = _Witness(page, url)
            await page.set_viewport_size(NARROW)
            await page.goto(url)
            yield page
            assert witness.complaints == []

        yield shown


@pytest.fixture(scope="session")
def judge() -> Judge:
    """Ask axe what is wrong with a page for people who see, hear or move otherwise."""
    script = AXE_FILE_PATH.read_text()

    async def violations(page: Page) -> list[str]:
        if not await page.evaluate("'axe' in window"):
            await page.evaluate(script)
        found = await page.evaluate("axe.run({ resultTypes: ['violations'] })")
        return [
            f"{one['id']}: {node['html']} {node['failureSummary']}"
            for one in found["violations"]
            for node in one["nodes"]
        ]

    return violations


@pytest.fixture(scope="session")
def staged(tmp_path_factory: pytest.TempPathFactory) -> Generator[Scene]:
    """A sandbox with everything on it, for tests that only look."""
    files = tmp_path_factory.mktemp("media")
    make_files(files, find_ffmpeg(None))
    with scene(files) as made:
        yield made


@pytest.fixture
def fresh() -> Generator[Scene]:
    """A small sandbox of the test's own, for tests that change something."""
    settings = SandboxSettings(fetch="trust", media=3, processing=Processing.at_once())
    with serving_in_thread(Sandbox(settings)) as served:
        yield Scene(served.sandbox, served.base_url, {})


@pytest_asyncio.fixture(loop_scope="session")
async def planned(tmp_path: Path) -> AsyncIterator[Planned]:
    """Pages of an account without posts, for tests that change something."""
    async with serving_planned(tmp_path) as made:
        yield made
