"""Attacks at the edges: what an answer proves, who an account is, who is waited for, what strangers send."""

import json
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta

from pressroom.cli.shell.failures import ExitCode
from pressroom.core.post import Post, PostState
from pressroom.core.stored_posts import PostQuery
from pressroom.service.consent.gate import owner
from pressroom.store.store import open_store
from tests.attack.arena import Arena, publishing
from tests.attack.attacks import ENDED, sign_in
from tests.cli.processes import control
from tests.crash.following_clock import FollowingClock
from tests.media.hostile import long_gif, scanned_jpeg
from tests.patience import patience
from tests.service.consenting import a_file

# Code, subcode and status of answers that were believed, although the call had been carried out.
BELIEVED = (
    (25, 2207050, 400),
    (-2, 2207003, 400),
    (9007, 2207027, 500),
    (24, 2207006, 500),
    (4, None, 503),
    (4, 1234567, 400),
    (613, None, 500),
    (100, 33, 400),
)
TOKEN = "EAAB" + "stolen" * 8


def an_answer_lies(arena: Arena, name: str) -> None:
    """The post is live all the same; the same key, and a worker that goes on, make no second one."""
    code, subcode, status = arena.chance.choice(BELIEVED)
    key, home = ("--idempotency-key", name), f"lies-{name}"
    sign_in(arena, home)
    order = {
        "on": "media_publish",
        "kind": "error",
        "effect": "done",
        "http_status": status,
        "message": "No.",
    }
    control(arena.base_url, "faults", order | {"code": code, "subcode": subcode})
    said = [arena.publish(name, *key, home=home) for _ in range(2)]
    arena.end(arena.start("queue", "resume", "default", home=home))
    arena.end(arena.start("worker", home=home), kill_after_s=arena.some_s())
    said.append(arena.publish(name, *key, home=home))
    assert any(one.code in ENDED for one in said), said


def a_publish_waits_for_one_that_was_killed(arena: Arena, name: str) -> None:
    """Its send is open for ever otherwise: the next command takes it up, says so, and ends."""
    home = f"open-{name}"
    control(
        arena.base_url, "faults", {"on": "media_publish", "kind": "hang", "effect": "done", "delay_s": 600}
    )
    process = arena.start(*publishing(f"{name} first"), "--idempotency-key", name, home=home)
    wait_for_open_send(arena, home)
    arena.keep(f"{name} first", arena.end(process, kill_after_s=0.0))
    said = arena.publish(f"{name} second", home=home)
    assert said.code == ExitCode.DONE, said
    assert "is being published" in said.err, said.err
    assert arena.publish(f"{name} first", "--idempotency-key", name, home=home).code == ExitCode.DONE


def wait_for_open_send(arena: Arena, home: str) -> None:
    end = time.monotonic() + patience(60)
    path = arena.place / home / "pressroom.db"
    while time.monotonic() < end:
        if path.exists():
            with open_store(path) as store:
                if any(post.open_send for post in store.posts.list(PostQuery()).posts):
                    return
        time.sleep(0.05)
    raise AssertionError("nothing was sent")


def a_name_changes(arena: Arena, name: str) -> None:
    """`me`, a number, an app's own number, a login, another login, a sign-out, another directory: one key."""
    key, home = ("--idempotency-key", name), f"name-{name}"
    arena.misfortune()
    ways: list[Callable[[], object]] = [
        lambda: arena.publish(name, *key, home=home, user_id="me"),
        lambda: arena.publish(name, *key, home=home, user_id=None),
        lambda: arena.publish(name, *key, home=home),
        lambda: sign_in(arena, home, "one"),
        lambda: sign_in(arena, home, "two"),
        lambda: arena.end(arena.start("auth", "logout", "--account", "one", home=home)),
    ]
    for way in arena.chance.sample(ways, k=len(ways)):
        way()
    moved = arena.place / f"moved-{name}"
    (arena.place / home).rename(moved)
    assert arena.publish(name, *key, home=moved.name).code in ENDED


def somebody_writes_into_the_store(arena: Arena, name: str) -> None:
    """A host of his own beside our token: the token is sent nowhere."""
    home = f"written-{name}"
    sign_in(arena, home)
    with closing(sqlite3.connect(arena.place / home / "pressroom.db")) as store:
        store.execute("UPDATE logins SET api_base = 'http://127.0.0.1:9'")
        store.commit()
    said = arena.end(arena.start(*publishing(name), "--account", "default", home=home))
    assert (said.code, "was changed" in said.err) == (ExitCode.SIGN_IN, True), said


