"""What is still to happen happens, whatever becomes of the sandbox meanwhile."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from pressroom.sandbox.faults import ConnectionDropped, Effect, Fault, FaultKind
from pressroom.sandbox.settings import Processing, SandboxSettings
from pressroom.sandbox.simulator import Sandbox
from pressroom.sandbox.state.things import LateStoryEnd
from tests.fakes.clock import FakeClock
from tests.sandbox.caller import Caller, consent_query, exchange_form
from tests.sandbox.conftest import Make

JSON = {"content-type": "application/json"}
DELAY_S = 5.0
Move = Callable[[Caller, Make, Path, FakeClock], Awaitable[Caller]]


async def stay(caller: Caller, _make: Make, _path: Path, _clock: FakeClock) -> Caller:
    return caller


async def restart(caller: Caller, _make: Make, path: Path, clock: FakeClock) -> Caller:
    await caller.sandbox.aclose()
    return Caller(Sandbox(on_disk(path), clock=clock))


async def export_and_import(caller: Caller, make: Make, _path: Path, _clock: FakeClock) -> Caller:
    other = make(random_seed=3)
    other.sandbox.import_state(caller.sandbox.export_state())
    return Caller(other.sandbox, token=caller.token)


def on_disk(path: Path) -> SandboxSettings:
    return SandboxSettings(fetch="trust", processing=Processing.at_once(), state_file=path / "state.json")


def lose(caller: Caller, on: str) -> None:
    caller.sandbox.faults.add(Fault(on=on, kind=FaultKind.DROP, effect=Effect.LATER, delay_s=DELAY_S))


@pytest.mark.parametrize("move", [stay, restart, export_and_import])
async def test_an_effect_that_comes_later_comes_after_a_restart_too(
    move: Move, make: Make, tmp_path: Path, clock: FakeClock
) -> None:
    caller = Caller(Sandbox(on_disk(tmp_path), clock=clock))
    container = await caller.create()
    lose(caller, "media_publish")
    with pytest.raises(ConnectionDropped):
        await caller.post("/me/media_publish", creation_id=container)
    await caller.raw("POST", "/_sandbox/media", json.dumps({"caption": "by hand", "in_s": 3}).encode(), JSON)
    caller = await move(caller, make, tmp_path, clock)
    assert caller.sandbox.media == []
    clock.advance(DELAY_S)
    first, second = caller.sandbox.media
    assert (first.container_id, second.caption) == (container, "by hand")
    assert (first.created_at - second.created_at).total_seconds() == DELAY_S - 3


async def test_no_token_is_written_down_with_what_is_still_to_happen(make: Make) -> None:
    caller = make(token="IGreal-one")
    container = await caller.create()
    lose(caller, "media_publish")
    with pytest.raises(ConnectionDropped):
        await caller.post("/me/media_publish", creation_id=container)
    assert b"IGreal-one" not in caller.sandbox.export_state()


async def test_a_container_may_come_into_being_later(caller: Caller, clock: FakeClock) -> None:
    lose(caller, "create")
    with pytest.raises(ConnectionDropped):
        await caller.post("/me/media", image_url="https://example.com/a.jpg")
    world = caller.sandbox.scene.world
    assert world.created_by(caller.sandbox.user_id) == []
    clock.advance(DELAY_S)
    caller.sandbox.scene.settle()
    await asyncio.sleep(0)
    [container] = world.created_by(caller.sandbox.user_id)
    assert await caller.status(container) == "FINISHED"


async def test_a_late_effect_that_is_refused_leaves_nothing(caller: Caller, clock: FakeClock) -> None:
    lose(caller, "create")
    with pytest.raises(ConnectionDropped):
        await caller.post("/me/media", image_url="https://example.com/a.png")
    clock.advance(DELAY_S)
    caller.sandbox.scene.settle()
    await asyncio.sleep(0)
    assert caller.sandbox.scene.world.things == {}


def test_it_happens_without_an_event_loop_too(make: Make, clock: FakeClock) -> None:
    caller = make()
    lose(caller, "create")

    async def call() -> None:
        with pytest.raises(ConnectionDropped):
            await caller.post("/me/media", image_url="https://example.com/a.jpg")

    asyncio.run(call())
    clock.advance(DELAY_S)
    assert caller.sandbox.media == []
    assert len(caller.sandbox.scene.world.created_by(caller.sandbox.user_id)) == 1


async def code_of(caller: Caller) -> dict[str, str]:
    """Sign in as far as the code."""
    got = await caller.get("/oauth/authorize", **consent_query(), decision="allow")
    return exchange_form(got.headers["location"].partition("code=")[2].removesuffix("#_"))


@pytest.mark.parametrize(
    ("effect", "is_used"), [(Effect.NONE, False), (Effect.DONE, True), (Effect.LATER, False)], ids=str
)
async def test_a_lost_exchange_of_a_code_uses_it_up_only_if_told(
    caller: Caller, clock: FakeClock, effect: Effect, *, is_used: bool
) -> None:
    """Codes work once, so it matters whether the lost answer was carried out."""
    form = await code_of(caller)
    caller.sandbox.faults.add(Fault(on="code_exchange", kind=FaultKind.DROP, effect=effect, delay_s=DELAY_S))
    with pytest.raises(ConnectionDropped):
        await caller.post("/oauth/access_token", **form)
    assert [one.fault for one in caller.sandbox.calls("/oauth/access_token")] == [f"drop ({effect})"]
    if effect is Effect.LATER:
        clock.advance(DELAY_S)
    got = await caller.post("/oauth/access_token", **form)
    assert (got.status == 400) is (is_used or effect is Effect.LATER)


async def test_a_reset_by_another_thread_between_two_looks_does_no_harm(
    caller: Caller, clock: FakeClock
) -> None:
    world = caller.sandbox.scene.world

    class Lock:
        """As if another thread held the lock, and had reset the world before it let go."""

        def __enter__(self) -> None:
            world.late.clear()

        def __exit__(self, *_: object) -> None:
            pass

    caller.sandbox.scene.later(clock.now().timestamp(), LateStoryEnd(media_id="1"))
    world.lock = Lock()  # pyright: ignore[reportAttributeAccessIssue]  # as much of a lock as is used
    caller.sandbox.scene.settle()
    assert world.late == []
