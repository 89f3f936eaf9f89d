"""The composer: a draft from the first file on, saved by the version that was seen, planned with a time."""

import io
import json
import os
import re
import time
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

import pytest
from PIL import Image

from pressroom.core.assets import NO_EDITS, Edits, Fit
from pressroom.core.errors import Refused
from pressroom.core.post import Post, PostId, PostKind, PostState, When
from pressroom.graph.calls import UserTag
from pressroom.service import new_post
from pressroom.service.ground.copies import sweep_copies
from pressroom.service.ground.incoming import tidy_uploads
from pressroom.web.posts import draft
from pressroom.web.posts.draft import key_of
from pressroom.web.posts.further import FURTHER
from tests.service.consenting import a_file
from tests.service.test_uploads import a_jpeg
from tests.web.house import House
from tests.web.test_page_uploads import files_of, send, token_of
from tests.web.visitor import Got, Visitor

IDS = tuple(f"123e4567-e89b-42d3-a456-42661417400{number}" for number in range(3))
TOMORROW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


@dataclass
class Desk:
    """Somebody at the composer, whose browser's clock is that of UTC."""

    house: House
    anna: Visitor
    token: str

    async def ask(self, path: str, **sent: Any) -> Got:
        return await self.anna.send(path, json.dumps(sent).encode(), x_pressroom_csrf=self.token)

    async def upload(self, number: int, colour: str = "blue") -> dict[str, str]:
        content = a_jpeg(colour)
        assert (await send(self.anna, content, upload_id=IDS[number], name=f"{colour}.jpg")).status == 201
        return {"upload": IDS[number], "alt_text": f"All {colour}"}

    async def draft(self, **sent: Any) -> dict[str, Any]:
        given: dict[str, Any] = {"files": [await self.upload(0)], "caption": "Hello", **sent}
        got = await self.ask("/posts/new", **given)
        assert got.status == 200, got.text
        return json.loads(got.html)

    def post(self, post_id: str) -> Post:
        return self.house.road.post(PostId(post_id))


def a_picture_of(width: int, height: int) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(file, "JPEG")
    return file.getvalue()


@pytest.fixture
async def desk(house: House) -> Desk:
    anna = await house.signed_in()
    anna.cookies["pressroom-reader"] = "zone=UTC|first=0"
    return Desk(house, anna, await token_of(anna))


async def test_a_draft_is_kept_from_the_first_file_on_and_becomes_a_carousel_with_the_second(
    desk: Desk,
) -> None:
    kept = await desk.draft()
    post = desk.post(kept["id"])
    assert (post.state, post.when, post.kind) == (PostState.DRAFT, When.OPEN, PostKind.PHOTO)
    assert (post.options.caption, post.options.alt_texts) == ("Hello", ("All blue",))
    files = [await desk.upload(1, "red"), {"key": kept["files"][0]}]
    got = await desk.ask(f"/posts/{post.id}/edit", version=1, kind="carousel", files=files, caption="Hello")
    saved, post = json.loads(got.html), desk.post(kept["id"])
    assert (saved["version"], post.kind, post.version) == (2, PostKind.CAROUSEL, 2)
    assert [asset.name for asset in post.assets] == ["red.jpg", "blue.jpg"]
    assert post.options.alt_texts == ("All red", "")
    page = await desk.anna.get(f"/posts/{post.id}/edit")
    assert page.text.count("Instagram takes it as it is.") == 2
    assert saved["files"][0] in page.html


async def test_a_draft_is_of_the_account_that_was_chosen(desk: Desk) -> None:
    other = replace(desk.house.road.account, user_id="17841400000000002")
    replace(desk.house.road, account=other).sign_in("ben", timezone="Europe/Lisbon")
    assert '<option value="ben"' in (await desk.anna.get("/posts/new")).html
    kept = await desk.draft(account="ben", time={"kind": "time", "text": "tomorrow 09:00"})
    assert desk.post(kept["id"]).account_name == "ben"
    assert kept["time"] == "Wednesday 25 November 2026, 09:00 in UTC · in 21 hours"
    assert (await desk.ask("/posts/new", account="nobody", files=[await desk.upload(1)])).status == 404


