"""The order that seeds an account: older media, followers, and what is true of its numbers."""

from typing import Any

import msgspec

from pressroom.sandbox.control.controls import Controls
from pressroom.sandbox.state.seeding import AccountSeed, check_comments, check_hours, seed_media
from pressroom.sandbox.state.things import Account
from pressroom.sandbox.state.truth import Dip, Truth
from pressroom.sandbox.state.year import DAY_S, Year, plant_year


class DipOrder(msgspec.Struct, forbid_unknown_fields=True):
    """So few followers for so many days, from `in_days` from now on; a negative number is in the past."""

    in_days: float = 0.0
    days: float = 5.0
    followers: int = 60


class SeedOrder(msgspec.Struct, forbid_unknown_fields=True):
    """What to add to an account (`user_id` None: the sandbox's own), and which accounts to add.

    truth: how its posts do, from their first on. year: a year of media with a truth of its own.
    Raises ValueError for negative numbers and for hours outside 0 to 23.
    """

    user_id: str | None = None
    media: int = 0
    comments: int = 0
    followers: int | None = None
    best_hours: list[int] | None = None
    truth: Truth | None = None
    dip: DipOrder | None = None
    year: Year | None = None
    accounts: list[AccountSeed] = msgspec.field(default_factory=list[AccountSeed])

    def __post_init__(self) -> None:
        check_hours(self.best_hours)
        check_comments(self.media, self.comments)
        if min(self.media, self.comments, self.followers or 0) < 0:
            raise ValueError("media, comments and followers are 0 or more")


def plant(controls: Controls, order: SeedOrder) -> dict[str, Any] | None:
    """Do all of an order but its accounts, and tell what a year planted; None without one."""
    scene, world = controls.scene, controls.scene.world
    account = controls.named(order.user_id)
    with world.lock:  # the server's thread may answer a call meanwhile
        now = scene.settle()
        planted = plant_year(world, account, order.year, now) if order.year else None
        _change(account, order, now)
        seed_media(world, account, order.media, now, comments=order.comments)
    return msgspec.to_builtins(planted)


def _change(account: Account, order: SeedOrder, now: float) -> None:
    if order.followers is not None:
        account.followers, account.counted_at = order.followers, now
    account.best_hours = order.best_hours or account.best_hours
    account.truth = order.truth or account.truth
    if order.dip:
        since = now + order.dip.in_days * DAY_S
        until = since + order.dip.days * DAY_S
        account.dips.append(Dip(since=since, until=until, followers=order.dip.followers))
