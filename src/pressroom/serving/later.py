"""Opens an app when it is first asked for, so that nobody who does not ask waits until it is loaded."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Self

from starlette.types import ASGIApp, Receive, Scope, Send


class Later:
    """An app that is opened by its first request, once, and closed at the end of the block.

    opens: gives the app while its block runs. It is entered and left by one task of its own, since what it
    holds may belong to the task that opened it, and the client of the first request may go at any moment.
    Where opening fails, that request fails by the same error, and the next one tries anew.
    """

    def __init__(self, opens: Callable[[], AbstractAsyncContextManager[ASGIApp]]) -> None:
        self._opens = opens
        self._is_over = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None
        self._app = asyncio.Future[ASGIApp]()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        self._is_over.set()
        if self._keeper is not None:
            await asyncio.gather(self._keeper, return_exceptions=True)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if self._keeper is None or self._keeper.done():
            self._app = asyncio.get_running_loop().create_future()
            self._keeper = asyncio.create_task(self._keep(self._app))
        app = await asyncio.shield(self._app)
        await app(scope, receive, send)

    async def _keep(self, opened: asyncio.Future[ASGIApp]) -> None:
        try:
            async with self._opens() as app:
                opened.set_result(app)
                await self._is_over.wait()
        except Exception as error:
            if opened.done():
                raise
            opened.set_exception(error)
