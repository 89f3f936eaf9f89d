"""Planned posts for the tests of the commands, and what a worker may have made of them."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from pressroom.core.post import Attention, ContainerRecord, Post, PostId, PostState, Send, SendState, Snapshot
from pressroom.graph.answers import ContainerId
from pressroom.store.store import Store, open_store
from tests.cli.conftest import PICTURE, Result, Shell

ADD = ("schedule", "add", "photo")
AT = ("--at", "+2h")


@contextmanager
def store_of(shell: Shell) -> Generator[Store]:
    with open_store(shell.home / "pressroom.db", clock=shell.clock) as store:
        yield store


def sign_in(account: Shell, *options: str) -> Result:
    """Store the account of a shell's environment."""
    token = account.environ["INSTAGRAM_ACCESS_TOKEN"]
    result = account("auth", "login", "--token-stdin", *options, "--json", stdin=f"{token}\n")
    assert result.code == 0, result.err
    return result


def plan(shell: Shell, *options: str) -> str:
    """Plan a photo and give its id."""
    result = shell(*ADD, PICTURE, *AT, *options, "--json")
    assert result.code == 0, result.err
    return result.json["post_id"]


def stored(shell: Shell, post_id: str) -> Post:
    with store_of(shell) as store:
        return store.posts.get(PostId(post_id))


def change(shell: Shell, post_id: str, **changes: Any) -> str:
    """Put a post where a worker would have brought it."""
    with store_of(shell) as store:
        was = store.posts.get(PostId(post_id))
        store.posts.save(was.changed(**changes).following(was), was)
    return post_id


def leave_in_doubt(shell: Shell, post_id: str) -> str:
    """Let the publish call of a post have no answer, and nobody find out what became of it."""
    now, container = shell.clock.now(), ContainerId("17880000000000001")
    send = Send(
        container_id=container,
        number=1,
        started_at=now,
        deadline=now + timedelta(seconds=15),
        snapshot=Snapshot(),
        state=SendState.ABANDONED,
    )
    return change(
        shell,
        post_id,
        state=PostState.NEEDS_ATTENTION,
        attention=Attention.OUTCOME_UNKNOWN,
        problem=f"Whether container {container} was published could not be learnt.",
        containers=(ContainerRecord(id=container, created_at=now),),
        sends=(send,),
    )
