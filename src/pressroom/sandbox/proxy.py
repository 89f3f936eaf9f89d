"""A proxy with a throw-away certificate authority: clients reach the sandbox under Meta's own host names.

Most clients send CONNECT and then speak TLS; some, such as axios, send the proxy a request with an absolute
https URL instead. Needs the extra `sandbox` (trustme). The authority's key stays in memory, its certificate
is written to the sandbox's directory.
"""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from uvicorn.server import ServerState

from pressroom.core.address import LOOPBACK
from pressroom.core.errors import SettingRefused
from pressroom.core.installation import how_to_install
from pressroom.graph.hosts import META_HOSTS
from pressroom.sandbox.server import DroppableProtocol, ServedSandbox, carrying
from pressroom.sandbox.simulator import Sandbox
from pressroom.serving.sockets import address_of, listen

if TYPE_CHECKING:
    import uvicorn

# Bytes. A client that never ends its request head must not fill memory.
_MOST_HEAD: Final = 16 * 1024
_HTTPS: Final = 443
_ESTABLISHED: Final = b"HTTP/1.1 200 Connection established\r\n\r\n"
_REFUSED: Final = b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
_FORWARDED: Final = b"https://"
_DISTRUST: Final = "tls"  # the log's name of a connection whose client does not trust the authority
_DISTRUSTS: Final = (
    "the client ended the TLS handshake, so it does not trust the sandbox's authority: its HTTP library has "
    "a trust store of its own; docs/howto/sandbox.md says for each how it is told"
)
# Shown with the variables: these programs read no proxy variable, or do not trust the authority.
IGNORED_BY: Final = (
    "aiohttp without trust_env=True",
    "httpx and requests with trust_env=False",
    "fetch of Node before version 24",
    "wget where it is built with GnuTLS, as on Debian",
    "Go on macOS and Windows, Java, .NET on Windows and macOS: they ask the system or a store of their own",
    "Rust programs with webpki-roots",
    "Python programs that name certifi's bundle themselves",
    "programs that pin Meta's certificates",
)


@dataclass(frozen=True, slots=True)
class Proxy:
    """Where the proxy is, and the certificate of its authority."""

    url: str
    authority: Path

    def environment(self) -> dict[str, str]:
        """Give the environment variables that make most clients use the proxy and trust its authority."""
        bundle = str(self.authority)
        return {
            # Both spellings: programs differ in which one they read.
            "HTTPS_PROXY": self.url,
            "https_proxy": self.url,
            "NO_PROXY": "127.0.0.1,localhost",
            "no_proxy": "127.0.0.1,localhost",
            # OpenSSL and Python's ssl, requests, curl, Node: each reads a variable of its own.
            "SSL_CERT_FILE": bundle,
            "REQUESTS_CA_BUNDLE": bundle,
            "CURL_CA_BUNDLE": bundle,
            "NODE_EXTRA_CA_CERTS": bundle,
            "NODE_USE_ENV_PROXY": "1",  # Node's `fetch` reads the proxy variables only with this, from 24 on
        }


class _EarlyData(asyncio.Protocol):
    """Buffers bytes that arrive with the end of the TLS handshake, before the HTTP protocol is attached."""

    def __init__(self) -> None:
        self.data = b""
        self.is_lost = False

    def data_received(self, data: bytes) -> None:
        """Buffer the bytes."""
        self.data += data

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # asyncio's signature
        """Remember that the client is gone."""
        self.is_lost = True


