"""Users of Instagram, each with a sandbox of its own, and the ways to say which of them a session is.

`ana` and `ben` are signed in, `ben` by default; `env` and `gwen` are not. `real` is one of Meta's own host.
"""

import asyncio
import shutil
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from pressroom.accounts.vault import open_vault
from pressroom.client.transport_asgi import AsgiTransport
from pressroom.core.account import Account, account_id
from pressroom.core.post import Post
from pressroom.core.protocols import Reply, Request
from pressroom.core.secret import Secret
from pressroom.core.settings import Settings
from pressroom.core.slots import Slot
from pressroom.graph.answers import UserId
from pressroom.graph.hosts import DEFAULT_BASE
from pressroom.sandbox.settings import Processing, SandboxSettings
from pressroom.sandbox.simulator import Sandbox
from pressroom.service import Pressroom
from pressroom.store.store import open_store
from tests.fakes.clock import START, FakeClock
from tests.service.road import a_photo, prepare_store

# Each is called in a version of its own: that tells whose version was used.
VERSIONS = {"ana": "v22.0", "ben": "v23.0", "env": "v24.0", "gwen": "v25.0", "real": "v26.0"}
SIGNED_IN = ("ana", "ben")
NOWHERE = "http://127.0.0.1:9"


def account_of(name: str) -> Account:
    number = list(VERSIONS).index(name) + 1
    return Account(
        token=Secret(f"IGtoken{name}" + "x" * 30),
        user_id=UserId(f"1784140000000000{number}"),
        api_base=DEFAULT_BASE if name == "real" else f"http://127.0.0.1:{number}",
        version=VERSIONS[name],
    )


def variables_of(account: Account) -> dict[str, str]:
    return {
        "INSTAGRAM_ACCESS_TOKEN": account.token.reveal(),
        "INSTAGRAM_API_BASE": account.api_base,
        "INSTAGRAM_API_VERSION": account.version,
    }


NAMES: dict[str, str] = {
    account_id(one.user_id, one.api_base): name for name in VERSIONS for one in [account_of(name)]
}
ANA_ANEW = replace(account_of("ana"), token=Secret("IGanothertoken" + "x" * 30))
_ENV = variables_of(account_of("env"))
_NO_TOKEN = {"INSTAGRAM_API_BASE": NOWHERE, "INSTAGRAM_API_VERSION": "v24.0"}
SOURCES: dict[str, dict[str, Any]] = {
    "a name": {"account_name": "ana", "account": account_of("gwen"), "environ": _ENV},
    "environment": {"environ": _ENV},
    "environment of a login": {"environ": variables_of(account_of("ana"))},
    "another token of a login": {"environ": variables_of(ANA_ANEW)},
    "given": {"account": account_of("gwen"), "environ": _ENV},
    "default": {"environ": _NO_TOKEN},
    "nobody": {"environ": _NO_TOKEN},
}


@dataclass
class Circle:
    """called: whose host each call went to, and in which version."""

    home: Path
    clock: FakeClock = field(default_factory=FakeClock)
    called: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    sandboxes: dict[str, Sandbox] = field(default_factory=dict[str, Sandbox])
    _ways: dict[str, AsgiTransport] = field(default_factory=dict[str, AsgiTransport])

    def __post_init__(self) -> None:
        for name in VERSIONS:
            account = account_of(name)
            self.sandboxes[name] = Sandbox(
                SandboxSettings(
                    fetch="trust",
                    token=account.token.reveal(),
                    user_id=account.user,
                    username=name,
                    media=1,
                    processing=Processing.at_once(),
                    allow_hosts=(urlsplit(DEFAULT_BASE).netloc,),
                ),
                clock=self.clock,
            )
            tokens = self.sandboxes[name].scene.world.tokens
            if name == "ana":
                anew = ANA_ANEW.token.reveal()
                tokens[anew] = msgspec.structs.replace(tokens[account.token.reveal()], text=anew)
            self._ways[account.api_base] = AsgiTransport(self.sandboxes[name].app, clock=self.clock)

    def session(self, source: str, **more: Any) -> Pressroom:
        given = {**SOURCES[source], **more}
        return Pressroom(settings=Settings(home=self.home), transport=self, clock=self.clock, **given)

    def sign_in(self, name: str, account: Account) -> None:
        """Store an account in place of what has the name."""
        sign_in(self.home, {name: account})

    async def send(self, request: Request) -> Reply:
        parts = urlsplit(request.url)
        base = f"{parts.scheme}://{parts.netloc}"
        name = next(name for name in VERSIONS if account_of(name).api_base == base)
        self.called.add((name, parts.path.split("/")[1]))
        return await self._ways[base].send(request)

    async def aclose(self) -> None:
        for way in self._ways.values():
            await way.aclose()

    @property
    def callers(self) -> str:
        return " ".join(sorted({name for name, _ in self.called}))

    @property
    def published(self) -> str:
        """Those of whom something new is live."""
        return " ".join(sorted(name for name, sandbox in self.sandboxes.items() if len(sandbox.media) > 1))


def person(post: Post) -> str:
    """Call a post's account by its login, as the one who is not signed in, or as it calls itself."""
    return post.login or NAMES.get(post.account, post.account)


@asynccontextmanager
async def opened_circle(home: Path) -> AsyncGenerator[Circle]:
    circle = Circle(home)
    yield circle
    for sandbox in circle.sandboxes.values():
        await sandbox.aclose()


def homes_of(directory: Path) -> dict[str, Path]:
    """Make two data directories, with a post of each that is due: one with logins, one with none."""
    busy, bare = directory / "busy", directory / "bare"
    busy.mkdir(parents=True)
    bare.mkdir()
    sign_in(busy, {name: account_of(name) for name in SIGNED_IN})
    plans: list[tuple[Path, dict[str, Any]]] = [
        (busy, {"account_name": "ana"}),
        (busy, {"account_name": "ben"}),
        (busy, {"account": account_of("env")}),
        (busy, {"account": account_of("gwen")}),
        (bare, {}),
    ]
    for home, given in plans:
        asyncio.run(_plan(home, given))
    return {source: bare if source == "nobody" else busy for source in SOURCES}


def sign_in(
    home: Path, accounts: Mapping[str, Account], *, default: str = "ben", at: datetime = START
) -> None:
    """Store accounts, each with a weekly slot, in a data directory."""
    settings = Settings(home=home)
    prepare_store(home)
    with open_store(settings.store, clock=FakeClock()) as store:
        vault = open_vault(store, settings)
        for name, account in accounts.items():
            zone, is_default = "Europe/Istanbul", name == default
            vault.keep(name, account, obtained_at=at, timezone=zone, is_default=is_default)
            store.slots.set(name, [Slot(weekday=2, minute=18 * 60)])


async def _plan(home: Path, given: dict[str, Any]) -> None:
    async with opened_circle(home) as circle:
        settings = Settings(home=home)
        async with Pressroom(
            settings=settings, environ={}, transport=circle, clock=circle.clock, **given
        ) as pressroom:
            await pressroom.posts.submit(a_photo("Due"))


def copied(home: Path, to: Path) -> Path:
    shutil.copytree(home, to)
    return to
