"""What is done to the publishing commands. Each attack gives posts captions of its own and ends them all."""

import json
import shutil
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from pressroom.cli.shell.failures import ExitCode
from pressroom.core.post import Post, PostState
from pressroom.core.stored_posts import PostQuery
from pressroom.publish.machine.transitions import FINAL_STATES
from pressroom.store.store import open_store
from tests.attack.arena import PATIENCE_S, Arena, Said, publishing
from tests.cli.processes import control
from tests.cli.test_worker import whole_object
from tests.patience import patience

ENDED = (ExitCode.DONE, ExitCode.OUTCOME_UNKNOWN)
TWO_HOURS_OFF = (-7200.0, 0.0, 7200.0)


def a_keyed_publish_is_killed(arena: Arena, name: str) -> None:
    """Again and again, at random moments; then the same command runs to its end."""
    key = ("--idempotency-key", name)
    arena.misfortune()
    for _ in range(arena.chance.randint(1, 3)):
        arena.publish(name, *key, kill_after_s=arena.some_s())
    assert arena.publish(name, *key).code in ENDED


def so_it_is_while_clocks_are_set(arena: Arena, name: str) -> None:
    """Back and forward by two hours, between one try and the next; what waits for a date has to be killed."""
    key = ("--idempotency-key", name)
    arena.misfortune()
    for kill_after_s in (arena.some_s(), arena.some_s(), 3 * arena.some_s()):
        off_s = arena.chance.choice(TWO_HOURS_OFF)
        arena.publish(name, *key, kill_after_s=kill_after_s, date_off_s=off_s)


def a_publish_without_a_key_is_killed(arena: Arena, name: str) -> None:
    """A store is there, so that the next worker takes it up."""
    home = f"unkeyed-{name}"
    arena.publish(f"{name} first", "--idempotency-key", name, home=home)
    arena.misfortune()
    arena.publish(name, home=home, kill_after_s=arena.some_s())
    work(arena, home)


def a_worker_is_killed(arena: Arena, name: str) -> None:
    """It carries what was planned, and is killed twice."""
    sign_in(arena, f"worker-{name}")
    arena.misfortune()
    plan(arena, name, f"worker-{name}")
    for _ in range(2):
        arena.end(arena.start("worker", home=f"worker-{name}"), kill_after_s=arena.some_s())
    work(arena, f"worker-{name}")


def a_repair_is_killed(arena: Arena, name: str) -> None:
    """`queue retry` of a post that was refused, and `queue reconcile`, each killed and given again."""
    home = f"repair-{name}"
    sign_in(arena, home)
    refused = {"on": "media_publish", "kind": "error", "code": 100, "subcode": 2207010}
    control(arena.base_url, "faults", refused)
    post_id = plan(arena, name, home)
    work(arena, home)
    arena.misfortune()
    for repair in (("retry", post_id), ("reconcile",)):
        arena.end(arena.start("queue", *repair, home=home), kill_after_s=arena.some_s() / 2)
        arena.end(arena.start("queue", *repair, home=home))
        arena.end(arena.start("worker", home=home), kill_after_s=arena.some_s())
    work(arena, home)


def many_use_one_key_at_once(arena: Arena, name: str) -> None:
    """One of them is killed; all that end well name the same post."""
    arena.misfortune()
    with ExitStack() as stack:
        processes = [
            stack.enter_context(arena.start(*publishing(name), "--idempotency-key", name, home="home"))
            for _ in range(3)
        ]
        doomed = arena.chance.choice(processes)
        ends = [arena.end(doomed, kill_after_s=arena.some_s())]
        ends += [arena.end(one) for one in processes if one is not doomed]
        for end in ends:
            arena.keep(name, end)
    assert arena.publish(name, "--idempotency-key", name).code in ENDED


def two_homes_publish_for_one_account(arena: Arena, name: str) -> None:
    """Neither takes the other's post for its own."""
    arena.misfortune()
    with ExitStack() as stack:
        begun = [
            (f"{name} {home}", arena.start(*publishing(f"{name} {home}"), home=f"{name}-{home}"))
            for home in ("one", "two")
        ]
        for _, process in begun:
            stack.enter_context(process)
        for caption, process in begun:
            arena.keep(caption, arena.end(process))


def a_disk_is_full(arena: Arena, name: str) -> None:
    """So that the store can be made, or not, or not be written to; then there is room again."""
    key = ("--idempotency-key", name)
    arena.misfortune()
    arena.publish(name, *key, home=f"full-{name}", file_kib=arena.chance.choice([0, 64, 160, 200, 240, 300]))
    assert arena.publish(name, *key, home=f"full-{name}").code in ENDED


def somebody_signs_in_meanwhile(arena: Arena, name: str) -> None:
    """The environment's account becomes a stored one between a death and the next try."""
    key, home = ("--idempotency-key", name), f"login-{name}"
    arena.publish(name, *key, home=home, kill_after_s=arena.some_s())
    sign_in(arena, home)
    assert arena.publish(name, *key, home=home).code in ENDED


