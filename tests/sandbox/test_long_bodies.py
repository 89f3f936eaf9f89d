"""Long bodies: nobody is read who may not write, nothing beyond a limit, nothing is copied over and over."""

import asyncio
import json
from collections.abc import MutableMapping
from typing import Any

import pytest

from pressroom.sandbox.server import serving
from pressroom.sandbox.simulator import Sandbox
from pressroom.sandbox.wire.answer import read_body
from tests.patience import patience
from tests.sandbox.caller import Caller

Message = MutableMapping[str, Any]
JSON = ("content-type", "application/json")
FOREIGN = [("sec-fetch-site", "cross-site"), ("origin", "https://evil.com")]


class Piece(bytes):
    """A part of a body that must not be put behind all that came before, which copies it each time."""

    def __radd__(self, before: bytes) -> bytes:
        raise AssertionError(len(before))


PIECE = Piece(1 << 20)


class Sender:
    """A client that sends as long as it is read: a megabyte at a time, `read` of them so far."""

    def __init__(self, pieces: int) -> None:
        self.pieces = pieces
        self.read = 0

    async def __call__(self) -> Message:
        self.read += 1
        return {"type": "http.request", "body": PIECE, "more_body": self.read < self.pieces}


async def answered(sandbox: Sandbox, path: str, sender: Sender, *headers: tuple[str, str]) -> tuple[int, Any]:
    """Post, and give the status and what is said of the error."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in (("host", "localhost"), *headers)],
    }
    await sandbox.app(scope, sender, send)
    return sent[0]["status"], json.loads(sent[1]["body"])["error"]


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("import", [FOREIGN[0], JSON], 403),
        ("import", [FOREIGN[1], JSON], 403),
        ("import", [("content-type", "text/plain")], 415),
        ("nothing", [JSON], 404),
    ],
)
async def test_a_body_that_nobody_takes_is_not_read(
    caller: Caller, path: str, headers: list[tuple[str, str]], status: int
) -> None:
    sender = Sender(300)
    assert (await answered(caller.sandbox, f"/_sandbox/{path}", sender, *headers))[0] == status
    assert sender.read == 0


@pytest.mark.parametrize(
    ("path", "status", "read"),
    [("/_sandbox/clock", 413, 2), ("/_sandbox/import", 413, 257), ("/me/media", 400, 5)],
)
async def test_reading_ends_at_the_limit(caller: Caller, path: str, status: int, read: int) -> None:
    sender = Sender(300)
    assert (await answered(caller.sandbox, path, sender, JSON))[0] == status
    assert sender.read == read


async def test_a_body_is_put_together_once() -> None:
    assert await read_body(Sender(8), 8 << 20) == bytes(8 << 20)


async def test_a_page_of_another_site_is_refused_before_its_body_comes() -> None:
    async with serving(Sandbox()) as served:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(served.base_url.rpartition(":")[2]))
        head = "POST /_sandbox/import HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: cross-site\r\n"
        writer.write(f"{head}Content-Length: 200000000\r\n\r\n".encode())
        async with asyncio.timeout(patience(5)):
            assert (await reader.readline()).split()[1] == b"403"
        writer.close()
