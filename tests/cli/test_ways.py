"""docs/architecture.md tells the way that a post takes through the files: this follows one."""

import asyncio
import re
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import pressroom
from pressroom.core.post import PostId, PostState
from pressroom.publish.steps import sending
from pressroom.store.store import Store
from tests.cli.conftest import PICTURE, Shell
from tests.cli.planning import ADD
from tests.cli.test_planned_by_environment import working

PACKAGE = Path(pressroom.__file__).parent
PAGE = re.sub(r"\s+", " ", (PACKAGE.parents[1] / "docs" / "architecture.md").read_text(encoding="utf-8"))
ENTRY = ("cli/entry", "cli/shell/command", "cli/shell/interrupts")
PUBLISH = ("publish", "photo", PICTURE)
Way = tuple[str, ...]


def callers() -> Way:
    """Name the files that wait for the one that asks, the outermost first."""
    found, frame = list[str](), _frame()
    while frame:
        path = Path(frame.f_code.co_filename)
        name = str(path.relative_to(PACKAGE).with_suffix("")) if path.is_relative_to(PACKAGE) else ""
        if name and name not in ENTRY and name != (found[-1] if found else ""):
            found.append(name)
        frame = frame.f_back
    return tuple(reversed(found))


def _frame() -> FrameType | None:
    return sys._getframe(3)  # there is no other way to it


@pytest.fixture
def ways(monkeypatch: pytest.MonkeyPatch) -> dict[str, Way]:
    """How a post came to the store, and to the call that publishes."""
    found, send, run = dict[str, Way](), sending.send, Store.run

    def note_send(*args: Any) -> Awaitable[Any]:
        found["sent"] = callers()
        return send(*args)

    def note_run(store: Store, operation: Callable[..., Any], *args: Any, **more: Any) -> Awaitable[Any]:
        if operation.__name__ == "add_all":
            found["kept"] = callers()
        return run(store, operation, *args, **more)

    monkeypatch.setattr(sending, "send", note_send)
    monkeypatch.setattr(Store, "run", note_run)
    return found


def is_told(way: Way) -> bool:
    return ", ".join(f"`{name}`" for name in way) in PAGE


def test_the_page_tells_how_a_post_is_published_at_once(account: Shell, ways: dict[str, Way]) -> None:
    assert account(*PUBLISH).code == 0
    assert "kept" not in ways
    assert is_told(ways["sent"]), ways


def test_the_page_tells_how_a_post_is_kept_and_carried(account: Shell, ways: dict[str, Way]) -> None:
    assert account(*PUBLISH, "--idempotency-key", "k1").code == 0
    assert is_told(ways["kept"]), ways
    assert is_told(ways["sent"]), ways


def test_the_page_tells_how_a_post_is_planned_and_published_by_a_worker(
    account: Shell, ways: dict[str, Way]
) -> None:
    post_id = PostId(account(*ADD, PICTURE, "--at", "now", "--json").json["post_id"])
    assert is_told(ways["kept"]), ways

    async def work() -> PostState:
        async with working(account) as session:
            return (await session.posts.wait_for(post_id)).state

    assert asyncio.run(work()) is PostState.PUBLISHED
    assert is_told(ways["sent"]), ways
