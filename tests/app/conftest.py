"""A sandbox in this process, on a clock that costs no time, and the `client` that reaches it."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tests.app.world import World, opened_world


@pytest.fixture
async def world(tmp_path: Path) -> AsyncGenerator[World]:
    async with opened_world(tmp_path) as opened:
        yield opened


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data directory of the helpers that need no account."""
    path = tmp_path / "home"
    monkeypatch.setenv("PRESSROOM_HOME", str(path))
    return path
