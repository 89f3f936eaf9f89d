"""What a request to the API costs the server, beside a bare route of it that returns the same bytes.

    python bench/api.py [--requests 3000] [--upload-mb 1000] [--stores sqlite postgresql]

CPU is that of the server's process, from the request line to the answer, the check of the key included. The
two are asked in turns, and the median of their ratios counts: machines differ, each from itself, too. The
budgets were set where the bare route takes `BARE_MS`. Memory is what an upload takes at its height above the
idle server. Linux only: it reads /proc. Ends with status 1 when a budget is missed.
"""

import argparse
import asyncio
import hashlib
import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final
from urllib.parse import urlsplit

import store as store_bench
from idle import cpu_s, memory_mb
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.reads import EARLIER, POSTS, START, fill, some_posts
from pressroom.api.app import api_app
from pressroom.api.operation import BASE
from pressroom.core.actor import Actor, ActorKind
from pressroom.core.secret import Secret
from pressroom.core.settings import Mask, Settings
from pressroom.service import Pressroom
from pressroom.service.programs.programs import Programs
from pressroom.serving.limits import Limits, limited
from pressroom.serving.runner import running
from pressroom.serving.sockets import address_of, listen
from pressroom.store.store import open_store

# Each read of a server is a round trip, and another one for whether its connection still lives.
MOST_MS: Final = {
    "sqlite": {"one post": 0.9, "a page of 50": 1.7},
    "postgresql": {"one post": 1.5, "a page of 50": 1.7},
}
# What the bare route took where the budgets were set, for as many bytes: the middle of 187 to 226 us, and of
# 143 to 170.
BARE_MS: Final = {"one post": 0.2065, "a page of 50": 0.1565}
_ROUNDS: Final = 9
MOST_UPLOAD_MB: Final = 60.0
BARE: Final = "/bare"
_PIECE: Final = 65_536


def settings_of(address: str) -> Settings:
    if address.startswith("postgresql"):
        return Settings(home=Path(tempfile.mkdtemp()), database_url=Secret(address))
    return Settings(home=Path(address).parent)


async def serve(address: str) -> None:
    """Serve the API of a store, and the bare routes, until the process is ended; print where and a key."""
    settings = settings_of(address)

    def opens(actor: Actor, account: str | None) -> Pressroom:
        return Pressroom(settings=settings, account_name=account, actor=actor)

    async with Pressroom(settings=settings, actor=Actor(ActorKind.PERSON, "bench")) as owner:
        new = await owner.keys.add("bench")
        app = _beside_bare(api_app(Programs(owner, opens), mask=Mask()))
        listener = listen()
        async with running(app, listener, limited(Limits.of(settings))):
            print(json.dumps([address_of(listener), new.token.reveal()]), flush=True)
            await asyncio.get_running_loop().create_future()