def a_foreign_page_uses_the_controls(arena: Arena, _name: str) -> None:
    """It gets no answer, and nothing changes."""
    before = control(arena.base_url, "state")
    for headers in ({"origin": "http://evil.com"}, {"host": "evil.com"}):
        request = Request(  # noqa: S310  # loopback
            f"{arena.base_url}/_sandbox/reset", b"{}", {"content-type": "application/json", **headers}
        )
        with pytest.raises(HTTPError, match="403"):
            urlopen(request, timeout=patience(10))  # noqa: S310  # loopback
    assert control(arena.base_url, "state")["counts"] == before["counts"]


def a_backup_is_put_back(arena: Arena, name: str) -> None:
    """Made before, while or after a worker carries the post; and then people do what people do."""
    home, file = f"restored-{name}", arena.place / f"backup-{name}.db"
    sign_in(arena, home)
    plan(arena, name, home)
    worker = arena.start("worker", home=home)
    time.sleep(arena.some_s() / 4)
    assert arena.end(arena.start("db", "backup", str(file), home=home)).code == ExitCode.DONE
    arena.end(worker, kill_after_s=arena.some_s() * 2)
    work(arena, home)
    if arena.chance.random() < 0.5:  # as the docs say, or by hand
        assert arena.end(arena.start("db", "restore", str(file), home=home)).code == ExitCode.DONE
    else:
        for end in ("", "-wal", "-shm"):
            (arena.place / home / f"pressroom.db{end}").unlink(missing_ok=True)
        shutil.copy(file, arena.place / home / "pressroom.db")
    if arena.chance.random() < 0.5:  # the script runs again, with its key
        again = ("schedule", "add", "photo", "https://example.com/a.jpg", "--caption", name, "--at", "now")
        arena.end(arena.start(*again, "--idempotency-key", name, home=home))
    arena.end(arena.start("queue", "retry", "--state", "failed", home=home))
    work(arena, home)


def a_copied_directory_is_driven_as_well(arena: Arena, name: str) -> None:
    """The second worker refuses while the first one drives, and says what makes the copy its own store."""
    home, copy = f"original-{name}", f"copy-{name}"
    sign_in(arena, home)
    plan(arena, f"{name} later", home)
    work(arena, home)
    shutil.copytree(arena.place / home, arena.place / copy)
    with arena.start("worker", "--json", home=home) as first:
        whole_object(first)
        second = arena.end(arena.start("worker", "--json", home=copy))
        assert second.code == ExitCode.REFUSED, second
        assert "pressroom db adopt" in second.err
        first.terminate()
    assert arena.end(arena.start("db", "adopt", home=copy)).code == ExitCode.DONE
    work(arena, copy)


ATTACKS = (
    a_keyed_publish_is_killed,
    many_use_one_key_at_once,
    a_worker_is_killed,
    so_it_is_while_clocks_are_set,
    a_publish_without_a_key_is_killed,
    a_repair_is_killed,
    two_homes_publish_for_one_account,
    a_disk_is_full,
    somebody_signs_in_meanwhile,
    a_foreign_page_uses_the_controls,
    a_backup_is_put_back,
    a_copied_directory_is_driven_as_well,
)


def sign_in(arena: Arena, home: str, name: str = "default") -> None:
    token = arena.account["INSTAGRAM_ACCESS_TOKEN"]
    login = ("auth", "login", "--token-stdin", "--account", name)
    said = arena.end(arena.start(*login, home=home), stdin=token)
    assert said.code == ExitCode.DONE, said


def plan(arena: Arena, name: str, home: str) -> str:
    """Plan a post for now and give its id; whoever plans is killed first, and told to go on."""
    url, key = "https://example.com/a.jpg", ("--idempotency-key", name)
    command = ("schedule", "add", "photo", url, "--caption", name, "--at", "now", *key, "--json")
    arena.end(arena.start(*command, home=home), kill_after_s=arena.some_s() / 4)
    said: Said = arena.end(arena.start(*command, home=home))
    assert said.code == ExitCode.DONE, said
    return json.loads(said.out)["post_id"]


def work(arena: Arena, home: str) -> None:
    """Let a worker run until nothing is left to do; what it says of each post is judged in the end."""
    with arena.start("worker", home=home) as worker:
        try:
            wait_until_done(arena.place / home, worker)
        finally:
            worker.terminate()
    with open_store(arena.place / home / "pressroom.db") as store:
        for post in store.posts.list(PostQuery()).posts:
            if post.state is PostState.PUBLISHED and post.media_id:
                out = json.dumps({"id": post.media_id})
                arena.keep(post.options.caption or "", Said(caption="", code=ExitCode.DONE, out=out))


def has_nothing_left_to_do(post: Post) -> bool:
    """Tell whether a post is final, and its permalink and first comment are done if it is published."""
    return post.state in FINAL_STATES and not (post.state is PostState.PUBLISHED and post.followups)


def wait_until_done(home: Path, worker: "subprocess.Popen[str]") -> None:
    end = time.monotonic() + patience(PATIENCE_S)
    with open_store(home / "pressroom.db") as store:
        while not all(has_nothing_left_to_do(post) for post in store.posts.list(PostQuery()).posts):
            assert worker.poll() is None, worker.communicate()
            assert time.monotonic() < end, [post.state for post in store.posts.list(PostQuery()).posts]
            time.sleep(0.1)
