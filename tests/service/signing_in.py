"""A person, an app and a sandbox to sign in at, on a clock that costs no time."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pressroom.client.transport_asgi import AsgiTransport
from pressroom.core.account import App
from pressroom.core.protocols import Request
from pressroom.core.secret import Secret
from pressroom.core.settings import Settings
from pressroom.sandbox.settings import SandboxSettings
from pressroom.sandbox.simulator import Sandbox
from pressroom.service import Pressroom
from pressroom.service.accounts.signing_in import Asking
from pressroom.store.store import Store, open_store
from tests.fakes.clock import FakeClock
from tests.service.road import prepare_store

BACK = "https://app.example/back/"
FACEBOOK_TOKEN = "EAAsandbox0123456789"
BASE = "http://127.0.0.1:1"
APP = App("1500000000000001", Secret("sandbox-app-secret"))


@dataclass
class Desk:
    """Where somebody signs in."""

    sandbox: Sandbox
    clock: FakeClock
    settings: Settings
    store: Store

    def pressroom(self, **environ: str) -> Pressroom:
        given: dict[str, Any] = {
            "environ": {"INSTAGRAM_API_BASE": BASE, **environ},
            "transport": AsgiTransport(self.sandbox.app, clock=self.clock),
            "clock": self.clock,
        }
        return Pressroom(None, self.settings, **given)

    async def allow(self, asking: Asking, *, decision: str = "allow", **more: str) -> str:
        """Answer as the person does in the browser, and give the address that it ends at."""
        added = "".join(f"&{name}={value}" for name, value in more.items())
        url = f"{asking.address}&decision={decision}{added}"
        request = Request(method="GET", url=url, headers={}, body=None, timeout_s=30.0)
        reply = await AsgiTransport(self.sandbox.app, clock=self.clock).send(request)
        return reply.headers["location"]


@asynccontextmanager
async def a_desk(home: Path, **settings: Any) -> AsyncGenerator[Desk]:
    clock = FakeClock()
    given: dict[str, Any] = {"fetch": "trust", "checks_app": True, **settings}
    sandbox = Sandbox(SandboxSettings(**given), clock=clock)
    prepare_store(home)
    ours = Settings(home=home)
    with open_store(ours.store, clock=clock) as store:
        yield Desk(sandbox, clock, ours, store)
    await sandbox.aclose()
