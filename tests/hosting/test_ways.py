"""How files become reachable, chosen by account and settings."""

import socket
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from pressroom.core.account import Account
from pressroom.core.errors import HostFailed, Refused, SettingRefused
from pressroom.core.installation import install_extra
from pressroom.core.reading_settings import Way
from pressroom.core.remedies import command_of
from pressroom.core.secret import Secret
from pressroom.core.settings import Settings
from pressroom.graph.answers import UserId
from pressroom.graph.hosts import LoginType
from pressroom.hosting.ways import Hosts, OpenHosts
from tests.client.wire_app import served
from tests.fakes.clock import FakeClock
from tests.hosting.test_cloudinary import SPELLED, CloudinaryDouble
from tests.ports import free_port

REAL = Account(token=Secret("IGAAx"))
SANDBOX = replace(REAL, api_base="http://127.0.0.1:8055")
REMOTE_SANDBOX = replace(REAL, api_base="https://sandbox.example.com")
FACEBOOK = replace(REAL, login_type=LoginType.FACEBOOK, api_base="https://graph.facebook.com")
CLOUDINARY = Secret("cloudinary://key:hidden@cloud")
S3 = Secret("s3://key:hidden@shelf")
ALL: dict[str, Any] = {
    "public_url": "https://my.app",
    "remote_hosts": {Way.S3: S3, Way.CLOUDINARY: CLOUDINARY},
}


@asynccontextmanager
async def opened(account: Account, settings: Settings) -> AsyncGenerator[Hosts]:
    hosts = Hosts(account, settings)
    yield hosts
    await hosts.aclose()


async def url_from(hosts: Hosts, picture: Path, owner: str = "post") -> str:
    [way, *_] = await hosts.ways("image/jpeg")
    return await hosts.put(picture, content_type="image/jpeg", lifetime_s=60, way=way, owner=owner)


def edit(picture: Path, content: bytes) -> None:
    picture.write_bytes(content)


def answers(port: int) -> bool:
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", port)) == 0


async def test_a_sandbox_on_this_machine_fetches_from_this_machine(settings: Settings, picture: Path) -> None:
    """Whatever else is set: a sandbox's posts never leave the machine."""
    for hosts in (None, (Way.S3,), (Way.CLOUDINARY, Way.SIGNED)):
        async with opened(SANDBOX, replace(settings, hosts=hosts, **ALL)) as on:
            assert await on.ways("image/jpeg") == [Way.SIGNED]
            assert (await url_from(on, picture)).startswith("http://127.0.0.1:")


async def test_a_public_url_with_a_port_is_the_route_run_on_that_port(
    settings: Settings, picture: Path
) -> None:
    port = free_port()
    settings = replace(settings, public_url="https://tunnel.example.com", media_port=port)
    async with opened(REAL, settings) as hosts:
        assert not answers(port), "nothing is opened before it is needed"
        assert (await url_from(hosts, picture)).startswith("https://tunnel.example.com/media/")
        assert answers(port)
    assert not answers(port)


async def test_a_public_url_without_a_port_is_the_route_mounted_elsewhere(
    settings: Settings, picture: Path
) -> None:
    async with opened(REAL, replace(settings, public_url="https://my.app/files")) as hosts:
        assert (await url_from(hosts, picture)).startswith("https://my.app/files/media/")


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (None, [Way.SIGNED, Way.S3, Way.CLOUDINARY]),
        ((Way.CLOUDINARY, Way.SIGNED), [Way.CLOUDINARY, Way.SIGNED]),
        ((Way.S3,), [Way.S3]),
    ],
)
async def test_the_ways_that_are_set_up_are_used_in_the_order_that_is_set(
    settings: Settings, wanted: tuple[Way, ...] | None, found: list[Way]
) -> None:
    async with opened(REAL, replace(settings, hosts=wanted, **ALL)) as hosts:
        assert await hosts.ways("image/jpeg") == found
        assert await hosts.ways("video/mp4") == found
        assert "hidden" not in f"{hosts!r} {vars(hosts)}"


