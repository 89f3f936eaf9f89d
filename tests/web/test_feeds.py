"""The calendars that programs fetch: who reads which, and what stands in them, as `icalendar` reads it."""

import errno
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from pressroom.core.actor import KEY_FORM
from pressroom.core.errors import NeedsApproval, Refused, StoreFailed
from pressroom.core.journal import FieldChange, TrailQuery
from pressroom.core.post import Post, PostId, PostKind, PostState, When
from pressroom.core.secret import redact_text
from pressroom.core.spelling import visible
from pressroom.core.stored_posts import Chip
from pressroom.service.posts import feeds
from pressroom.service.posts.feeds import calendar_of
from pressroom.store.events import SqlEvents
from tests.fakes.clock import START
from tests.service.consenting import ANNA, a_file, a_picture, program
from tests.web.house import House
from tests.web.visitor import Got, Visitor

STUDIO = "photo: Open studio, at nine; bring; \\ all (scheduled)"
ADDRESS = re.compile(r"<code>http://127\.0\.0\.1:8484(/feeds/prf_[\w-]+\.ics)</code>")


async def made(visitor: Visitor) -> str:
    """Make an address on the page."""
    page = await visitor.get("/feeds")
    account = re.findall(r'<option value="([^"]+)">', page.html)[0]
    got = await visitor.press(page, "/feeds", account=account)
    (path,) = ADDRESS.findall(got.html)
    return str(path)


async def planned(house: House, caption: str, at: date | str, state: PostState = PostState.SCHEDULED) -> Post:
    wanted = a_picture(a_file(house.directory), caption)
    return (await house.owner.posts.submit(wanted, at=at, state=state)).post


def events_of(got: Got) -> dict[str, dict[str, Any]]:
    calendar: Any = Calendar.from_ical(got.body)
    assert calendar.errors == []
    assert calendar["NAME"] == calendar["X-WR-CALNAME"] == "ana"
    return {
        str(event["SUMMARY"]): {name: event.get(name) for name in ("STATUS",)}
        | {"start": event.decoded("DTSTART"), "sequence": int(event["SEQUENCE"])}
        for event in calendar.walk("VEVENT")
    }


async def test_a_calendar_shows_what_is_planned_and_follows_it(house: House) -> None:
    post = await planned(house, "Open studio, at nine; bring; \\ all", "2026-11-26 12:00")
    day = await planned(house, "Some time", date(2026, 11, 27), PostState.DRAFT)
    for caption, at, state in (
        ("Never", "2027-06-01 12:00", PostState.SCHEDULED),
        ("Open", "open", PostState.DRAFT),
    ):
        await planned(house, caption, at, state)
    gone = await planned(house, "Gone", "2026-11-28 12:00")
    await house.owner.posts.cancel(gone.id)
    path, apple = await made(await house.signed_in()), house.visitor()
    got = await apple.get(path)
    assert (got.status, got.headers["content-type"]) == (200, "text/calendar; charset=utf-8")
    assert events_of(got) == {
        STUDIO: {
            "STATUS": "CONFIRMED",
            "start": datetime(2026, 11, 26, 9, tzinfo=UTC),
            "sequence": post.version,
        },
        "photo: Some time (draft)": {
            "STATUS": "TENTATIVE",
            "start": date(2026, 11, 27),
            "sequence": day.version,
        },
    }
    same = await apple.get(path, if_none_match=got.headers["etag"])
    assert (same.status, same.body) == (304, b"")
    moved = await house.owner.posts.move(post.id, "2026-11-29 12:00")
    event = events_of(await apple.get(path, if_none_match=got.headers["etag"]))[STUDIO]
    assert (event["start"], event["sequence"]) == (datetime(2026, 11, 29, 9, tzinfo=UTC), moved.version)
    assert moved.version > post.version


async def test_an_event_opens_its_post_for_a_signed_in_user_and_nobody_else(house: House) -> None:
    post, anna, apple = await planned(house, "Hello", "+2d"), await house.signed_in(), house.visitor()
    path = await made(anna)
    body = (await apple.get(path)).body.decode()
    assert post.id not in body
    (event,) = re.findall(
        r"URL:http://127\.0\.0\.1:8484(/calendar/events/[0-9a-f]{32})", body.replace("\r\n ", "")
    )
    stranger = await apple.get(event)
    assert (stranger.status, post.id in stranger.html) == (401, False)
    got = await anna.get(event)
    assert (got.status, got.headers["location"]) == (303, f"/posts/{post.id}")
    for unknown in (f"/calendar/events/{post.id}", "/calendar/events/é", f"{event}0"):
        assert (await anna.get(unknown)).status == 404
    page = await anna.get("/feeds")
    await anna.press(page, next(action for action in page.forms if action.endswith("/end")))
    assert (await anna.get(event)).status == 404, "an ended feed leads nowhere"


async def test_an_events_uid_stays_with_its_feed_and_two_feeds_have_none_in_common(house: House) -> None:
    post, anna, apple = await planned(house, "Hello", "+2d"), await house.signed_in(), house.visitor()
    first, second = await made(anna), await made(anna)
    before, other = uids_of(await apple.get(first)), uids_of(await apple.get(second))
    await house.owner.posts.move(post.id, "+3d")
    assert uids_of(await apple.get(first)) == before
    assert (len(before), len(other), before & other) == (1, 1, set())


