"""What is spent of the quotas that Instagram counts over a rolling day, as the store keeps it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Spending(StrEnum):
    """What Instagram counts over a rolling day."""

    CONTAINER = "container"
    PUBLISH = "publish"


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaReading:
    """What Instagram last said of the account's publishing quota, in posts."""

    total: int | None
    usage: int | None
    read_at: datetime


class QuotaLedger(Protocol):
    """What was spent of an account's quotas."""

    def record(self, account: str, what: Spending, reference: str, at: datetime) -> None:
        """Count one container or one published post; the same reference at the same time counts once."""
        ...

    def spent(self, account: str, what: Spending, since: datetime) -> tuple[datetime, ...]:
        """Give when each was spent since a time, oldest first: a slot frees a day after each."""
        ...

    def note_reading(self, account: str, reading: QuotaReading) -> None:
        """Keep what Instagram said, unless something newer is kept."""
        ...

    def reading(self, account: str) -> QuotaReading | None:
        """Give what Instagram last said."""
        ...

    def delete_before(self, moment: datetime) -> int:
        """Drop older records; gives how many."""
        ...
