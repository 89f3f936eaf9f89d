"""A port for a server that is told its port before it opens it."""

import secrets
import socket
from typing import Final

# From here on the kernel chooses ports, for each connection too: one of those, closed for a server to open it
# again, was taken by a test beside it.
CHOSEN_BY_KERNEL_FROM: Final = 32_768
LOWEST: Final = 20_000


def free_port() -> int:
    """Give a port of loopback on which nothing listens."""
    while True:
        # Not `random`, which begins at the same seed in each process that runs tests.
        port = LOWEST + secrets.randbelow(CHOSEN_BY_KERNEL_FROM - LOWEST)
        with socket.socket() as tried:
            try:
                tried.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
