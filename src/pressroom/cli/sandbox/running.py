"""Sandboxes that run on this machine: each has a record in the data directory, locked while it lives.

The lock tells whether a record is true: only the process that wrote it can hold it, and it goes with it.

`find_running` lists them; `find_control` finds the one to steer, and gives its control API.
"""

import contextlib
import json
import os
import signal
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import click

from pressroom.cli.shell.command import Invocation
from pressroom.core import flock
from pressroom.core.address import LOCAL_HOSTS
from pressroom.core.errors import NotSent, Refused
from pressroom.core.remedies import Fix, Remedy, RemedyKind

# Seconds within which a sandbox has ended after SIGTERM, and between looks whether it has.
_STOP_S: Final = 10.0
_POLL_S: Final = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A sandbox that answers at `url`. token: its own invented one, or the one it was given.

    proxy: what leads a program to it under Meta's own names; empty without a proxy.
    options: what it was started with.
    """

    pid: int
    url: str
    user_id: str
    token: str
    proxy: dict[str, str] = field(default_factory=dict[str, str])
    options: dict[str, Any] = field(default_factory=dict[str, Any])

    @property
    def page(self) -> str:
        """Where a person can look at it."""
        return f"{self.url}/_sandbox/"

    @property
    def env(self) -> dict[str, str]:
        """What to export so that Pressroom and the helpers use it."""
        return {
            "INSTAGRAM_API_BASE": self.url,
            "INSTAGRAM_ACCESS_TOKEN": self.token,
            "INSTAGRAM_USER_ID": self.user_id,
        }


def records_in(home: Path) -> Path:
    """Give the directory of the records."""
    return home / "sandboxes"


@contextmanager
def recorded(home: Path, running: Running) -> Generator[None]:
    """Keep the record while the block runs."""
    # For this user alone: a record holds the sandbox's token.
    directory = records_in(home)
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    directory.mkdir(mode=0o700, exist_ok=True)
    path, draft = directory / f"{running.pid}.json", directory / f".{running.pid}.draft"
    descriptor = flock.open_lock_file(draft, extra_flags=os.O_TRUNC)
    with os.fdopen(descriptor, "r+", encoding="utf-8") as file:
        flock.lock(descriptor)
        json.dump(asdict(running), file)
        file.flush()
        # Whoever finds a record that nobody holds clears it away, so it is held before it can be found.
        draft.replace(path)
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def find_running(home: Path) -> list[Running]:
    """List the sandboxes that run, and clear away the records of those that do not."""
    running = list[Running]()
    for path in sorted(records_in(home).glob("*.json")):
        if not flock.is_locked(path):
            path.unlink(missing_ok=True)
            continue
        # Gone meanwhile, or being written this moment.
        with contextlib.suppress(FileNotFoundError, ValueError, TypeError):
            running.append(Running(**json.loads(path.read_text(encoding="utf-8"))))
    return running


def stop_running(home: Path, pid: int | None = None) -> tuple[list[Running], list[Running]]:
    """End the recorded sandbox of a process, or every one. Blocks.

    Gives those that ended, and those that still run after some seconds.
    """
    stopping = [running for running in find_running(home) if pid in (None, running.pid)]
    for running in stopping:
        with contextlib.suppress(ProcessLookupError):
            os.kill(running.pid, signal.SIGTERM)
    pids, deadline = {running.pid for running in stopping}, time.monotonic() + _STOP_S
    while True:
        left = {running.pid for running in find_running(home)} & pids
        if not left or time.monotonic() >= deadline:
            break
        time.sleep(_POLL_S)
    ended = [running for running in stopping if running.pid not in left]
    return ended, [running for running in stopping if running.pid in left]


_TIMEOUT_S: Final = 30.0
_START: Final = Fix.of("Start one: {}.", Remedy(RemedyKind.DETACH_SANDBOX))

url_option: Final = click.option("--url", help="Address of the sandbox; by default the one that runs.")


class OrderRefused(Refused):
    """The sandbox refuses an order, or no sandbox runs to take it."""


@dataclass(frozen=True, slots=True)
class Control:
    """The control API of the sandbox at `url`. Every call raises OrderRefused or NotSent."""

    url: str

    def get(self, what: str, **query: str | int | None) -> Any:  # noqa: ANN401  # whatever it documents
        """Read something."""
        return self._call("GET", what, query, None)

    def post(self, what: str, order: dict[str, Any]) -> Any:  # noqa: ANN401
        """Give an order."""
        return self._call("POST", what, {}, order)

    def delete(self, what: str, **query: str | int | None) -> Any:  # noqa: ANN401
        """Clear something."""
        return self._call("DELETE", what, query, None)

    def _call(self, method: str, what: str, query: dict[str, Any], order: dict[str, Any] | None) -> Any:  # noqa: ANN401
        from urllib.error import HTTPError, URLError  # noqa: PLC0415  # nothing is called to start a sandbox
        from urllib.request import ProxyHandler, Request, build_opener  # noqa: PLC0415  # loads ssl

        words = urlencode({name: value for name, value in query.items() if value is not None})
        address = f"{self.url}/_sandbox/{what}" + (f"?{words}" if words else "")
        body = None if order is None else json.dumps(order).encode()
        request = Request(address, data=body, method=method, headers={"content-type": "application/json"})  # noqa: S310  # checked
        # Past the environment's proxy, which could not reach a sandbox on this machine.
        opener = build_opener(ProxyHandler({}))
        try:
            with opener.open(request, timeout=_TIMEOUT_S) as answer:
                return json.load(answer)
        except HTTPError as error:
            try:
                text = str(json.load(error)["error"])
            except (ValueError, KeyError, TypeError):
                text = f"it answers {error.code}, so it is no sandbox or an old one"
            message = f"The sandbox refuses: {text}."
            raise OrderRefused(message, rule="order", fix="Correct it and try again.") from None
        except (URLError, OSError, ValueError) as error:
            reason = getattr(error, "reason", error)
            raise NotSent(f"No sandbox answers at {self.url} ({reason}).", fix=_START) from None


def find_control(invocation: Invocation, url: str | None) -> Control:
    """Find the sandbox to steer: `url`, else the environment's, else the only one that runs.

    Raises OrderRefused when there is none, or more than one.
    """
    # Loopback alone: INSTAGRAM_API_BASE may name the real API, to which no order may be sent.
    named = url or invocation.runtime.environ.get("INSTAGRAM_API_BASE", "")
    if (urlsplit(named).hostname or "") in LOCAL_HOSTS:
        return Control(named.rstrip("/"))
    if url is not None:
        raise OrderRefused(
            f"{url} is not an address of this machine.",
            rule="url",
            value=url,
            limit="loopback",
            fix=Fix.of("Give the address that {} told.", Remedy(RemedyKind.START_SANDBOX)),
        )
    sandboxes = find_running(invocation.settings().home)
    if not sandboxes:
        raise OrderRefused("No sandbox runs.", rule="sandbox", fix=_START)
    # Not the newest by guess: a reset or a clock of the wrong one would spoil somebody's test.
    if len(sandboxes) > 1:
        raise OrderRefused(
            "Several sandboxes run.",
            rule="sandbox",
            value=", ".join(running.url for running in sandboxes),
            fix="Name one with `--url`.",
        )
    return Control(sandboxes[0].url)
