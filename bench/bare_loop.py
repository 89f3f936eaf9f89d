"""What a loop that keeps nothing needs to publish many posts in time: the measure for `punctuality.py`."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.request import Request, urlopen

import aiohttp

from pressroom.sandbox.server import serving
from pressroom.sandbox.settings import Processing, SandboxSettings
from pressroom.sandbox.simulator import Sandbox

ANSWER_S = 0.1
# The bare loop opens a connection for each post of a burst. The kernel drops connections beyond the server's
# backlog, and the client's kernel tries again only after one second, then after two more.
BACKLOG = 4096
# All that a worker makes; `*` would slow down the sandbox's own fetching too.
CALLS = ("create", "container_status", "media_publish", "media_list", "quota", "media", "user")
TOKEN = "IGbench"  # noqa: S105  # invented


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured. lead_s: from setting the times to the first of them."""

    posts: int = 1000
    accounts: int = 200
    spread_s: float = 10.0
    lead_s: float = 8.0


@dataclass(frozen=True, slots=True)
class Lateness:
    """Seconds between each post's time and its sending. begins: the first of these times, in unix seconds."""

    begins: float
    late_s: Sequence[float]


@dataclass(slots=True)
class Stage:
    """A sandbox in another process, with the user ids and tokens of its accounts."""

    base_url: str
    pid: int
    tokens: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    def ask(self, what: str, order: dict[str, Any] | None = None) -> Any:  # noqa: ANN401  # JSON
        """Ask its control API."""
        body = None if order is None else json.dumps(order).encode()
        headers = {"content-type": "application/json"}
        with urlopen(Request(f"{self.base_url}/_sandbox/{what}", body, headers)) as answer:  # noqa: S310  # loopback
            return json.load(answer)

    def sent_at(self) -> dict[str, float]:
        """Give when each caption's container was published, in unix seconds."""
        containers = self.ask("export")["containers"]
        return {
            one["params"]["caption"]: one["published_at"]
            for one in containers
            if one.get("published_at") is not None
        }


async def serve() -> None:
    settings = SandboxSettings(
        fetch="trust", token=TOKEN, quota_total=10_000, processing=Processing.after_reads(1)
    )
    async with serving(Sandbox(settings), backlog=BACKLOG) as served:
        print(served.base_url, flush=True)
        await asyncio.Event().wait()


@contextmanager
def a_stage(accounts: int) -> Generator[Stage]:
    with subprocess.Popen([sys.executable, __file__], stdout=subprocess.PIPE, text=True) as sandbox:
        try:
            assert sandbox.stdout is not None
            stage = Stage(sandbox.stdout.readline().strip(), sandbox.pid)
            stage.tokens.append(("17841400000000001", TOKEN))
            for number in range(1, accounts):
                made = stage.ask("accounts", {"username": f"account.{number}"})
                stage.tokens.append((made["user_id"], made["token"]))
            for call in CALLS:
                stage.ask("faults", {"on": call, "kind": "slow", "delay_s": ANSWER_S, "times": None})
            yield stage
        finally:
            sandbox.kill()


async def bare(name: str, spread_s: float, size: Size) -> Lateness:
    """Do what a bare loop would: make containers, sleep, send."""
    with a_stage(size.accounts) as stage:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
            return await BareLoop(session, stage, name, spread_s, size).run()


@dataclass(slots=True)
class BareLoop:
    """Containers made before, each sent when its time has come."""

    session: aiohttp.ClientSession
    stage: Stage
    name: str
    spread_s: float
    size: Size

    async def run(self) -> Lateness:
        """Tell how late each was."""
        made: list[str] = []
        for start in range(0, self.size.posts, 100):
            some = range(start, min(start + 100, self.size.posts))
            made += await asyncio.gather(*(self._create(number) for number in some))
        begins = datetime.now(UTC) + timedelta(seconds=2)
        dues = [begins + timedelta(seconds=self.spread_s * number / len(made)) for number in range(len(made))]
        await asyncio.gather(
            *(
                self._send(number, container, due)
                for number, (container, due) in enumerate(zip(made, dues, strict=True))
            )
        )
        sent = self.stage.sent_at()
        late_s = [sent[f"{self.name}-{number}"] - due.timestamp() for number, due in enumerate(dues)]
        return Lateness(begins.timestamp(), late_s)

    async def _create(self, number: int) -> str:
        params = {"image_url": "https://example.com/a.jpg", "caption": f"{self.name}-{number}"}
        container = (await self._post(number, "media", params))["id"]
        # One read makes it ready.
        url = f"{self.stage.base_url}/v26.0/{container}"
        async with self.session.get(url, headers=self._headers(number)) as answer:
            await answer.read()
        return container

    async def _send(self, number: int, container: str, due: datetime) -> None:
        await asyncio.sleep((due - datetime.now(UTC)).total_seconds())
        await self._post(number, "media_publish", {"creation_id": container})

    async def _post(self, number: int, edge: str, params: dict[str, str]) -> Any:  # noqa: ANN401  # JSON
        user_id, _ = self.stage.tokens[number % len(self.stage.tokens)]
        url = f"{self.stage.base_url}/v26.0/{user_id}/{edge}"
        async with self.session.post(url, data=params, headers=self._headers(number)) as answer:
            return await answer.json(content_type=None)

    def _headers(self, number: int) -> dict[str, str]:
        return {"authorization": f"Bearer {self.stage.tokens[number % len(self.stage.tokens)][1]}"}


if __name__ == "__main__":
    asyncio.run(serve())
