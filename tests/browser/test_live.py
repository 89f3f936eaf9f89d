"""A page that is left open, in a real browser: it comes back by itself, and is right."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.async_api import Page, Request, Route, expect

from pressroom.serving.sockets import listen
from pressroom.web.app import serving
from tests.browser.conftest import Open
from tests.browser.planned import Planned, follow_link
from tests.fakes.ticking import TickingClock
from tests.service.consenting import a_file, a_picture, person
from tests.service.road import opened_road

pytestmark = pytest.mark.asyncio(loop_scope="session")
FIRST, SECOND = "2026-11-26", "2026-11-28"
LONG_PAUSE = 5
"""After as many refusals a stream is asked for again in eight seconds at the earliest."""


def asked_for(page: Page, path: str) -> list[Request]:
    """Note what a page asks for at a path, from now on."""
    requests = list[Request]()
    page.on(
        "request", lambda request: requests.append(request) if urlsplit(request.url).path == path else None
    )
    return requests


def is_stream(url: str) -> bool:
    return urlsplit(url).path == "/live"


async def enter(planned: Planned, page: Page) -> None:
    """Sign in with a browser that was here before: its first visit loads a page again, in its zone."""
    await page.context.add_cookies(
        [{"name": "pressroom-reader", "value": "zone=UTC|first=6", "url": planned.base}]
    )
    await planned.sign_in(page)
    # On a busy machine the page that the sign-in opened asks for its stream late: a test would count it.
    await page.goto("about:blank")


async def open_month(planned: Planned, page: Page) -> list[Request]:
    """Open the month, and mark the page so that a reload is seen. Returns what streams it asked for."""
    streams = asked_for(page, "/live")
    await page.goto(f"{planned.base}/calendar/month")
    await page.evaluate("window.isAsItWas = true")
    return streams


async def expect_on(page: Page, day: str) -> None:
    await expect(page.locator(f"#d-{day} .chip")).to_have_count(1)


async def test_over_a_restart_of_the_server_a_page_comes_back_with_what_it_missed(
    tmp_path: Path, open_page: Open
) -> None:
    clock = TickingClock()
    async with opened_road(tmp_path / "home", clock=cast("Any", clock)) as road, AsyncExitStack() as servers:
        road.sign_in(timezone="Europe/Istanbul")
        named = replace(road, account=None)
        owner = await servers.enter_async_context(person(named, account_name="ana"))
        post = (await owner.posts.submit(a_picture(a_file(tmp_path)), at=f"{FIRST} 12:00")).post
        base = await servers.enter_async_context(serving(owner, listen(), clock=clock))
        async with open_page(f"{base}/sign-in") as page:
            await follow_link(page, (await owner.pages.link()).address)
            await page.goto(f"{base}/calendar/month")
            await expect_on(page, FIRST)
            await page.evaluate("window.isAsItWas = true")
            await servers.aclose()
            async with person(named, account_name="ana") as owner:
                await owner.posts.move(post.id, f"{SECOND} 12:00")
                async with serving(owner, listen(port=urlsplit(base).port or 0), clock=clock):
                    await expect_on(page, SECOND)
                    assert await page.evaluate("window.isAsItWas"), "it was not loaded anew"
                    await owner.pages.sign_out_all()
                # Signed out while the server was away: it says so, at the address where it was.
                async with serving(owner, listen(port=urlsplit(base).port or 0), clock=clock):
                    await expect(page.get_by_role("heading", name="Sign in first")).to_be_visible()
                    assert page.url.endswith("/calendar/month")


async def test_after_a_sleep_a_page_takes_a_new_stream_from_where_it_was(
    planned: Planned, open_page: Open
) -> None:
    post = await planned.plan("Open studio", f"{FIRST} 12:00")
    async with open_page(f"{planned.base}/sign-in") as page:
        await enter(planned, page)
        await page.clock.install()
        streams = await open_month(planned, page)
        await expect_on(page, FIRST)
        # As a laptop that was closed: no timer has run, and nobody told the browser that the stream is dead.
        async with page.expect_request("**/live?after=*"):
            await page.clock.fast_forward("01:00:00")
        await planned.owner.posts.move(post.id, f"{SECOND} 12:00")
        await expect_on(page, SECOND)
        cursors = [parse_qs(urlsplit(request.url).query).get("after") for request in streams]
        assert cursors[0]
        assert cursors[-1] == cursors[0], "nothing had happened since"
        assert await page.evaluate("window.isAsItWas")


async def test_when_the_tab_that_leads_is_closed_another_goes_on_where_it_was(
    planned: Planned, open_page: Open
) -> None:
    post = await planned.plan("Open studio", f"{FIRST} 12:00")
    async with open_page(f"{planned.base}/sign-in") as first:
        await enter(planned, first)
        await open_month(planned, first)
        second = await first.context.new_page()
        streams = await open_month(planned, second)
        await planned.owner.posts.move(post.id, "2026-11-27 12:00")
        await expect_on(second, "2026-11-27")
        assert streams == [], "all tabs share one stream"
        await first.close()
        await planned.owner.posts.move(post.id, f"{SECOND} 12:00")
        await expect_on(second, SECOND)
        assert len(streams) == 1
        await second.close()


@asynccontextmanager
async def frozen(page: Page) -> AsyncGenerator[None]:
    """Let no script of a page run while the block does, as a browser does with one that nobody sees."""
    # Playwright keeps all pages visible, and Chromium freezes none that is.
    browser: Any = await page.context.new_cdp_session(page)
    await browser.send("Debugger.enable")
    await browser.send("Debugger.pause")
    yield
    await browser.detach()


async def test_after_a_sleep_without_a_network_two_tabs_are_right_and_say_nothing(
    planned: Planned, open_page: Open
) -> None:
    post = await planned.plan("Open studio", f"{FIRST} 12:00")
    async with open_page(f"{planned.base}/sign-in") as first:
        await enter(planned, first)
        await first.context.clock.install()
        await open_month(planned, first)
        await expect_on(first, FIRST)
        second = await first.context.new_page()
        await open_month(planned, second)
        async with frozen(first), frozen(second):
            await first.context.set_offline(True)
            await planned.owner.posts.move(post.id, f"{SECOND} 12:00")
        # It wakes in a train, and the network comes later.
        await first.context.clock.fast_forward("08:00:00")
        await expect(second.locator("#notices")).to_contain_text("Not connected.")
        await first.context.set_offline(False)
        for page in (first, second):
            await expect_on(page, SECOND)
            await expect(page.locator("#notices")).to_be_empty()
            assert await page.evaluate("window.isAsItWas")
        await second.close()


async def test_a_tab_that_leads_and_is_frozen_loses_the_lead_and_is_right_when_it_is_seen_again(
    planned: Planned, open_page: Open
) -> None:
    post = await planned.plan("Open studio", f"{FIRST} 12:00")
    async with open_page(f"{planned.base}/sign-in") as first:
        await enter(planned, first)
        await open_month(planned, first)
        await expect_on(first, FIRST)
        second = await first.context.new_page()
        # It looks five times a second whether anything is heard.
        await second.add_init_script(
            "const every = setInterval; window.setInterval = (run, ms) => every(run, ms / 25)"
        )
        streams = await open_month(planned, second)
        async with frozen(first):
            await planned.owner.posts.move(post.id, "2026-11-27 12:00")
            await expect_on(second, "2026-11-27")
            assert len(streams) == 1
        await expect_on(first, "2026-11-27")
        async with frozen(second):
            # Woken, a tab does not wait for a minute of silence.
            await first.evaluate("dispatchEvent(new Event('online'))")
            await planned.owner.posts.move(post.id, f"{SECOND} 12:00")
            await expect_on(first, SECOND)
        await expect_on(second, SECOND)
        held = "navigator.locks.query().then(({ held, pending }) => [held.length, pending.length])"
        assert await first.evaluate(held) == [1, 1], "one leads, and one waits for it"
        # One that waits to ask the server again has lost the lead, and has it anew, before it does.
        await first.route(is_stream, lambda route: route.fulfill(status=503, body="No place"))
        for _ in range(LONG_PAUSE):
            async with first.expect_event("requestfinished", lambda request: request.method == "HEAD"):
                await first.evaluate("dispatchEvent(new Event('online'))")
        async with second.expect_request("**/live?after=*"):
            await second.evaluate("dispatchEvent(new Event('online'))")
        await first.unroute(is_stream)
        streams = asked_for(first, "/live")
        async with first.expect_request("**/live?after=*"):
            await second.close()
        await first.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        await planned.owner.posts.move(post.id, f"{FIRST} 12:00")
        await expect_on(first, FIRST)
        assert len(streams) == 1, "it leads once"


async def test_a_hundred_changes_a_second_are_read_twice_a_second_and_the_last_is_shown(
    planned: Planned, open_page: Open
) -> None:
    post = await planned.plan("Open studio", f"{FIRST} 12:00")
    async with open_page(f"{planned.base}/sign-in") as page:
        await enter(planned, page)
        await open_month(planned, page)
        await expect_on(page, FIRST)
        reads = asked_for(page, "/calendar/month")
        began = time.monotonic()
        for changed in range(100):
            await planned.owner.posts.move(post.id, f"{FIRST} 12:{1 + changed % 2:02}")
            await asyncio.sleep(max(0.0, began + changed / 100 - time.monotonic()))
        seconds = time.monotonic() - began
        await planned.owner.posts.move(post.id, f"{SECOND} 12:00")
        await expect_on(page, SECOND)
        assert 2 <= len(reads) <= 2 * (seconds + 1) + 2
        assert await page.evaluate("window.isAsItWas")


async def test_a_page_that_is_refused_since_too_much_is_asked_for_waits_as_long_as_it_is_told(
    planned: Planned, open_page: Open
) -> None:
    post, asked = await planned.plan("Open studio", f"{FIRST} 12:00"), list[float]()

    async def refuse_once(route: Route) -> None:
        asked.append(time.monotonic())
        if len(asked) == 1:
            await route.fulfill(status=429, headers={"retry-after": "5"}, body="Too much")
        else:
            await route.fallback()

    async with open_page(f"{planned.base}/sign-in") as page:
        await enter(planned, page)
        await open_month(planned, page)
        await page.route("**/calendar/month*", refuse_once)
        await planned.owner.posts.move(post.id, f"{SECOND} 12:00")
        await expect_on(page, SECOND)
        assert asked[1] - asked[0] >= 5  # seconds


async def test_another_version_is_loaded_once_and_what_somebody_writes_stays(
    planned: Planned, open_page: Open
) -> None:
    version = "newer"

    async def answer(route: Route) -> None:
        start = f'event: start\nid: 0-1\ndata: {{"is_resumed": true, "version": "{version}"}}\n\n'
        await route.fulfill(content_type="text/event-stream", body=start)

    async with open_page(f"{planned.base}/sign-in") as page:
        await enter(planned, page)
        await open_month(planned, page)
        await page.route(is_stream, answer)
        loads = asked_for(page, "/calendar/month")
        async with page.expect_event("load"):
            await page.evaluate("dispatchEvent(new Event('online'))")
        await page.evaluate(
            """document.querySelector("main").insertAdjacentHTML("beforeend",
              '<form method="post"><textarea aria-label="Caption"></textarea></form>')"""
        )
        await page.get_by_label("Caption").fill("Words")
        version = "newest"
        await expect(page.locator("#notices").get_by_text("Another version")).to_be_visible()
        await expect(page.get_by_label("Caption")).to_have_value("Words")
        assert len(loads) == 1


async def test_who_is_signed_out_while_writing_goes_on_once_signed_in(
    planned: Planned, open_page: Open
) -> None:
    async with open_page(f"{planned.base}/sign-in") as page:
        await enter(planned, page)
        await open_month(planned, page)
        await page.evaluate(
            """document.querySelector("main").insertAdjacentHTML("beforeend",
              '<form method="post"><textarea aria-label="Caption"></textarea></form>')"""
        )
        await page.get_by_label("Caption").fill("Words")
        old = await page.get_attribute('meta[name="pressroom-csrf"]', "content")
        await planned.owner.pages.sign_out_all()
        await page.evaluate("document.dispatchEvent(new CustomEvent('pressroom:stale'))")
        await expect(page.get_by_role("alert")).to_contain_text("You are signed out.")
        other = await page.context.new_page()
        await planned.sign_in(other)
        await other.close()
        await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        await expect(page.get_by_role("alert")).to_have_count(0)
        assert await page.get_attribute('meta[name="pressroom-csrf"]', "content") != old
        await expect(page.get_by_label("Caption")).to_have_value("Words")


async def test_a_form_with_the_token_of_an_earlier_session_is_sent_with_the_new_one(
    planned: Planned, open_page: Open
) -> None:
    async with open_page(f"{planned.base}/sign-in") as page:
        await enter(planned, page)
        # The page is not notified that its session ended.
        await page.route(is_stream, lambda route: route.abort())
        await page.goto(f"{planned.base}/accounts")
        await page.get_by_label("Reason for a pause").fill("The cellar")
        await planned.owner.pages.sign_out_all()
        await planned.sign_in(await page.context.new_page())
        await page.get_by_role("button", name="Pause ana").click()
        await expect(page.locator("#notices")).to_contain_text("Account ana is paused.")


async def test_where_no_place_is_for_another_stream_it_is_asked_for_again_and_later_each_time(
    planned: Planned, open_page: Open
) -> None:
    post, refused = await planned.plan("Open studio", f"{FIRST} 12:00"), list[str]()

    async def refuse(route: Route) -> None:
        refused.append(route.request.method)
        if len(refused) <= 4:
            await route.fulfill(status=503, body="No place")
        else:
            await route.fallback()

    async with open_page(f"{planned.base}/sign-in") as page:
        await enter(planned, page)
        await page.route(is_stream, refuse)
        await open_month(planned, page)
        await planned.owner.posts.move(post.id, f"{SECOND} 12:00")
        await expect_on(page, SECOND)
        assert refused == ["GET", "HEAD", "GET", "HEAD", "GET"]
