"""What goes wrong on purpose: on which call, how often, with which effect and which answer."""

import asyncio
from typing import Any

import pytest

from pressroom.graph.answers import ContainerStatus
from pressroom.graph.error_table import TABLE
from pressroom.sandbox.faults import ConnectionDropped, Effect, Fault, FaultKind
from tests.fakes.clock import FakeClock
from tests.patience import patience
from tests.sandbox.caller import Caller

ROWS = [row for row in TABLE if row.code is not None]


@pytest.mark.parametrize(
    ("effect", "published"), [(Effect.NONE, 0), (Effect.DONE, 1), (Effect.LATER, 0)], ids=str
)
async def test_a_dropped_answer_leaves_the_effect_it_was_told(
    caller: Caller, effect: Effect, published: int
) -> None:
    container = await caller.create()
    caller.sandbox.faults.add(Fault(on="media_publish", kind=FaultKind.DROP, effect=effect, delay_s=5))
    with pytest.raises(ConnectionDropped):
        await caller.post("/me/media_publish", creation_id=container)
    assert len(caller.sandbox.media) == published


async def test_a_late_effect_comes_by_the_sandboxs_clock(caller: Caller, clock: FakeClock) -> None:
    container = await caller.create()
    caller.sandbox.faults.add(Fault(on="media_publish", kind=FaultKind.DROP, effect=Effect.LATER, delay_s=5))
    with pytest.raises(ConnectionDropped):
        await caller.post("/me/media_publish", creation_id=container)
    clock.advance(4)
    assert await caller.status(container) == "FINISHED"
    clock.advance(1)
    assert await caller.status(container) == "PUBLISHED"
    [media] = caller.sandbox.media
    assert (media.created_at - clock.start).total_seconds() == 5


async def test_a_late_effect_is_refused_where_the_call_itself_would_be(
    caller: Caller, clock: FakeClock
) -> None:
    """The client publishes again before the first call takes effect: there is one media all the same."""
    container = await caller.create()
    caller.sandbox.faults.add(Fault(on="media_publish", kind=FaultKind.DROP, effect=Effect.LATER, delay_s=5))
    with pytest.raises(ConnectionDropped):
        await caller.post("/me/media_publish", creation_id=container)
    assert (await caller.post("/me/media_publish", creation_id=container)).status == 200
    clock.advance(10)
    assert len(caller.sandbox.media) == 1


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.code}/{row.subcode}")
async def test_every_row_of_the_error_table_can_be_provoked(caller: Caller, row: object) -> None:
    wanted = next(one for one in ROWS if one is row)
    assert wanted.code is not None
    caller.sandbox.faults.add(
        Fault(on="user", kind=FaultKind.ERROR, code=wanted.code, subcode=wanted.subcode)
    )
    got = await caller.get("/me")
    assert (got.status, got.error) == (wanted.http_status, (wanted.code, wanted.subcode))
    assert "{" not in got.body.decode().removeprefix('{"error":{')
    told = got.json["error"]
    assert told.get("error_user_title") == wanted.title
    assert ("error_user_msg" in told) == bool(wanted.title or wanted.user_message)
    assert got.json["error"]["type"] == wanted.meta_type
    assert (await caller.get("/me")).status == 200


async def test_an_error_may_come_after_the_effect_and_say_200(caller: Caller) -> None:
    container = await caller.create()
    caller.sandbox.faults.add(
        Fault(on="media_publish", kind=FaultKind.ERROR, effect=Effect.DONE, code=1, http_status=200)
    )
    got = await caller.post("/me/media_publish", creation_id=container)
    assert (got.status, got.error) == (200, (1, None))
    assert len(caller.sandbox.media) == 1


async def test_an_error_beyond_the_table_needs_its_words(caller: Caller) -> None:
    with pytest.raises(ValueError, match="12345"):
        Fault(on="user", kind=FaultKind.ERROR, code=12345)
    caller.sandbox.faults.add(Fault(on="user", kind=FaultKind.ERROR, code=12345, message="New in v30"))
    assert (await caller.get("/me")).message == "New in v30"


