"""A store, a hostile sandbox in another process, and workers that come and go."""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from statistics import median
from typing import Any
from urllib.request import Request, urlopen

from sqlalchemy import select

from pressroom.accounts.vault import open_vault
from pressroom.core.account import Account
from pressroom.core.post import Attention, Post, PostId, PostState
from pressroom.core.secret import Secret
from pressroom.core.settings import Settings
from pressroom.graph.answers import UserId
from pressroom.publish.machine import events as ev
from pressroom.publish.machine.transitions import FINAL_STATES, step
from pressroom.store import tables
from pressroom.store.store import Store, open_store
from tests.crash.following_clock import FollowingClock
from tests.crash.haste import FACTOR, LEASE_S
from tests.patience import patience
from tests.publish.posts import a_post
from tests.slow import must_be_slow

PATIENCE_S = 240.0
RESUMES_WITHIN_S = 5.0
# What a process that was just started needs for its imports, on two cores that others use as well.
USUAL_START_S = 3.0


@dataclass(frozen=True, slots=True)
class Luck:
    """Shares of publish calls: whose answer is lost, and around which somebody posts the same by hand."""

    lost_answers: float = 0.0
    copies: float = 0.0


@contextmanager
def process(script: str, *args: str, **environ: str) -> Generator[subprocess.Popen[str]]:
    """Run one of this folder's scripts; a worker's log goes to its home, of all runs one after another."""
    must_be_slow("starts processes")
    path = Path(__file__).with_name(f"{script}.py")
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **environ}
    place = Path(os.devnull) if script == "sandbox_main" else Path(args[0], "worker.log")
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


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def slowness_of(*processes: subprocess.Popen[str]) -> float:
    """Wait until those that were just started work; tell how much slower than usual the machine is."""
    begun = time.monotonic()
    for one in processes:
        assert first_line(one), "it ended before it worked"
    return max(1.0, (time.monotonic() - begun) / (USUAL_START_S * len(processes)))


@contextmanager
def a_site(settings: Settings, luck: Luck = Luck(), accounts: int = 1) -> Generator["Site"]:
    """Start a sandbox with so many accounts, and sign them in."""
    with process("sandbox_main", str(FACTOR), str(luck.lost_answers), str(luck.copies)) as sandbox:
        base_url = first_line(sandbox)
        clock = FollowingClock(base_url)
        with open_store(settings.store, clock=clock, marks=settings.marks) as store:
            site = Site(settings, base_url, store, clock, luck)
            site.sign_in("default", "17841400000000001", "IGcrash")
            for number in range(1, accounts):
                made = site.ask("accounts", {"username": f"account.{number}"})
                site.sign_in(f"account-{number}", made["user_id"], made["token"])
            yield site


