"""Limits on what clients may take of a server that shares its process with publishing.

Without them, 200 MB of header took 250 MB of memory, 509 half-open connections as many file descriptors, and
70 bodies without an end kept everybody else out. uvicorn bounds how long a connection is idle; above a number
of connections it refuses the newest, so that whoever holds the others keeps out all who come.

A server gets them by `limited`, the protocol that `runner.running` takes. Streams of events have places of
their own, beside those for requests: they stay for hours, and would keep everybody else out. `body_of` reads
a body of limited length, for apps that begin nothing before they have all of it.
"""

import asyncio
import logging
import math
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Self

import h11
import uvicorn
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message, Receive, Scope, Send
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from pressroom.core.settings import Settings
from pressroom.core.shortage import descriptor_share

# uvicorn logs a warning for each malformed request: anybody could fill the log.
_log = logging.getLogger("uvicorn.error.limited")
_log.setLevel(logging.ERROR)

_CONNECTION: Final = "pressroom.connection"
_EVENTS: Final = b"text/event-stream"
_NO_PLACE: Final = (
    b'{"title": "No place for another stream", "status": 503, "detail": "As many streams of events are open '
    b'as may be. Close one, or come back when one has ended."}\n'
)
_NO_PLACE_HEADERS: Final = [
    (b"content-type", b"application/problem+json"),
    (b"content-length", str(len(_NO_PLACE)).encode()),
    (b"retry-after", b"5"),
]

