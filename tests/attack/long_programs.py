"""Thousands of sequences of what a program may try. `make attack-programs` runs it.

PRESSROOM_TEST_ATTACK_SEQUENCES is how many, PRESSROOM_TEST_ATTACK_SEED the luck. What is counted is printed.
"""

import asyncio
import logging
import os
import shutil
from collections import Counter
from pathlib import Path

import pytest

from pressroom.store.store import open_store
from tests.attack.programs import SEQUENCES_A_ROOM, attacked

SEQUENCES = int(os.environ.get("PRESSROOM_TEST_ATTACK_SEQUENCES", "5000"))
SEED = int(os.environ.get("PRESSROOM_TEST_ATTACK_SEED", "0"))


@pytest.mark.timeout(SEQUENCES + 60)
def test_no_program_lets_anything_out_that_no_person_let_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.root.manager, "disable", logging.WARNING)  # each swapped file is told
    open_store(tmp_path / "empty.db").close()
    found = Counter[str]()
    for number in range(SEQUENCES // SEQUENCES_A_ROOM):
        home, seed = tmp_path / str(number), SEED * SEQUENCES + number
        found += asyncio.run(attacked(home, tmp_path / "empty.db", seed, SEQUENCES_A_ROOM))
        shutil.rmtree(home)
    print(", ".join(f"{count} {what}" for what, count in found.items()))  # noqa: T201  # for who looks
