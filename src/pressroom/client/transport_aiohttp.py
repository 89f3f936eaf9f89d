"""Sends requests over the network with aiohttp: start at `AiohttpTransport`.

`WatchedConnector` proves for it that no byte of a request was written. `InternetResolver` resolves names that
somebody else chose: to the internet, and never into this machine's network.
"""

import asyncio
import socket
import warnings
from collections.abc import AsyncGenerator, Callable, Iterable
from contextvars import ContextVar
from dataclasses import dataclass, field
from threading import Lock
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass
from weakref import WeakKeyDictionary

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from aiohttp.tracing import Trace
from yarl import URL

from pressroom.client.wire import time_limit
from pressroom.core.address import LOCAL_HOSTS, is_public, unreachable_reason
from pressroom.core.clock import SYSTEM_CLOCK, Clock
from pressroom.core.errors import AnswerLost, NotSent
from pressroom.core.protocols import Reply, Request
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.shortage import descriptor_share, shortage_of

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
    rebinding). aiohttp resolves no address that is written as digits: `core.address` judges those. A proxy
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


# An API answer has some KiB; more than this is a broken server, and must not fill the memory.
MOST_BYTES = 16 << 20
# A server may close an idle connection, and a write on its way then has no known outcome. None does so within
# seconds of an answer without saying so in it: docs/decisions/0020.
FRESH_S = 2.5
# Posts of 200 accounts may be due at one instant, and aiohttp's own limit would let 100 of them wait.
_MOST_TO_SEND = 250
# What is read and made ahead of time may wait a little: Instagram takes more a second than we can make.
_MOST_TO_READ = 64
# Small pictures of what was published, which nobody waits for.
_MOST_PICTURES = 4
# aiohttp's timeouts follow the real clock; ours may be a sandbox's, so `time_limit` does it.
_NO_TIMEOUT = aiohttp.ClientTimeout(total=None, connect=None, sock_connect=None, sock_read=None)


@dataclass(frozen=True, slots=True)
class _Sessions:
    """One event loop's connections and proxies."""

    # One pool keeps connections alive, another for a moment, and the last judges where they lead: see
    # `Request.needs_fresh_connection` and `Request.internet_only`.
    kept: aiohttp.ClientSession
    fresh: aiohttp.ClientSession
    internet: aiohttp.ClientSession
    proxies: dict[str, str] = field(default_factory=getproxies)
    _proxy_of: dict[tuple[str, str], str | None] = field(default_factory=dict[tuple[str, str], str | None])

    def way_of(self, request: Request, url: URL) -> tuple[aiohttp.ClientSession, str | None]:
        """Return the pool for a request, and the environment's proxy for its host; None for this machine."""
        place = (url.scheme, url.host or "")
        if place not in self._proxy_of:
            is_direct = place[1] in LOCAL_HOSTS or proxy_bypass(place[1])
            self._proxy_of[place] = None if is_direct else self.proxies.get(place[0])
        proxy = self._proxy_of[place]
        # Where a proxy connects, what it may reach is its own rule.
        if request.internet_only and proxy is None:
            return self.internet, proxy
        return self.fresh if request.needs_fresh_connection else self.kept, proxy


async def _open_sessions(connector: type[aiohttp.TCPConnector]) -> AsyncGenerator[_Sessions]:
    kept = connector(limit=descriptor_share(_MOST_TO_READ))
    fresh = connector(limit=descriptor_share(_MOST_TO_SEND), keepalive_timeout=FRESH_S)
    internet = connector(limit=_MOST_PICTURES, resolver=InternetResolver())
    async with _session(kept) as kept, _session(fresh) as fresh, _session(internet) as internet:
        yield _Sessions(kept, fresh, internet)


def _session(connector: aiohttp.TCPConnector) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=connector, cookie_jar=aiohttp.DummyCookieJar(), timeout=_NO_TIMEOUT
    )


