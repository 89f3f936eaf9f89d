"""What people do on the sandbox's pages: write, comment, move time, plan faults, watch the calls."""

import json
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Open
from tests.browser.scene import Scene, serving_with

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_call_appears_by_itself_and_can_be_opened_filtered_and_cleared(
    fresh: Scene, open_page: Open
) -> None:
    async with open_page(f"{fresh.url}/_sandbox/") as page:
        fresh.call("GET", "/v25.0/me", fields="username")
        fresh.call("GET", "/v25.0/me", fields="nonsense")
        log = page.get_by_role("log")
        await expect(log.locator("details")).to_have_count(2)
        await log.locator("details").last.click()
        await expect(log.get_by_text('"username": "pressroom.sandbox"')).to_be_visible()
        await page.get_by_role("button", name="Failures").click()
        await expect(log.locator("details:visible")).to_have_count(1)
        await page.get_by_role("searchbox", name="Filter calls").fill("publish")
        await expect(page.get_by_text("No call matches.")).to_be_visible()
        await page.get_by_role("button", name="Clear", exact=True).click()
        await expect(page.get_by_text("No call yet.")).to_be_visible()
        fresh.call("GET", "/v25.0/me", fields="nonsense")
        await page.get_by_role("searchbox", name="Filter calls").fill("")
        await expect(log.locator("details")).to_have_count(1)
        assert fresh.sandbox.token not in await page.content()


async def test_what_a_client_publishes_appears_by_itself(fresh: Scene, open_page: Open) -> None:
    async with open_page(f"{fresh.url}/_sandbox/") as page:
        container = fresh.call(
            "POST", "/v25.0/me/media", image_url="https://example.com/a.jpg", caption="Fresh"
        )
        fresh.call("POST", "/v25.0/me/media_publish", creation_id=container["id"])
        await page.get_by_role("link", name="Photo, now: Fresh").click()
        await expect(page.get_by_role("heading", name="Numbers")).to_be_visible()


