"""What an agent is told: errors in the words of tools, text of strangers in a fence, and no secret."""

import json
import logging
from pathlib import Path
from typing import Any, cast
from unittest.mock import patch

import pytest
from mcp.shared.exceptions import MCPError
from mcp_types import ReadResourceResult, TextContent, TextResourceContents

from pressroom.core.actor import ActorId
from pressroom.core.remedies import Remedy, RemedyKind
from pressroom.core.secret import Secret
from pressroom.mcp.listing import TOOLS
from pressroom.mcp.views import by_tool
from pressroom.service.posts.lists import PostLists
from pressroom.service.posts.posts import PostService
from tests.mcp.agents import Agent, agent
from tests.mcp.test_fence import INJECTION
from tests.service.consenting import PLANNER
from tests.service.road import Road


def test_every_remedy_is_a_call_of_a_tool_or_a_person_s() -> None:
    names = {tool.name for tool in TOOLS}
    for kind in RemedyKind:
        said = by_tool(Remedy(kind))
        is_call = said.startswith("`") and (
            "=" in said or said[1:].partition("(")[0] in names or "key" in said
        )
        assert is_call or said.startswith("ask the person to run `"), said


async def test_an_argument_that_a_model_invents_is_refused_by_name(ana: Agent) -> None:
    post_id = await ana.draft()
    for invented in ("confirm", "force", "approved", "actor", "idempotency_key"):
        said = await ana.refused("publish_post", post_id=post_id, **{invented: True})
        assert f"unknown field `{invented}`" in said
        assert said.endswith("publish_post takes: post_id, version.")


async def test_an_argument_of_the_wrong_kind_is_refused_by_its_place(ana: Agent) -> None:
    assert "$.sources" in await ana.refused("create_draft", kind="photo", sources="cat.jpg")
    assert "$.kind" in await ana.refused("create_draft", kind="poem", sources=["cat.jpg"])
    assert "missing required field `post_id`" in await ana.refused("get_post")


async def test_a_tool_that_is_none_is_told_with_those_there_are(ana: Agent) -> None:
    said = await ana.refused("approve_post", post_id="1")
    assert "There is no tool 'approve_post'" in said
    assert "publish_post" in said


async def test_an_error_names_calls_of_tools_and_no_command_of_ours(ana: Agent) -> None:
    said = await ana.refused("get_insights")
    assert "`pull_insights(account='ana')`" in said
    assert "pressroom" not in said
    assert "`list_posts()`" in await ana.refused("get_post", post_id="0" * 32)


async def test_a_fault_of_ours_is_told_without_its_trace(
    ana: Agent, caplog: pytest.LogCaptureFixture
) -> None:
    with patch.object(PostLists, "get", side_effect=ZeroDivisionError("/home/ana")):
        said = await ana.refused("get_post", post_id="0" * 32)
    assert "Pressroom made a mistake (ZeroDivisionError)" in said
    assert "/home/ana" not in said
    assert "ZeroDivisionError" in caplog.text
    caplog.clear()


async def test_a_full_disk_is_told(ana: Agent) -> None:
    with patch.object(PostService, "submit", side_effect=OSError(28, "No space left on device")):
        assert "No space left on device" in await ana.refused(
            "create_draft", kind="photo", sources=["cat.jpg"]
        )


async def test_every_caption_comes_in_its_fence(ana: Agent) -> None:
    post_id = await ana.draft(INJECTION)
    asked = await ana.call("publish_post", post_id=post_id)
    proposal = asked["needs_approval"]["proposal_id"]
    await ana.call("change_post", post_id=post_id, first_comment=INJECTION)
    await ana.call("get_post", post_id=post_id)
    await ana.call("list_posts")
    async with ana.client() as client:
        for uri in (f"pressroom://posts/{post_id}", f"pressroom://proposals/{proposal}"):
            ana.said.append(_text_of(await client.read_resource(uri)))
    for text in ana.said:
        outside = json.loads(text)
        for one in _texts(outside):
            if "SYSTEM" in one:
                before, _, after = one.partition("SYSTEM")
                assert "<untrusted>" in before, one
                assert "</untrusted>" in after, one
                assert "</untrusted>" not in before.rpartition("<untrusted>")[2], one


