"""A day on a fast clock: posts all day long, calls that go wrong, and what processes take of the machine."""

import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from urllib.request import urlopen

from pressroom.accounts.vault import open_vault
from pressroom.core.account import Account, account_id
from pressroom.core.post import PostId
from pressroom.core.readings import Batch, Collecting
from pressroom.core.secret import Secret
from pressroom.core.settings import Settings
from pressroom.graph.answers import UserId
from pressroom.publish.machine import events as ev
from pressroom.publish.machine.transitions import step
from pressroom.store.store import open_store
from tests.attack.arena import Arena
from tests.cli.processes import control
from tests.crash.following_clock import FollowingClock
from tests.patience import patience
from tests.publish.posts import a_post

FACTOR: Final = 240.0
MEDIA: Final = 400
SETTINGS: Final = ("metrics_refused=shares:0.2", "calls_per_day=100000000")
HOUR_S: Final = 3600.0
_FAULTS: Final[Sequence[dict[str, Any]]] = (
    {"kind": "drop"},
    {"kind": "gateway"},
    {"kind": "truncate"},
    {"kind": "slow", "delay_s": 20},
    {"kind": "error", "code": 2},
    {"kind": "error", "code": 100},
)


@dataclass(frozen=True, slots=True)
class Taken:
    """What a process takes at an hour of the day. memory_mb: resident."""

    hour: float
    memory_mb: float
    descriptors: int


def taken_by(pid: int, hour: float) -> Taken:
    """Read it from /proc."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    [size] = [line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")]
    return Taken(hour, int(size) / 1024, len(os.listdir(f"/proc/{pid}/fd")))  # noqa: PTH208  # names alone


def plan_the_day(arena: Arena, home: Path, *, hours: float, every_s: float, is_collected: bool) -> None:
    """Sign in, plan a post for every so often, and begin to collect the account's insights."""
    if is_collected:
        _draw_pictures(arena)
    clock, settings = FollowingClock(arena.base_url), Settings(home=home)
    user = UserId(arena.account["INSTAGRAM_USER_ID"])
    token = Secret(arena.account["INSTAGRAM_ACCESS_TOKEN"])
    account = Account(token=token, user_id=user, api_base=arena.base_url)
    with open_store(settings.store, clock=clock, marks=settings.marks) as store:
        open_vault(store, settings).keep("default", account, obtained_at=clock.now())
        # The first half hour is the worker's start.
        for number in range(int(hours * HOUR_S / every_s)):
            due_at = clock.now() + timedelta(seconds=HOUR_S / 2 + number * every_s)
            post = replace(
                a_post(caption=f"Post {number}"), id=PostId(f"p-{number}"), account="default", due_at=due_at
            )
            early = due_at - timedelta(seconds=HOUR_S / 4)
            store.posts.add(replace(step(post, ev.Submitted())[0], wake_at=early))
        if is_collected:
            ours = account_id(account.user_id, account.api_base)
            store.readings.keep(ours, Batch(collecting=Collecting(started_at=clock.now())))


def _draw_pictures(arena: Arena) -> None:
    """Ask for each picture once: the sandbox draws it then, which takes longer than a fast clock allows."""
    page = f"{arena.base_url}/me/media?fields=media_type,media_url,thumbnail_url&limit=100"
    page += f"&access_token={arena.account['INSTAGRAM_ACCESS_TOKEN']}"
    while page:
        listed = json.loads(_read(page))
        for one in listed["data"]:
            _read(one["thumbnail_url"] if one["media_type"] == "VIDEO" else one["media_url"])
        page = listed["paging"].get("next", "")


def _read(url: str) -> bytes:
    with urlopen(url, timeout=patience(30)) as answer:  # noqa: S310  # loopback
        return answer.read()


def watched(
    arena: Arena,
    pids: Mapping[str, int],
    *,
    hours: float,
    calls_per_fault: int,
    meanwhile: Callable[[], object] = lambda: None,
) -> dict[str, list[Taken]]:
    """Let hours pass, in which one call in so many goes wrong, and read what processes take."""
    clock = FollowingClock(arena.base_url)
    readings: dict[str, list[Taken]] = {name: [] for name in pids}
    while (hour := clock.monotonic() / HOUR_S) < hours:
        if not control(arena.base_url, "faults"):
            # One is pending at any time, on average after so many calls.
            fault = {"on": "*", "skip": arena.chance.randrange(2 * calls_per_fault)}
            control(arena.base_url, "faults", fault | arena.chance.choice(_FAULTS))
        meanwhile()
        for name, pid in pids.items():
            readings[name].append(taken_by(pid, hour))
        time.sleep(0.5)
    return readings


def highest(readings: Sequence[Taken], since: float, until: float) -> Taken:
    """Give the most of each between two hours."""
    span = [one for one in readings if since <= one.hour < until]
    return Taken(until, max(one.memory_mb for one in span), max(one.descriptors for one in span))
