"""Sandboxes in the background: started, found again by their settings, and used for one program.

`Wanted` is what the options of `sandbox serve` say. `pressroom sandbox exec` runs any program, unmodified,
against a sandbox under Meta's own host names.
"""

import asyncio
import contextlib
import hashlib
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, Final, Literal, TypedDict
from urllib.parse import urlsplit

import click

from pressroom.cli.sandbox.running import Control, Running, find_running, stop_running
from pressroom.cli.shell.command import Command, Invocation
from pressroom.cli.shell.failures import Misused, SystemRefused
from pressroom.cli.shell.interrupts import ending_signals
from pressroom.core.errors import PressroomError

# Seconds to wait for a sandbox to answer, and between looks for its record.
_START_S: Final = 30.0
_POLL_S: Final = 0.02


class Wanted(TypedDict):
    """The options of `serve`. port: None for the usual one, or any when it is in use.

    allow_host: further host names under which it is reached. facts: what probes found out. trap: names of
    `sandbox.traps`. settings: other settings of the sandbox, as texts.
    """

    host: str
    allow_host: tuple[str, ...]
    port: int | None
    user_id: str | None
    token: str | None
    media: int
    fetch: Literal["real", "trust", "anywhere"]
    proxy: bool
    record: Path | None
    state: Path | None
    facts: Path | None
    trap: tuple[str, ...]
    settings: tuple[tuple[str, str], ...]


# A sandbox on any free port, as `exec` starts its own.
PLAIN: Final = Wanted(
    host="127.0.0.1",
    allow_host=(),
    port=0,
    user_id=None,
    token=None,
    media=0,
    fetch="real",
    proxy=False,
    record=None,
    state=None,
    facts=None,
    trap=(),
    settings=(),
)


def options_of(wanted: Wanted) -> dict[str, Any]:
    """Return the options as JSON values that can be stored and compared, without the port: the URL has it."""
    # Absolute paths, since two commands may run in different directories; sorted, since order means nothing.
    named = {name: value for name, value in wanted.items() if name != "port"}
    facts = wanted["facts"]
    return {
        **named,
        "record": str(wanted["record"].resolve()) if wanted["record"] else None,
        "state": str(wanted["state"].resolve()) if wanted["state"] else None,
        # What stands in it: the same path may hold other facts by now.
        "facts": hashlib.sha256(facts.read_bytes()).hexdigest() if facts else None,
        "allow_host": sorted(wanted["allow_host"]),
        "trap": sorted(wanted["trap"]),
        "settings": sorted(map(list, wanted["settings"])),
    }


def find_alike(home: Path, wanted: Wanted) -> Running | None:
    """Find a running sandbox with the same settings, and the same port if one is asked for."""
    options, port = options_of(wanted), wanted["port"]
    for running in find_running(home):
        if running.options == options and (not port or urlsplit(running.url).port == port):
            return running
    return None


async def start_detached(invocation: Invocation, wanted: Wanted, port: int) -> Running:
    """Start a sandbox that outlives this command, and return it once it answers.

    Raises SystemRefused, naming its log, when it ends first or takes too long, and SettingRefused without the
    package that a proxy needs.
    """
    # Checked here, since the background process could tell of a missing package in its log alone.
    if wanted["proxy"]:
        from pressroom.sandbox.proxy import check_extra  # noqa: PLC0415  # loads a server

        check_extra()
    home = invocation.settings().home
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    log = home / "sandbox.log"
    process = _spawn(invocation, wanted, port, log)
    try:
        async with asyncio.timeout(_START_S):
            # It writes its record when it listens, so a record of this pid means that it answers.
            while process.poll() is None:
                for running in find_running(home):
                    if running.pid == process.pid:
                        return running
                await asyncio.sleep(_POLL_S)
    except (TimeoutError, asyncio.CancelledError) as error:
        process.terminate()
        if isinstance(error, asyncio.CancelledError):
            raise
    raise SystemRefused("The sandbox did not start.", fix=f"Its log says why: {log}")


