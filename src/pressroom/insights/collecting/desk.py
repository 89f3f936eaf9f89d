"""What every part of collecting needs: the account, its client, the store, and how far it is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from pressroom.client.client import Client
from pressroom.core.account import AccountId
from pressroom.core.clock import Clock
from pressroom.core.protocols import Transport
from pressroom.core.readings import Batch, Collecting, KeptMedia, MediaQuery
from pressroom.graph.ids import MediaId
from pressroom.insights.collecting.taking import Taking

if TYPE_CHECKING:
    from pressroom.store.store import Store


class Learnt(NamedTuple):
    """How much was learnt, in rows."""

    media: int = 0
    readings: int = 0
    missed: int = 0
    days: int = 0

    def plus(self, batch: Batch) -> "Learnt":
        """Add what a batch holds."""
        sizes = (len(batch.media), len(batch.readings), len(batch.missed), len(batch.days))
        return Learnt(*(one + size for one, size in zip(self, sizes, strict=True)))


@dataclass(slots=True, kw_only=True)
class Desk:
    """One account's collecting under way. network: the client's, for what is no call of the API.

    calls: counts the calls made so far. on_media: called with how many media were read, after each page.
    """

    account: AccountId
    client: Client
    network: Transport
    store: "Store"
    clock: Clock
    collecting: Collecting
    calls: Callable[[], int] = lambda: 0
    on_media: Callable[[int], None] = lambda _count: None
    learnt: Learnt = field(default_factory=Learnt)
    _counted: int = 0

    @property
    def now(self) -> datetime:
        """The moment of the clock."""
        return self.clock.now()

    async def taking(self, ids: Sequence[MediaId]) -> Taking:
        """Begin to take in media of these ids."""
        known = list[KeptMedia]()
        if ids:
            known += await self.store.run(self.store.readings.media, self.account, MediaQuery(ids=ids))
        return Taking(
            now=self.now,
            version=self.client.account.version,
            collecting=self.collecting,
            known={one.id: one for one in known},
        )

    async def keep(self, batch: Batch) -> None:
        """Store what was learnt, with how far collecting is."""
        made, self._counted = self.calls() - self._counted, self.calls()
        self.collecting = replace(self.collecting, calls=self.collecting.calls + made)
        whole = replace(batch, collecting=self.collecting)
        self.learnt = self.learnt.plus(batch)
        await self.store.run(self.store.readings.keep, self.account, whole)
