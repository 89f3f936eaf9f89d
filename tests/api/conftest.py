"""A house whose API has the account `ana`, and a program that may do all that a key allows."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tests.api.filled import Filled, a_stocked_world, filled
from tests.api.house import Client, House, a_house
from tests.service.road import opened_road
from tests.service.walked import World


@pytest.fixture
async def house(tmp_path: Path) -> AsyncGenerator[House]:
    async with opened_road(tmp_path / "home") as road:
        road.sign_in("ana", timezone="Europe/Istanbul")
        async with a_house(road) as opened:
            yield opened


@pytest.fixture
async def shop(house: House) -> Client:
    return await house.client("shop")


@pytest.fixture(scope="session")
def world_made(tmp_path_factory: pytest.TempPathFactory) -> World:
    return asyncio.run(a_stocked_world(tmp_path_factory.mktemp("world")))


@pytest.fixture
async def full(world_made: World, tmp_path: Path) -> AsyncGenerator[Filled]:
    async with filled(world_made, tmp_path) as opened:
        yield opened
