"""`/_sandbox/surface.json` lists exactly what the sandbox answers, and the docs page explains each field."""

import ast
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest

from pressroom.graph.certainty import Certainty
from pressroom.graph.hosts import LoginType
from pressroom.sandbox.faults import ANY_CALL, Fault, FaultKind
from pressroom.sandbox.surface import ALL_OPEN_ROUTES, ROUTES, docs_page
from tests.sandbox.caller import Caller
from tests.sandbox.conftest import Make

SANDBOX = Path(__file__).parents[2] / "src" / "pressroom" / "sandbox"
REACHED = "this call exists"
TOKENS = {"instagram": "IGsandboxtoken", "facebook": "EAAsandboxtoken", "unified": "EAAsandboxtoken"}


async def surface_of(caller: Caller) -> dict[str, Any]:
    got = await caller.raw("GET", "/_sandbox/surface.json")
    assert got.headers["content-type"].startswith("application/json")
    return got.json


async def a_node_of_each_kind(caller: Caller) -> dict[str, str]:
    """Give the id of one node of each kind that a path can name."""
    sandbox, account = caller.sandbox, caller.sandbox.scene.world.accounts[caller.sandbox.user_id]
    media = sandbox.media[0].id
    sandbox.order("comments", media_id=media, text="Hi")
    sandbox.order("messages", text="Hello", username="a.guest")
    things = {type(thing).__name__.lower(): key for key, thing in sandbox.scene.world.things.items()}
    hashtag = "17841500000000001"
    sandbox.scene.world.hashtag_names[hashtag] = "print"
    return {
        "user": account.id,
        "page": account.page_id,
        "person": account.facebook_user_id,
        "media": media,
        "container": await caller.create(),
        "comment": things["comment"],
        "conversation": things["conversation"],
        "message": things["message"],
        "igperson": things["person"],
        "hashtag": hashtag,
        "app": sandbox.settings.app_id,
        "permission": "instagram_basic",
        "version": "v26.0",
    }


def every_path(nodes: dict[str, str]) -> Iterator[str]:
    """Give each node with each edge that any node has, and each path that has no node."""
    edges = {route.edge for route in ROUTES if route.node != "root"} | {"unheard_of"}
    kinds = sorted(nodes.keys() - {"app", "permission", "version"})
    yield from (f"/{{{kind}}}/{edge}".rstrip("/") for kind in kinds for edge in sorted(edges))
    yield from (f"/{route.edge}" for route in ROUTES if route.node == "root")
    yield from (f"/{route.path}" for route in ALL_OPEN_ROUTES)
    yield from ("/ig-api-upload/{version}/{container}", "/unheard_of")


async def is_answered(caller: Caller, method: str, path: str, nodes: dict[str, str]) -> bool:
    """Whether the call gets as far as being carried out; a fault then ends it, so that nothing changes."""
    target = path.format_map(nodes)
    if path.startswith("/ig-api-upload"):
        headers = {"authorization": f"OAuth {caller.token}", "offset": "0", "file_size": "4"}
        got = await caller.raw(method, target, b"clip", headers)
    else:
        got = await caller.raw(method, f"{target}?access_token={caller.token}")
    return REACHED in got.body.decode()


@pytest.mark.parametrize("login", list(LoginType))
async def test_exactly_the_calls_that_are_answered_are_listed(make: Make, login: LoginType) -> None:
    """Every kind of node is asked for every edge, by every method; the answers and the list agree."""
    caller = make(token=TOKENS[login], login=login, media=1)
    nodes = await a_node_of_each_kind(caller)
    if login is not LoginType.INSTAGRAM:
        nodes["container"] = await caller.create(media_type="REELS", upload_type="resumable")
    caller.sandbox.faults.add(Fault(on=ANY_CALL, kind=FaultKind.ERROR, message=REACHED, times=None))
    answered: set[tuple[str, str]] = set()
    for path in every_path(nodes):
        for method in ("GET", "POST", "DELETE"):
            if await is_answered(caller, method, path, nodes):
                answered.add((method, path))

    calls = (await surface_of(caller))["calls"]
    listed = {
        (call["method"], call["path"])
        for call in calls
        if login.value in {one["login"] for one in call["logins"]} and call["name"] not in ("batch", "ids")
    }
    assert answered == listed


