"""Signing in to the pages in a real browser: from a link on another site, and on a phone by a code."""

from functools import partial
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from pressroom.core.post import PostState
from tests.browser.conftest import NARROW, SHOTS
from tests.browser.planned import Planned, follow_link
from tests.browser.scene import QuietHandler, serving_with

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def click_in_a_mail(page: Page, mail: str, address: str) -> None:
    """Follow a link of a page of another site."""
    await page.goto(mail)
    await page.get_by_role("link", name="Look").click()
    await page.wait_for_url(address)


async def test_a_link_of_another_site_opens_its_page_once_signed_in(
    planned: Planned, browser: Browser, tmp_path: Path
) -> None:
    post = await planned.plan("Open studio", state=PostState.AWAITING_APPROVAL)
    address = f"{planned.base}/approvals/{post.id}"
    (tmp_path / "mail.html").write_text(f'<!doctype html><title>Mail</title><a href="{address}">Look</a>')
    with serving_with(partial(QuietHandler, directory=str(tmp_path))) as other:
        mail = f"{other.replace('127.0.0.1', 'localhost')}/mail.html"
        async with await browser.new_context() as context:
            page = await context.new_page()
            await click_in_a_mail(page, mail, address)
            await expect(page.get_by_role("heading", name="Sign in first")).to_be_visible()
            await follow_link(page, (await planned.owner.pages.link()).address)
            await expect(page).to_have_url(address)
            await expect(page.get_by_text("Open studio")).to_be_visible()
            await click_in_a_mail(page, mail, address)
            await expect(page.get_by_role("button", name="Approve")).to_be_visible()


async def test_a_code_of_a_signed_in_page_signs_in_a_phone_and_returns_to_what_it_opened(
    planned: Planned, browser: Browser
) -> None:
    post = await planned.plan("Open studio")
    address = f"{planned.base}/posts/{post.id}"
    async with await browser.new_context() as desk, await browser.new_context(viewport=NARROW) as phone:
        at_desk, on_phone = await desk.new_page(), await phone.new_page()
        await follow_link(at_desk, (await planned.owner.pages.link()).address)
        await at_desk.get_by_role("link", name="Phone").click()
        await at_desk.get_by_role("button", name="Make a code").click()
        await expect(at_desk.get_by_role("img", name="QR code of the link below")).to_be_visible()
        SHOTS.mkdir(parents=True, exist_ok=True)
        await at_desk.screenshot(path=SHOTS / "phone-code.png", full_page=True)
        link = await at_desk.locator(".panel .run code").text_content()
        assert link
        await on_phone.goto(address)
        await expect(on_phone.get_by_role("heading", name="Sign in first")).to_be_visible()
        await follow_link(on_phone, link)
        await expect(on_phone).to_have_url(address)
        await expect(on_phone.get_by_role("heading", name="Open studio")).to_be_visible()
