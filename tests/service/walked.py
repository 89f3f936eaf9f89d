"""A store with posts of a person and of a program in every state, and what was let out of it since."""

import asyncio
import shutil
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from pressroom.core.account import UNTIL_RESUMED, Pause, PausedAccount
from pressroom.core.actor import Actor
from pressroom.core.consent import Grant, GrantId, Key, ProposalState
from pressroom.core.post import Attention, ContainerRecord, Post, PostState, Send, SendState, Snapshot, When
from pressroom.core.stored_posts import PostQuery, shown_hash
from pressroom.graph.answers import ContainerId, ContainerStatus
from tests.service.consenting import ANNA, PLANNER, a_file, a_picture, program, proposed
from tests.service.road import Road, opened_road

S = PostState
LATER = timedelta(hours=3)
GOING_OUT = frozenset({S.SCHEDULED, S.PREPARING, S.READY, S.PUBLISHING, S.PUBLISHED})
_BY_PUBLISHING = ("/media", "/media_publish")

OF_THE_FILE = frozenset({"store_identity", "store_place", "store_driven_at", "store_gaps"})


@dataclass(frozen=True)
class World:
    """posts: in every state, of both. proposal: of the program, for a call. grant: of another program."""

    road: Road
    directory: Path
    file: str
    posts: Mapping[tuple[Actor, PostState], Post]
    proposal: str
    grant: str

    def of(self, actor: Actor, state: PostState) -> Post:
        return self.posts[actor, state]


async def a_world(road: Road, directory: Path) -> World:
    road.sign_in("ana", timezone="Europe/Istanbul")
    file = a_file(directory)
    posts = {(actor, state): stored(road, actor, state, file) for actor in (ANNA, PLANNER) for state in S}
    async with program(road) as pressroom:
        asked = await proposed(pressroom.accounts.call("DELETE", "17900000000000009", {}))
    grant = Grant(
        id=GrantId("9" * 32),
        actor=Actor(PLANNER.kind, "other").id,
        verbs=("publish",),
        accounts=("ana",),
        per_day=9,
        granted_by=ANNA.id,
        created_at=road.clock.now(),
    )
    road.store.consents.grant(grant)
    return World(road, directory, file, posts, asked.proposal_id or "", grant.id)


async def a_made_world(directory: Path) -> World:
    """Make one to be copied: that takes longer than what is done in it."""
    async with opened_road(directory / "home") as road:
        return await a_world(road, directory)


@asynccontextmanager
async def copied(made: World, directory: Path) -> AsyncGenerator[World]:
    """Open a world like the one that was made, on a road of its own."""
    home = directory / "home"
    await asyncio.to_thread(shutil.copytree, made.road.settings.home, home)
    async with opened_road(home) as road:
        yield replace(made, road=road, directory=directory)


def pause(road: Road) -> None:
    """Let nothing start that was let go before."""
    road.store.accounts.pause("ana", Pause(UNTIL_RESUMED, "Somebody has to look."))


def stored(road: Road, actor: Actor, state: PostState, file: str) -> Post:
    """Put a post where its maker, or publishing, would have brought it."""
    made = a_picture(file, f"{actor.id} {state}")
    due = road.clock.now() + LATER
    post = replace(made, state=state, actor=actor.id, account="ana", when=When.TIME, due_at=due)
    post = replace(post, followups=())
    if state is S.CANCELLED:
        post = replace(post, is_interrupted=True)
    if (actor, state) == (ANNA, S.PUBLISHING):  # an account has one open send
        post = _sent(post, SendState.OPEN)
    if state is S.NEEDS_ATTENTION:
        post = replace(_sent(post, SendState.ABANDONED), attention=Attention.OUTCOME_UNKNOWN)
    return road.store.posts.add(post).post


def _sent(post: Post, state: SendState) -> Post:
    assert post.due_at
    record = ContainerRecord(
        id=ContainerId(post.id), created_at=post.due_at - LATER, status=ContainerStatus.FINISHED
    )
    send = Send(
        container_id=record.id,
        number=1,
        started_at=record.created_at,
        deadline=record.created_at,
        snapshot=Snapshot(),
        state=state,
        may_resend=False,
    )
    return replace(post, containers=(record,), sends=(send,))


@dataclass(frozen=True)
class Seen:
    """What of a world may show that something was let out. calls: so many were no GET."""

    posts: Mapping[str, Post]
    calls: tuple[str, ...]
    accounts: Any
    options: Mapping[str, str]
    grants: tuple[Grant, ...]
    keys: tuple[Key, ...]
    paused: tuple[PausedAccount, ...]
    decided: tuple[str, ...]


def seen(road: Road) -> Seen:
    store = road.store
    answered = (ProposalState.APPROVED, ProposalState.DECLINED)
    return Seen(
        posts={post.id: post for post in store.posts.list(PostQuery(limit=1000)).posts},
        calls=tuple(f"{call.method} {call.path}" for call in road.sandbox.calls() if call.method != "GET"),
        accounts=[
            (one.name, one.sealed_token, one.is_default, one.timezone, one.language)
            for one in store.accounts.list()
        ],
        # Where its file is driven from a worker notes; that is no setting of anybody's.
        options={name: value for name, value in store.options.all().items() if name not in OF_THE_FILE},
        grants=store.consents.grants(),
        keys=store.keys.list(),
        paused=store.accounts.paused(road.clock.now()),
        decided=tuple(one.id for one in store.consents.list(answered)),
    )


def let_out(before: Seen, after: Seen) -> list[str]:
    """Say what was let out in between: a post, a call, or what only a person changes."""
    posts = [f"{post.id}: {why}" for post in after.posts.values() if (why := _how(before, post))]
    calls = [call for call in after.calls[len(before.calls) :] if not call.endswith(_BY_PUBLISHING)]
    rest = [
        name
        for name in ("accounts", "options", "grants", "keys", "paused")
        if getattr(before, name) != getattr(after, name)
    ]
    if not posts:  # what publishes is a call of its own where no post was let out
        calls = list(after.calls[len(before.calls) :])
    return [*posts, *calls, *rest]


def _how(before: Seen, post: Post) -> str | None:
    was = before.posts.get(post.id)
    if was is None:
        return "new" if not post.state.is_held else None
    if not was.state.is_held and shown_hash(was) != shown_hash(post):
        return "shows something else"
    if post.state not in GOING_OUT or _is_only_looked_for(post):
        return None
    if was.state not in GOING_OUT:
        return f"{was.state} is {post.state}"
    assert was.due_at
    assert post.due_at
    return "is due earlier" if post.due_at < was.due_at else None


def _is_only_looked_for(post: Post) -> bool:
    """Tell whether it is found out what became of a post that a person let go, and nothing is sent."""
    return post.state is S.PUBLISHING and post.open_send is not None and not post.open_send.may_resend
