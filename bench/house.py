"""What bench/pages.py measures: a data directory of 5,000 posts, its pages, and bare routes beside them.

    python bench/house.py HOME [DATABASE_URL]

Serves a furnished data directory until the process is ended, and prints where.
"""

import asyncio
import contextlib
import hashlib
import http.client
import io
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from email.message import Message
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from PIL import Image
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route, Router
from starlette.types import ASGIApp

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.reads import ACCOUNTS, EARLIER, POSTS, START, fill, some_posts
from bench.store import addresses
from pressroom.accounts.vault import open_vault
from pressroom.core.account import Account
from pressroom.core.actor import Actor, ActorKind
from pressroom.core.assets import Asset, PictureUse
from pressroom.core.post import Post, PostId, PostKind
from pressroom.core.secret import Secret
from pressroom.core.settings import Settings
from pressroom.media.looks import Looks
from pressroom.service import Pressroom
from pressroom.service.consent.pages import SignInLink
from pressroom.service.ground.pictures import Pictures, pictured_by
from pressroom.serving.events import EVENT_HEADERS, EVENTS, HEARTBEAT_S
from pressroom.serving.limits import Limits, admit
from pressroom.serving.sockets import listen
from pressroom.store.store import open_store
from pressroom.web.app import serving
from tests.fakes.clock import START as CLOCK_START
from tests.fakes.ticking import TickingClock

NOW: Final = START + timedelta(days=10)
LATER: Final = START + timedelta(days=45)
BARE: Final = "/bare"
FILES, LARGE, OF_CALLER = 40, 12, 8
_BEAT_S: Final = 0.001
SECRET: Final = Secret("a-token-of-the-bench")


def planned(settings: Settings) -> Iterator[Post]:
    """Make the posts, each of a file of which we have a copy; in the end some of large photos in December."""
    files = [noise(settings, f"{number}.jpg", 640, 640) for number in range(FILES)]
    posts = some_posts(range(-EARLIER, POSTS))
    for number, post in enumerate(posts):
        assets = tuple(files[(number + place) % FILES] for place in range(len(post.assets)))
        yield replace(post, assets=assets, account=account_of(number % ACCOUNTS).key)
    for number in range(LARGE):
        photo = noise(settings, f"large-{number}.jpg", 4000, 3000)
        yield replace(
            posts[-1],
            id=large_id(number),
            kind=PostKind.PHOTO,
            account=account_of(0).key,
            assets=(photo,),
            due_at=LATER,
        )


def large_id(number: int) -> PostId:
    return PostId(f"{10**9 + number:032x}")


def noise(settings: Settings, name: str, width: int, height: int) -> Asset:
    """Draw a picture, and keep a copy of it."""
    path, seed = settings.home / name, len(list(settings.home.iterdir()))
    Image.effect_noise((width, height), 40 + seed).convert("RGB").save(path)
    copy = settings.assets / f"{hashlib.sha256(path.read_bytes()).hexdigest()}.jpg"
    settings.assets.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, copy)
    return Asset(str(path), str(copy))


def account_of(number: int) -> Account:
    return Account(token=SECRET, user_id=f"1784140000000{number:02}")


def settings_of(home: Path, database_url: str | None) -> Settings:
    return Settings(home=home, database_url=Secret(database_url) if database_url else None)


async def furnish(settings: Settings) -> None:
    """Fill a data directory: accounts, posts, and the small pictures of all but the large ones."""
    with open_store(settings.store) as store:
        vault, posts = open_vault(store, settings), [*planned(settings)]
        for number in range(ACCOUNTS):
            vault.keep(
                f"shop-{number}",
                account_of(number),
                obtained_at=NOW,
                expires_at=NOW + timedelta(days=50),
                timezone="Europe/Berlin",
                is_default=number == 0,
            )
        fill(store, posts)
    pictures = Pictures(settings, Looks())
    for post in posts[:FILES]:
        pictured = pictured_by(post)
        assert pictured
        await pictures.make(pictured)


