"""Fetching what a container points at: really, safely, judged by Instagram's rules; or taken on trust.

At the end, where the sandbox fetches from: public networks and loopback, whatever names and redirects say.
"""

import asyncio
import io
import socket
import subprocess
from collections.abc import AsyncGenerator, Callable
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from PIL import Image

from pressroom.graph.limits import IMAGE_LIMITS, ImageLimits, MediaUse, VideoLimits
from pressroom.media.convert import find_ffmpeg
from pressroom.sandbox.fetching.download import RealFetcher, is_fetched_from, is_loopback
from pressroom.sandbox.fetching.fetching import ClipRefused, PictureRefused
from pressroom.sandbox.settings import Processing, SandboxSettings
from pressroom.sandbox.simulator import Sandbox
from tests.patience import patience
from tests.sandbox.caller import Caller

ENCODE = (
    "-v error -f lavfi -i testsrc=s=180x320:d=3.2:r=30 -f lavfi -i sine=d=3.2 -c:v libx264 -preset ultrafast "
    "-pix_fmt yuv420p -bf 0 -flags +cgop -c:a aac -ar 48000 -movflags +faststart -use_editlist 0 -y"
)


def picture(size: tuple[int, int] = (400, 400), kind: str = "JPEG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "#336655").save(out, kind)
    return out.getvalue()


def files_in(directory: Path) -> list[Path]:
    return list(directory.iterdir())


def files_of(caller: Caller) -> list[Path]:
    return files_in(caller.sandbox.scene.home())


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    subprocess.run([str(find_ffmpeg(None)), *ENCODE.split(), str(path)], check=True, timeout=patience(60))
    return path.read_bytes()


@pytest.fixture
async def host(clip: bytes) -> AsyncGenerator[str]:
    """A web server with pictures and clips, good and bad."""
    released = asyncio.Event()

    async def hang(_: web.Request) -> web.Response:
        await released.wait()
        return web.Response()

    def fixed(body: bytes, content_type: str) -> Callable[[web.Request], object]:
        async def answer(_: web.Request) -> web.Response:
            return web.Response(body=body, content_type=content_type)

        return answer

    def redirect(to: str) -> Callable[[web.Request], object]:
        async def answer(_: web.Request) -> web.Response:
            return web.Response(status=302, headers={"location": to})

        return answer

    async def ranged(request: web.Request) -> web.Response:
        assert request.headers["range"] == "bytes=0-"
        headers = {"content-range": f"bytes 0-{len(clip) - 1}/{len(clip)}"}
        return web.Response(status=206, body=clip, content_type="video/mp4", headers=headers)

    app = web.Application()
    app.router.add_get("/a.jpg", fixed(picture(), "image/jpeg"))  # pyright: ignore[reportArgumentType]
    app.router.add_get("/tall.jpg", fixed(picture((360, 640)), "image/jpeg"))  # pyright: ignore[reportArgumentType]
    app.router.add_get("/a.png", fixed(picture(kind="PNG"), "image/png"))  # pyright: ignore[reportArgumentType]
    app.router.add_get("/text.jpg", fixed(b"hello", "image/jpeg"))  # pyright: ignore[reportArgumentType]
    app.router.add_get("/a.mp4", ranged)
    app.router.add_get("/plain.mp4", fixed(clip, "video/mp4"))  # pyright: ignore[reportArgumentType]
    app.router.add_get("/text.mp4", fixed(b"hello", "video/mp4"))  # pyright: ignore[reportArgumentType]
    app.router.add_get("/moved", redirect("/a.jpg"))  # pyright: ignore[reportArgumentType]
    app.router.add_get("/file", redirect("file:///etc/passwd"))  # pyright: ignore[reportArgumentType]
    app.router.add_get("/round", redirect("/round"))  # pyright: ignore[reportArgumentType]
    app.router.add_get("/hang", hang)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    released.set()
    await runner.cleanup()


@pytest.fixture
async def caller(tmp_path: Path) -> AsyncGenerator[Caller]:
    sandbox = Sandbox(SandboxSettings(processing=Processing.at_once(), data_dir=tmp_path / "files"))
    yield Caller(sandbox)
    await sandbox.aclose()


async def test_a_picture_is_fetched_judged_and_served_again(caller: Caller, host: str) -> None:
    media = await caller.publish(image_url=f"{host}/a.jpg")
    assert "fetched and judged" in caller.sandbox.calls("/media", "POST")[0].notes[0]
    address = (await caller.get(f"/{media}", fields="media_url")).json["media_url"]
    [kept] = files_of(caller)
    assert address == f"http://sandbox.test/_sandbox/files/{kept.name}"
    assert kept.read_bytes() == picture()


@pytest.mark.parametrize(
    ("name", "error", "words"),
    [
        ("tall.jpg", (36003, 2207009), "aspect ratio ('0.5625') cannot"),
        ("a.png", (36001, 2207005), "The image format PNG is not supported"),
        ("text.jpg", (9004, 2207052), "could not be fetched from this uri: {url}"),
        ("missing.jpg", (9004, 2207052), "could not be fetched from this uri: {url}"),
        ("file", (9004, 2207052), "could not be fetched from this uri: {url}"),
        ("round", (9004, 2207052), "could not be fetched from this uri: {url}"),
    ],
)
async def test_a_bad_picture_is_refused_at_once(
    caller: Caller, host: str, name: str, error: tuple[int, int], words: str
) -> None:
    refused = await caller.post("/me/media", image_url=f"{host}/{name}")
    assert (refused.status, refused.error) == (400, error)
    assert words.format(url=f"{host}/{name}") in refused.json["error"]["error_user_msg"]
    assert caller.sandbox.scene.world.things == {}
    assert files_of(caller) == []


async def test_a_story_may_be_tall_and_redirects_on_http_are_followed(caller: Caller, host: str) -> None:
    await caller.create(media_type="STORIES", image_url=f"{host}/tall.jpg")
    await caller.create(image_url=f"{host}/moved")


async def test_a_host_that_is_not_there_is_refused_at_once(caller: Caller) -> None:
    assert (await caller.post("/me/media", image_url="http://127.0.0.1:9/a.jpg")).error == (9004, 2207052)


async def test_a_clip_is_fetched_in_the_background_with_a_picture_cut_from_it(
    caller: Caller, host: str, clip: bytes
) -> None:
    container = await caller.create(media_type="REELS", video_url=f"{host}/a.mp4", thumb_offset="1000")
    assert await caller.status(container) == "IN_PROGRESS"
    await caller.sandbox.scene.fetching.settled()
    assert await caller.status(container) == "FINISHED"
    media = (await caller.post("/me/media_publish", creation_id=container)).id
    got = (await caller.get(f"/{media}", fields="media_url,thumbnail_url")).json
    home = caller.sandbox.scene.home()
    assert (home / got["media_url"].rpartition("/")[2]).read_bytes() == clip
    with Image.open(home / got["thumbnail_url"].rpartition("/")[2]) as poster:
        assert (poster.format, poster.size) == ("JPEG", (180, 320))


@pytest.mark.parametrize(
    ("name", "subcode"),
    [("text.mp4", 2207026), ("a.jpg", 2207026), ("missing.mp4", 2207077), ("file", 2207077)],
)
async def test_a_bad_clip_ends_its_container_in_error(
    caller: Caller, host: str, name: str, subcode: int
) -> None:
    container = await caller.create(media_type="REELS", video_url=f"{host}/{name}")
    await caller.sandbox.scene.fetching.settled()
    got = (await caller.get(f"/{container}", fields="status_code,status")).json
    assert got["status_code"] == "ERROR"
    assert got["status"] == f"Error: Media upload has failed with error code {subcode}"


async def test_a_thumb_offset_beyond_the_clip_fails_it(caller: Caller, host: str) -> None:
    container = await caller.create(media_type="REELS", video_url=f"{host}/a.mp4", thumb_offset="60000")
    await caller.sandbox.scene.fetching.settled()
    got = (await caller.get(f"/{container}", fields="status")).json
    assert got["status"].endswith("2207057")


async def test_a_host_without_ranges_is_noted(caller: Caller, host: str) -> None:
    await caller.create(media_type="REELS", video_url=f"{host}/plain.mp4")
    await caller.sandbox.scene.fetching.settled()
    assert "ignores Range" in caller.sandbox.calls()[0].notes[0]


async def test_a_cover_wins_over_the_frame(caller: Caller, host: str) -> None:
    container = await caller.create(
        media_type="REELS", video_url=f"{host}/a.mp4", cover_url=f"{host}/tall.jpg"
    )
    await caller.sandbox.scene.fetching.settled()
    media = (await caller.post("/me/media_publish", creation_id=container)).id
    address = (await caller.get(f"/{media}", fields="thumbnail_url")).json["thumbnail_url"]
    kept = caller.sandbox.scene.home() / address.rpartition("/")[2]
    assert kept.read_bytes() == picture((360, 640))


async def test_a_fetch_that_died_with_its_loop_starts_again_at_the_next_look(
    caller: Caller, host: str
) -> None:
    container = await caller.create(media_type="REELS", video_url=f"{host}/a.mp4")
    await caller.sandbox.scene.fetching.aclose()
    assert await caller.status(container) == "IN_PROGRESS"
    await caller.sandbox.scene.fetching.settled()
    assert await caller.status(container) == "FINISHED"


async def test_size_and_time_have_limits(tmp_path: Path, host: str) -> None:
    impatient, fetcher = (RealFetcher(lambda: tmp_path, timeout_s=limit_s) for limit_s in (0.2, patience(30)))
    with pytest.raises(PictureRefused) as slow:
        await impatient.picture(f"{host}/hang", IMAGE_LIMITS[MediaUse.PHOTO])
    assert (slow.value.code, slow.value.subcode) == (-2, 2207003)
    with pytest.raises(PictureRefused) as large:
        await fetcher.picture(f"{host}/a.jpg", ImageLimits(max_bytes=100))
    assert (large.value.code, large.value.subcode) == (36000, 2207004)
    with pytest.raises(ClipRefused) as clip:
        await fetcher.clip(f"{host}/a.mp4", VideoLimits(max_bytes=1000), 0)
    assert clip.value.subcode == 2207077
    assert files_in(tmp_path) == []


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://127.0.0.1/a.jpg", "gopher://x", "http://"])
async def test_only_http_is_fetched(tmp_path: Path, url: str) -> None:
    with pytest.raises(PictureRefused) as refused:
        await RealFetcher(lambda: tmp_path).picture(url, IMAGE_LIMITS[MediaUse.PHOTO])
    assert (refused.value.code, refused.value.subcode) == (9004, 2207052)


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("a.jpg", None),
        ("a.jpeg?x=1", None),
        ("picture", None),
        ("a.png", (36001, 2207005)),
        ("a.WEBP", (36001, 2207005)),
        ("a.mp4", (9004, 2207052)),
    ],
)
async def test_on_trust_a_picture_is_judged_by_its_ending(name: str, error: tuple[int, int] | None) -> None:
    caller = Caller(Sandbox(SandboxSettings(fetch="trust")))
    got = await caller.post("/me/media", image_url=f"https://cdn.example.com/{name}")
    assert (got.error if got.status == 400 else None) == error
    assert error or "taken on trust" in caller.sandbox.calls()[0].notes[0]


