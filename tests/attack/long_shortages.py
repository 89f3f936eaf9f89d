"""Crowds of posts, few descriptors, a busy machine and a disk that fills. `make attack` runs it."""

from pathlib import Path

import pytest

from tests.attack.shortages import (
    Crowd,
    a_disk_that_fills,
    a_stage,
    a_worker,
    busy_loops,
    filled_again_and_again,
    judge,
    wait_for_all,
)

AT_ONE_INSTANT = Crowd(posts=1000)
WITHIN_FIVE_MINUTES = Crowd(posts=700, over_s=300)


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("descriptors", [256, 128, 64])
@pytest.mark.parametrize("crowd", [AT_ONE_INSTANT, WITHIN_FIVE_MINUTES], ids=["instant", "minutes"])
def test_a_crowd_waits_for_descriptors_and_goes_out_whole(
    crowd: Crowd, descriptors: int, tmp_path: Path
) -> None:
    with a_stage(tmp_path, crowd, tmp_path / "home") as stage, busy_loops():
        with a_worker(stage, descriptors) as worker:
            wait_for_all(stage, worker)
        judge(stage, crowd, worker)
        print(f"at most {worker.most} descriptors of {descriptors}")  # noqa: T201  # for who looks


@pytest.mark.timeout(3600)
def test_a_crowd_waits_for_room_on_a_disk_that_fills(tmp_path: Path) -> None:
    crowd, home = AT_ONE_INSTANT, tmp_path / "home"
    with a_disk_that_fills(home, 64), a_stage(tmp_path, crowd, home) as stage, busy_loops():
        with a_worker(stage, 256) as worker, filled_again_and_again(home):
            wait_for_all(stage, worker)
        judge(stage, crowd, worker)
