"""What the kernel tells of the TCP connections of a loop: what is on its way to it, and what may be."""

import selectors
import socket
import struct
import sys
from collections.abc import Iterable
from dataclasses import dataclass

Address = tuple[str, int]
Names = tuple[Address | None, Address | None]

# Of Linux' `struct tcp_info`: bytes received, bytes not sent yet, bytes sent, bytes sent again.
_TCP_INFO = struct.Struct("=128xQ8xI52xQQ")
# Other kernels count, too, but each in its own way.
_COUNTS_BYTES = sys.platform == "linux"


@dataclass(frozen=True, slots=True)
class End:
    """One end of a TCP connection. there: None while it is not connected, and of a socket that listens.

    written: bytes, whether they have left or not. received: bytes, whether they were read or not.
    """

    here: Address
    there: Address | None
    written: int
    received: int

    @property
    def ports(self) -> set[int]:
        """Both of them, of which a server has one."""
        return {address[1] for address in (self.here, self.there) if address is not None}


class Connections:
    """The ends that one loop has watched. An end is named by its own address and that of the other end."""

    def __init__(self) -> None:
        # How much each end had written when something last came.
        self._written_when_heard: dict[Names, int] = {}
        self._served_ports: set[int] = set()
        # Those whose other end is elsewhere; to ask the kernel at each event of the rest takes time.
        self._calling: set[int] = set()

    def learn(self, key: selectors.SelectorKey) -> None:
        """Know what the loop watches from now on."""
        end = _end_at(key.fd)
        if end is None or not key.events & selectors.EVENT_READ:
            return
        if end.there is None:
            self._served_ports |= end.ports
        elif not end.ports & self._served_ports:
            self._calling.add(key.fd)
            if not end.written:  # a new one, which may have the addresses of one before it
                self._written_when_heard.pop((end.here, end.there), None)

    def forget(self, fd: int) -> None:
        """Know what the loop watches no more."""
        self._calling.discard(fd)

    def hear(self, fd: int) -> None:
        """Know that something came."""
        if fd in self._calling and (end := _end_at(fd)) is not None:
            self._written_when_heard[end.here, end.there] = end.written

    def are_awaited(self, keys: Iterable[selectors.SelectorKey]) -> bool:
        """Tell whether something is sure to come.

        It is while a connection is being opened; while bytes are between two ends of this loop; and after an
        end that this loop opened has written to a server elsewhere, until something comes back.
        """
        watched = [(key, end) for key in keys if (end := _end_at(key.fd)) is not None]
        others: dict[Names, End] = {(end.there, end.here): end for _, end in watched}
        return any(
            self._is_to_hear(end, others.get((end.here, end.there)))
            if key.events & selectors.EVENT_READ
            else end.there is None
            for key, end in watched
        )

    def _is_to_hear(self, end: End, other: End | None) -> bool:
        if end.there is None or other is not None:
            return other is not None and other.written > end.received
        # Of a connection to a port of this loop whose other end is not read, time decides.
        is_elsewhere = not end.ports & self._served_ports
        return is_elsewhere and end.written > self._written_when_heard.get((end.here, end.there), 0)

    def may_speak(self, keys: Iterable[selectors.SelectorKey]) -> bool:
        """Tell whether something may come of which nobody here knows: the other end is elsewhere, or gone."""
        ends = [_end_at(key.fd) for key in keys]
        others = {(end.there, end.here) for end in ends if end is not None and _COUNTS_BYTES}
        return any(
            end is None or (end.there is not None and (end.here, end.there) not in others) for end in ends
        )


def _end_at(fd: int) -> End | None:
    """Give what a descriptor is; None for what is no socket of TCP."""
    try:
        lent = socket.socket(fileno=fd)
    except OSError:
        return None
    try:
        is_tcp = lent.type == socket.SOCK_STREAM and lent.family in {socket.AF_INET, socket.AF_INET6}
        return _end_of(lent) if is_tcp else None
    finally:
        lent.detach()


def _end_of(lent: socket.socket) -> End:
    here: Address = lent.getsockname()[:2]
    try:
        there: Address = lent.getpeername()[:2]
    except OSError:
        return End(here, None, written=0, received=0)
    if not _COUNTS_BYTES:
        return End(here, there, written=0, received=0)
    info = lent.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO.size)
    received, waiting, sent, again = _TCP_INFO.unpack(info)
    return End(here, there, written=waiting + sent - again, received=received)
