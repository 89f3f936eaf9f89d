"""A hostile host by itself: lost answers, late effects, posts by hand, outages of weeks, throttling."""

import asyncio
import contextlib
import json

import pytest

from pressroom.sandbox.faults import OUTAGES, ConnectionDropped, Fault, FaultKind
from pressroom.sandbox.settings import Hostility
from tests.fakes.clock import FakeClock
from tests.sandbox.caller import Caller
from tests.sandbox.conftest import Make

DAY_S = 24 * 3600


async def publish_many(caller: Caller, count: int = 40) -> list[int | None]:
    """Publish so many posts without ever trying again, and give the statuses; None where it was lost."""
    statuses: list[int | None] = []
    for number in range(count):
        container = await caller.create(image_url="https://example.com/a.jpg", caption=f"Post {number}")
        statuses.append(None)
        with contextlib.suppress(ConnectionDropped):
            statuses[-1] = (await caller.post("/me/media_publish", creation_id=container)).status
    return statuses


async def test_the_random_seed_decides_which_answers_are_lost(make: Make, clock: FakeClock) -> None:
    async def run(random_seed: int) -> tuple[list[int | None], list[str | None]]:
        caller = make(hostility=Hostility(lost_answers=0.5), random_seed=random_seed)
        statuses = await publish_many(caller)
        clock.advance(60)
        return statuses, [one.caption for one in caller.sandbox.media]

    once, again, other = await run(1), await run(1), await run(2)
    assert once == again != other
    statuses, captions = once
    assert 5 < statuses.count(200) < 40
    assert statuses.count(200) < len(captions) < 40, "some lost answers took effect, some did not"
    assert len(set(captions)) == len(captions), "a lost answer alone never makes two media"


async def test_somebody_posts_the_same_caption_by_hand(make: Make, clock: FakeClock) -> None:
    caller = make(hostility=Hostility(copies=1.0))
    await publish_many(caller, 3)
    clock.advance(60)
    captions = [one.caption for one in caller.sandbox.media]
    assert sorted(map(str, captions)) == ["Post 0", "Post 0", "Post 1", "Post 1", "Post 2", "Post 2"]
    assert sum(one.container_id is None for one in caller.sandbox.media) == 3


async def test_answers_to_deletions_are_lost_too(make: Make, clock: FakeClock) -> None:
    caller = make(token="EAAsandboxtoken", hostility=Hostility(lost_answers=0.5), media=40)
    answered = 0
    for media in caller.sandbox.media:
        with contextlib.suppress(ConnectionDropped):
            answered += b"deleted_id" in (await caller.delete(f"/{media.id}")).body
    left = len(caller.sandbox.media)
    assert answered < 40 - left < 40, "some take effect whose answer is lost, some do not"
    clock.advance(60)
    assert 0 < len(caller.sandbox.media) < left, "and some do later"


async def test_an_outage_lasts_for_its_weeks_by_the_sandboxs_clock(caller: Caller, clock: FakeClock) -> None:
    caller.sandbox.faults.add_outage("fetch-2026-03")
    for _ in range(3):
        refused = await caller.post("/me/media", image_url="https://example.com/a.jpg")
        assert refused.error == (9004, 2207052)
    assert (await caller.get("/me")).status == 200
    clock.advance(52 * DAY_S)
    assert caller.sandbox.faults.list() == []
    assert (await caller.post("/me/media", image_url="https://example.com/a.jpg")).status == 200


async def test_every_outage_is_planned_over_the_control_api_by_name(caller: Caller) -> None:
    headers = {"content-type": "application/json"}
    for name in OUTAGES:
        body = json.dumps({"outage": name}).encode()
        assert (await caller.raw("POST", "/_sandbox/faults", body, headers)).json["ids"]
    refused = await caller.raw("POST", "/_sandbox/faults", b'{"outage":"x"}', headers)
    assert "fetch-2026-03" in refused.json["error"]


async def test_while_reads_are_out_the_account_can_be_read_and_publishing_works(caller: Caller) -> None:
    caller.sandbox.faults.add_outage("reads-2026-05")
    container = await caller.create()
    assert (await caller.get(f"/{container}")).error == (100, 33)
    assert (await caller.get("/me")).status == 200
    media = (await caller.post("/me/media_publish", creation_id=container)).id
    assert (await caller.get(f"/{media}")).error == (100, 33)


async def test_beyond_the_allowance_calls_are_refused_with_headers(make: Make, clock: FakeClock) -> None:
    caller = make(calls_per_day=10, throttles=True)
    assert [(await caller.get("/me")).status for _ in range(9)] == [200] * 9
    refused = await caller.get("/me")
    assert refused.error == (80002, None)
    [[usage]] = json.loads(refused.headers["x-business-use-case-usage"]).values()
    assert (usage["call_count"], usage["estimated_time_to_regain_access"]) == (100, 24 * 60)
    clock.advance(DAY_S)
    assert (await caller.get("/me")).status == 200


async def test_calls_side_by_side_publish_a_container_once(caller: Caller) -> None:
    container = await caller.create()
    answers = await asyncio.gather(
        *(caller.post("/me/media_publish", creation_id=container) for _ in range(20))
    )
    assert sorted(one.status for one in answers) == [200] + [400] * 19
    assert len(caller.sandbox.media) == 1


def test_a_fault_needs_sense() -> None:
    with pytest.raises(ValueError, match="times"):
        Fault(on="user", kind=FaultKind.DROP, times=0)
