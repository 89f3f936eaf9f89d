"""What programs ask for under an `Idempotency-Key`, at least one wish for each operation that takes one."""

import hashlib
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cache
from io import BytesIO
from typing import Any, Final, TypeAlias

from PIL import Image

from pressroom.core.actor import Actor
from pressroom.core.post import (
    Attention,
    ContainerRecord,
    Post,
    PostId,
    PostState,
    Send,
    SendState,
    Snapshot,
    When,
)
from pressroom.graph.answers import ContainerId, ContainerStatus, MediaId
from tests.api.house import Client
from tests.attack.newsroom import Newsroom
from tests.attack.sequence import ADDRESSES

LATER: Final = timedelta(hours=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A request. seen: the version for `If-Match`. about: the post. other: path and body of another wish."""

    method: str
    path: str
    other: tuple[str, Any]
    body: Any = None
    seen: int | None = None
    about: PostId | None = None
    query: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Wishes:
    """Makes wishes of a program in a newsroom, each with what it is about. client: its own, to an API."""

    room: Newsroom
    actor: Actor
    client: Client

    def content(self) -> dict[str, Any]:
        """A body that shows what nothing else does."""
        return {
            "kind": "photo",
            "files": [{"url": self.room.chance.choice(ADDRESSES)}],
            "caption": f"caption {self.room.next()}",
        }

    def at(self) -> str:
        """A time that nothing else is due at."""
        return (self.room.clock.now() + LATER + timedelta(minutes=self.room.next())).isoformat()

    async def post(self, state: PostState = PostState.DRAFT, **changes: Any) -> Post:
        """Make a post of the program, and put it where people, or publishing, would have brought it."""
        body = {**self.content(), "draft": True, "at": self.at()}
        store, made = self.room.store, (await self.client.post("/posts", body)).of(201)
        draft = store.posts.get(PostId(made["post_id"]))
        if state is PostState.DRAFT and not changes:
            return draft
        post = draft.changed(state=state, **changes).following(draft)
        store.posts.save(post, draft)
        return post

    def change(self, post: Post, path: str, body: Any = None, method: str = "POST") -> Wish:
        """A change of a post; under its key another post is another wish, even one that is not there."""
        other = (f"/posts/{'0' * 32}{path}", body)
        return Wish(
            method=method,
            path=f"/posts/{post.id}{path}",
            body=body,
            seen=post.version,
            about=post.id,
            other=other,
        )

    async def in_doubt(self) -> Post:
        """A post that was sent, and may be live."""
        begun = self.room.clock.now() - timedelta(hours=1)
        record = ContainerRecord(
            id=ContainerId(f"17{self.room.next():012}"), created_at=begun, status=ContainerStatus.FINISHED
        )
        send = Send(
            container_id=record.id,
            number=1,
            started_at=begun,
            deadline=begun,
            snapshot=Snapshot(),
            state=SendState.ABANDONED,
            may_resend=False,
        )
        return await self.post(
            PostState.NEEDS_ATTENTION,
            attention=Attention.OUTCOME_UNKNOWN,
            containers=(record,),
            sends=(send,),
            due_at=begun,
        )


Make: TypeAlias = Callable[[Wishes], Awaitable[Wish]]


def _created(**more: Any) -> Make:
    async def make(wishes: Wishes) -> Wish:
        body = {**wishes.content(), **more}
        if body.get("at") == "later":
            body["at"] = wishes.at()
        return Wish(method="POST", path="/posts", body=body, other=("/posts", {**body, "caption": "another"}))

    return make


def _changed(path: str, state: PostState, body: Any = None, **changes: Any) -> Make:
    async def make(wishes: Wishes) -> Wish:
        given = body(wishes) if callable(body) else body
        return wishes.change(await wishes.post(state, **changes), path, given)

    return make


def _patched(state: PostState) -> Make:
    async def make(wishes: Wishes) -> Wish:
        caption = f"caption {wishes.room.next()}"
        return wishes.change(await wishes.post(state), "", {"caption": caption}, "PATCH")

    return make


async def _resolved(wishes: Wishes) -> Wish:
    return wishes.change(await wishes.in_doubt(), "/resolve", {"media_id": None})


async def _reconciled(wishes: Wishes) -> Wish:
    return replace(wishes.change(await wishes.in_doubt(), "/reconcile"), seen=None)


async def _duplicated(wishes: Wishes) -> Wish:
    return replace(wishes.change(await wishes.post(), "/duplicate"), seen=None)


async def _deleted(wishes: Wishes) -> Wish:
    room, caption = wishes.room, f"caption {wishes.room.next()}"
    room.road.sandbox.order("media", kind="photo", caption=caption)
    [media] = [media for media in room.road.sandbox.media if media.caption == caption]
    now = room.clock.now()
    post = await wishes.post(PostState.PUBLISHED, media_id=MediaId(media.id), due_at=now, followups=())
    return replace(wishes.change(post, "", method="DELETE"), seen=None)


async def _upload_deleted(wishes: Wishes) -> Wish:
    path, other = [await _uploaded(wishes) for _ in range(2)]
    return Wish(method="DELETE", path=path, other=(other, None))


async def _uploaded(wishes: Wishes) -> str:
    path = f"/uploads/{uuid.uuid4()}"
    sha256 = hashlib.sha256(picture()).hexdigest()
    (await wishes.client.ask("PUT", path, content=picture(), sha256=sha256)).of(201)
    return path


@cache
def picture() -> bytes:
    """A file that Instagram takes."""
    with BytesIO() as file:
        Image.new("RGB", (320, 320)).save(file, "JPEG")
        return file.getvalue()


_SLOTS: Final = "/accounts/ana/slots"


async def _slot_added(wishes: Wishes) -> Wish:
    return Wish(
        method="POST",
        path=_SLOTS,
        body={"slots": [_slot(wishes)]},
        other=(_SLOTS, {"slots": ["daily 23:59"]}),
    )


async def _slot_removed(wishes: Wishes) -> Wish:
    slot = _slot(wishes)
    (await wishes.client.post(_SLOTS, {"slots": [slot]})).of(200)
    return Wish(method="DELETE", path=f"{_SLOTS}", query={"slot": slot}, other=("/accounts/ben/slots", None))


def _slot(wishes: Wishes) -> str:
    number = wishes.room.next()
    return f"{('monday', 'tuesday')[number // 1380 % 2]} {number // 60 % 23:02}:{number % 60:02}"


async def _report_asked(wishes: Wishes) -> Wish:
    body = {"period": "28d", "comments": {"next": f"Post {wishes.room.next()}."}}
    return Wish(method="POST", path="/reports", body=body, other=("/reports", {"period": "7d"}))


async def _report_deleted(wishes: Wishes) -> Wish:
    report = (await wishes.client.post("/reports", {"period": "28d"})).of(201)
    path = f"/reports/{report['report_id']}"
    return Wish(method="DELETE", path=path, other=(f"/reports/{'0' * 32}", None))


async def _pulled(_wishes: Wishes) -> Wish:
    path = "/insights/pull"
    return Wish(method="POST", path=path, body={"account": "ana"}, other=(path, {}))


async def _checked(wishes: Wishes) -> Wish:
    body = {"file": {"url": wishes.room.chance.choice(ADDRESSES)}}
    return Wish(method="POST", path="/media/check", body=body, other=("/media/check", {**body, "fit": "pad"}))


def _later(wishes: Wishes) -> dict[str, Any]:
    return {"at": wishes.at()}


S = PostState
WISHES: Final[Mapping[str, Sequence[Make]]] = {
    "create_post": (
        _created(),
        _created(at="later", draft=True),
        _created(at="later"),
        _created(at="now"),
    ),
    "patch_post": (_patched(S.DRAFT), _patched(S.AWAITING_APPROVAL), _patched(S.SCHEDULED)),
    "move_post": (_changed("/move", S.DRAFT, _later), _changed("/move", S.SCHEDULED, {"at": "+1h"})),
    "reschedule_post": (
        _changed("/reschedule", S.FAILED, _later),
        _changed("/reschedule", S.MISSED, _later),
    ),
    "release_post": (
        _changed("/release", S.DRAFT, {}),
        _changed("/release", S.DRAFT, {"at": "now"}),
        _changed("/release", S.DRAFT, _later),
        _changed("/release", S.DRAFT, _later, when=When.OPEN, due_at=None),
        _changed("/release", S.SCHEDULED, {"at": "now"}),
        _changed("/release", S.FAILED, {}),
    ),
    "cancel_post": (_changed("/cancel", S.DRAFT), _changed("/cancel", S.SCHEDULED)),
    "retry_post": (_changed("/retry", S.FAILED, {}),),
    "resolve_post": (_resolved,),
    "reconcile_post": (_reconciled,),
    "duplicate_post": (_duplicated,),
    "delete_post": (_deleted,),
    "delete_upload": (_upload_deleted,),
    "add_slots": (_slot_added,),
    "remove_slots": (_slot_removed,),
    "check_media": (_checked,),
    "ask_report": (_report_asked,),
    "delete_report": (_report_deleted,),
    "pull_insights": (_pulled,),
}
"""By operation."""
