"""The way `tunnel`: a program that leads the internet to our media route, for as long as a file needs it.

`PROGRAMS` has a row for each: how it is called, what in its output is the address, and what says that the
tunnel is registered. Before that an address is looked up by nobody: a resolver that is asked for a name too
early keeps the answer that there is none, half an hour at trycloudflare.com, and Instagram's is one of them.
Sources: https://github.com/cloudflare/cloudflared, https://ngrok.com/docs/agent/cli,
https://tailscale.com/docs/reference/tailscale-cli/funnel
"""

import asyncio
import contextlib
import hashlib
import os
import re
import secrets
import shlex
import shutil
import signal
import sys
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pressroom.core.address import unreachable_reason
from pressroom.core.clock import Clock
from pressroom.core.errors import HostFailed, SettingRefused
from pressroom.core.reading_settings import Tunnel
from pressroom.core.secret import Secret, redact_text
from pressroom.core.settings import TUNNEL, Settings
from pressroom.hosting.network import Network
from pressroom.hosting.preflight import ask_route
from pressroom.hosting.route import HEALTH, proof
from pressroom.hosting.server import NONCES, serving_media
from pressroom.hosting.signing import SignedHost, media_key, signed_path
from pressroom.hosting.tunnel_records import (
    TUNNEL_ID,
    TunnelRecordFile,
    end_group,
    end_orphaned_tunnels,
)
from pressroom.media.child import LEASH, ChildLimits, clean_environment, leash_words, signal_group


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """How a program is called and understood.

    quick, own: its command, for an address of its choice and for a tunnel of one's own; {origin} is our
    route, {name} and {address} are the tunnel's. address: finds the address in its output. registered: found
    there once requests come through. variables: of the environment, besides HOME, what is the program's own.
    record_s: how long after `registered` a new name may be missing in the DNS. source: where to get it.
    """

    quick: str
    own: str = ""
    address: re.Pattern[str]
    registered: re.Pattern[str]
    variables: tuple[str, ...] = ()
    record_s: float = 0.0
    source: str


# Messages of cloudflared's log have blanks around them; its address stands in a box drawn with |.
PROGRAMS: Final[Mapping[str, Program]] = {
    "cloudflared": Program(
        quick="cloudflared tunnel --no-autoupdate --url {origin}",
        own="cloudflared tunnel --no-autoupdate run --url {origin} {name}",
        address=re.compile(r"\|\s+(https?://\S+)\s+\|"),
        registered=re.compile(r"Registered tunnel connection"),
        variables=("TUNNEL_TOKEN", "TUNNEL_ORIGIN_CERT"),
        # Measured by others over seven tunnels: up to 4.5 s.
        record_s=6.0,
        source="https://developers.cloudflare.com/cloudflare-one/networks/connectors/cloudflare-tunnel/downloads/",
    ),
    "ngrok": Program(
        quick="ngrok http {origin} --log stdout --log-format json",
        own="ngrok http {origin} --url {address} --log stdout --log-format json",
        address=re.compile(r'^(?=.*"msg":\s*"started tunnel").*"url":\s*"(https?://[^"]+)"', re.MULTILINE),
        registered=re.compile(r'"msg":\s*"started tunnel"'),
        variables=("NGROK_AUTHTOKEN", "XDG_CONFIG_HOME"),
        source="https://ngrok.com/download",
    ),
    "tailscale": Program(
        quick="tailscale funnel {origin}",
        address=re.compile(r"Available on the internet:\s+(https?://\S+?)/?\s"),
        registered=re.compile(r"Available on the internet:\s+https?://\S+\s"),
        source="https://tailscale.com/download",
    ),
}

_REGISTERED_WITHIN_S: Final = 60.0
# Between the looks through a tunnel that is registered.
_WAITS_S: Final = (1.0, 2.0, 4.0, 8.0)
# For the last output of a program that has ended. A process that it started may hold the pipe for longer.
_LAST_OUTPUT_S: Final = 1.0
_MOST_CHARS: Final = 65_536
_LINE_CHARS: Final = 300
# A program written in Go reserves far more memory than it uses.
_LIMITS: Final = ChildLimits(wall_s=0, cpu_s=86_400, memory_bytes=16 << 30, file_bytes=1 << 30)
_COLOURS: Final = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_AUTHTOKEN: Final = re.compile(r"(authtoken\W+)\S+", re.IGNORECASE)


def path_of(tunnel: Tunnel) -> str:
    """Find a tunnel's program. Raises SettingRefused where it is not on PATH."""
    path = shutil.which(tunnel.program)
    if path is None:
        raise SettingRefused(
            f"{TUNNEL.name} names {tunnel.program}, which is not on PATH.",
            rule="tunnel",
            value=tunnel.program,
            limit="a program on PATH",
            fix=f"Install it ({PROGRAMS[tunnel.program].source}), or unset {TUNNEL.name}.",
        )
    return path


