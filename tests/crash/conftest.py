"""One place for each kind of store."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL

from pressroom.core.secret import Secret
from pressroom.core.settings import Settings
from tests.slow import STORES, slow
from tests.store.postgres import a_database


@pytest.fixture(autouse=True)
@slow("kills and freezes processes")
def _slow_folder() -> None: ...


@pytest.fixture(params=STORES)
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    if request.param == "sqlite":
        yield Settings(home=tmp_path)
        return
    postgres: URL = request.getfixturevalue("postgres")
    with a_database(postgres) as url:
        yield Settings(home=tmp_path, database_url=Secret(url.render_as_string(hide_password=False)))
