"""Behind a proxy: whose word is taken for how a client asked, and what came by another way."""

from ipaddress import ip_network
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from pressroom.serving.guard import Guard
from pressroom.serving.reach import Reach, Reached
from tests.serving.asking import ask

PROXIED = Reach("https://press.example", (ip_network("10.0.0.0/24"), ip_network("fd00::/64")))
PROXY, ELSEWHERE, HERE = "10.0.0.7", "192.168.1.7", "127.0.0.1"


async def tell_address(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse(str(Request(scope).url))(scope, receive, send)


async def asked(client: str, reach: Reach = PROXIED, /, **headers: str) -> tuple[int, str]:
    """Ask from an address; give the status, and the address that the app was asked at."""
    app: ASGIApp = Reached(Guard(tell_address, reach.hosts), reach)

    async def connected(scope: Scope, receive: Receive, send: Send) -> None:
        more: dict[str, Any] = {"client": (client, 5000), "scheme": "http"}
        await app({**scope, **more}, receive, send)

    got = await ask(connected, "/x", **headers)
    return got.status, got.body.decode() if got.status == 200 else ""


BY_HTTPS = {"x_forwarded_proto": "https", "x_forwarded_host": "press.example"}


@pytest.mark.parametrize("client", [PROXY, "fd00::1"])
async def test_the_proxy_says_how_the_client_asked(client: str) -> None:
    assert await asked(client, host="127.0.0.1:8484", **BY_HTTPS) == (200, "https://press.example/x")
    assert await asked(client, host="press.example", x_forwarded_proto="https") == (
        200,
        "https://press.example/x",
    )


async def test_nobody_elses_word_is_taken() -> None:
    assert await asked(HERE, host="127.0.0.1:8484", **BY_HTTPS) == (200, "http://127.0.0.1:8484/x")
    assert (await asked(HERE, host="press.example", **BY_HTTPS))[0] == 403
    assert (await asked(HERE, Reach("http://127.0.0.1:8484"), host="evil.example", **BY_HTTPS))[0] == 403


async def test_of_several_proxies_in_a_row_the_last_is_the_one_that_is_known() -> None:
    forged = {"x_forwarded_proto": "https, http", "x_forwarded_host": "press.example"}
    assert (await asked(PROXY, **forged))[0] == 403
    forged = {"x_forwarded_proto": "https", "x_forwarded_host": "press.example, evil.example"}
    assert (await asked(PROXY, **forged))[0] == 403


@pytest.mark.parametrize("host", ["press.example", "localhost", "evil.example"])
async def test_who_comes_past_the_proxy_is_refused(host: str) -> None:
    assert (await asked(ELSEWHERE, host=host, **BY_HTTPS))[0] == 403


async def test_what_came_to_the_proxy_without_encryption_is_refused() -> None:
    for headers in ({"x_forwarded_proto": "http"}, {"host": "press.example"}):
        assert (await asked(PROXY, **headers))[0] == 403


async def test_this_machines_own_clients_need_no_proxy() -> None:
    assert await asked(HERE, host="localhost:8484") == (200, "http://localhost:8484/x")
    assert (await asked(HERE, Reach("http://127.0.0.1:8484"), host="localhost"))[0] == 200
