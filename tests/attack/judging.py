"""Holds what reached the sandbox against the book of what the person let go."""

from collections import Counter
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from pathlib import PurePosixPath
from typing import Any

import msgspec

from pressroom.core.post import Post
from pressroom.core.stored_posts import PostQuery
from pressroom.sandbox.wire.log import CallRecord
from tests.attack.newsroom import Content, Newsroom
from tests.service.walked import GOING_OUT

RAW = "raw "
"""How every text of a raw call begins."""


def call_of(method: str, path: str, params: Mapping[str, Any]) -> str:
    """Spell a raw call."""
    kept = {name: value for name, value in params.items() if name != "access_token"}
    return f"{method} {path.strip('/')} {msgspec.json.encode(kept, order='sorted').decode()}"


def judge(room: Newsroom) -> Counter[str]:
    """Count what went out. Raises AssertionError for what nobody let go."""
    posts = room.store.posts.list(PostQuery(limit=10_000)).posts
    calls = room.heard()
    for post in posts:
        if post.state in GOING_OUT:
            assert room.book.posts.get(post.id), f"{post.id} is {post.state}, and nobody let it go"
    found = _published(room, posts, calls)
    _judge_comments(room, posts, calls)
    raw = Counter(_raw(calls))
    assert raw <= room.book.calls, raw - room.book.calls
    assert room.book.uses <= room.book.standing, room.book.uses - room.book.standing
    held = sum(post.state.is_held for post in posts)
    return Counter(posts=len(posts), held=held, published=found, raw_calls=raw.total())


def _published(room: Newsroom, posts: tuple[Post, ...], calls: list[CallRecord]) -> int:
    """Hold every media against what was let go of its post."""
    made = {call.answer["id"]: call for call in _done(calls, "/media")}
    by_container = {record.id: post for post in posts for record in post.containers}
    sends = _done(calls, "/media_publish")
    seen = Counter[str]()
    for send in sends:
        post, container = by_container[send.params["creation_id"]], made[send.params["creation_id"]]
        seen[post.id] += 1
        shown = (container.params.get("caption"), (PurePosixPath(container.params["image_url"]).stem,))
        let_go = {(one.caption, one.files): due for one, due in room.book.posts[post.id].items()}
        assert shown in let_go, (post.id, shown, let_go)
        assert send.at >= let_go[shown].replace(microsecond=0), (post.id, send.at, let_go[shown])
    assert not seen or max(seen.values()) == 1, seen
    return len(sends)


def _done(calls: list[CallRecord], end: str) -> list[CallRecord]:
    return [call for call in calls if call.path.endswith(end) and call.status == HTTPStatus.OK]


def _judge_comments(room: Newsroom, posts: tuple[Post, ...], calls: list[CallRecord]) -> None:
    by_media = {post.media_id: post for post in posts if post.media_id}
    seen = Counter[str]()
    for call in calls:
        if call.path.endswith("/comments") and not _is_raw(call):
            post = by_media[call.path.split("/")[-2]]  # pyright: ignore[reportArgumentType]
            seen[post.id] += 1
            let_go: set[Content] = set(room.book.posts[post.id])
            assert call.params["message"] in {one.comment for one in let_go}, (post.id, call.params)
    assert not seen or max(seen.values()) == 1, seen


def _raw(calls: list[CallRecord]) -> Iterator[str]:
    for call in calls:
        if call.method == "DELETE" or _is_raw(call):
            yield call_of(call.method, call.path.partition("/v21.0/")[2] or call.path, call.params)


def _is_raw(call: CallRecord) -> bool:
    return any(str(value).startswith(RAW) for value in call.params.values())
