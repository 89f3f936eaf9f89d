"""What the sandbox costs beside a bare Starlette route: in-process, over loopback, paging, and its start.

Budgets: 5,000 in-process calls a second on one core, 3,000 over loopback, a first answer within 250 ms of the
process start, and pages that cost the same in an account of 100,000 media as in one of 1,000.
"""

import asyncio
import contextlib
import resource
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import urlencode

import aiohttp
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from pressroom.sandbox.server import serving
from pressroom.sandbox.settings import SandboxSettings
from pressroom.sandbox.simulator import Sandbox
from pressroom.sandbox.wire.paging import encode_cursor
from pressroom.serving.runner import running
from pressroom.serving.sockets import address_of, listen

Message = MutableMapping[str, Any]
App = Callable[
    [Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]
]
CALLS = 5_000
FIELDS = "id,caption,media_type,media_product_type,timestamp,permalink"
METRICS = "views,reach,likes,saved,shares"
START = """
import asyncio, sys
from pressroom.sandbox.server import serving
from pressroom.sandbox.simulator import Sandbox
async def main():
    sandbox = Sandbox()
    async with serving(sandbox) as served:
        port = int(served.base_url.rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        line = f"GET /me?access_token={sandbox.token} HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n"
        writer.write(line.encode())
        assert b" 200 " in await reader.readline()
        print("answered", flush=True)
        writer.close()
asyncio.run(main())
"""


def cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


async def call(app: App, method: str, path: str, params: dict[str, str]) -> None:
    query, body = (urlencode(params), b"") if method == "GET" else ("", urlencode(params).encode())
    scope: Message = {
        "type": "http",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(b"host", b"127.0.0.1"), (b"content-type", b"application/x-www-form-urlencoded")],
    }

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        assert message.get("status", 200) == 200

    await app(scope, receive, send)


async def bare(request: Request) -> JSONResponse:
    assert request.query_params["fields"]
    return JSONResponse({"id": "1", "username": "x"})


async def rate(app: App, method: str, path: str, params: dict[str, str], calls: int = CALLS) -> float:
    """Give calls for each second of CPU."""
    await call(app, method, path, params)
    before = cpu_s()
    for _ in range(calls):
        await call(app, method, path, params)
    return calls / (cpu_s() - before)


async def in_process() -> None:
    sandbox = Sandbox(SandboxSettings(fetch="trust", media=1_000))
    token = {"access_token": sandbox.token}
    media = sandbox.media[0].id
    peer = await rate(Starlette(routes=[Route("/me", bare)]), "GET", "/me", {**token, "fields": "id"})
    print(f"{'bare Starlette route':<34}{peer:>10,.0f} calls/CPU s")
    asked: dict[str, tuple[str, str, dict[str, str]]] = {
        "account": ("GET", "/v26.0/me", {"fields": "id,username"}),
        "media": ("GET", f"/v26.0/{media}", {"fields": FIELDS}),
        "comment": ("POST", f"/v26.0/{media}/comments", {"message": "hello"}),
        "insights of five metrics": (
            "GET",
            f"/v26.0/{media}/insights",
            {"metric": "views,reach,likes,saved,shares"},
        ),
        "page of 25 media": ("GET", "/v26.0/me/media", {"fields": FIELDS}),
    }
    for name, (method, path, params) in asked.items():
        found = await rate(sandbox.app, method, path, {**token, **params})
        budget = "   (budget: 5,000)" if name == "account" else ""
        print(f"{name:<34}{found:>10,.0f} calls/CPU s   {found / peer:>5.2f} x bare{budget}")


async def paging() -> None:
    costs: list[float] = []
    for count in (1_000, 100_000):
        sandbox = Sandbox(SandboxSettings(fetch="trust", media=count, listed_media_max=count))
        keys = sandbox.scene.world.feeds[sandbox.user_id].keys
        params = {"access_token": sandbox.token, "fields": FIELDS, "after": encode_cursor(keys[count // 2])}
        costs.append(1e6 / await rate(sandbox.app, "GET", "/me/media", params, calls=500))
        print(f"page in the middle of {count:>9,} media {costs[-1]:>7.0f} us")
    print(f"{'100,000 against 1,000':<34}{costs[1] / costs[0]:>10.2f} x   (budget: 1.2)")


@contextlib.asynccontextmanager
async def serving_bare() -> AsyncGenerator[str]:
    """Serve a bare Starlette route the way the sandbox is served."""
    app = Starlette(routes=[Route("/me", bare)])
    listener = listen()
    base_url = address_of(listener)
    async with running(app, listener, lambda config, state: HttpToolsProtocol(config, state, {})):
        yield base_url


async def calls_a_second(base: str, path: str, headers: dict[str, str]) -> float:
    """Give calls a second over loopback, the client's share included."""
    async with aiohttp.ClientSession(base, headers=headers) as session:
        begin = time.perf_counter()
        for _ in range(CALLS):
            async with session.get(path) as reply:
                assert reply.status == 200
                await reply.read()
        return CALLS / (time.perf_counter() - begin)


async def over_loopback() -> None:
    """Client and server share one process and so one core: what is told is less than the server can do."""
    sandbox = Sandbox(SandboxSettings(fetch="trust", media=100))
    headers = {"authorization": f"Bearer {sandbox.token}"}
    async with serving_bare() as base:
        peer = await calls_a_second(base, "/me?fields=id", headers)
    async with serving(sandbox) as served:
        found = await calls_a_second(served.base_url, "/v26.0/me?fields=id,username", headers)
    print(f"{'bare Starlette route, loopback':<34}{peer:>10,.0f} calls/s")
    print(f"{'over loopback, client included':<34}{found:>10,.0f} calls/s    {found / peer:>8.2f} x bare")
    await loaded(sandbox)


# A client in a process of its own, as light as can be: the server's side is what is measured.
LOAD = """
import socket, sys, time
port, token, calls = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
line = f"GET /v26.0/me?fields=id,username&access_token={token} HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n".encode()
connection = socket.create_connection(("127.0.0.1", port))
connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
begin = time.perf_counter()
for _ in range(calls):
    connection.sendall(line)
    answer = connection.recv(65536)
    while not answer.endswith(b"}"):
        answer += connection.recv(65536)
    assert b" 200 " in answer[:16]
print(calls / (time.perf_counter() - begin))
"""


async def loaded(sandbox: Sandbox) -> None:
    """Serve a client of another process."""
    async with serving(sandbox) as served:
        port = served.base_url.rpartition(":")[2]
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", LOAD, port, sandbox.token, str(CALLS), stdout=subprocess.PIPE
        )
        out, _ = await process.communicate()
    print(f"{'over loopback, client apart':<34}{float(out):>10,.0f} calls/s    (budget: 3,000)")


def start() -> None:
    times: list[float] = []
    for _ in range(5):
        begin = time.perf_counter()
        subprocess.run([sys.executable, "-c", START], check=True, stdout=subprocess.DEVNULL)
        times.append(time.perf_counter() - begin)
    print(f"{'process start to the first answer':<34}{min(times) * 1000:>10.0f} ms         (budget: 250)")


def main() -> None:
    asyncio.run(in_process())
    asyncio.run(paging())
    asyncio.run(over_loopback())
    start()


if __name__ == "__main__":
    main()
