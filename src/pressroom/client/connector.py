"""Tells whether bytes of a request may have left: aiohttp's connector, watched."""

import asyncio
import warnings
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from aiohttp.tracing import Trace

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

    may_be_written: true from its hand-over to aiohttp on, unless `WatchedConnector` has proof that no
    connection came about or that `before_bytes` stopped it there.
    """

    before_bytes: Callable[[], None] | None
    may_be_written: bool = False
    has_connection: bool = False


OUTGOING: ContextVar[Outgoing] = ContextVar("outgoing")


class WatchedConnector(aiohttp.TCPConnector):
    """aiohttp's connector, which gives each request one connection at most.

    aiohttp calls `connect` before it writes anything, and writes on what it gives without waiting in between.
    It calls it again for a GET or DELETE whose kept-alive connection turned out dead.
    """

    async def connect(
        self,
        req: aiohttp.ClientRequest,
        traces: list[Trace],
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109  # aiohttp calls it so
    ) -> Connection:
        """Give the request its connection, once `before_bytes` agrees."""
        outgoing = OUTGOING.get()
        if outgoing.has_connection:
            raise aiohttp.ServerDisconnectedError
        try:
            connection = await super().connect(req, traces, timeout)
            _agree(outgoing, connection)
        except BaseException:
            outgoing.may_be_written = False
            raise
        outgoing.has_connection = True
        return connection


def _agree(outgoing: Outgoing, connection: Connection) -> None:
    try:
        if outgoing.before_bytes is not None:
            outgoing.before_bytes()
    except BaseException:
        connection.close()
        raise


_judged: dict[type[aiohttp.TCPConnector], bool] = {}


async def is_watched(connector: type[aiohttp.TCPConnector]) -> bool:
    """Tell, having looked once a process, whether aiohttp asks such a connector right before it writes.

    If not, a RuntimeWarning says so: commands write no log, and everybody has to see this.
    """
    if connector not in _judged:
        is_asked = await _is_asked_before_bytes(connector)
        if not is_asked and connector not in _judged:
            warnings.warn(_UNWATCHED, RuntimeWarning, stacklevel=1)
        _judged[connector] = is_asked
    return _judged[connector]


async def _is_asked_before_bytes(connector: type[aiohttp.TCPConnector]) -> bool:
    """Send a request that stays in memory, and compare what was written when the connector was asked."""
    written, at_hook = bytearray(), list[int]()
    outgoing = Outgoing(before_bytes=lambda: at_hook.append(len(written)))
    previous = OUTGOING.set(outgoing)
    try:
        async with asyncio.timeout(_PATIENCE_S):
            await _send_nowhere(connector(), written)
    except Exception:  # noqa: BLE001  # whatever it is, it is not the aiohttp we know
        return False
    finally:
        OUTGOING.reset(previous)
    return at_hook == [0] and bool(written) and outgoing.has_connection


async def _send_nowhere(connector: aiohttp.TCPConnector, written: bytearray) -> None:
    async def connection(*_: object) -> ResponseHandler:
        protocol = ResponseHandler(asyncio.get_running_loop())
        protocol.connection_made(_Nowhere(protocol, written))
        return protocol

    vars(connector)["_create_connection"] = connection
    session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
    async with session, session.post("http://nowhere.invalid/", data=b"x"):
        pass


class _Nowhere(asyncio.Transport):
    """The near end of a connection without a far one, which answers what is written."""

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