def _text_of(found: ReadResourceResult) -> str:
    (part,) = found.contents
    assert isinstance(part, TextResourceContents)
    return part.text


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for one in cast("dict[str, Any]", value).values() for text in _texts(one)]
    if isinstance(value, list):
        return [text for one in cast("list[Any]", value) for text in _texts(one)]
    return [value] if isinstance(value, str) else []


async def test_what_an_agent_did_is_in_the_journal_under_its_name(ana: Agent) -> None:
    post_id = await ana.draft()
    await ana.call("publish_post", post_id=post_id)
    events = ana.road.store.events.list(ana.road.posts[0].id)
    assert {event.actor for event in events} == {ActorId(PLANNER.id)}
    assert post_id == ana.road.posts[0].id


async def test_no_secret_is_in_any_answer_error_or_log(
    road: Road, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    planted = "IGAA" + "Q7x" * 12
    token = road.account.token.reveal()
    environ = {"CLOUDINARY_URL": f"cloudinary://key:{planted}@name", "INSTAGRAM_ACCESS_TOKEN": token}
    assert Secret(planted)
    async with agent(road, tmp_path / "pictures", environ=environ) as ana:
        post_id = await ana.draft(f"Hello {token} {planted}")
        await ana.call("publish_post", post_id=post_id)
        await ana.call("get_post", post_id=post_id)
        await ana.call("list_posts")
        await ana.call("get_account")
        await ana.refused(
            "check_media", source=f"https://user:{planted}@example.com/a.jpg?access_token={token}"
        )
        await ana.refused("get_post", post_id=token)
        await ana.refused("create_draft", kind="photo", sources=[f"{planted}.jpg"])
        await ana.refused("publish_post", post_id=post_id, token=token)
        async with ana.client() as client:
            with pytest.raises(MCPError) as error:
                await client.read_resource(f"pressroom://{token}")
            found = await client.read_resource(f"pressroom://posts/{post_id}")
        said = [*ana.said, str(error.value), found.model_dump_json(), caplog.text]
    for text in said:
        assert token not in text
        assert planted not in text


async def test_resources_tell_limits_definitions_and_errors(ana: Agent) -> None:
    async with ana.client() as client:
        listed = {one.uri for one in (await client.list_resources()).resources}
        templates = {one.uri_template for one in (await client.list_resource_templates()).resource_templates}
        told = {
            uri: json.loads(_text_of(await client.read_resource(uri)))
            for uri in (*listed, "pressroom://definitions/reach", "pressroom://errors/9004")
        }
    assert listed == {"pressroom://limits", "pressroom://definitions"}
    assert len(templates) == 4
    assert told["pressroom://limits"]["videos"]["reel"]["max_duration_s"] == 900
    assert told["pressroom://limits"]["counts"]["caption_length"] == 2200
    assert {one["name"] for one in told["pressroom://definitions/reach"]} == {"reach"}
    assert told["pressroom://errors/9004"][0]["code"] == 9004


async def test_prompts_are_filled_in(ana: Agent) -> None:
    async with ana.client() as client:
        assert [one.name for one in (await client.list_prompts()).prompts] == ["weekly_report", "month_plan"]
        plan = await client.get_prompt("month_plan", {"topics": "bread {and} salt", "posts_a_week": "2"})
        asked = plan.messages[0].content
        with pytest.raises(MCPError, match="There is no prompt"):
            await client.get_prompt("other")
    assert isinstance(asked, TextContent)
    assert "about: bread {and} salt. 2 posts a week" in asked.text
