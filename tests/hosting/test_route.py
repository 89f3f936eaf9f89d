"""The media route: what it serves, to whom, and what it never does."""

import os
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import ExitStack
from pathlib import Path

import pytest
from starlette.applications import Starlette

from pressroom.client.transport_asgi import AsgiTransport
from pressroom.core.protocols import Reply, Request
from pressroom.core.secret import Secret
from pressroom.hosting.route import media_app
from pressroom.hosting.signing import sign, signed_path
from tests.fakes.clock import FakeClock
from tests.fakes.no_files import no_further_files

KEY = Secret("one key")
NAME = "ab" * 32 + ".mp4"
CONTENT = bytes(range(256)) * 1000


class Route:
    """The route over a directory, asked in-process."""

    def __init__(self, directory: Path, clock: FakeClock) -> None:
        self.directory = directory
        self.clock = clock
        self.expires = int(clock.now().timestamp()) + 3600
        self.transport = AsgiTransport(media_app(directory, KEY, clock=clock), clock=clock)

    def add(self, name: str = NAME, content: bytes = CONTENT) -> str:
        (self.directory / name).write_bytes(content)
        return self.address(name)

    def address(self, name: str) -> str:
        return signed_path(KEY, name, self.expires)

    async def ask(self, path: str, method: str = "GET", **headers: str) -> Reply:
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.transport.send(Request(method=method, url=f"http://host{path}", headers=headers))


@pytest.fixture
async def route(tmp_path: Path, clock: FakeClock) -> AsyncGenerator[Route]:
    directory = tmp_path / "renditions"
    directory.mkdir()
    route = Route(directory, clock)
    yield route
    await route.transport.aclose()


async def test_a_file_comes_whole_with_its_type_and_length(route: Route) -> None:
    reply = await route.ask(route.add())

    assert (reply.status, reply.body) == (200, CONTENT)
    assert reply.headers["content-type"] == "video/mp4"
    assert reply.headers["content-length"] == str(len(CONTENT))
    assert reply.headers["accept-ranges"] == "bytes"
    assert reply.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("ending", "content_type"),
    [("jpg", "image/jpeg"), ("png", "image/png"), ("mov", "video/quicktime")],
)
async def test_the_type_follows_the_ending(route: Route, ending: str, content_type: str) -> None:
    reply = await route.ask(route.add(f"{'0' * 64}.{ending}"))

    assert reply.headers["content-type"] == content_type


async def test_a_head_says_the_same_without_the_content(route: Route) -> None:
    address = route.add()
    whole, head = await route.ask(address), await route.ask(address, "HEAD")

    assert (head.status, head.body) == (200, b"")
    assert head.headers == whole.headers


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-99", 0, 100),
        ("bytes=100000-", 100_000, 256_000),
        ("bytes=-7", 255_993, 256_000),
        ("bytes=255999-300000", 255_999, 256_000),
        ("bytes=0-", 0, 256_000),
    ],
)
async def test_a_range_is_a_part_of_the_file(route: Route, asked: str, start: int, end: int) -> None:
    reply = await route.ask(route.add(), range=asked)

    assert (reply.status, reply.body) == (206, CONTENT[start:end])
    assert reply.headers["content-range"] == f"bytes {start}-{end - 1}/{len(CONTENT)}"
    assert reply.headers["content-length"] == str(end - start)


async def test_a_range_past_the_end_cannot_be_had(route: Route) -> None:
    reply = await route.ask(route.add(), range="bytes=256000-")

    assert (reply.status, reply.headers["content-range"]) == (416, "bytes */256000")


@pytest.mark.parametrize("asked", ["bytes=5-2", "bytes=abc", "items=0-1", "bytes=", "bytes=0-1,x", "0-5"])
async def test_a_range_that_is_none_is_ignored(route: Route, asked: str) -> None:
    reply = await route.ask(route.add(), range=asked)

    assert (reply.status, reply.body) == (200, CONTENT)


@pytest.mark.parametrize(
    ("asked", "status", "body"),
    [
        (f"bytes={'9' * 5000}-", 416, b""),
        (f"bytes=255990-{'9' * 5000}", 206, CONTENT[255_990:]),
        (f"bytes=-{'9' * 5000}", 206, CONTENT),
        (f"bytes={'0' * 5000}7-8", 206, CONTENT[7:9]),
        (f"bytes={'9' * 5000}-1", 200, CONTENT),
    ],
)
async def test_a_number_of_any_length_is_read(route: Route, asked: str, status: int, body: bytes) -> None:
    """RFC 9110, 14.1.2: recipients must anticipate potentially large decimal numerals."""
    reply = await route.ask(route.add(), range=asked)

    assert (reply.status, reply.body) == (status, body)


async def test_a_range_is_only_given_of_the_content_that_was_begun(route: Route) -> None:
    """The tag says the content, so that it stays the same when the file is put up again."""
    address = route.add()
    tag = (await route.ask(address)).headers["etag"]
    os.utime(route.directory / NAME, (1, 1))

    assert (await route.ask(address, range="bytes=0-9", if_range=tag)).body == CONTENT[:10]
    assert (await route.ask(address, range="bytes=0-9", if_range='"another"')).body == CONTENT


async def test_no_cache_keeps_what_is_served(route: Route) -> None:
    for address in (route.add(), "/media/nothing", f"/media/{NAME}"):
        assert (await route.ask(address)).headers["cache-control"] == "no-store"


