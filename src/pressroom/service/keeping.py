"""The store as a `Pressroom` has it: opened when it is first needed, off the event loop."""

import asyncio
import logging
import os
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from pressroom.accounts.vault import open_vault
from pressroom.client.client import Client
from pressroom.client.masking import Mask, without_secrets
from pressroom.core.account import Account
from pressroom.core.clock import Clock
from pressroom.core.errors import PressroomError, Refused
from pressroom.core.post import Post, PostId
from pressroom.core.settings import Settings
from pressroom.publish.policy import Policy
from pressroom.service.carrier import Carrier
from pressroom.service.files import Files
from pressroom.service.identity import Identity, identity
from pressroom.service.planning import Moment, Planned, Planner
from pressroom.service.schedule import NO_ACCOUNTS, Plan, Schedule
from pressroom.service.watch import Watch
from pressroom.service.worker import Worker
from pressroom.store.store import Store, open_store

log = logging.getLogger("pressroom.service")

_AGAIN_S = 1.0


@asynccontextmanager
async def opened_store(settings: Settings, clock: Clock) -> AsyncGenerator[Store]:
    """Open the settings' store. Raises StoreRefused, StoreFailed or SettingRefused when it cannot be."""
    store = await asyncio.to_thread(open_store, settings.store, clock=clock)
    try:
        yield store
    finally:
        await asyncio.to_thread(store.close)


async def stored_account(store: Store, settings: Settings, name: str) -> Account:
    """Give a stored account with its token. Raises NotFound, SignInRequired."""
    vault = await store.run(open_vault, store, settings)
    return await store.run(vault.account, name)


async def default_name(store: Store, settings: Settings, clock: Clock) -> str:
    """Name the account that is used when none is named."""
    return await _planner(store, settings, clock).default_account()


def _planner(
    store: Store, settings: Settings, clock: Clock, own: Mapping[str, Account] = NO_ACCOUNTS
) -> Planner:
    schedule = Schedule(store, settings, clock=clock, own=own)
    return Planner(store=store, settings=settings, clock=clock, schedule=schedule, own=own)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """An account's place in the store."""

    identity: Identity
    account: Account
    planner: Planner
    carrier: Carrier

    async def submit(
        self,
        post: Post,
        at: datetime | str,
        zone: str | None,
        **plan: Any,  # noqa: ANN401  # Plan's own
    ) -> Planned:
        """Check and keep a post. Raises Refused, KeyReused."""
        async with self._moment(post.id, at, zone, self.identity.asked) as due:
            wanted = Plan(due_at=due.at, timezone=due.timezone, **plan)
            ours = replace(post, account=self.identity.account, login=self.identity.login)
            checked, found = await self.planner.checked(ours, wanted)
            known = await self.identity.known()
            final = replace(checked, account=known.id, login=known.login)
            return await self.planner.keep(final, wanted, found)

    async def move(self, post_id: str, at: datetime | str, zone: str | None) -> Post:
        """Give a post another due time. Raises NotFound, Refused."""
        if isinstance(at, str):
            return await self.planner.move(post_id, at, zone=zone)
        post = (await self.planner.schedule.show(post_id)).post
        async with self._moment(post.id, at, zone or post.timezone, post.account) as due:
            return await self.planner.schedule.move(post.id, due.at, due.timezone)

    @asynccontextmanager
    async def _moment(
        self, post_id: PostId, at: datetime | str, zone: str | None, account: str
    ) -> AsyncGenerator[Moment]:
        if isinstance(at, str):
            async with self.planner.moment_for(post_id, at, zone=zone, account=account) as moment:
                yield moment
            return
        if at.tzinfo is None:
            raise Refused(
                f"{at.isoformat()} has no zone.",
                rule="due_time",
                value=at.isoformat(),
                limit="an aware datetime",
                fix="Give it one: `.replace(tzinfo=ZoneInfo('Europe/Istanbul'))`.",
            )
        yield await self.planner.shown_in(at.astimezone(UTC), zone=zone, account=account)

    def worker(self, policy: Policy, on_saved: Callable[[Post, Post], None]) -> Worker:
        """Make a worker that also acts for this account where it is not stored."""
        planner = self.planner
        return Worker(
            settings=planner.settings,
            clock=planner.clock,
            policy=policy,
            own=self.account,
            on_saved=on_saved,
        )

    @asynccontextmanager
    async def working(self, policy: Policy) -> AsyncGenerator[None]:
        """Let a worker work while the block runs, and tell what needs a person as the settings say.

        One that fails is followed by another. Raises SettingRefused for a way of telling that cannot work.
        """
        planner, environ = self.planner, os.environ
        mask = Mask((self.account.token.reveal(), *Mask.of(environ).secrets))
        watch = Watch(
            settings=planner.settings, environ=without_secrets(environ), mask=mask, clock=planner.clock
        )
        async with watch.beside():
            work = _work(lambda: self.worker(policy, watch.saved), planner.clock)
            task = asyncio.create_task(work, name="pressroom worker")
            try:
                yield
            finally:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)


async def kept(
    account: Account,
    name: str | None,
    *,
    store: Store,
    client: Client,
    files: Files,
    policy: Policy,
    works: bool,
) -> Kept:
    """Find an account's place. name: of the stored bundle; None where it is not known to be one."""
    settings, clock = files.settings, files.clock
    ours = await identity(client, store, name)
    planner = replace(_planner(store, settings, clock, ours.own), works=works)
    carrier = Carrier(planner=planner, identity=ours, client=client, files=files, policy=policy)
    return Kept(identity=ours, account=account, planner=planner, carrier=carrier)


async def _work(make: Callable[[], Worker], clock: Clock) -> None:
    while True:
        try:
            await make().run()
        except PressroomError as error:
            log.warning("the worker had to stop: %s", error)
        except Exception:
            log.exception("the worker met a fault of Pressroom's own")
        await clock.sleep(_AGAIN_S)
