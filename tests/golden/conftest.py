"""What makes a run the same each time, and quick."""

from collections.abc import Iterator
from random import Random

import pytest
from sqlalchemy import Engine

from pressroom.store.database import connect
from pressroom.store.location import Location, locate


@pytest.fixture(autouse=True)
def _waits_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the client wait for as long between its tries in every run."""
    monkeypatch.setattr("pressroom.client.client.SystemRandom", lambda: Random(1))  # noqa: S311  # no secret


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """One for all databases in memory: each that is closed is gone, and what SQLAlchemy learnt stays."""
    engine = connect(locate(":memory:"))
    yield engine
    engine.dispose()


@pytest.fixture(autouse=True)
def _one_engine(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def connected(_location: Location) -> Engine:
        return engine

    monkeypatch.setattr("tests.publish.durable_world.connect", connected)