async def test_a_fault_happens_so_often_and_then_no_more(caller: Caller) -> None:
    caller.sandbox.faults.add(Fault(on="user", kind=FaultKind.ERROR, times=2, skip=1))
    assert [(await caller.get("/me")).status for _ in range(4)] == [200, 503, 503, 200]


async def test_a_fault_for_ever_lasts_until_it_is_removed(caller: Caller) -> None:
    number = caller.sandbox.faults.add(Fault(on="user", kind=FaultKind.ERROR, times=None))
    assert [(await caller.get("/me")).status for _ in range(3)] == [503, 503, 503]
    assert caller.sandbox.faults.remove(number)
    assert not caller.sandbox.faults.remove(number)
    assert (await caller.get("/me")).status == 200


async def test_faults_on_one_call_come_in_the_order_they_were_planned(caller: Caller) -> None:
    caller.sandbox.faults.add(Fault(on="user", kind=FaultKind.ERROR, code=4))
    caller.sandbox.faults.add(Fault(on="user", kind=FaultKind.ERROR, code=17))
    assert [(await caller.get("/me")).error[0] for _ in range(2)] == [4, 17]


async def test_a_fault_is_narrowed_by_method_and_touches_nothing_else(caller: Caller) -> None:
    media = await caller.publish()
    caller.sandbox.faults.add(Fault(on="comments", method="POST", kind=FaultKind.ERROR))
    assert (await caller.get(f"/{media}/comments")).status == 200
    assert (await caller.post(f"/{media}/comments", message="x")).status == 503


async def test_a_fault_may_be_on_any_call(caller: Caller) -> None:
    caller.sandbox.faults.add(Fault(on="*", kind=FaultKind.ERROR))
    assert (await caller.get("/me/media")).status == 503


async def test_a_gateway_answers_in_html(caller: Caller) -> None:
    caller.sandbox.faults.add(Fault(on="user", kind=FaultKind.GATEWAY))
    got = await caller.get("/me")
    assert got.status == 502
    assert got.headers["content-type"].startswith("text/html")


async def test_a_truncated_answer_ends_in_the_middle_after_the_effect(caller: Caller) -> None:
    container = await caller.create()
    caller.sandbox.faults.add(Fault(on="media_publish", kind=FaultKind.TRUNCATE))
    with pytest.raises(ConnectionDropped) as dropped:
        await caller.post("/me/media_publish", creation_id=container)
    assert not dropped.value.is_reset
    assert len(caller.sandbox.media) == 1


async def test_a_slow_answer_is_true_and_late(caller: Caller, clock: FakeClock) -> None:
    caller.sandbox.faults.add(Fault(on="user", kind=FaultKind.SLOW, delay_s=45))
    assert (await caller.get("/me")).status == 200
    assert clock.elapsed_s == 45


async def test_a_hanging_answer_ends_when_the_caller_leaves(caller: Caller) -> None:
    container = await caller.create()
    caller.sandbox.faults.add(Fault(on="media_publish", kind=FaultKind.HANG, effect=Effect.DONE))
    async with asyncio.timeout(patience(5)):
        with pytest.raises(ConnectionDropped):
            await caller.post("/me/media_publish", creation_id=container)
    assert len(caller.sandbox.media) == 1


@pytest.mark.parametrize("on", ["create", "container_status"])
async def test_a_container_ends_in_error_with_the_subcode_in_its_text(caller: Caller, on: str) -> None:
    caller.sandbox.faults.add(Fault(on=on, kind=FaultKind.CONTAINER, subcode=2207026))
    container = await caller.create()
    got = (await caller.get(f"/{container}", fields="status_code,status")).json
    assert got["status_code"] == "ERROR"
    assert got["status"] == "Error: Media upload has failed with error code 2207026"
    assert (await caller.post("/me/media_publish", creation_id=container)).error == (9007, 2207027)


