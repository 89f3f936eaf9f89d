"""Where the sandbox fetches from: the public network and loopback, whatever names and redirects say."""

import socket
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from pressroom.graph.limits import IMAGE_LIMITS, MediaUse
from pressroom.sandbox.fetching.addresses import is_fetched_from
from pressroom.sandbox.fetching.download import RealFetcher
from pressroom.sandbox.fetching.outcome import PictureRefused
from pressroom.sandbox.settings import SandboxSettings
from pressroom.sandbox.simulator import Sandbox
from tests.sandbox.caller import Caller
from tests.sandbox.test_fetching import picture

ELSEWHERE = "0.0.0.0"  # noqa: S104  # never listened on
REFUSED = (9004, 2207052)


class Names(AbstractResolver):
    """Every name leads to these addresses."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        del family
        flags = socket.AI_NUMERICHOST
        return [
            ResolveResult(hostname=host, host=one, port=port, family=socket.AF_INET, proto=0, flags=flags)
            for one in self.addresses
        ]

    async def close(self) -> None:
        """There is nothing to close."""


@pytest.fixture
async def port() -> AsyncGenerator[int]:
    """A web server that 0.0.0.0 leads to as well, which stands for addresses of other networks."""

    async def answer(request: web.Request) -> web.Response:
        if to := request.query.get("to"):
            return web.Response(status=302, headers={"location": to})
        return web.Response(body=picture(), content_type="image/jpeg")

    app = web.Application()
    app.router.add_get("/a.jpg", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield runner.addresses[0][1]
    await runner.cleanup()


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.9.9.9",
        "::1",
        "::ffff:127.0.0.1",
        "93.184.215.14",
        "2606:4700::1111",
        "64:ff9b::5db8:d70e",
    ],
)
def test_loopback_and_public_addresses_are_fetched_from(address: str) -> None:
    assert is_fetched_from(address)


@pytest.mark.parametrize(
    "address",
    [
        ELSEWHERE,
        "10.1.2.3",
        "172.17.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.100.100.200",
        "192.0.0.192",
        "168.63.129.16",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::ffff:192.168.1.1",
        "::192.168.1.1",
        "64:ff9b::c0a8:101",
        "64:ff9b::7f00:1",
        "64:ff9b:1::1",
        "2002:c0a8:101::1",
        "2001:0:c0a8:101::1",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%1",
        "fec0::1",
        "ff02::1",
    ],
)
def test_no_other_address_is(address: str) -> None:
    """Private, shared, link-local and clouds' metadata addresses, and IPv6 ones that lead to such."""
    assert not is_fetched_from(address)


@pytest.mark.parametrize("host", [ELSEWHERE, "[::ffff:0.0.0.0]", "0x0"])
async def test_an_address_of_another_network_is_not_fetched_and_the_log_says_why(
    port: int, host: str
) -> None:
    caller = Caller(Sandbox())
    refused = await caller.post("/me/media", image_url=f"http://{host}:{port}/a.jpg")
    assert refused.error == REFUSED
    assert "--fetch anywhere" in caller.sandbox.calls()[0].notes[0]
    await caller.sandbox.aclose()


async def test_every_redirect_is_judged_too(port: int) -> None:
    for fetch in ("real", "trust"):
        caller = Caller(Sandbox(SandboxSettings(fetch=fetch)))
        here, there = (f"http://{host}:{port}/a.jpg" for host in ("127.0.0.1", ELSEWHERE))
        assert (await caller.post("/me/media", image_url=f"{here}?to={here}")).status == 200
        assert (await caller.post("/me/media", image_url=f"{here}?to={there}")).error == REFUSED
        assert "--fetch anywhere" in caller.sandbox.calls()[1].notes[0]
        await caller.sandbox.aclose()


async def test_a_name_is_judged_by_the_address_that_is_connected_to(port: int, tmp_path: Path) -> None:
    limits, url = IMAGE_LIMITS[MediaUse.PHOTO], f"http://pictures.example.com:{port}/a.jpg"
    await RealFetcher(lambda: tmp_path, resolver=Names("127.0.0.1")).picture(url, limits)
    await RealFetcher(lambda: tmp_path, resolver=Names(ELSEWHERE, "127.0.0.1")).picture(url, limits)
    with pytest.raises(PictureRefused, match="--fetch anywhere"):
        await RealFetcher(lambda: tmp_path, resolver=Names(ELSEWHERE, ELSEWHERE)).picture(url, limits)


async def test_everything_is_fetched_where_that_is_allowed(port: int) -> None:
    caller = Caller(Sandbox(SandboxSettings(fetch="anywhere")))
    assert (await caller.post("/me/media", image_url=f"http://{ELSEWHERE}:{port}/a.jpg")).status == 200
    await caller.sandbox.aclose()
