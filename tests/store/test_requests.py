"""Requests with idempotency keys: each is committed with its effect, and belongs to one run at a time."""

import os
import shutil
import signal
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from pressroom.core.actor import Actor, ActorKind
from pressroom.core.errors import KeyReused
from pressroom.core.post import Post, PostState
from pressroom.core.requests import REQUEST_LIFETIME, RequestEffect, RequestName, RequestUnderWay
from pressroom.store.failures import RuleBroken
from pressroom.store.requests import REQUEST_LEASE_S, Run, running
from pressroom.store.store import Store, open_store
from pressroom.store.tidying import tidy_jobs
from tests.fakes.clock import FakeClock
from tests.store.consents import about
from tests.store.posts import a_post, an_event, changed, stored

SHOP, OTHER = Actor(ActorKind.PROGRAM, "shop").id, Actor(ActorKind.PROGRAM, "other").id


def a_run(holder: str = "one", key: str = "order-1", **more: str) -> Run:
    return Run(RequestName(SHOP, more.get("operation", "posts.edit"), key), holder)


@contextmanager
def within(run: Run) -> Generator[None]:
    """Do what the block does as that run of a request."""
    token = running.set(run)
    try:
        yield
    finally:
        running.reset(token)


def edit(store: Store, post: Post, actor: str | None = SHOP) -> Post:
    edited = changed(post, problem="Edited.")
    store.posts.save(edited, post, [an_event(post, "edited", actor=actor)])
    return edited


def about_post(post: Post) -> RequestEffect:
    return RequestEffect(subject_kind="post", subject_id=post.id)


def is_over(store: Store) -> None:
    """Let the leases end of whoever is silent."""
    if store.is_shared:
        with store.database.writing() as connection:
            connection.exec_driver_sql("UPDATE pressroom.requests SET leased_until = now()")
    else:
        machine = store.database.machine = FakeClock()
        machine.advance(1e6 + REQUEST_LEASE_S)


def test_a_repeat_gets_the_effect_that_was_committed_with_the_change(store: Store) -> None:
    post = stored(store)
    assert store.requests.begin(a_run(), "content") is None
    with within(a_run()):
        edit(store, post)
    assert store.requests.begin(a_run("two"), "content") == about_post(post)


def test_two_programs_and_two_operations_share_no_keys(store: Store) -> None:
    post = stored(store)
    store.requests.begin(a_run(), "content")
    with within(a_run()):
        edit(store, post)
    assert store.requests.begin(a_run(operation="posts.cancel"), "other") is None
    assert store.requests.begin(Run(RequestName(OTHER, "posts.edit", "order-1"), "two"), "other") is None


def test_a_key_of_other_content_is_refused(store: Store) -> None:
    store.requests.begin(a_run(), "content")
    with pytest.raises(KeyReused, match="'order-1' stands for another request"):
        store.requests.begin(a_run("two"), "other content")


def test_of_many_at_once_one_runs(store: Store) -> None:
    def begin(number: int) -> bool:
        try:
            return store.requests.begin(a_run(str(number)), "content") is None
        except RequestUnderWay as error:
            return not error.retryable

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(begin, range(6))) == 1


def test_one_that_died_before_its_effect_is_taken_over_and_can_have_none_any_more(store: Store) -> None:
    post = stored(store)
    store.requests.begin(a_run("dead"), "content")
    is_over(store)
    assert store.requests.begin(a_run("two"), "content") is None
    # It was only slow, and goes on: nothing of its transaction stays.
    with within(a_run("dead")), pytest.raises(RequestUnderWay):
        edit(store, post)
    assert store.posts.get(post.id) == post
    assert store.events.list(post.id) == ()
    with within(a_run("two")):
        edit(store, post)
    assert store.requests.begin(a_run("three"), "content") == about_post(post)


@pytest.mark.parametrize("point", ["begun", "before the commit", "after the commit"])
def test_one_whose_process_was_killed_has_its_effect_once(
    point: str, tmp_path: Path, empty_file: Path, clock: FakeClock
) -> None:
    path = Path(shutil.copy(empty_file, tmp_path))
    with open_store(path, clock=clock) as before:
        post = stored(before)
    if not (child := os.fork()):
        try:
            edit_and_die(path, post, point)
        finally:
            os._exit(1)  # it is no test process
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
    with open_store(path, clock=clock) as store:
        is_over(store)
        effect = store.requests.begin(a_run("two"), "content")
        assert (effect is None) == (point != "after the commit")
        assert (effect is None) == (store.posts.get(post.id) == post)


