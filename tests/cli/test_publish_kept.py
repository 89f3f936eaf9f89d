"""`pressroom publish` where there is a store: kept first, taken up after a kill, safe to run again."""

import asyncio
import json
import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from pressroom.cli.shell.failures import ExitCode
from pressroom.client.transport_asgi import AsgiTransport
from pressroom.core.post import Post, PostState
from pressroom.core.stored_posts import PostQuery
from pressroom.dispatch.locks import carriage
from pressroom.sandbox.faults import Fault, FaultKind
from pressroom.sandbox.samples import make_poster
from pressroom.sandbox.settings import Processing, SandboxSettings
from pressroom.sandbox.simulator import Sandbox
from pressroom.store.store import open_store
from tests.cli.conftest import HOST, PICTURE, Shell
from tests.cli.planning import sign_in, store_of, stored
from tests.cli.processes import control, ended, running
from tests.cli.shapes import assert_documented
from tests.cli.test_interrupts import PressesCtrlC, wait_for_call
from tests.fakes.clock import FakeClock
from tests.patience import patience

PHOTO = ("publish", "photo", PICTURE, "--json")
KEY = ("--idempotency-key", "k1")


@pytest.mark.usefixtures("store")
def test_the_answer_names_the_post_that_is_kept(account: Shell, sandbox: Sandbox) -> None:
    result = account(*PHOTO)
    assert_documented("publish --idempotency-key", result.json)
    post = stored(account, result.json["post_id"])
    assert (post.state, post.media_id) == (PostState.PUBLISHED, sandbox.media[0].id)
    assert post.account == f"{sandbox.user_id}@{HOST}"
    assert "Publishing ..." in result.err


@pytest.mark.usefixtures("store")
def test_a_failure_is_told_once_and_its_json_is_alone_on_stderr(account: Shell, sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault(on="*", kind=FaultKind.ERROR, code=100, method="POST", times=None))
    assert account(*PHOTO).error["code"] == 100
    assert account("publish", "photo", PICTURE).err.count("Instagram answered 100") == 1


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("settings", [SandboxSettings()])
def test_a_warning_of_the_check_is_not_told_again_when_the_file_is_made(
    account: Shell, tmp_path: Path
) -> None:
    frames = [Image.new("RGB", (400, 400), colour) for colour in ("teal", "plum")]
    frames[0].save(tmp_path / "waves.gif", save_all=True, append_images=frames[1:])
    result = account("publish", "photo", tmp_path / "waves.gif")
    assert result.code == ExitCode.DONE, result.err
    assert result.err.count("Warning: waves.gif: It moves") == 1
    assert len(result.err.splitlines()) == 4


def test_without_a_token_in_the_environment_the_stored_default_account_is_used(account: Shell) -> None:
    sign_in(account)
    signed_in = replace(account, environ={})
    post = stored(account, signed_in(*PHOTO).json["post_id"])
    assert (post.state, post.account_name) == (PostState.PUBLISHED, "default")
    assert signed_in("media", "list", "--json").code == ExitCode.DONE


def test_the_same_key_answers_with_the_same_post_and_other_content_is_refused(
    account: Shell, sandbox: Sandbox
) -> None:
    first, again = account(*PHOTO, *KEY), account(*PHOTO, *KEY)
    assert again.json == first.json | {"replayed": True}
    other = account(*PHOTO, *KEY, "--caption", "Other")
    assert (other.code, other.error["type"]) == (ExitCode.USAGE, "KeyReused")
    assert len(sandbox.calls("/media_publish")) == 1


def test_no_wait_answers_at_once_with_7_and_says_what_it_waits_for(account: Shell, sandbox: Sandbox) -> None:
    result = account(*PHOTO, "--no-wait")
    assert result.code == ExitCode.STILL_PROCESSING
    assert_documented("publish --no-wait", result.json)
    assert "No worker runs" in result.json["warnings"][0]
    assert "is not stored" in result.json["warnings"][1]
    assert [call.path for call in sandbox.calls()] == ["/v26.0/me"], "who it is has to be known"


def test_no_wait_ends_with_0_when_the_post_of_the_key_is_live(account: Shell) -> None:
    account(*PHOTO, *KEY)
    result = account(*PHOTO, *KEY, "--no-wait")
    assert (result.code, result.json["state"], result.json["replayed"]) == (ExitCode.DONE, "published", True)


def test_a_person_is_told_how_to_follow_what_is_handed_in(account: Shell) -> None:
    caption = " ".join(f"#tag{number}" for number in range(7))
    result = account("publish", "photo", PICTURE, "--no-wait", "--caption", caption)
    assert result.err.count("7 hashtags") == 1
    assert "is handed in. See: pressroom schedule show " in result.out


def test_a_stored_account_is_called_by_its_name(account: Shell) -> None:
    sign_in(account)
    result = account(*PHOTO, "--account", "default")
    assert stored(account, result.json["post_id"]).account_name == "default"


