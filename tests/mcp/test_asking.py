"""A person is shown the page in the client where it can, once; nothing that the client answers is a grant."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path
from typing import Any

import mcp_types as types
import pytest

from tests.mcp.agents import MODES, Agent, agent
from tests.service.consenting import person
from tests.service.road import Road

ADDRESS = "http://127.0.0.1:8484"


@pytest.fixture(params=MODES)
async def shown(road: Road, tmp_path: Path, request: pytest.FixtureRequest) -> AsyncGenerator[Agent]:
    """An agent on each protocol, of a data directory whose page is served."""
    road.settings = replace(road.settings, web_url=ADDRESS)
    async with agent(road, tmp_path / "pictures", mode=request.param) as ana:
        yield ana


class Browser:
    """What a client opens for a person, who answers `says`, and may approve."""

    def __init__(self, ana: Agent, says: Any = "accept", *, approves: bool = False) -> None:
        self.ana, self.says, self.approves = ana, says, approves
        self.opened = list[str]()

    async def __call__(self, _context: object, params: types.ElicitRequestParams) -> types.ElicitResult:
        assert isinstance(params, types.ElicitRequestURLParams)
        self.opened.append(params.url)
        if self.approves:
            async with person(self.ana.road) as pressroom:
                await pressroom.approvals.approve(params.url.rpartition("/")[2])
        return types.ElicitResult(action=self.says)

    async def call(self, tool: str, **given: Any) -> dict[str, Any]:
        async with self.ana.client(elicitation_callback=self) as client:
            result = await client.call_tool(tool, given)
        assert not result.is_error, result
        return result.structured_content


async def test_the_page_is_opened_once_and_grants_nothing(shown: Agent) -> None:
    post_id, browser = await shown.draft(), Browser(shown)
    asked = await browser.call("publish_post", post_id=post_id)
    page = asked["needs_approval"]["page"]
    assert page == f"{ADDRESS}/approvals/{asked['needs_approval']['proposal_id']}"
    assert browser.opened == [page]
    assert page in asked["next_step"]
    await browser.call("publish_post", post_id=post_id)
    assert browser.opened == [page]
    assert shown.road.sends == 0


@pytest.mark.parametrize("says", ["decline", "cancel"])
async def test_whatever_the_client_answers_it_waits_for_the_person(shown: Agent, says: str) -> None:
    post_id = await shown.draft()
    asked = await Browser(shown, says).call("publish_post", post_id=post_id)
    assert asked["needs_approval"]["state"] == "waiting"


async def test_who_approved_meanwhile_is_told_the_outcome(shown: Agent) -> None:
    post_id = await shown.draft()
    async with shown.road.worker():
        # The version is of before it was shown: what was decided since is no change that it did not see.
        live = await Browser(shown, approves=True).call("publish_post", post_id=post_id, version=1)
    assert (live["state"], shown.road.sends) == ("published", 1)


async def test_a_client_that_opens_nothing_is_told_the_address(shown: Agent) -> None:
    post_id = await shown.draft()
    asked = await shown.call("publish_post", post_id=post_id)
    assert asked["needs_approval"]["page"].startswith(ADDRESS)
    made = await shown.call("create_draft", kind="photo", sources=["cat.jpg"], caption="Another")
    assert f"{ADDRESS}/posts/{made['post_id']}" in made["next_step"]


async def test_without_a_page_nothing_is_opened(road: Road, tmp_path: Path) -> None:
    async with agent(road, tmp_path / "pictures") as ana:
        browser = Browser(ana)
        asked = await browser.call("publish_post", post_id=await ana.draft())
    assert browser.opened == []
    assert "page" not in asked["needs_approval"]
