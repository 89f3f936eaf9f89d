"""Crowds that read slowly, ask for nonsense or fill all places of the API, while posts go out beside it."""

import asyncio
import socket
import time
from collections.abc import AsyncGenerator, Collection, Generator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pressroom.core.assets import Asset
from pressroom.core.post import Post, PostId, PostKind, PostOptions, PostState
from pressroom.core.shortage import raise_descriptor_limit
from pressroom.core.stored_posts import PostQuery
from pressroom.store.store import open_store
from tests.attack.connections import Attacked, Hold, a_crowd, an_api
from tests.attack.shortages import Crowd, Stage, a_stage
from tests.cli.processes import control, environ, running
from tests.cli.test_worker import whole_object
from tests.patience import patience

# More than any program asks: what is behind the rate limit has to hold by itself.
_RATE: Final = {"PRESSROOM_API_RATE_PER_MINUTE": "9999"}
_KEYS: Final = 3
_LONG_POSTS: Final = 100
LATE_S: Final = 2.0
GROWTH_MB: Final = 100.0
_LOOKS_S: Final = 1.5
_SEGMENT_BYTES: Final = 536


async def connected(attacked: Attacked) -> None:
    """Connect, and say nothing."""
    reader, writer = await attacked.connect()
    try:
        await reader.read()
    finally:
        writer.close()


async def reading_nothing(attacked: Attacked) -> None:
    """Ask for a long answer, and take in none of it for a while."""
    async with _asked_by_a_slow_reader(attacked, attacked.attacker.long):
        await asyncio.sleep(_LOOKS_S)


async def reading_slowly(attacked: Attacked) -> None:
    """Ask for a long answer, and take it in byte by byte for a while."""
    gap_s = 0.25
    async with _asked_by_a_slow_reader(attacked, attacked.attacker.long) as connection:
        for _ in range(round(_LOOKS_S / gap_s)):
            await asyncio.get_running_loop().sock_recv(connection, 1)
            await asyncio.sleep(gap_s)


async def following(attacked: Attacked) -> None:
    """Follow what happens, and read nothing of it for a while."""
    async with _asked_by_a_slow_reader(attacked, attacked.attacker.stream):
        await asyncio.sleep(_LOOKS_S)


async def talking_nonsense(attacked: Attacked) -> None:
    """Send what is no JSON, again and again."""
    reader, writer = await attacked.connect()
    try:
        while not reader.at_eof():
            writer.write(attacked.attacker.nonsense)
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            await reader.readexactly(int(head.partition(b"content-length: ")[2].split()[0]))
    except asyncio.IncompleteReadError:  # it was hung up on
        pass
    finally:
        writer.close()


READERS: Final = (reading_nothing, reading_slowly, following)


@asynccontextmanager
async def _asked_by_a_slow_reader(attacked: Attacked, request: bytes) -> AsyncGenerator[socket.socket]:
    with socket.socket() as connection:
        # Else the kernel keeps megabytes, at both ends, and the server has nothing to keep.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, _SEGMENT_BYTES)
        connection.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(connection, ("127.0.0.1", attacked.port))
        await loop.sock_sendall(connection, request)
        yield connection


@dataclass
class Besieged:
    """An API that crowds come to, and the sandbox to which posts go out meanwhile."""

    stage: Stage
    attacked: Attacked

    async def hold(self, holds: Collection[Hold], for_s: float, *, size: int) -> float:
        """Let crowds of this size hold the API at once, and others ask on; return by how many MB it grew."""
        before = self.attacked.memory_mb()
        async with a_crowd(self.attacked, *holds, size=size):
            await self.attacked.assert_others_are_answered(for_s)
            return self.attacked.memory_mb() - before

    def wait_until_all_are_prepared(self) -> None:
        """Wait until the posts only have to be sent; a crowd may be late for that."""
        end = time.monotonic() + patience(30)
        while (states := self.stage.states())[PostState.SCHEDULED] + states[PostState.PREPARING]:
            assert time.monotonic() < end, states
            time.sleep(0.05)

    def lateness_s(self) -> Sequence[float]:
        """Wait until all that is planned is out, and give how late each was."""
        with open_store(self.stage.home / "pressroom.db") as store:
            posts = store.posts.list(PostQuery(limit=1000)).posts
        dues = {post.options.caption: post.due_at for post in posts if post.due_at}
        end, sent = time.monotonic() + patience(60), dict[str | None, float]()
        while not dues.keys() <= sent.keys() and time.monotonic() < end:
            time.sleep(0.2)
            containers = control(self.stage.base_url, "export")["containers"]
            published = [container for container in containers if container.get("published_at") is not None]
            sent = {container["params"]["caption"]: container["published_at"] for container in published}
            assert len(published) == len(sent), "one is out twice"
        assert dues.keys() <= sent.keys(), f"not out: {dues.keys() - sent.keys()}"
        return [sent[caption] - due.timestamp() for caption, due in dues.items()]


@contextmanager
def besieged(
    place: Path, crowd: Crowd, *, descriptors: int, is_worker_inside: bool = True
) -> Generator[Besieged]:
    """Serve an API that may hold so many descriptors, and run a worker whose posts are prepared."""
    raise_descriptor_limit()
    home, under = place / "home", ("bash", "-c", f'ulimit -n {descriptors}; exec "$@"', "bash")
    with ExitStack() as stack:
        stage = stack.enter_context(a_stage(place, crowd, home, factor=1))
        _keep_long_posts(home)
        # Quiet, since nobody reads what it logs: it would wait for that once the pipe is full.
        options = ["--worker", "--quiet"] if is_worker_inside else ["--quiet"]
        serving = an_api(home, environ(home, **_RATE), *options, attackers=_KEYS, under=under)
        attacked = stack.enter_context(serving)
        if not is_worker_inside:
            whole_object(stack.enter_context(running("worker", "--json", "--quiet", env=environ(home))))
        besieged = Besieged(stage, attacked)
        besieged.wait_until_all_are_prepared()
        yield besieged


def _keep_long_posts(home: Path) -> None:
    """Make drafts, a page of which is most of a megabyte."""
    with open_store(home / "pressroom.db") as store:
        for number in range(_LONG_POSTS):
            post = Post(
                id=PostId(f"{number:032x}"),
                kind=PostKind.PHOTO,
                account="1",
                assets=(Asset("https://example.com/a.jpg"),),
                options=PostOptions(caption="🍰" * 2200),
                state=PostState.DRAFT,
                created_at=datetime.now(UTC),
            )
            store.posts.add(post)
