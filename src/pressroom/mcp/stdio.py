"""Serves a client that started this process, over stdin and stdout."""

import asyncio
import contextlib
import os
from collections.abc import AsyncGenerator, Callable
from threading import Thread
from typing import TYPE_CHECKING, Any, Final, cast

from mcp.server.stdio import stdio_server

from pressroom.mcp.context import ToolContext
from pressroom.mcp.server import build

if TYPE_CHECKING:
    import anyio

_CHUNK: Final = 1 << 16


async def serve(context: ToolContext) -> None:
    """Serve until the client closes stdin; a call that is under way then is not waited for."""
    server, stdin = build(lambda _request: context, context.folders), cast("anyio.AsyncFile[str]", _Lines())
    async with stdio_server(stdin) as (incoming, outgoing):
        await server.run(incoming, outgoing, server.create_initialization_options())


class _Lines:
    """The lines of stdin, read by a thread that no signal has to wait for.

    The SDK's own reader cannot be cancelled while it reads: Ctrl-C would wait for the client's next line.
    """

    def __init__(self) -> None:
        self._lines: asyncio.Queue[bytes | None] = asyncio.Queue()
        loop = asyncio.get_running_loop()
        self._tell: Callable[[bytes | None], Any] = lambda line: loop.call_soon_threadsafe(
            self._lines.put_nowait, line
        )
        # Take stdin, so that no program that is started here reads what the client says.
        taken = os.dup(0)
        with open(os.devnull, "rb") as nothing:  # noqa: PTH123  # a device
            os.dup2(nothing.fileno(), 0)
        Thread(target=self._read, args=(taken,), daemon=True).start()

    async def __aiter__(self) -> AsyncGenerator[str]:
        while (line := await self._lines.get()) is not None:
            yield line.decode(errors="replace")

    def _read(self, stdin: int) -> None:
        # By the descriptor: a buffered file that a thread still reads would abort Python at its end.
        with contextlib.suppress(RuntimeError):  # the loop has ended
            rest = b""
            while chunk := os.read(stdin, _CHUNK):
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    self._tell(line)
            if rest:
                self._tell(rest)
            self._tell(None)
