"""`pressroom sandbox serve|stop`: runs the simulator in the foreground or in the background."""

import asyncio
import os
import shlex
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Unpack

import click

from pressroom.cli.sandbox.background import Wanted, find_alike, options_of, start_detached
from pressroom.cli.sandbox.running import Running, recorded, stop_running
from pressroom.cli.sandbox.settings import (
    HostName,
    Setting,
    complete_traps,
    settings_of,
    skipped_facts,
    trap_lines,
)
from pressroom.cli.shapes import EndedSandboxShape, ProxyShape, SandboxShape, StoppedShape
from pressroom.cli.shell.command import Invocation, OpenCommand
from pressroom.core.address import LOCAL_HOSTS
from pressroom.core.errors import PressroomError, SettingRefused
from pressroom.sandbox.wire.listening import USUAL_PORT, free_port

FILE = click.Path(dir_okay=False, path_type=Path)
_PROXY_TEXT = (
    "A program whose host names are Meta's reaches it through a proxy. With these set, a shell's calls to "
    "any other https host are refused; `pressroom sandbox exec -- COMMAND` sets them for one command:"
)
# What listens on every address of the machine, and what a program on this machine calls it by.
_EVERY_ADDRESS = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}  # noqa: S104  # recognised, never chosen


@click.command(cls=OpenCommand)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--allow-host",
    type=HostName(),
    multiple=True,
    help="Host name under which it is reached, beside localhost, addresses and names without a dot.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    help=f"Port to listen on; 0 takes any. By default {USUAL_PORT}, or any when it is in use.",
)
@click.option("--user-id", help="Id of its account.")
@click.option("--token", help="Token it takes; by default one it invents at each start. Never a real one.")
@click.option("--media", type=click.IntRange(min=0), default=0, help="How many older posts it starts with.")
@click.option(
    "--fetch",
    type=click.Choice(["real", "trust", "anywhere"]),
    default="real",
    show_default=True,
    help="Fetch and judge URLs, those of local networks too (anywhere), or trust those off this machine.",
)
@click.option("--proxy", is_flag=True, help="Take calls to Meta's own host names too, through a proxy.")
@click.option("--record", type=FILE, help="Write every call to this file, without tokens.")
@click.option("--state", type=FILE, help="Keep what exists in this file, over restarts.")
@click.option("--facts", type=FILE, help="Behave as `pressroom doctor --probe` found. --set and --trap win.")
@click.option(
    "--trap",
    metavar="NAME",
    multiple=True,
    shell_complete=complete_traps,
    help="Provoke what goes wrong on the way to a token: no-role, code-used, page-task. --set wins over it.",
)
@click.option(
    "--set",
    "settings",
    type=Setting(),
    multiple=True,
    help="Any other setting: quota_total=3, processing=reads:2, hostile=true.",
)
@click.option("--detach", is_flag=True, help="Run in the background; returns once it answers.")
@click.option("--env", "as_env", is_flag=True, help="Print export lines alone, for eval.")
@click.pass_obj
async def serve(invocation: Invocation, *, detach: bool, as_env: bool, **wanted: Unpack[Wanted]) -> None:
    r"""Run the simulator until Ctrl-C, and say what to export.

    With --detach, one that runs on the same settings already is used again.

    \b
    eval "$(pressroom sandbox serve --detach --env)"
    pressroom publish photo cat.png --caption Hello
    pressroom sandbox stop
    """
    if invocation.console.is_json and as_env:
        raise click.UsageError("--json and --env exclude each other.")
    # Read here only for their errors: in the background they would be told in a log alone.
    settings_of(wanted)
    for line in trap_lines(wanted["trap"]):
        invocation.console.note(line)
    for name in skipped_facts(wanted):
        invocation.console.warn(f"The fact {name} answers no setting of this sandbox, and is skipped.")
    state = wanted["state"]
    if state is not None and state.exists():
        # Before anything is started on it.
        from pressroom.sandbox.state.snapshot import load_snapshot  # noqa: PLC0415  # loads only where a file is kept

        try:
            load_snapshot(state)
        except ValueError as error:
            raise SettingRefused(
                f"{state} holds no sandbox's state: {error}.",
                rule="state",
                value=str(state),
                limit="a file that a sandbox wrote, or one that is not there yet",
                fix="Name another file with `--state`.",
            ) from None
    if wanted["host"] not in LOCAL_HOSTS:
        invocation.console.warn("Whoever reaches this machine can use the sandbox.")
    if not detach:
        await _serve_here(invocation, wanted, as_env=as_env)
        return
    running = find_alike(invocation.settings().home, wanted)
    if running is not None:
        invocation.console.note(f"One runs on these settings already, as process {running.pid}.")
    else:
        running = await start_detached(invocation, wanted, free_port(wanted["host"], wanted["port"]))
    _show(invocation, running, as_env=as_env)