@pytest.mark.parametrize(
    ("name", "status"), [("a.mp4", "FINISHED"), ("a.MOV", "FINISHED"), ("a.avi", "ERROR")]
)
async def test_on_trust_a_clip_is_judged_by_its_ending(name: str, status: str) -> None:
    caller = Caller(Sandbox(SandboxSettings(fetch="trust", processing=Processing.at_once())))
    container = await caller.create(media_type="REELS", video_url=f"https://cdn.example.com/{name}")
    await caller.sandbox.scene.fetching.settled()
    assert await caller.status(container) == status


async def test_on_trust_loopback_is_fetched_all_the_same(host: str, tmp_path: Path) -> None:
    caller = Caller(Sandbox(SandboxSettings(fetch="trust", data_dir=tmp_path)))
    assert (await caller.post("/me/media", image_url=f"{host}/tall.jpg")).error == (36003, 2207009)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:80/a", True),
        ("http://127.9.9.9/a", True),
        ("http://[::1]/a", True),
        ("http://localhost/a", True),
        ("http://a.localhost/a", True),
        ("http://10.0.0.1/a", False),
        ("https://example.com/a", False),
    ],
)
def test_loopback_is_told_from_elsewhere(url: str, expected: bool) -> None:
    assert is_loopback(url) is expected


async def test_files_go_with_the_sandbox_unless_a_directory_is_given(host: str) -> None:
    caller = Caller(Sandbox())
    await caller.create(image_url=f"{host}/a.jpg")
    [kept] = files_of(caller)
    await caller.sandbox.aclose()
    assert not kept.parent.exists()


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
