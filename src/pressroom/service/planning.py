"""`Planner`: the store with what whoever plans posts has to know: zones, tokens, and whether a worker runs.

with open_planner(settings) as planner:
    planned = await planner.add(new_post(PostKind.PHOTO, ["cat.png"]), Plan(due_at=tomorrow), account="ana")
"""

import asyncio
from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, tzinfo

from pressroom.core.account import Account, shown_account, sign_in_command
from pressroom.core.assets import Asset, MediaReport, Seen
from pressroom.core.clock import SYSTEM_CLOCK, Clock
from pressroom.core.errors import NotFound
from pressroom.core.journal import JournalEvent
from pressroom.core.post import DEFAULT_ACCOUNT, Post, PostId, PostState
from pressroom.core.repositories import StoredAccount
from pressroom.core.secret import Secret
from pressroom.core.settings import Settings
from pressroom.core.slots import is_next_slot
from pressroom.core.when import parse_when, zone_named
from pressroom.dispatch.heartbeats import is_any_worker_alive
from pressroom.dispatch.lock import driver_lock
from pressroom.publish.examined import check_examined
from pressroom.publish.machine import FINAL_STATES
from pressroom.publish.policy import CAREFUL
from pressroom.publish.timing import state_when_late
from pressroom.publish.validate import validate
from pressroom.publish.wishes import cover_wish, wish_for
from pressroom.service.schedule import Plan, Schedule
from pressroom.service.slots import UNSAID_ZONE, SlotDesk
from pressroom.service.timeline import Choice, Step, choices, looked, what_next
from pressroom.store.store import Store, open_store

_NOW = timedelta(minutes=1)  # checking takes a while
_WHEN_LATE = {
    PostState.SCHEDULED: "it goes out at once, or as --if-late says.",
    PostState.NEEDS_ATTENTION: "it does not go out by itself, and you are asked.",
    PostState.MISSED: "it is dropped, as --if-late says.",
}


