"""A road for each test of publishing by way of the store."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tests.service.road import Road, opened_road


@pytest.fixture
async def road(tmp_path: Path) -> AsyncGenerator[Road]:
    async with opened_road(tmp_path) as opened:
        yield opened
