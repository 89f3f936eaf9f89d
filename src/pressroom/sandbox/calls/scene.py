"""The state that every call of one sandbox shares."""

import asyncio
import random
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from pressroom.graph.limits import MediaUse
from pressroom.sandbox.clock import SandboxClock
from pressroom.sandbox.faults import Faults
from pressroom.sandbox.settings import SandboxSettings
from pressroom.sandbox.state import things
from pressroom.sandbox.state.world import World
from pressroom.sandbox.wire.hosts import HostNames
from pressroom.sandbox.wire.log import Allowances, CallLog

What = things.LateCall | things.LatePost | things.LateStoryEnd | things.LateMetrics | things.LateUpload
Happen = Callable[["Scene", What, float], Coroutine[Any, Any, None] | None]


class Fetching(Protocol):
    """Gets the files that containers point at. Each adds to `notes` what it did, for the log of calls."""

    async def picture(self, url: str, use: MediaUse, notes: list[str]) -> things.StoredFile:
        """Get a picture while the caller waits. Raises fetching.PictureRefused."""
        ...

    async def cover(self, url: str, notes: list[str]) -> things.StoredFile:
        """Get the cover of a reel. Raises fetching.PictureRefused."""
        ...

    def look_after(self, container: things.Container, use: MediaUse, notes: list[str]) -> None:
        """Start to get the clip of a container in the background, unless it is running or done."""
        ...

    async def settled(self) -> None:
        """Wait until no fetch is running."""
        ...

    async def aclose(self) -> None:
        """Cancel the fetches that run."""
        ...


class Postman(Protocol):
    """Delivers events to the app's callback."""

    def tell(self, event: things.Event, *, is_test: bool = False) -> bool:
        """Queue an event if the app and the account subscribe to it, and start to deliver; tells whether."""
        ...

    def kick(self) -> None:
        """Start to deliver what is due, in the running event loop if there is one."""
        ...

    async def deliver(self) -> None:
        """Deliver everything that is due, after the round that runs already."""
        ...

    async def verify(self, callback: things.Callback) -> None:
        """Verify the callback by its challenge. Raises webhooks.NotVerified."""
        ...

    async def aclose(self) -> None:
        """Stop delivering; what is not delivered stays queued."""
        ...


@dataclass(slots=True)
class Scene:
    """The settings, the world and the clock of one sandbox, with its services.

    names: host names it answers to. happen: executes a late effect.
    served_at: the base URL, once the sandbox is on a port.
    changes: counts changes that no call made. allowances: usage of the limits per hour and second.
    """

    settings: SandboxSettings
    names: HostNames
    clock: SandboxClock
    world: World
    fetching: Fetching
    faults: Faults
    log: CallLog
    home: Callable[[], Path]
    postman: Postman
    randomness: random.Random
    happen: Happen
    served_at: str | None = None
    changes: int = 0
    allowances: Allowances = field(default_factory=Allowances)
    _running: set["asyncio.Task[Any]"] = field(default_factory=set["asyncio.Task[Any]"])

    @property
    def metrics(self) -> things.Metrics:
        """The metrics on offer: as an order left them, else as the settings say."""
        held = self.settings
        return self.world.metrics or things.Metrics(
            gone=list(held.metrics_gone), refused=list(held.metrics_refused), viewers=held.viewers
        )

    def later(self, at: float, what: What) -> None:
        """Schedule an effect for a moment of the sandbox's clock; it survives a restart."""
        self.world.add_late(things.Late(at=at, what=what))

    def settle(self) -> float:
        """Execute every late effect that is due, and give the time in unix seconds."""
        # No timer waits for them: every call, every read and a served sandbox's rounds come through here.
        now = self.clock.unix()
        while self.world.late:
            # Looked at under the lock: another thread may execute it, or reset the world, in between.
            with self.world.lock:
                if not self.world.late or self.world.late[0].at > now:
                    break
                due = self.world.late.pop(0)
                rest = self.happen(self, due.what, due.at)
            self.changes += 1
            if rest is None:
                continue
            # The rest of an effect, which fetches something, runs as a task beside the calls.
            try:
                loop = asyncio.get_running_loop()
            except RuntimeError:  # called from a program without a loop, which can wait for it
                asyncio.run(rest)
                continue
            task = loop.create_task(rest)
            # The event loop itself holds tasks by weak references only.
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        if self.world.outbox:
            self.postman.kick()
        return now

    async def aclose(self) -> None:
        """Cancel the tasks that run; effects that are not due yet stay scheduled."""
        # A task of another loop cannot be awaited here; it ended with its loop.
        running = [task for task in self._running if task.get_loop() is asyncio.get_running_loop()]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await self.fetching.aclose()
        await self.postman.aclose()
