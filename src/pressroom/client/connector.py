"""What we put under aiohttp: a connector that knows whether a byte was written, and a resolver that judges.

`WatchedConnector` proves for the transport that no byte of a request was written. `InternetResolver` resolves
names that somebody else chose: to the internet, and never into this machine's network.
"""

import asyncio
import socket
import warnings
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from dataclasses import dataclass
from urllib.parse import urlsplit
from urllib.request import getproxies

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from aiohttp.tracing import Trace

from pressroom.core.address import is_public

_PATIENCE_S = 5.0
_UNWATCHED = (
    f"aiohttp {aiohttp.__version__} does not ask for connections in the way that Pressroom relies on, so "
    "nobody can tell whether a request left. Nothing is published twice: each request without an answer "
    "counts as one that may have been carried out, and is looked into, which takes longer. "
    "`pip install --upgrade pressroom` installs an aiohttp that it knows."
)
_ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"


@dataclass(slots=True)
class Outgoing:
    """The request under way in this task.

    may_be_written: true once aiohttp has the request, unless `WatchedConnector` saw that no connection was
    made or that `before_bytes` stopped it.
    """

    before_bytes: Callable[[], None] | None
    may_be_written: bool = False
    has_connection: bool = False
    transport: asyncio.Transport | None = None

    def drop_rest(self) -> None:
        """Drop what is not written of a request that is over: its server may never read it."""
        # aiohttp has closed the connection by then, which would wait until all is written.
        if self.transport and self.transport.is_closing() and self.transport.get_write_buffer_size():
            self.transport.abort()


# A context variable, so that concurrent requests do not see each other's.
OUTGOING: ContextVar[Outgoing] = ContextVar("outgoing")


class WatchedConnector(aiohttp.TCPConnector):
    """aiohttp's connector, limited to one connection per request.

    aiohttp calls `connect` right before it writes, and again to repeat a GET or DELETE whose kept-alive
    connection was dead.
    """

    async def connect(
        self,
        req: aiohttp.ClientRequest,
        traces: list[Trace],
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109  # aiohttp calls it so
    ) -> Connection:
        """Connect, then call `before_bytes`, which may stop the request by raising."""
        outgoing = OUTGOING.get()
        # aiohttp repeats the request by itself; whether it is retried is our own rule's decision.
        if outgoing.has_connection:
            raise aiohttp.ServerDisconnectedError
        try:
            connection = await super().connect(req, traces, timeout)
            try:
                if outgoing.before_bytes is not None:
                    outgoing.before_bytes()
            except BaseException:
                connection.close()
                raise
        except BaseException:
            # BaseException: a cancelled connect wrote nothing either.
            outgoing.may_be_written = False
            raise
        outgoing.has_connection, outgoing.transport = True, connection.transport
        return connection


_judged: dict[type[aiohttp.TCPConnector], bool] = {}


async def is_watched(connector: type[aiohttp.TCPConnector]) -> bool:
    """Check, once per process, that aiohttp calls such a connector right before it writes.

    If not, emits a RuntimeWarning rather than a log line: commands write no log, and users must see this.
    """
    if connector not in _judged:
        is_called = await _is_called_before_bytes(connector)
        if not is_called and connector not in _judged:
            warnings.warn(_UNWATCHED, RuntimeWarning, stacklevel=1)
        _judged[connector] = is_called
    return _judged[connector]


async def _is_called_before_bytes(connector: type[aiohttp.TCPConnector]) -> bool:
    """Send a request in memory, and check that nothing was written when the connector was called."""
    written, at_hook = bytearray(), list[int]()
    outgoing = Outgoing(before_bytes=lambda: at_hook.append(len(written)))
    previous = OUTGOING.set(outgoing)
    try:
        async with asyncio.timeout(_PATIENCE_S):
            watched = connector()

            async def connection(*_: object) -> ResponseHandler:
                protocol = ResponseHandler(asyncio.get_running_loop())
                protocol.connection_made(_Nowhere(protocol, written))
                return protocol

            # aiohttp's private seam for making connections: replaced on this one connector, so that nothing
            # is dialled.
            vars(watched)["_create_connection"] = connection
            session = aiohttp.ClientSession(connector=watched, cookie_jar=aiohttp.DummyCookieJar())
            async with session, session.post("http://nowhere.invalid/", data=b"x"):
                pass
    except Exception:  # noqa: BLE001  # whatever fails, this aiohttp is not one we know
        return False
    finally:
        OUTGOING.reset(previous)
    return at_hook == [0] and bool(written) and outgoing.has_connection


class _Nowhere(asyncio.Transport):
    """A connection without a peer, which answers whatever is written to it."""

    def __init__(self, protocol: ResponseHandler, written: bytearray) -> None:
        super().__init__()
        self._protocol = protocol
        self._written = written

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if not self._written:
            asyncio.get_running_loop().call_soon(self._protocol.data_received, _ANSWER)
        self._written += data

    def is_closing(self) -> bool:
        return False

    def close(self) -> None:
        asyncio.get_running_loop().call_soon(self._protocol.connection_lost, None)


class LeadsInside(OSError):
    """A name leads to an address of this machine or network."""


def inside_reason(host: str, addresses: Iterable[str]) -> str | None:
    """Say which of a name's addresses is of this machine or network; None where all are on the internet."""
    private = next((address for address in addresses if not is_public(address)), None)
    return f"{host} leads to {private}, an address of this network" if private else None


class InternetResolver(AbstractResolver):
    """Judges the very addresses that aiohttp connects to; raises LeadsInside.

    A check beforehand alone would let a name be public for the check and private for the connection (DNS
    rebinding). aiohttp resolves no address that is written as digits: `core.internet` judges those. A proxy
    of the environment may stand in this network. is_own: allows this machine and its network, for a sandbox.
    """

    def __init__(self, *, is_own: bool = False) -> None:
        self._is_own = is_own

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the addresses of a name. Raises OSError, LeadsInside among them."""
        addresses = await addresses_of(host, port, family)
        reason = inside_reason(host, (address["host"] for address in addresses))
        proxies = {urlsplit(proxy).hostname for proxy in getproxies().values()}
        if reason and not self._is_own and host not in proxies:
            raise LeadsInside(reason)
        return addresses

    async def close(self) -> None:
        """Nothing is open."""


async def addresses_of(
    host: str, port: int, family: socket.AddressFamily = socket.AF_UNSPEC
) -> list[ResolveResult]:
    """Ask the system for the addresses of a name. Raises OSError."""
    loop = asyncio.get_running_loop()
    return [
        ResolveResult(
            hostname=host,
            host=str(address[0]),
            port=port,
            family=kind,
            proto=0,
            flags=socket.AI_NUMERICHOST,
        )
        for kind, *_, address in await loop.getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM)
    ]
