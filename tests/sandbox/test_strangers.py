"""What a page of somebody else can do to a sandbox on this machine, by a name that leads here: nothing."""

import aiohttp
import pytest

from pressroom.sandbox.server import serving
from pressroom.sandbox.settings import SandboxSettings
from pressroom.sandbox.simulator import Sandbox
from tests.sandbox.caller import Caller
from tests.sandbox.conftest import Make

EVERY_PATH = [
    ("GET", "/v26.0/me"),
    ("POST", "/v26.0/me/media"),
    ("GET", "/oauth/authorize?client_id=1&redirect_uri=https://evil.example.com"),
    ("POST", "/1/subscriptions"),
    ("POST", "/ig-api-upload/1"),
    ("GET", "/_sandbox/"),
    ("GET", "/_sandbox/state"),
    ("POST", "/_sandbox/reset"),
    ("GET", f"/_sandbox/files/{'a' * 24}.jpg"),
    ("GET", "/_sandbox/art/1.jpg"),
    ("GET", "/_sandbox/static/page.css"),
    ("GET", "/p/x/"),
]


@pytest.mark.parametrize(("method", "path"), EVERY_PATH)
@pytest.mark.parametrize(
    "host", ["evil.com", "evil.com:8378", "127.0.0.1.evil.com", "localhost.evil.com", ""]
)
async def test_a_name_that_a_stranger_can_point_here_is_refused_on_every_path(
    caller: Caller, method: str, path: str, host: str
) -> None:
    (caller.sandbox.scene.home() / f"{'a' * 24}.jpg").write_bytes(b"picture")
    got = await Caller(caller.sandbox, host=host).raw(
        method, path, headers={"authorization": f"Bearer {caller.token}"}
    )
    assert (got.status, b"picture" in got.body) == (403, False)
    assert b"--allow-host" in got.body
    assert caller.sandbox.calls() == []


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1:8378",
        "127.9.9.9",
        "[::1]:8378",
        "localhost:1",
        "LOCALHOST",
        "a.localhost",
        "sandbox:8378",
        "graph.instagram.com",
        "Graph.Instagram.com:443",
    ],
)
async def test_names_of_this_machine_and_metas_own_are_served(caller: Caller, host: str) -> None:
    assert (await Caller(caller.sandbox, host=host).get("/v26.0/me")).status == 200


async def test_a_name_is_served_once_it_is_allowed(make: Make) -> None:
    caller = make(allow_hosts=("Box.example.org",), public_base="https://tunnel.example.com")
    for host in ("box.example.org", "box.example.org:8378", "tunnel.example.com"):
        for path in ("/v26.0/me", "/_sandbox/", "/_sandbox/state"):
            assert (await Caller(caller.sandbox, host=host).get(path)).status == 200
    assert (await Caller(caller.sandbox, host="www.box.example.org").get("/v26.0/me")).status == 403


async def test_a_rebound_name_is_refused_on_the_wire_and_nothing_is_written_down() -> None:
    async with serving(Sandbox(SandboxSettings(fetch="trust"))) as served, aiohttp.ClientSession() as session:
        order = {"image_url": "https://example.com/a.jpg", "access_token": served.sandbox.token}
        headers = {"host": "evil.com"}
        async with session.post(f"{served.base_url}/me/media", data=order, headers=headers) as reply:
            assert (reply.status, reply.content_type) == (403, "application/json")
        assert served.sandbox.scene.world.things == {}
