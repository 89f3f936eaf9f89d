"""`pressroom worker`, as processes of its own."""

import json
import os
import shlex
import signal
import socket
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from pressroom.cli.shell.failures import ExitCode
from pressroom.core.post import Post, PostId, PostState
from pressroom.sandbox.samples import make_poster
from pressroom.store.store import open_store
from tests.cli.processes import ended, environ, running
from tests.cli.shapes import assert_documented
from tests.crash.stage import is_over
from tests.patience import patience

pytestmark = pytest.mark.usefixtures("processes")


def whole_object(process: "subprocess.Popen[str]") -> dict[str, Any]:
    """Read the object that a process prints first."""
    assert process.stdout is not None
    text = ""
    for line in process.stdout:
        text += line
        if line == "}\n":
            return json.loads(text)
    raise AssertionError(text)


@pytest.mark.parametrize("address", ["", "sqlite:///{home}/elsewhere.db"])
def test_a_second_worker_says_who_works_and_the_first_ends_when_told(tmp_path: Path, address: str) -> None:
    """So it does where another data directory names the same file."""
    url = address.format(home=tmp_path)
    env = environ(tmp_path, PRESSROOM_DATABASE_URL=url)
    with running("worker", "--json", env=env) as first:
        started = whole_object(first)
        assert_documented("worker", started)
        elsewhere = tmp_path / "other" if url else tmp_path
        second = ended("worker", "--json", env=environ(elsewhere, PRESSROOM_DATABASE_URL=url))
        assert second.returncode == ExitCode.FAILED
        assert json.loads(second.stderr)["error"]["message"].startswith(f"Process {started['pid']} works")
        first.send_signal(signal.SIGTERM)
        assert first.wait(timeout=patience(30)) == ExitCode.DONE
        assert first.stderr is not None
        for line in first.stderr.read().splitlines():
            assert_documented("worker --log-format json", json.loads(line))


def test_a_port_that_is_taken_is_refused(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        done = ended("worker", "--json", "--metrics-port", port, env=environ(tmp_path))
    assert done.returncode == ExitCode.REFUSED
    assert json.loads(done.stderr)["error"]["code"] == "metrics_port"


def test_a_watched_worker_tells_how_it_is_and_what_needs_a_person_but_no_secret(tmp_path: Path) -> None:
    """Metrics, health, log and notices of one worker whose post Instagram refuses, in one go."""
    home, told, token = tmp_path / "home", tmp_path / "told", "IGAAcanary" + "x" * 40
    tell = shlex.join(["sh", "-c", f"env > {told}.env; cat > {told}"])
    os.mkfifo(told)
    secrets = {"INSTAGRAM_ACCESS_TOKEN": token, "PRESSROOM_NOTIFY_SECRET": "s3cretofnotices"}
    with running("sandbox", "serve", "--port", "0", "--json", env=environ(home)) as sandbox:
        served = whole_object(sandbox)
        at_sandbox = environ(home, INSTAGRAM_API_BASE=served["url"])
        assert ended("auth", "login", "--token-stdin", env=at_sandbox, stdin=served["token"]).returncode == 0
        env = environ(home, PRESSROOM_NOTIFY_COMMAND=tell, **secrets)
        over = (datetime.now(UTC) - timedelta(days=2)).isoformat()
        late = ("--at", over, "--late", "--if-late", "ask", "--account", "default")
        ended("schedule", "add", "photo", "https://example.com/a.jpg", *late, env=env)
        with running("worker", "--log-format", "json", "--metrics-port", "0", "-v", env=env) as worker:
            assert worker.stderr is not None
            url = str(json.loads(worker.stderr.readline())["text"]).partition("Metrics: ")[2].rstrip(".")
            notice = told.read_text()  # waits for it
            with urlopen(url, timeout=patience(10)) as answer:  # noqa: S310  # loopback
                metrics = answer.read().decode()
            with urlopen(url.replace("metrics", "healthz"), timeout=patience(10)) as answer:  # noqa: S310
                assert_documented("queue health", json.load(answer))
            worker.send_signal(signal.SIGTERM)
            log = worker.communicate(timeout=patience(30))[1]
    assert 'pressroom_posts{state="needs_attention"} 1.0' in metrics
    assert json.loads(notice)["event"] == "post_needs_person"
    assert "PRESSROOM_HOME" in Path(f"{told}.env").read_text()
    for text in (metrics, log, notice, Path(f"{told}.env").read_text()):
        assert not [one for one in (token, served["token"], "s3cretofnotices") if one in text]


def test_what_is_planned_is_published_from_a_file_that_is_gone(tmp_path: Path) -> None:
    """Sandbox, planning and worker in processes of their own: the store alone joins them."""
    home, poster = tmp_path / "home", tmp_path / "poster.png"
    make_poster(poster)
    with running("sandbox", "serve", "--port", "0", "--json", env=environ(home)) as sandbox:
        served = whole_object(sandbox)
        env = environ(home, INSTAGRAM_API_BASE=served["url"])
        login = ended("auth", "login", "--token-stdin", env=env, stdin=served["token"])
        assert login.returncode == ExitCode.DONE, login.stderr
        with running("worker", "--json", env=environ(home)) as worker:
            whole_object(worker)
            planned = ended("schedule", "add", "photo", poster, "--at", "now", "--json", env=environ(home))
            poster.unlink()
            answer = json.loads(planned.stdout)
            assert (answer["worker_running"], answer["warnings"]) == (True, [])
            post = until_over(worker, home, answer["post_id"])
        assert (post.state, post.problem) == (PostState.PUBLISHED, None)
        newest = ended("media", "list", "--account", "default", "--limit", "1", "--json", env=environ(home))
        assert json.loads(newest.stdout)[0]["id"] == post.media_id
    shown = ended("schedule", "show", answer["post_id"], env=environ(home)).stdout
    assert "The post is live." in shown
    assert "Nothing: it is live." in shown


def until_over(worker: "subprocess.Popen[str]", home: Path, post_id: str) -> Post:
    """Look at a post in the store, which costs less than a command, until nothing more happens to it."""
    with open_store(home / "pressroom.db") as store:
        while not is_over(post := store.posts.get(PostId(post_id))):
            assert worker.poll() is None
            time.sleep(0.02)
    return post
