"""Starts a sandbox in the background, or finds a running one with the same settings."""

import asyncio
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Literal, TypedDict
from urllib.parse import urlsplit

from pressroom.cli.sandbox.registry import Running, find_running
from pressroom.cli.shell.failures import SystemRefused
from pressroom.cli.shell.invocation import Invocation

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
    return {
        **named,
        "record": str(wanted["record"].resolve()) if wanted["record"] else None,
        "state": str(wanted["state"].resolve()) if wanted["state"] else None,
        "facts": _content(wanted["facts"]),
        "allow_host": sorted(wanted["allow_host"]),
        "trap": sorted(wanted["trap"]),
        "settings": sorted(map(list, wanted["settings"])),
    }


def _content(path: Path | None) -> str | None:
    """Return what stands in a file: the same path may hold other facts by now."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path else None


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
                found = [running for running in find_running(home) if running.pid == process.pid]
                if found:
                    return found[0]
                await asyncio.sleep(_POLL_S)
    except (TimeoutError, asyncio.CancelledError) as error:
        process.terminate()
        if isinstance(error, asyncio.CancelledError):
            raise
    raise SystemRefused("The sandbox did not start.", fix=f"Its log says why: {log}")


def _arguments(wanted: Wanted) -> Iterator[str]:
    for name, value in wanted.items():
        if name == "settings":
            yield from (f"--set={key}={word}" for key, word in wanted["settings"])
        elif name == "allow_host":
            yield from (f"--allow-host={host}" for host in wanted["allow_host"])
        elif name == "trap":
            yield from (f"--trap={trap}" for trap in wanted["trap"])
        elif name == "proxy":
            yield from ["--proxy"] * wanted["proxy"]
        elif value is not None and name != "port":
            yield f"--{name.replace('_', '-')}={value}"


def _private(path: str, flags: int) -> int:
    # The log is for its owner alone, and a link that somebody put in its place is not followed.
    return os.open(path, flags | os.O_NOFOLLOW, 0o600)


def _spawn(invocation: Invocation, wanted: Wanted, port: int, log: Path) -> "subprocess.Popen[bytes]":
    # No real account reaches it: what it is given it may record, log or show.
    environ = {k: v for k, v in invocation.runtime.environ.items() if not k.startswith("INSTAGRAM_")}
    argv = ["sandbox", "serve", "--json", f"--port={port}", *_arguments(wanted)]
    with open(log, "ab", opener=_private) as file:  # Path.open takes no opener
        return subprocess.Popen(  # noqa: S603  # our own command
            [sys.executable, "-m", "pressroom", *argv],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=file,
            env=environ,
            # A session of its own: neither Ctrl-C nor the end of this terminal reaches it.
            start_new_session=True,
        )