def edit_and_die(path: Path, post: Post, point: str) -> None:
    def die(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    with open_store(path, clock=FakeClock()) as store, within(a_run()):
        store.requests.begin(a_run(), "content")
        if point == "before the commit":
            pytest.MonkeyPatch().setattr(store.database.send_log, "append", die)
        if point != "begun":
            edit(store, post)
        die()


def test_a_lease_that_is_renewed_does_not_end(store: Store) -> None:
    store.requests.begin(a_run(), "content")
    is_over(store)
    assert store.requests.renew(a_run())
    assert not store.requests.renew(a_run("two"))
    with pytest.raises(RequestUnderWay):
        store.requests.begin(a_run("two"), "content")


def test_a_transaction_that_fails_leaves_no_effect(store: Store) -> None:
    post = stored(store)
    store.requests.begin(a_run(), "content")
    twin = a_post(id=post.id, state=PostState.AWAITING_APPROVAL, actor=SHOP)
    with within(a_run()), pytest.raises(RuleBroken):
        store.posts.add(twin, "hash", about(twin, actor=SHOP))
    assert store.consents.list() == ()
    store.requests.end(a_run())
    assert store.requests.begin(a_run("two"), "content") is None


def test_what_a_worker_or_another_actor_does_meanwhile_is_no_effect(store: Store) -> None:
    post = stored(store)
    store.requests.begin(a_run(), "content")
    with within(a_run()):
        post = edit(store, edit(store, post, None), OTHER)
    over = a_run()
    over.is_over = True  # a task that outlived its request
    with within(over):
        edit(store, post)
    store.requests.end(a_run())
    assert store.requests.begin(a_run("two"), "content") is None


@pytest.mark.parametrize("waits", [False, True])
def test_a_proposal_is_an_effect_also_where_it_waits_already(store: Store, waits: bool) -> None:
    post = a_post(state=PostState.AWAITING_APPROVAL, actor=SHOP)
    proposal = about(post, actor=SHOP, content_hash="h")
    if waits:
        store.posts.add(post, "hash", proposal)
        again = a_post(state=PostState.AWAITING_APPROVAL, actor=SHOP)
        asked, wanted = about(again, actor=SHOP, content_hash="h"), again
    else:
        asked, wanted = proposal, post
    store.requests.begin(a_run(), "content")
    with within(a_run()):
        store.posts.add(wanted, "hash", asked)
    effect = store.requests.begin(a_run("two"), "content")
    assert effect == RequestEffect(subject_kind="post", subject_id=post.id, proposal_id=proposal.id)


def test_one_that_ended_without_an_effect_is_what_it_was_about_or_forgotten(store: Store) -> None:
    subject = RequestEffect(subject_kind="post", subject_id="p1")
    store.requests.begin(a_run(), "content")
    store.requests.end(a_run(), subject)
    assert store.requests.begin(a_run("two"), "content") == subject
    store.requests.end(a_run(), RequestEffect(subject_kind="post", subject_id="p2"))
    assert store.requests.begin(a_run("two"), "content") == subject
    store.requests.begin(a_run(key="refused"), "content")
    store.requests.end(a_run("another", key="refused"))
    with pytest.raises(RequestUnderWay):
        store.requests.begin(a_run("two", key="refused"), "content")
    store.requests.end(a_run(key="refused"))
    assert store.requests.begin(a_run("two", key="refused"), "other content") is None


async def test_it_lives_for_a_day(store: Store, clock: FakeClock) -> None:
    post = stored(store)
    for key in ("kept", "tidied"):
        store.requests.begin(a_run(key=key), "content")
        with within(a_run(key=key)):
            post = edit(store, post)
    clock.advance((REQUEST_LIFETIME - timedelta(seconds=1)).total_seconds())
    assert store.requests.begin(a_run("two", key="kept"), "content") == about_post(post)
    clock.advance(1)
    assert store.requests.begin(a_run("three", key="kept"), "other content") is None
    (job,) = tidy_jobs(store, clock)
    clock.advance(1)
    await job.run()
    assert store.requests.delete_before(clock.now()) == 1
