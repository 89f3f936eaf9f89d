"""`pressroom worker`, as processes of its own."""

import json
import signal
import subprocess
from pathlib import Path
from typing import Any

from pressroom.core.errors import ExitCode
from pressroom.media.samples import make_poster
from tests.cli.processes import ended, environ, running
from tests.cli.shapes import assert_documented


def whole_object(process: "subprocess.Popen[str]") -> dict[str, Any]:
    """Read the object that a process prints first."""
    assert process.stdout is not None
    text = ""
    for line in process.stdout:
        text += line
        if line == "}\n":
            return json.loads(text)
    raise AssertionError(text)


def test_a_second_worker_says_who_works_and_the_first_ends_when_told(tmp_path: Path) -> None:
    env = environ(tmp_path)
    with running("worker", "--json", env=env) as first:
        started = whole_object(first)
        assert_documented("worker", started)
        second = ended("worker", "--json", env=env)
        assert second.returncode == ExitCode.FAILED
        assert json.loads(second.stderr)["error"]["message"].startswith(f"Process {started['pid']} works")
        first.send_signal(signal.SIGTERM)
        assert first.wait(timeout=30) == ExitCode.DONE


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
            post = until_over(worker, answer["post_id"], environ(home))
        assert (post["state"], post["problem"]) == ("published", None)
        newest = ended("media", "list", "--account", "default", "--limit", "1", "--json", env=environ(home))
        assert json.loads(newest.stdout)[0]["id"] == post["media_id"]
    shown = ended("schedule", "show", answer["post_id"], env=environ(home)).stdout
    assert "The post is live." in shown
    assert "Nothing: it is live." in shown


def until_over(worker: "subprocess.Popen[str]", post_id: str, env: dict[str, str]) -> dict[str, Any]:
    """Look at a post until nothing more happens to it."""
    while True:
        assert worker.poll() is None
        shown = json.loads(ended("schedule", "show", post_id, "--json", env=env).stdout)
        if not shown["next"][0]["at"] and shown["next"][0]["text"].startswith("Nothing"):
            return shown["post"]
