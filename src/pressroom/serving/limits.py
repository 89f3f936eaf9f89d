"""Limits on what clients may take of a server that shares its process with publishing; uvicorn has none.

Without them, 200 MB of header took 250 MB of memory, and 509 half-open connections as many file descriptors.
"""

import asyncio
import logging
from dataclasses import dataclass

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from pressroom.serving.runner import ProtocolFactory

# uvicorn logs a warning for each malformed request: anybody could fill the log.
_log = logging.getLogger("uvicorn.error.limited")
_log.setLevel(logging.ERROR)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a server accepts.

    connections: at once; one more replaces the connection that has kept the server waiting for the longest.
    header_bytes: of one request, its first line included. request_s: for all of these to arrive, from the
    connection or the last answer on. stall_s: how long a client may read nothing of its answer.
    """

    connections: int = 64
    header_bytes: int = 16_384
    request_s: float = 20.0
    stall_s: float = 60.0


LIMITS = Limits()


class LimitedProtocol(H11Protocol):
    """A connection within limits; `limited` makes it.

    awaited: the connections that keep the server waiting, the longest first.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        state: ServerState,
        limits: Limits,
        awaited: dict["LimitedProtocol", None],
    ) -> None:
        super().__init__(config, state, {})
        # h11 bounds a header; uvicorn's other parser, httptools, takes one of any length.
        self.conn: h11.Connection = h11.Connection(h11.SERVER, limits.header_bytes)
        self.limits = limits
        self.awaited = awaited
        self.logger: logging.Logger = _log
        self.access_log = False  # its lines hold signed addresses, with which anybody can fetch
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Accept a connection; above the limit, drop the one that has kept us waiting for the longest."""
        super().connection_made(transport)
        self._await(self.limits.request_s)
        if len(self.connections) > self.limits.connections:
            next(iter(self.awaited)).drop()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the timer."""
        self._await_nothing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Pass data on in pieces, since h11 checks the length of a header only between calls."""
        was_answering = self._is_answering
        for start in range(0, len(data), self.limits.header_bytes):
            if not self.transport.is_closing():
                super().data_received(data[start : start + self.limits.header_bytes])
        if self._is_answering and not was_answering:
            self._await_nothing()

    def on_response_complete(self) -> None:
        """Start the timer for the next request; the rest of the last one's body does not stop it."""
        super().on_response_complete()
        if not self._is_answering:
            self._await(self.limits.request_s)

    def pause_writing(self) -> None:
        """Start the timer for a client that does not read its answer."""
        super().pause_writing()
        if self._is_answering:
            self._await(self.limits.stall_s)

    def resume_writing(self) -> None:
        """Stop the timer: the client reads."""
        super().resume_writing()
        if self._is_answering:
            self._await_nothing()

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
        self._await_nothing()
        self.connections.discard(self)  # at once: connection_lost comes only in the loop's next turn
        self.transport.abort()

    @property
    def _is_answering(self) -> bool:
        cycle = self.cycle
        return bool(cycle) and not cycle.response_complete

    def _await(self, longest_s: float) -> None:
        self._await_nothing()
        self.awaited[self] = None
        self._deadline = self.loop.call_later(longest_s, self.drop)

    def _await_nothing(self) -> None:
        self.awaited.pop(self, None)
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


def limited(limits: Limits = LIMITS) -> ProtocolFactory:
    """Make the protocol of one server, whose connections share the limit."""
    awaited = dict[LimitedProtocol, None]()
    return lambda config, state: LimitedProtocol(config, state, limits, awaited)
