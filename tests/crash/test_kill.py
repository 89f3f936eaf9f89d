"""kill -9 at every boundary of a post's life, and at random: nothing lost, nothing doubled, nothing stuck.

Worker, sandbox and test are three processes. The sandbox is hostile: a container published twice makes two
media, reads are stale, lists lag. Together the tests die at each of `DEATHS` once; `make crash` sets
`PRESSROOM_TEST_CRASH_ROUNDS` to a hundred deaths for each.
"""

import os
import random
from math import ceil

import pytest

from pressroom.core.post import PostId, SendState
from pressroom.core.settings import Settings
from tests.crash.stage import Luck, Site, a_site

TWICE_NOT_DONE = [SendState.NOT_DONE, SendState.NOT_DONE]
UNLUCKY = Luck(lost_answers=0.3, copies=0.2)
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
DEATHS = [*(f"{when} {event}" for event in EVENTS for when in ("before", "after")), *["random"] * 4]
ROUNDS = int(os.environ.get("PRESSROOM_TEST_CRASH_ROUNDS", ceil(len(DEATHS) / 4)))
# Where each of the four long tests begins, so that together they die at each.
QUARTERS = [quarter * len(DEATHS) // 4 for quarter in range(4)]


def die_again_and_again(site: Site, rounds: int, first: int) -> list[PostId]:
    """Kill a worker in each round, at the next of `DEATHS`; then let one work to the end."""
    chance = random.Random(first)  # noqa: S311  # no secret
    posts: list[PostId] = []
    for number in range(rounds):
        posts.append(site.schedule(number))
        death = DEATHS[(first + number) % len(DEATHS)]
        if death == "random":
            site.work_until(posts, kill_after_s=chance.uniform(0.5, 3.0))
        else:
            site.work_until(posts, crash_at=death)
    assert site.work_until(posts), site.unfinished(posts)
    site.assert_resumed_soon()
    return posts


@pytest.mark.proves("kill")
@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_a_worker_that_is_killed_around_its_send_publishes_once(settings: Settings) -> None:
    with a_site(settings) as site:
        posts = die_again_and_again(site, 2, first=DEATHS.index("after SendCommitted"))
        assert site.assert_each_is_live_once_or_asked_about(posts) == []


@pytest.mark.timeout(ROUNDS * 30 + 300)
def test_a_worker_that_is_killed_again_and_again_publishes_every_post_once(settings: Settings) -> None:
    """Only a post whose send and whose one repetition were both killed is asked about, and is not live."""
    with a_site(settings) as site:
        posts = die_again_and_again(site, ROUNDS, first=QUARTERS[site.store.is_shared])
        asked = site.assert_each_is_live_once_or_asked_about(posts)
        wrong = [post.id for post in asked if [send.state for send in post.sends] != TWICE_NOT_DONE]
        assert not wrong, wrong


@pytest.mark.timeout(ROUNDS * 30 + 300)
def test_so_it_does_while_answers_are_lost_and_copies_are_posted_by_hand(settings: Settings) -> None:
    """What nobody can know ends with a question to a person, and is live at most once."""
    with a_site(settings, UNLUCKY, accounts=4) as site:
        posts = die_again_and_again(site, ROUNDS, first=QUARTERS[2 + site.store.is_shared])
        asked = site.assert_each_is_live_once_or_asked_about(posts)
        print(f"{len(asked)} asked about")  # noqa: T201  # for who looks


@pytest.mark.timeout(900)
@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_sixty_posts_that_are_due_at_once_are_live_once_after_twenty_kills(settings: Settings) -> None:
    """Each restart leaves a gap in which all that are left were due."""
    chance = random.Random(60)  # noqa: S311  # no secret
    with a_site(settings, accounts=3) as site:
        posts = [site.schedule(number, in_s=20.0) for number in range(60)]
        for _ in range(20):
            site.work_until(posts, kill_after_s=chance.uniform(0.1, 1.5))
        assert site.work_until(posts), site.unfinished(posts)
        asked = site.assert_each_is_live_once_or_asked_about(posts)
        wrong = [post.id for post in asked if [send.state for send in post.sends] != TWICE_NOT_DONE]
        assert not wrong, wrong
        print(f"{len(asked)} asked about")  # noqa: T201  # for who looks
