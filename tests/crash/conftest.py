"""One site for each kind of store."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pressroom.accounts.vault import open_vault
from pressroom.core.account import Account
from pressroom.core.secret import Secret
from pressroom.core.settings import Settings
from pressroom.graph.ids import UserId
from pressroom.store.store import open_store
from tests.crash.following_clock import FollowingClock
from tests.crash.stage import FACTOR, Site, process
from tests.store.postgres import a_database, a_server


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    if request.param == "sqlite":
        yield Settings(home=tmp_path)
        return
    with a_server() as server, a_database(server) as url:
        yield Settings(home=tmp_path, database_url=Secret(url.render_as_string(hide_password=False)))


@pytest.fixture
def site(settings: Settings) -> Iterator[Site]:
    with process("sandbox_main", str(FACTOR)) as sandbox:
        assert sandbox.stdout is not None
        base_url = sandbox.stdout.readline().strip()
        clock = FollowingClock(base_url)
        with open_store(settings.store, clock=clock) as store:
            user_id = UserId("17841400000000001")
            account = Account(token=Secret("IGcrash"), user_id=user_id, api_base=base_url)
            open_vault(store, settings).keep("default", account, obtained_at=clock.now())
            yield Site(settings, base_url, store, clock)