async def _serve_here(invocation: Invocation, wanted: Wanted, *, as_env: bool) -> None:
    from pressroom.sandbox.proxy import proxying  # noqa: PLC0415  # loads a server
    from pressroom.sandbox.server import serving  # noqa: PLC0415
    from pressroom.sandbox.simulator import Sandbox  # noqa: PLC0415

    simulator = Sandbox(settings_of(wanted), clock=invocation.runtime.clock)
    try:
        async with AsyncExitStack() as stack:
            served = await stack.enter_async_context(
                serving(simulator, host=wanted["host"], port=free_port(wanted["host"], wanted["port"]))
            )
            proxy = await stack.enter_async_context(proxying(served)) if wanted["proxy"] else None
            url = served.base_url
            # A URL that programs can call: 0.0.0.0 and [::] are good for listening alone.
            for every, own in _EVERY_ADDRESS.items():
                url = url.replace(f"//{every}:", f"//{own}:")
            running = Running(
                pid=os.getpid(),
                url=url,
                user_id=simulator.user_id,
                token=simulator.token,
                proxy=proxy.environment() if proxy else {},
                options=options_of(wanted),
            )
            # The record comes after the listening: whoever finds it may call at once.
            with recorded(invocation.settings().home, running):
                _show(invocation, running, as_env=as_env)
                # Never done: a signal cancels it, and the stack closes what was opened.
                await asyncio.get_running_loop().create_future()
    except asyncio.CancelledError:
        kept = f", with everything in it but what {wanted['state']} holds" if wanted["state"] else ""
        invocation.console.note(f"The sandbox is gone{kept or ', with everything in it'}.")
        for planned in simulator.faults.unused():
            invocation.console.warn(f"A planned fault never happened: {planned.words}.")
    finally:
        await simulator.aclose()


def _show(invocation: Invocation, running: Running, *, as_env: bool) -> None:
    console, proxy, ignored_by = invocation.console, None, list[str]()
    if running.proxy:
        from pressroom.sandbox.proxy import IGNORED_BY  # noqa: PLC0415  # loads a server

        ignored_by = list(IGNORED_BY)
        proxy = ProxyShape(env=running.proxy, ignored_by=tuple(ignored_by))
    shape = SandboxShape(
        url=running.url,
        page=running.page,
        user_id=running.user_id,
        token=running.token,
        pid=running.pid,
        env=running.env,
        proxy=proxy,
    )

    def show() -> None:
        if as_env:
            console.content("\n".join(_exports({**running.env, **running.proxy})))
            console.note(f"Look at it: {running.page}")
            return
        console.data(f"The sandbox answers at {running.url}; look at it: {running.page}")
        lines = [f"  {line}" for line in _exports(running.env)]
        if running.proxy:
            lines += [_PROXY_TEXT, *(f"  {line}" for line in _exports(running.proxy))]
            lines += ["These do not look at them:", *(f"  {line}" for line in ignored_by)]
        # Not folded: they are there to be copied.
        console.content("\n".join(lines))

    console.answer(shape, show)


def _exports(env: Mapping[str, str]) -> list[str]:
    return [f"export {name}={shlex.quote(value)}" for name, value in env.items()]


@click.command(cls=OpenCommand)
@click.pass_obj
def stop(invocation: Invocation) -> None:
    """End the sandboxes that were started from this data directory."""
    ended, left = stop_running(invocation.settings().home)
    if left:
        pids = ", ".join(str(running.pid) for running in left)
        raise PressroomError(
            f"The sandbox does not end (process {pids}).", fix=f"End it by force: kill -9 {pids}."
        )
    stopped = tuple(EndedSandboxShape(url=running.url, pid=running.pid) for running in ended)
    words = [f"The sandbox at {running.url} has ended." for running in ended]
    none_runs = "No sandbox runs. Start one: `pressroom sandbox serve`."
    invocation.console.answer(StoppedShape(stopped=stopped), words or none_runs)
