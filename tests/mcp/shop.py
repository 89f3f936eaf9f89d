"""A shop whose insights are kept, for the tools that tell of them."""

from pressroom.core.account import AccountId
from tests.insights.reported import Shop
from tests.service.road import Road


def keep_shop(road: Road) -> None:
    """Keep five months of it, as the account that is signed in."""
    (one,) = road.store.accounts.list()
    for batch in Shop(road.clock.now()).batches():
        road.store.readings.keep(AccountId(one.account), batch)