async def test_a_container_expires_early_or_never_gets_done(caller: Caller, clock: FakeClock) -> None:
    for status in (ContainerStatus.EXPIRED, ContainerStatus.IN_PROGRESS):
        caller.sandbox.faults.add(Fault(on="create", kind=FaultKind.CONTAINER, status=status))
    expired, stuck = await caller.create(), await caller.create()
    assert await caller.status(expired) == "EXPIRED"
    clock.advance(3600)
    assert await caller.status(stuck) == "IN_PROGRESS"


async def test_not_ready_after_finished_and_not_found_at_first_are_rows_of_the_table(caller: Caller) -> None:
    caller.sandbox.faults.add(
        Fault(on="media_publish", kind=FaultKind.ERROR, code=9007, subcode=2207027, times=2)
    )
    caller.sandbox.faults.add(Fault(on="container_status", kind=FaultKind.ERROR, code=100, subcode=33))
    container = await caller.create()
    assert (await caller.get(f"/{container}")).error == (100, 33)
    assert await caller.status(container) == "FINISHED"
    errors = [(await caller.post("/me/media_publish", creation_id=container)).error for _ in range(2)]
    assert errors == [(9007, 2207027)] * 2
    assert (await caller.post("/me/media_publish", creation_id=container)).status == 200


async def test_a_fetch_fails_once(caller: Caller) -> None:
    caller.sandbox.faults.add(Fault(on="fetch", kind=FaultKind.ERROR, code=9004, subcode=2207052))
    assert (await caller.post("/me/media", image_url="https://example.com/a.jpg")).error == (9004, 2207052)
    assert (await caller.post("/me/media", image_url="https://example.com/a.jpg")).status == 200


@pytest.mark.parametrize(
    ("kind", "told"), [(FaultKind.DROP, (9004, 2207052)), (FaultKind.HANG, (-2, 2207003))], ids=str
)
async def test_a_fetch_that_goes_wrong_otherwise_fails_as_one_does(
    caller: Caller, kind: FaultKind, told: tuple[int, int]
) -> None:
    caller.sandbox.faults.add(Fault(on="fetch", kind=kind, times=2))
    assert (await caller.post("/me/media", image_url="https://example.com/a.jpg")).error == told
    clip = await caller.create(media_type="REELS", video_url="https://example.com/a.mp4")
    await caller.sandbox.scene.fetching.settled()
    assert await caller.status(clip) == "ERROR"


async def test_an_error_about_an_object_names_the_one_that_was_asked_for(caller: Caller) -> None:
    container = await caller.create()
    caller.sandbox.faults.add(Fault(on="container_status", kind=FaultKind.ERROR, code=100, subcode=33))
    assert f"Object with ID '{container}' does not exist" in (await caller.get(f"/{container}")).message


async def test_the_log_tells_what_went_wrong_on_purpose(caller: Caller) -> None:
    caller.sandbox.faults.add(Fault(on="user", kind=FaultKind.DROP))
    with pytest.raises(ConnectionDropped):
        await caller.get("/me")
    [call] = caller.sandbox.calls()
    assert (call.fault, call.status) == ("drop (none)", None)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"times": 0}, "at least 1"),
        ({"skip": -1}, "0 or more"),
        ({"delay_s": -1.0}, "0 or more"),
        ({"lasts_s": -1.0}, "0 or more"),
        ({"method": "FETCH"}, "not FETCH"),
        ({"http_status": 99}, "between 200 and 599, not 99"),
        ({"kind": FaultKind.CONTAINER, "status": ContainerStatus.FINISHED}, "not in FINISHED"),
        ({"kind": FaultKind.SLOW, "effect": Effect.LATER}, "carried out first"),
        ({"kind": FaultKind.ERROR, "code": 12345}, "no 12345/None"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(given: dict[str, Any], told: str) -> None:
    wanted: dict[str, Any] = {"on": "media_publish", "kind": FaultKind.DROP, **given}
    with pytest.raises(ValueError, match=told):
        Fault(**wanted)
