"""Serves the pages on a port of this machine."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncGenerator
from importlib import import_module

from pressroom.core.clock import Clock
from pressroom.service import Pressroom
from pressroom.serving.limits import limited
from pressroom.serving.runner import running
from pressroom.serving.sockets import address_of
from pressroom.web.app import web_app


@contextlib.asynccontextmanager
async def serving(pressroom: Pressroom, listener: socket.socket, *, clock: Clock) -> AsyncGenerator[str]:
    """Serve the pages on an open socket while the block runs, and yield their address.

    pressroom: a person's session; whoever signs in acts as that person. Raises AnotherPage where a process
    serves this data directory's pages already, Refused where that cannot be written down.
    """
    address = address_of(listener)
    # Loaded now, in a thread: the first click would stall what else runs here.
    await asyncio.to_thread(import_module, "pressroom.service.approvals")
    app = web_app(pressroom, clock=clock, address=address)
    async with running(app, listener, limited()):
        with pressroom.pages.told(address):
            yield address