def _spawn(invocation: Invocation, wanted: Wanted, port: int, log: Path) -> "subprocess.Popen[bytes]":
    argv = ["sandbox", "serve", "--json", f"--port={port}"]
    for name, value in wanted.items():
        match name:
            case "port":
                pass
            case "settings":
                argv += [f"--set={key}={word}" for key, word in wanted["settings"]]
            case "allow_host":
                argv += [f"--allow-host={host}" for host in wanted["allow_host"]]
            case "trap":
                argv += [f"--trap={trap}" for trap in wanted["trap"]]
            case "proxy":
                argv += ["--proxy"] * wanted["proxy"]
            case _ if value is not None:
                argv.append(f"--{name.replace('_', '-')}={value}")
            case _:
                pass
    # No real account reaches it: what it is given it may record, log or show.
    environ = {k: v for k, v in invocation.runtime.environ.items() if not k.startswith("INSTAGRAM_")}

    # The log is for its owner alone, and a link that somebody put in its place is not followed.
    descriptor = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "ab") as file:
        return subprocess.Popen(  # noqa: S603  # our own command
            [sys.executable, "-m", "pressroom", *argv],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=file,
            env=environ,
            # A session of its own: neither Ctrl-C nor the end of this terminal reaches it.
            start_new_session=True,
        )


# A shell's exit code of a program that ended by signal N is 128 + N; asyncio says -N.
_BY_SIGNAL: Final = 128
_DISTRUST: Final = "tls"  # the log's name of a handshake that the client ended
_HOW: Final = "docs/howto/sandbox.md says which programs must be told how (Under Meta's own names)."


# Options behind the command's name are the command's own, even those that we have, too.
@click.command(
    "exec", cls=Command, context_settings={"allow_interspersed_args": False, "ignore_unknown_options": True}
)
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
@click.pass_obj
async def exec_(invocation: Invocation, *, command: tuple[str, ...]) -> int:
    r"""Run COMMAND so that its calls to Meta reach the sandbox; its exit code is ours.

    Uses the sandbox that runs with `--proxy`. Without one, one is started for as long as the command runs.

    \b
    pressroom sandbox exec -- pytest tests
    pressroom sandbox exec -- sh -c 'curl "https://graph.instagram.com/me?access_token=$INSTAGRAM_ACCESS_TOKEN"'
    """
    home = invocation.settings().home
    for running in find_running(home):
        if running.proxy:
            return await _watched(invocation, running, command)
    own = await start_detached(invocation, {**PLAIN, "proxy": True}, 0)
    invocation.console.note(f"A sandbox of its own answers at {own.url}; it ends with the command.")
    try:
        return await _watched(invocation, own, command)
    finally:
        stop_running(home, own.pid)


async def _watched(invocation: Invocation, running: Running, command: tuple[str, ...]) -> int:
    """Run the command to its end, and warn of what makes its success worth nothing.

    Every ending signal is forwarded to it.
    """
    control = Control(running.url)
    before = max((call["number"] for call in control.get("requests")), default=0)

    # The handlers stand before the program starts: a signal in between is kept for it, and does not end us
    # alone.
    environ, forward = {**invocation.runtime.environ, **running.env, **running.proxy}, _Forward()
    loop = asyncio.get_running_loop()
    for number in ending_signals():
        loop.add_signal_handler(number, forward, number)
    try:
        process = await asyncio.create_subprocess_exec(*command, env=environ)
    except FileNotFoundError:
        raise Misused(
            f"There is no command {command[0]!r}.", fix="See `pressroom sandbox exec --help`."
        ) from None
    forward.to(process)
    code = await process.wait()

    # The command may have ended the sandbox: its exit code counts all the same.
    with contextlib.suppress(PressroomError):
        calls = control.get("requests", since=before)
        if any(call["name"] == _DISTRUST for call in calls):
            invocation.console.warn(f"A program does not trust the sandbox's authority. {_HOW}")
        elif not calls:
            invocation.console.warn(f"No call reached the sandbox. {_HOW}")
        for fault in control.get("faults", unused=1):
            invocation.console.warn(f"A planned fault never happened: {fault['kind']} on {fault['on']}.")
    return code if code >= 0 else _BY_SIGNAL - code


class _Forward:
    """Forwards signals to the command; signals that come while it starts are sent once it runs."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None
        self._early: list[signal.Signals] = []

    def __call__(self, number: signal.Signals) -> None:
        # A terminal sends Ctrl-C to the command itself, too: forwarded, it would get it twice.
        if number is signal.SIGINT and sys.stdin.isatty():
            return
        if self._process is None:
            self._early.append(number)
        elif self._process.returncode is None:
            # Not `process.send_signal`: Popen polls the child first, which reaps it and loses its exit code
            # for asyncio's waiting.
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._process.pid, number)

    def to(self, process: "asyncio.subprocess.Process") -> None:
        """Forward to this process, beginning with the signals that came early."""
        self._process = process
        for number in self._early:
            self(number)
