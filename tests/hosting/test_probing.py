"""Our own public address, asked for a file as Instagram would ask."""

import asyncio
import hashlib
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import trustme

from pressroom.core.errors import HostFailed
from pressroom.core.protocols import RouteAnswer
from pressroom.hosting.network import Network
from pressroom.hosting.preflight import ask_route
from pressroom.serving.runner import serving_public
from pressroom.serving.sockets import address_of, listen

CONTENT = b"a picture"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@asynccontextmanager
async def answering(status: int, body: bytes = CONTENT, **headers: str) -> AsyncGenerator[str]:
    """Answer every request alike, and give the address."""
    told = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]

    async def app(scope: Any, _receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": status, "headers": told})
            await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    listener = listen()
    async with serving_public(listener, {"media": app}, otherwise="media"):
        yield f"{address_of(listener)}/media/x.jpg?sig=1"


async def asked(url: str) -> RouteAnswer:
    return await ask_route(url, sha256=SHA256, network=Network(is_own=True))


async def test_the_file_is_recognised_by_its_content() -> None:
    async with answering(200, content_type="image/jpeg") as url:
        told = await asked(url)
        assert (told.status, told.content_type, told.is_ours) == (200, "image/jpeg", True)
        assert (told.range_status, told.head_status) == (200, 200)
    async with answering(200, b"<html>Sign in", content_type="text/html") as url:
        assert not (await asked(url)).is_ours


async def test_no_redirect_is_followed() -> None:
    async with answering(302, b"", location="https://example.com/sign-in") as url:
        assert (await asked(url)).status == 302


async def test_a_certificate_that_nobody_trusts_is_told() -> None:
    own = trustme.CA().issue_cert("127.0.0.1")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    own.configure_cert(context)  # pyright: ignore[reportUnknownMemberType]
    server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", ssl=context)
    async with server:
        port = server.sockets[0].getsockname()[1]
        told = await asked(f"https://127.0.0.1:{port}/media/x.jpg")
    assert not told.is_trusted


async def test_an_address_that_does_not_answer_is_told_without_its_signature() -> None:
    with pytest.raises(HostFailed, match="gave no answer") as failed:
        await asked("http://127.0.0.1:1/media/x.jpg?sig=secret")
    assert "secret" not in str(failed.value)


async def test_an_address_of_this_network_is_asked_nothing() -> None:
    async with answering(200) as url:
        with pytest.raises(HostFailed, match="this machine or network"):
            await ask_route(url, sha256=SHA256, network=Network())