@pytest.mark.parametrize("has_script", [True, False])
async def test_a_draft_is_given_to_another_account_with_all_it_has(desk: Desk, *, has_script: bool) -> None:
    other = replace(desk.house.road.account, user_id="17841400000000002")
    replace(desk.house.road, account=other).sign_in("ben", timezone="Europe/Lisbon")
    kept = await desk.draft(account="ana", time={"kind": "time", "text": "tomorrow 09:00"})
    before = desk.post(kept["id"])
    address = f"/posts/{before.id}/edit"
    if has_script:
        file = {"key": kept["files"][0], "alt_text": "All blue"}
        sent: dict[str, Any] = {"files": [file], "caption": "Hello", "account": "ben"}
        assert (await desk.ask(address, version=before.version, **sent)).status == 200
    else:
        page = await desk.anna.get(address)
        assert (await desk.anna.press(page, f"/posts/{before.id}/account", account="ben")).status == 303
    post = desk.post(before.id)
    assert (post.account != before.account, post.login, post.timezone) == (True, "ben", "Europe/Lisbon")
    kept_so = replace(before, account=post.account, login="ben", timezone=post.timezone)
    assert post == replace(kept_so, version=before.version + 1, revision=post.revision)
    event = desk.house.road.store.events.list(post.id)[-1]
    assert (event.step, "account from" in event.text) == ("edited", True)
    got = await desk.ask(address, version=before.version, files=[{"key": kept["files"][0]}], account="ana")
    assert (got.status, desk.post(post.id).account_name) == (409, "ben"), "that was another version"
    planned = await desk.house.owner.posts.release(post.id, "+3h")
    with pytest.raises(Refused, match="stays with its account"):
        await desk.house.owner.posts.edit(planned.id, account="ana")


async def test_which_of_two_logins_of_an_account_publishes_a_draft_is_chosen_and_another_version(
    desk: Desk,
) -> None:
    kept = await desk.draft(account="ana")
    desk.house.road.sign_in("second", timezone="Europe/Istanbul")
    address, file = f"/posts/{kept['id']}/edit", {"key": kept["files"][0], "alt_text": "All blue"}
    sent: dict[str, Any] = {"files": [file], "caption": "Hello", "account": "second"}
    for _ in range(2):  # the same again changes nothing, as if its answer was lost
        got = await desk.ask(address, version=1, **sent)
        assert (got.status, json.loads(got.html)["version"]) == (200, 2)
    assert (desk.post(kept["id"]).login, desk.post(kept["id"]).version) == ("second", 2)
    told = await desk.ask(address, version=1, **{**sent, "account": "ana"})
    assert (told.status, "account from “ana” to “second”" in told.text) == (409, True)
    planned = await desk.house.owner.posts.release(kept["id"], "+3h")
    got = await desk.ask(address, version=planned.version, **{**sent, "account": "ana", "caption": "Hi"})
    assert (got.status, desk.post(planned.id).login) == (200, "second"), "its page offers no choice"


async def test_a_draft_stays_with_its_account_where_nobody_is_signed_in_to_it_any_more(desk: Desk) -> None:
    for number, name in ((2, "ben"), (3, "cleo")):
        other = replace(desk.house.road.account, user_id=f"1784140000000000{number}")
        replace(desk.house.road, account=other).sign_in(name)
    kept = await desk.draft(account="ana")
    before = desk.post(kept["id"])
    await desk.house.owner.accounts.sign_out("ana")
    page = await desk.anna.get(f"/posts/{before.id}/edit")
    chosen = re.findall(r'<option value="([^"]*)" selected>([^<]*)', page.html.partition('id="files"')[0])
    assert chosen == [("", desk.post(before.id).account_name)], "of those without a script"
    select = page.html.partition('<select id="account">')[2].partition("</select>")[0]
    assert re.findall(r'value="([^"]*)" selected', select) == [""], "a browser takes the first one else"
    file = {"key": kept["files"][0], "alt_text": "All blue"}
    got = await desk.ask(f"/posts/{before.id}/edit", version=1, files=[file], caption="Hallo", account="")
    assert (got.status, desk.post(before.id).account) == (200, before.account)