def uids_of(got: Got) -> set[str]:
    calendar: Any = Calendar.from_ical(got.body)
    return {str(event["UID"]) for event in calendar.walk("VEVENT")}


async def test_a_key_reads_its_calendar_alone_and_is_kept_as_a_hash(house: House) -> None:
    anna = await house.signed_in()
    path = await made(anna)
    key = path.removeprefix("/feeds/").removesuffix(".ics")
    (kept,) = (house.road.settings.home / "feeds").iterdir()
    assert key not in kept.name + kept.read_text()
    assert (kept.stat().st_mode & 0o777, kept.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert key not in redact_text(f"GET {path}")
    assert KEY_FORM.fullmatch(key) is None, "no part of ours but this takes it for a key"
    assert key not in (await anna.get("/feeds")).html
    program_key = (await house.owner.keys.add("planner")).token.reveal()
    nothing = await house.visitor().get("/nothing")
    for wrong in (program_key, f"{key}A", key[:-1], kept.name, "..%2f..%2fsign-in", "prf_" + "A" * 43, "%00"):
        got = await house.visitor().get(f"/feeds/{wrong}.ics")
        assert (got.status, got.body) == (404, nothing.body)
    fetched = await house.visitor().get(path)
    assert fetched.cookies == ()
    assert fetched.headers["referrer-policy"] == "no-referrer"


async def test_it_is_told_when_a_calendar_was_read_last_and_an_ended_one_is_none(house: House) -> None:
    anna, apple = await house.signed_in(), house.visitor()
    path = await made(anna)
    assert re.search(r"never read made \d+ Nov 2026, \d\d:\d\d ", (await anna.get("/feeds")).text)
    await apple.get(path)
    page = await anna.get("/feeds")
    assert "last read " in page.text
    assert "pressroom serve --base-url" in page.text, "which a calendar in the cloud needs"
    (end,) = (action for action in page.forms if action.endswith("/end"))
    assert (await anna.press(page, end)).status == 303
    assert (await apple.get(path)).status == 404
    assert (await anna.press(page, end)).status == 404


async def test_a_calendar_that_cannot_be_kept_stands_in_no_history(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "write_private", failing(OSError(errno.ENOSPC, "No space left on device")))
    with pytest.raises(Refused, match="No space left"):
        await house.owner.feeds.add("ana")
    assert (await house.owner.work.trail(TrailQuery())).entries == ()
    monkeypatch.undo()
    monkeypatch.setattr(SqlEvents, "append", failing(StoreFailed("The store is full.", fix="Make room.")))
    with pytest.raises(StoreFailed):
        await house.owner.feeds.add("ana")
    assert await house.owner.feeds.list() == ()


def failing(error: Exception) -> Callable[..., None]:
    """Give what fails whenever it is called."""

    def fail(*_: object, **__: object) -> None:
        raise error

    return fail


async def test_who_made_and_ended_a_calendar_stands_in_the_activity_without_its_key(house: House) -> None:
    anna = await house.signed_in()
    key = (await made(anna)).removeprefix("/feeds/").removesuffix(".ics")
    page = await anna.get("/feeds")
    await anna.press(page, next(action for action in page.forms if action.endswith("/end")))
    ended, begun = (await house.owner.work.trail(TrailQuery())).entries
    assert (begun.event.step, ended.event.step) == ("feed_made", "feed_ended")
    assert {(entry.account, entry.event.actor) for entry in (begun, ended)} == {("ana", ANNA.id)}
    made_at = START.isoformat(timespec="seconds")
    assert begun.event.changes == (FieldChange(name="feed", before=None, after=made_at),)
    assert key not in f"{begun}{ended}"
    shown = (await anna.get("/activity")).text
    assert key not in shown
    assert "A calendar feed of what is planned was made." in shown
    assert "A calendar feed was ended" in shown


async def test_a_program_makes_and_ends_none(house: House) -> None:
    feed = (await house.owner.feeds.add("ana")).feed
    async with program(house.road) as planner:
        for refused in (planner.feeds.add("ana"), planner.feeds.end(feed.id)):
            with pytest.raises(NeedsApproval):
                await refused


@settings(max_examples=40)
@given(text=st.text(max_size=200))
def test_no_text_leaves_its_line(text: str) -> None:
    chip = Chip(
        id=PostId("a" * 32),
        account="1",
        login=None,
        version=3,
        state=PostState.READY,
        kind=PostKind.PHOTO,
        when=When.TIME,
        goes_out_at=START,
        timezone="UTC",
        attention=None,
        title=text,
        files=1,
    )
    body = calendar_of([chip], feed_id="b" * 64, name=text, pages=None, now=START)
    assert all(len(line) <= 75 and b"\r" not in line and b"\n" not in line for line in body.split(b"\r\n"))
    calendar: Any = Calendar.from_ical(body)
    (event,) = calendar.walk("VEVENT")
    assert calendar.errors == event.errors == []
    assert str(event["SUMMARY"]) == visible(f"photo: {text or 'No caption'} (ready)")
