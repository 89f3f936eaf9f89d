"""Posts: listed, read, made, and waited for."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta
from starlette.responses import Response

from pressroom.api.answers import ProposedShape, answer_post
from pressroom.api.fields import AccountName, Files, Time, Timezone, options_in, with_options
from pressroom.api.operation import Answer, Call, Content, Fields, Link, Operation
from pressroom.api.paging import After, Limit, Place, place_of
from pressroom.api.pictures import PICTURE, GetPicture, answer_picture
from pressroom.api.problems import answer_problem, plain_problem
from pressroom.core.actor import Scope
from pressroom.core.post import IfLate, Post, PostId, PostKind, PostState, When
from pressroom.core.requests import RequestEffect
from pressroom.core.stored_posts import Cursor, PostQuery
from pressroom.service import Pressroom, new_post
from pressroom.service.posts.planning import Planned
from pressroom.service.shapes.posts import (
    PlannedShape,
    PostHistoryShape,
    PostShape,
    RehearsalShape,
)
from pressroom.serving.limits import lingering


class PostPage(msgspec.Struct, frozen=True, kw_only=True):
    """Posts in order. next: the `after` of the next page; null on the last."""

    posts: tuple[PostShape, ...]
    next: str | None


class ListPosts(Fields, frozen=True, kw_only=True):
    """Which posts to list."""

    account: AccountName | None = None
    state: Annotated[tuple[PostState, ...], Meta(description="Only these; may be given several times.")] = ()
    due_from: Annotated[datetime, Meta(tz=True, description="Only what goes out from then on.")] | None = None
    due_before: Annotated[datetime, Meta(tz=True, description="Only what goes out before.")] | None = None
    order: Annotated[
        Literal["due", "newest"], Meta(description="By the time they go out; newest: last first.")
    ] = "due"
    limit: Limit = 50
    after: After | None = None


async def list_posts(call: Call[ListPosts, None]) -> Answer:
    """List posts by the time they go out.

    Without `account`, of all that the key is for.
    """
    query, sessions = call.query, call.program.sessions
    after = place_of(query.after) if query.after else None
    pressroom = await sessions.of(query.account)
    page = await pressroom.posts.find(
        PostQuery(
            states=query.state,
            account=query.account,
            accounts=sessions.accounts,
            due_from=query.due_from,
            due_before=query.due_before,
            newest_first=query.order == "newest",
            limit=query.limit,
            after=Cursor(after.at, PostId(after.id)) if after else None,
        )
    )
    following = str(Place(*page.next)) if page.next else None
    return Answer(PostPage(posts=tuple(map(PostShape.of, page.posts)), next=following))


class _NewPost(Fields, frozen=True, kw_only=True):
    kind: Annotated[PostKind, Meta(examples=[PostKind.PHOTO])]
    files: Files
    account: AccountName | None = None
    at: (
        Annotated[Time, Meta(description="When it goes out; without it it is a draft that has no time.")]
        | None
    ) = None
    timezone: Timezone | None = None
    draft: Annotated[bool, Meta(description="Keep it as a draft, with the time that `at` gives it.")] = False
    if_late: Annotated[IfLate, Meta(description="What becomes of it an hour after its time.")] = (
        IfLate.PUBLISH
    )
    late: Annotated[bool, Meta(description="The time may be over.")] = False
    dry_run: Annotated[bool, Meta(description="Check it and tell the calls it takes; store nothing.")] = False


class CreatePost(with_options(_NewPost), frozen=True, kw_only=True):
    """A new post."""


async def create_post(call: Call[Fields, CreatePost]) -> Answer:
    """Plan a post, publish it now (`"at": "now"`), or keep a draft.

    The `Idempotency-Key` is the post's own, too: for 90 days a repeat of the same content is the same post.
    After a day that takes the uploads that it names.
    A worker publishes it: `GET /posts/{post_id}/wait` tells when it is live.
    """
    body, is_draft = call.body, call.body.draft or not call.body.at
    if not is_draft:
        call.program.require(Scope.PUBLISH)
    pressroom = await call.session(body.account)
    assets = [await file.asset(pressroom) for file in body.files]
    post = new_post(body.kind, assets, **await options_in(body, pressroom))
    if body.dry_run:
        return Answer(RehearsalShape.of(await pressroom.posts.rehearse(post)), subject=_REHEARSED)
    planned = await pressroom.posts.submit(
        post,
        at=body.at or When.OPEN,
        timezone=body.timezone,
        if_late=body.if_late,
        state=PostState.DRAFT if is_draft else PostState.SCHEDULED,
        is_late=body.late,
        idempotency_key=call.key,
    )
    return await _created(pressroom, planned)


_REHEARSED: Final = ("rehearsal", "")


async def _created(pressroom: Pressroom, planned: Planned) -> Answer:
    is_worker_running = await pressroom.work.is_worker_running()
    shape = PlannedShape.of(planned, is_worker_running=is_worker_running)
    return Answer(shape, 201, answer_post(planned.post, 201).headers, subject=("post", planned.post.id))


async def created_before(call: Call[Fields, CreatePost], effect: RequestEffect) -> Answer:
    """Answer a repeat: the post as it is now, and what keeps it from going out now. A dry run is made anew.

    What the first answer said of its files and its time is left out, as in every face: the files would have
    to be decoded once more, and a repeat is late by nature.
    """
    if effect.subject_kind == _REHEARSED[0]:
        return await create_post(call)
    pressroom, post = await call.program.sessions.of_post(effect.subject_id)
    history = await pressroom.posts.show(post.id)
    return await _created(pressroom, Planned(history.post, history.warnings, is_replay=True))


async def get_post(call: Call[Fields, None]) -> Answer:
    """Return a post in its present state."""
    _, post = await call.program.sessions.of_post(call.path["post_id"])
    return answer_post(post)


async def get_post_history(call: Call[Fields, None]) -> Answer:
    """Tell the story of a post: what happened, what happens next, and what can be done."""
    pressroom, post = await call.program.sessions.of_post(call.path["post_id"])
    return Answer(PostHistoryShape.of(await pressroom.posts.show(post.id)))


class WaitForPost(Fields, frozen=True, kw_only=True):
    """How long to wait, and for what."""

    version: Annotated[int, Meta(ge=1, description="Return as soon as the post has another one.")] | None = (
        None
    )
    timeout_s: Annotated[int, Meta(ge=0, le=60)] = 25


async def wait_for_post(call: Call[WaitForPost, None]) -> Answer | Response:
    """Wait until a post is live or over, and return it as it is then.

    After `timeout_s` it is returned as it stands: ask again. A worker has to run for anything to happen. Who
    waits has a place among the streams of events; where none is free, the answer is a 429. If the key is
    revoked or expires meanwhile, the answer is a 401, at once.
    """
    pressroom, post = await call.program.sessions.of_post(call.path["post_id"])
    # Where the journal ends is taken before the post is read: what comes between is not missed.
    work = call.programs.owner.work
    cursor = await work.cursor()
    post = await pressroom.posts.get(post.id)
    if not _is_awaited(post, call.query.version):
        return answer_post(post)
    if not lingering(call.request.scope):
        words = "As many streams of events and waiting requests of this key are open as may be."
        problem = plain_problem(429, words, "Ask again when one of them has ended.", retryable=True)
        return answer_problem(problem, {"retry-after": "5"})
    try:
        async with asyncio.timeout(call.query.timeout_s):
            async for entry in work.changes(cursor, key=call.program.key):
                if entry.event.post_id == post.id:
                    post = await pressroom.posts.get(post.id)
                    if not _is_awaited(post, call.query.version):
                        break
    except TimeoutError:
        post = await pressroom.posts.get(post.id)
    return answer_post(post)


def _is_awaited(post: Post, version: int | None) -> bool:
    return post.version == version if version else post.state in _UNDECIDED


_UNDECIDED: Final = frozenset(PostState) - {
    PostState.PUBLISHED,
    PostState.DELETED,
    PostState.FAILED,
    PostState.MISSED,
    PostState.CANCELLED,
    PostState.NEEDS_ATTENTION,
}


async def get_post_picture(call: Call[GetPicture, None]) -> Response:
    """Return a small picture of what a post shows, also when its files are gone."""
    pressroom, post = await call.program.sessions.of_post(call.path["post_id"])
    return answer_picture(await pressroom.posts.picture(post.id, call.query.size), f"post {post.id}")


_TAG: Final = "posts"
POST_LINKS: Final = tuple(
    Link(name, "post_id", "post_id") for name in ("get_post", "get_post_history", "duplicate_post")
)
_POST: Final[Mapping[int, type[msgspec.Struct] | Content]] = {200: PostShape}

OPERATIONS: Final = (
    Operation(
        method="GET",
        path="/posts",
        run=list_posts,
        tag=_TAG,
        scope=Scope.READ,
        query=ListPosts,
        answers={200: PostPage},
    ),
    Operation(
        method="POST",
        path="/posts",
        run=create_post,
        tag=_TAG,
        scope=Scope.DRAFT,
        body=CreatePost,
        answers={201: PlannedShape, 200: RehearsalShape, 202: ProposedShape},
        errors=(409, 502, 507),
        again=created_before,
        lets_go=True,
        links=POST_LINKS,
    ),
    Operation(method="GET", path="/posts/{post_id}", run=get_post, tag=_TAG, scope=Scope.READ, answers=_POST),
    Operation(
        method="GET",
        path="/posts/{post_id}/history",
        run=get_post_history,
        tag=_TAG,
        scope=Scope.READ,
        answers={200: PostHistoryShape},
    ),
    Operation(
        method="GET",
        path="/posts/{post_id}/wait",
        run=wait_for_post,
        tag=_TAG,
        scope=Scope.READ,
        query=WaitForPost,
        answers=_POST,
    ),
    Operation(
        method="GET",
        path="/posts/{post_id}/picture",
        run=get_post_picture,
        tag=_TAG,
        scope=Scope.READ,
        query=GetPicture,
        answers={200: PICTURE},
    ),
)
