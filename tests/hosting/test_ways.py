"""How files become reachable, chosen by account and settings."""

import re
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from pressroom.core.account import Account
from pressroom.core.errors import Refused, SettingRefused
from pressroom.core.protocols import Host
from pressroom.core.secret import Secret
from pressroom.core.settings import Settings
from pressroom.hosting.cloudinary import CloudinaryHost
from pressroom.hosting.ways import host_for

REAL = Account(token=Secret("IGAAx"))
SANDBOX = replace(REAL, api_base="http://127.0.0.1:8055")
REMOTE_SANDBOX = replace(REAL, api_base="https://sandbox.example.com")
CLOUDINARY = Secret("cloudinary://key:hidden@cloud")


async def url_from(host: Host, picture: Path) -> str:
    return await host.put(picture, content_type="image/jpeg", lifetime_s=60)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def answers(port: int) -> bool:
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", port)) == 0


async def test_a_sandbox_on_this_machine_fetches_from_this_machine(settings: Settings, picture: Path) -> None:
    """Whatever else is set: a sandbox's posts never leave the machine."""
    settings = replace(settings, public_url="https://example.com", cloudinary_url=CLOUDINARY)
    async with host_for(SANDBOX, settings) as host:
        assert (await url_from(host, picture)).startswith("http://127.0.0.1:")


async def test_a_public_url_with_a_port_is_the_route_run_on_that_port(
    settings: Settings, picture: Path
) -> None:
    port = free_port()
    settings = replace(settings, public_url="https://tunnel.example.com", media_port=port)
    async with host_for(REAL, settings) as host:
        assert (await url_from(host, picture)).startswith("https://tunnel.example.com/media/")
        assert answers(port)
    assert not answers(port)


async def test_a_public_url_without_a_port_is_the_route_mounted_elsewhere(
    settings: Settings, picture: Path
) -> None:
    async with host_for(REAL, replace(settings, public_url="https://my.app/files")) as host:
        assert (await url_from(host, picture)).startswith("https://my.app/files/media/")


async def test_cloudinary_is_used_when_it_is_set(settings: Settings) -> None:
    async with host_for(REAL, replace(settings, cloudinary_url=CLOUDINARY)) as host:
        assert isinstance(host, CloudinaryHost)
        assert "hidden" not in repr(host)


@pytest.mark.parametrize("account", [REAL, REMOTE_SANDBOX])
async def test_without_a_way_it_is_refused_with_the_ways_there_are(
    settings: Settings, account: Account
) -> None:
    with pytest.raises(Refused) as caught:
        async with host_for(account, settings):
            pass

    assert caught.value.rule == "no_host"
    for way in (
        "export CLOUDINARY_URL=cloudinary://",
        "cloudflared tunnel --url http://127.0.0.1:8077",
        "export PRESSROOM_PUBLIC_URL=https://",
        "export PRESSROOM_MEDIA_PORT=8077",
        "pressroom.hosting.route.media_app",
    ):
        assert way in caught.value.fix


async def test_the_tunnels_command_names_the_port_that_is_set(settings: Settings) -> None:
    with pytest.raises(Refused, match=re.escape("http://127.0.0.1:9100\n")):
        async with host_for(REAL, replace(settings, media_port=9100)):
            pass


@pytest.mark.parametrize("url", ["http://localhost:8077", "https://192.168.0.4", "http://127.0.0.1"])
async def test_a_public_url_that_is_not_public_is_refused(settings: Settings, url: str) -> None:
    with pytest.raises(SettingRefused, match="PRESSROOM_PUBLIC_URL"):
        async with host_for(REAL, replace(settings, public_url=url)):
            pass
