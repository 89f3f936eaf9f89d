"""Changes of posts, each bound to the version that was seen."""

from typing import Annotated, Any, Final

from msgspec import Meta

from pressroom.api.answers import ProposedShape, answer_post
from pressroom.api.fields import Files, Time, Timezone, options_in, with_options
from pressroom.api.operation import Answer, Call, Fields, Handler, Operation
from pressroom.api.posts import POST_LINKS
from pressroom.core.actor import Scope
from pressroom.core.post import Post, PostState
from pressroom.service import Pressroom
from pressroom.service.shapes.posts import PostShape


class _Patch(Fields, frozen=True, kw_only=True):
    files: Files | None = None


class PatchPost(with_options(_Patch), frozen=True, kw_only=True):
    """What is to be changed; what is left out stays, and null clears it."""


async def _to_change(call: Call[Any, Any], *free: PostState) -> tuple[Pressroom, Post]:
    """Return the post that is to be changed. free: states in which the scope `draft` is enough."""
    pressroom, post = await call.program.sessions.of_post(call.path["post_id"])
    # What is let go already would go out otherwise than it was approved.
    if post.state not in free or post.actor != call.program.actor.id:
        call.program.require(Scope.PUBLISH)
    return pressroom, post


async def patch_post(call: Call[Fields, PatchPost]) -> Answer:
    """Change what a post shows: its caption, its files, its options."""
    pressroom, post = await _to_change(call, PostState.DRAFT)
    options = await options_in(call.body, pressroom, post)
    if call.body.files is not None:
        options["sources"] = [await file.asset(pressroom) for file in call.body.files]
    return answer_post(await pressroom.posts.edit(post.id, version=call.version, **options))


class GiveTime(Fields, frozen=True, kw_only=True):
    """Another time."""

    at: Time
    timezone: Timezone | None = None
    late: Annotated[bool, Meta(description="The time may be over.")] = False


async def move_post(call: Call[Fields, GiveTime]) -> Answer:
    """Give a post that is still to go out another time, and change nothing else.

    A draft may also get a day (`2026-12-24`), or no time (`open`).
    """
    pressroom, post = await _to_change(call, PostState.DRAFT, PostState.AWAITING_APPROVAL)
    body = call.body
    return answer_post(
        await pressroom.posts.move(post.id, body.at, body.timezone, version=call.version, is_late=body.late)
    )


class PlanAgain(GiveTime, frozen=True, kw_only=True):
    """A time for a post that did not go out."""

    again: Annotated[bool, Meta(description="Also where another post of the same content went out.")] = False


async def reschedule_post(call: Call[Fields, PlanAgain]) -> Answer:
    """Plan a post again that failed, was missed or came too late: it is looked for, and then goes out."""
    pressroom, post = await _to_change(call)
    body = call.body
    return answer_post(
        await pressroom.posts.reschedule(
            post.id,
            body.at,
            body.timezone,
            version=call.version,
            is_late=body.late,
            is_again=body.again,
        )
    )


class Release(Fields, frozen=True, kw_only=True):
    """When it goes out."""

    at: Annotated[Time, Meta(description="Another time; `now`.")] | None = None
    timezone: Timezone | None = None


async def release_post(call: Call[Fields, Release]) -> Answer:
    """Have a draft, or a post that is held back, go out at its time or at another one."""
    pressroom, post = await _to_change(call)
    body = call.body
    return answer_post(await pressroom.posts.release(post.id, body.at, body.timezone, version=call.version))


async def cancel_post(call: Call[Fields, None]) -> Answer:
    """End a post that is not live."""
    pressroom, post = await _to_change(call, PostState.DRAFT, PostState.AWAITING_APPROVAL)
    return answer_post(await pressroom.posts.cancel(post.id, version=call.version))


class Retry(Fields, frozen=True, kw_only=True):
    """How it is tried again."""

    again: Annotated[bool, Meta(description="Also where another post of the same content went out.")] = False


async def retry_post(call: Call[Fields, Retry]) -> Answer:
    """Try a failed, missed or late post again at once. It is looked for on the profile first."""
    pressroom, post = await _to_change(call)
    return answer_post(await pressroom.posts.retry(post.id, version=call.version, is_again=call.body.again))


class Resolve(Fields, frozen=True, kw_only=True):
    """How it was."""

    media_id: Annotated[
        str | None,
        Meta(
            description="Instagram's id of it where it is live; null where it is not: it is sent again.",
            examples=["17912345678901234"],
        ),
    ]


async def resolve_post(call: Call[Fields, Resolve]) -> Answer:
    """Settle a post in doubt: it is live as a media, or it is not and goes out again."""
    pressroom, post = await _to_change(call)
    return answer_post(
        await pressroom.posts.resolve(post.id, media_id=call.body.media_id, version=call.version)
    )


async def reconcile_post(call: Call[Fields, None]) -> Answer:
    """Have the worker ask Instagram once more about a post in doubt. Sends nothing."""
    pressroom, post = await call.program.sessions.of_post(call.path["post_id"])
    return answer_post(await pressroom.posts.reconcile(post.id))


async def duplicate_post(call: Call[Fields, None]) -> Answer:
    """Make an open draft that shows what a post shows."""
    pressroom, post = await call.program.sessions.of_post(call.path["post_id"])
    return answer_post((await pressroom.posts.duplicate(post.id)).post, 201)


def _change(
    path: str,
    run: Handler,
    body: type[Fields] | None = None,
    *,
    scope: Scope = Scope.PUBLISH,
    is_bound: bool = True,
    lets_go: bool = False,
) -> Operation:
    return Operation(
        method="PATCH" if path == "" else "POST",
        path=f"/posts/{{post_id}}{path}",
        run=run,
        tag="posts",
        scope=scope,
        body=body,
        answers={200: PostShape, 202: ProposedShape},
        is_bound=is_bound,
        lets_go=lets_go,
        links=POST_LINKS[:1],
    )


OPERATIONS: Final = (
    _change("", patch_post, PatchPost, scope=Scope.DRAFT),
    _change("/move", move_post, GiveTime, scope=Scope.DRAFT),
    _change("/reschedule", reschedule_post, PlanAgain),
    _change("/release", release_post, Release, lets_go=True),
    _change("/cancel", cancel_post, scope=Scope.DRAFT),
    _change("/retry", retry_post, Retry),
    _change("/resolve", resolve_post, Resolve),
    _change("/reconcile", reconcile_post, is_bound=False),
    Operation(
        method="POST",
        path="/posts/{post_id}/duplicate",
        run=duplicate_post,
        tag="posts",
        scope=Scope.DRAFT,
        answers={201: PostShape},
        links=POST_LINKS[:1],
    ),
)
