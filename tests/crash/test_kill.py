"""kill -9 at every boundary of a post's life, and at random: nothing lost, nothing doubled, nothing stuck.

Worker, sandbox and test are three processes. The sandbox is hostile: a container published twice makes two
media. `PRESSROOM_TEST_CRASH_ROUNDS` sets how many deaths there are (`make crash` wants a hundred).
"""

import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from pressroom.accounts.vault import open_vault
from pressroom.core.account import Account
from pressroom.core.post import Post, PostId, PostState
from pressroom.core.secret import Secret
from pressroom.core.settings import Settings
from pressroom.graph.ids import UserId
from pressroom.publish import events as ev
from pressroom.publish.machine import step
from pressroom.store.store import Store, open_store
from tests.crash.following_clock import FollowingClock
from tests.publish.posts import a_post
from tests.store.postgres import a_database, a_server

FACTOR = 60.0
ROUNDS = int(os.environ.get("PRESSROOM_TEST_CRASH_ROUNDS", "14"))
PATIENCE_S = 60.0
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


@contextmanager
def process(script: str, *args: str, **environ: str) -> Generator[subprocess.Popen[str]]:
    path = Path(__file__).with_name(f"{script}.py")
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), **environ}
    with subprocess.Popen(
        [sys.executable, str(path), *args],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=env,
    ) as running:
        try:
            yield running
        finally:
            running.kill()


@dataclass
class Site:
    settings: Settings
    base_url: str
    store: Store
    clock: FollowingClock

    def schedule(self, number: int) -> PostId:
        due_at = self.clock.now() + timedelta(seconds=30)
        post = replace(
            a_post(caption=f"Post {number}", first_comment=f"Comment {number}"),
            id=PostId(f"post-{number}"),
            due_at=due_at,
        )
        self.store.posts.add(replace(step(post, ev.Submitted())[0], wake_at=self.clock.now()))
        return post.id

    @property
    def arguments(self) -> list[str]:
        database = self.settings.database_url
        return [str(self.settings.home), self.base_url, *([database.reveal()] if database else [])]

    def unfinished(self, posts: list[PostId]) -> list[str]:
        """What is left of posts that are not over, with the last of their histories."""
        stuck = [post for post in map(self.store.posts.get, posts) if not is_over(post)]
        return [f"{post} {[event.text for event in self.store.events.list(post.id)][-4:]}" for post in stuck]

    def ask(self, what: str) -> Any:
        with urlopen(f"{self.base_url}/_sandbox/{what}") as answer:  # noqa: S310  # loopback
            return json.load(answer)

    def work_until(
        self, posts: list[PostId], *, crash_at: str = "", kill_after_s: float | None = None
    ) -> bool:
        """Let a worker run until the posts are at their ends (True) or it is dead (False)."""
        with process("worker_main", *self.arguments, PRESSROOM_CRASH_AT=crash_at) as worker:
            end = time.monotonic() + PATIENCE_S
            death = None if kill_after_s is None else time.monotonic() + kill_after_s
            while time.monotonic() < end and worker.poll() is None:
                if death and time.monotonic() >= death:
                    return False
                if all(is_over(self.store.posts.get(post)) for post in posts):
                    return True
                time.sleep(0.05)
        return False


def is_over(post: Post) -> bool:
    return post.state is PostState.PUBLISHED and not post.followups


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    if request.param == "sqlite":
        yield Settings(home=tmp_path)
        return
    with a_server() as server, a_database(server) as url:
        yield Settings(home=tmp_path, database_url=Secret(url.render_as_string(hide_password=False)))


@pytest.fixture
def site(settings: Settings) -> Iterator[Site]:
    with process("sandbox_main", str(FACTOR)) as sandbox:
        assert sandbox.stdout is not None
        base_url = sandbox.stdout.readline().strip()
        clock = FollowingClock(base_url)
        with open_store(settings.store, clock=clock) as store:
            user_id = UserId("17841400000000001")
            account = Account(token=Secret("IGcrash"), user_id=user_id, api_base=base_url)
            open_vault(store, settings).keep("default", account, obtained_at=clock.now())
            yield Site(settings, base_url, store, clock)


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

    stored = [site.store.posts.get(post) for post in posts]
    media = site.ask("media")
    captions = Counter(one["caption"] for one in media)
    assert captions == Counter(f"Post {number}" for number in range(ROUNDS))
    assert {post.media_id for post in stored} <= {one["id"] for one in media} | {None}
    commented = Counter(
        one["path"]
        for one in site.ask("requests?limit=100000")
        if one["name"] == "comments" and one["method"] == "POST"
    )
    assert set(commented.values()) <= {1}
