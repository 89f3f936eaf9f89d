"""The weekly slots of an account: setting them, and finding or reserving the next free one."""

from collections.abc import AsyncGenerator, Collection, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from pressroom.core.errors import NotFound, Refused
from pressroom.core.post import PostId
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.when import Slot, occurrences
from pressroom.service.acting import UNSAID_ZONE, Acting
from pressroom.service.resources import Resources

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
        await store.run(store.slots.set, account, {*await self._slots(account), *slots})
        return await self.week(account)

    async def remove(self, slots: Sequence[Slot] | None = None) -> Week:
        """Remove slots of the account, or all of them; posts that are due then stay.

        Raises NotFound for a slot it does not have.
        """
        account, store = await self._ours(), await self.resources.store()
        known = await self._slots(account)
        gone = known if slots is None else slots
        unknown = next((slot for slot in gone if slot not in known), None)
        if unknown is not None:
            raise NotFound(
                f"Account {account!r} has no slot on {unknown}.",
                fix=Fix.of("List them: {}.", Remedy(RemedyKind.LIST_SLOTS, {"account": account})),
            )
        await store.run(store.slots.set, account, [slot for slot in known if slot not in gone])
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
        known = await (await self.acting.identity()).known()
        return known.login or known.id

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
