"""Sixteen older copies of a store are started with processes. `make attack` runs it."""

from pathlib import Path

import pytest

from tests.attack.arena import an_arena
from tests.attack.older import Round, rounds, start_an_older_copy


@pytest.mark.timeout(300)
@pytest.mark.parametrize("played", list(rounds()), ids=lambda played: "-".join(map(str, played)))
def test_an_older_copy_publishes_nothing_that_was_published(
    played: Round, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    with an_arena(tmp_path, seed=5) as arena:
        start_an_older_copy(arena, played)
        arena.assert_nothing_is_doubled_or_was_a_lie()
