"""No program lets anything out: whatever it calls, with whatever it invents, and however often at once."""

import asyncio
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from pressroom.core.errors import PressroomError
from pressroom.core.post import PostState
from tests.mcp.agents import Agent, agent
from tests.mcp.fuzzing import Fuzzer
from tests.service.consenting import PLANNER, a_file, person
from tests.service.road import Road

CALLS = int(os.environ.get("PRESSROOM_TEST_MCP_CALLS", "300"))
SEED = int(os.environ.get("PRESSROOM_TEST_MCP_SEED", "0"))


def writes(road: Road) -> list[str]:
    return [f"{call.method} {call.path}" for call in road.sandbox.calls() if call.method != "GET"]


async def allow(road: Road, per_day: int) -> None:
    async with person(road) as pressroom:
        await pressroom.approvals.allow(PLANNER.id, verbs=["publish"], accounts=["ana"], per_day=per_day)


@pytest.mark.proves("consent")
@pytest.mark.timeout(60 + CALLS // 10)
async def test_an_agent_that_nobody_let_writes_nothing_whatever_it_calls(road: Road, ana: Agent) -> None:
    a_file(ana.pictures, "dog.jpg", "brown")
    fuzzer = Fuzzer(ana, SEED)
    async with road.worker() as taken, ana.client() as client:
        await fuzzer.run(client, CALLS)
    assert writes(road) == []
    assert taken == []
    assert {post.state for post in road.posts} <= {
        PostState.DRAFT,
        PostState.AWAITING_APPROVAL,
        PostState.CANCELLED,
    }
    async with person(road) as pressroom:
        assert await pressroom.approvals.allowed() == ()
    # Else it would show nothing: calls that are answered, and some that come as far as a person.
    assert fuzzer.told["answered"] > CALLS / 4
    assert fuzzer.told["asked"] > CALLS / 50
    print(dict(fuzzer.told))  # noqa: T201  # for who looks


@asynccontextmanager
async def twenty(road: Road, tmp_path: Path) -> AsyncGenerator[list[Agent]]:
    """Twenty clients of one program, each with a server of its own."""
    async with agent(road, tmp_path / "pictures") as first:
        yield [
            first,
            *[Agent(first.server, road, first.pictures, ("auto", "legacy")[n % 2]) for n in range(19)],
        ]


@pytest.mark.usefixtures("long_run")
async def test_twenty_clients_at_once_publish_what_was_let_go_once(road: Road, tmp_path: Path) -> None:
    await allow(road, per_day=1)
    async with twenty(road, tmp_path) as clients, road.worker():
        post_id = await clients[0].draft()
        told = await asyncio.gather(*[one.call("publish_post", post_id=post_id) for one in clients])
    assert {one["state"] for one in told} == {"published"}
    assert (road.sends, len(road.sandbox.media)) == (1, 1)


@pytest.mark.usefixtures("long_run")
async def test_twenty_drafts_at_once_go_out_as_often_as_was_let(road: Road, tmp_path: Path) -> None:
    await allow(road, per_day=3)
    async with twenty(road, tmp_path) as clients, road.worker():
        drafts = [await one.draft(f"Number {number}") for number, one in enumerate(clients)]
        told = await asyncio.gather(
            *[one.call("publish_post", post_id=post) for one, post in zip(clients, drafts, strict=True)]
        )
    assert sorted(one["state"] for one in told) == ["awaiting_approval"] * 17 + ["published"] * 3
    assert road.sends == 3


@pytest.mark.usefixtures("long_run")
async def test_the_same_draft_asked_for_by_twenty_clients_is_one(road: Road, tmp_path: Path) -> None:
    async with twenty(road, tmp_path) as clients:
        made = await asyncio.gather(*[one.draft() for one in clients])
    assert len(set(made)) == len(road.posts) == 1


async def test_a_draft_that_was_changed_after_it_was_asked_for_is_not_let_go(ana: Agent) -> None:
    post_id = await ana.draft()
    asked = await ana.call("publish_post", post_id=post_id)
    await ana.call("change_post", post_id=post_id, caption="Something else")
    async with person(ana.road) as pressroom:
        for named in (asked["needs_approval"]["proposal_id"], post_id):
            with pytest.raises(PressroomError):
                await pressroom.approvals.approve(named)
    assert writes(ana.road) == []


async def test_an_approval_that_came_before_a_change_covers_no_change(ana: Agent) -> None:
    post_id = await ana.draft()
    asked = await ana.call("schedule_post", post_id=post_id, at="+3h")
    async with person(ana.road) as pressroom:
        await pressroom.approvals.approve(asked["needs_approval"]["proposal_id"])
    changed = await ana.call("change_post", post_id=post_id, caption="Something else")
    assert changed["needs_approval"]["state"] == "waiting"
    assert ana.road.posts[0].options.caption == "Hello"


async def test_a_standing_consent_of_another_program_is_none(road: Road, tmp_path: Path) -> None:
    await allow(road, per_day=9)
    async with agent(road, tmp_path / "pictures", name="other") as other:
        post_id = await other.draft()
        asked = await other.call("publish_post", post_id=post_id)
    assert asked["needs_approval"]["state"] == "waiting"
    assert writes(road) == []