async def test_a_strangers_comment_shows_and_fires_the_webhook(fresh: Scene, open_page: Open) -> None:
    got: list[bytes] = []

    class Callback(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._say(parse_qs(urlsplit(self.path).query)["hub.challenge"][0].encode())

        def do_POST(self) -> None:
            got.append(self.rfile.read(int(self.headers["content-length"])))
            self._say(b"")

        def _say(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the library's signature
            """Say nothing."""

    fresh.call("POST", "/v25.0/me/subscribed_apps", subscribed_fields="comments")
    with serving_with(Callback) as callback:
        async with open_page(fresh.url + fresh.sandbox.media[0].permalink_path) as page:
            await page.get_by_role("tab", name="Webhooks").click()
            await page.get_by_label("Callback URL").fill(f"{callback}/hook")
            await page.get_by_role("button", name="Verify and use").click()
            await expect(page.get_by_text(f"{callback}/hook")).to_be_visible()
            await page.get_by_role("tab", name="Photo").click()
            await page.get_by_label("Comment", exact=True).fill("Lovely <b>paper</b>")
            await page.get_by_role("button", name="Comment").click()
            await expect(page.locator("#remarks")).to_contain_text("anna.k Lovely <b>paper</b>")
            await expect(page.locator("#text")).to_contain_text("Lovely <b>paper</b>")
            await expect(page.get_by_text("Not delivered yet")).to_have_count(0)
    [change] = json.loads(got[0])["entry"][0]["changes"]
    assert (change["field"], change["value"]["text"]) == ("comments", "Lovely <b>paper</b>")


async def test_a_strangers_message_opens_a_conversation_that_can_be_answered(
    fresh: Scene, open_page: Open
) -> None:
    async with open_page(f"{fresh.url}/_sandbox/inbox") as page:
        await page.get_by_role("textbox", name="Message").fill("Do you ship?")
        await page.get_by_role("button", name="Send").click()
        await expect(page.get_by_role("link", name="Inbox 1 waiting")).to_be_visible()
        await page.get_by_role("link", name="anna.k Do you ship?").click()
        person = page.url.rpartition("/")[2].partition("#")[0]
        fresh.call(
            "POST", "/v25.0/me/messages", recipient=json.dumps({"id": person}), message='{"text": "We do."}'
        )
        await expect(page.get_by_role("listitem").filter(has_text="We do.")).to_be_visible()
        await expect(page.get_by_text("open for 1 day")).to_be_visible()


async def test_time_is_stopped_moved_and_set(fresh: Scene, open_page: Open) -> None:
    async with open_page(f"{fresh.url}/_sandbox/#tab=play") as page:
        await page.get_by_role("button", name="Frozen").click()
        await expect(page.get_by_role("button", name="Frozen")).to_have_attribute("aria-pressed", "true")
        before = fresh.sandbox.clock.unix()
        await page.get_by_role("button", name="+60 days").click()
        await page.get_by_role("tab", name="Account").click()
        await expect(page.locator("#tokens")).to_contain_text("has ended")
        assert fresh.sandbox.clock.unix() == before + 60 * 86_400
        await page.get_by_role("tab", name="Time").click()
        await page.get_by_label("Set to, in UTC").fill("2030-01-02T03:04")
        await page.get_by_role("button", name="Set", exact=True).click()
        await expect(page.locator(".now")).to_have_text("02 Jan 2030, 03:04:00 UTC")


async def test_a_fault_is_planned_met_and_removed(fresh: Scene, open_page: Open) -> None:
    async with open_page(f"{fresh.url}/_sandbox/#tab=play") as page:
        form = page.locator("form.plan")
        await expect(form.get_by_label("subcode")).to_be_hidden()
        await form.get_by_label("Call").select_option("user")
        await form.get_by_label("gets").select_option("error")
        await form.get_by_label("code", exact=True).fill("190")
        await form.get_by_label("times").fill("2")
        await form.get_by_role("button", name="Plan it").click()
        await expect(page.locator("#plans")).to_contain_text("error 190 2 more")
        assert fresh.call("GET", "/v25.0/me")["error"]["code"] == 190
        await expect(page.locator("#plans")).to_contain_text("error 190 1 more")
        await page.get_by_role("button", name="Remove: user, error 190").click()
        await expect(page.locator("#plans")).to_contain_text("None.")
        await page.get_by_role("button", name="Repeat fetch-2026-03").click()
        await expect(page.locator("#plans")).to_contain_text("error 9004/2207052 for 52 days")
        await form.get_by_label("gets").select_option("container")
        await expect(form.get_by_label("and is")).to_be_hidden()
        await form.get_by_label("that ends in").select_option("EXPIRED")
        await form.get_by_label("times").fill("")
        await form.get_by_role("button", name="Plan it").click()
        await expect(page.locator("#plans")).to_contain_text("a container that fails for ever")
        await form.get_by_label("gets").select_option("error")
        await form.get_by_label("code", exact=True).fill("123456")
        await form.get_by_role("button", name="Plan it").click()
        await expect(page.get_by_text("the error table has no 123456")).to_be_visible()


async def test_somebody_posts_by_hand_and_names_the_account(fresh: Scene, open_page: Open) -> None:
    async with open_page(f"{fresh.url}/_sandbox/#tab=play") as page:
        await page.get_by_label("Caption", exact=True).fill("By hand")
        await page.get_by_role("button", name="Post", exact=True).click()
        await expect(page.get_by_role("link", name="Photo, now: By hand")).to_be_visible()
        await page.get_by_role("tab", name="Webhooks").click()
        await page.get_by_role("button", name="Post it").click()
        await page.get_by_role("link", name="Tagged").click()
        await expect(page.get_by_alt_text("anna.k: With @pressroom.sandbox")).to_be_visible()


async def test_everything_is_exported_reset_and_imported(
    fresh: Scene, open_page: Open, tmp_path: Path
) -> None:
    async with open_page(f"{fresh.url}/_sandbox/#tab=play") as page:
        async with page.expect_download() as download:
            await page.get_by_role("link", name="Export").click()
        kept = tmp_path / "sandbox.json"
        await (await download.value).save_as(kept)
        fresh.order("media", caption="Forgotten soon")
        await expect(page.get_by_text("4posts")).to_be_visible()
        page.once("dialog", lambda dialog: dialog.accept())
        await page.get_by_role("button", name="Reset").click()
        await expect(page.get_by_text("3posts")).to_be_visible()
        fresh.order("media", caption="Forgotten soon")
        await expect(page.get_by_text("4posts")).to_be_visible()
        await page.get_by_label("Import").set_input_files(kept)
        await expect(page.get_by_text("3posts")).to_be_visible()


async def test_a_client_is_set_up_by_what_is_copied(fresh: Scene, open_page: Open) -> None:
    allowed = ["clipboard-read", "clipboard-write"]
    async with open_page(f"{fresh.url}/_sandbox/", permissions=allowed) as page:
        await page.get_by_role("button", name="Copy settings for a client").click()
        await expect(page.get_by_text("Copied:")).to_be_visible()
        lines = (await page.evaluate("navigator.clipboard.readText()")).splitlines()
        assert lines == [
            f"export INSTAGRAM_API_BASE={fresh.url}",
            f"export INSTAGRAM_ACCESS_TOKEN={fresh.sandbox.token}",
            f"export INSTAGRAM_USER_ID={fresh.sandbox.user_id}",
        ]


async def test_one_goes_from_account_to_account(fresh: Scene, open_page: Open) -> None:
    made = fresh.order("accounts", username="second.account", media=1)
    async with open_page(f"{fresh.url}/_sandbox/") as page:
        await page.locator(".switch summary").click()
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("link", name="second.account")).to_be_hidden()
        await page.locator(".switch summary").click()
        await page.get_by_role("link", name="second.account").click()
        await expect(page.get_by_text(made["user_id"])).to_be_visible()
        await page.get_by_role("link", name="Inbox").click()
        await page.get_by_role("textbox", name="Message").fill("To the second")
        await page.get_by_role("button", name="Send").click()
        await expect(page.get_by_role("link", name="anna.k To the second")).to_be_visible()
        await page.get_by_role("link", name="Back to the profile").click()
        await page.locator(".grid a").click()
        await expect(page.get_by_role("navigation", name="Other posts")).to_contain_text("second.account")
