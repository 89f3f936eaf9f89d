"""Whoever asks a cluster's server learns whether any worker lives."""

from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import URL

from pressroom.core.secret import Secret
from pressroom.dispatch.cluster import prepare_queue
from pressroom.dispatch.locks import QUEUE_SCHEMA, is_any_worker_alive
from pressroom.store.store import Store, open_store
from tests.store.postgres import a_database


@pytest.fixture
def address(postgres: URL) -> Iterator[str]:
    with a_database(postgres) as url:
        yield url.render_as_string(hide_password=False)


@pytest.fixture
def store(address: str) -> Iterator[Store]:
    with open_store(address) as opened:
        yield opened


def beat(address: str, seconds_ago: int) -> None:
    conninfo = address.replace("postgresql+psycopg", "postgresql")
    with psycopg.connect(conninfo, options=f"-c search_path={QUEUE_SCHEMA}") as connection:
        connection.execute("DELETE FROM procrastinate_workers")
        connection.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - make_interval(secs => %s))",
            [seconds_ago],
        )


def test_a_worker_lives_as_long_as_its_last_sign_is_fresh(store: Store, address: str) -> None:
    assert not is_any_worker_alive(store.database), "no worker ever ran"
    prepare_queue(Secret(address))
    assert not is_any_worker_alive(store.database), "none runs"
    beat(address, 5)
    assert is_any_worker_alive(store.database)
    beat(address, 60)
    assert not is_any_worker_alive(store.database), "it died"
