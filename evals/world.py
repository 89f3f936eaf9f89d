"""What a task is about: accounts on a sandbox, files in a folder, posts, and the person who decides."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from evals.clock import StillClock
from evals.permits import Permits
from pressroom.accounts.vault import open_vault
from pressroom.core.actor import Actor, ActorKind
from pressroom.core.consent import Proposal, ProposalState
from pressroom.core.errors import NeedsApproval
from pressroom.core.post import Post, PostId, PostState
from pressroom.core.secret import Secret
from pressroom.graph.answers import UserId
from pressroom.sandbox.simulator import PublishedMedia, Sandbox
from pressroom.sandbox.state.seeding import AccountSeed
from pressroom.service import Pressroom, new_post
from tests.fakes.clock import START
from tests.service.road import Road, opened_road

S: Final = PostState
ANNA: Final = Actor(ActorKind.PERSON, "anna")
AGENT: Final = "planner"
"""What the agent of a task is called."""
ACCOUNT, ZONE = "harbour", "Europe/Berlin"
_UNDER_WAY: Final = (S.PREPARING, S.READY, S.PUBLISHING)
_LONGEST_S: Final = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """How a world begins. start: the moment, in UTC. has_worker: whether what is let go is published."""

    start: datetime = START
    timezone: str = ZONE
    has_worker: bool = True


@dataclass
class World:
    """known: what the person's words name, as `{name}`. folder: whose files the agent may use."""

    road: Road
    clock: StillClock
    folder: Path
    permits: Permits
    setting: Setting
    known: dict[str, str] = field(default_factory=dict[str, str])

    @cached_property
    def person(self) -> "Person":
        """The person for whom the agent works."""
        return Person(self)

    @property
    def sandbox(self) -> Sandbox:
        """The pretended Instagram."""
        return self.road.sandbox

    @property
    def posts(self) -> tuple[Post, ...]:
        """Every post of Pressroom's, by due time."""
        return self.road.posts

    @property
    def live(self) -> list[PublishedMedia]:
        """What is on the account that is signed in first, the newest first."""
        return self.sandbox.media

    @property
    def proposals(self) -> tuple[Proposal, ...]:
        """Every proposal, the newest first."""
        return self.road.store.consents.list(limit=1000)

    @property
    def waiting(self) -> tuple[Proposal, ...]:
        """Those that a person has yet to decide."""
        return tuple(one for one in self.proposals if one.state is ProposalState.WAITING)

    def post(self, post_id: str) -> Post:
        """Return a post by its whole id."""
        return self.road.post(PostId(post_id))

    def session(self, actor: Actor, account: str = ACCOUNT) -> Pressroom:
        """Open a session for somebody else than the agent."""
        return self.road.pressroom(actor=actor, account_name=account)

    def sign_in(self, name: str) -> None:
        """Sign in one more account, which is not the default."""
        user_id, token = self.sandbox.add_account(AccountSeed(username=f"{name}.sandbox"))
        account = replace(self.road.account, token=Secret(token), user_id=UserId(user_id))
        vault = open_vault(self.road.store, self.road.settings)
        vault.keep(name, account, obtained_at=self.clock.now(), timezone=ZONE)

    async def drafted(self, file: str, caption: str = "", *, by: str = AGENT, **more: Any) -> Post:
        """Store a draft of a photo, made by a program."""
        return await self._submitted(Actor(ActorKind.PROGRAM, by), file, caption, state=S.DRAFT, **more)

    async def asked_for(self, file: str, caption: str, at: str = "now", *, by: str = AGENT) -> Post:
        """Have a program ask for a photo to go out: a proposal waits for the person."""
        post = await self.drafted(file, caption, by=by)
        async with self.session(Actor(ActorKind.PROGRAM, by)) as pressroom:
            try:
                return await pressroom.posts.release(post.id, None if at == "now" else at)
            except NeedsApproval:
                return self.post(post.id)

    async def planned(self, file: str, caption: str, at: str) -> Post:
        """Have the person plan a photo."""
        return await self._submitted(ANNA, file, caption, at=at)

    async def _submitted(self, actor: Actor, file: str, caption: str, **more: Any) -> Post:
        account = more.pop("account", ACCOUNT)
        post = new_post(more.pop("kind", "photo"), [str(self.folder / file)], caption=caption or None)
        async with self.session(actor, account) as pressroom:
            return (await pressroom.posts.submit(post, **more)).post

    async def settle(self) -> None:
        """Let the worker, if one runs, finish what is under way or due."""
        if not self.setting.has_worker:
            return
        end = self.clock.now() + timedelta(seconds=_LONGEST_S)
        with self.clock.passing():
            while self._is_busy() and self.clock.now() < end:
                await self.clock.sleep(1)

    async def pass_time(self, by: timedelta) -> None:
        """Let so much time pass, and what is due meanwhile be published at its time."""
        end = self.clock.now() + by
        while (due := self._next_due(end)) is not None:
            self._advance_to(due)
            await self.settle()
        self._advance_to(end)
        await self.settle()

    def _is_busy(self) -> bool:
        now = self.clock.now()
        return any(
            post.state in _UNDER_WAY or (post.state is S.SCHEDULED and (post.goes_out_at or now) <= now)
            for post in self.posts
        )

    def _next_due(self, end: datetime) -> datetime | None:
        now = self.clock.now()
        ahead = [post.goes_out_at for post in self.posts if post.state is S.SCHEDULED and post.goes_out_at]
        return min((due for due in ahead if now < due <= end), default=None)

    def _advance_to(self, moment: datetime) -> None:
        self.clock.advance(max(0.0, (moment - self.clock.now()).total_seconds()))


@dataclass(frozen=True)
class Person:
    """Anna, who decides. Whatever she lets is written down as permitted."""

    world: World

    async def approve(self, found: str) -> Post:
        """Approve a proposal about a post, by either's id, and have the post go out if it is due."""
        world = self.world
        async with world.session(ANNA) as pressroom:
            proposal = (await pressroom.approvals.show(found)).proposal
            post = (await pressroom.approvals.approve(found)).post
        if proposal is not None:
            world.permits.decide(proposal.id)
        assert post is not None
        world.permits.let(post)
        await world.settle()
        return world.post(post.id)

    async def approve_all(self) -> None:
        """Approve everything that waits."""
        for proposal in self.world.waiting:
            await self.approve(proposal.id)

    async def decline(self, proposal: Proposal) -> None:
        """Decline what was asked for."""
        async with self.world.session(ANNA) as pressroom:
            await pressroom.approvals.decline(proposal.id)

    async def allow(self, per_day: int, verb: str = "publish") -> None:
        """Give the agent a standing consent."""
        agent = Actor(ActorKind.PROGRAM, AGENT)
        async with self.world.session(ANNA) as pressroom:
            given = await pressroom.approvals.allow(
                agent.id, verbs=[verb], accounts=[ACCOUNT], per_day=per_day
            )
        self.world.permits.grant(given)


@asynccontextmanager
async def opened_world(directory: Path, setting: Setting) -> AsyncGenerator[World]:
    """Open a world in an empty directory, where one account is signed in and nothing else is."""
    clock, folder = StillClock(setting.start), directory / "pictures"
    await asyncio.to_thread(folder.mkdir)
    async with AsyncExitStack() as stack:
        road = await stack.enter_async_context(opened_road(directory / "home", clock=clock))
        road.sign_in(ACCOUNT, timezone=setting.timezone)
        if setting.has_worker:
            await stack.enter_async_context(road.worker())
        yield World(road, clock, folder, Permits(road), setting)
