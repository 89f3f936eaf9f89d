"""A server on loopback that keeps what is posted to it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from aiohttp import web


@asynccontextmanager
async def an_address(status: int = 204) -> AsyncGenerator[tuple[str, list[tuple[dict[str, str], str]]]]:
    """Give its address, and the headers and texts that are posted to it."""
    posted = list[tuple[dict[str, str], str]]()

    async def take(request: web.Request) -> web.Response:
        posted.append((dict(request.headers), await request.text()))
        return web.Response(status=status, headers={"location": "/elsewhere"} if status == 302 else None)

    app = web.Application()
    app.router.add_post("/{path:.*}", take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/hook?key=s3cret", posted
    finally:
        await runner.cleanup()
