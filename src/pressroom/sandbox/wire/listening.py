"""The socket that a sandbox listens on; a command asks for one before it loads a server."""

import socket
from typing import Final

LOOPBACK: Final = "127.0.0.1"


def listen(host: str, port: int) -> socket.socket:
    """Open the socket. Raises OSError when the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # else no TCP_NODELAY
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(256)
    except BaseException:
        listener.close()
        raise
    listener.setblocking(False)  # noqa: FBT003  # the standard library's own spelling
    return listener


def address_of(listener: socket.socket) -> str:
    """Give the base URL of a listening socket."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
