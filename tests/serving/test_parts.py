"""Several apps on one port: which one answers, what each gets to see, and whose pages may use it."""

import json
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from pressroom.serving.guard import Guard, refuse_as_problem
from pressroom.serving.parts import beside, shared
from tests.serving.asking import ask

OURS = "https://app.example"
PREFLIGHT = {
    "access_control_request_method": "PATCH",
    "sec_fetch_site": "cross-site",
    "sec_fetch_mode": "cors",
}


def an_app(name: str) -> ASGIApp:
    """Make an app that tells its name, and what it was shown."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        shown = {"app": name, "headers": dict(Request(scope).headers)}
        await JSONResponse(shown, headers={"etag": '"3"'})(scope, receive, send)

    return answer


APP = beside(an_app("pages"), {"/api": an_app("api"), "/mcp": an_app("mcp")})


async def shown(path: str, **headers: str) -> Any:
    return json.loads((await ask(APP, path, **headers)).body)


@pytest.mark.parametrize(
    ("path", "app"),
    [
        ("/", "pages"),
        ("/approvals", "pages"),
        ("/apiary", "pages"),
        ("/approvals/api", "pages"),
        ("//api", "pages"),
        ("/api", "api"),
        ("/api/v1/posts", "api"),
        ("/api/../approvals", "api"),
        ("/mcp", "mcp"),
    ],
)
async def test_each_path_has_its_app(path: str, app: str) -> None:
    assert (await shown(path))["app"] == app


async def test_the_pages_are_shown_no_key_and_the_others_no_cookie() -> None:
    both = {"cookie": "pressroom-8484=a", "authorization": "Bearer prk_1_a", "accept": "text/html"}
    for path, kept_back in (("/approvals", "authorization"), ("/api/v1/posts", "cookie"), ("/mcp", "cookie")):
        assert (await shown(path, **both))["headers"].keys() == {"host", *both} - {kept_back}, path


def for_(origins: frozenset[str]) -> ASGIApp:
    app = shared(an_app("api"), origins)
    return Guard(app, origins=origins, refuse=refuse_as_problem)


async def test_a_named_origin_asks_and_reads_what_it_needs() -> None:
    api = for_(frozenset({OURS}))
    allowed = await ask(
        api, "/api/v1/posts/1", "OPTIONS", origin=OURS, access_control_request_headers="if-match",
        **PREFLIGHT,
    )  # fmt: skip
    got = await ask(api, "/api/v1/posts/1", "PATCH", origin=OURS, sec_fetch_site="cross-site")
    assert (allowed.status, got.status) == (200, 200)
    assert "PATCH" in allowed.headers["access-control-allow-methods"]
    assert "If-Match" in allowed.headers["access-control-allow-headers"]
    for answer in (allowed, got):
        assert answer.headers["access-control-allow-origin"] == OURS
        assert "Origin" in answer.headers["vary"]
        assert "access-control-allow-credentials" not in answer.headers, "no cookie goes along"
    assert "ETag" in got.headers["access-control-expose-headers"]


@pytest.mark.parametrize(
    "origin",
    ["https://app.example.evil.com", "http://app.example", "https://app.example:8443", "null", "*", ""],
)
async def test_an_origin_that_is_not_named_gets_nowhere(origin: str) -> None:
    api = for_(frozenset({OURS}))
    for method in ("OPTIONS", "POST", "GET"):
        got = await ask(api, "/api/v1/posts", method, origin=origin, **PREFLIGHT)
        assert (got.status, got.headers["content-type"]) == (403, "application/problem+json")
        assert not [name for name in got.headers if name.startswith("access-control")]


async def test_a_named_origin_gets_no_further_than_where_it_is_named() -> None:
    for host in ("evil.example", "app.example"):
        assert (await ask(for_(frozenset({OURS})), host=host, origin=OURS)).status == 403
    pages = Guard(an_app("pages"), may_follow=True)
    assert (await ask(pages, "/approvals", origin=OURS, sec_fetch_site="cross-site")).status == 403


async def test_without_names_no_answer_speaks_of_origins() -> None:
    api = for_(frozenset())
    assert (await ask(api, origin=OURS)).status == 403
    got = await ask(api)
    assert got.status == Response().status_code
    assert "vary" not in got.headers
