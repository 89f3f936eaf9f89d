"""Plans posts, and keeps the weekly slots that posts can be planned for.

`Planning` reads due times in the right zone, stores posts, and warns of what may keep them from going out.
`Slots` sets the weekly slots of an account, and finds or reserves the next free one.
"""

import uuid
from collections.abc import AsyncGenerator, Collection, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from pressroom.core.account import shown_account
from pressroom.core.assets import Asset
from pressroom.core.errors import NotFound, Refused, TimeIsOver
from pressroom.core.post import SHORT_ID, Post, PostId, PostState, When
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.slots import Slot, occurrences
from pressroom.core.stored_posts import end_of, published_in_words, shown_hash
from pressroom.core.when import is_next_slot, parse_when, require_ahead, zone_named
from pressroom.publish.manners.quota import QuotaRoom
from pressroom.service.acting.acting import UNSAID_ZONE, Acting, Identity, chosen_zone, zone_to_keep
from pressroom.service.acting.obstacles import Obstacles
from pressroom.service.consent.change import Change, Verb, change_request
from pressroom.service.consent.gate import Gate
from pressroom.service.consent.rules import SOON
from pressroom.service.ground.copies import relocate_copies
from pressroom.service.ground.resources import Resources
from pressroom.service.posts.at_once import Checking
from pressroom.service.posts.lists import in_utc
from pressroom.service.posts.storing import RecentTwins, Schedule, Storing
from pressroom.service.posts.time_warnings import full_warning, local_zone_warning, moment_warnings


@dataclass(frozen=True, slots=True)
class Planned:
    """A stored post. warnings: what may keep it from going out, one sentence each."""

    post: Post
    warnings: tuple[str, ...]
    is_replay: bool = False


@dataclass(frozen=True, slots=True)
class Moment:
    """A due time in UTC, and the zone it is shown in. is_local: that zone is the machine's."""

    at: datetime
    timezone: str
    is_local: bool = False

    @property
    def warnings(self) -> tuple[str, ...]:
        """What to tell the user about how the time was read."""
        return (local_zone_warning(self.timezone),) if self.is_local else ()

    @property
    def arguments(self) -> dict[str, str]:
        """The arguments of a change that moves a post to it."""
        return {"due_at": self.at.isoformat(), "timezone": self.timezone}


@dataclass(frozen=True, slots=True)
class Undated:
    """What a post that is held back has in place of a due time: a day, or (None) nothing."""

    day: date | None
    timezone: str
    at: Final = None
    warnings: Final = ()

    @property
    def arguments(self) -> dict[str, str]:
        """The arguments of a change that leaves a post with it."""
        return {"day": self.day.isoformat() if self.day else When.OPEN, "timezone": self.timezone}