async def test_a_clip_of_a_facebook_login_account_is_uploaded_first(settings: Settings) -> None:
    async with opened(FACEBOOK, replace(settings, remote_hosts={Way.CLOUDINARY: CLOUDINARY})) as hosts:
        assert await hosts.ways("video/mp4") == [Way.UPLOAD, Way.CLOUDINARY]
        assert await hosts.ways("image/jpeg") == [Way.CLOUDINARY]


async def test_a_clip_of_a_facebook_login_account_needs_no_address(settings: Settings) -> None:
    async with opened(FACEBOOK, settings) as hosts:
        assert await hosts.ways("video/quicktime") == [Way.UPLOAD]
        with pytest.raises(Refused, match="makes the files of this machine reachable"):
            await hosts.ways("image/jpeg")


async def test_the_upload_may_stand_behind_or_be_left_out(settings: Settings) -> None:
    last = (Way.CLOUDINARY, Way.UPLOAD)
    async with opened(
        FACEBOOK, replace(settings, remote_hosts={Way.CLOUDINARY: CLOUDINARY}, hosts=last)
    ) as hosts:
        assert await hosts.ways("video/mp4") == list(last)
    async with opened(
        FACEBOOK, replace(settings, remote_hosts={Way.CLOUDINARY: CLOUDINARY}, hosts=last[:1])
    ) as hosts:
        assert await hosts.ways("video/mp4") == [Way.CLOUDINARY]


@pytest.mark.parametrize("way", [Way.SIGNED, Way.S3, Way.CLOUDINARY])
async def test_a_way_that_is_named_and_not_set_up_is_refused(settings: Settings, way: Way) -> None:
    async with opened(REAL, replace(settings, hosts=(way,))) as hosts:
        with pytest.raises(SettingRefused, match=f"PRESSROOM_HOSTS names {way.value}, and .*URL is not set"):
            await hosts.ways("image/jpeg")


async def test_a_store_of_this_network_is_refused_for_the_real_instagram(settings: Settings) -> None:
    url = Secret("s3://key:hidden@shelf?endpoint=http://192.168.0.4:9000")
    async with opened(REAL, replace(settings, remote_hosts={Way.S3: url})) as hosts:
        with pytest.raises(SettingRefused, match="PRESSROOM_S3_URL") as caught:
            await hosts.ways("image/jpeg")
    assert "hidden" not in str(caught.value.as_json())


@pytest.fixture
def double() -> Generator[CloudinaryDouble]:
    double = CloudinaryDouble()
    with served(double) as base:
        double.serves_at = base
        yield double


@pytest.fixture
def at_cloudinary(double: CloudinaryDouble, settings: Settings) -> Settings:
    url = Secret(f"cloudinary://key:{SPELLED}@cloud?upload_prefix={double.serves_at}")
    return replace(settings, remote_hosts={Way.CLOUDINARY: url})


async def test_only_what_was_put_up_for_a_post_is_taken_back_and_only_once(
    double: CloudinaryDouble, at_cloudinary: Settings, picture: Path
) -> None:
    async with opened(REAL, at_cloudinary) as hosts:
        for owner in ("one", "two"):
            await url_from(hosts, picture, owner)
        await hosts.release("none")
        assert len(double.kept) == 2
        await hosts.release("one")
        await hosts.release("one")
        assert len(double.kept) == 1
    assert [path.rpartition("/")[2] for path, *_ in double.requests] == ["upload", "upload", "destroy"]


async def test_a_post_that_is_tried_again_uses_what_is_up_already(
    double: CloudinaryDouble, at_cloudinary: Settings, picture: Path
) -> None:
    clock = FakeClock(jumps=False)
    hosts = Hosts(REAL, at_cloudinary, clock=clock)
    first = await url_from(hosts, picture)
    assert await url_from(hosts, picture) == first
    edit(picture, b"edited meanwhile")
    second = await url_from(hosts, picture)
    clock.advance(40)
    third = await url_from(hosts, picture)
    assert len({first, second, third}) == len(double.kept) == 3, "the last lives too short"
    await hosts.release("post")
    assert not double.kept
    await hosts.aclose()


