"""`Pulls`: begins the collecting of an account, reads what is due now, and tells what that costs."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from pressroom.core.account import shown_account
from pressroom.core.errors import PressroomError
from pressroom.core.readings import Kept
from pressroom.graph import calls
from pressroom.insights.ages import WHOLE_AGES
from pressroom.insights.collecting.pull import Learnt
from pressroom.insights.read import PAGE_SIZE
from pressroom.service.acting.acting import Acting, KnownAccount
from pressroom.service.insights.asked import asked

# What a first pull asks beside the media: the account twice, 90 days of reach in three steps, the gain of
# followers, two days of totals of which one with two breakdowns, the stories, who is online and who follows.
_BESIDE_MEDIA: Final = 19


@dataclass(frozen=True, slots=True, kw_only=True)
class PullProgress:
    """How far a pull is. total: the media of the account, None where that is not known. calls: made."""

    read: int
    total: int | None
    calls: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulled:
    """What a pull did. problem: what kept a part from being read; the next pull or a worker reads it.

    kept: all that is kept of the account now. is_whole: all media that were there are read.
    """

    account: str
    calls: int
    learnt: Learnt
    kept: Kept
    is_whole: bool
    problem: PressroomError | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PullCost:
    """What a pull takes. calls: of the API. media: those to be read. is_first: nothing was read before."""

    account: str
    is_first: bool
    media: int
    calls: int


class Pulls:
    """The use-cases of collecting. Any of them may raise SignInRequired, StoreRefused or StoreFailed."""

    _acting: Acting

    async def pull(self, on_progress: Callable[[PullProgress], None] = lambda _progress: None) -> Pulled:
        """Read the insights that are due now and keep them; the first time all that there are.

        From the first pull on a running worker does it by itself. May be cancelled at any moment: the next
        pull goes on from there. Waits while a worker reads the same account.
        Raises GraphError and TransportError where nothing could be read at all.
        """
        # Not before it is needed: the office loads the store.
        from pressroom.service.insights.collecting import CollectingOffice  # noqa: PLC0415

        ours, store = await self._known(), await self._acting.resources.store()
        account = ours.id
        office = CollectingOffice(
            resources=self._acting.resources,
            store=store,
            account_of=self._acting.account_known_as,
            on_exchange=self._acting.resources.listeners.on_exchange,
        )
        known = await store.run(store.readings.collecting, account)
        total = None if known and known.complete_at else await self._media_count()
        read = 0

        def on_media(count: int, made: int) -> None:
            nonlocal read
            read += count
            on_progress(PullProgress(read=read, total=total, calls=made))

        done = await office.run_leased(account, on_media)
        if done.problem and not done.learnt.readings and not done.learnt.days:
            raise done.problem
        return Pulled(
            account=_called(ours),
            calls=done.calls,
            learnt=done.learnt,
            kept=await store.run(store.readings.kept, account),
            is_whole=done.collecting.complete_at is not None,
            problem=done.problem,
        )

    async def pull_cost(self) -> PullCost:
        """Tell what a pull takes; makes one call before the first one, and none after it."""
        ours, store = await self._known(), await self._acting.resources.store()
        account = ours.id
        known = await store.run(store.readings.collecting, account)
        if known is None or known.complete_at is None:
            media = await self._media_count() or 0
            pages = max(1, math.ceil(media / PAGE_SIZE))
            return PullCost(account=_called(ours), is_first=True, media=media, calls=pages + _BESIDE_MEDIA)
        now = self._acting.resources.clock.now()
        due = await store.run(store.readings.open, account, now)
        whole = [one for one in due if one.planned and one.planned.planned_age_s in WHOLE_AGES]
        is_new_day = known.account_read_at is None or now - known.account_read_at >= timedelta(days=1)
        made = math.ceil(len(due) / PAGE_SIZE) + len(whole) + (_BESIDE_MEDIA if is_new_day else 2)
        return PullCost(account=_called(ours), is_first=False, media=len(due), calls=made)

    async def stop_pulling(self) -> str:
        """Let workers read the account no more, and return its name; the next pull begins again.

        Raises NotFound where nobody began.
        """
        ours = await asked(self._acting)
        await ours.store.run(ours.store.readings.stop, ours.account, ours.now)
        return ours.name

    async def _known(self) -> KnownAccount:
        return await (await self._acting.identity()).known()

    async def _media_count(self) -> int | None:
        client = await self._acting.client()
        return (await client.send(calls.user(client.account.user, fields="media_count"))).media_count


def _called(ours: KnownAccount) -> str:
    return ours.login or shown_account(ours.id)
