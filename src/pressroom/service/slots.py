"""The weekly slots of an account: setting them, and finding or holding the next free one."""

from collections.abc import AsyncGenerator, Collection, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from pressroom.core.clock import Clock
from pressroom.core.errors import NotFound, Refused
from pressroom.core.post import PostId
from pressroom.core.repositories import Repositories
from pressroom.core.slots import Slot, occurrences

# What an account's zone is when nobody said one; who means it says Etc/UTC.
UNSAID_ZONE = "UTC"
_SHOWN = 3
# Copying a long clip comes between the choice of a slot and the storing of its post.
_HOLD_S = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """An account's slots in the order of the week. next: the soonest free moments, in UTC."""

    account: str
    timezone: str
    slots: tuple[Slot, ...]
    next: tuple[datetime, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotDesk:
    """The weekly slots of a store's accounts."""

    store: Repositories
    clock: Clock

    async def accounts(self) -> tuple[str, ...]:
        """Name the accounts that have slots."""
        return await self.store.run(self.store.slots.accounts)

    async def week(self, account: str) -> Week:
        """Tell an account's slots. Raises Refused for an account without a zone."""
        zone = await self._zone(account)
        slots = await self._slots(account)
        free = await self.free(account, _SHOWN) if slots else ()
        return Week(account=account, timezone=zone.key, slots=slots, next=free)

    async def add(self, account: str, slots: Sequence[Slot]) -> Week:
        """Give an account more slots. Raises Refused for an account without a zone."""
        await self._zone(account)
        await self.store.run(self.store.slots.set, account, {*await self._slots(account), *slots})
        return await self.week(account)

    async def remove(self, account: str, slots: Sequence[Slot]) -> Week:
        """Take slots from an account; posts that are due then stay. Raises NotFound for one it has not."""
        known = await self._slots(account)
        unknown = next((slot for slot in slots if slot not in known), None)
        if unknown is not None:
            raise NotFound(
                f"Account {account!r} has no slot on {unknown}.",
                fix=f"List them: `pressroom schedule slots list --account {account}`.",
            )
        await self.store.run(self.store.slots.set, account, [slot for slot in known if slot not in slots])
        return await self.week(account)

    async def free(self, account: str, count: int, *, but: Collection[datetime] = ()) -> tuple[datetime, ...]:
        """Give the soonest free moments of an account's slots. Raises Refused where there is none.

        but: moments that are not meant.
        """
        moments = await self._moments(account, but)
        return await self.store.run(self.store.slots.free, account, moments, count)

    @asynccontextmanager
    async def held(
        self, account: str, post_id: PostId, *, but: Collection[datetime] = ()
    ) -> AsyncGenerator[datetime]:
        """Hold the next free moment for a post while the block stores it; no other process gets it.

        but: moments that are not meant. Raises Refused where there is none.
        """
        moments, slots = await self._moments(account, but), self.store.slots
        moment = await self.store.run(slots.hold, account, post_id, moments, hold_s=_HOLD_S)
        try:
            yield moment
        finally:
            await self.store.run(slots.release, account, post_id)

    async def _moments(self, account: str, but: Collection[datetime]) -> Iterator[datetime]:
        slots = await self._slots(account)
        if not slots:
            raise Refused(
                f"Account {account!r} has no weekly slots.",
                rule="slot",
                value=account,
                limit="an account with slots",
                fix=f"Add some: `pressroom schedule slots add 'weekdays 18:00' --account {account}`.",
            )
        moments = occurrences(slots, after=self.clock.now(), zone=await self._zone(account))
        return (moment for moment in moments if moment not in but)

    async def _slots(self, account: str) -> tuple[Slot, ...]:
        return await self.store.run(self.store.slots.list, account)

    async def _zone(self, account: str) -> ZoneInfo:
        try:
            name = (await self.store.run(self.store.accounts.get, account)).timezone
        except NotFound:
            name = UNSAID_ZONE
        if name == UNSAID_ZONE:
            raise Refused(
                f"Account {account!r} has no time zone, in which weekly slots could be meant.",
                rule="timezone",
                value=account,
                limit="an account that was signed in with a zone",
                fix=f"Sign in with one: `pressroom auth login --token-stdin --account {account} "
                "--tz Europe/Istanbul`.",
            )
        return ZoneInfo(name)
