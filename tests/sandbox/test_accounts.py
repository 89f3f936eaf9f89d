"""Several accounts in one sandbox: each has its own token, media and numbers, and sees no other."""

import json

import pytest

from pressroom.graph.hosts import LoginType
from pressroom.sandbox.state.seeding import AccountSeed
from tests.sandbox.caller import Caller, Got
from tests.sandbox.conftest import Make

JSON = {"content-type": "application/json"}


async def add(caller: Caller, **seed: object) -> Got:
    return await caller.raw("POST", "/_sandbox/accounts", json.dumps(seed).encode(), JSON)


async def test_another_account_is_made_with_followers_and_media(caller: Caller) -> None:
    made = (await add(caller, username="second", followers=50_000, media=4)).json
    second = Caller(caller.sandbox, token=made["token"])
    me = (await second.get("/me", fields="user_id,username,followers_count,media_count")).json
    assert (me["user_id"], me["username"], me["media_count"]) == (made["user_id"], "second", 4)
    assert me["followers_count"] == 50_000
    assert len((await second.get("/me/media")).json["data"]) == 4
    assert (await caller.get("/me/media")).json == {"data": []}


async def test_one_account_sees_and_publishes_nothing_of_another(caller: Caller) -> None:
    made = (await add(caller, username="second", media=1)).json
    second = Caller(caller.sandbox, token=made["token"])
    container = await caller.create()
    assert (await second.get(f"/{container}")).error == (100, 33)
    assert (await second.post("/me/media_publish", creation_id=container)).error == (24, 2207008)
    assert (await second.get(f"/{caller.sandbox.user_id}/media")).error == (100, 33)
    theirs = (await second.get("/me/media")).json["data"][0]["id"]
    assert (await caller.get(f"/{theirs}")).error == (100, 33)


async def test_quotas_are_held_by_account(make: Make) -> None:
    caller = make(quota_total=1)
    user_id, token = caller.sandbox.add_account(AccountSeed(username="second"))
    second = Caller(caller.sandbox, token=token)
    await caller.publish()
    made = (await second.post("/me/media", image_url="https://example.com/a.jpg")).id
    assert (await second.post("/me/media_publish", creation_id=made)).status == 200
    assert user_id != caller.sandbox.user_id


async def test_an_account_of_the_other_login_may_stand_beside(caller: Caller) -> None:
    _, token = caller.sandbox.add_account(AccountSeed(username="page", login=LoginType.FACEBOOK))
    assert token.startswith("EAA")
    other = Caller(caller.sandbox, token=token, host="graph.facebook.com")
    assert len((await other.get("/me/accounts")).json["data"]) == 1


async def test_accounts_with_short_ids_are_told_apart(caller: Caller) -> None:
    made = [(await add(caller, username=f"u{number}", user_id=str(number))).json for number in (1, 2, 3)]
    world = caller.sandbox.scene.world
    for one in made:
        account = world.account(one["user_id"])
        assert account is not None
        assert account.id == one["user_id"]
    ids = [(one.id, one.app_scoped_id, one.facebook_user_id, one.page_id) for one in world.accounts.values()]
    assert len({one for row in ids for one in row}) == 4 * len(ids)


@pytest.mark.parametrize(
    "seed",
    [
        {},
        {"username": "x", "colour": 1},
        {"username": "x", "best_hours": [24]},
        {"username": "x", "best_hours": []},
        {"username": "x", "user_id": "me"},
        {"username": "x", "user_id": "17841400000000001"},
    ],
)
async def test_an_account_that_makes_no_sense_is_refused(caller: Caller, seed: dict[str, object]) -> None:
    assert (await add(caller, **seed)).status == 400


async def test_best_hours_are_planted(caller: Caller) -> None:
    made = (await add(caller, username="early", best_hours=[6])).json
    early = Caller(caller.sandbox, token=made["token"])
    got = (await early.get("/me/insights", metric="online_followers", period="lifetime")).json
    hours = got["data"][0]["values"][0]["value"]
    assert max(hours, key=hours.__getitem__) in {"5", "6", "7"}
