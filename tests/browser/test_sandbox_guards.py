"""Pages of other sites cannot drive the sandbox, read it or frame it; what people write stays text."""

from http.server import BaseHTTPRequestHandler

import pytest
from playwright.async_api import Browser, expect

from tests.browser.conftest import Open
from tests.browser.scene import HOSTILE_TEXT, Scene, serving_with

pytestmark = pytest.mark.asyncio(loop_scope="session")
ATTACK = """async (sandbox) => {
  const fault = '{"on":"*","kind":"drop"}';
  const [json, text] = ['application/json', 'text/plain'].map((one) => ({ 'content-type': one }));
  const tries = [
    ['faults', { method: 'POST', headers: json, body: fault }],
    ['faults', { method: 'POST', headers: text, body: fault }],
    ['reset', { method: 'POST', mode: 'no-cors', headers: text, body: '{}' }],
    ['reset', { method: 'POST', mode: 'no-cors', body: new URLSearchParams({ a: '1' }) }],
    ['requests', { method: 'DELETE' }],
    ['state', {}],
    ['export', { mode: 'cors', credentials: 'include' }],
    ['', {}],
    ['live?since=0', {}],
  ];
  const read = [];
  for (const [name, options] of tries) {
    try {
      const answer = await fetch(`${sandbox}/_sandbox/${name}`, options);
      if (answer.type !== 'opaque') read.push([name, answer.status, await answer.text()]);
    } catch {}
  }
  const form = document.createElement('form');
  const reset = `${sandbox}/_sandbox/reset`;
  Object.assign(form, { method: 'post', action: reset, enctype: 'text/plain', target: 'frame' });
  form.append(Object.assign(document.createElement('input'), { name: '{"a":"', value: '"}' }));
  document.body.append(Object.assign(document.createElement('iframe'), { name: 'frame' }), form);
  form.submit();
  await new Promise((done) => setTimeout(done, 300));
  return read;
}"""
FRAME = """(address) => new Promise((done) => {
  const frame = document.createElement('iframe');
  Object.assign(frame, { src: address, onload: () => done(frame.contentDocument) });
  document.body.append(frame);
})"""


class Elsewhere(BaseHTTPRequestHandler):
    """A page of another site."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.end_headers()
        where = self.path.partition("?to=")[2]
        self.wfile.write(f"<!doctype html><title>Elsewhere</title><a href='{where}'>A post</a>".encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the library's signature
        """Say nothing."""


async def test_a_page_of_another_site_drives_reads_and_frames_nothing(fresh: Scene, browser: Browser) -> None:
    media = len(fresh.sandbox.media)
    fresh.order("media", caption="Still here")
    with serving_with(Elsewhere) as elsewhere:
        for site in (elsewhere, elsewhere.replace("127.0.0.1", "localhost")):
            page = await browser.new_page()
            await page.goto(site)
            assert await page.evaluate(ATTACK, fresh.url) == []
            assert await page.evaluate(FRAME, f"{fresh.url}/_sandbox/") is None
            assert fresh.sandbox.faults.list() == []
            assert len(fresh.sandbox.media) == media + 1
            await page.close()


async def test_a_link_from_another_site_still_opens_a_post(fresh: Scene, browser: Browser) -> None:
    """Dashboards and chats link to permalinks."""
    post = fresh.url + fresh.sandbox.media[0].permalink_path
    with serving_with(Elsewhere) as elsewhere:
        page = await browser.new_page()
        await page.goto(f"{elsewhere.replace('127.0.0.1', 'localhost')}/?to={post}")
        await page.get_by_role("link", name="A post").click()
        await expect(page.get_by_role("heading", name="Numbers")).to_be_visible()
        await page.close()


async def test_hostile_words_written_while_the_page_is_open_stay_text(fresh: Scene, open_page: Open) -> None:
    """The live parts are put in by scripts, so they are tried apart from the pages as they come."""
    async with open_page(fresh.url + fresh.sandbox.media[0].permalink_path) as page:
        page.on("dialog", lambda dialog: pytest.fail(dialog.message))
        fresh.order("comments", media_id=fresh.sandbox.media[0].id, text=HOSTILE_TEXT, username=HOSTILE_TEXT)
        fresh.call("POST", f"/v25.0/{HOSTILE_TEXT.replace('/', '').replace(' ', '+')}", caption=HOSTILE_TEXT)
        await expect(page.locator("#remarks")).to_contain_text(HOSTILE_TEXT)
        await page.get_by_role("log").locator("details").first.click()
        await expect(page.get_by_role("log").locator("pre").first).to_contain_text("window.hacked=1")
        assert await page.evaluate("window.hacked") is None
        assert await page.locator("main img[src='x']").count() == 0


async def test_the_page_says_when_the_sandbox_is_gone(fresh: Scene, open_page: Open) -> None:
    async with open_page(f"{fresh.url}/_sandbox/") as page:
        await expect(page.get_by_role("alert")).to_be_hidden()
        await page.route("**/_sandbox/live*", lambda route: route.fulfill(status=502, body="gone"))
        await expect(page.get_by_role("alert")).to_contain_text("The sandbox has ended")
        await page.unroute("**/_sandbox/live*")
        await expect(page.get_by_role("alert")).to_be_hidden()
