"""The short form of `make attack` with connections: a crowd keeps nobody out, and leaves no traceback."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.attack.connections import HOLDS, SERVERS, Attacked, a_crowd

SECONDS = 1.0


@pytest.mark.parametrize("server", SERVERS, ids=lambda server: server.__name__)
async def test_whoever_holds_connections_keeps_nobody_out(
    server: Callable[[Path], AbstractContextManager[Attacked]], tmp_path: Path
) -> None:
    with server(tmp_path) as attacked:
        for hold in HOLDS:
            async with a_crowd(attacked, hold):
                await attacked.assert_others_are_answered(SECONDS)