class AiohttpTransport:
    """Sends requests over pooled connections, one pool for each event loop it is used under.

    Proxies come from the environment (HTTPS_PROXY, NO_PROXY), trusted certificates too (SSL_CERT_FILE).
    connector: reports to `OUTGOING` whether bytes may have left; without a report they count as sent.
    """

    def __init__(
        self, *, clock: Clock = SYSTEM_CLOCK, connector: type[aiohttp.TCPConnector] = WatchedConnector
    ) -> None:
        self._clock = clock
        self._connector = connector
        self._lock = Lock()
        self._open: WeakKeyDictionary[
            asyncio.AbstractEventLoop, tuple[AsyncGenerator[_Sessions], _Sessions]
        ] = WeakKeyDictionary()

    async def send(self, request: Request) -> Reply:
        """Send one request."""
        outgoing = Outgoing(request.before_bytes)
        try:
            async with time_limit(self._clock, request.timeout_s):
                return await self._fetch(request, outgoing)
        except TimeoutError:
            reason, shortage = f"no answer within {request.timeout_s:g} s", None
        except (aiohttp.ClientError, OSError) as error:
            reason, shortage = _reason(error), shortage_of(error)
        finally:
            # aiohttp has closed the connection of a request that is over, and waits until all is written: its
            # server may never read it.
            rest = outgoing.transport
            if rest and rest.is_closing() and rest.get_write_buffer_size():
                rest.abort()
        # Raised outside the handler: aiohttp's errors contain the whole URL and would show as the context.
        if outgoing.may_be_written:
            raise AnswerLost(f"The answer to {request.place} was lost: {reason}.", fix="Try again later.")
        if shortage:
            error = NotSent(f"{request.place} could not be sent. {shortage.message}", fix=shortage.advice)
            error.shortage = shortage
            raise error
        fix: Fix | str = "Check the network connection, and HTTPS_PROXY where one is set."
        if URL(request.url).host in LOCAL_HOSTS:
            start = Remedy(RemedyKind.START_SANDBOX)
            fix = Fix.of("The account's host does not answer. Start a sandbox that does not run: {}.", start)
        raise NotSent(f"{request.place} could not be sent: {reason}.", fix=fix)

    async def aclose(self) -> None:
        """Close the connections of the running loop; another loop's are closed when it ends."""
        with self._lock:
            opened = self._open.pop(asyncio.get_running_loop(), None)
        if opened is not None:
            await opened[0].aclose()

    async def _fetch(self, request: Request, outgoing: Outgoing) -> Reply:
        if request.internet_only and (inside := unreachable_reason(request.url)):
            raise LeadsInside(inside)
        is_watching = await is_watched(self._connector)
        sessions = await self._sessions()
        if request.before_bytes is not None and not is_watching:
            request.before_bytes()  # this aiohttp would not call it
        url = URL(request.url, encoded=True)
        session, proxy = sessions.way_of(request, url)
        headers, body = request.headers, request.body
        if request.stream is not None:
            # Without a length aiohttp uses chunked encoding, which the upload host does not accept.
            headers = {**headers, "content-length": str(request.stream.size_bytes)}
        OUTGOING.set(outgoing)
        # Set before the call, cleared only by proof: an unknown aiohttp then errs towards "may be written".
        outgoing.may_be_written = True
        async with session.request(
            request.method,
            url,
            headers=headers,
            data=body if request.stream is None else request.stream.pieces,
            allow_redirects=False,
            proxy=proxy,
        ) as response:
            # Counted after decompression: 17 KiB may unpack to 17 MiB.
            content = bytearray()
            async for piece in response.content.iter_any():
                content += piece
                if len(content) > MOST_BYTES:
                    raise _TooLarge
            body = bytes(content)
            headers = {name.lower(): value for name, value in response.headers.items()}
            return Reply(status=response.status, headers=headers, body=body)

    async def _sessions(self) -> _Sessions:
        loop = asyncio.get_running_loop()
        opened = self._open.get(loop)
        if opened is None:
            # asyncio.run closes the async generators of its loop at the end, and with this one the sessions.
            generator = _open_sessions(self._connector)
            opened = (generator, await anext(generator))
            with self._lock:
                self._open[loop] = opened
        return opened[1]


class _TooLarge(aiohttp.ClientError):
    """The answer is larger than any of the API."""


def _reason(error: Exception) -> str:
    """Describe an error without the address, which may contain a secret."""
    cause = getattr(error, "os_error", None) or error
    if isinstance(cause, LeadsInside):
        return str(cause)
    if isinstance(error, _TooLarge):
        return f"it is larger than {MOST_BYTES >> 20} MiB"
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return "its certificate is not trusted"
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "its name cannot be resolved"
    if isinstance(cause, ConnectionRefusedError):
        return "no server answers there"
    return (isinstance(error, OSError) and error.strerror) or "the connection broke"