class _ForwardedProtocol(DroppableProtocol):
    """Speaks HTTP with a client that leaves TLS to its proxy; every request names an absolute https URL."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]  # uvicorn narrows it
        """Set the scheme to https, so that links in answers have the one the client asked for."""
        super().connection_made(transport)  # pyright: ignore[reportArgumentType]  # uvicorn narrows it
        self.scheme = "https"

    def on_headers_complete(self) -> None:
        """Check the host of every request. A ValueError makes the parser answer 400 and close."""
        # Keep-alive: later requests of a connection may name another host than the first, which was checked.
        if not _is_metas(b"", self.url):
            raise ValueError(self.url)
        super().on_headers_complete()


class _ConnectProtocol(asyncio.Protocol):
    """Reads the first request head, then hands the connection to HTTP: over TLS after a CONNECT."""

    def __init__(
        self, config: "uvicorn.Config", state: ServerState, tls: ssl.SSLContext, sandbox: Sandbox
    ) -> None:
        self._config = config
        self._state = state
        self._tls = tls
        self._sandbox = sandbox
        self._head = b""
        self._transport: asyncio.Transport | None = None
        self._upgrade: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Store the transport."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Buffer until the request head is complete."""
        self._head += data
        if b"\r\n\r\n" in self._head:
            assert self._transport is not None
            method, _, rest = self._head.split(b"\r\n", 1)[0].partition(b" ")
            target = rest.partition(b" ")[0]
            if not _is_metas(method, target):
                self._refuse()
            elif method == b"CONNECT":
                # Stop reading before the 200: what the client sends next is TLS, and start_tls must read it.
                self._transport.pause_reading()
                self._transport.write(_ESTABLISHED)
                # Kept in a field: the event loop holds tasks by weak references only.
                name = target.decode("latin-1")
                self._upgrade = asyncio.ensure_future(self._speak_tls(self._transport, name))
            else:
                self._hand_over(_ForwardedProtocol(self._config, self._state), self._transport, self._head)
        elif len(self._head) > _MOST_HEAD:
            self._refuse()

    def _refuse(self) -> None:
        assert self._transport is not None
        self._transport.write(_REFUSED)
        self._transport.close()

    async def _speak_tls(self, transport: asyncio.Transport, name: str) -> None:
        early, loop = _EarlyData(), asyncio.get_running_loop()
        try:
            inner = await loop.start_tls(transport, early, self._tls, server_side=True)
        except (OSError, ssl.SSLError):  # a client that does not trust the authority ends the handshake
            transport.abort()
            # Else it would look as if the client had never called.
            entry = self._sandbox.scene.log.open(self._sandbox.clock.unix(), "CONNECT", name, {})
            entry.name, entry.notes = _DISTRUST, [_DISTRUSTS]
            return
        if inner is None or early.is_lost:
            return
        self._hand_over(DroppableProtocol(self._config, self._state), inner, early.data)

    def _hand_over(self, protocol: DroppableProtocol, transport: asyncio.Transport, data: bytes) -> None:
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        if data:
            protocol.data_received(data)


def _is_metas(method: bytes, target: bytes) -> bool:
    """Tell whether a request names one of Meta's hosts, over https. `target`: host:port, or an URL."""
    if method != b"CONNECT" and not target.startswith(_FORWARDED):
        return False
    address = target.decode("latin-1")
    try:
        parts = urlsplit(f"//{address}" if method == b"CONNECT" else address)
        port = parts.port or _HTTPS  # raises ValueError for a port that is no number
    except ValueError:
        return False
    return port == _HTTPS and parts.hostname in META_HOSTS


def check_extra() -> None:
    """Raise SettingRefused when the package that the proxy needs is not installed.

    It only looks the package up, so that a command can refuse before it starts anything.
    """
    if find_spec("trustme") is None:
        raise SettingRefused(
            "The proxy needs a package that is not installed.",
            rule="extra",
            value="sandbox",
            fix=how_to_install("sandbox"),
        )


@contextlib.asynccontextmanager
async def proxying(served: ServedSandbox, *, port: int = 0) -> AsyncGenerator[Proxy]:
    """Run the proxy for a sandbox that is served on a port. It accepts Meta's hosts and no other.

    Raises SettingRefused without the extra, OSError when the port cannot be opened.
    """
    check_extra()
    import trustme  # noqa: PLC0415  # an extra

    authority = trustme.CA(organization_name="Pressroom sandbox, for tests only")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*sorted(META_HOSTS)).configure_cert(tls)  # pyright: ignore[reportUnknownMemberType]  # pyOpenSSL is not there
    # Only the certificate is written: with the key, anybody could pose as Meta to programs that trust it.
    path = served.sandbox.scene.home() / "authority.pem"
    path.write_bytes(authority.cert_pem.bytes())
    listener = listen(LOOPBACK, port)
    url = address_of(listener)
    try:
        async with carrying(
            served.sandbox,
            listener,
            lambda config, state: _ConnectProtocol(config, state, tls, served.sandbox),
        ):
            yield Proxy(url, path)
    finally:
        path.unlink(missing_ok=True)
