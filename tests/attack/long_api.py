"""A thousand requests on each store whose answer is lost somewhere. `make attack` runs it.

PRESSROOM_TEST_LOST_ANSWERS is how many, PRESSROOM_TEST_KILLED_SERVERS how many servers are killed beside, as
processes, and PRESSROOM_TEST_ATTACK_SEED the luck. What is counted is printed.
"""

import asyncio
import os
from pathlib import Path
from random import Random

import pytest

from pressroom.core.secret import Secret
from pressroom.store.store import open_store
from tests.attack.killed_servers import KILLINGS, kill, served
from tests.attack.lost_answers import MOST_MOMENTS, in_doubt
from tests.service.consenting import person
from tests.service.road import opened_road

ROUNDS = int(os.environ.get("PRESSROOM_TEST_LOST_ANSWERS", "1000"))
KILLS = int(os.environ.get("PRESSROOM_TEST_KILLED_SERVERS", "40"))
SEED = int(os.environ.get("PRESSROOM_TEST_ATTACK_SEED", "0"))


@pytest.mark.timeout(ROUNDS * 2 + 60)
@pytest.mark.parametrize("kind", ["file", "server"])
def test_a_request_that_is_repeated_has_one_effect(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    open_store(tmp_path / "empty.db").close()
    is_file = kind == "file"
    empty = tmp_path / "empty.db" if is_file else Secret(request.getfixturevalue("empty_database"))
    counted = asyncio.run(in_doubt(tmp_path / "home", empty, SEED, ROUNDS))
    print(kind, SEED, ", ".join(f"{count} {what}" for what, count in counted.items()))  # noqa: T201  # for who looks


@pytest.mark.timeout(KILLS * 10 + 60)
@pytest.mark.parametrize("kind", ["file", "server"])
async def test_a_server_that_is_killed_by_the_system_has_had_one_effect(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = None if kind == "file" else Secret(request.getfixturevalue("empty_database"))
    chance, killed = Random(SEED), 0  # noqa: S311  # no secret
    async with opened_road(tmp_path / "home", database_url=url) as road, person(road) as owner:
        road.sign_in("ana")
        token = (await owner.keys.add("shop", scopes=("read", "draft", "publish"))).token.reveal()
        with served(road, token) as server:
            for _ in range(KILLS):
                killed += kill(server, chance.choice(sorted(KILLINGS)), chance.randint(1, MOST_MOMENTS))
    print(f"{kind}: {killed} of {KILLS} servers were killed")  # noqa: T201  # for who looks
