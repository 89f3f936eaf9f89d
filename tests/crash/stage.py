"""A store, a hostile sandbox in another process, and workers that come and go."""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from pressroom.core.post import Post, PostId, PostState
from pressroom.core.settings import Settings
from pressroom.publish import events as ev
from pressroom.publish.machine import step
from pressroom.store.store import Store
from tests.crash.following_clock import FollowingClock
from tests.publish.posts import a_post

FACTOR = 60.0
PATIENCE_S = 180.0


@contextmanager
def process(script: str, *args: str, **environ: str) -> Generator[subprocess.Popen[str]]:
    """Run one of this folder's scripts; a worker's log goes to its home, of all runs one after another."""
    path = Path(__file__).with_name(f"{script}.py")
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **environ}
    place = Path(args[0], "worker.log") if script == "worker_main" else Path(os.devnull)
    with (
        place.open("a") as log,
        subprocess.Popen(
            [sys.executable, str(path), *args], stdout=subprocess.PIPE, stderr=log, text=True, env=env
        ) as running,
    ):
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
        print(self.settings.home.joinpath("worker.log").read_text()[-5000:])  # noqa: T201  # shown on failure
        return [f"{post} {[event.text for event in self.store.events.list(post.id)][-4:]}" for post in stuck]

    def assert_each_is_live_once(self, posts: list[PostId]) -> None:
        """Count by media, by ids and by comments."""
        media = self.ask("media")
        captions = Counter(one["caption"] for one in media)
        assert captions == Counter(f"Post {number}" for number in range(len(posts)))
        ids = {post.media_id for post in map(self.store.posts.get, posts)}
        assert ids <= {one["id"] for one in media} | {None}
        commented = Counter(one["path"] for one in self.ask("requests?name=comments&method=POST"))
        assert set(commented.values()) <= {1}

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
