"""The short form of `make attack`'s lost answers: who repeats a request has one effect, and learns of it."""

from pathlib import Path

from pressroom.api.table import OPERATIONS
from pressroom.core.secret import Secret
from pressroom.store.store import open_store
from tests.attack.killed_servers import kill, served
from tests.attack.lost_answers import in_doubt
from tests.attack.wishes import WISHES
from tests.service.consenting import person
from tests.service.road import opened_road


def test_each_operation_that_takes_a_key_is_asked_for() -> None:
    assert {operation.name for operation in OPERATIONS if operation.takes_key} == WISHES.keys()


async def test_a_request_that_is_repeated_has_one_effect(tmp_path: Path) -> None:
    open_store(tmp_path / "empty.db").close()
    counted = await in_doubt(tmp_path / "home", tmp_path / "empty.db", seed=1, rounds=30)
    assert min(counted["answer lost"], counted["at once"], counted["told to come again"]) > 0, counted


async def test_on_a_server_too(tmp_path: Path, empty_database: str) -> None:
    counted = await in_doubt(tmp_path / "home", Secret(empty_database), seed=2, rounds=10)
    assert counted["told to come again"] > 0, counted


async def test_a_server_that_is_killed_by_the_system_has_had_one_effect(tmp_path: Path) -> None:
    async with opened_road(tmp_path / "home") as road, person(road) as owner:
        road.sign_in("ana")
        token = (await owner.keys.add("shop", scopes=("read", "draft", "publish"))).token.reveal()
        with served(road, token) as server:
            assert kill(server, "patch", "after SqlPosts.save")
