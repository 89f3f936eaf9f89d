"""The wire: one listing for each scope of a key, both protocols, and answers that keep to their schemas."""

import json
from pathlib import Path
from typing import Any

import pytest
from mcp.client import Client

from pressroom.mcp.listing import TOOLS
from tests.mcp.agents import MODES, Agent, agent
from tests.mcp.shop import keep_shop
from tests.service.road import Road

SNAPSHOT = Path(__file__).parents[2] / "docs" / "reference" / "mcp-tools.json"
MOST_BYTES = 20_000
MOST_TOOLS = 16
MOST_FIELDS = 9


async def listed(client: Client) -> str:
    """Give `tools/list` as it goes over the wire, without what belongs to one answer."""
    result = await client.list_tools()
    tools = [tool.model_dump(by_alias=True, exclude_none=True, mode="json") for tool in result.tools]
    return json.dumps({"tools": tools}, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


async def test_the_listing_is_small_and_the_same_on_every_connection(road: Road, tmp_path: Path) -> None:
    told = set[str]()
    for mode in MODES:
        async with agent(road, tmp_path / "pictures", mode=mode) as ana:
            for more in ({}, {"elicitation_callback": _never}):
                async with ana.client(**more) as client:
                    told.add(await listed(client))
    (wire,) = told
    assert len(wire.encode()) <= MOST_BYTES
    assert len(json.loads(wire)["tools"]) <= MOST_TOOLS


async def _never(*_: Any) -> Any:
    raise AssertionError("nobody is asked in the chat")


async def test_the_listing_is_as_it_was_agreed(ana: Agent) -> None:
    """A change of it is a change for every agent: read the diff, then write it anew."""
    async with ana.client() as client:
        wire = json.loads(await listed(client))
    assert wire == json.loads(SNAPSHOT.read_text(encoding="utf-8")), "scripts/generate.py writes it"


def test_an_answer_has_at_most_nine_fields_at_any_depth() -> None:
    for tool in TOOLS:
        for fields in _objects(tool.output_schema):
            assert len(fields) <= MOST_FIELDS, (tool.name, fields)


def _objects(schema: dict[str, Any]) -> list[list[str]]:
    inner = [*schema.get("properties", {}).values(), *([schema["items"]] if "items" in schema else [])]
    own = [list(schema["properties"])] if "properties" in schema else []
    return own + [fields for one in inner for fields in _objects(one)]


def test_hints_are_true() -> None:
    by_name = {tool.name: tool for tool in TOOLS}
    assert {name for name, tool in by_name.items() if tool.is_destructive} == {
        "schedule_post",
        "publish_post",
        "change_post",
        "cancel_post",
    }
    reads = {name for name, tool in by_name.items() if tool.is_read_only}
    assert all(name.startswith(("get_", "list_", "check_", "compare_")) for name in reads)


@pytest.mark.usefixtures("long_run")
@pytest.mark.parametrize("mode", MODES)
async def test_every_tool_answers_on_both_protocols(road: Road, tmp_path: Path, mode: str) -> None:
    keep_shop(road)
    async with agent(road, tmp_path / "pictures", mode=mode) as ana:
        post_id = await ana.draft()
        media_id = (await ana.call("get_insights", limit=1))["posts"][0]["media_id"]
        given: dict[str, dict[str, Any]] = {
            "get_account": {},
            "check_media": {"source": "cat.jpg"},
            "create_draft": {"kind": "photo", "sources": ["cat.jpg"]},
            "schedule_post": {"post_id": post_id, "at": "+2h"},
            "publish_post": {"post_id": post_id},
            "change_post": {"post_id": post_id, "caption": "Other"},
            "list_posts": {},
            "get_post": {"post_id": post_id},
            "get_insights": {},
            "compare_posts": {"media_ids": [media_id]},
            "get_best_time": {},
            "get_account_insights": {},
            "create_report": {"period": "28d"},
            "pull_insights": {},
            "cancel_post": {"post_id": post_id},
        }
        for tool, arguments in given.items():
            await ana.call(tool, **arguments)
        refused = await ana.refused("reconcile_post", post_id=post_id)
    assert "cancelled" in refused
    assert {*given, "reconcile_post"} == {tool.name for tool in TOOLS}


@pytest.mark.usefixtures("long_run")
async def test_reads_change_nothing(road: Road, ana: Agent) -> None:
    keep_shop(road)
    post_id = await ana.draft()
    before = (road.posts, road.store.events.list(road.posts[0].id))
    given = {"check_media": {"source": "cat.jpg"}, "get_post": {"post_id": post_id}}
    for tool in TOOLS:
        if tool.is_read_only:
            await ana.call(tool.name, **given.get(tool.name, {}))
    assert (road.posts, road.store.events.list(road.posts[0].id)) == before
    assert {call.method for call in road.sandbox.calls()} <= {"GET"}
