"""`pressroom sandbox exec`: runs any program, unmodified, against a sandbox under Meta's own host names."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from typing import Final

import click

from pressroom.cli.sandbox.background import PLAIN, start_detached
from pressroom.cli.sandbox.control_client import Control
from pressroom.cli.sandbox.registry import Running, find_running, stop_running
from pressroom.cli.shell.command import Command
from pressroom.cli.shell.failures import Misused
from pressroom.cli.shell.interrupts import ending_signals
from pressroom.cli.shell.invocation import Invocation
from pressroom.core.errors import PressroomError

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
    running = [one for one in find_running(home) if one.proxy]
    if running:
        return await _watched(invocation, running[0], command)
    own = await start_detached(invocation, {**PLAIN, "proxy": True}, 0)
    invocation.console.note(f"A sandbox of its own answers at {own.url}; it ends with the command.")
    try:
        return await _watched(invocation, own, command)
    finally:
        stop_running(home, own.pid)


async def _watched(invocation: Invocation, running: Running, command: tuple[str, ...]) -> int:
    """Run the command, then warn of what makes its success worth nothing."""
    control = Control(running.url)
    before = max((one["number"] for one in control.get("requests")), default=0)
    code = await _run(invocation, running, command)
    # The command may have ended the sandbox: its exit code counts all the same.
    with contextlib.suppress(PressroomError):
        for text in _doubts(control, before):
            invocation.console.warn(text)
    return code


def _doubts(control: Control, before: int) -> Iterator[str]:
    calls = control.get("requests", since=before)
    if any(one["name"] == _DISTRUST for one in calls):
        yield f"A program does not trust the sandbox's authority. {_HOW}"
    elif not calls:
        yield f"No call reached the sandbox. {_HOW}"
    for one in control.get("faults", unused=1):
        yield f"A planned fault never happened: {one['kind']} on {one['on']}."


async def _run(invocation: Invocation, running: Running, command: tuple[str, ...]) -> int:
    """Run the command to its end, and forward every ending signal to it."""
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
