"""An account to ask with, on a sandbox set to an answer."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pressroom.accounts.vault import open_vault
from pressroom.client.transport_asgi import AsgiTransport
from pressroom.core.account import Account
from pressroom.core.actor import Actor, ActorKind
from pressroom.core.secret import Secret
from pressroom.core.settings import Settings
from pressroom.graph.hosts import LoginType
from pressroom.sandbox.settings import Processing, SandboxSettings
from pressroom.sandbox.simulator import Sandbox
from pressroom.service import Pressroom
from pressroom.service.doctor.probes.probe import Level, Outcome, ProbedAnswer, ProbeReport
from pressroom.store.store import Store, open_store
from tests.fakes.clock import FakeClock
from tests.service.road import prepare_store

PICTURE = "https://example.com/a.jpg"
OWNER = Actor(ActorKind.PERSON, "owner")
DAY_S = 24 * 3600.0
OF_FACEBOOK: dict[str, Any] = {"login": LoginType.FACEBOOK, "token": "EAAsandbox0123456789abcdef"}


@dataclass
class Lab:
    """A stored login `ana`, and the sandbox that plays the API."""

    sandbox: Sandbox
    clock: FakeClock
    settings: Settings
    store: Store
    account: Account
    told: list[ProbeReport] = field(default_factory=list[ProbeReport])

    def pressroom(self, **more: Any) -> Pressroom:
        given: dict[str, Any] = {"actor": OWNER, **more}
        transport = AsgiTransport(self.sandbox.app, clock=self.clock)
        return Pressroom(None, self.settings, transport=transport, clock=self.clock, **given)

    async def ask(self, level: Level = Level.VANISHES, **more: Any) -> ProbeReport:
        given: dict[str, Any] = {"image_url": PICTURE, **more}
        async with self.pressroom() as pressroom:
            return await pressroom.accounts.probe(level=level, on_answer=self.told.append, **given)

    async def answer(self, probe: str, level: Level = Level.VANISHES, **more: Any) -> ProbedAnswer:
        return answers(await self.ask(level, **more))[probe]

    @property
    def writes(self) -> list[tuple[str, str]]:
        """Every call but reads: its method, and the end of its path."""
        calls = [(one.method, one.path.rstrip("/").rpartition("/")[2]) for one in self.sandbox.calls()]
        return [one for one in calls if one[0] != "GET" or one[1] == "refresh_access_token"]

    @property
    def token(self) -> str:
        """The token that is stored now."""
        return open_vault(self.store, self.settings).account("ana").token.reveal()

    def age_token(self, seconds: float) -> None:
        """Let the token of the sandbox and the stored one be so old."""
        self.sandbox.scene.world.tokens[self.sandbox.token].created_at = (
            self.clock.now().timestamp() - seconds
        )
        self.keep(aged_s=seconds)

    def keep(self, *, aged_s: float = 0.0, **more: Any) -> None:
        at = self.clock.now().timestamp() - aged_s
        obtained_at = self.clock.now().fromtimestamp(at, self.clock.now().tzinfo)
        vault = open_vault(self.store, self.settings)
        vault.keep("ana", self.account, obtained_at=obtained_at, is_default=True, **more)


@asynccontextmanager
async def a_lab(home: Path, *, aged_s: float = 2 * DAY_S, **settings: Any) -> AsyncGenerator[Lab]:
    clock = FakeClock()
    given: dict[str, Any] = {"fetch": "trust", "processing": Processing.after_reads(1), **settings}
    made = SandboxSettings(**given)
    sandbox = Sandbox(made, clock=clock)
    login = LoginType.INSTAGRAM if made.login is LoginType.INSTAGRAM else made.login
    account = Account(
        token=Secret(sandbox.token),
        user_id=sandbox.user_id,
        login_type=login,
        api_base="http://127.0.0.1:1",
    )
    prepare_store(home)
    ours = Settings(home=home)
    with open_store(ours.store, clock=clock) as store:
        lab = Lab(sandbox, clock, ours, store, account)
        lab.age_token(aged_s)
        yield lab
    await sandbox.aclose()


def answers(report: ProbeReport) -> dict[str, ProbedAnswer]:
    return {one.probe.name: one for one in report.answers}


def outcomes(report: ProbeReport) -> dict[str, Outcome]:
    return {one.probe.name: one.outcome for one in report.answers}