@dataclass
class Site:
    settings: Settings
    base_url: str
    store: Store
    clock: FollowingClock
    luck: Luck
    accounts: list[str] = field(default_factory=list[str])
    resumed_after_s: list[float] = field(default_factory=list[float])

    def sign_in(self, name: str, user_id: str, token: str) -> None:
        account = Account(token=Secret(token), user_id=UserId(user_id), api_base=self.base_url)
        self._vault.keep(name, account, obtained_at=self.clock.now())
        self.accounts.append(name)

    @cached_property
    def _vault(self) -> Any:
        return open_vault(self.store, self.settings)

    def schedule(self, number: int, in_s: float = 30.0) -> PostId:
        post = replace(
            a_post(caption=f"Post {number}", first_comment=f"Comment {number}"),
            id=PostId(f"post-{number}"),
            account=self.accounts[number % len(self.accounts)],
            due_at=self.clock.now() + timedelta(seconds=in_s),
        )
        self.store.posts.add(replace(step(post, ev.Submitted())[0], wake_at=self.clock.now()))
        return post.id

    @property
    def arguments(self) -> list[str]:
        database = self.settings.database_url
        return [str(self.settings.home), self.base_url, *([database.reveal()] if database else [])]

    def posts(self, ids: Sequence[PostId]) -> list[Post]:
        return [self.store.posts.get(post_id) for post_id in ids]

    def left_of(self, ids: Sequence[PostId]) -> list[PostId]:
        """Give those that are not at their ends."""
        return [post.id for post in self.posts(ids) if not is_over(post)]

    def ask(self, what: str, order: dict[str, Any] | None = None) -> Any:
        body = None if order is None else json.dumps(order).encode()
        request = Request(  # noqa: S310  # loopback
            f"{self.base_url}/_sandbox/{what}", body, {"content-type": "application/json"}
        )
        with urlopen(request) as answer:  # noqa: S310  # loopback
            return json.load(answer)

    def work_until(
        self, posts: list[PostId], *, crash_at: str = "", kill_after_s: float | None = None
    ) -> bool:
        """Let a worker run until the posts are at their ends or it is dead; tell whether they are."""
        patience_s = patience(PATIENCE_S + 5 * len(posts)) if kill_after_s is None else kill_after_s
        with process("worker_main", *self.arguments, PRESSROOM_CRASH_AT=crash_at) as worker:
            self._resumes(worker.pid, posts, slowness_of(worker))
            end, left = time.monotonic() + patience_s, self.left_of(posts)
            while left and time.monotonic() < end and worker.poll() is None:
                self.end_pauses()
                time.sleep(0.05)
                left = self.left_of(left)
        return not left

    def end_pauses(self) -> None:
        """Do what a person does whose account is paused for a day: look, and let it go on."""
        for account in self.accounts:
            if self.luck.lost_answers and self.store.accounts.pause_of(account):
                self.store.accounts.resume(account)

    def _resumes(self, pid: int, posts: list[PostId], slowness: float) -> None:
        """See a worker that was just started take up what is there, or what the dead one left under way."""
        begun, limit_s = time.monotonic(), patience(PATIENCE_S)
        revisions = [post.revision for post in self.posts(posts)]
        while not self.was_leased_by(pid) and [post.revision for post in self.posts(posts)] == revisions:
            if not self.left_of(posts):
                return
            assert time.monotonic() - begun < limit_s, f"not taken up again in {limit_s:.0f} s"
            time.sleep(0.02)
        self.resumed_after_s.append((time.monotonic() - begun) / slowness)

    def assert_resumed_soon(self) -> None:
        """See that workers resume in time, mostly: what else runs on the machine may hold up one of them."""
        limit_s = RESUMES_WITHIN_S + (LEASE_S if self.store.is_shared else 0.0)
        usual_s, most_s = median(self.resumed_after_s), max(self.resumed_after_s)
        print(f"taken up again after {usual_s:.2f} s, {most_s:.2f} s at most")  # noqa: T201  # for who looks
        assert usual_s < limit_s, self.resumed_after_s

    def was_leased_by(self, pid: int | None) -> bool:
        """Whether a process has, or had when it died, the lease of a post."""
        with self.store.database.reading() as connection:
            holders = connection.execute(select(tables.posts.c.lease_worker)).scalars()
            return any(holder and f"-{pid}-" in holder for holder in holders)

    def unfinished(self, ids: Sequence[PostId]) -> list[str]:
        """Name the posts that are not published with all that belongs to it, each with its last steps."""
        left = [post for post in self.posts(ids) if post.state is not PostState.PUBLISHED or post.followups]
        if left:
            print(self.settings.home.joinpath("worker.log").read_text()[-5000:])  # noqa: T201  # for who looks
        return [self._told(post) for post in left]

    def _told(self, post: Post) -> str:
        steps = [event.text for event in self.store.events.list(post.id)]
        return f"{post.id} {post.state} {post.attention} {post.problem} {steps[-6:]}"

    def assert_none_is_doubled(self) -> None:
        """Count by sends that had an effect, by media and by comments."""
        world = self.ask("export")
        published = {one["id"]: one.get("publishes", 0) for one in world["containers"]}
        doubled = [name for name, count in published.items() if count > 1]
        assert not doubled, doubled
        ours = Counter(one["caption"] for one in world["media"] if one.get("container_id"))
        doubled = [caption for caption, count in ours.items() if count > 1]
        assert not doubled, doubled
        commented = Counter(one["text"] for one in world["comments"])
        doubled = [text for text, count in commented.items() if count > 1]
        assert not doubled, doubled

    def assert_each_is_live_once_or_asked_about(self, ids: Sequence[PostId]) -> list[Post]:
        """Give the posts that a person is asked about: with what is known, and at most once live."""
        asked = [post for post in self.posts(ids) if post.attention is Attention.OUTCOME_UNKNOWN]
        others = [post for post in self.posts(ids) if post not in asked]
        left = self.unfinished([post.id for post in others])
        assert not left, left
        bare = [post.id for post in asked if not (post.problem and post.sends and post.sends[-1].looks)]
        assert not bare, bare
        self.assert_none_is_doubled()
        self._assert_ids_are_true(others)
        return asked

    def _assert_ids_are_true(self, posts: Sequence[Post]) -> None:
        """See that each post is live, and that its id, where one is known, is not a copy's."""
        media = {one["caption"]: one["id"] for one in self.ask("export")["media"] if one.get("container_id")}
        for post in posts:
            assert post.options.caption in media, f"{post.id} is lost"
            assert post.media_id in (None, media[post.options.caption]), f"{post.id} has a copy's id"


def is_over(post: Post) -> bool:
    return post.state in FINAL_STATES and not (post.state is PostState.PUBLISHED and post.followups)
