"""What Meta's pages leave open, played one way or the other: renewals, comments, days of insights."""

from typing import Any

import pytest

from pressroom.sandbox.settings import SandboxSettings
from tests.sandbox.caller import Caller
from tests.sandbox.conftest import Make


async def test_a_refresh_may_end_the_token_before(make: Make) -> None:
    caller = make(refresh_ends_old_token=True)
    got = await refreshed(caller)
    old = await caller.get("/me", fields="id")
    assert old.error == (190, 467)
    assert (await caller.get("/me", fields="id", access_token=got["access_token"])).status == 200


async def test_a_token_that_stays_the_same_does_not_end(make: Make) -> None:
    caller = make(refresh_ends_old_token=True, refresh_makes_new_token=False)
    assert (await refreshed(caller))["access_token"] == caller.token
    assert (await caller.get("/me", fields="id")).status == 200


async def test_a_young_token_may_be_renewed_all_the_same(make: Make) -> None:
    caller = make(early_refresh="allowed")
    caller.sandbox.scene.world.tokens[caller.token].created_at = caller.sandbox.clock.unix()
    assert await refreshed(caller)


async def refreshed(caller: Caller) -> Any:
    return (await caller.get("/refresh_access_token", grant_type="ig_refresh_token")).json


async def test_a_comment_may_be_too_long(make: Make) -> None:
    caller = make(comment_max=5, media=1)
    media = caller.sandbox.media[0].id
    assert (await caller.post(f"/{media}/comments", message="hello")).status == 200
    refused = await caller.post(f"/{media}/comments", message="hello!")
    assert (refused.status, refused.error) == (400, (100, None))


@pytest.mark.parametrize(("zone", "ends"), [("UTC", "T00:00:00+0000"), ("Asia/Tokyo", "T15:00:00+0000")])
async def test_a_day_of_insights_may_end_elsewhere(make: Make, zone: str, ends: str) -> None:
    caller = make(insights_day_zone=zone)
    now = int(caller.sandbox.clock.unix())
    got = await caller.get("/me/insights", metric="reach", period="day", since=now - 3 * 86400, until=now)
    values = got.json["data"][0]["values"]
    assert len(values) == 3
    assert all(value["end_time"].endswith(ends) for value in values)


def test_a_zone_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="insights_day_zone is a zone such as UTC"):
        SandboxSettings(insights_day_zone="Mars/Olympus")
