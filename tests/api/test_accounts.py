"""Accounts over HTTP: those of the key alone, how they stand, and their weekly slots."""

from dataclasses import replace

from pressroom.accounts.vault import open_vault
from pressroom.graph.answers import UserId
from tests.api.house import Client, House


def sign_in_to_another(house: House, name: str = "bob") -> None:
    """Store a second account, which the sandbox does not know."""
    road = house.road
    bob = replace(road.account, user_id=UserId("17841400000000099"))
    open_vault(road.store, road.settings).keep(name, bob, obtained_at=road.clock.now(), timezone="UTC")


async def test_accounts_are_listed_without_a_call_to_instagram(house: House, shop: Client) -> None:
    before = len(house.road.sandbox.calls())
    [ana] = (await shop.get("/accounts"))["accounts"]
    assert (ana["account"], ana["token"], ana["paused_by_hand"]) == ("ana", "unknown", None)
    assert "publish_by_url" in ana["capabilities"]["can"]
    assert len(house.road.sandbox.calls()) == before
    assert (await shop.get("/accounts/ana", ask="true"))["token"] == "works"
    (await shop.ask("GET", "/accounts/nobody")).of(404)


async def test_a_pause_shows(house: House, shop: Client) -> None:
    await house.owner.accounts.pause("ana", "Somebody has to look.")
    paused = (await shop.get("/accounts/ana"))["paused_by_hand"]
    assert (paused["reason"], paused["by"]) == ("Somebody has to look.", "person:anna")


async def test_a_key_for_an_account_sees_that_one_alone(house: House, shop: Client) -> None:
    sign_in_to_another(house)
    named = [each["account"] for each in (await shop.get("/accounts"))["accounts"]]
    assert named == ["ana", "bob"]
    limited = await house.client("limited", accounts=("bob",))
    [bob] = (await limited.get("/accounts"))["accounts"]
    assert bob["account"] == "bob"
    (await limited.ask("GET", "/accounts/ana")).of(404)


async def test_slots_are_added_and_removed_and_next_slot_takes_one(shop: Client) -> None:
    path = "/accounts/ana/slots"
    week = (await shop.post(path, {"slots": ["mon,thu 12:30"]})).of(200)
    assert (week["slots"], week["timezone"]) == (["monday 12:30", "thursday 12:30"], "Europe/Istanbul")
    assert await shop.get(path) == week
    gone = await shop.ask("DELETE", path, slot="monday 12:30")
    assert gone.of(200)["slots"] == ["thursday 12:30"]
    (await shop.ask("DELETE", path, slot="monday 12:30")).of(404)
    assert (await shop.post(path, {"slots": ["someday"]})).of(422)["rule"] == "slot"


async def test_a_repeated_removal_is_answered_as_the_first(shop: Client) -> None:
    path, key = "/accounts/ana/slots", {"Idempotency-Key": "1"}
    await shop.post(path, {"slots": ["daily 12:30"]})
    first = (await shop.ask("DELETE", path, headers=key, slot="monday 12:30")).of(200)
    assert (await shop.ask("DELETE", path, headers=key, slot="monday 12:30")).of(200) == first
