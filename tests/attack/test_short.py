"""The short form of `make attack`: whatever is killed, no key ever has two posts, and no command lies.

And a crowd of posts on few descriptors goes out whole.
"""

import asyncio
from pathlib import Path

from pressroom.cli.shell.failures import ExitCode
from tests.attack.arena import an_arena
from tests.attack.attacks import (
    a_backup_is_put_back,
    a_foreign_page_uses_the_controls,
    a_keyed_publish_is_killed,
    many_use_one_key_at_once,
)
from tests.attack.shortages import Crowd, a_stage, a_worker, judge, wait_for_all
from tests.attack.swapping import drafted
from tests.cli.processes import control


def test_killed_commands_publish_nothing_twice_and_say_nothing_false(tmp_path: Path) -> None:
    with an_arena(tmp_path, seed=3) as arena:
        control(arena.base_url, "faults", {"on": "media_publish", "kind": "drop", "effect": "done"})
        assert arena.publish("lost", "--idempotency-key", "lost").code == ExitCode.DONE
        a_keyed_publish_is_killed(arena, "killed")
        many_use_one_key_at_once(arena, "at once")
        a_foreign_page_uses_the_controls(arena, "page")
        arena.assert_nothing_is_doubled_or_was_a_lie()


def test_a_store_that_is_put_back_publishes_nothing_twice(tmp_path: Path) -> None:
    with an_arena(tmp_path, seed=4) as arena:
        a_backup_is_put_back(arena, "put back")
        arena.assert_nothing_is_doubled_or_was_a_lie()


def test_no_file_is_taken_that_a_link_leads_to_which_was_swapped_in(tmp_path: Path) -> None:
    taken = asyncio.run(drafted(tmp_path, tries=120))
    assert taken["allowed"], taken
    assert not taken.keys() - {"allowed", "nothing"}, taken


def test_a_crowd_on_few_descriptors_goes_out_whole(tmp_path: Path) -> None:
    crowd = Crowd(posts=60, lead_s=60.0)
    with a_stage(tmp_path, crowd, tmp_path / "home") as stage:
        with a_worker(stage, 64) as worker:
            wait_for_all(stage, worker)
        judge(stage, crowd, worker)