def a_strangers_file_is_looked_at(arena: Arena, name: str) -> None:
    """Small files that would keep a decoder busy for minutes are refused within seconds."""
    scans = scanned_jpeg(arena.place / f"{name}.jpg", scans=20_000, width=4000, height=4000)
    frames = long_gif(arena.place / f"{name}.gif", frames=50_000, width=2000, height=2000)
    for path in (scans, frames):
        begun, limit_s = time.monotonic(), patience(30)
        said = arena.end(arena.start("media", "check", str(path), "--json", home="home"))
        assert said.code not in (ExitCode.DONE, ExitCode.FAILED), said
        assert time.monotonic() - begun < limit_s, "it was decoded"


def an_error_quotes_a_token(arena: Arena, name: str) -> None:
    """One that is not ours, in Meta's own words: no output and no file holds it."""
    home = f"quoted-{name}"
    order = {"on": "create", "kind": "error", "code": 100, "message": f"Token {TOKEN} of app 1 is no good"}
    control(arena.base_url, "faults", order)
    said = arena.publish(name, "--idempotency-key", name, home=home)
    shown = arena.end(arena.start("schedule", "list", "--all", "--json", home=home))
    assert TOKEN not in said.out + said.err + shown.out + shown.err
    assert not [
        path
        for path in (arena.place / home).rglob("*")
        if path.is_file() and TOKEN.encode() in path.read_bytes()
    ]
    assert [post["state"] for post in json.loads(shown.out)] == [PostState.FAILED]


def a_consent_is_withdrawn_while_its_posts_are_sent(arena: Arena, name: str) -> None:
    """What is not being sent once the consent is withdrawn goes out no more, and waits for a person.

    Also where whoever withdraws it is killed: from its commit on, or not at all.
    """
    home = f"consent-{name}"
    sign_in(arena, home)
    allow = ("--verb", "publish", "--account", "default", "--per-day", "99", "--json")
    allowed = arena.end(arena.start("approve", "allow", owner(), *allow, home=home))
    withdraw = ("approve", "withdraw", json.loads(allowed.out)[0]["grant_id"])
    over_at = plan_by_a_program(arena, home, [f"{name} {number}" for number in range(12)])
    with arena.start("worker", "--quiet", home=home) as worker:
        try:
            wait_for_a_send(arena, home)
            time.sleep(arena.some_s())
            arena.end(arena.start(*withdraw, home=home), kill_after_s=arena.some_s())
            again = arena.end(arena.start(*withdraw, home=home))
            assert again.code in (ExitCode.DONE, ExitCode.NOT_FOUND), again
            gone = {post.id for post in posts_of(arena, home) if post.sends}
            while FollowingClock(arena.base_url).now() < over_at:
                assert worker.poll() is None, worker.communicate()
                time.sleep(0.5)
        finally:
            worker.terminate()
    kept = [post for post in posts_of(arena, home) if post.id not in gone]
    assert {post.options.caption for post in kept} & {media["caption"] for media in arena.media()} == set()
    assert {post.state for post in kept} <= {PostState.AWAITING_APPROVAL}


def plan_by_a_program(arena: Arena, home: str, captions: list[str]) -> datetime:
    """Plan a post for each, four seconds apart, in one process; returns when all must have been taken up."""
    picture = a_file(arena.place, f"{home}.jpg")
    first = FollowingClock(arena.base_url).now() + timedelta(minutes=8)
    due = [first + timedelta(minutes=4 * number) for number in range(len(captions))]
    rows = [
        {"kind": "photo", "sources": [picture], "caption": caption, "at": at.isoformat()}
        for caption, at in zip(captions, due, strict=True)
    ]
    table = arena.place / f"{home}.json"
    table.write_text(json.dumps(rows))
    command = ("schedule", "import", str(table), "--json")
    planned = arena.end(arena.start(*command, home=home, is_program=True))
    assert planned.code == ExitCode.DONE, planned
    return due[-1] + timedelta(minutes=4)


def wait_for_a_send(arena: Arena, home: str) -> None:
    end = time.monotonic() + patience(60)
    while not any(post.sends for post in posts_of(arena, home)):
        assert time.monotonic() < end, "nothing was sent"
        time.sleep(0.05)


def posts_of(arena: Arena, home: str) -> tuple[Post, ...]:
    with open_store(arena.place / home / "pressroom.db") as store:
        return store.posts.list(PostQuery()).posts


SEAMS = (
    a_consent_is_withdrawn_while_its_posts_are_sent,
    an_answer_lies,
    a_publish_waits_for_one_that_was_killed,
    a_name_changes,
    somebody_writes_into_the_store,
    a_strangers_file_is_looked_at,
    an_error_quotes_a_token,
)
