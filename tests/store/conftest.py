"""One store of each kind, empty; a test that takes `store` runs on both."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from pressroom.store.store import Store, open_store
from tests.fakes.clock import FakeClock
from tests.slow import STORES


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with nothing in it, to be copied: making one takes longer."""
    path = tmp_path_factory.mktemp("empty") / "pressroom.db"
    open_store(path).close()
    return path


@pytest.fixture(params=STORES)
def address(request: pytest.FixtureRequest, tmp_path: Path, empty_file: Path) -> str:
    """Where an empty store is."""
    if request.param == "sqlite":
        return str(shutil.copy(empty_file, tmp_path))
    return request.getfixturevalue("empty_database")


@pytest.fixture
def store(address: str, clock: FakeClock) -> Iterator[Store]:
    with open_store(address, clock=clock) as opened:
        yield opened


@pytest.fixture
def file(tmp_path: Path, empty_file: Path, clock: FakeClock) -> Iterator[Store]:
    """A SQLite store, for what only a file can show."""
    with open_store(shutil.copy(empty_file, tmp_path), clock=clock) as opened:
        yield opened