ProtocolFactory = Callable[[uvicorn.Config, ServerState], asyncio.Protocol]
"""Makes the protocol of one connection."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How long a client may keep the server waiting.

    behind_s: for what it has to send or to read; with a rate, how far it may fall behind that. bytes_per_s:
    the least rate, and who is faster earns no delay for later; None where only the whole counts. whole_s: for
    all of it, at whatever rate; None for any time.
    """

    behind_s: float
    bytes_per_s: float | None = None
    whole_s: float | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """What a server accepts.

    connections: at once, streams apart; one more replaces the one that is the furthest behind. of_caller: how
    many requests of one caller are answered at once, and how many more whose client has gone; see `admit`.
    streams, streams_of_caller: streams of events at once, in all and of one caller; one more is refused, see
    `streaming`. header_bytes: of one request, its first line included.
    head: for the header to arrive, from the connection or the last answer on. body: for a request's body.
    answer: for a client that does not read it. routes: what holds for bodies in place of `body`, by how a
    path begins; where files are taken in, a rate alone.
    """

    connections: int = 64
    of_caller: int = 16
    streams: int = 256
    streams_of_caller: int = 8
    header_bytes: int = 16_384
    head: Pace = Pace(20.0)
    body: Pace = Pace(20.0, bytes_per_s=1_000, whole_s=60.0)
    answer: Pace = Pace(60.0)
    routes: Mapping[str, Pace] = field(default_factory=dict[str, Pace])

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return the limits of the servers of a data directory."""
        return cls(
            connections=settings.connections,
            streams=settings.streams,
            streams_of_caller=settings.streams_of_caller,
        )


LIMITS = Limits()


class _Flow(FlowControl):
    """Tells when the app reads on."""

    def __init__(self, transport: asyncio.Transport, on_reading: Callable[[], None]) -> None:
        super().__init__(transport)
        self._on_reading = on_reading

    def resume_reading(self) -> None:
        if self.read_paused:
            self._on_reading()
        super().resume_reading()


class LimitedProtocol(H11Protocol):
    """A connection within limits; `limited` makes it.

    pace: how long its client may keep the server waiting as it does now; None while the server has to do
    something, as with a stream of events, however long it lasts. caller: whose request is answered on it.
    is_stream: whether the answer is a stream of events, or is waited for like one.
    """

    def __init__(
        self, config: uvicorn.Config, state: ServerState, limits: Limits, abandoned: "set[LimitedProtocol]"
    ) -> None:
        super().__init__(config, state, {_CONNECTION: self})
        # h11 bounds a header; uvicorn's other parser, httptools, takes one of any length.
        self.conn: h11.Connection = h11.Connection(h11.SERVER, limits.header_bytes)
        self.limits = limits
        self.logger: logging.Logger = _log
        self.access_log = False  # its lines hold signed addresses, with which anybody can fetch
        self.pace: Pace | None = None
        self.caller: Hashable = None
        self.is_stream: bool = False
        self._abandoned = abandoned
        self._task: asyncio.Task[None] | None = None
        self._is_waiting = False
        self._since = self._ends = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Accept a connection; above the limit, drop the slowest."""
        super().connection_made(transport)
        self.flow: FlowControl = _Flow(transport, self._restart_wait)
        self._update_pace()
        requests = [other for other in _limited(self.connections) if not other.is_stream]
        if len(requests) > self.limits.connections and (slowest := _slowest(requests)):
            slowest.drop()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        super().connection_lost(exc)
        self._update_pace()
        self._abandon()

    def data_received(self, data: bytes) -> None:
        """Pass data on in pieces, since h11 checks the length of a header only between calls."""
        for start in range(0, len(data), self.limits.header_bytes):
            if not self.transport.is_closing():
                super().data_received(data[start : start + self.limits.header_bytes])
        if self.pace and self.pace.bytes_per_s:
            self._since = min(self.loop.time(), self._since + len(data) / self.pace.bytes_per_s)
        self._update_pace()

    def on_response_complete(self) -> None:
        """Wait for the next request; the rest of the last one's body does not prolong that.

        An answer that its client has not read takes memory: until then it is its caller's still.
        """
        if not self.flow.write_paused:
            self.caller = None
        self.is_stream = False
        super().on_response_complete()
        self._update_pace()

    def pause_writing(self) -> None:
        """Wait for a client that does not read its answer."""
        super().pause_writing()
        self._update_pace()

    def resume_writing(self) -> None:
        """Go on: the client reads."""
        super().resume_writing()
        if self.cycle and self.cycle.response_complete:
            self.caller = None
        self._update_pace()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002  # h11's, of no use to a stranger
        """Refuse what is no request and close; only close while a request is being answered."""
        if self.conn.our_state is not h11.IDLE:
            self.drop()
            return
        is_too_long = len(self.conn.trailing_data[0]) > self.limits.header_bytes
        headers = [("content-length", "0"), ("connection", "close")]
        response = h11.Response(status_code=431 if is_too_long else 400, headers=headers)
        for event in (response, h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def drop(self) -> None:
        """Abort the connection."""
        # At once: connection_lost comes only in the loop's next turn.
        self.connections.discard(self)
        if self.cycle:
            self.cycle.disconnected = True
        self._update_pace()
        self._abandon()
        self.transport.abort()

    def _abandon(self) -> None:
        """Count a request that is still being answered though its client is gone; end one that only waits."""
        if self.caller is None or self._task is None or self in self._abandoned:
            return
        self._abandoned.add(self)
        self._task.add_done_callback(lambda _: self._abandoned.discard(self))
        if self._is_waiting:
            self._task.cancel()

    def admit(self, caller: Hashable) -> bool:
        """Count the connection as a caller's; at the limit the slowest one goes. False where none may."""
        self.caller = None
        abandoned = sum(other.caller == caller for other in self._abandoned)
        if self not in self.connections or abandoned >= self.limits.of_caller:
            return False
        others = [other for other in _limited(self.connections) if not other.is_stream]
        theirs = [other for other in others if other.caller == caller]
        if not _make_room(theirs, self.limits.of_caller):
            return False
        self.caller, self._task, self._is_waiting = caller, asyncio.current_task(), False
        return True

    def begin_stream(self, *, is_waiting: bool = False) -> bool:
        """Take a place among the streams, where a slow one makes room; False where none is free.

        is_waiting: its task does nothing but wait, and may be cancelled once its client is gone.
        """
        streams = [other for other in _limited(self.connections) if other.is_stream]
        theirs = [other for other in streams if other.caller == self.caller]
        self.is_stream = _make_room(theirs, self.limits.streams_of_caller) and _make_room(
            [other for other in streams if other in self.connections], self.limits.streams
        )
        self._is_waiting = is_waiting
        return self.is_stream

    @property
    def since(self) -> float:
        """Since when the client keeps the server waiting, by the loop's clock; see `pace`."""
        # While the app does not read on, a client that sends could not be any faster.
        is_held_up = self.pace and self.pace.bytes_per_s and self.flow.read_paused
        return self.loop.time() if is_held_up else self._since

    def _restart_wait(self) -> None:
        # Until now the client waited for the app.
        self._since = self.loop.time()

    def _update_pace(self) -> None:
        """Begin to wait for what the client has to do now, unless that is what it had to do already."""
        limits = self.limits
        if self not in self.connections:
            pace = None
        elif self.flow.write_paused:
            pace = limits.answer
        elif not self.cycle or self.cycle.response_complete:
            pace = limits.head
        elif self.conn.their_state is h11.SEND_BODY:
            path = self.scope["path"]
            of_route = (pace for start, pace in limits.routes.items() if path.startswith(start))
            pace = next(of_route, limits.body)
        else:
            pace = None
        if pace is self.pace:
            return
        if self._timer is not None:
            self._timer.cancel()
        self.pace, self._timer = pace, None
        if pace is not None:
            self._since = self.loop.time()
            self._ends = self._since + (math.inf if pace.whole_s is None else pace.whole_s)
            self._judge(pace)

    def _judge(self, pace: Pace) -> None:
        """Drop a client that is too far behind, or look again when it may be."""
        due = min(self.since + pace.behind_s, self._ends)
        if due <= self.loop.time():
            self.drop()
        else:
            self._timer = self.loop.call_at(due, self._judge, pace)


def limited(limits: Limits = LIMITS) -> ProtocolFactory:
    """Make the protocol of one server, whose connections share the limits.

    Where the process may hold few descriptors, it takes fewer connections and streams. With none left asyncio
    would accept nobody for a second at a time, and store and uploads could open nothing.
    """
    connections, streams = descriptor_share(limits.connections), descriptor_share(limits.streams)
    limits = replace(limits, connections=connections, streams=streams)
    abandoned = set[LimitedProtocol]()
    return lambda config, state: LimitedProtocol(config, state, limits, abandoned)


def admit(scope: Scope, caller: Hashable) -> bool:
    """Count a request as its caller's; False where as many of the caller's are being answered as may be.

    caller: whoever was recognized, or one name for all who were not. A caller's slowest connection makes room
    for a new one. False, too, where the client has gone already, and while `of_caller` requests of the caller
    are being answered whose clients have gone: these are not stopped halfway. A server without limits admits
    all.
    """
    connection = scope.get("state", {}).get(_CONNECTION)
    return connection is None or connection.admit(caller)


def streaming(scope: Scope, send: Send) -> Send:
    """Give a stream of events a place of its own once its answer begins, whichever app answers.

    Where none is free, HTTP 503 is answered in its place, and ClientDisconnect ends the app.
    """
    connection: LimitedProtocol | None = scope.get("state", {}).get(_CONNECTION)

    async def send_within_limits(message: Message) -> None:
        # The start of an answer alone has headers.
        is_stream = _EVENTS in dict(message.get("headers", ())).get(b"content-type", b"")
        if connection and is_stream and not connection.begin_stream():
            await send({**message, "status": 503, "headers": _NO_PLACE_HEADERS})
            await send({"type": "http.response.body", "body": _NO_PLACE})
            raise ClientDisconnect
        await send(message)

    return send_within_limits


def lingering(scope: Scope) -> bool:
    """Give a request that waits for something to happen a place among the streams; False where none is free.

    Call it behind `admit`; it is cancelled once its client is gone. Some callers that wait would keep
    everybody else out, whoever they wait for, too.
    """
    connection: LimitedProtocol | None = scope.get("state", {}).get(_CONNECTION)
    return connection is None or connection.begin_stream(is_waiting=True)


def _make_room(others: Collection[LimitedProtocol], most: int) -> bool:
    """Tell whether one more may join, for whom the slowest goes where there are as many as may be."""
    if len(others) < most:
        return True
    slowest = _slowest(others)
    if slowest:
        slowest.drop()
    return slowest is not None


def _limited(connections: Iterable[object]) -> Iterable[LimitedProtocol]:
    return (other for other in connections if isinstance(other, LimitedProtocol))


def _slowest(connections: Iterable[object]) -> LimitedProtocol | None:
    """Return the connection whose client is the furthest behind; None where the server waits for none."""
    awaited = (other for other in _limited(connections) if other.pace)
    return min(awaited, key=lambda other: other.since, default=None)


async def body_of(request: Request, most_bytes: int) -> bytes | None:
    """Return the body of a request; None for a longer one.

    Raises ClientDisconnect for a client that goes before the end, which `runner` takes for the end of it.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most_bytes:
            return None
    return bytes(body)


def replaying(body: bytes, receive: Receive) -> Receive:
    """Give an app a body that was read already, and then what comes after it."""
    whole: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> Message:
        return whole.pop() if whole else await receive()

    return receive_again
