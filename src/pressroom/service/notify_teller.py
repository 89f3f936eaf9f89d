"""`Teller`: finds what a person has to be told and tells it, beside a worker and without blocking it."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from pressroom.core.clock import Clock
from pressroom.core.errors import PressroomError
from pressroom.core.journal import ClaimedNotice
from pressroom.core.shortage import shortages_named
from pressroom.service.notify import matters
from pressroom.service.notify_ways import Channel, NotTold

if TYPE_CHECKING:
    from pressroom.store.store import Store

log: Final = logging.getLogger("pressroom.notify")

# Seconds in which no other worker tells the same notice; a try ends after 30 at most.
_LEASE_S = 120.0
# Seconds for which a notice is kept although it is not found any more: another worker, whose look is newer
# than this one's, may have just stored it.
_SETTLED_S = 60.0
# Seconds before each further try; together about 23 hours, after which a notice is given up.
_WAITS_S = (60, 300, 900, 3600, 3600, 3 * 3600, 6 * 3600, 12 * 3600)


@dataclass(frozen=True, slots=True, kw_only=True)
class Teller:
    """Tells each matter once through each channel; a failed try is repeated for about a day.

    page: tells where the page with all that waits is. look_s: seconds between looks at the store. soon: set
    it for a look at once. mask: hides secrets in what is told.
    """

    store: "Store"
    clock: Clock
    channels: Sequence[Channel]
    mask: Callable[[str], str]
    page: Callable[[], str | None] = lambda: None
    look_s: float = 10.0
    soon: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Look and tell until cancelled."""
        while True:
            # Before the look, not after it: a `set` during the look is for what the look has missed.
            self.soon.clear()
            try:
                with shortages_named():
                    await self.look()
            except PressroomError as error:
                log.warning("What is to be told could not be looked up: %s", error)
            except Exception:
                # Whoever relies on notices must get the next one, whatever this one met.
                log.exception("Notices met a fault of Pressroom's own")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self.look_s):
                    await self.soon.wait()

    async def look(self) -> None:
        """Collect what has to be told, store it, and tell what is due. Raises StoreFailed."""
        names = [channel.name for channel in self.channels]
        current = [matter.notice for matter in await matters(self.store, self.clock, self.page())]
        await self.store.run(self.store.notices.keep, current, names, settled_s=_SETTLED_S)
        while one := await self.store.run(self.store.notices.claim, names, lease_s=_LEASE_S):
            await self._tell(one)

    async def _tell(self, one: ClaimedNotice) -> None:
        channel = next(channel for channel in self.channels if channel.name == one.channel)
        try:
            await channel.tell(one.key, self.mask(one.body))
        except NotTold as error:
            await self._put_off(one, error)
        else:
            await self.store.run(self.store.notices.told, one)

    async def _put_off(self, one: ClaimedNotice, error: NotTold) -> None:
        is_last = one.tries > len(_WAITS_S)
        later = None if is_last else self.clock.now() + timedelta(seconds=_WAITS_S[one.tries - 1])
        await self.store.run(self.store.notices.put_off, one, later)
        what = "It is given up." if is_last else f"It is tried again at {later:%H:%M:%S} UTC."
        log.warning("A notice was not taken by way of %s: %s %s", one.channel, error, what)