async def test_saving_the_same_again_changes_nothing(desk: Desk) -> None:
    kept = await desk.draft()
    file = {"key": kept["files"][0], "alt_text": "All blue"}
    got = await desk.ask(f"/posts/{kept['id']}/edit", version=1, files=[file], caption="Hello")
    assert json.loads(got.html)["version"] == desk.post(kept["id"]).version == 1


async def test_who_saves_what_somebody_else_changed_is_told_and_overwrites_nothing(desk: Desk) -> None:
    kept = await desk.draft()
    await desk.house.owner.posts.edit(kept["id"], caption="Theirs")
    mine: dict[str, Any] = {"files": [{"key": kept["files"][0]}], "caption": "Mine"}
    for path in ("edit", "plan"):
        at = {"kind": "time", "text": "tomorrow 09:00"}
        got = await desk.ask(f"/posts/{kept['id']}/{path}", version=1, time=at, **mine)
        assert (got.status, json.loads(got.html)["changed"]) == (409, 2)
        assert "anna" in got.text
    assert desk.post(kept["id"]).options.caption == "Theirs"
    assert (await desk.ask(f"/posts/{kept['id']}/edit", version=2, **mine)).status == 200
    assert desk.post(kept["id"]).options.caption == "Mine"


async def test_a_file_that_the_post_has_not_is_not_taken_from_elsewhere(desk: Desk) -> None:
    kept = await desk.draft()
    for file, status in (({"key": "0" * 24}, 422), ({"upload": IDS[2]}, 404), ({"upload": "../a"}, 404)):
        got = await desk.ask(f"/posts/{kept['id']}/edit", version=1, files=[file], caption="")
        assert got.status == status
    assert desk.post(kept["id"]).version == 1


async def test_texts_are_counted_as_where_they_are_checked_and_too_long_ones_are_not_kept(desk: Desk) -> None:
    kept = await desk.draft()
    texts = {"caption": "😀" * 1101 + " #a #1 me@b.c", "first_comment": "#b @c"}
    judged = json.loads((await desk.ask("/posts/new/judge", **texts)).html)
    assert [(each["rule"], each["count"], each["most"]) for each in judged["counts"]] == [
        ("caption_length", 2215, 2200),
        ("hashtags", 2, 30),
        ("mentions", 1, 20),
    ]
    file = {"key": kept["files"][0]}
    got = await desk.ask(f"/posts/{kept['id']}/edit", version=1, files=[file], **texts)
    assert (got.status, "2,215 characters" in got.text) == (422, True)
    assert desk.post(kept["id"]).options.caption == "Hello"


@pytest.mark.parametrize(
    ("sent", "meaning", "when"),
    [
        (
            {"kind": "time", "text": "tomorrow 09:00"},
            "Wednesday 25 November 2026, 09:00 in UTC · Wednesday, 12:00 in Europe/Istanbul · in 21 hours",
            (When.TIME, TOMORROW, None),
        ),
        (
            {"kind": "time", "text": "tomorrow at 9"},
            "Wednesday 25 November 2026, 09:00 in UTC · Wednesday, 12:00 in Europe/Istanbul · in 21 hours",
            (When.TIME, TOMORROW, None),
        ),
        (
            {"kind": "day", "text": "2026-12-24"},
            "Thursday 24 December 2026, no time yet",
            (When.DAY, None, date(2026, 12, 24)),
        ),
        ({"kind": "open", "text": "x"}, "No day and no time yet", (When.OPEN, None, None)),
    ],
    ids=["time", "time_in_words", "day", "open"],
)
async def test_a_time_is_read_on_the_readers_clock_and_a_draft_stays_one(
    desk: Desk, sent: dict[str, str], meaning: str, when: tuple[When, datetime | None, date | None]
) -> None:
    kept = await desk.draft(time=sent, account="ana")
    post = desk.post(kept["id"])
    assert kept["time"] == meaning
    assert (post.state, (post.when, post.due_at, post.day)) == (PostState.DRAFT, when)
    page = await desk.anna.get(f"/posts/{post.id}/edit")
    assert meaning in page.text