async def test_an_address_ends_with_its_second(route: Route, clock: FakeClock) -> None:
    address = route.add()
    clock.advance(3599)
    assert (await route.ask(address)).status == 200
    clock.advance(1)
    assert (await route.ask(address)).status == 403


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?exp=1795521600",
        "?exp={later}&sig={sig}",
        "?exp={expires}&sig={other}",
        "?exp={expires}&sig=",
        "?exp=-1&sig={sig}",
        "?exp=%D9%A1&sig={sig}",
        "?exp=" + "9" * 5000 + "&sig={sig}",
        "?sig={sig}",
    ],
)
async def test_an_address_that_is_not_signed_is_refused(route: Route, query: str) -> None:
    route.add()
    query = query.format(
        expires=route.expires,
        later=route.expires + 1,
        sig=sign(KEY, NAME, route.expires),
        other=sign(Secret("another key"), NAME, route.expires),
    )
    assert (await route.ask(f"/media/{NAME}{query}")).status == 403


async def test_an_unknown_name_is_not_found_even_when_signed(route: Route) -> None:
    assert (await route.ask(route.address("cd" * 32 + ".jpg"))).status == 404


@pytest.mark.parametrize(
    "name",
    [
        "../media.key",
        "..%2Fmedia.key",
        "%2e%2e/media.key",
        "..%5cmedia.key",
        "/etc/passwd",
        "",
        ".",
        "..",
        "notes.txt",
        ".mp4",
        "AB" * 32 + ".mp4",
        "ab" * 32 + ".mp4.part",
        "ab" * 32 + ".mp4%00",
        "ab" * 32 + ".mp4%0a",
        "ab" * 32,
        "ab" * 31 + ".mp4",
    ],
)
async def test_no_other_name_is_served_however_it_is_spelled_and_signed(route: Route, name: str) -> None:
    """Files of such names exist, inside and outside of the directory."""
    (route.directory.parent / "media.key").write_text("secret")
    (route.directory / "notes.txt").write_text("secret")
    reply = await route.ask(route.address(name))

    assert (reply.status, reply.body) == (404, b"")


@pytest.mark.parametrize("kind", ["link", "hard_dir", "fifo"])
async def test_nothing_but_a_plain_file_is_served(route: Route, kind: str) -> None:
    """A link that somebody planted could lead anywhere."""
    path = route.directory / NAME
    if kind == "link":
        (route.directory.parent / "media.key").write_text("secret")
        path.symlink_to(route.directory.parent / "media.key")
    elif kind == "fifo":
        os.mkfifo(path)
    else:
        path.mkdir()

    assert (await route.ask(route.address(NAME))).status == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
async def test_the_route_only_gives(route: Route, method: str) -> None:
    reply = await route.ask(route.add(), method)

    assert (reply.status, reply.headers["allow"]) == (405, "GET, HEAD")
    assert (route.directory / NAME).exists()


@pytest.mark.parametrize("path", ["/", "/media", "/media/"])
async def test_there_is_no_listing_and_no_redirect(route: Route, path: str) -> None:
    route.add()
    assert (await route.ask(path)).status == 404


async def test_the_route_can_be_mounted_in_ones_own_app(route: Route) -> None:
    own = Starlette()
    own.mount("/media", media_app(route.directory, KEY, clock=route.clock))
    route.transport = AsgiTransport(own, clock=route.clock)

    assert (await route.ask(route.add())).body == CONTENT


class HelpingClock(FakeClock):
    """While somebody waits by it others close files: at the `helps_at`th wait there is room again."""

    def __init__(self, helps_at: int) -> None:
        super().__init__()
        self.helps_at = helps_at
        self.waits = 0
        self.shortage = ExitStack()

    async def sleep(self, seconds: float) -> None:  # noqa: ARG002  # it costs no time
        self.waits += 1
        if self.waits == self.helps_at:
            self.shortage.close()
        await super().sleep(0)


@pytest.mark.parametrize(("headers", "content"), [({}, CONTENT), ({"range": "bytes=1-3"}, CONTENT[1:4])])
async def test_a_file_that_cannot_be_opened_for_a_moment_comes_a_little_later(
    tmp_path: Path, clock: FakeClock, headers: dict[str, str], content: bytes
) -> None:
    """Instagram asks only a few times, so that no answer is worse than a late one."""
    route, helping = Route(tmp_path, clock), HelpingClock(helps_at=2)
    address = route.add()
    route.transport = AsgiTransport(media_app(tmp_path, KEY, clock=helping), clock=clock)
    with helping.shortage:
        helping.shortage.enter_context(no_further_files())
        reply = await route.ask(address, **headers)
    assert (reply.body, helping.waits) == (content, 2)
    await route.transport.aclose()


async def test_one_that_stays_closed_is_refused_for_now(tmp_path: Path, clock: FakeClock) -> None:
    route = Route(tmp_path, clock)
    address = route.add()
    route.transport = AsgiTransport(media_app(tmp_path, KEY, clock=HelpingClock(helps_at=99)), clock=clock)
    with no_further_files():
        reply = await route.ask(address)
    assert (reply.status, reply.body) == (503, b"")
    await route.transport.aclose()


def test_who_mounts_it_loads_neither_a_server_nor_a_client() -> None:
    code = "import sys, pressroom.hosting.route; print({'aiohttp', 'uvicorn'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
