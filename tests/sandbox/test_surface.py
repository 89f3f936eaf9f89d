"""The surface as data: the docs page and the OpenAPI description say what is answered."""

from pathlib import Path

from pressroom.sandbox.routes import CALL_NAMES, ROUTES
from pressroom.sandbox.surface import openapi, page
from tests.sandbox.caller import Caller

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "sandbox.md"


def test_the_page_is_the_one_the_routes_make() -> None:
    assert PAGE.read_text() == page()


def test_every_call_is_on_the_page_by_its_name() -> None:
    text = page()
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
    assert {route.mark for route in ROUTES} <= set("DOSCKI")