async def test_our_own_rendition_keeps_its_address_while_it_is_good(settings: Settings) -> None:
    """It is read and inspected once, though it is asked for with each container."""
    clock = FakeClock(jumps=False)
    rendition = settings.renditions / "made.jpg"
    rendition.parent.mkdir(parents=True)
    edit(rendition, b"picture")
    hosts = Hosts(REAL, replace(settings, public_url="https://tunnel.example.com"), clock=clock)
    first = await url_from(hosts, rendition)
    clock.advance(2)
    assert await url_from(hosts, rendition) == first
    await hosts.aclose()


async def test_one_file_that_cannot_be_deleted_keeps_no_other(
    double: CloudinaryDouble, at_cloudinary: Settings, picture: Path
) -> None:
    async with opened(REAL, at_cloudinary) as hosts:
        for content in (b"1", b"22", b"333"):
            edit(picture, content)
            await url_from(hosts, picture)
        double.sticks = next(iter(double.kept))[1]
        with pytest.raises(HostFailed, match="could not destroy"):
            await hosts.release("post")
    assert [public_id for _, public_id in double.kept] == [double.sticks]


async def test_what_a_post_left_that_ended_without_a_word_goes_when_its_address_ends(
    double: CloudinaryDouble, at_cloudinary: Settings, picture: Path
) -> None:
    """A person cancels a post while a worker, which lives for months, has its files up."""
    clock = FakeClock(jumps=False)
    hosts = Hosts(REAL, at_cloudinary, clock=clock)
    await url_from(hosts, picture, "cancelled")
    await url_from(hosts, picture, "two")
    assert len(double.kept) == 2
    clock.advance(61)
    await url_from(hosts, picture, "three")
    assert len(double.kept) == 1
    await hosts.aclose()


@pytest.mark.parametrize("account", [REAL, REMOTE_SANDBOX])
async def test_without_a_way_it_is_refused_with_the_ways_there_are(
    settings: Settings, account: Account
) -> None:
    async with opened(account, settings) as hosts:
        with pytest.raises(Refused) as caught:
            await hosts.ways("image/jpeg")

    assert caught.value.rule == "no_host"
    for way in (
        "export CLOUDINARY_URL=cloudinary://",
        "export PRESSROOM_S3_URL='s3://",
        "export PRESSROOM_TUNNEL=cloudflared",
        command_of(install_extra("s3")),
        "export PRESSROOM_PUBLIC_URL=https://",
        "pressroom.hosting.route.media_app",
        "Facebook Login",
    ):
        assert way in caught.value.fix


@pytest.mark.parametrize("url", ["http://localhost:8077", "https://192.168.0.4", "http://my.app"])
async def test_a_public_url_that_is_not_public_is_refused(settings: Settings, url: str) -> None:
    async with opened(REAL, replace(settings, public_url=url)) as hosts:
        with pytest.raises(SettingRefused, match="PRESSROOM_PUBLIC_URL"):
            await hosts.ways("image/jpeg")


async def test_accounts_that_share_what_is_open_have_one_port(settings: Settings, picture: Path) -> None:
    """One each would take a descriptor each, of which a worker of 200 accounts may have no more."""
    shared = OpenHosts(settings)
    accounts = [Hosts(replace(SANDBOX, user_id=UserId(number)), settings, opened=shared) for number in "12"]
    urls = [await url_from(hosts, picture, owner=f"post {number}") for number, hosts in enumerate(accounts)]
    ports = {urlsplit(url).port or 0 for url in urls}
    assert len(ports) == 1
    await accounts[0].aclose()
    assert answers(*ports), "the other account's files are still fetched"
    await shared.aclose()
    assert not answers(*ports)
