"""Sends requests over the network with aiohttp."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from threading import Lock
from urllib.request import getproxies, proxy_bypass
from weakref import WeakKeyDictionary

import aiohttp
from yarl import URL

from pressroom.client.connector import (
    OUTGOING,
    InternetResolver,
    LeadsInside,
    Outgoing,
    WatchedConnector,
    is_watched,
)
from pressroom.client.wire import time_limit
from pressroom.core.address import LOCAL_HOSTS, unreachable_reason
from pressroom.core.clock import SYSTEM_CLOCK, Clock
from pressroom.core.errors import AnswerLost, NotSent, Shortage
from pressroom.core.protocols import Reply, Request
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.shortage import descriptor_share, shortage_of

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

    def for_request(self, request: Request, *, is_proxied: bool) -> aiohttp.ClientSession:
        """Return the pool for a request; where a proxy connects, what it may reach is its own rule."""
        if request.internet_only and not is_proxied:
            return self.internet
        return self.fresh if request.needs_fresh_connection else self.kept

    def proxy(self, url: URL) -> str | None:
        """Return the environment's proxy for a host; None for this machine."""
        place = (url.scheme, url.host or "")
        if place not in self._proxy_of:
            is_direct = place[1] in LOCAL_HOSTS or proxy_bypass(place[1])
            self._proxy_of[place] = None if is_direct else self.proxies.get(place[0])
        return self._proxy_of[place]


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
            outgoing.drop_rest()
        # Raised outside the handler: aiohttp's errors contain the whole URL and would show as the context.
        if outgoing.may_be_written:
            raise AnswerLost(f"The answer to {request.place} was lost: {reason}.", fix="Try again later.")
        raise _not_sent(request, reason, shortage)

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
        proxy = sessions.proxy(url)
        session = sessions.for_request(request, is_proxied=proxy is not None)
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


def _not_sent(request: Request, reason: str, shortage: Shortage | None) -> NotSent:
    if shortage:
        error = NotSent(f"{request.place} could not be sent. {shortage.message}", fix=shortage.advice)
        error.shortage = shortage
        return error
    if URL(request.url).host in LOCAL_HOSTS:
        fix = Fix.of(
            "Start the sandbox with {}, or correct INSTAGRAM_API_BASE.", Remedy(RemedyKind.START_SANDBOX)
        )
    else:
        fix = "Check the network connection, and HTTPS_PROXY where one is set."
    return NotSent(f"{request.place} could not be sent: {reason}.", fix=fix)