class Bare:
    """A route that does nothing but answer what it was given, and what the process knows of itself."""

    def __init__(self, link: Callable[[], Awaitable[SignInLink]]) -> None:
        self._link = link
        self._page = b""
        self._longest_s = 0.0
        self._beating: asyncio.Task[None] | None = None

    async def _beat(self) -> None:
        """Note the longest time for which the loop stood still. Takes some percent of a core itself."""
        while True:
            began, waited_s = time.perf_counter(), _waited_s()
            await asyncio.sleep(_BEAT_S)
            stood_s = time.perf_counter() - began - _BEAT_S - (_waited_s() - waited_s)
            self._longest_s = max(self._longest_s, stood_s)

    @property
    def app(self) -> ASGIApp:
        """The routes, all below `BARE`."""
        routes = [
            Route(BARE, self.page),
            Route(BARE, self.keep, methods=["PUT"]),
            Route(f"{BARE}/state", self.state),
            Route(f"{BARE}/link", self.link),
            Route(f"{BARE}/live", self.live),
            Route(f"{BARE}/picture", self.picture),
        ]
        return Router(routes, redirect_slashes=False)

    async def page(self, _request: Request) -> Response:
        """Answer what was kept."""
        return HTMLResponse(self._page)

    async def keep(self, request: Request) -> Response:
        """Keep what `page` answers."""
        self._page = await request.body()
        return Response()

    async def state(self, request: Request) -> Response:
        """Tell the CPU that the process took and, once it is asked for, the longest halt since last time."""
        if "halts" in request.query_params:
            self._beating = self._beating or asyncio.create_task(self._beat())
        longest_s, self._longest_s = self._longest_s, 0.0
        return JSONResponse({"cpu_s": time.process_time(), "stall_ms": longest_s * 1000})

    async def link(self, _request: Request) -> Response:
        """Make a link that signs in."""
        return JSONResponse((await self._link()).address)

    async def live(self, request: Request) -> Response:
        """Begin a stream of events in which nothing happens. Its caller is told by `caller`."""
        assert admit(request.scope, request.query_params.get("caller"))

        async def beats() -> AsyncGenerator[bytes]:
            yield b"event: start\ndata: {}\n\n"
            while True:
                await asyncio.sleep(HEARTBEAT_S)
                yield b":\n\n"

        return StreamingResponse(beats(), 200, EVENT_HEADERS, EVENTS)

    async def picture(self, request: Request) -> Response:
        """Make the three small pictures as plain Pillow does, in a thread."""
        path = request.query_params["path"]
        return Response(await asyncio.to_thread(by_pillow, path), media_type="image/jpeg")


def _waited_s() -> float:
    """Return for how long this thread could have run, while others had the processors."""
    return int(Path("/proc/thread-self/schedstat").read_text().split()[1]) / 1e9


def by_pillow(path: str) -> bytes:
    buffer = io.BytesIO()
    for use in PictureUse:
        with Image.open(path) as image:
            image.thumbnail((use.most_px, use.most_px))
            image.convert("RGB").save(buffer := io.BytesIO(), "JPEG")
    return buffer.getvalue()


async def serve(settings: Settings) -> None:
    """Serve until the process is ended; print where."""
    clock = TickingClock()
    clock.advance((NOW - CLOCK_START).total_seconds())
    person = Actor(ActorKind.PERSON, "bench")
    session = Pressroom(settings=settings, actor=person, clock=clock, account_name="shop-0")
    async with session as owner:
        limits = replace(Limits(), streams_of_caller=OF_CALLER)
        keyed = {BARE: GZipMiddleware(Bare(owner.pages.link).app, 1000, 4)}
        async with serving(owner, listen(), clock=clock, keyed=keyed, limits=limits) as base:
            print(json.dumps(base), flush=True)
            await asyncio.get_running_loop().create_future()


@dataclass(frozen=True, slots=True)
class Answer:
    """body: as it came over the wire."""

    status: int
    headers: Message
    body: bytes


@dataclass(frozen=True, slots=True)
class Server:
    """Pages that are served in a process of their own."""

    pid: int
    base: str
    settings: Settings

    @property
    def database(self) -> tuple[str, ...]:
        """Its address as an argument; none for a file."""
        url = self.settings.database_url
        return (url.reveal(),) if url else ()

    def ask(
        self, path: str, headers: Mapping[str, str] | None = None, *, method: str = "GET", body: bytes = b""
    ) -> Answer:
        """Ask on a connection of its own."""
        connection = http.client.HTTPConnection(urlsplit(self.base).netloc, timeout=60)
        with contextlib.closing(connection):
            connection.request(method, path, body or None, dict(headers or {}))
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())

    def state(self, *, halts: bool = False) -> Mapping[str, float]:
        """Return `cpu_s` that the server took; where `halts` are asked for, also `stall_ms` since then."""
        return json.loads(self.ask(f"{BARE}/state{'?halts' if halts else ''}").body)

    def sign_in(self) -> Mapping[str, str]:
        """Sign in anew, and return the headers of whoever is."""
        link = str(json.loads(self.ask(f"{BARE}/link").body))
        answer = self.ask(link.removeprefix(self.base))
        return {"Cookie": answer.headers["set-cookie"].partition(";")[0], "Accept-Encoding": "gzip"}

    def cpu_ms(self, path: str, headers: Mapping[str, str]) -> float:
        """Return the milliseconds of CPU that an answer takes."""
        before = self.state()["cpu_s"]
        assert self.ask(path, headers).status == 200, path
        return (self.state()["cpu_s"] - before) * 1000


@contextmanager
def served(kind: str) -> Generator[Server]:
    """Serve the pages of a new store, of SQLite or of PostgreSQL."""
    with tempfile.TemporaryDirectory(prefix="pressroom-bench-") as directory, addresses(kind) as address:
        home = Path(directory) / "home"
        home.mkdir()
        arguments = [str(home), *([] if kind == "sqlite" else [address()])]
        settings = settings_of(home, *arguments[1:] or [None])
        asyncio.run(furnish(settings))
        command = [sys.executable, __file__, *arguments]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            assert process.stdout
            yield Server(process.pid, json.loads(process.stdout.readline()), settings)
        finally:
            process.terminate()
            process.wait()


if __name__ == "__main__":
    asyncio.run(serve(settings_of(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else None)))
