"""Crowds of 10,000, and of slow readers, at an API beside which a worker publishes. `make attack` runs it.

PRESSROOM_TEST_CROWD_S is how long all of them hold on together.
"""

import asyncio
import os
from pathlib import Path

import pytest

from tests.attack.connections import gone_at_once, half_a_head, silent
from tests.attack.crowds import GROWTH_MB, LATE_S, READERS, besieged, connected, talking_nonsense
from tests.attack.shortages import Crowd
from tests.patience import patience

SECONDS = float(os.environ.get("PRESSROOM_TEST_CROWD_S", "100"))
CROWDS = (
    ((talking_nonsense, silent, gone_at_once), 70),
    (READERS, 70),
    ((connected,), 10_000),
    ((half_a_head,), 10_000),
    ((silent,), 500),
)


@pytest.mark.timeout(SECONDS + 180)
@pytest.mark.parametrize("descriptors", [1024, 256])
@pytest.mark.parametrize("is_worker_inside", [True, False], ids=["inside", "beside"])
def test_posts_go_out_on_time_whatever_crowd_holds_the_api(
    is_worker_inside: bool, descriptors: int, tmp_path: Path
) -> None:
    crowd = Crowd(posts=200, lead_s=20.0, over_s=SECONDS, accounts=10, address="https://example.com/a.jpg")
    grown_mb, waits_s = list[float](), list[float]()
    with besieged(tmp_path, crowd, descriptors=descriptors, is_worker_inside=is_worker_inside) as here:
        for holds, size in CROWDS:
            here.attacked.waits_s.clear()
            grown_mb.append(asyncio.run(here.hold(holds, SECONDS / len(CROWDS), size=size)))
            waits_s.append(max(here.attacked.waits_s))
        late_s = sorted(here.lateness_s())
    middle, last = late_s[len(late_s) // 2], late_s[-1]
    print(f"waits {waits_s} s, growth {grown_mb} MB, posts late {middle:.2f} s, {last:.2f} s at most")  # noqa: T201  # for who looks
    assert last < patience(LATE_S), late_s
    assert max(grown_mb) < 2 * GROWTH_MB, grown_mb
