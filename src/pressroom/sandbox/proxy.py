"""A CONNECT proxy with a throw-away certificate authority: clients reach the sandbox under Meta's own names.

Needs the extra `sandbox` (trustme). The authority's key stays in memory, its certificate lies with the files.
"""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from uvicorn.server import ServerState

from pressroom.core.errors import SettingRefused
from pressroom.graph.hosts import META_HOSTS
from pressroom.sandbox.server import (
    LOOPBACK,
    DroppableProtocol,
    ServedSandbox,
    address_of,
    config_of,
    finish,
    listen,
)

if TYPE_CHECKING:
    import uvicorn

_MOST_HEAD: Final = 16 * 1024
_HTTPS: Final = 443
_ESTABLISHED: Final = b"HTTP/1.1 200 Connection established\r\n\r\n"
_REFUSED: Final = b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
IGNORED_BY: Final = (
    "aiohttp without trust_env=True",
    "httpx and requests with trust_env=False",
    "Node before version 24",
    "Go, Java and .NET programs that use their own trust stores",
    "programs that pin Meta's certificates",
)


@dataclass(frozen=True, slots=True)
class Proxy:
    """Where the proxy is, and the certificate of its authority."""

    url: str
    authority: Path

    def environment(self) -> dict[str, str]:
        """Give the variables that lead most clients through the proxy and let them trust it."""
        bundle = str(self.authority)
        return {
            "HTTPS_PROXY": self.url,
            "https_proxy": self.url,
            "NO_PROXY": "127.0.0.1,localhost",
            "no_proxy": "127.0.0.1,localhost",
            "SSL_CERT_FILE": bundle,
            "REQUESTS_CA_BUNDLE": bundle,
            "CURL_CA_BUNDLE": bundle,
            "NODE_EXTRA_CA_CERTS": bundle,
            "NODE_USE_ENV_PROXY": "1",
        }


class _EarlyData(asyncio.Protocol):
    """Holds what comes with the end of the handshake, before the real protocol is in place."""

    def __init__(self) -> None:
        self.data = b""
        self.is_lost = False

    def data_received(self, data: bytes) -> None:
        """Keep it."""
        self.data += data

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # asyncio's signature
        """Remember that there is nobody to answer."""
        self.is_lost = True


class _ConnectProtocol(asyncio.Protocol):
    """Reads one CONNECT, then speaks TLS as the host that was asked for."""

    def __init__(self, config: "uvicorn.Config", state: ServerState, tls: ssl.SSLContext) -> None:
        self._config = config
        self._state = state
        self._tls = tls
        self._head = b""
        self._transport: asyncio.Transport | None = None
        self._upgrade: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the connection."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Read until the head is whole."""
        self._head += data
        if b"\r\n\r\n" in self._head:
            self._answer(self._head.split(b"\r\n", 1)[0])
        elif len(self._head) > _MOST_HEAD:
            self._refuse()

    def _answer(self, line: bytes) -> None:
        assert self._transport is not None
        method, _, rest = line.partition(b" ")
        host, _, port = rest.partition(b" ")[0].decode("latin-1").rpartition(":")
        if method != b"CONNECT" or host.lower() not in META_HOSTS or port != str(_HTTPS):
            self._refuse()
            return
        self._transport.pause_reading()
        self._transport.write(_ESTABLISHED)
        self._upgrade = asyncio.ensure_future(self._speak_tls(self._transport))

    def _refuse(self) -> None:
        assert self._transport is not None
        self._transport.write(_REFUSED)
        self._transport.close()

    async def _speak_tls(self, transport: asyncio.Transport) -> None:
        early, loop = _EarlyData(), asyncio.get_running_loop()
        try:
            inner = await loop.start_tls(transport, early, self._tls, server_side=True)
        except (OSError, ssl.SSLError):  # a client that does not trust the authority hangs up
            transport.abort()
            return
        if inner is None or early.is_lost:
            return
        protocol = DroppableProtocol(self._config, self._state)
        inner.set_protocol(protocol)
        protocol.connection_made(inner)
        if early.data:
            protocol.data_received(early.data)


def check_extra() -> None:
    """Raise SettingRefused when the package that the proxy needs is not installed."""
    if find_spec("trustme") is None:
        raise SettingRefused(
            "The proxy needs a package that is not installed.",
            rule="extra",
            value="sandbox",
            fix="Install it: pip install 'pressroom[sandbox]'.",
        )


def _authority(directory: Path) -> tuple[ssl.SSLContext, Path]:
    check_extra()
    import trustme  # noqa: PLC0415  # an extra

    authority = trustme.CA(organization_name="Pressroom sandbox, for tests only")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*sorted(META_HOSTS)).configure_cert(context)  # pyright: ignore[reportUnknownMemberType]  # pyOpenSSL is not there
    path = directory / "authority.pem"
    path.write_bytes(authority.cert_pem.bytes())
    return context, path


@contextlib.asynccontextmanager
async def proxying(served: ServedSandbox, *, port: int = 0) -> AsyncGenerator[Proxy]:
    """Run the proxy before a sandbox that is on a port. It takes Meta's hosts and no other.

    Raises SettingRefused without the extra, OSError when the port cannot be had.
    """
    tls, path = _authority(served.sandbox.scene.home())
    listener = listen(LOOPBACK, port)
    url = address_of(listener)
    config, state = config_of(served.sandbox), ServerState()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _ConnectProtocol(config, state, tls), sock=listener)
    try:
        yield Proxy(url, path)
    finally:
        server.close()
        await finish(state)
        path.unlink(missing_ok=True)