@pytest.mark.parametrize("login", list(LoginType))
async def test_a_batch_and_a_read_of_several_nodes_are_answered_where_they_are_listed(
    make: Make, login: LoginType
) -> None:
    caller = make(token=TOKENS[login], login=login, media=1)
    by_name = {call["name"]: call for call in (await surface_of(caller))["calls"]}
    media = caller.sandbox.media[0].id
    got = await caller.get(by_name["ids"]["path"], ids=media)
    assert got.status == HTTPStatus.INTERNAL_SERVER_ERROR, "refused since October 2026"
    assert login.value in {one["login"] for one in by_name["ids"]["logins"]}
    batch = f'[{{"method":"GET","relative_url":"{media}"}}]'
    got = await caller.post(by_name["batch"]["path"], batch=batch)
    assert (got.body != b"") is (login.value in {one["login"] for one in by_name["batch"]["logins"]})


async def test_every_error_that_the_sandbox_raises_by_number_is_listed(caller: Caller) -> None:
    """The numbers are read from the source, where each refusal names its own."""
    errors = (await surface_of(caller))["errors"]
    listed = {(one["code"], one["subcode"]) for one in errors}
    ranges = [(one["code"], one["last_code"]) for one in errors if one["last_code"]]
    raised = {numbers for path in SANDBOX.rglob("*.py") for numbers in numbers_raised(path)}
    in_range = {(code, None) for code, _ in raised for first, last in ranges if first <= code <= last}
    assert len(raised) > 20
    assert raised - listed - in_range == set()


def numbers_raised(path: Path) -> Iterator[tuple[int, int | None]]:
    """Give code and subcode of each refusal that a module builds from numbers."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        if node.func.id in ("refusal", "GraphRefusal") and isinstance(node.args[0], ast.Constant):
            code, *rest = [one.value for one in node.args if isinstance(one, ast.Constant)]
            assert isinstance(code, int)
            yield code, rest[0] if rest and isinstance(rest[0], int) else None


async def test_a_container_takes_the_parameters_that_are_listed_for_its_kind(make: Make) -> None:
    """What a kind is not listed for is left out, and the log says so; the rest is taken in silence."""
    caller = make(media=0)
    [create] = [call for call in (await surface_of(caller))["calls"] if call["name"] == "create"]
    listed = {one["name"]: one for one in create["parameters"] if "containers" in one}
    values = {"caption": "Hi", "alt_text": "A cat", "thumb_offset": "1", "audio_name": "Song"}
    await caller.create(image_url="https://example.com/a.jpg", **values)
    notes = " ".join(caller.sandbox.scene.log.records()[-1].notes)
    for name in values:
        assert (f"{name} is not taken" in notes) is ("image" not in listed[name]["containers"])
    assert listed["poll_attachment"]["logins"] == ["facebook", "unified"]


async def test_every_fact_has_a_mark_whose_meaning_is_told(caller: Caller) -> None:
    surface = await surface_of(caller)
    assert surface["certainty"].keys() == {mark.value for mark in Certainty}
    facts = [*surface["calls"], *surface["errors"], *surface["parameters_of_every_call"]]
    facts += surface["parameter_details"]
    facts += [one for call in surface["calls"] for one in (*call["logins"], *call["parameters"])]
    assert {one["certainty"] for one in facts} <= surface["certainty"].keys()
    [create] = [call for call in surface["calls"] if call["name"] == "create"]
    assert create["logins"][0] == {
        "login": "instagram",
        "host": "graph.instagram.com",
        "permission": "instagram_business_content_publish",
        "certainty": "D",
    }


async def test_the_docs_page_explains_every_field(caller: Caller) -> None:
    page = docs_page()
    assert [name for name in fields_of(await surface_of(caller)) if f"| `{name}` |" not in page] == []


def fields_of(value: Any, path: str = "") -> set[str]:
    """Give the path of every field: `calls[].name`. Marks are keys of an object that is one field."""
    found: set[str] = set()
    for name, inner in value.items():
        field = f"{path}{name}"
        # A parameter of every call is explained where the parameters of one are.
        found |= {field} if not path.startswith("parameters_of_every_call") else set()
        for one in inner if isinstance(inner, list) else ():  # pyright: ignore[reportUnknownVariableType]
            found |= fields_of(one, f"{field}[].") if isinstance(one, dict) else set()
    return found
