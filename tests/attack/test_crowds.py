"""The short form of `make attack` with crowds: none keeps others out, grows the server or delays a post."""

import asyncio
from pathlib import Path

from tests.attack.connections import gone_at_once, silent
from tests.attack.crowds import GROWTH_MB, LATE_S, READERS, besieged, connected, talking_nonsense
from tests.attack.shortages import Crowd
from tests.patience import patience

SECONDS = 0.8
CROWDS = ((talking_nonsense, silent, gone_at_once), 30), ((connected,), 1000), (READERS, 30)


def test_posts_go_out_on_time_whatever_crowd_holds_the_api(tmp_path: Path) -> None:
    """The worker is in the process of the API, which may hold few descriptors."""
    crowd = Crowd(posts=12, lead_s=5.0, over_s=3.0, accounts=3, address="https://example.com/a.jpg")
    with besieged(tmp_path, crowd, descriptors=128) as here:
        grown_mb, limits_s = list[float](), list[float]()
        for holds, size in CROWDS:
            grown_mb.append(asyncio.run(here.hold(holds, SECONDS, size=size)))
            # While the posts go out: the machine may be less busy once all is over.
            limits_s.append(patience(LATE_S))
        late_s = here.lateness_s()
    assert max(late_s) < max(limits_s), late_s
    assert max(grown_mb) < GROWTH_MB, grown_mb