@pytest.mark.usefixtures("store")
def test_a_failure_is_one_object_on_stderr_and_the_post_says_so_too(account: Shell, sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault(on="media_publish", kind=FaultKind.ERROR, code=9, subcode=2207042))
    result = account(*PHOTO)
    assert (result.code, result.out, result.error["code"]) == (ExitCode.RATE_LIMITED, "", 9)
    with store_of(account) as store:
        (post,) = store.posts.list(PostQuery()).posts
    assert post.state is PostState.FAILED


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("settings", [SandboxSettings(fetch="trust", processing=Processing.after_reads(50))])
def test_ctrl_c_ends_the_post_so_that_no_worker_brings_it_later(account: Shell, sandbox: Sandbox) -> None:
    inner = AsgiTransport(sandbox.app, clock=account.clock)
    result = replace(account, transport=PressesCtrlC(inner, "status_code"))(*PHOTO)
    assert (result.code, result.out) == (ExitCode.INTERRUPTED, "")
    assert result.error["message"] == "Interrupted: nothing was published."
    with store_of(account) as store:
        (post,) = store.posts.list(PostQuery()).posts
    assert (post.state, post.problem) == (PostState.CANCELLED, "It was interrupted.")


@pytest.mark.usefixtures("store")
def test_ctrl_c_during_media_publish_waits_for_the_truth(account: Shell, sandbox: Sandbox) -> None:
    inner = AsgiTransport(sandbox.app, clock=account.clock)
    result = replace(account, transport=PressesCtrlC(inner, "media_publish"))(*PHOTO)
    assert (result.code, result.json["id"]) == (ExitCode.DONE, sandbox.media[0].id)


def killed_after_its_first_call(args: list[str | Path], env: dict[str, str]) -> None:
    """Run a command, and kill it once Instagram has been called."""
    with running(*args, env=env) as process:
        wait_for_call(env["INSTAGRAM_API_BASE"], "/media")
        process.kill()


def media_of(env: dict[str, str]) -> int:
    counts: dict[str, Any] = control(env["INSTAGRAM_API_BASE"], "state")["counts"]
    return counts["media"]


def test_a_killed_publish_is_taken_up_by_the_same_command_though_the_file_is_gone(
    served: dict[str, str], tmp_path: Path
) -> None:
    env, poster = served, tmp_path / "poster.png"
    make_poster(poster)
    command = ["publish", "photo", poster, *KEY, "--json"]
    killed_after_its_first_call(command, env)
    poster.unlink()
    again = ended(*command, env=env)
    assert again.returncode == ExitCode.DONE, again.stderr
    assert json.loads(again.stdout)["replayed"] is True
    assert media_of(env) == 1


def test_a_killed_publish_is_taken_up_by_the_same_command_without_a_key(
    served: dict[str, str], tmp_path: Path
) -> None:
    make_poster(tmp_path / "poster.png")
    command = ["publish", "photo", tmp_path / "poster.png", "--json"]
    planned = ended("schedule", "add", *command[1:], "--at", "+2h", env=served)
    assert planned.returncode == ExitCode.DONE, planned.stderr
    killed_after_its_first_call(command, served)
    again = ended(*command, env=served)
    assert again.returncode == ExitCode.DONE, again.stderr
    assert json.loads(again.stdout)["replayed"] is True
    assert media_of(served) == 1


def test_ctrl_c_in_a_real_process_leaves_nothing_for_a_worker(served: dict[str, str], tmp_path: Path) -> None:
    env, base = served, served["INSTAGRAM_API_BASE"]
    make_poster(tmp_path / "poster.png")
    with running("publish", "photo", tmp_path / "poster.png", *KEY, env=env) as process:
        wait_for_call(base, "/media")
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=patience(30)) == ExitCode.INTERRUPTED
    with open_store(tmp_path / "home/pressroom.db") as store:
        assert [post.state for post in store.posts.list(PostQuery()).posts] == [PostState.CANCELLED]
    assert media_of(env) == 0


def test_a_killed_publish_is_taken_up_by_the_next_worker(served: dict[str, str], tmp_path: Path) -> None:
    env, poster = served, tmp_path / "poster.png"
    make_poster(poster)
    killed_after_its_first_call(["publish", "photo", poster, *KEY], env)
    with running("worker", "--json", env=env) as worker, open_store(tmp_path / "home/pressroom.db") as store:
        while not all(is_over(post) for post in store.posts.list(PostQuery()).posts):
            assert worker.poll() is None, worker.communicate()
    assert media_of(env) == 1


def is_over(post: Post) -> bool:
    return post.state is PostState.PUBLISHED and not post.followups


class PressesCtrlCLater(FakeClock):
    """Presses Ctrl-C once, as soon as anybody waits for the second time."""

    waits = 0

    async def sleep(self, seconds: float) -> None:
        self.waits += 1
        if self.waits == 2:  # the command is in the middle of its waiting then
            asyncio.get_running_loop().call_soon(os.kill, os.getpid(), signal.SIGINT)
        await super().sleep(seconds)


def test_ctrl_c_while_another_process_carries_the_post_never_says_that_nothing_was_published(
    account: Shell,
) -> None:
    post_id = account(*PHOTO, *KEY, "--no-wait").json["post_id"]
    with store_of(account) as store, carriage(account.home, post_id) as right:
        assert right
        assert store.posts.take_lease(post_id, "another process", lease_s=3600)
        result = replace(account, clock=PressesCtrlCLater())(*PHOTO, *KEY)
    assert result.code == ExitCode.INTERRUPTED
    assert "nothing was published" not in result.error["message"]
    assert "another process" in result.error["message"]
    assert f"schedule cancel {post_id}" in result.error["fix"]
