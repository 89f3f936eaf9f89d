"""The surface as data: the docs page and the OpenAPI description say what is answered."""

import ast
import dataclasses
from pathlib import Path
from typing import Any

import pytest

from pressroom.graph.certainty import Certainty
from pressroom.graph.error_table import TABLE, ErrorRow
from pressroom.sandbox.calls.call import OpenRoute, Route
from pressroom.sandbox.publishing.rules import TAKEN_BY
from pressroom.sandbox.surface import (
    ALL_OPEN_ROUTES,
    CALL_NAMES,
    EVERYWHERE,
    ROUTES,
    TAKES,
    docs_page,
    openapi,
)
from tests.sandbox.caller import Caller

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "sandbox.md"


def test_the_page_is_the_one_the_routes_make() -> None:
    assert PAGE.read_text() == docs_page()


def test_every_call_is_on_the_page_by_its_name() -> None:
    text = docs_page()
    assert [name for name in CALL_NAMES - {"fetch"} if f"`{name}`" not in text] == []


async def test_the_description_is_served_and_holds_every_call(caller: Caller) -> None:
    got = (await caller.raw("GET", "/_sandbox/openapi.json")).json
    assert got == openapi()
    assert got["openapi"].startswith("3.")
    for route in ROUTES:
        path = f"/{route.edge}" if route.node == "root" else f"/{{id}}/{route.edge}".rstrip("/")
        assert route.method.lower() in got["paths"][path]


def test_no_two_calls_share_a_shape_and_each_is_explained() -> None:
    shapes = [(route.method, route.node, route.edge) for route in ROUTES]
    assert len(set(shapes)) == len(shapes)
    assert all(route.handle.__doc__ for route in ROUTES)


@pytest.mark.parametrize("kind", [Route, OpenRoute, ErrorRow])
def test_nothing_is_sure_by_default(kind: type[Any]) -> None:
    """A mark is where the fact comes from, so whoever states the fact states it."""
    [mark] = [one for one in dataclasses.fields(kind) if one.name == "mark"]
    assert mark.default is mark.default_factory is dataclasses.MISSING
    assert {type(one.mark) for one in (*ROUTES, *ALL_OPEN_ROUTES, *TABLE)} == {Certainty}


def test_the_parameters_of_every_call_are_listed_with_their_marks() -> None:
    calls = {(route.method, route.name) for route in (*ROUTES, *ALL_OPEN_ROUTES)}
    assert set(TAKES) == calls | {("POST", "upload"), ("POST", "batch"), ("GET", "ids")}
    assert set(TAKES["POST", "create"]) >= set(TAKEN_BY)


# Asked of the code, not by Meta: the answer on the consent page.
OURS = {"decision", "account", "granted"}
READERS = {"text", "needed", "flag", "number", "items", "mapping", "objects", "moment_of", "read_tags"}
SANDBOX = Path(__file__).parents[2] / "src" / "pressroom" / "sandbox"
ROOMS = ("publishing", "reading", "comments", "insights", "messaging", "accounts", "webhooks")


def names_read(path: Path) -> set[str]:
    """Collect the parameters a module asks a call for by name."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in READERS:
            constants = [one.value for one in node.args if isinstance(one, ast.Constant)]
            found |= {value for value in constants if isinstance(value, str)}
    return found


@pytest.mark.parametrize("room", ROOMS)
def test_every_parameter_that_is_read_is_listed(room: str) -> None:
    listed = {name for takes in (*TAKES.values(), EVERYWHERE) for name in takes} | OURS
    inside = {"attachments", "quick_replies"}
    read = {name for path in (SANDBOX / room).glob("*.py") for name in names_read(path)}
    assert read - listed - inside == set()
