"""The server that every test of a process shares; it goes with the last process of a run."""

from collections.abc import Iterator

import pytest
from sqlalchemy import URL

from tests.store.postgres import a_server


@pytest.fixture(scope="session")
def postgres() -> Iterator[URL]:
    with a_server() as server:
        yield server
