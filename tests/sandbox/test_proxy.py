"""The proxy: unmodified clients reach the sandbox under Meta's own names, and nothing else."""

import asyncio
import ssl
import subprocess
import sys
from collections.abc import AsyncGenerator

import aiohttp
import pytest

from pressroom.sandbox.faults import Fault, FaultKind
from pressroom.sandbox.proxy import Proxy, proxying
from pressroom.sandbox.server import ServedSandbox, serving
from pressroom.sandbox.settings import Processing, SandboxSettings
from pressroom.sandbox.simulator import Sandbox

SETTINGS = SandboxSettings(fetch="trust", processing=Processing.at_once(), media=3)
STRANGER = """
import json, sys, urllib.request
token = sys.argv[1]
url = "https://graph.instagram.com/v25.0/me?fields=username&access_token=" + token
print(json.load(urllib.request.urlopen(url))["username"])
"""


@pytest.fixture
async def served() -> AsyncGenerator[ServedSandbox]:
    async with serving(Sandbox(SETTINGS)) as served:
        yield served


@pytest.fixture
async def proxy(served: ServedSandbox) -> AsyncGenerator[Proxy]:
    async with proxying(served) as proxy:
        yield proxy


@pytest.fixture
async def session(served: ServedSandbox, proxy: Proxy) -> AsyncGenerator[aiohttp.ClientSession]:
    trust = aiohttp.TCPConnector(ssl=ssl.create_default_context(cafile=str(proxy.authority)))
    headers = {"authorization": f"Bearer {served.sandbox.token}"}
    async with aiohttp.ClientSession(connector=trust, headers=headers, proxy=proxy.url) as session:
        yield session


async def test_a_client_reaches_it_under_metas_name(session: aiohttp.ClientSession) -> None:
    async with session.get("https://graph.instagram.com/v25.0/me/media?limit=1&fields=permalink") as reply:
        page = await reply.json()
    assert page["paging"]["next"].startswith("https://graph.instagram.com/v25.0/")
    assert page["data"][0]["permalink"].startswith("https://www.instagram.com/")
    async with session.get(page["data"][0]["permalink"]) as post:
        assert (post.status, post.content_type) == (200, "text/html")
    async with session.get(page["paging"]["next"]) as reply:
        assert reply.status == 200


async def test_the_host_decides_the_login(session: aiohttp.ClientSession) -> None:
    async with session.get("https://graph.facebook.com/v25.0/me") as reply:
        assert (reply.status, (await reply.json())["error"]["code"]) == (401, 190)


async def test_a_program_of_somebody_else_needs_the_environment_only(
    served: ServedSandbox, proxy: Proxy
) -> None:
    command = [sys.executable, "-c", STRANGER, served.sandbox.token]
    done = await asyncio.to_thread(
        subprocess.run, command, env=proxy.environment(), capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "pressroom.sandbox", done.stderr


async def test_a_dropped_answer_is_dropped_through_it_too(
    session: aiohttp.ClientSession, served: ServedSandbox
) -> None:
    served.sandbox.faults.add(Fault(on="user", kind=FaultKind.DROP, times=None))
    with pytest.raises(aiohttp.ClientError):
        async with session.get("https://graph.instagram.com/me"):
            pass


@pytest.mark.parametrize(
    "line",
    [
        b"CONNECT example.com:443 HTTP/1.1",
        b"CONNECT graph.instagram.com:80 HTTP/1.1",
        b"CONNECT 127.0.0.1:443 HTTP/1.1",
        b"CONNECT graph.instagram.com:x HTTP/1.1",
        b"GET http://graph.instagram.com/me HTTP/1.1",
        b"GET https://example.com/me HTTP/1.1",
        b"GET https://graph.instagram.com:8443/me HTTP/1.1",
        b"GET /me HTTP/1.1",
        b"nonsense",
    ],
)
async def test_every_other_host_is_refused(proxy: Proxy, line: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(proxy.url.rpartition(":")[2]))
    writer.write(line + b"\r\n\r\n")
    assert (await reader.readline()).startswith(b"HTTP/1.1 403")
    writer.close()


async def test_a_client_may_leave_tls_to_the_proxy(proxy: Proxy, served: ServedSandbox) -> None:
    """As axios does: it asks the proxy for the whole https address."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(proxy.url.rpartition(":")[2]))
    wanted = f"https://graph.instagram.com/v25.0/me/media?limit=1&access_token={served.sandbox.token}"
    for address, status in ((wanted, b"200"), (wanted, b"200"), ("https://example.com/", b"400")):
        writer.write(f"GET {address} HTTP/1.1\r\nHost: graph.instagram.com\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.split()[1] == status
        if status == b"200":
            length = int(head.lower().partition(b"content-length: ")[2].split()[0])
            page = await reader.readexactly(length)
            assert b'"next":"https://graph.instagram.com/v25.0/' in page
    writer.close()


async def test_a_client_that_does_not_trust_it_is_not_served(proxy: Proxy) -> None:
    async with aiohttp.ClientSession(proxy=proxy.url) as session:
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            async with session.get("https://graph.instagram.com/me"):
                pass


async def test_its_certificate_goes_with_it_and_its_key_is_never_on_disk(served: ServedSandbox) -> None:
    async with proxying(served) as proxy:
        text = proxy.authority.read_text()
        assert "BEGIN CERTIFICATE" in text
        assert "PRIVATE KEY" not in text
    assert not proxy.authority.exists()


async def test_a_client_that_does_not_trust_the_authority_is_in_the_log(
    served: ServedSandbox, proxy: Proxy
) -> None:
    async with aiohttp.ClientSession(proxy=proxy.url) as session:
        with pytest.raises(aiohttp.ClientConnectorError):
            await session.get("https://graph.instagram.com/me")
    while not (calls := served.sandbox.calls(method="CONNECT")):  # noqa: ASYNC110  # nothing tells when
        await asyncio.sleep(0)
    assert (calls[0].path, calls[0].name, calls[0].status) == ("graph.instagram.com:443", "tls", None)
    assert "does not trust the sandbox's authority" in calls[0].notes[0]
