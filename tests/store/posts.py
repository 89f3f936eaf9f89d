"""Posts in the states the store's tests need."""

import itertools
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from pressroom.core.account import Spending
from pressroom.core.assets import Asset
from pressroom.core.journal import JournalEvent
from pressroom.core.post import (
    ContainerRecord,
    Post,
    PostId,
    PostKind,
    PostState,
    Send,
    SendState,
    Snapshot,
)
from pressroom.core.stored_posts import Chip, Cursor, title_of
from pressroom.graph.answers import ContainerId, MediaId
from pressroom.store import tables as t
from pressroom.store.identity import ensure_account
from pressroom.store.store import Store
from tests.fakes.clock import START

_numbers = itertools.count(1)


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def a_post(**fields: Any) -> Post:
    given: dict[str, Any] = {
        "id": PostId(f"{next(_numbers):032x}"),
        "kind": PostKind.PHOTO,
        "assets": (Asset("https://example.com/a.jpg"),),
        "state": PostState.SCHEDULED,
        "due_at": after(3600),
    }
    return Post(**{**given, **fields})


def changed(post: Post, **fields: Any) -> Post:
    """The next value of a post, as the state machine makes it."""
    return post.changed(**fields).following(post)


def a_container(name: str = "c1", **fields: Any) -> ContainerRecord:
    given: dict[str, Any] = {"id": ContainerId(name), "created_at": after(0)}
    return ContainerRecord(**{**given, **fields})


def a_send(number: int = 1, container: str = "c1", **fields: Any) -> Send:
    given: dict[str, Any] = {
        "container_id": ContainerId(container),
        "number": number,
        "started_at": after(10),
        "deadline": after(25),
        "snapshot": Snapshot(listed=frozenset({MediaId("m0")}), quota_usage=3),
    }
    return Send(**{**given, **fields})


def publishing(post: Post) -> Post:
    """The post with its first send open."""
    return changed(post, state=PostState.PUBLISHING, containers=(a_container(),), sends=(a_send(),))


def live(post: Post, media_id: str = "m1") -> Post:
    """The post after its send was answered."""
    sends = tuple(replace(send, state=SendState.LIVE) for send in post.sends)
    return changed(post, state=PostState.PUBLISHED, sends=sends, media_id=MediaId(media_id))


def chip_of(post: Post) -> Chip:
    """What a calendar shows of a stored post."""
    place, title = Cursor.of(post), title_of(post.options.caption)
    shown = (post.version, post.state, post.kind, post.when, place.goes_out_at, post.timezone)
    return Chip(post.id, post.account, post.login, *shown, post.attention, title, len(post.assets))


def an_event(post: Post, step: str = "container_created", **fields: Any) -> JournalEvent:
    given: dict[str, Any] = {"subject_id": post.id, "at": after(1), "step": step, "text": "Made."}
    return JournalEvent(**{**given, **fields})


def stored(store: Store, **fields: Any) -> Post:
    return store.posts.add(a_post(**fields)).post


def spend(store: Store, account: str, what: Spending, reference: str, at: datetime) -> None:
    """Record a container or a published post, as another process does when it saves one."""
    with store.database.writing() as connection:
        ours = ensure_account(store.database, connection, account)
        row = {"account": ours, "what": what, "reference": reference, "at": at}
        connection.execute(store.database.insert_missing(t.quota_ledger, row))
