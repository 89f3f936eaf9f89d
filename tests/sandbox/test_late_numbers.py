"""Numbers that lag behind: what insights show is what was true some time ago."""

from typing import Any

from tests.fakes.clock import FakeClock
from tests.sandbox.caller import Caller
from tests.sandbox.conftest import Make

HOUR_S, DAY_S, LAG_S = 3600, 24 * 3600, 48 * 3600


async def readings(caller: Caller, media: str) -> dict[str, int]:
    got = (await caller.get(f"/{media}/insights", metric="reach,views,saved,comments")).json["data"]
    return {one["name"]: one["values"][0]["value"] for one in got}


async def series(caller: Caller, **more: Any) -> dict[str, int]:
    now = int(caller.sandbox.clock.unix())
    asked = {"metric": "reach", "since": now - 5 * DAY_S, "until": now, **more}
    [one] = (await caller.get("/me/insights", **asked)).json["data"]
    return {value["end_time"]: value["value"] for value in one["values"]}


async def test_a_media_shows_the_numbers_it_had_before(make: Make, clock: FakeClock) -> None:
    late, prompt = make(media=1, insights_lag_s=float(LAG_S)), make(media=1)
    media = late.sandbox.media[0].id
    true = await readings(prompt, media)
    assert (await readings(late, media))["reach"] < true["reach"]
    clock.advance(LAG_S)
    assert await readings(late, media) == true
    assert (await readings(prompt, media))["reach"] > true["reach"]


async def test_comments_are_counted_late_and_listed_at_once(make: Make, clock: FakeClock) -> None:
    caller = make(media=1, insights_lag_s=float(LAG_S))
    media = caller.sandbox.media[0].id
    caller.sandbox.order("comments", media_id=media, text="Hi")
    assert (await caller.get(f"/{media}", fields="comments_count")).json["comments_count"] == 1
    assert (await readings(caller, media))["comments"] == 0
    clock.advance(LAG_S)
    assert (await readings(caller, media))["comments"] == 1


async def test_late_numbers_never_fall(make: Make, clock: FakeClock) -> None:
    caller = make(insights_lag_s=6.0 * HOUR_S)
    media = await caller.publish()
    before = await readings(caller, media)
    assert before["views"] > before["reach"] > 0
    for _ in range(20):
        clock.advance(HOUR_S)
        now = await readings(caller, media)
        assert all(now[name] >= before[name] for name in now)
        before = now


async def test_a_day_of_the_account_settles_so_long_after_its_end(make: Make, clock: FakeClock) -> None:
    late, prompt = make(insights_lag_s=float(LAG_S)), make()
    true, seen = await series(prompt), await series(late)
    assert list(seen) == list(true)
    *settled, before, last = true
    assert [seen[end] == true[end] for end in settled] == [True] * 3
    assert seen[before] < true[before]
    assert 0 < seen[last] < true[last]
    clock.advance(DAY_S)
    grown = await series(late)
    assert seen[last] < grown[last] < true[last]
    assert grown[before] == true[before]


async def test_a_total_holds_what_its_days_hold(make: Make) -> None:
    late, prompt = make(insights_lag_s=float(LAG_S)), make()

    async def total(caller: Caller) -> int:
        got = await caller.get("/me/insights", metric="reach", metric_type="total_value")
        return got.json["data"][0]["total_value"]["value"]

    assert await total(late) < await total(prompt)


async def test_a_day_that_still_runs_has_no_number(caller: Caller) -> None:
    now = int(caller.sandbox.clock.unix())
    assert len(await series(caller, since=now - 2 * DAY_S, until=now + 3 * DAY_S)) == 2
    assert await series(caller, since=now, until=now + 3 * DAY_S) == {}
