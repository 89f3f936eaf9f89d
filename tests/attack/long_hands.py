"""A thousand posts in several hands on each store. `make attack` runs it.

PRESSROOM_TEST_HANDS_ROUNDS is how many, PRESSROOM_TEST_ATTACK_SEED the luck. What is counted is printed.
"""

import asyncio
import os
from pathlib import Path

import pytest

from pressroom.core.secret import Secret
from pressroom.store.store import open_store
from tests.attack.hands import in_hands

ROUNDS = int(os.environ.get("PRESSROOM_TEST_HANDS_ROUNDS", "1000"))
SEED = int(os.environ.get("PRESSROOM_TEST_ATTACK_SEED", "0"))


@pytest.mark.timeout(ROUNDS * 2 + 60)
@pytest.mark.parametrize("kind", ["file", "server"])
def test_no_change_is_lost_and_none_comes_upon_what_was_not_seen(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    open_store(tmp_path / "empty.db").close()
    is_file = kind == "file"
    empty = tmp_path / "empty.db" if is_file else Secret(request.getfixturevalue("empty_database"))
    counted = asyncio.run(in_hands(tmp_path / "home", empty, SEED, ROUNDS))
    print(kind, ", ".join(f"{count} {what}" for what, count in counted.items()))  # noqa: T201  # for who looks