def _beside_bare(api: ASGIApp) -> ASGIApp:
    """Serve beside the API what it last answered, from a route that does nothing else."""
    last = b""

    async def bare(_request: Request) -> Response:
        return Response(last, media_type="application/json")

    async def keep(request: Request) -> Response:
        nonlocal last
        last = await request.body()
        return Response()

    routes = [Route(BARE, bare), Route(BARE, keep, methods=["PUT"])]
    return Router(routes, redirect_slashes=False, default=api)


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs in a process of its own."""

    pid: int
    host: str
    token: str

    def connection(self) -> http.client.HTTPConnection:
        """Return a new connection, which stays open."""
        return http.client.HTTPConnection(self.host)

    def us_of(self, path: str, requests: int) -> float:
        """Return the microseconds of CPU that a request takes."""
        connection, headers = self.connection(), {"Authorization": f"Bearer {self.token}"}

        def ask() -> None:
            connection.request("GET", path, headers=headers)
            response = connection.getresponse()
            response.read()
            assert response.status == 200, (path, response.status)

        for _ in range(100):
            ask()
        before = cpu_s(self.pid)
        for _ in range(requests):
            ask()
        connection.close()
        return (cpu_s(self.pid) - before) / requests * 1e6

    def answer(self, path: str) -> bytes:
        """Return an answer of the API, and have the bare route return the same."""
        connection = self.connection()
        connection.request("GET", path, headers={"Authorization": f"Bearer {self.token}"})
        content = connection.getresponse().read()
        connection.request("PUT", BARE, body=content)
        connection.getresponse().read()
        return content


@contextmanager
def served(address: str) -> Generator[Server]:
    command = [sys.executable, __file__, "--serve", address]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    try:
        url, token = json.loads(process.stdout.readline())
        yield Server(process.pid, str(urlsplit(str(url)).netloc), token)
    finally:
        process.terminate()
        process.wait()


def measure(kind: str, requests: int) -> list[str]:
    """Print a line a figure and give the budgets that were missed."""
    missed = list[str]()
    with store_bench.addresses(kind) as new:
        address = new()
        with open_store(address) as store:
            fill(store, some_posts(range(-EARLIER, POSTS)))
        with served(address) as server:
            paths = {
                "one post": f"{BASE}/posts/{EARLIER + 3:032x}",
                "a page of 50": f"{BASE}/posts?limit=50&due_from={START:%Y-%m-%dT%H:%M:%SZ}",
            }
            for name, path in paths.items():
                size = len(server.answer(path))
                rounds = [
                    (server.us_of(path, requests // _ROUNDS), server.us_of(BARE, requests // _ROUNDS))
                    for _ in range(_ROUNDS)
                ]
                times, most = (
                    median(ours / bare for ours, bare in rounds),
                    MOST_MS[kind][name] / BARE_MS[name],
                )
                ours, bare = (median(taken) / 1000 for taken in zip(*rounds, strict=True))
                missed += [name] if times > most else []
                print(
                    f"{kind:10}  {name:13} {times:4.1f} of {most:4.1f} times the bare route; {ours:5.2f} ms, "
                    f"{bare:5.2f} ms; {size:,} bytes{'   MISSED' if times > most else ''}"
                )
    return missed


def _pieces(megabytes: int) -> Iterator[bytes]:
    # It begins as a clip does; nothing reads the rest of it here.
    yield b"\0\0\0\x18ftypisom\0\0\0\0isommp42".ljust(_PIECE, b"\0")
    yield from (b"\0" * _PIECE for _ in range(megabytes * 1_000_000 // _PIECE - 1))


def upload(megabytes: int) -> list[str]:
    """Upload a large file, print what it takes, and give the budget if it is missed."""
    whole, size = hashlib.sha256(), 0
    for piece in _pieces(megabytes):
        whole.update(piece)
        size += len(piece)
    with store_bench.addresses("sqlite") as new:
        address = new()
        with open_store(address), served(address) as server:
            server.answer(f"{BASE}/posts?limit=1")
            idle, cpu, began = memory_mb(server.pid), cpu_s(server.pid), time.monotonic()
            connection, highest = server.connection(), idle
            address = f"{BASE}/uploads/{uuid.uuid4()}?sha256={whole.hexdigest()}&name=a.mp4"
            connection.putrequest("PUT", address)
            for name, text in {
                "Authorization": f"Bearer {server.token}",
                "Content-Type": "application/octet-stream",
                "Content-Length": str(size),
            }.items():
                connection.putheader(name, text)
            connection.endheaders()
            for number, piece in enumerate(_pieces(megabytes)):
                connection.send(piece)
                if number % 200 == 0:
                    highest = max(highest, memory_mb(server.pid))
            response = connection.getresponse()
            assert response.status == 201, (response.status, response.read())
            highest = max(highest, memory_mb(server.pid))
            seconds, cpu = time.monotonic() - began, cpu_s(server.pid) - cpu
    is_missed = highest - idle > MOST_UPLOAD_MB
    print(
        f"upload of {size / 1e6:,.0f} MB: {highest - idle:.0f} of {MOST_UPLOAD_MB:.0f} MB above idle, "
        f"{seconds:.1f} s, {cpu:.1f} s of CPU{'   MISSED' if is_missed else ''}"
    )
    return ["upload"] if is_missed else []


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    parser.add_argument("--requests", type=int, default=4500)
    parser.add_argument("--upload-mb", type=int, default=1000)
    parser.add_argument("--stores", nargs="+", default=["sqlite", "postgresql"])
    options = parser.parse_args()
    if options.serve:
        asyncio.run(serve(options.serve))
        return
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    missed = [name for kind in options.stores for name in measure(kind, options.requests)]
    missed += upload(options.upload_mb) if options.upload_mb else []
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
