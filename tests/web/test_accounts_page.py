"""The page of the accounts: how each stands, its pauses and slots by forms, and the doctor."""

import pytest

from pressroom.core.slots import parse_slots
from tests.web.house import House

JSON = {"accept": "application/json"}


async def test_it_shows_what_is_known_and_asks_nobody(house: House) -> None:
    await house.owner.posts.slots.add(parse_slots("mon,thu 12:30"))
    page = await (await house.signed_in()).get("/accounts")
    assert "ana Signed in Default account" in page.text
    assert "Time zone Europe/Istanbul" in page.text
    assert "Monday 12:30" in page.text
    assert "Next free, in Europe/Istanbul: Thu 26 Nov, 12:30; Mon 30 Nov, 12:30" in page.text
    assert "delete what is published" in page.text
    assert house.road.told == []


async def test_a_pause_is_made_with_a_reason_and_ended_on_a_page_without_script(house: House) -> None:
    anna = await house.signed_in()
    page = await anna.get("/accounts")
    refused = await anna.press(page, "/accounts/pause", reason=" ")
    assert (refused.status, "Back to Accounts" in refused.text) == (422, True)
    assert (await anna.press(page, "/accounts/pause", reason="Flood")).status == 303
    page = await anna.get("/accounts")
    assert "Paused by anna , Today, 15:00: Flood" in page.text
    assert "/accounts/resume" not in page.forms
    asking = await anna.get("/accounts/resume?account=ana")
    assert "No post is past its time." in asking.text
    assert "<script" not in asking.html
    token = {**asking.forms["/accounts/resume"], "csrf": page.forms["/sign-out"]["csrf"]}
    assert (await anna.post("/accounts/resume", token)).status == 403
    assert (await anna.press(asking, "/accounts/resume")).status == 303
    assert "Flood" not in (await anna.get("/accounts")).text
    assert "This account is not paused." in (await anna.get("/accounts/resume?account=nobody")).text


async def test_slots_are_added_in_words_and_removed_one_by_one(house: House) -> None:
    anna = await house.signed_in()
    page = await anna.get("/accounts")
    refused = await anna.post(
        "/accounts/slots/add", {**page.forms["/accounts/slots/add"], "slots": "sometimes"}, **JSON
    )
    assert refused.status == 422
    assert b"weekdays 9:00" in refused.body
    await anna.press(page, "/accounts/slots/add", slots="sat,sun 10:00")
    page = await anna.get("/accounts")
    assert page.forms["/accounts/slots/remove"]["slot"] == "sunday 10:00"
    await anna.press(page, "/accounts/slots/remove")
    week = await house.owner.posts.slots.week("ana")
    assert [str(slot) for slot in week.slots] == ["saturday 10:00"]
    assert (await anna.press(page, "/accounts/slots/remove")).status == 404


async def test_the_zone_and_the_default_are_changed_by_forms(house: House) -> None:
    house.road.sign_in("shop", timezone="America/New_York")
    anna = await house.signed_in()
    page = await anna.get("/accounts")
    form = {**page.forms["/accounts/zone"], "account": "ana"}
    assert (await anna.post("/accounts/zone", {**form, "timezone": "Moon/Base"})).status == 422
    got = await anna.post("/accounts/zone", {**form, "timezone": "Asia/Tokyo"}, **JSON)
    assert got.body == b'{"words":"The times of ana are in Asia/Tokyo now.","undo":null}'
    await anna.press(page, "/accounts/default")
    logins = {login.name: login for login in await house.owner.accounts.logins()}
    assert (logins["ana"].is_default, logins["ana"].timezone) == (True, "Asia/Tokyo")


async def test_a_form_without_an_account_or_with_an_unknown_one_changes_nothing(house: House) -> None:
    anna = await house.signed_in()
    form = {"csrf": (await anna.get("/accounts")).forms["/sign-out"]["csrf"]}
    form |= {"reason": "Why", "slots": "daily 9:00", "slot": "monday 9:00", "timezone": "UTC"}
    for path in ("pause", "slots/add", "slots/remove", "zone", "default"):
        assert (await anna.post(f"/accounts/{path}", form)).status == 422, path
        got = await anna.post(f"/accounts/{path}", {**form, "account": "nobody"})
        assert got.status in (404, 422), path
    assert await house.owner.posts.slots.weeks() == ()


async def test_the_doctor_shows_what_is_wrong_first_and_what_to_do(house: House) -> None:
    anna = await house.signed_in()
    page = await anna.press(await anna.get("/accounts"), "/accounts/doctor")
    assert page.status == 200
    assert page.text.index("Needs you") < page.text.index("Store and worker")
    assert "none runs" in page.text
    assert house.road.told or "ana" in page.text


async def test_a_doctor_that_takes_too_long_is_stopped_and_shows_what_it_has(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pressroom.web.accounts.pages._DOCTOR_S", 0.0)
    anna = await house.signed_in()
    page = await anna.press(await anna.get("/accounts"), "/accounts/doctor")
    assert "Not all of it:" in page.text
