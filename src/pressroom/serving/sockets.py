"""Opens listening sockets. Imports no server, since commands ask for a port before they need one."""

import errno
import socket
from typing import Final

from pressroom.core.address import LOOPBACK
from pressroom.core.errors import SettingRefused
from pressroom.core.remedies import Fix

# How many may wait to be accepted: what comes beyond is asked to try again by the kernel, a second later.
BACKLOG: Final = 100


def listen(host: str = LOOPBACK, port: int = 0) -> socket.socket:
    """Open a socket that listens. port: 0 takes a free one. Raises OSError when it cannot be opened."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # for asyncio to set TCP_NODELAY
    try:
        # Else a restart fails while connections of before are in TIME_WAIT.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            # Else `::` takes IPv4 connections, too, on systems that are set so: more than was asked for.
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except BaseException:
        listener.close()
        raise
    return listener


def address_of(listener: socket.socket) -> str:
    """Give the base URL of a listening socket, without a trailing slash."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def is_in_use(error: OSError) -> bool:
    """Tell whether a port could not be opened because another program listens on it."""
    return error.errno == errno.EADDRINUSE


def cannot_listen(error: OSError, host: str, port: int, *, rule: str, fix: Fix | str) -> SettingRefused:
    """Say why a port could not be opened. rule: the setting that names it. fix: how to name another."""
    why = (
        f"Port {port} is already in use by another program."
        if is_in_use(error)
        else f"Port {port} of {host} cannot be opened: {error.strerror}."
    )
    return SettingRefused(
        why, rule=rule, value=port, limit="a free port, and an address of this machine", fix=fix
    )
