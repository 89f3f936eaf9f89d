"""What is planned with a token in the environment goes out by a worker that has the same variables."""

import asyncio
import json
import signal
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from pressroom.cli.shell.failures import ExitCode
from pressroom.core.post import PostId, PostState
from pressroom.core.settings import settings_from_environment
from pressroom.sandbox.samples import make_poster
from pressroom.sandbox.simulator import Sandbox
from pressroom.service import Pressroom
from tests.cli.conftest import HOST, PICTURE, Shell
from tests.cli.planning import ADD, plan, sign_in, stored
from tests.cli.processes import ended, environ, running
from tests.cli.test_worker import until_over, whole_object
from tests.patience import patience

pytestmark = pytest.mark.usefixtures("long_run")

NO_WORKER = "No worker runs, so nothing is published. Start one: `pressroom worker`."


@pytest.fixture(params=["with its user id", "by its token alone"])
def planner(account: Shell, request: pytest.FixtureRequest) -> Shell:
    """A shell whose environment names the account."""
    told = dict(account.environ)
    if request.param != "with its user id":
        del told["INSTAGRAM_USER_ID"]
    return replace(account, environ=told)


def table(directory: Path) -> Path:
    path = directory / "posts.json"
    rows = [
        {"kind": "photo", "sources": [PICTURE], "at": "+1m", "caption": f"{number}"} for number in range(2)
    ]
    path.write_text(json.dumps(rows))
    return path


@asynccontextmanager
async def working(shell: Shell) -> AsyncGenerator[Pressroom]:
    """Let a worker of the shell's environment work."""
    env = {"PRESSROOM_HOME": str(shell.home), **shell.environ}
    settings = settings_from_environment(env, default_home=shell.home)
    async with Pressroom(
        settings=settings, environ=env, works=True, transport=shell.transport, clock=shell.clock
    ) as pressroom:
        yield pressroom


def worked_off(shell: Shell, *post_ids: str) -> list[PostState]:
    async def work() -> list[PostState]:
        async with working(shell) as pressroom:
            return [(await pressroom.posts.wait_for(PostId(one))).state for one in post_ids]

    return asyncio.run(work())


def test_an_account_of_the_environment_is_listed_by_its_name_on_instagram(planner: Shell) -> None:
    plan(planner)
    assert "@pressroom.sandbox" in planner("schedule", "list").out


def test_what_is_planned_and_imported_is_published(planner: Shell, sandbox: Sandbox, tmp_path: Path) -> None:
    planned = planner(*ADD, PICTURE, "--at", "now", "--json").json["post_id"]
    rows = planner("schedule", "import", table(tmp_path), "--json").json["rows"]
    posts = [planned, *(row["post_id"] for row in rows)]
    user = f"{sandbox.user_id}@{HOST}"
    assert {stored(planner, one).account for one in posts} == {user}
    assert worked_off(planner, *posts) == [PostState.PUBLISHED] * 3
    assert len(sandbox.media) == 3 + len(posts)


def test_the_warnings_say_what_is_still_needed(planner: Shell, sandbox: Sandbox) -> None:
    first, token, *more = planner(*ADD, PICTURE, "--at", "+2h", "--json").json["warnings"]
    assert (first, more) == (NO_WORKER, [])
    assert token == (
        f"The token of account '{sandbox.user_id}@{HOST}' is not stored: only a worker that is started with "
        "the same INSTAGRAM_* variables publishes it. To store it: `pressroom auth login`."
    )


def test_who_is_signed_in_needs_no_variables(planner: Shell) -> None:
    sign_in(planner)
    answer = planner(*ADD, PICTURE, "--at", "now", "--json").json
    assert answer["warnings"] == [NO_WORKER]
    assert stored(planner, answer["post_id"]).account_name == "default"
    assert worked_off(replace(planner, environ={}), answer["post_id"]) == [PostState.PUBLISHED]


def test_a_name_plans_for_the_stored_account_in_spite_of_the_environment(account: Shell) -> None:
    sign_in(account, "--account", "ana")
    elsewhere = {"INSTAGRAM_ACCESS_TOKEN": "IGanother", "INSTAGRAM_API_BASE": "http://127.0.0.1:2"}
    other = replace(account, environ=elsewhere)
    post_id = plan(other, "--account", "ana")
    assert stored(other, post_id).account_name == "ana"


def test_a_worker_without_the_variables_lets_the_post_wait_and_says_why(planner: Shell) -> None:
    post_id, bare = (
        planner(*ADD, PICTURE, "--at", "now", "--json").json["post_id"],
        replace(planner, environ={}),
    )

    async def work() -> None:
        async with working(bare):
            await bare.clock.sleep(60)

    asyncio.run(work())
    post = stored(bare, post_id)
    assert post.state is PostState.SCHEDULED
    assert "There is no account" in (post.held_up_by or "")
    assert worked_off(planner, post_id) == [PostState.PUBLISHED]


@pytest.mark.usefixtures("processes")
def test_processes_plan_and_publish_with_nothing_signed_in(tmp_path: Path) -> None:
    """Sandbox, planning and worker in processes of their own, which share variables and nothing else."""
    home, poster = tmp_path / "home", tmp_path / "poster.png"
    make_poster(poster)
    at_once = ("--set", "processing=at_once")
    with running("sandbox", "serve", "--port", "0", "--json", *at_once, env=environ(home)) as sandbox:
        served = whole_object(sandbox)
        told = {"INSTAGRAM_ACCESS_TOKEN": served["token"], "INSTAGRAM_API_BASE": served["url"]}
        env = environ(home, **told)
        with running("worker", "--json", env=env) as worker:
            whole_object(worker)
            planned = ended("schedule", "add", "photo", poster, "--at", "now", "--json", env=env)
            assert planned.returncode == ExitCode.DONE, planned.stderr
            answer = json.loads(planned.stdout)
            (warning,) = answer["warnings"]
            assert "only a worker that is started with the same INSTAGRAM_* variables" in warning
            post = until_over(worker, home, answer["post_id"])
            worker.send_signal(signal.SIGTERM)
            assert worker.wait(timeout=patience(30)) == ExitCode.DONE
    assert (post.state, post.problem) == (PostState.PUBLISHED, None)
