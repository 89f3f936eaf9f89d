"""A script of an attacker in a page of the calendar, in a real browser: it lets nothing out."""

from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from pressroom.core.post import PostState
from tests.browser.planned import Planned

pytestmark = pytest.mark.asyncio(loop_scope="session")

# All that a script can ask for a page, and for the token of its form.
READS = """async (path) => {
  const got = {};
  for (const mode of ["cors", "same-origin", "no-cors"]) {
    const response = await fetch(path, { mode });
    got[mode] = `${response.status} ${(await response.text()).includes('name="mark"')}`;
  }
  got.frame = await new Promise((resolve) => {
    const frame = document.createElement("iframe");
    frame.src = path;
    frame.onload = () => {
      let text = "";
      try { text = frame.contentDocument?.body?.textContent ?? ""; } catch { }
      resolve(text.includes("Approve"));
    };
    document.body.append(frame);
  });
  return got;
}"""
POSTS = """async ([path, mark]) => {
  const csrf = document.querySelector('meta[name="pressroom-csrf"]').content;
  const body = new URLSearchParams({ csrf, mark });
  const headers = { "x-pressroom-csrf": csrf };
  return (await fetch(path, { method: "POST", body, headers })).status;
}"""
SENDS_A_FORM = """([path, mark]) => {
  const form = document.createElement("form");
  Object.assign(form, { method: "post", action: path });
  const csrf = document.querySelector('meta[name="pressroom-csrf"]').content;
  for (const [name, value] of Object.entries({ csrf, mark })) {
    const field = document.createElement("input");
    Object.assign(field, { name, value });
    form.append(field);
  }
  document.body.append(form);
  form.submit();
}"""
# The window is opened, and what its opener can still see of it is told once it has loaded.
OPENS = """(path) => void (window.opened = open(path, "decide"))"""
LOOKS = """() => {
  let text = "";
  try { text = window.opened.document.body.textContent; } catch (error) { text = error.name; }
  return { isClosed: window.opened.closed, isRead: text.includes("Approve"), frames: window.opened.length };
}"""


async def mark_of(page: Page, item: str) -> str:
    """Give the attacker the mark of what stands there, which no page with script has."""
    await page.goto(item)
    mark = await page.get_attribute('form[action$="/approve"] input[name="mark"]', "value")
    assert mark
    return mark


async def test_a_script_in_the_calendar_can_neither_read_what_decides_nor_decide(
    planned: Planned, browser: Browser
) -> None:
    post = await planned.plan("Open studio", "2026-11-26 12:00", state=PostState.AWAITING_APPROVAL)
    path = f"/approvals/{post.id}"
    # Not by `open_page`: the browser complains of what the script tries.
    async with await browser.new_context() as context:
        page = await context.new_page()
        await planned.sign_in(page)
        mark = await mark_of(page, f"{planned.base}{path}")
        await page.goto(f"{planned.base}/calendar/month")
        await expect(page.locator("#d-2026-11-26 .chip")).to_have_count(1)

        read: dict[str, Any] = await page.evaluate(READS, path)
        assert read == {
            "cors": "403 false",
            "same-origin": "403 false",
            "no-cors": "403 false",
            "frame": False,
        }
        for action in ("approve", "decline"):
            assert await page.evaluate(POSTS, [f"{path}/{action}", mark]) == 403
        for action in ("/consents", "/feeds"):
            assert await page.evaluate(POSTS, [action, mark]) == 403

        async with context.expect_page() as opening:
            await page.evaluate(OPENS, path)
        window = await opening.value
        await expect(window.get_by_role("button", name="Approve")).to_be_visible()
        seen = await page.evaluate(LOOKS)
        assert not seen["isRead"]
        assert seen["isClosed"], "the opener has no hold of it"
        await window.close()

        await page.evaluate(SENDS_A_FORM, [f"{path}/approve", mark])
        refusal = page.get_by_role("heading", name="This page is out of date")
        await expect(refusal).to_be_visible()
    assert (await planned.owner.posts.get(post.id)).state is PostState.AWAITING_APPROVAL
    assert await planned.owner.feeds.list() == ()