class Planning:
    """Plans the posts of a session."""

    def __init__(self, resources: Resources, acting: Acting, gate: Gate) -> None:
        self.resources = resources
        self.acting = acting
        self.checking: Final = Checking(acting)
        self.storing: Final = Storing(resources, acting, gate)
        self.obstacles: Final = Obstacles(resources, acting)
        self.slots: Final = Slots(resources, acting, gate)

    async def plan(
        self,
        content: Post,
        at: date | str,
        zone: str | None,
        *,
        is_late: bool,
        is_unfinished: bool = False,
        **schedule: Any,  # noqa: ANN401  # Schedule's own
    ) -> Planned:
        """Check a post and store it for a worker. Raises Refused, TimeIsOver without is_late, KeyReused."""
        identity = await self.whose(at, zone)
        async with self.moment(content.id, at, zone=zone, account=identity.account) as due:
            planned = self.scheduled(due, **schedule)
            # Read once: whether it is a repeat is told by its bytes, and a stream has no second time.
            content = await self.with_contents(content, planned.idempotency_key)
            await self._require_ahead_or_repeat(content, planned, is_late=is_late)
            kept = await self.keep(content, planned, is_unfinished=is_unfinished)
            # A repeated submit is late by nature, and its post may be live by now.
            about_time = () if kept.is_replay else await self.about_time(kept.post)
            about_time = (*due.warnings, *about_time, *await self._planned_beside(kept))
            around = await self.obstacles.of(kept.post.account)
            return replace(kept, warnings=(*kept.warnings, *about_time, *around))

    def scheduled(self, due: Moment | Undated, **schedule: Any) -> Schedule:  # noqa: ANN401  # Schedule's own
        """Return the schedule of a new post that is due then."""
        if isinstance(due, Undated):
            when = When.DAY if due.day else When.OPEN
            return Schedule(due_at=None, when=when, day=due.day, timezone=due.timezone, **schedule)
        # What is due at once goes out once it is let go, however long that takes.
        is_now = abs(due.at - self.resources.clock.now()) <= SOON
        when = When.NOW if is_now else When.TIME
        return Schedule(due_at=due.at, when=when, timezone=due.timezone, **schedule)

    async def _planned_beside(self, kept: Planned) -> tuple[str, ...]:
        """Warn of a new post that shows what another one shows within seven days."""
        if kept.is_replay or kept.post.state is PostState.DRAFT:
            return ()
        twin = await RecentTwins(self.resources, self.acting).near(kept.post)
        if twin is None:
            return ()
        went = "went out" if twin.state.went_live else "is planned for"
        shown = f"Post {twin.id[:SHORT_ID]} shows the same and {went} {published_in_words(twin)}"
        return (f"{shown}: this one is planned beside it.",)

    async def _require_ahead_or_repeat(self, content: Post, schedule: Schedule, *, is_late: bool) -> None:
        due_at = schedule.due_at or (schedule.day and end_of(schedule.day, schedule.timezone))
        if due_at is None:
            return
        try:
            require_ahead(due_at, schedule.timezone, self.resources.clock.now(), is_late=is_late)
        except Refused:
            if not await self._is_repeat(content, schedule):
                raise

    async def _is_repeat(self, content: Post, schedule: Schedule) -> bool:
        """Tell whether the same was submitted before, as far as a key or a program's proposal tells."""
        # Nobody else's can be told, and a plain refusal must not wait for an answer of Instagram's.
        if schedule.idempotency_key is None and not await self.storing.gate.is_program():
            return False
        # Whoever asks again has to learn what became of the first, also once its time is over.
        user = await (await self.acting.identity()).known()
        return await self.storing.is_repeat(replace(content, account=user.id, login=user.login), schedule)

    async def _require_ways_or_repeat(self, post: Post, schedule: Schedule) -> None:
        try:
            await self.checking.require_ways(post)
        except Refused:
            # A post that is stored already may be live by now.
            if not await self.storing.is_repeat(post, schedule):
                raise

    async def duplicate(self, post: Post) -> Planned:
        """Store an open draft that shows what a post shows, with copies of its files."""
        kept = relocate_copies(post, self.resources.settings.assets)

        def at_hand(asset: Asset) -> Asset:
            # Without a copy that is gone: the file itself is copied anew, or refused where it is gone, too.
            return replace(asset, copy=asset.copy if asset.copy and Path(asset.copy).exists() else None)

        cover = kept.options.cover and at_hand(kept.options.cover)
        content = Post(
            id=PostId(uuid.uuid4().hex),
            kind=kept.kind,
            assets=tuple(map(at_hand, kept.assets)),
            options=replace(kept.options, cover=cover),
            account=kept.account,
            login=kept.login,
        )
        open_draft = Schedule(
            due_at=None,
            when=When.OPEN,
            timezone=kept.timezone,
            if_late=kept.if_late,
            state=PostState.DRAFT,
        )
        added = await self.storing.add(content, open_draft)
        is_same = shown_hash(added.post) == shown_hash(post)
        changed = "A file is not any more what the post showed: look at the draft before it goes out."
        return Planned(added.post, () if is_same else (changed,))

    async def about_time(self, post: Post, was: Post | None = None) -> tuple[str, ...]:
        """Warn if a due time is in the past or occurs twice, or if the account's quota will be used up.

        was: the post before its time was changed; adds a warning if this machine's zone was used.
        """
        clock, warnings = self.resources.clock, list[str]()
        find = self.resources.find_local_zone
        if find and was and chosen_zone(was) is None and post.timezone == find():
            warnings.append(local_zone_warning(post.timezone))
        if post.due_at:
            is_held = post.state.is_held and post.when is When.TIME
            warnings += moment_warnings(
                post.due_at, post.timezone, post.if_late, clock.now(), is_held=is_held
            )
        if not post.when.has_time:
            return tuple(warnings)
        # From what the store knows alone: planning makes no call for the account's quota.
        room = QuotaRoom(await self.resources.store(), clock, self.resources.policy)
        if later := await room.forecast(post):
            warnings.append(full_warning(later, post.timezone))
        elif await room.crowds_out(post):
            warnings.append(
                "With it the account's quota is full: a post that is planned for later is postponed."
            )
        return tuple(warnings)

    async def keep(
        self, content: Post, schedule: Schedule, *, needs_ways: bool = False, is_unfinished: bool = False
    ) -> Planned:
        """Check a post and store it as the session's account's; the warnings are those of the check alone.

        needs_ways: this process will publish it, so its files must have a way to Instagram by these settings.
        is_unfinished: what the files of a draft show is not checked yet.
        """
        # Checked before `known` may call Instagram: what the rules refuse is refused without a call.
        identity = await self.acting.identity()
        post = await self.with_contents(content, schedule.idempotency_key)
        is_open = is_unfinished and schedule.state is PostState.DRAFT
        warnings = await (self.checking.check_words if is_open else self.checking.check)(post)
        user = await identity.known()
        ours = replace(post, account=user.id, login=user.login)
        if needs_ways:
            await self._require_ways_or_repeat(ours, schedule)
        added = await self.storing.add(ours, schedule)
        return Planned(added.post, tuple(warnings), added.is_replay)

    async def with_contents(self, content: Post, key: str | None) -> Post:
        """Return a post as the session's account's, with its copies; see `Storing.with_contents`."""
        identity = await self.acting.identity()
        ours = replace(content, account=identity.account, login=identity.login)
        return await self.storing.with_contents(ours, key)

    async def whose(self, at: date | str, zone: str | None) -> Identity:
        """Return the identity of the post's account, known by its user id where zone or slots are needed."""
        identity = await self.acting.identity()
        # Zone and slots belong to the user id, which a token that the store has never seen does not tell.
        if not isinstance(at, datetime) and (zone is None or (isinstance(at, str) and is_next_slot(at))):
            await identity.known()
        return identity

    @asynccontextmanager
    async def moment_of_move(
        self,
        post: Post,
        at: date | str,
        zone: str | None,
        *,
        verb: Verb = Verb.MOVE,
        is_late: bool = False,
    ) -> AsyncGenerator[Moment | Undated]:
        """Read a post's new due time: in the given zone, else the post's, else the account's.

        verb: of the change that gives it the time. Raises TimeIsOver, without is_late, for one that is over,
        that the post has not already, and of which no person decided for a program.
        """
        # If no zone was chosen for the post, the account may have been given one since.
        zone = zone or (post.timezone if isinstance(at, datetime) else chosen_zone(post))
        async with self.moment(post.id, at, zone=zone, account=post.account) as due:
            if isinstance(due, Moment) and due.at != post.due_at:
                await self._require_ahead_or_decided(post, due, verb, is_late=is_late)
            elif isinstance(due, Undated) and due.day and due.day != post.day:
                end = end_of(due.day, due.timezone)
                require_ahead(end, due.timezone, self.resources.clock.now(), is_late=is_late)
            yield due

    async def _require_ahead_or_decided(self, post: Post, due: Moment, verb: Verb, *, is_late: bool) -> None:
        gate = self.storing.gate
        try:
            require_ahead(due.at, due.timezone, self.resources.clock.now(), is_late=is_late)
        except TimeIsOver:
            if not await gate.is_program():
                raise
            # A program that asks again is answered by its proposal, also once the time is over.
            change = Change(verb, due.arguments)
            # As of that time: nothing is let go at one that is over.
            after = change.operate(post, due.at)
            if await gate.find_decision(change_request(change, post, after)) is None:
                raise

    @asynccontextmanager
    async def moment(
        self, post_id: PostId, at: date | str, *, zone: str | None, account: str
    ) -> AsyncGenerator[Moment | Undated]:
        """Read a due time, a day or `open`; `next slot` is reserved for the post while the block stores it.

        zone: of a time in words, and of a day; None is the account's. Raises Refused for what cannot be read.
        """
        if at == When.OPEN or (isinstance(at, date) and not isinstance(at, datetime)):
            name = zone_named(zone).key if zone else await self.acting.zone_of(account)
            yield Undated(at if isinstance(at, date) else None, name)
        elif isinstance(at, datetime):
            yield await self.shown_in(in_utc(at), zone=zone, account=account)
        elif is_next_slot(at):
            async with self.slots.held(account, post_id) as moment:
                yield await self.shown_in(moment, zone=zone, account=account)
        else:
            yield await self.read(at, zone=zone, account=account, locale=self.resources.locale)

    async def read(self, text: str, *, zone: str | None, account: str, locale: str) -> Moment:
        """Read a due time in words, in the given zone, else the account's, else the machine's.

        The machine's is used only for the account of the environment, where the session may find it. Raises
        Refused for what cannot be read, and for a time of day where no zone is known.
        """
        name, local = zone or await self.acting.zone_of(account), None
        parse = partial(parse_when, text, now=self.resources.clock.now(), locale=locale)
        if zone or name != UNSAID_ZONE:
            return Moment(parse(zone=zone_named(name)), name)
        # Without a zone `+2h` can still be read; of a time of day the refusal says what is missing.
        if stored := await self.acting.login(account):
            why_none = f"and account {stored.name!r} was signed in without one"
        elif account in (await self.acting.identity()).own:
            why_none = "and a token of the environment comes with none"
            if find := self.resources.find_local_zone:
                local = find()
                why_none += "" if local else ", and this machine's zone was not found"
        else:
            why_none = f"and nobody is signed in as {shown_account(account)!r}, whose zone it would be in"
        try:
            return Moment(parse(zone=None, why_none=why_none), name)
        except Refused:
            if local is None:
                raise
        return Moment(parse(zone=zone_named(local)), zone_to_keep(local), is_local=True)

    async def shown_in(self, moment: datetime, *, zone: str | None, account: str) -> Moment:
        """Return a moment with the given zone, else the account's. Raises Refused for an unknown zone."""
        return Moment(moment, zone_named(zone).key if zone else await self.acting.zone_of(account))


