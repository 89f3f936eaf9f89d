"""A shop whose insights are kept, for the tools that tell of them."""

from pressroom.core.account import AccountId
from pressroom.core.readings import Batch, Collecting
from tests.insights.reported import FirstPull, Shop
from tests.service.road import Road


def keep_shop(road: Road, *, day_times: float = 1.2) -> None:
    """Keep five months of it, as the account that is signed in. day_times: the reach of its last days."""
    (one,) = road.store.accounts.list()
    for batch in Shop(road.clock.now(), day_times=day_times).batches():
        road.store.readings.keep(AccountId(one.account), batch)


def keep_nothing_yet(road: Road) -> None:
    """Begin to keep it, which takes no time: nothing of it was read yet."""
    (one,) = road.store.accounts.list()
    begun = Collecting(started_at=road.clock.now(), complete_at=road.clock.now())
    road.store.readings.keep(AccountId(one.account), Batch(collecting=begun))


def keep_first_pull(road: Road) -> None:
    """Keep another one on the day of its first pull, as the account that is signed in."""
    (one,) = road.store.accounts.list()
    for batch in FirstPull(road.clock.now()).batches():
        road.store.readings.keep(AccountId(one.account), batch)