class TunnelHost:
    """The host of files that a tunnel makes reachable: it is open while one of them is put up.

    is_local: for a sandbox of this machine, which fetches addresses of this machine, too. on_opening: called
    with the program's name as it is started.
    """

    def __init__(
        self,
        settings: Settings,
        tunnel: Tunnel,
        clock: Clock,
        *,
        is_local: bool,
        on_opening: Callable[[str], None],
    ) -> None:
        self._settings = settings
        self._tunnel = tunnel
        self._clock = clock
        self._is_local = is_local
        self._on_opening = on_opening
        self._turn = asyncio.Lock()
        self._stack = AsyncExitStack()
        self._run: _Run | None = None
        self._address = ""
        self._up = Counter[str]()
        self._failure: HostFailed | None = None

    async def put(self, path: Path, *, content_type: str, lifetime_s: float) -> str:
        """Open the tunnel where it is not, make the file servable and give its URL.

        Raises HostFailed where the program fails, or its address does not lead to our route; as `SignedHost`.
        """
        earlier = self._failure
        async with self._turn:  # or two files at once would open two
            # Each try takes a minute: those who waited for one get its failure, and make no try of their own.
            if self._failure is not None and self._failure is not earlier:
                raise HostFailed(self._failure.message, fix=self._failure.advice)
            if self._run is None or not self._run.is_running:
                await self._reopen()
            host = SignedHost(self._settings, self._address, self._clock)
            try:
                url = await host.put(path, content_type=content_type, lifetime_s=lifetime_s)
            except BaseException:
                if not self._up:  # nobody would close it
                    await self._close()
                raise
            self._up[url] += 1
            return url

    def serves(self, url: str) -> bool:
        """Tell whether a URL leads here: a tunnel that ended has taken its address along."""
        return url in self._up and self._run is not None and self._run.is_running

    async def release(self, url: str) -> None:
        """Close the tunnel with the last of its files."""
        async with self._turn:
            self._up[url] -= 1
            self._up = +self._up
            if not self._up:
                await self._close()

    async def aclose(self) -> None:
        """Close the tunnel."""
        async with self._turn:
            self._up.clear()
            await self._close()

    async def _close(self) -> None:
        self._run = None
        await self._stack.aclose()

    async def _reopen(self) -> None:
        await self._close()
        address, self._failure = self._address, None
        try:
            await self._open()
        except HostFailed as error:
            self._failure = error
            raise
        # Files that are up at the same address are reached again, and need the tunnel as before.
        if self._address != address:
            self._up.clear()

    async def _open(self) -> None:
        self._on_opening(self._tunnel.program)
        async with AsyncExitStack() as stack:
            origin = await stack.enter_async_context(serving_media(self._settings, clock=self._clock))
            # An old tunnel ends first: if the user set a fixed address, two programs cannot both open it.
            await end_orphaned_tunnels(self._settings.home)
            run = await stack.enter_async_context(_running(self._tunnel, origin, self._settings.home))
            address = await self._registered(run)
            if not self._is_local:
                self._require_public(address)
            # Where a name is to be looked up; an address of this machine has none.
            if self._tunnel.is_quick and unreachable_reason(address) is None:
                await self._clock.sleep(run.program.record_s)
            await self._look_through(address)
            self._run, self._address, self._stack = run, address, stack.pop_all()

    async def _registered(self, run: "_Run") -> str:
        """Wait until the program says that the tunnel is registered, and give its address."""
        limit = asyncio.ensure_future(self._clock.sleep(_REGISTERED_WITHIN_S))
        ready = asyncio.ensure_future(run.registered.wait())
        try:
            await asyncio.wait({limit, ready, run.ended}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            limit.cancel()
            ready.cancel()
            await asyncio.gather(limit, ready, return_exceptions=True)
        address = self._tunnel.address or run.address
        if run.registered.is_set() and address:
            return address
        if run.ended.done():
            await asyncio.wait({run.reading}, timeout=_LAST_OUTPUT_S)
            problem = f"ended (exit code {run.ended.result()}) before its tunnel was open"
        elif run.registered.is_set():
            problem = "says that its tunnel is open, and no address that is known here as its"
        else:
            problem = f"did not say within {_REGISTERED_WITHIN_S:.0f} s that its tunnel is open"
        last = run.last_line
        raise HostFailed(
            f"{self._tunnel.program} {problem}. "
            + (f"Its last line: {last}" if last else "It printed nothing."),
            fix=f"Run it by hand, and do what it says: {shlex.join(run.command)}",
        )

    def _require_public(self, address: str) -> None:
        reason = unreachable_reason(address) or (None if address.startswith("https:") else "it is not https")
        if reason is not None:
            raise HostFailed(
                f"{self._tunnel.program} leads from {address}, which Instagram cannot fetch: {reason}.",
                fix="Let the tunnel have an https address on the internet.",
            )

    async def _look_through(self, address: str) -> None:
        """Ask for our route's health address through the tunnel, until it answers; no other route can."""
        key, directory = media_key(self._settings), self._settings.renditions
        network, reason = Network(is_own=self._is_local), ""
        for wait_s in (0.0, *_WAITS_S):
            await self._clock.sleep(wait_s)
            nonce = secrets.randbelow(NONCES)
            expected = hashlib.sha256(proof(directory, key, nonce).encode()).hexdigest()
            try:
                answer = await ask_route(
                    address + signed_path(key, HEALTH, nonce), sha256=expected, network=network
                )
            except HostFailed as error:
                reason = error.message
                continue
            if answer.is_ours:
                return
            reason = f"it answers HTTP {answer.status}, and not by our media route."
            if not answer.is_trusted:
                reason = "its certificate is not trusted."
        raise HostFailed(
            f"{self._tunnel.program} says that its tunnel is open. {address} does not lead here: {reason}",
            fix="Try again: a quick tunnel gets another address. One of your own has to lead to our media "
            "route's port alone.",
        )


@dataclass(slots=True)
class _Run:
    """A program that runs. text: what it printed until its tunnel was registered. ended: its exit code."""

    program: Program
    command: list[str]
    process: asyncio.subprocess.Process
    output: asyncio.StreamReader
    text: str = ""
    registered: asyncio.Event = field(default_factory=asyncio.Event)
    reading: "asyncio.Future[None]" = field(init=False)
    ended: "asyncio.Future[int]" = field(init=False)

    def __post_init__(self) -> None:
        self.reading = asyncio.ensure_future(self._read())
        self.ended = asyncio.ensure_future(self._wait())

    @property
    def is_running(self) -> bool:
        return not self.reading.done() and self.process.returncode is None

    @property
    def address(self) -> str | None:
        match = self.program.address.search(self.text)
        return match[1].rstrip("/") if match else None

    @property
    def last_line(self) -> str:
        """The last line that says something, without colours, control characters and secrets."""
        lines = [line.strip() for line in _COLOURS.sub("", self.text).splitlines()]
        last = next((line for line in reversed(lines) if line.removeprefix("ERROR:").strip()), "")
        # Masked before it is cut, since half a secret looks like none, and while `_running` holds them.
        return redact_text(_AUTHTOKEN.sub(r"\1***", "".join(filter(str.isprintable, last))))[:_LINE_CHARS]

    async def _read(self) -> None:
        """Read to the end: a program whose output nobody reads comes to a stop."""
        while piece := await self.output.read(4096):
            if self.registered.is_set():
                continue
            self.text = (self.text + piece.decode("utf-8", "replace"))[-_MOST_CHARS:]
            # In whole lines: the address may stand in the part of a line that is still to come.
            if self.program.registered.search(self.text, 0, self.text.rfind("\n") + 1):
                self.registered.set()

    async def _wait(self) -> int:
        """Wait until the program ends by itself, and kill the processes that it leaves running."""
        code = await self.process.wait()
        # At once: later its number may belong to somebody else's processes.
        signal_group(self.process.pid, signal.SIGKILL)
        return code

    async def end(self) -> None:
        """End the program and every process that it started."""
        if self.ended.done():
            return
        self.ended.cancel()
        try:
            await end_group(self.process.pid)  # it leads a session of its own
        finally:  # where the wait is cancelled, too
            await self.process.wait()


@asynccontextmanager
async def _running(tunnel: Tunnel, origin: str, home: Path) -> AsyncGenerator[_Run]:
    """Run a tunnel's program while the block runs, and record it in the data directory.

    If this process is killed, Linux kills the program at once. On other systems, and for processes that the
    program started, `end_orphaned_tunnels` uses the record.
    """
    program = PROGRAMS[tunnel.program]
    words = (program.own if tunnel.address else program.quick).split()
    command = [word.format(origin=origin, name=tunnel.name, address=tunnel.address) for word in words]
    # What the person put there for this program, and nothing of ours.
    own = {name: os.environ[name] for name in ("HOME", *program.variables) if name in os.environ}
    hidden = [Secret(text) for name, text in own.items() if name.endswith("TOKEN")]  # masked while it runs
    async with AsyncExitStack() as stack:
        record = stack.enter_context(contextlib.closing(TunnelRecordFile(home)))
        output, sending = await stack.enter_async_context(_output_pipe())
        try:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-S", LEASH, *leash_words(_LIMITS), path_of(tunnel), *command[1:]),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=sending,
                stderr=asyncio.subprocess.STDOUT,
                cwd="/",
                env=clean_environment(**own, **{TUNNEL_ID: record.tunnel_id}),
                start_new_session=True,  # Ctrl-C reaches this process alone, which then ends the program
            )
        finally:
            os.close(sending)
        run = _Run(program, command, process, output)
        try:
            # The process id is known only now. If this process is killed before, Linux ends the program.
            record.write(program=tunnel.program, pid=process.pid)
            yield run
        finally:
            try:
                await run.end()
            finally:
                run.reading.cancel()
                await asyncio.gather(run.reading, run.ended, return_exceptions=True)
                hidden.clear()


@asynccontextmanager
async def _output_pipe() -> AsyncGenerator[tuple[asyncio.StreamReader, int]]:
    """Open a pipe while the block runs, and give its reader and the descriptor to write to.

    With a pipe of asyncio's, `Process.wait` returns only when every process has closed the other end. A child
    of the program may hold it open long after the program has ended.
    """
    receiving, sending = os.pipe()
    reader = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(receiving, "rb", 0)
    )
    try:
        yield reader, sending
    finally:
        transport.close()