_SHOWN = 3
# Seconds that a slot stays reserved: choosing it and storing its post are separated by the copying of its
# files, which takes long for a long clip. The reservation of a process that died runs out by itself.
_HOLD_S = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """An account's slots in the order of the week. next: the soonest free moments, in UTC."""

    account: str
    timezone: str
    slots: tuple[Slot, ...]
    next: tuple[datetime, ...]


@dataclass(frozen=True, slots=True)
class Slots:
    """The weekly slots of accounts: by default of the one that the session acts for."""

    resources: Resources
    acting: Acting
    gate: Gate

    async def weeks(self) -> tuple[Week, ...]:
        """Return the slots of every account that has some."""
        store = await self.resources.store()
        return tuple([await self.week(account) for account in await store.run(store.slots.accounts)])

    async def week(self, account: str | None = None) -> Week:
        """Return an account's slots. Raises Refused for an account without a zone."""
        who = account or await self._ours()
        zone = await self._zone(who)
        slots = await self._slots(who)
        free = await self.free(who, _SHOWN) if slots else ()
        return Week(account=who, timezone=zone.key, slots=slots, next=free)

    async def add(self, slots: Sequence[Slot]) -> Week:
        """Add slots to the account. Raises Refused for an account without a zone."""
        account, store = await self._ours(), await self.resources.store()
        # Asked for its Refused alone, before the slots are stored: `week` would refuse them afterwards.
        await self._zone(account)
        by = (await self.gate.actor()).id
        await store.run(store.slots.set, account, {*await self._slots(account), *slots}, by)
        return await self.week(account)

    async def remove(self, slots: Sequence[Slot] | None = None) -> Week:
        """Remove slots of the account, or all of them; posts that are due then stay.

        Raises NotFound for a slot it does not have.
        """
        account, store = await self._ours(), await self.resources.store()
        kept = await self._slots(account)
        gone = kept if slots is None else slots
        unknown = next((slot for slot in gone if slot not in kept), None)
        if unknown is not None:
            raise NotFound(
                f"Account {account!r} has no slot on {unknown}.",
                fix=Fix.of("List them: {}.", Remedy(RemedyKind.LIST_SLOTS, {"account": account})),
            )
        kept, by = [slot for slot in kept if slot not in gone], (await self.gate.actor()).id
        await store.run(store.slots.set, account, kept, by)
        return await self.week(account)

    async def free(self, account: str, count: int, *, but: Collection[datetime] = ()) -> tuple[datetime, ...]:
        """Return the soonest free moments of an account's slots. Raises Refused for one without slots.

        but: moments to leave out.
        """
        store = await self.resources.store()
        return await store.run(store.slots.free, account, await self._moments(account, but), count)

    @asynccontextmanager
    async def held(
        self, account: str, post_id: PostId, *, but: Collection[datetime] = ()
    ) -> AsyncGenerator[datetime]:
        """Reserve the next free moment for a post while the block stores it; no other process gets it.

        but: moments to leave out. Raises Refused for an account without slots or zone.
        """
        store = await self.resources.store()
        moments = await self._moments(account, but)
        moment = await store.run(store.slots.hold, account, post_id, moments, hold_s=_HOLD_S)
        try:
            yield moment
        finally:
            # From here the stored post itself takes the moment, by its due time.
            await store.run(store.slots.release, account, post_id)

    async def _ours(self) -> str:
        """Return the session's account by its login's name, or by its id where nobody is signed in to it."""
        user = await (await self.acting.identity()).known()
        return user.login or user.id

    async def _moments(self, account: str, but: Collection[datetime]) -> Iterator[datetime]:
        slots = await self._slots(account)
        if not slots:
            raise Refused(
                f"Account {account!r} has no weekly slots.",
                rule="slot",
                value=account,
                limit="an account with slots",
                fix=Fix.of(
                    "Add some: {}.",
                    Remedy(RemedyKind.ADD_SLOTS, {"slots": "weekdays 18:00", "account": account}),
                ),
            )
        # Endless, and read lazily: the store reads on until it meets a free moment.
        moments = occurrences(slots, after=self.resources.clock.now(), zone=await self._zone(account))
        return (moment for moment in moments if moment not in but)

    async def _slots(self, account: str) -> tuple[Slot, ...]:
        store = await self.resources.store()
        return await store.run(store.slots.list, account)

    async def _zone(self, account: str) -> ZoneInfo:
        stored = await self.acting.login(account)
        name = stored.timezone if stored else UNSAID_ZONE
        if name == UNSAID_ZONE:
            raise Refused(
                f"Account {account!r} has no time zone, in which weekly slots could be meant.",
                rule="timezone",
                value=account,
                limit="an account that was signed in with a zone",
                fix=Fix.of(
                    "Sign in with one: {}.",
                    Remedy(RemedyKind.SIGN_IN, {"account": account, "timezone": "Europe/Istanbul"}),
                ),
            )
        return ZoneInfo(name)
