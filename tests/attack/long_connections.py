"""Five crowds at once, at each server that takes bodies. `make attack` runs it.

PRESSROOM_TEST_CROWD_S is how long each of them holds on.
"""

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.attack.connections import HOLDS, SERVERS, SIZE, Attacked, a_crowd

SECONDS = float(os.environ.get("PRESSROOM_TEST_CROWD_S", "100"))


@pytest.mark.timeout(SECONDS + 120)
@pytest.mark.parametrize("server", SERVERS, ids=lambda server: server.__name__)
async def test_whoever_holds_connections_keeps_nobody_out(
    server: Callable[[Path], AbstractContextManager[Attacked]], tmp_path: Path
) -> None:
    with server(tmp_path) as attacked:
        async with a_crowd(attacked, *HOLDS):
            await attacked.assert_others_are_answered(SECONDS)
    waits = sorted(attacked.waits_s)
    middle, longest = waits[len(waits) // 2], waits[-1]
    print(f"{len(waits)} answers beside {len(HOLDS) * SIZE} clients: {middle:.3f} s, {longest:.3f} s at most")  # noqa: T201  # for who looks
