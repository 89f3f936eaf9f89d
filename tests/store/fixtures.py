"""The server that all tests of a process share, and a store there; both go with the last process of a run."""

from collections.abc import Iterator

import pytest
from sqlalchemy import URL, NullPool, create_engine, text

from pressroom.store.columns import SCHEMA, metadata
from pressroom.store.location import Location
from pressroom.store.store import open_store
from tests.slow import must_be_slow, slow
from tests.store.compiled import compile_once
from tests.store.new_store import first_rows
from tests.store.postgres import a_database, a_server, what_is_missing

_SEQUENCES = f"pg_sequences WHERE schemaname = '{SCHEMA}'"
_EMPTYING = (
    *(f"DELETE FROM {SCHEMA}.{table.name}" for table in reversed(metadata.sorted_tables)),  # noqa: S608  # names
    f"SELECT setval(('{SCHEMA}.' || sequencename)::regclass, start_value, false) FROM {_SEQUENCES}",  # noqa: S608
)
_FIRST_ROWS = f"INSERT INTO {SCHEMA}.options VALUES (:name, :value)"  # noqa: S608  # a constant

compile_once()


@pytest.fixture(scope="session")
@slow("starts a database server")
def postgres(request: pytest.FixtureRequest) -> Iterator[URL]:
    if missing := what_is_missing():
        # Every test on a server would say the same.
        request.session.shouldfail = missing
        pytest.fail(missing, pytrace=False)
    with a_server() as server:
        yield server


@pytest.fixture(scope="session")
def shared_database(postgres: URL) -> Iterator[URL]:
    """One database for all tests of this process; `empty_database` empties it."""
    with a_database(postgres) as url:
        open_store(url.render_as_string(hide_password=False)).close()
        yield url


@pytest.fixture
def empty_database(shared_database: URL) -> str:
    """Where a store on the server is with nothing in it: emptying one takes less than making one.

    By DELETE, which takes 7 ms of the server's time: TRUNCATE makes new files for each table, in 40 ms.
    """
    must_be_slow("asks a database server")
    with create_engine(shared_database, poolclass=NullPool).begin() as connection:
        connection.exec_driver_sql("; ".join(_EMPTYING))
        connection.execute(text(_FIRST_ROWS), first_rows(Location(shared_database)))
    return shared_database.render_as_string(hide_password=False)
