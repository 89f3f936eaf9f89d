from pathlib import Path

import pytest

from pressroom.core.settings import Settings
from tests.fakes.clock import FakeClock

PICTURE = bytes(range(256)) * 400


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


@pytest.fixture
def content() -> bytes:
    """What is in the picture."""
    return PICTURE


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(jumps=False)


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "cat.jpg"
    path.write_bytes(PICTURE)
    return path
