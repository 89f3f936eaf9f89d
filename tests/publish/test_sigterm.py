"""A worker process that is told to stop, or whose terminal goes away, while its publish call is under way."""

import json
import signal
import time
from pathlib import Path

import pytest

from pressroom.cli.shell.failures import ExitCode
from pressroom.core.post import Post, PostId, PostState
from pressroom.core.stored_posts import PostQuery
from pressroom.sandbox.samples import make_poster
from pressroom.store.store import Store, open_store
from tests.cli.processes import control, ended, environ, running
from tests.cli.test_worker import whole_object
from tests.patience import patience

pytestmark = pytest.mark.usefixtures("processes")

PATIENCE_S = 60.0


def until(store: Store, state: PostState, post_id: PostId) -> Post:
    end = time.monotonic() + patience(PATIENCE_S)
    while (post := store.posts.get(post_id)).state is not state:
        assert time.monotonic() < end, f"still {post.state}"
        time.sleep(0.01)
    return post


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_it_waits_for_the_answer_of_a_call_under_way_and_keeps_it(tmp_path: Path, number: int) -> None:
    home, poster = tmp_path / "home", tmp_path / "poster.png"
    make_poster(poster)
    with running("sandbox", "serve", "--port", "0", "--json", env=environ(home)) as sandbox:
        served = whole_object(sandbox)
        control(served["url"], "faults", {"on": "media_publish", "kind": "slow", "delay_s": 1.0})
        env = environ(home, INSTAGRAM_API_BASE=served["url"])
        ended("auth", "login", "--token-stdin", env=env, stdin=served["token"])
        planned = ended("schedule", "add", "photo", poster, "--at", "now", "--json", env=environ(home))
        post_id = PostId(json.loads(planned.stdout)["post_id"])
        with (
            running("worker", "--json", env=environ(home)) as worker,
            open_store(home / "pressroom.db") as store,
        ):
            whole_object(worker)
            until(store, PostState.PUBLISHING, post_id)
            worker.send_signal(number)
            assert worker.wait(timeout=patience(30)) == ExitCode.DONE
            post = store.posts.get(post_id)
            assert (post.state, post.open_send) == (PostState.PUBLISHED, None)
            assert store.posts.list(PostQuery()).posts == (post,)
            assert store.posts.take_lease(post_id, "another", lease_s=1) is not None
        assert [media["id"] for media in control(served["url"], "media")] == [post.media_id]
