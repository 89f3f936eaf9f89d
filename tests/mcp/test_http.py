"""Agents over HTTP: each shows a key of the store, acts under its name, and within its scopes."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from unittest.mock import patch

import aiohttp
import pytest
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client
from mcp.shared.exceptions import MCPError

from pressroom.accounts.vault import open_vault
from pressroom.core.account import Account
from pressroom.core.actor import Scope
from pressroom.core.post import Post
from pressroom.core.secret import Secret
from pressroom.core.settings import Mask
from pressroom.dispatch.locks import driver_lock
from pressroom.mcp.context import Folders, ToolContext
from pressroom.mcp.http import MOST_BYTES, PATH, mounted
from pressroom.mcp.listing import TOOLS
from pressroom.service import new_post
from pressroom.service.posts.lists import PostLists
from pressroom.service.programs.programs import Program, Programs
from pressroom.serving.guard import Guard
from pressroom.serving.limits import LIMITS, limited
from pressroom.serving.rates import Rates, Takes
from pressroom.serving.runner import running
from pressroom.serving.sockets import address_of, listen
from tests.mcp.agents import MODES
from tests.mcp.test_protocol import SNAPSHOT, listed
from tests.service.consenting import a_file, person
from tests.service.road import Road
from tests.serving.test_limits import connecting

pytestmark = pytest.mark.usefixtures("real_time")


@dataclass
class House:
    """A server of a road over HTTP."""

    road: Road
    url: str

    async def key(self, name: str, *scopes: Scope, **more: Any) -> str:
        async with person(self.road) as pressroom:
            return (await pressroom.keys.add(name, scopes=scopes or tuple(Scope), **more)).token.reveal()

    @asynccontextmanager
    async def client(self, token: str, mode: str = "auto") -> AsyncGenerator[Client]:
        headers = {"Authorization": f"Bearer {token}"}
        async with (
            create_mcp_http_client(headers=headers) as http,
            Client(streamable_http_client(self.url, http_client=http), mode=mode) as client,
        ):
            yield client

    async def result(self, token: str, tool: str, mode: str = "auto", **given: Any) -> Any:
        async with self.client(token, mode) as client:
            return await client.call_tool(tool, given)

    async def call(self, token: str, tool: str, **given: Any) -> dict[str, Any]:
        result = await self.result(token, tool, **given)
        assert not result.is_error, result
        return result.structured_content

    async def status(self, asked: str = '{"method": "tools/list"}', /, **headers: str) -> int:
        """Ask for the tools, or something else, and give the status of the answer."""
        message = {"jsonrpc": "2.0", "id": 1, **json.loads(asked)}
        accepts = {"Accept": "application/json, text/event-stream", **headers}
        async with (
            aiohttp.ClientSession() as http,
            http.post(self.url, json=message, headers=accepts) as answer,
        ):
            return answer.status


@asynccontextmanager
async def a_house(road: Road, pictures: Path, takes: Takes | None = None) -> AsyncGenerator[House]:
    folders = Folders.of((pictures,))

    def makes(program: Program) -> ToolContext:
        return ToolContext(program=program, folders=folders, mask=Mask(), clock=road.clock, wait_s=60.0)

    async with (
        person(road) as owner,
        aclosing(Programs(owner, road.session_of)) as programs,
        mounted(programs, makes, folders, takes=takes) as app,
    ):
        listener = listen()
        url = f"{address_of(listener)}{PATH}"
        async with running(Guard(app), listener, limited()):
            yield House(road, url)


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir()
    a_file(folder)
    return folder


DRAFT = {"kind": "photo", "sources": ["cat.jpg"], "caption": "Hello"}


@pytest.mark.parametrize("mode", MODES)
async def test_an_agent_with_a_key_acts_under_its_name(road: Road, pictures: Path, mode: str) -> None:
    async with a_house(road, pictures) as house:
        token = await house.key("planner")
        made = await house.call(token, "create_draft", mode=mode, **DRAFT)
        asked = await house.call(token, "publish_post", mode=mode, post_id=made["post_id"])
    assert asked["needs_approval"]["state"] == "waiting"
    assert road.posts[0].actor == "program:planner"
    assert road.sends == 0


async def test_who_shows_no_key_or_a_wrong_one_is_let_in_nowhere(road: Road, pictures: Path) -> None:
    async with a_house(road, pictures) as house:
        token = await house.key("planner")
        key_id = token.split("_")[1]
        for wrong in (
            "",
            "Bearer",
            f"Basic {token}",
            "Bearer x",
            f"Bearer {token}x",
            f"Bearer prk_{key_id}_",
        ):
            assert await house.status(Authorization=wrong) == 401, wrong
        assert await house.status() == 401
        assert await house.status(Authorization=f"bearer {token}") == 200


async def test_a_key_that_was_taken_back_or_has_ended_lets_in_no_more(road: Road, pictures: Path) -> None:
    async with a_house(road, pictures) as house:
        first, second = await house.key("planner"), await house.key("other", ends_at="+1h")
        for token in (first, second):
            assert await house.status(Authorization=f"Bearer {token}") == 200
        async with person(road) as pressroom:
            await pressroom.keys.revoke("planner")
        road.clock.advance(3600)
        for token in (first, second):
            assert await house.status(Authorization=f"Bearer {token}") == 401


@pytest.mark.parametrize("ending", ["revoked", "expired"])
async def test_a_tool_that_waits_is_refused_at_once_when_its_key_ends(
    road: Road, pictures: Path, ending: str
) -> None:
    """A worker is there, so that the tool waits for the post, which it never publishes."""
    async with person(road) as owner:
        await owner.approvals.allow("program:planner", verbs=["publish"], accounts=["ana"], per_day=1)
        async with a_house(road, pictures) as house:
            token = await house.key("planner", ends_at="+1h")
            post_id = (await house.call(token, "create_draft", **DRAFT))["post_id"]
            shown = {"Authorization": f"Bearer {token}"}
            call = {"name": "publish_post", "arguments": {"post_id": post_id}}
            asked = json.dumps({"method": "tools/call", "params": call})
            lock = driver_lock(road.settings)
            assert lock.take()
            try:
                waiting = asyncio.create_task(house.status(asked, **shown))
                while not road.posts[0].state.is_waiting:
                    await road.clock.sleep(0.1)
                if ending == "revoked":
                    await owner.keys.revoke("planner")
                else:
                    road.clock.advance(3600)
                ended_at = road.clock.now()
                assert await waiting == 401
                assert road.clock.now() - ended_at < timedelta(seconds=1)
            finally:
                lock.release()


async def test_what_a_tool_reads_after_the_key_was_revoked_is_not_answered(
    road: Road, pictures: Path
) -> None:
    """The revocation commits while the tool runs, and a change of the post after it."""
    read = PostLists.get
    async with person(road) as owner, a_house(road, pictures) as house:
        token = await house.key("planner")
        post_id = (await house.call(token, "create_draft", **DRAFT))["post_id"]

        async def revoke_and_change_first(lists: PostLists, wanted: str) -> Post:
            changing.stop()
            await owner.keys.revoke("planner")
            await owner.posts.edit(post_id, caption="Two")
            return await read(lists, wanted)

        changing = patch.object(PostLists, "get", revoke_and_change_first)
        changing.start()
        call = {"name": "get_post", "arguments": {"post_id": post_id}}
        asked = json.dumps({"method": "tools/call", "params": call})
        assert await house.status(asked, Authorization=f"Bearer {token}") == 401
    assert road.posts[0].options.caption == "Two"


@pytest.mark.parametrize("scope", Scope)
async def test_a_key_is_good_for_its_scopes_alone(road: Road, pictures: Path, scope: Scope) -> None:
    async with a_house(road, pictures) as house:
        whole, some = await house.key("whole"), await house.key("some", scope)
        post_id = (await house.call(whole, "create_draft", **DRAFT))["post_id"]
        refused = set[str]()
        for tool in TOOLS:
            given = {"post_id": post_id} if "post_id" in tool.input_schema.get("properties", {}) else {}
            said = json.dumps([part.text for part in (await house.result(some, tool.name, **given)).content])
            refused |= {tool.name} if "is not for" in said else set()
        # What it did not make itself it changes by asking.
        async with house.client(some) as client:
            listed_by_it = {tool.name for tool in (await client.list_tools()).tools}
        unknown = await house.result(some, "no_such_tool")
    of_others = {"change_post", "cancel_post"} if scope is Scope.DRAFT else set[str]()
    beyond = {tool.name for tool in TOOLS if tool.scope not in (scope, Scope.READ)}
    assert refused == beyond | of_others
    assert listed_by_it == {tool.name for tool in TOOLS} - beyond
    assert not any(f"{name}," in str(unknown) for name in beyond)


async def test_a_key_for_drafts_changes_its_own_drafts_and_asks_for_nothing(
    road: Road, pictures: Path
) -> None:
    async with person(road) as pressroom:
        cat = str(pictures / "cat.jpg")
        planned = (await pressroom.posts.submit(new_post("photo", cat, caption="Mine"), at="+3h")).post
        await pressroom.approvals.allow("program:planner", verbs=["edit"], accounts=["ana"], per_day=9)
    async with a_house(road, pictures) as house:
        token = await house.key("planner", Scope.DRAFT)
        post_id = (await house.call(token, "create_draft", **DRAFT))["post_id"]
        assert (await house.call(token, "change_post", post_id=post_id, caption="Other"))["state"] == "draft"
        assert (await house.call(token, "cancel_post", post_id=post_id))["state"] == "cancelled"
        refused = await house.result(token, "change_post", post_id=planned.id, caption="BUY")
    assert refused.is_error
    assert road.post(planned.id).options.caption == "Mine"
    async with person(road) as pressroom:
        assert await pressroom.approvals.list() == ()


async def test_a_key_for_some_accounts_reaches_no_other_by_any_tool(road: Road, pictures: Path) -> None:
    """What is of another account is told in the words of what is not there."""
    other = Account(token=Secret("token of rival"), user_id="17841400000000077")
    open_vault(road.store, road.settings).keep("rival", other, obtained_at=road.clock.now(), timezone="UTC")
    async with a_house(road, pictures) as house:
        whole = await house.key("whole")
        theirs = (await house.call(whole, "create_draft", account="rival", **DRAFT))["post_id"]
        limited = await house.key("limited", accounts=["ana"])
        mine = (await house.call(limited, "create_draft", **DRAFT))["post_id"]
        listed = await house.call(limited, "list_posts")
        said = dict[str, str]()
        for tool in TOOLS:
            for name, wrong, missing in (("account", "rival", "nemo"), ("post_id", theirs, "0" * 32)):
                if name not in tool.input_schema.get("properties", {}):
                    continue
                required = {**DRAFT, "source": "cat.jpg", "at": "+3h", "period": "last month"}
                given = {key: required[key] for key in tool.input_schema["properties"] if key in required}
                results = [
                    await house.result(limited, tool.name, **given, **{name: value})
                    for value in (wrong, missing)
                ]
                answer, same = (str(result.content[0].text) for result in results)
                assert results[0].is_error, tool.name
                assert answer.replace(wrong, missing) == same, tool.name
                said[f"{tool.name} {name}"] = answer
        seen = await house.call(limited, "get_account")
    assert [post["post_id"] for post in listed["posts"]] == [mine]
    assert "other_accounts" not in seen
    assert len(said) > 10
    assert all("here" in answer for answer in said.values()), said


async def test_an_agent_reads_by_id_only_its_own_proposals(road: Road, pictures: Path) -> None:
    async with a_house(road, pictures) as house:
        planner, other = await house.key("planner"), await house.key("other")
        post_id = (await house.call(planner, "create_draft", **DRAFT))["post_id"]
        asked = await house.call(planner, "publish_post", post_id=post_id)
        proposal_id, refused = asked["needs_approval"]["proposal_id"], list[str]()
        async with house.client(planner) as client:
            await client.read_resource(f"pressroom://proposals/{proposal_id}")
        async with house.client(other) as client:
            for uri in (f"pressroom://proposals/{proposal_id}", f"pressroom://proposals/{'0' * 32}"):
                with pytest.raises(MCPError) as error:
                    await client.read_resource(uri)
                refused.append(str(error.value))
    assert refused[0].replace(proposal_id, "0" * 32) == refused[1]


async def test_pages_of_other_sites_and_other_names_are_refused(road: Road, pictures: Path) -> None:
    async with a_house(road, pictures) as house:
        shown = {"Authorization": f"Bearer {await house.key('planner')}"}
        for foreign in (
            {"Host": "evil.example"},
            {"Origin": "https://evil.example"},
            {"Sec-Fetch-Site": "cross-site"},
        ):
            assert await house.status(**shown, **foreign) == 403, foreign


async def test_twenty_agents_of_two_programs_at_once_do_each_thing_once(road: Road, pictures: Path) -> None:
    async with a_house(road, pictures) as house:
        tokens = [await house.key("planner"), await house.key("other")]
        made = await asyncio.gather(*[house.call(tokens[n % 2], "create_draft", **DRAFT) for n in range(20)])
    assert len({one["post_id"] for one in made}) == len(road.posts) == 2, "one of each program"


@pytest.mark.parametrize("mode", MODES)
async def test_the_listing_is_that_of_stdio(road: Road, pictures: Path, mode: str) -> None:
    async with (
        a_house(road, pictures) as house,
        house.client(await house.key("planner"), mode) as client,
    ):
        wire = json.loads(await listed(client))
    assert wire == json.loads(SNAPSHOT.read_text(encoding="utf-8"))


async def test_a_client_that_goes_in_the_middle_loses_nothing(
    road: Road, pictures: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with person(road) as pressroom:
        await pressroom.approvals.allow("program:planner", verbs=["publish"], accounts=["ana"], per_day=1)
    async with a_house(road, pictures) as house:
        token = await house.key("planner")
        post_id = (await house.call(token, "create_draft", **DRAFT))["post_id"]
        for _ in range(3):
            going = asyncio.create_task(house.result(token, "publish_post", post_id=post_id))
            await road.clock.sleep(0)
            going.cancel()
            await asyncio.gather(going, return_exceptions=True)
        async with road.worker():
            live = await house.call(token, "publish_post", post_id=post_id)
    assert (live["state"], road.sends) == ("published", 1)
    assert [record.getMessage() for record in caplog.records if record.exc_info] == []


@pytest.mark.parametrize("version", ["2025-06-18", "2026-07-28"])
@pytest.mark.parametrize("sent", [b'{"jsonrpc"', b'{"jsonrpc": "2.0", "id": 1, "method": "tools/list"}'])
async def test_a_client_that_goes_in_the_middle_of_a_message_leaves_nothing_in_the_log(
    road: Road, pictures: Path, caplog: pytest.LogCaptureFixture, version: str, sent: bytes
) -> None:
    async with a_house(road, pictures) as house, connecting(house.url.removesuffix(PATH), b"") as server:
        token = await house.key("planner")
        head = (
            f"POST {PATH} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n"
            f"mcp-protocol-version: {version}\r\naccept: application/json, text/event-stream\r\n"
            f"content-type: application/json\r\ncontent-length: 50\r\n\r\n"
        )
        for wait_s in (0, 0.05):
            going = await server.connect(head.encode() + sent)
            await asyncio.sleep(wait_s)
            going.writer.transport.abort()
        assert await house.status(Authorization=f"Bearer {token}") == 200
    assert [record.getMessage() for record in caplog.records if record.exc_info] == []


async def test_a_message_is_posted_and_has_an_end(road: Road, pictures: Path) -> None:
    """A stream that is asked for would take a place for good: this server says nothing by itself."""
    async with a_house(road, pictures) as house, aiohttp.ClientSession() as http:
        shown = {"Authorization": f"Bearer {await house.key('planner')}", "Accept": "text/event-stream"}
        async with http.get(house.url, headers=shown) as answer:
            assert (answer.status, answer.headers["allow"]) == (405, "POST")
        async with http.post(house.url, headers=shown, data=BytesIO(b"a" * (MOST_BYTES + 1))) as answer:
            assert answer.status == 413


async def test_a_program_has_so_many_calls_answered_at_once_and_another_one_is_answered(
    road: Road, pictures: Path
) -> None:
    async with person(road) as pressroom:
        await pressroom.approvals.allow("program:planner", verbs=["publish"], accounts=["ana"], per_day=1)
    async with a_house(road, pictures) as house:
        token, other = await house.key("planner"), await house.key("other")
        post_id = (await house.call(token, "create_draft", **DRAFT))["post_id"]
        params = {"name": "publish_post", "arguments": {"post_id": post_id}}
        call = json.dumps({"method": "tools/call", "params": params})
        calls = [
            asyncio.create_task(house.status(call, Authorization=f"Bearer {token}"))
            for _ in range(LIMITS.of_caller + 2)
        ]
        ends = asyncio.as_completed(calls)
        assert [await next(ends), await next(ends)] == [429, 429]
        assert await house.status(Authorization=f"Bearer {other}") == 200
        async with road.worker():
            assert {await end for end in ends} == {200}
    assert road.sends == 1


async def test_a_program_that_asks_too_often_is_told_when_to_come_again_and_another_one_is_answered(
    road: Road, pictures: Path
) -> None:
    async with a_house(road, pictures, Rates(1, road.clock).take) as house, aiohttp.ClientSession() as http:
        token, other = await house.key("planner"), await house.key("other")
        assert await house.status(Authorization=f"Bearer {token}") == 200
        async with http.post(house.url, headers={"Authorization": f"Bearer {token}"}) as answer:
            assert (answer.status, answer.headers["retry-after"]) == (429, "60")
            assert "Too many requests" in (await answer.json())["error"]
        assert await house.status(Authorization=f"Bearer {other}") == 200
        assert [await house.status() for _ in range(2)] == [401, 429], "whoever shows no key is one caller"
        road.clock.advance(60)
        assert await house.status(Authorization=f"Bearer {token}") == 200


async def test_no_key_is_in_an_answer(road: Road, pictures: Path) -> None:
    async with a_house(road, pictures) as house:
        token = await house.key("planner")
        made = await house.call(token, "create_draft", **{**DRAFT, "caption": f"Mine: {token}"})
        told = await house.call(token, "get_post", post_id=made["post_id"])
    assert told["untrusted_options"]["caption"] == "<untrusted>Mine: ***</untrusted>"
