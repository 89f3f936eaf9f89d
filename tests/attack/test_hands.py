"""The short form of `make attack`'s hands: people, a program and a worker undo nothing of each other."""

from pathlib import Path

import pytest

from pressroom.core.secret import Secret
from pressroom.store.store import open_store
from tests.attack.hands import in_hands


async def test_in_several_hands_no_change_is_lost_and_none_comes_upon_what_was_not_seen(
    tmp_path: Path,
) -> None:
    open_store(tmp_path / "empty.db").close()
    counted = await in_hands(tmp_path / "home", tmp_path / "empty.db", seed=1, rounds=60)
    assert min(counted["told"], counted["asked"], counted["deeds"], counted["published"]) > 0, counted


@pytest.mark.slow
async def test_on_a_server_too(tmp_path: Path, empty_database: str) -> None:
    counted = await in_hands(tmp_path / "home", Secret(empty_database), seed=2, rounds=20)
    assert counted["told"] > 0, counted