async def test_what_is_no_time_is_said_and_the_rest_is_kept(desk: Desk) -> None:
    kept = await desk.draft(time={"kind": "time", "text": "half past never"}, caption="Kept")
    assert "not a time that can be read" in kept["problem"]["title"]
    over = await desk.draft(time={"kind": "time", "text": "2026-11-01 09:00"}, caption="Kept")
    assert "is over" in over["problem"]["title"]
    assert {desk.post(each["id"]).options.caption for each in (kept, over)} == {"Kept"}


async def test_a_draft_is_planned_with_a_time_alone(desk: Desk) -> None:
    kept = await desk.draft()
    path, file = f"/posts/{kept['id']}/plan", {"key": kept["files"][0]}
    for sent in (None, {"kind": "open"}, {"kind": "day", "text": "tomorrow"}, {"kind": "time", "text": ""}):
        got = await desk.ask(path, version=1, files=[file], caption="Hello", time=sent)
        assert (got.status, "planned for a time" in got.text) == (422, True)
    at = {"kind": "time", "text": "tomorrow 09:00"}
    got = await desk.ask(path, version=1, files=[file], caption="Now whole", time=at)
    assert json.loads(got.html)["words"] == "It is planned for Wednesday 25 November 2026, 09:00."
    post = desk.post(kept["id"])
    assert (post.state, post.due_at, post.options.caption) == (PostState.SCHEDULED, TOMORROW, "Now whole")


async def test_what_instagram_would_refuse_is_said_and_not_planned(desk: Desk) -> None:
    kept = await desk.draft()
    await desk.house.owner.posts.edit(kept["id"], kind=PostKind.REEL, alt_texts=())
    page = await desk.anna.get(f"/posts/{kept['id']}/edit")
    assert "Instagram would refuse it." in page.text
    at = {"kind": "time", "text": "tomorrow 09:00"}
    file = {"key": kept["files"][0]}
    got = await desk.ask(
        f"/posts/{kept['id']}/plan", version=2, kind="reel", files=[file], caption="Hello", time=at
    )
    assert got.status == 422
    assert desk.post(kept["id"]).state is PostState.DRAFT


