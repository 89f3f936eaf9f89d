from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pressroom.client.transport_asgi import AsgiTransport
from pressroom.core.clock import SYSTEM_CLOCK, Clock
from pressroom.helpers import opening
from pressroom.sandbox.clock import SandboxClock
from pressroom.sandbox.settings import Processing, SandboxSettings
from pressroom.sandbox.simulator import Sandbox
from pressroom.service import Pressroom
from tests.fakes.clock import FakeClock
from tests.patience import haste

PHOTO = "https://cdn.example.com/a%20cat.jpg?size=L&name=%C3%BCber#top"
VIDEO = "https://cdn.example.com/a%20clip.mp4?size=L"
FAST = 10.0
TOKEN = "IGsecretSECRETsecret0123456789"
# Every container is ready at its second reading, and no URL is fetched.
PLAIN = SandboxSettings(fetch="trust", processing=Processing.after_reads(1), token=TOKEN)


def ignore(_path: str) -> None:
    """Listen to nothing."""


@dataclass
class World:
    """on_call: told the path of each call as it arrives."""

    sandbox: Sandbox
    clock: Clock
    client: Pressroom
    on_call: Callable[[str], object] = ignore

    @property
    def calls(self) -> list[str]:
        """What was called, as `METHOD path` without the version."""
        return [f"{call.method} {call.path.removeprefix('/v21.0')}" for call in self.sandbox.calls()]

    def at_s(self, path_suffix: str, method: str) -> list[float]:
        """When a call was made, in seconds since the first of its kind."""
        times = [call.at for call in self.sandbox.calls(path_suffix, method)]
        return [round((time - times[0]).total_seconds(), 3) for time in times]

    @property
    def containers(self) -> list[str]:
        """The ids of all containers, in the order of their making."""
        return [call.answer["id"] for call in self.sandbox.calls("/media", "POST")]


def fast_clock(factor: float = FAST) -> Clock:
    """A clock for tests in which files really travel: it runs fast, and never jumps ahead of them."""
    clock = SandboxClock(SYSTEM_CLOCK)
    clock.run(haste(factor))
    return clock


@asynccontextmanager
async def opened_world(
    home: Path, settings: SandboxSettings = PLAIN, *, clock: Clock | None = None
) -> AsyncGenerator[World]:
    """The clock costs no time unless one is given."""
    clock = clock or FakeClock()
    sandbox = Sandbox(settings, clock=clock)
    env = environment(sandbox, "http://127.0.0.1:9", home)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        world.on_call(scope["path"])
        await sandbox.app(scope, receive, send)

    transport = AsgiTransport(app, clock=clock)
    async with opening.from_environment(environ=env, transport=transport, clock=clock) as client:
        world = World(sandbox, clock, client)
        yield world
    await sandbox.aclose()


def environment(sandbox: Sandbox, base_url: str, home: Path) -> dict[str, str]:
    """What `pressroom sandbox serve` says to export, with a data directory."""
    return {
        "INSTAGRAM_ACCESS_TOKEN": sandbox.token,
        "INSTAGRAM_USER_ID": sandbox.user_id,
        "INSTAGRAM_API_BASE": base_url,
        "PRESSROOM_HOME": str(home),
    }


@contextmanager
def following(clock: Clock) -> Generator[None]:
    """Let the helpers follow a clock while the block runs."""
    earlier = opening.clock.set(clock)
    try:
        yield
    finally:
        opening.clock.reset(earlier)
