"""Programs of others before a sandbox, which they reach by its proxy alone, under Meta's own names."""

import asyncio
import os
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from pressroom.sandbox.proxy import Proxy, proxying
from pressroom.sandbox.server import serving
from pressroom.sandbox.simulator import Sandbox

CLIENTS = Path(__file__).parent / "clients"


@dataclass(frozen=True)
class Stranger:
    """Starts programs of somebody else. directory: where they run."""

    sandbox: Sandbox
    proxy: Proxy
    environment: Mapping[str, str]
    directory: Path | None = None

    async def start(self, *command: str | Path) -> asyncio.subprocess.Process:
        pipe = asyncio.subprocess.PIPE
        return await asyncio.create_subprocess_exec(
            *command, env=self.environment, cwd=self.directory, stdin=pipe, stdout=pipe, stderr=pipe
        )

    async def run(self, *command: str | Path) -> str:
        process = await self.start(*command)
        out, err = await process.communicate()
        assert process.returncode == 0, err.decode()
        return out.decode()


@asynccontextmanager
async def stranger_before(
    sandbox: Sandbox, own: Mapping[str, str], directory: Path | None = None
) -> AsyncGenerator[Stranger]:
    """Serve a sandbox, and give who starts programs before it. own: their variables, beside the proxy's."""
    async with serving(sandbox) as served, proxying(served) as proxy:
        environment = {"PATH": os.environ["PATH"], **proxy.environment(), **own}
        yield Stranger(sandbox, proxy, environment, directory)
