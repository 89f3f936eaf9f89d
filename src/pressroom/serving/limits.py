"""Limits of what strangers take of a server that shares its process with publishing: uvicorn sets none."""

import asyncio
import logging
from dataclasses import dataclass

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from pressroom.serving.runner import ProtocolFactory

# uvicorn's own, without a line for each malformed request that somebody cares to send.
_log = logging.getLogger("uvicorn.error.limited")
_log.setLevel(logging.ERROR)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a server takes on.

    connections: at once; another one takes the place of who keeps us waiting for the longest.
    header_bytes: of one request, its first line included. request_s: for all of these to arrive, from
    connecting or the last answer on. stall_s: for a client that reads nothing of its answer.
    """

    connections: int = 64
    header_bytes: int = 16_384
    request_s: float = 20.0
    stall_s: float = 60.0


LIMITS = Limits()


class LimitedProtocol(H11Protocol):
    """A connection within limits; `limited` makes it.

    awaited: whoever keeps its server waiting, longest first.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        state: ServerState,
        limits: Limits,
        awaited: dict["LimitedProtocol", None],
    ) -> None:
        super().__init__(config, state, {})
        self.conn = h11.Connection(h11.SERVER, limits.header_bytes)
        self.limits = limits
        self.awaited = awaited
        self.logger = _log
        self.access_log = False  # its lines hold whole addresses, with which anybody can fetch
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Let a newcomer in. It speaks at once, so it comes before those that are silent."""
        super().connection_made(transport)
        self._await(self.limits.request_s)
        if len(self.connections) > self.limits.connections:
            next(iter(self.awaited)).drop()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nobody who is gone."""
        self._await_nothing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take in pieces, since h11 holds a header against its limit only between them."""
        was_answering = self._is_answering
        for start in range(0, len(data), self.limits.header_bytes):
            if not self.transport.is_closing():
                super().data_received(data[start : start + self.limits.header_bytes])
        if self._is_answering and not was_answering:
            self._await_nothing()

    def on_response_complete(self) -> None:
        """Wait for the next request; a body of the last one is none."""
        super().on_response_complete()
        if not self._is_answering:
            self._await(self.limits.request_s)

    def pause_writing(self) -> None:
        """Wait for a client that does not read as fast as we write."""
        super().pause_writing()
        if self._is_answering:
            self._await(self.limits.stall_s)

    def resume_writing(self) -> None:
        """Go on with an answer that is being read."""
        super().resume_writing()
        if self._is_answering:
            self._await_nothing()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002  # h11's, of no use to a stranger
        """Answer what is no request, unless one was taken on that an answer is due to, and hang up."""
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
        """Hang up at once."""
        self._await_nothing()
        self.connections.discard(self)  # counted no longer, though told so only in the loop's next turn
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
    """Make what speaks with the connections of one server."""
    awaited = dict[LimitedProtocol, None]()
    return lambda config, state: LimitedProtocol(config, state, limits, awaited)
