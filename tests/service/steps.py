"""The calls of a session that take more than a line, as steps of the walk through all of its operations."""

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

from pressroom.accounts.signing_in.asking import Asking
from pressroom.accounts.signing_in.finding import FoundAccount
from pressroom.core.account import App, LoginDetails
from pressroom.core.errors import PressroomError, Refused
from pressroom.core.post import ContainerRecord, Followup, Post, PostState
from pressroom.core.secret import Secret
from pressroom.graph.answers import ContainerId, ContainerStatus, MediaId
from pressroom.graph.hosts import LoginType
from pressroom.graph.permissions import Permission
from pressroom.service import Pressroom
from pressroom.service.posts.tables.columns import Row
from pressroom.service.posts.tables.rows import row_of
from tests.service.consenting import ANNA, PLANNER, a_picture
from tests.service.walked import World

S = PostState
ID = MediaId("17900000000000009")
UPLOAD_ID = "123e4567-e89b-42d3-a456-426614174000"
L, BACK, APP = LoginType, "https://app.example/back/", App("15", Secret("app-secret-0123456789"))

Call: TypeAlias = Callable[[Pressroom, World], Any]


class Out:
    """A call that lets one thing out when a person makes it."""

    def __init__(self, call: Call) -> None:
        self._call = call

    def __call__(self, pressroom: Pressroom, world: World) -> Any:
        return self._call(pressroom, world)


def is_out(step: Call) -> bool:
    return isinstance(step, Out)


def by_post(call: Callable[[Pressroom, Post], Any], *outs: tuple[Any, PostState]) -> list[Call]:
    """The call for every post; those of `outs` let something out."""

    def of(actor: Any, state: PostState) -> Call:
        return lambda p, w: call(p, w.of(actor, state))

    every = [(actor, state) for actor in (ANNA, PLANNER) for state in S]
    return [Out(of(*one)) if one in outs else of(*one) for one in every]


def asked(world: World) -> Asking:
    account = world.road.account
    return Asking(
        login_type=L.INSTAGRAM,
        api_base=account.api_base,
        version=account.version,
        app=APP,
        redirect_uri=BACK,
        permissions=(Permission.BASIC,),
        state=Secret("s"),
    )


def found(world: World) -> FoundAccount:
    return FoundAccount(
        account=replace(world.road.account, user_id="17841400000000077"), details=LoginDetails()
    )


def raw(method: Any, path: str, /, **params: str) -> Call:
    return lambda p, _: p.accounts.call(method, path.format(media=ID), params)


def fresh(world: World, **changes: Any) -> Post:
    return replace(a_picture(world.file, "New"), **changes)


def forged(world: World) -> Post:
    """A post that says of itself that it was let go, sent and interrupted by a person."""
    record = ContainerRecord(
        id=ContainerId("17"), created_at=world.road.clock.now(), status=ContainerStatus.FINISHED
    )
    return fresh(
        world,
        state=S.READY,
        actor=ANNA.id,
        is_interrupted=True,
        containers=(record,),
        wake_at=world.road.clock.now(),
        followups=(Followup.FIRST_COMMENT,),
    )


async def forged_and_taken_up(pressroom: Pressroom, world: World) -> None:
    made = await pressroom.posts.submit(forged(world), state=S.DRAFT, idempotency_key="k")
    with contextlib.suppress(PressroomError):
        await pressroom.publish(fresh(world), idempotency_key="k")
    await pressroom.posts.see_through(made.post.id)


async def for_a_moment(work: Coroutine[Any, Any, None], world: World) -> None:
    task = asyncio.create_task(work)
    await world.road.clock.sleep(1)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def followed(pressroom: Pressroom) -> None:
    async for _ in pressroom.work.changes():
        pass


async def a_pdf(pressroom: Pressroom, _world: World) -> None:
    # Where there is no Chromium that is refused.
    with contextlib.suppress(Refused):
        pressroom.insights.require_pdf()


async def a_report(pressroom: Pressroom, world: World) -> None:
    await pressroom.insights.write_report(await pressroom.insights.report("7d"), world.directory / "a.html")


async def a_table(pressroom: Pressroom, world: World) -> None:
    row = Row(kind="photo", sources=(world.file,), at="now", state="scheduled")
    await pressroom.posts.store_table(await pressroom.posts.check_table([(1, row)], base=world.directory))


async def an_edited_table(pressroom: Pressroom, world: World) -> None:
    """A table that brings a planned post forward."""
    row = replace(row_of(world.of(ANNA, S.SCHEDULED)), at="now")
    await pressroom.posts.store_table(await pressroom.posts.check_table([(1, row)], base=world.directory))


async def at_once(_answer: object) -> None:
    """What is no coroutine, as one."""


async def announced(pressroom: Pressroom) -> None:
    with pressroom.pages.announce("http://127.0.0.1:8484"):
        pass


async def linked(pressroom: Pressroom, _world: World) -> None:
    """A link by whoever serves the page itself."""
    with pressroom.pages.announce("http://127.0.0.1:8484"):
        await pressroom.pages.link()


async def an_upload(pressroom: Pressroom, world: World) -> None:
    content = await asyncio.to_thread(Path(world.file).read_bytes)

    async def chunks() -> AsyncIterator[bytes]:
        yield content

    await pressroom.uploads.put(UPLOAD_ID, chunks(), sha256=hashlib.sha256(content).hexdigest())


async def kept_file(pressroom: Pressroom, world: World) -> None:
    with await asyncio.to_thread(open, world.file, "rb") as file:
        await pressroom.media.keep(file, Path(world.file))
