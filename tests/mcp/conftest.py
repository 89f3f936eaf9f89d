"""An agent of an account that is signed in, on each of the two protocols where a test asks for both."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tests.mcp.agents import Agent, agent
from tests.service.road import Road, opened_road
from tests.slow import slow


@pytest.fixture
async def road(tmp_path: Path) -> AsyncGenerator[Road]:
    async with opened_road(tmp_path / "home") as opened:
        opened.sign_in("ana", timezone="Europe/Istanbul")
        yield opened


@pytest.fixture
@slow("connects a client to a server for agents")
async def ana(road: Road, tmp_path: Path) -> AsyncGenerator[Agent]:
    async with agent(road, tmp_path / "pictures") as connected:
        yield connected
