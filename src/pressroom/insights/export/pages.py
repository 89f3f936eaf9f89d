"""Streams what is kept of an account: a page at a time, whatever its size."""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Final

from pressroom.core.readings import Streamed

if TYPE_CHECKING:
    from pressroom.store.insights.readings import SqlReadings

PAGE: Final = 2000
"""The most values that are in memory at once."""


def pages(
    readings: "SqlReadings", account: str, kind: type[Streamed], since: datetime | None = None
) -> Iterator[list[Streamed]]:
    """Yield all values of a kind, in pages and in the order of their keys."""
    after: Streamed | None = None
    while page := readings.page(account, kind, after, PAGE, since=since):
        yield list(page)
        if len(page) < PAGE:
            return
        after = page[-1]


def each(
    readings: "SqlReadings", account: str, kind: type[Streamed], since: datetime | None = None
) -> Iterator[Streamed]:
    """Yield all values of a kind in the order of their keys."""
    for page in pages(readings, account, kind, since):
        yield from page


def user_id_of(account: str) -> int | None:
    """Return the user id of an account as a number; None for an account that has none yet."""
    user, _, _ = account.partition("@")
    return int(user) if user.isdecimal() else None
