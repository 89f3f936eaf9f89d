"""The part of a sandbox that a replay and an import need: `simulator` stands above and is not imported."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from pressroom.core.clock import Clock
from pressroom.sandbox.calls.scene import Scene
from pressroom.sandbox.clock import SandboxClock
from pressroom.sandbox.faults import Faults
from pressroom.sandbox.settings import SandboxSettings
from pressroom.sandbox.wire.answer import Receive, Scope, Send


class FreshSandbox(Protocol):
    """A sandbox that nothing was asked of yet."""

    scene: Scene
    clock: SandboxClock
    faults: Faults

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        ...

    def export_state(self) -> bytes:
        """Give everything that exists as JSON."""
        ...

    def import_state(self, raw: bytes) -> None:
        """Replace everything by an exported state."""
        ...

    async def aclose(self) -> None:
        """Stop fetching and clean up."""
        ...


class MakeSandbox(Protocol):
    """Makes a fresh sandbox."""

    def __call__(self, settings: SandboxSettings, *, clock: Clock) -> FreshSandbox:
        """Make it."""
        ...


@dataclass(slots=True)
class SteppedClock:
    """A clock whose `sleep` moves it and returns at once, so that a replay never waits."""

    start: datetime
    passed_s: float = 0.0

    def now(self) -> datetime:
        """Return the moment."""
        return self.start + timedelta(seconds=self.passed_s)

    def monotonic(self) -> float:
        """Return how many seconds passed."""
        return self.passed_s

    async def sleep(self, seconds: float) -> None:
        """Let so many seconds pass at once."""
        self.passed_s += seconds
