"""What each question about kept insights begins with: the account, its store, and that there is anything."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from pressroom.core.account import AccountId, shown_account
from pressroom.core.errors import NotFound
from pressroom.core.readings import Collecting
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.service.acting.acting import Acting

if TYPE_CHECKING:
    from pressroom.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An account of which something is kept. name: its login's, else its id. zone: its times are shown in."""

    account: AccountId
    name: str
    zone: ZoneInfo
    store: "Store"
    collecting: Collecting
    now: datetime


async def asked(acting: Acting) -> Asked:
    """Return the account that a question is about; makes no call where the store knows it.

    Raises NotFound where nothing was ever collected of it, SignInRequired, StoreRefused or StoreFailed.
    """
    if not acting.resources.has_store:
        # Asking makes no store.
        raise nothing_collected(acting.name or "this account")
    known, store = await (await acting.identity()).known(), await acting.resources.store()
    collecting = await store.run(store.readings.collecting, known.id)
    if collecting is None:
        raise nothing_collected(known.login or shown_account(known.id))
    stored = await acting.login(known.login or known.id)
    return Asked(
        account=known.id,
        name=known.login or shown_account(known.id),
        zone=ZoneInfo(stored.timezone if stored else "UTC"),
        store=store,
        collecting=collecting,
        now=acting.resources.clock.now(),
    )


def nothing_collected(name: str) -> NotFound:
    """Build the error that nothing was ever read of an account."""
    return NotFound(
        f"Nothing is collected of {name} yet.",
        fix=Fix.of("Begin with {}; from then on a worker goes on.", Remedy(RemedyKind.PULL_INSIGHTS)),
    )
