"""A sandbox in this process, on a clock that costs no time, and the `client` that reaches it."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from pressroom.sandbox.server import serving
from pressroom.sandbox.simulator import Sandbox
from tests.app.world import PLAIN, World, environment, opened_world
from tests.fakes.clock import FakeClock


@pytest.fixture
async def world(tmp_path: Path) -> AsyncGenerator[World]:
    async with opened_world(tmp_path) as opened:
        yield opened


@pytest.fixture
async def sandbox_here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncGenerator[Sandbox]:
    """The sandbox of the environment, on a port, under the test's own event loop and with its clock."""
    sandbox = Sandbox(PLAIN, clock=FakeClock())
    async with serving(sandbox) as running:
        for name, value in environment(sandbox, running.base_url, tmp_path).items():
            monkeypatch.setenv(name, value)
        yield sandbox


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data directory of the helpers that need no account."""
    path = tmp_path / "home"
    monkeypatch.setenv("PRESSROOM_HOME", str(path))
    return path
