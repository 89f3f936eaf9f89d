"""kill -9 at every boundary of a post's life, and at random: nothing lost, nothing doubled, nothing stuck.

Worker, sandbox and test are three processes. The sandbox is hostile: a container published twice makes two
media. `PRESSROOM_TEST_CRASH_ROUNDS` sets how many deaths there are (`make crash` wants a hundred).
"""

import os
import random

import pytest

from pressroom.core.post import PostId
from tests.crash.stage import Site

ROUNDS = int(os.environ.get("PRESSROOM_TEST_CRASH_ROUNDS", "14"))
EVENTS = (
    "Woken",
    "ContainerCreated",
    "ContainerSettled",
    "SendCommitted",
    "SendAnswered",
    "PermalinkRead",
    "CommentCommitted",
    "CommentAnswered",
)
BOUNDARIES = [f"{when} {event}" for event in EVENTS for when in ("before", "after")]


@pytest.mark.timeout(ROUNDS * 30 + 120)
def test_a_worker_that_is_killed_again_and_again_publishes_every_post_once(site: Site) -> None:
    chance = random.Random(ROUNDS)  # noqa: S311  # no secret
    deaths = [*BOUNDARIES, *["random"] * (ROUNDS // 4)]
    posts: list[PostId] = []
    for number in range(ROUNDS):
        posts.append(site.schedule(number))
        death = deaths[number % len(deaths)]
        if death == "random":
            site.work_until(posts, kill_after_s=chance.uniform(0.5, 3.0))
        else:
            site.work_until(posts, crash_at=death)
    assert site.work_until(posts), site.unfinished(posts)

    site.assert_each_is_live_once(posts)
