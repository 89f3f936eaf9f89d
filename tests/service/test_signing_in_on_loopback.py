"""The listener on this machine that takes the answer of a person's browser."""

import errno
from pathlib import Path
from socket import socket

import aiohttp
import pytest
from yarl import URL

from pressroom.core.errors import SettingRefused
from pressroom.graph.hosts import LoginType
from pressroom.serving.sockets import listen
from tests.service.signing_in import APP, FACEBOOK_TOKEN, a_desk

FACEBOOK = LoginType.FACEBOOK


def has_ipv6() -> bool:
    try:
        listen("::1").close()
    except OSError:
        return False
    return True


needs_ipv6 = pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")


async def test_a_redirect_that_comes_before_anybody_waits_for_it_is_taken(tmp_path: Path) -> None:
    async with (
        a_desk(tmp_path, token=FACEBOOK_TOKEN) as desk,
        desk.pressroom() as pressroom,
        pressroom.accounts.ask_on_loopback(FACEBOOK, APP, port=0) as pending,
        aiohttp.ClientSession() as browser,
    ):
        async with browser.get(await desk.allow(pending.asking)) as page:
            assert (page.status, page.url.path) == (200, "/signed-in")
        async with browser.get(f"{pending.asking.redirect_uri}?code=c") as stranger:
            assert stranger.status == 404
        assert (await pending.answer()).accounts


@pytest.mark.parametrize("host", ["127.0.0.1", pytest.param("::1", marks=needs_ipv6)])
async def test_the_redirect_is_taken_at_both_addresses_of_localhost(tmp_path: Path, host: str) -> None:
    """A browser goes to either, and no other program may listen on the one that was left."""
    async with (
        a_desk(tmp_path, token=FACEBOOK_TOKEN) as desk,
        desk.pressroom() as pressroom,
        pressroom.accounts.ask_on_loopback(FACEBOOK, APP, port=0) as pending,
        aiohttp.ClientSession() as browser,
    ):
        address = URL(await desk.allow(pending.asking))
        with pytest.raises(OSError, match="in use"):
            listen(host, address.port or 0).close()
        async with browser.get(address.with_host(host), headers={"host": address.authority}) as page:
            assert page.status == 200
        assert (await pending.answer()).accounts


@needs_ipv6
async def test_a_port_that_another_program_has_on_one_of_them_is_refused(tmp_path: Path) -> None:
    async with a_desk(tmp_path, token=FACEBOOK_TOKEN) as desk, desk.pressroom() as pressroom:
        with listen("::1") as other:
            port = other.getsockname()[1]
            with pytest.raises(SettingRefused, match=f"Port {port} is already in use"):
                async with pressroom.accounts.ask_on_loopback(FACEBOOK, APP, port=port):
                    pass
        # Nothing of the refused one is left open.
        async with pressroom.accounts.ask_on_loopback(FACEBOOK, APP, port=port):
            pass


async def test_on_a_machine_without_ipv6_the_other_address_is_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def without_ipv6(host: str, port: int) -> socket:
        if host == "::1":
            raise OSError(errno.EADDRNOTAVAIL, "Cannot assign requested address")
        return listen(host, port)

    monkeypatch.setattr("pressroom.accounts.signing_in.listener.listen", without_ipv6)
    async with (
        a_desk(tmp_path, token=FACEBOOK_TOKEN) as desk,
        desk.pressroom() as pressroom,
        pressroom.accounts.ask_on_loopback(FACEBOOK, APP, port=0) as pending,
        aiohttp.ClientSession() as browser,
    ):
        address = URL(await desk.allow(pending.asking)).with_host("127.0.0.1")
        async with browser.get(address) as page:
            assert page.status == 200
