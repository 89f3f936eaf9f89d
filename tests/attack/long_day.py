"""A day of everything at once, on a fast clock: nothing grows after its first hours. `make attack` runs it.

A worker that publishes and pulls insights, the page with somebody signed in, and MCP over HTTP, while one
call in a hundred goes wrong. PRESSROOM_TEST_DAY_H is how long it is.
"""

import json
import os
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPCookieProcessor, OpenerDirector, Request, build_opener, urlopen

import pytest

from pressroom.core.actor import Scope
from pressroom.core.settings import Settings
from pressroom.core.stored_posts import PostQuery
from pressroom.service.consent.pages import SignInCodes
from pressroom.store.store import open_store
from tests.attack.arena import Arena, a_key, an_arena
from tests.attack.day import FACTOR, HOUR_S, MEDIA, SETTINGS, highest, plan_the_day, watched
from tests.cli.test_worker import whole_object
from tests.crash.following_clock import FollowingClock
from tests.crash.stage import is_over
from tests.patience import patience
from tests.web.opener import sign_in

HOURS = float(os.environ.get("PRESSROOM_TEST_DAY_H", "24"))
CALLS_PER_FAULT = 100
# A post every ten minutes; what is planned last is over before the day is.
POST_EVERY_S = 600.0
SETTLED_H = (1.0, 4.0)
MOST_GROWTH = 1.05
MOST_MORE_DESCRIPTORS = 4


@pytest.mark.timeout(HOURS * HOUR_S / FACTOR + 600)
def test_memory_and_descriptors_are_flat_after_the_first_hour(tmp_path: Path) -> None:
    with an_arena(tmp_path, 0, *SETTINGS, factor=FACTOR, media=MEDIA) as arena:
        home = tmp_path / "home"
        plan_the_day(arena, home, hours=HOURS - 3, every_s=POST_EVERY_S, is_collected=True)
        with _processes(arena) as running:
            visitor, agent = _Visitor(arena, home, running["page"][1]), _Agent(home, running["mcp"][1])
            pids = {name: pid for name, (pid, _) in running.items()}

            def meanwhile() -> None:
                visitor.look()
                agent.ask()

            readings = watched(arena, pids, hours=HOURS, calls_per_fault=CALLS_PER_FAULT, meanwhile=meanwhile)
        _assert_no_traceback(tmp_path)
        arena.assert_nothing_is_doubled_or_was_a_lie()
        with open_store(Settings(home=home).store) as store:
            posts = store.posts.list(PostQuery(limit=1000)).posts
        assert [post.id for post in posts if not is_over(post) and not post.attention] == []
    for name, of in readings.items():
        early, late = highest(of, *SETTLED_H), highest(of, HOURS - 3, HOURS)
        print(  # noqa: T201  # for who looks
            f"{name}: {early.memory_mb:.1f} MB and {early.descriptors} descriptors after the first hour, "
            f"{late.memory_mb:.1f} MB and {late.descriptors} in the end"
        )
        assert late.memory_mb <= MOST_GROWTH * early.memory_mb, name
        assert late.descriptors <= early.descriptors + MOST_MORE_DESCRIPTORS, name


@contextmanager
def _processes(arena: Arena) -> Generator[dict[str, tuple[int, str]]]:
    """Run worker, page and MCP over HTTP; gives the id and the address of each."""
    commands = {
        "worker": ("worker", "-v", "--json"),
        "page": ("serve", "--port", "0", "--json"),
        "mcp": ("mcp", "--http", "--port", "0", "--json"),
    }
    with ExitStack() as stack:
        running = dict[str, tuple[int, str]]()
        for name, command in commands.items():
            log = stack.enter_context((arena.place / f"{name}.log").open("w", encoding="utf-8"))
            process = stack.enter_context(arena.start(*command, home="home", user_id=None, log=log))
            stack.callback(process.kill)
            running[name] = process.pid, whole_object(process).get("url", "")
        yield running


class _Visitor:
    """Somebody who looks at the page again and again, and signs in when the session has ended."""

    def __init__(self, arena: Arena, home: Path, address: str) -> None:
        self._clock, self._codes = FollowingClock(arena.base_url), SignInCodes(home / "sign-in")
        self._address = address
        self._browser: OpenerDirector = build_opener(HTTPCookieProcessor())

    def look(self) -> None:
        try:
            self._read("/approvals")
        except HTTPError as error:
            if error.code != HTTPStatus.UNAUTHORIZED:
                raise
            sign_in(self._browser, f"{self._address}/sign-in?code={self._codes.mint(self._clock.now())}")

    def _read(self, path: str) -> None:
        with self._browser.open(f"{self._address}{path}", timeout=patience(30)) as answer:
            assert answer.read()


class _Agent:
    """A program that lists posts again and again."""

    def __init__(self, home: Path, address: str) -> None:
        self._address, self._key = address, a_key(home, "planner", *Scope)

    def ask(self) -> None:
        call: dict[str, Any] = {"name": "list_posts", "arguments": {}}
        body: dict[str, Any] = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
        headers = {
            "Authorization": f"Bearer {self._key}",
            "Accept": "application/json, text/event-stream",
            "Content-Type": "application/json",
        }
        request = Request(self._address, json.dumps(body).encode(), headers)  # noqa: S310  # loopback
        with urlopen(request, timeout=patience(30)) as answer:  # noqa: S310  # loopback
            assert not json.load(answer)["result"].get("isError")


def _assert_no_traceback(place: Path) -> None:
    for log in place.glob("*.log"):
        assert "Traceback" not in log.read_text(encoding="utf-8"), log