@dataclass(frozen=True, slots=True)
class Planned:
    """A stored post. warnings: what stands in its way, one sentence each."""

    post: Post
    warnings: tuple[str, ...]
    is_replay: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A post with all that happened to it, and what comes. warnings: what stands in its way."""

    post: Post
    events: tuple[JournalEvent, ...]
    next: tuple[Step, ...]
    choices: tuple[Choice, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Moment:
    """A due time in UTC, and the zone it is shown in."""

    at: datetime
    timezone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Planner:
    """The schedule of a store, and what is known around it.

    own: accounts that are not stored, and that this process has all the same, by name. works: a worker runs
    in this process.
    """

    store: Store
    settings: Settings
    clock: Clock
    schedule: Schedule
    own: Mapping[str, Account] = field(default_factory=dict[str, Account])
    works: bool = False

    async def default_account(self) -> str:
        """Name the account that is used when none is named: the default, or the only one."""
        accounts = await self.store.run(self.store.accounts.list)
        chosen = next((one.name for one in accounts if one.is_default), None)
        return chosen or (accounts[0].name if len(accounts) == 1 else DEFAULT_ACCOUNT)

    async def account(self, who: str) -> StoredAccount | None:
        """Give the login of a name, or that an account goes by; None where nobody is signed in."""
        try:
            return await self.store.run(self.store.accounts.get, who)
        except NotFound:
            return None

    async def moment(self, text: str, *, zone: str | None, account: str) -> Moment:
        """Read a due time in a zone, else in the account's.

        Raises Refused for what cannot be read, and for a time of day in no known zone.
        """
        stored = await self.account(account)
        name = zone or (stored.timezone if stored else UNSAID_ZONE)
        known: tzinfo | None = zone_named(name) if zone or name != UNSAID_ZONE else None
        return Moment(parse_when(text, now=self.clock.now(), zone=known), name)

    @property
    def slots(self) -> SlotDesk:
        """The accounts' weekly slots."""
        return SlotDesk(store=self.store, clock=self.clock)

    @asynccontextmanager
    async def moment_for(
        self, post_id: PostId, text: str, *, zone: str | None, account: str
    ) -> AsyncGenerator[Moment]:
        """Read a due time as `moment` does; `next slot` is held for the post while the block stores it."""
        if not is_next_slot(text):
            yield await self.moment(text, zone=zone, account=account)
            return
        async with self.slots.held(account, post_id) as moment:
            yield await self.shown_in(moment, zone=zone, account=account)

    async def shown_in(self, moment: datetime, *, zone: str | None, account: str) -> Moment:
        """Give a moment in a zone, else in the account's. Raises Refused for a zone nobody knows."""
        stored = await self.account(account)
        name = zone_named(zone).key if zone else stored.timezone if stored else UNSAID_ZONE
        return Moment(moment, name)

    async def check(self, post: Post) -> tuple[str, ...]:
        """Refuse what Instagram would refuse, files by their content; give warnings about the rest."""
        found = list(validate(post))
        await self._check_urls(post)
        seen = list[Seen | None]()
        for asset in _with_cover(post):
            report = None if asset.is_url else await self._report(asset, post)
            seen.append(report.seen if report else None)
            found += [f"{asset.name}: {warning}" for warning in report.warnings] if report else []
        check_examined(post, seen)
        return tuple(found)

    async def add(self, content: Post, plan: Plan, *, account: str) -> Planned:
        """Check and store a post. account: its id, or the name of a login to it.

        Raises Refused, or KeyReused for a key that stands for other content.
        """
        post, found = await self.checked(replace(content, account=account), plan)
        return await self.keep(post, plan, found)

    async def checked(self, content: Post, plan: Plan) -> tuple[Post, tuple[str, ...]]:
        """Check a post before anything is kept of it; gives it with the copies its key is known with."""
        post = await self.schedule.recalled(content, plan.idempotency_key)
        return post, await self.check(post)

    async def keep(self, post: Post, plan: Plan, found: tuple[str, ...]) -> Planned:
        """Store a checked post. found: the warnings of the check. Raises KeyReused."""
        added = await self.schedule.add(post, plan)
        late = self.clock.now() - plan.due_at
        if late > _NOW and not added.is_replay:
            becomes = state_when_late(plan.if_late, late.total_seconds(), CAREFUL)
            found = (*found, f"That time is over: {_WHEN_LATE[becomes]}")
        around = await self.warnings(added.post.account)
        return Planned(added.post, (*found, *around), added.is_replay)

    async def move(self, prefix: str, text: str, *, zone: str | None) -> Post:
        """Give a post another due time, read in a zone, else in the post's, else in the account's."""
        post = (await self.schedule.show(prefix)).post
        known = zone or (post.timezone if post.timezone != UNSAID_ZONE else None)
        async with self.moment_for(post.id, text, zone=known, account=post.account) as when:
            return await self.schedule.move(post.id, when.at, when.timezone)

    async def edit(self, prefix: str, **changes: str) -> Post:
        """Replace options of a post, by their names in `PostOptions`."""
        post = (await self.schedule.show(prefix)).post
        options = replace(post.options, **changes)  # pyright: ignore[reportArgumentType]  # texts of PostOptions
        return await self.schedule.edit(post.id, options)

    async def story(self, prefix: str) -> Story:
        """Tell what was done for a post and what comes. Raises NotFound."""
        timeline = await self.schedule.show(prefix)
        post = timeline.post
        pause = await self.store.run(self.store.accounts.pause_of, post.account)
        told = sorted((*_planned(post), *timeline.events, *looked(post)), key=lambda event: event.at)
        return Story(
            post=post,
            events=tuple(told),
            next=what_next(post, pause, self.clock.now()),
            choices=choices(post, pause),
            warnings=await self._lacks(post.account) if post.state not in FINAL_STATES else (),
        )

    async def warnings(self, account: str) -> tuple[str, ...]:
        """Say what keeps posts of an account from going out: no worker, no token, a pause."""
        found = await self._lacks(account)
        pause = await self.store.run(self.store.accounts.pause_of, account)
        if pause is None or pause.until <= self.clock.now():
            return found
        return (*found, f"Account {await self._called(account)!r} is paused: {pause.reason}")

    async def _called(self, account: str) -> str:
        stored = await self.account(account)
        return stored.name if stored else shown_account(account)

    async def _lacks(self, account: str) -> tuple[str, ...]:
        found = list[str]()
        if not self.works and not await self.is_worker_running():
            found.append("No worker runs, so nothing is published. Start one: `pressroom worker`.")
        called = shown_account(account)
        if account in self.own and not self.works:
            found.append(
                f"The token of account {called!r} is not stored: only a worker that is started with the same "
                "INSTAGRAM_* variables publishes it. To store it: `pressroom auth login --token-stdin`."
            )
        elif account not in self.own and await self.account(account) is None:
            found.append(f"No token is stored for account {called!r}. Sign in: `{sign_in_command(account)}`.")
        return tuple(found)

    async def worker_pid(self) -> int | None:
        """Give the process id of the worker on this machine; None when none runs."""
        return await asyncio.to_thread(driver_lock(self.settings).holder)

    async def is_worker_running(self) -> bool:
        """Tell whether a worker runs: on this machine, or on any where the store is on a server."""
        if self.store.is_shared:
            return await self.store.run(is_any_worker_alive, self.store.database)
        return await self.worker_pid() is not None

    async def _check_urls(self, post: Post) -> None:
        from pressroom.hosting.public import require_public  # noqa: PLC0415  # for posts with addresses alone

        account = self.own.get(post.account) or await self._tokenless(post.account)
        if account is None or post.options.convert:
            return
        for asset in _with_cover(post):
            if asset.is_url:
                require_public(asset.source, account)

    async def _tokenless(self, name: str) -> Account | None:
        stored = await self.account(name)
        return Account(token=Secret("none"), api_base=stored.api_base) if stored else None

    async def _report(self, asset: Asset, post: Post) -> MediaReport:
        from pressroom.media.report import check  # noqa: PLC0415  # loads the media desk

        wish = cover_wish(post) if asset is post.options.cover else wish_for(post)
        report = await check(asset.path, use=wish.use, target=wish.target, fit=wish.fit, edits=wish.edits)
        if report.refusal is not None:
            raise report.refusal
        return report


@contextmanager
def open_planner(settings: Settings, *, clock: Clock = SYSTEM_CLOCK) -> Generator[Planner]:
    """Open the settings' store. Raises StoreRefused, StoreFailed or SettingRefused when it cannot be."""
    with open_store(settings.store, clock=clock) as store:
        schedule = Schedule(store, settings, clock=clock)
        yield Planner(store=store, settings=settings, clock=clock, schedule=schedule)


def _planned(post: Post) -> tuple[JournalEvent, ...]:
    if post.created_at is None:
        return ()
    return (JournalEvent(post_id=post.id, at=post.created_at, step="planned", text="It was planned."),)


def _with_cover(post: Post) -> tuple[Asset, ...]:
    cover = post.options.cover
    return (*post.assets, cover) if cover else post.assets
