"""Attacks on every publishing command, again and again with other luck. `make attack` runs it.

PRESSROOM_TEST_ATTACK_S is the time for all of them, PRESSROOM_TEST_ATTACK_SEED the luck. Moments of death are
measured in real time, so that the same luck does not always meet the same step.
"""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.attack.arena import Arena, an_arena, within
from tests.attack.attacks import ATTACKS
from tests.attack.seams import SEAMS
from tests.attack.swapping import drafted

ROUNDS = 40
BUDGET_S = float(os.environ.get("PRESSROOM_TEST_ATTACK_S", "660"))
SEED = int(os.environ.get("PRESSROOM_TEST_ATTACK_SEED", "0"))
ALL = (*ATTACKS, *SEAMS)
SHARE_S = BUDGET_S / len(ALL)


@pytest.mark.timeout(SHARE_S + 600)
@pytest.mark.parametrize("attack", ALL, ids=lambda attack: attack.__name__)
def test_nothing_is_published_twice_and_no_command_lies(
    attack: Callable[[Arena, str], None], tmp_path: Path
) -> None:
    with an_arena(tmp_path, SEED) as arena:
        for number in within(SHARE_S, most=ROUNDS):
            attack(arena, f"{attack.__name__} {number}")
            arena.assert_nothing_is_doubled_or_was_a_lie()
        print(f"{len(arena.told)} commands and posts judged")  # noqa: T201  # for who looks


@pytest.mark.timeout(600)
def test_no_file_is_taken_that_a_link_leads_to_which_was_swapped_in(tmp_path: Path) -> None:
    taken = asyncio.run(drafted(tmp_path, tries=600))
    print(taken)  # noqa: T201  # for who looks
    assert not taken.keys() - {"allowed", "nothing"}, taken