async def test_a_first_file_that_instagram_would_refuse_is_kept_and_not_planned(desk: Desk) -> None:
    content = a_jpeg()
    assert (await send(desk.anna, content[: len(content) // 2], upload_id=IDS[1])).status == 201
    kept = await desk.draft(files=[{"upload": IDS[1]}])
    page = await desk.anna.get(f"/posts/{kept['id']}/edit")
    assert page.text.count("cat.jpg is cut off: its end is missing.") == 2, "beside it, and of the whole post"
    assert "Replace cat.jpg" in page.text
    at = {"kind": "time", "text": "tomorrow 09:00"}
    file = {"key": kept["files"][0]}
    got = await desk.ask(f"/posts/{kept['id']}/plan", version=1, files=[file], caption="Hello", time=at)
    assert (got.status, "cut off" in got.text) == (422, True)
    owner = desk.house.owner
    await owner.posts.move(kept["id"], "+2h")
    for let_go in (owner.posts.approve, owner.approvals.approve, partial(owner.posts.release, at="+3h")):
        with pytest.raises(Refused, match="cut off"):
            await let_go(kept["id"])
    assert desk.post(kept["id"]).state is PostState.DRAFT
    words = await desk.ask("/posts/new", files=[{"upload": IDS[1]}], caption="a" * 2201)
    assert (words.status, len(desk.house.road.posts)) == (422, 1), "of its words the rules stay"


async def test_the_files_of_a_carousel_are_judged_by_the_one_shape_they_get(desk: Desk) -> None:
    await send(desk.anna, a_picture_of(1080, 720), upload_id=IDS[1], name="wide.jpg")
    files = [await desk.upload(0), {"upload": IDS[1]}]
    kept = await desk.draft(kind="carousel", files=files)
    page = (await desk.anna.get(f"/posts/{kept['id']}/edit")).text
    assert "A carousel has one shape, that of its first file: 1:1. Given bars for it: wide.jpg." in page
    assert "3:2 is wider than 1:1: blurred bars were added" in page, "beside that file alone"
    assert page.count("Instagram takes it as it is.") == 1
    post = desk.post(kept["id"])
    for fit, how in ((Fit.CROP, "Cut to it"), (Fit.KEEP, "Instagram crops to it")):
        shaped = replace(post, options=replace(post.options, fit=fit))
        assert f"{how}: wide.jpg." in (await desk.house.owner.media.check_post(shaped))[-1]
    assert await desk.house.owner.media.check_post(replace(post, assets=post.assets[:1] * 2)) == ()


async def test_what_the_desk_refuses_is_mended_by_fields_of_the_page(desk: Desk) -> None:
    wide = a_picture_of(2160, 540)
    await send(desk.anna, wide, upload_id=IDS[1], name="wide.jpg")
    kept = await desk.draft(files=[{"upload": IDS[1]}], mends={"fit": "keep"})
    address = f"/posts/{kept['id']}/edit"
    page = await desk.anna.get(address)
    words = "Use “Fit: Blur” or “Fit: Pad” to add bars, or “Fit: Crop” to cut."
    assert (page.text.count(words), "--fit" in page.html) == (2, False)
    sent: dict[str, Any] = {"files": [{"key": kept["files"][0]}], "caption": "Hello"}
    assert (await desk.ask(address, version=1, mends={"fit": "crop", "repeat": True}, **sent)).status == 200
    options = desk.post(kept["id"]).options
    assert (options.fit, options.edits) == (Fit.CROP, NO_EDITS), "a picture is not played again"
    assert "Instagram would refuse it" not in (await desk.anna.get(address)).text
    assert (await desk.ask(address, version=2, **{**sent, "caption": "Hi"})).status == 200
    assert desk.post(kept["id"]).options == replace(options, caption="Hi"), "what is not sent stays"
    clip = {"kind": "reel", **sent}
    mends = {"repeat": True, "salvage": True, "end_s": 5}
    assert (await desk.ask(address, version=3, mends=mends, **clip)).status == 200
    assert desk.post(kept["id"]).options.edits == Edits(repeat=True, salvage=True, end_s=5)
    got = await desk.ask(address, version=4, mends={"end_s": -1}, **clip)
    assert (got.status, "No clip has a part" in got.text) == (422, True)


async def test_every_option_without_a_field_of_its_own_is_kept_as_a_table_would_spell_it(desk: Desk) -> None:
    written = {"is_ai_generated": "true", "user_tags": "ana:0.5,0.5\n\nben:0.1,0.2", "location_id": " 123 "}
    kept = await desk.draft(options={**written, "trial": "manual", "audio": "1790"})
    address, options = f"/posts/{kept['id']}/edit", desk.post(kept["id"]).options
    assert (options.is_ai_generated, options.location_id) == (True, "123")
    assert options.user_tags == (UserTag("ana", 0.5, 0.5), UserTag("ben", 0.1, 0.2))
    assert (options.trial, options.audio) == (None, None), "a photo has none"
    page = (await desk.anna.get(address)).html
    assert all(f'data-option="{option.name}"' in page for option in FURTHER)
    assert re.search(r'data-option="is_ai_generated".{0,120}<option value="true" selected>Yes', page)
    sent: dict[str, Any] = {"files": [{"key": kept["files"][0]}], "caption": "Hello"}
    assert (await desk.ask(address, version=1, **{**sent, "caption": "Hi"})).status == 200
    assert desk.post(kept["id"]).options == replace(options, caption="Hi", alt_texts=()), "the rest stays"
    reel = {"trial": "manual", "start_s": "2.5", "user_tags": "", "location_id": ""}
    assert (await desk.ask(address, version=2, kind="reel", options=reel, **sent)).status == 200
    options = desk.post(kept["id"]).options
    assert (options.trial, options.edits.start_s) == ("manual", 2.5)
    assert (options.user_tags, options.location_id) == ((), None)


@pytest.mark.parametrize(
    ("option", "text", "fix"),
    [
        ("start_s", "soon", "Write the seconds from the clip's start."),
        ("user_tags", "ana:1", "after the name come X,Y"),
        ("audio", "Late Night", "on the command line"),
        ("audio", "1790", "sign in by Facebook Login"),
    ],
)
async def test_a_text_that_is_no_value_of_an_option_is_refused(
    desk: Desk, option: str, text: str, fix: str
) -> None:
    files = [await desk.upload(0)]
    got = await desk.ask("/posts/new", kind="reel", files=files, caption="", options={option: text})
    assert (got.status, fix in json.loads(got.html)["text"]) == (422, True), got.text


async def test_what_only_the_command_line_does_is_said_in_plain_words(desk: Desk) -> None:
    kept = await desk.draft(time={"kind": "time", "text": "next slot"}, account="ana")
    assert kept["problem"]["text"] == "Add some: on the command line."
    got = await desk.ask("/posts/new", kind="carousel", files=[await desk.upload(1)], caption="")
    assert (got.status, "`" in got.html, "--" in got.html) == (422, False, False)


async def test_a_planned_post_is_changed_on_the_same_page_and_what_is_over_is_not(desk: Desk) -> None:
    owner = desk.house.owner
    planned = (await owner.posts.submit(new_post("photo", a_file(desk.house.directory)), at="+3h")).post
    page = await desk.anna.get(f"/posts/{planned.id}/edit")
    assert "Save changes" in page.text
    assert "Save as draft" not in page.text
    await owner.posts.cancel(planned.id)
    over = await desk.anna.get(f"/posts/{planned.id}/edit")
    assert (over.status, f'href="/posts/{planned.id}"' in over.html) == (409, True)
    assert "cancelled" in over.text


async def test_a_text_is_sent_back_as_it_was_typed_and_nothing_of_it_is_markup(desk: Desk) -> None:
    text = "\n</textarea><script>alert(1)</script> \u202eabc\u202c 👩\u200d🌾 & &amp;\n"
    kept = await desk.draft(caption=text, first_comment=text)
    page = (await desk.anna.get(f"/posts/{kept['id']}/edit")).html
    assert "<script>alert" not in page
    typed = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert f">\n{typed}</textarea>" in page
    assert desk.post(kept["id"]).options.caption == text


async def test_what_waits_for_a_decision_is_not_let_out_by_a_page_with_script(desk: Desk) -> None:
    asked = await desk.house.proposed()
    post = desk.post(PostId(asked.post_id or ""))
    at = {"kind": "time", "text": "tomorrow 09:00"}
    sent: dict[str, Any] = {"files": [{"key": key_of(post.assets[0])}], "time": at}
    got = await desk.ask(f"/posts/{post.id}/plan", version=post.version, **sent)
    assert (got.status, "Only a draft is planned here" in got.text) == (422, True)
    for path in ("edit", "plan"):
        assert (await desk.ask(f"/posts/{post.id}/{path}", **sent)).status == 422, "no version was seen"
    assert desk.post(post.id) == post


async def test_a_draft_whose_time_is_over_does_not_go_out_by_planning_it_for_then(desk: Desk) -> None:
    at = {"kind": "time", "text": "+1h"}
    kept = await desk.draft(time=at)
    due = desk.post(kept["id"]).due_at
    desk.house.road.clock.advance(2 * 3600)
    file = {"key": kept["files"][0], "alt_text": "All blue"}
    for time_sent in ({"kind": "time", "text": f"{due:%Y-%m-%dT%H:%M}"}, None):
        got = await desk.ask(
            f"/posts/{kept['id']}/plan", version=2, files=[file], caption="Hello", time=time_sent
        )
        said = json.loads(got.html)
        assert (got.status, said["field"], "is over, since 1 hour" in said["title"]) == (422, "at", True)
        assert said["text"] == "Choose a later time, now, or a free slot."
    assert desk.post(kept["id"]).state is PostState.DRAFT


async def test_a_time_that_is_sent_back_as_it_was_shown_stays_the_same(desk: Desk) -> None:
    """The second half past two of the night on which clocks go back, and its seconds."""
    desk.anna.cookies["pressroom-reader"] = "zone=Europe/Berlin|first=0"
    due = datetime(2027, 10, 31, 1, 30, 15, tzinfo=UTC)
    content = new_post("photo", a_file(desk.house.directory))
    post = (await desk.house.owner.posts.submit(content, at=due, state=PostState.DRAFT)).post
    sent: dict[str, Any] = {"version": post.version, "files": [{"key": key_of(post.assets[0])}]}
    at = {"kind": "time", "text": "2027-10-31 02:30"}
    for path in ("edit", "plan"):
        assert (await desk.ask(f"/posts/{post.id}/{path}", time=at, **sent)).status == 200
    planned = desk.post(post.id)
    assert (planned.state, planned.due_at) == (PostState.SCHEDULED, due)


async def test_what_was_let_go_is_not_given_a_time_at_which_nobody_could_stop_it(desk: Desk) -> None:
    kept = await desk.draft(time={"kind": "time", "text": "+3h"})
    planned = await desk.house.owner.posts.release(kept["id"], "+3h")
    file = {"key": kept["files"][0], "alt_text": "All blue"}
    got = await desk.ask(
        f"/posts/{planned.id}/edit",
        version=planned.version,
        files=[file],
        caption="Mended",
        time={"kind": "time", "text": "now"},
    )
    assert "less than a minute away" in got.text
    post = desk.post(planned.id)
    assert (post.options.caption, post.due_at) == ("Mended", planned.due_at), "the rest of it is kept"


async def test_a_script_is_told_in_json_whatever_goes_wrong(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def count(_caption: str, _comment: str) -> int:
        return 1 // 0

    monkeypatch.setattr(draft, "counts_of", count)
    for who, token, status in (
        (desk.house.visitor(), desk.token, 401),
        (desk.anna, "forged", 403),
        (desk.anna, desk.token, 500),
    ):
        got = await who.send("/posts/new/judge", b"{}", x_pressroom_csrf=token)
        assert (got.status, set(json.loads(got.html))) == (status, {"title", "text"})


async def test_a_story_carries_no_words_and_a_click_on_a_slot_says_the_time(desk: Desk) -> None:
    kept = await desk.draft(kind="story", first_comment="Hi")
    options = desk.post(kept["id"]).options
    assert (options.caption, options.first_comment, options.alt_texts) == (None, None, ())
    page = await desk.anna.get("/posts/new?at=2026-11-26T18:00&account=ana")
    assert "Thursday 26 November 2026, 18:00 in UTC" in page.text
    for at, field in (("2026-11-26T18:00Z", "2026-11-26T19:00"), ("2027-10-31T01:00Z", "2027-10-31T01:00Z")):
        page = await desk.anna.get(f"/posts/new?at={at}&zone=Europe/Berlin")
        assert f'id="at-field" value="{field}"' in page.html
    assert (await desk.anna.get("/posts/new?day=<script>&account=nobody")).status == 200


async def test_nothing_is_kept_for_whoever_is_not_signed_in_or_sends_no_draft(desk: Desk) -> None:
    stranger = desk.house.visitor()
    for path in ("/posts/new", "/posts/new/judge"):
        assert (await stranger.send(path, b"{}", x_pressroom_csrf=desk.token)).status == 401
        assert (await desk.anna.send(path, b"{}", x_pressroom_csrf="forged")).status == 403
        for body in (b"", b"[]", b'{"files": 3}', b'{"caption": "' + b"a" * 300_000 + b'"}'):
            assert (await desk.anna.send(path, body, x_pressroom_csrf=desk.token)).status == 422
    assert (await stranger.get("/posts/new")).status == 401
    assert desk.house.road.posts == ()


async def test_the_files_of_a_draft_that_was_given_up_are_swept(desk: Desk) -> None:
    kept, old = await desk.draft(), time.time() - 100_000
    await desk.house.owner.posts.cancel(kept["id"])
    for path in files_of(desk.house):
        os.utime(path, (old, old))
    desk.house.road.clock.advance(100_000)
    assets = desk.house.road.settings.assets
    await tidy_uploads(desk.house.road.store, assets)
    await sweep_copies(desk.house.road.store, assets, before=time.time() - 50_000)
    assert files_of(desk.house) == []
