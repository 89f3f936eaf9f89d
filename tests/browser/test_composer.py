"""The composer, in a real browser: nothing is lost that was said to be kept."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.async_api import FilePayload, Page, Response, Route, expect

from pressroom.core.post import PostState
from pressroom.core.slots import parse_slots
from tests.browser.conftest import SHOTS, Judge, Open
from tests.browser.planned import Planned
from tests.media.heif import heic
from tests.service.test_uploads import a_jpeg

pytestmark = pytest.mark.asyncio(loop_scope="session")
SCROLLS = "document.documentElement.scrollWidth > innerWidth"


def a_file(name: str, content: bytes, kind: str = "image/jpeg") -> FilePayload:
    return {"name": name, "mimeType": kind, "buffer": content}


async def opened(planned: Planned, page: Page, path: str = "/posts/new") -> None:
    await planned.sign_in(page)
    await page.goto(f"{planned.base}{path}")


async def show_everywhere(page: Page, name: str) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    for theme in ("light", "dark"):
        await page.emulate_media(color_scheme=theme)
        for width in (375, 1280, 2560):
            await page.set_viewport_size({"width": width, "height": 900})
            assert not await page.evaluate(SCROLLS)
            await page.screenshot(path=SHOTS / f"pages-{name}-{theme}-{width}.png", full_page=True)


async def test_two_pictures_of_a_phone_become_a_carousel_that_is_planned_in_words_and_found(
    planned: Planned, open_page: Open, judge: Judge, clip: Callable[[str], Path]
) -> None:
    content = heic(clip("heic_frame"))
    async with open_page(f"{planned.base}/sign-in") as page:
        await opened(planned, page)
        assert await judge(page) == []
        await page.get_by_label("Caption").fill("Two of the wheel #clay\nwith @ana")
        await expect(page.locator("#counts")).to_contain_text("1 of 30 hashtags")
        pictures = [a_file(f"IMG_{number}.heic", content, "image/heic") for number in (1, 2)]
        await page.locator("#pick").set_input_files(pictures)
        pieces = page.locator("#files > .piece")
        await expect(pieces.locator(".verdict")).to_have_count(2)
        await expect(pieces.nth(0)).to_contain_text("made ready for Instagram")
        await expect(page.get_by_role("radio", name="Carousel")).to_be_checked()
        await expect(page.locator("#kept")).to_contain_text("Saved")
        await expect(page).to_have_url(f"{planned.base}/posts/{planned.road.posts[0].id}/edit")
        # By keyboard alone, and the focus stays where it was.
        await page.get_by_role("button", name="Move IMG_2.heic up").press("Enter")
        await expect(pieces.nth(0)).to_contain_text("IMG_2.heic")
        await expect(page.get_by_role("status").filter(has_text="1 of 2")).to_be_attached()
        await pieces.nth(0).get_by_label("Alternative text").fill("A bowl on the wheel")
        await page.locator(".choice", has_text="At a time").click()
        await page.get_by_label("In words").fill("tomorrow 09:00")
        await expect(page.locator("#meaning")).to_contain_text("25 November 2026, 09:00 in UTC")
        await expect(page.locator("#kept")).to_contain_text("Saved")
        await expect(page.locator("#outcome .preview")).to_contain_text("Two of the wheel")
        first = page.locator("#outcome .slide img").first
        await expect(first).to_have_attribute("alt", "A bowl on the wheel")
        await page.reload()
        await expect(pieces.nth(0)).to_contain_text("IMG_2.heic")
        await expect(pieces.nth(0).get_by_label("Alternative text")).to_have_value("A bowl on the wheel")
        await expect(page.get_by_label("In words")).to_have_value("2026-11-25 09:00")
        assert await judge(page) == []
        await show_everywhere(page, "composer")
        await page.get_by_role("button", name="Plan").click()
        await expect(page).to_have_url(f"{planned.base}/posts/{planned.road.posts[0].id}")
        await page.goto(f"{planned.base}/calendar/month")
        await expect(page.locator("#d-2026-11-25 .chip")).to_contain_text("Two of the wheel")


async def test_an_upload_that_breaks_off_is_sent_again_and_one_that_was_left_is_named(
    planned: Planned, open_page: Open
) -> None:
    held, fails = list[Route](), [True]

    async def hold(route: Route) -> None:
        if fails.pop():
            await route.abort()
            fails.append(False)
        else:
            held.append(route)

    async with open_page(f"{planned.base}/sign-in") as page:
        page.on("dialog", lambda dialog: dialog.accept())
        await opened(planned, page)
        await page.route("**/uploads/*", hold)
        await page.locator("#pick").set_input_files(a_file("bowl.jpg", a_jpeg()))
        await expect(page.locator(".sending")).to_contain_text("The connection broke off")
        await page.get_by_role("button", name="Retry").click()
        await expect(page.get_by_role("progressbar")).to_be_visible()
        await page.get_by_label("Caption").fill("Written while it is sent")
        await expect(page.locator("#kept")).to_contain_text("Nothing is saved before the first file")
        await page.reload()
        await expect(page.locator("#broken")).to_contain_text("bowl.jpg did not come through whole")
        await expect(page.get_by_label("Caption")).to_have_value("Written while it is sent")
        assert planned.road.posts == ()
        await page.unroute("**/uploads/*")
        refused = a_file("notes.pdf", b"%PDF-1.4 and so on", "application/pdf")
        await page.locator("#pick").set_input_files([refused, a_file("bowl.jpg", a_jpeg())])
        await expect(page.locator(".is-stopped")).to_contain_text("notes.pdf is a PDF")
        await page.get_by_role("button", name="Remove", exact=True).click()
        await expect(page.locator("#kept")).to_contain_text("Saved")
        assert planned.road.posts[0].options.caption == "Written while it is sent"


async def test_a_first_file_that_instagram_would_refuse_is_kept_and_replaced_in_its_place(
    planned: Planned, open_page: Open, judge: Judge
) -> None:
    whole, goes_on = a_jpeg(), asyncio.Event()

    async def hold(route: Route) -> None:
        await goes_on.wait()
        await route.continue_()

    async with open_page(f"{planned.base}/sign-in") as page:
        await opened(planned, page)
        await page.locator("#pick").set_input_files(a_file("cut.jpg", whole[: len(whole) // 2]))
        await expect(page.locator("#outcome")).to_contain_text("would refuse it. cut.jpg is cut off")
        assert [post.assets[0].name for post in planned.road.posts] == ["cut.jpg"]
        assert await judge(page) == []
        # Another file is still on its way when the replacement is chosen.
        await page.route("**/uploads/*", hold)
        async with page.expect_request("**/uploads/*"):
            await page.locator("#pick").set_input_files(a_file("second.jpg", a_jpeg("red")))
        async with page.expect_file_chooser() as chosen:
            await page.get_by_role("button", name="Replace cut.jpg").click()
        await (await chosen.value).set_files(a_file("first.jpg", whole))
        await expect(page.locator("#files > .sending")).to_have_count(2)
        goes_on.set()
        await expect(page.locator("#files .name")).to_have_text(["first.jpg", "second.jpg"])
        await expect(page.locator("#outcome")).not_to_contain_text("Instagram would refuse it")
        assert [asset.name for asset in planned.road.posts[0].assets] == ["first.jpg", "second.jpg"]


async def test_a_draft_goes_to_another_account_and_is_offered_its_slots(
    planned: Planned, open_page: Open
) -> None:
    other = replace(planned.road.account, user_id="17841400000000002")
    replace(planned.road, account=other).sign_in("ben", timezone="Europe/Lisbon")
    await planned.owner.acting_for("ben").posts.slots.add(parse_slots("weekdays 18:00"))
    post = await planned.plan("Whose?", state=PostState.DRAFT)
    async with open_page(f"{planned.base}/sign-in") as page:
        await opened(planned, page, f"/posts/{post.id}/edit")
        await expect(page.locator("#meaning")).to_contain_text("in Europe/Istanbul")
        await page.get_by_label("Account").select_option("ben")
        await expect(page.locator("#outcome .preview")).to_contain_text("ben")
        await expect(page.locator("#meaning")).not_to_contain_text("Istanbul")
        await page.locator("#slots").get_by_role("button", name="Tue 24 Nov, 18:00").click()
        await expect(page.locator("#meaning")).to_contain_text("24 November 2026, 18:00")
        await expect(page.locator("#kept")).to_contain_text("Saved")
        assert (moved := planned.road.post(post.id)).account_name == "ben"
        assert moved.due_at == datetime(2026, 11, 24, 18, tzinfo=UTC)


async def test_a_page_that_arrives_after_a_later_save_does_not_bring_the_older_time_back(
    planned: Planned, open_page: Open
) -> None:
    post, arrives = await planned.plan("When?", "open", state=PostState.DRAFT), asyncio.Event()

    async with open_page(f"{planned.base}/sign-in") as page:
        await opened(planned, page, f"/posts/{post.id}/edit")
        # The preview reads the same page by itself, so it is left out here.
        await page.evaluate("document.getElementById('outcome').removeAttribute('data-live')")

        async def delay(route: Route) -> None:
            if route.request.method != "GET" or arrives.is_set():
                return await route.continue_()
            older = await route.fetch()
            await arrives.wait()
            return await route.fulfill(response=older, headers={**older.headers, "x-older": "yes"})

        def is_newer_page(got: Response) -> bool:
            return got.url.endswith("/edit") and got.request.method == "GET" and "x-older" not in got.headers

        await page.route("**/edit", delay)
        await page.locator("#mending").evaluate("details => (details.open = true)")
        async with page.expect_request(lambda sent: sent.method == "GET" and sent.url.endswith("/edit")):
            await page.get_by_label("Fit").select_option("pad")
        await page.locator(".choice", has_text="At a time").click()
        await page.get_by_label("In words").fill("tomorrow 09:00")
        await expect(page.locator("#meaning")).to_contain_text("25 November 2026, 09:00")
        async with page.expect_response(is_newer_page):
            arrives.set()
        await expect(page.locator("#meaning")).to_contain_text("25 November 2026, 09:00")


async def test_a_draft_whose_answer_was_lost_is_no_second_one_and_what_was_written_since_is_kept(
    planned: Planned, open_page: Open
) -> None:
    lost, may_read = list[str](), asyncio.Event()
    may_read.set()

    async def lose(route: Route) -> None:
        if route.request.method == "POST" and not lost:
            lost.append((await route.fetch()).status_text)
            await route.abort()
            return
        if route.request.method == "GET":
            await may_read.wait()
        await route.continue_()

    async with open_page(f"{planned.base}/sign-in") as page:
        page.on("dialog", lambda dialog: dialog.accept())
        await opened(planned, page)
        await page.route("**/posts/new", lose)
        await page.locator("#pick").set_input_files(a_file("bowl.jpg", a_jpeg()))
        await expect(page.locator("#trouble")).to_contain_text("The server cannot be reached")
        await page.get_by_label("Caption").fill("Written since")
        await expect(page.locator("#kept")).to_contain_text("Saved")
        await expect(page).to_have_url(f"{planned.base}/posts/{planned.road.posts[0].id}/edit")
        assert [post.options.caption for post in planned.road.posts] == ["Written since"]
        # A later save, too, and nobody else is said to have changed it. The page saves again, and its message
        # goes, as soon as it reads that its draft was changed: it may read once the message was seen.
        lost.clear()
        await page.route("**/edit", lose)
        may_read.clear()
        await page.get_by_label("Caption").fill("Later")
        await expect(page.locator("#trouble")).to_contain_text("The server cannot be reached")
        may_read.set()
        await page.get_by_label("Caption").fill("Later still")
        await expect(page.locator("#kept")).to_contain_text("Saved")
        await expect(page.locator("#meanwhile")).to_be_hidden()
        assert [post.options.caption for post in planned.road.posts] == ["Later still"]
        # Its time, too, in words that would mean another one by now.
        await page.locator(".choice", has_text="At a time").click()
        await expect(page.locator("#kept")).to_contain_text("Saved")
        lost.clear()
        may_read.clear()
        await page.get_by_label("In words").fill("+2h")
        await expect(page.locator("#trouble")).to_contain_text("The server cannot be reached")
        may_read.set()
        due = planned.road.posts[0].due_at
        await page.get_by_label("Caption").fill("At last")
        await expect(page.locator("#kept")).to_contain_text("Saved")
        await expect(page.locator("#meanwhile")).to_be_hidden()
        assert [(post.options.caption, post.due_at) for post in planned.road.posts] == [("At last", due)]


async def test_a_draft_that_was_refused_since_too_much_was_asked_for_is_saved_by_itself_and_not_too_soon(
    planned: Planned, open_page: Open
) -> None:
    post, asked = await planned.plan("First", "open", state=PostState.DRAFT), list[float]()

    async def refuse_twice(route: Route) -> None:
        if route.request.method != "POST":
            return await route.continue_()
        asked.append(time.monotonic())
        if len(asked) > 2:
            return await route.continue_()
        problem = {"title": "That was too much at once.", "text": "Do it again."}
        return await route.fulfill(status=429, headers={"retry-after": "2"}, json=problem)

    async with open_page(f"{planned.base}/sign-in") as page:
        await opened(planned, page, f"/posts/{post.id}/edit")
        await page.route("**/edit", refuse_twice)
        async with page.expect_response(lambda got: got.status == 429):
            await page.get_by_label("Caption").fill("Mine")
        await expect(page.locator("#trouble")).to_contain_text("It is saved by itself in a moment")
        async with page.expect_response(lambda got: got.status == 429):
            pass
        await page.get_by_label("Caption").fill("Written since")
        await expect(page.locator("#kept")).to_contain_text("Saved")
        await expect(page.locator("#trouble")).to_be_hidden()
        assert min(asked[1] - asked[0], asked[2] - asked[1]) >= 2  # seconds
        assert planned.road.post(post.id).options.caption == "Written since"


async def test_who_writes_at_one_draft_with_somebody_else_is_told_and_chooses(
    planned: Planned, open_page: Open
) -> None:
    post = await planned.plan("First", "open", state=PostState.DRAFT)
    async with open_page(f"{planned.base}/sign-in") as page:
        await opened(planned, page, f"/posts/{post.id}/edit")
        caption, box = page.get_by_label("Caption"), page.locator("#meanwhile")
        await planned.owner.posts.edit(post.id, caption="Theirs")
        await expect(box).to_be_visible()
        await caption.fill("Mine")
        await expect(box).to_contain_text("anna")
        assert planned.road.post(post.id).options.caption == "Theirs"
        await page.get_by_role("button", name="Keep mine").click()
        await expect(page.locator("#kept")).to_contain_text("Saved")
        assert planned.road.post(post.id).options.caption == "Mine"
        await planned.owner.posts.edit(post.id, caption="Theirs again")
        await expect(box).to_be_visible()
        await page.get_by_role("button", name="Take theirs").click()
        await expect(caption).to_have_value("Theirs again")


async def test_further_options_follow_the_kind_of_post_and_outlive_a_reload(
    planned: Planned, open_page: Open, judge: Judge
) -> None:
    async with open_page(f"{planned.base}/sign-in") as page:
        await opened(planned, page)
        await page.locator("#pick").set_input_files(a_file("cat.jpg", a_jpeg()))
        await expect(page.locator("#kept")).to_contain_text("Saved")
        await page.get_by_text("More options").click()
        await expect(page.get_by_label("Trial reel")).to_be_hidden()
        assert await judge(page) == []
        await show_everywhere(page, "composer-options")
        await page.get_by_label("Made with AI").select_option("Yes")
        await page.get_by_label("User tags").fill("ana:0.5,0.5")
        await expect(page.locator("#kept")).to_have_text("Not saved yet")
        await expect(page.locator("#kept")).to_contain_text("Saved")
        await page.reload()
        await page.get_by_text("More options").click()
        await expect(page.get_by_label("Made with AI")).to_have_value("true")
        await expect(page.get_by_label("User tags")).to_have_value("ana:0.5,0.5")
    assert planned.road.posts[0].options.is_ai_generated


async def test_a_draft_whose_time_is_over_is_planned_by_the_fields_beside_what_says_so(
    planned: Planned, open_page: Open
) -> None:
    post = await planned.plan("Late", "+1h", state=PostState.DRAFT)
    planned.clock.advance(7200)
    async with open_page(f"{planned.base}/sign-in") as page:
        await opened(planned, page, f"/posts/{post.id}/edit")
        await page.get_by_role("button", name="Plan").click()
        await expect(page.locator("#trouble")).to_contain_text("Not planned. 2026-11-24 13:00 UTC is over")
        await expect(page.locator("#trouble")).to_contain_text("Choose a later time, now, or a free slot.")
        await expect(page.get_by_label("In words")).to_be_focused()
        await page.get_by_role("button", name="Now", exact=True).click()
        await page.get_by_role("button", name="Plan").click()
        await expect(page).to_have_url(f"{planned.base}/posts/{post.id}")
        assert planned.road.post(post.id).state is PostState.SCHEDULED


async def test_a_planned_post_is_changed_when_one_says_so_alone(planned: Planned, open_page: Open) -> None:
    post = await planned.plan("As planned")
    async with open_page(f"{planned.base}/sign-in") as page:
        await opened(planned, page, f"/posts/{post.id}/edit")
        page.on("dialog", lambda dialog: dialog.accept())
        await page.get_by_label("Caption").fill("Half a word")
        await expect(page.locator("#counts")).to_contain_text("11 of 2200")
        await page.reload()
        await expect(page.get_by_label("Caption")).to_have_value("Half a word")
        assert planned.road.post(post.id).options.caption == "As planned"
        await page.get_by_role("button", name="Save changes").click()
        await expect(page.locator("#kept")).to_contain_text("Saved")
        assert planned.road.post(post.id).options.caption == "Half a word"


async def sign_in_elsewhere(planned: Planned, page: Page) -> None:
    """Sign in by another tab of the same browser, which stays open."""
    await planned.sign_in(await page.context.new_page())


@pytest.mark.parametrize("width", [1280, 375])
async def test_a_draft_that_was_written_while_signed_out_is_saved_after_a_sign_in_in_another_tab(
    planned: Planned, open_page: Open, judge: Judge, width: int
) -> None:
    post = await planned.plan("First", "open", state=PostState.DRAFT)
    async with open_page(f"{planned.base}/sign-in") as page:
        await page.set_viewport_size({"width": width, "height": 900})
        await opened(planned, page, f"/posts/{post.id}/edit")
        await planned.owner.pages.sign_out_all()
        await page.get_by_label("Caption").fill("Written while signed out")
        await expect(page.locator("#kept")).to_have_text("Not saved. Your text is kept in this browser.")
        await expect(page.locator("#trouble")).to_contain_text("You are signed out. Sign in in another tab")
        await expect(page.get_by_role("button", name="Sign in")).to_be_visible()
        assert await judge(page) == []
        SHOTS.mkdir(parents=True, exist_ok=True)
        for theme in ("light", "dark"):
            await page.emulate_media(color_scheme=theme)
            assert not await page.evaluate(SCROLLS)
            await page.screenshot(path=SHOTS / f"composer-signed-out-{theme}-{width}.png", full_page=True)
        assert planned.road.post(post.id).options.caption == "First"
        await sign_in_elsewhere(planned, page)
        await expect(page.locator("#kept")).to_contain_text("Saved")
        await expect(page.locator("#trouble")).to_be_hidden()
        assert planned.road.post(post.id).options.caption == "Written while signed out"
        assert await page.evaluate("Object.keys(localStorage)") == []


async def test_changes_of_a_planned_post_wait_for_its_button_after_a_new_sign_in(
    planned: Planned, open_page: Open
) -> None:
    post = await planned.plan("As planned")
    async with open_page(f"{planned.base}/sign-in") as page:
        await opened(planned, page, f"/posts/{post.id}/edit")
        await page.get_by_label("Caption").fill("Half a word")
        await planned.owner.pages.sign_out_all()
        await page.get_by_role("button", name="Save changes").click()
        await expect(page.locator("#trouble")).to_contain_text("You are signed out.")
        await sign_in_elsewhere(planned, page)
        await expect(page.locator("#kept")).to_have_text("You are signed in again. Press “Save changes”.")
        assert planned.road.post(post.id).options.caption == "As planned"
        await page.get_by_role("button", name="Save changes").click()
        await expect(page.locator("#kept")).to_contain_text("Saved")
        assert planned.road.post(post.id).options.caption == "Half a word"


async def test_a_save_with_the_token_of_an_earlier_session_is_sent_again_with_the_new_one(
    planned: Planned, open_page: Open
) -> None:
    post = await planned.plan("First", "open", state=PostState.DRAFT)
    async with open_page(f"{planned.base}/sign-in") as page:
        await opened(planned, page, f"/posts/{post.id}/edit")
        old = await page.get_attribute('meta[name="pressroom-csrf"]', "content")
        # The page is not notified that its session ended.
        await planned.owner.pages.sign_out_all()
        await sign_in_elsewhere(planned, page)
        await page.locator("#pick").set_input_files(a_file("second.jpg", a_jpeg("red")))
        await expect(page.locator("#files > .piece:not(.sending)")).to_have_count(2)
        await page.get_by_label("Caption").fill("Saved later")
        await expect(page.locator("#kept")).to_contain_text("Saved")
        assert await page.get_attribute('meta[name="pressroom-csrf"]', "content") != old
        assert planned.road.post(post.id).options.caption == "Saved later"


@pytest.mark.parametrize("is_new", [True, False])
async def test_a_text_that_was_not_saved_outlives_its_tab_and_is_offered_again(
    planned: Planned, open_page: Open, judge: Judge, *, is_new: bool
) -> None:
    post = await planned.plan("First", "open", state=PostState.DRAFT)
    path = "/posts/new" if is_new else f"/posts/{post.id}/edit"
    async with open_page(f"{planned.base}/sign-in") as page:
        await opened(planned, page, path)
        await planned.owner.pages.sign_out_all()
        await page.get_by_label("Caption").fill("Written while signed out")
        await expect(page.locator("#trouble")).to_contain_text("You are signed out.")
        await page.reload()
        await expect(page.get_by_role("heading", name="Sign in first")).to_be_visible()
        other = await page.context.new_page()
        await page.close()
        await opened(planned, other, path)
        box = other.locator("#unsaved")
        await expect(box).to_contain_text("Written while signed out")
        assert await judge(other) == []
        for theme in ("light", "dark"):
            for width in (375, 1280):
                await other.emulate_media(color_scheme=theme)
                await other.set_viewport_size({"width": width, "height": 900})
                assert not await other.evaluate(SCROLLS)
                await other.screenshot(path=SHOTS / f"composer-offered-{theme}-{width}.png")
        await other.get_by_role("button", name="Restore").click()
        await expect(box).to_be_hidden()
        await expect(other.get_by_label("Caption")).to_have_value("Written while signed out")
        if not is_new:
            await expect(other.locator("#kept")).to_contain_text("Saved")
            assert planned.road.post(post.id).options.caption == "Written while signed out"
            assert await other.evaluate("Object.keys(localStorage)") == []


async def test_another_user_who_signs_in_gets_neither_the_token_nor_the_text(
    planned: Planned, open_page: Open
) -> None:
    post = await planned.plan("First", "open", state=PostState.DRAFT)
    path = f"/posts/{post.id}/edit"

    async def serve_as_other_user(route: Route) -> None:
        got = await route.fetch()
        meta = 'name="pressroom-user" content="'
        await route.fulfill(response=got, body=(await got.text()).replace(meta, f"{meta}another-"))

    async with open_page(f"{planned.base}/sign-in") as page:
        await opened(planned, page, path)
        await planned.owner.pages.sign_out_all()
        await page.get_by_label("Caption").fill("For my eyes")
        await expect(page.locator("#trouble")).to_contain_text("You are signed out.")
        await page.route(f"**{path}", serve_as_other_user)
        async with page.expect_navigation(url=f"**{path}"):
            await sign_in_elsewhere(planned, page)
        await expect(page.get_by_label("Caption")).to_have_value("First")
        await expect(page.locator("#unsaved")).to_be_hidden()
        assert planned.road.post(post.id).options.caption == "First"
        # The text is still there for the user who wrote it.
        await page.unroute(f"**{path}")
        await page.reload()
        await expect(page.get_by_label("Caption")).to_have_value("For my eyes")


async def test_signing_out_deletes_the_unsaved_texts_of_this_browser(
    planned: Planned, open_page: Open
) -> None:
    async with open_page(f"{planned.base}/sign-in") as page:
        await opened(planned, page)
        await page.get_by_label("Caption").fill("For my eyes")
        await expect(page.locator("#counts")).to_contain_text("11 of 2200")
        assert await page.evaluate("Object.keys(localStorage).length") == 1
        await page.get_by_role("button", name="Sign out").click()
        await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        assert await page.evaluate("Object.keys(localStorage).length") == 0
