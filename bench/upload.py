"""A 300 MB resumable upload, cut three times at random bytes: memory above idle, and whether it is bit-exact.

Client and sandbox are separate processes, so that the memory measured is the client's alone.
"""

import asyncio
import hashlib
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from pressroom.client.client import Client
from pressroom.client.transport_aiohttp import AiohttpTransport
from pressroom.client.upload import Upload
from pressroom.core.account import Account
from pressroom.core.secret import Secret
from pressroom.graph import calls
from pressroom.graph.answers import UserId
from pressroom.graph.hosts import LoginType

SIZE = 300_000_000
CUTS = 3
LIMIT_MB = 20.0
TOKEN = "EAAbenchmarkbenchmark"  # noqa: S105  # invented
USER = UserId("17841400000000001")


def server() -> None:
    """Run the sandbox on a free port, cut as told, and say the hash of what has arrived at the end."""
    import uvicorn  # noqa: PLC0415  # the client's process does without

    from pressroom.sandbox.faults import Fault, FaultKind  # noqa: PLC0415
    from pressroom.sandbox.settings import Processing, SandboxSettings  # noqa: PLC0415
    from pressroom.sandbox.simulator import Sandbox  # noqa: PLC0415

    sandbox = Sandbox(SandboxSettings(fetch="trust", processing=Processing.at_once(), token=TOKEN))
    for place in sys.argv[2:]:
        sandbox.faults.add(Fault(on="upload", kind=FaultKind.DROP, after_bytes=int(place)))

    async def app(scope: object, receive: object, send: object) -> None:
        await sandbox.app(scope, receive, send)  # pyright: ignore[reportArgumentType]  # as uvicorn gives them

    config = uvicorn.Config(app, port=0, lifespan="off", log_config=None, log_level="critical")
    listener = config.bind_socket()
    print(listener.getsockname()[1], flush=True)
    asyncio.run(uvicorn.Server(config).serve(sockets=[listener]))


def resident_mb() -> float:
    """Measure what this process holds in memory now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 1e6


async def upload(base: str, clip: Path) -> tuple[float, float, float]:
    """Upload, and give memory at idle, the most memory, and the seconds it took."""
    account = Account(token=Secret(TOKEN), user_id=USER, login_type=LoginType.FACEBOOK, api_base=base)
    async with Client(account, AiohttpTransport()) as client:
        await client.send(calls.user(USER, fields="id"))  # everything is loaded, and a connection stands
        idle = most = resident_mb()

        def watch(_share: float) -> None:
            nonlocal most
            most = max(most, resident_mb())

        started = time.perf_counter()
        reel = calls.create_reel(USER, video_url=None, share_to_feed=True)
        made = await client.send(calls.resumable(reel))
        await Upload(client, made.id, clip, uri=made.uri, on_progress=watch).run()
        return idle, most, time.perf_counter() - started


def hash_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def main() -> None:
    with tempfile.TemporaryDirectory() as directory:
        clip = Path(directory) / "clip.mp4"
        chance = random.Random(time.time_ns())  # noqa: S311  # no secret
        with clip.open("wb") as file:
            for _ in range(SIZE // 1_000_000):
                file.write(chance.randbytes(1_000_000))
        places = [str(place) for place in sorted(chance.sample(range(SIZE), CUTS))]
        home = Path(directory) / "sandbox"
        home.mkdir()
        command = [sys.executable, __file__, "server", *places]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, env={"TMPDIR": str(home)}
        ) as process:
            assert process.stdout
            base = f"http://127.0.0.1:{process.stdout.readline().strip()}"
            idle, most, seconds = asyncio.run(upload(base, clip))
            arrived = next(path for path in home.rglob("*") if path.is_file())
            is_exact = hash_of(arrived) == hash_of(clip)
            process.terminate()
    above = most - idle
    print(f"{SIZE / 1e6:.0f} MB in {seconds:.1f} s, cut at bytes {', '.join(places)}")
    print(f"memory: {idle:.1f} MB idle, {most:.1f} MB at most: {above:.1f} MB above (budget {LIMIT_MB:.0f})")
    print(f"bit-exact: {'yes' if is_exact else 'NO'}")
    sys.exit(0 if is_exact and above < LIMIT_MB else 1)


if __name__ == "__main__":
    server() if "server" in sys.argv[1:] else main()
