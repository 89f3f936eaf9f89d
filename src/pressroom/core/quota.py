"""Quotas that Instagram counts over the last 24 hours: what the store knows was spent."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Spending(StrEnum):
    """What Instagram counts over the last 24 hours."""

    CONTAINER = "container"  # 400 a day, as documented (Content Publishing, Limitations)
    PUBLISH = "publish"


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaReading:
    """Instagram's reading of an account's publishing quota, in posts."""

    total: int | None  # read, never assumed: Meta's own pages say 50 and 100
    usage: int | None
    read_at: datetime


class QuotaLedger(Protocol):
    """What each account spent of its quotas."""

    def record(self, account: str, what: Spending, reference: str, at: datetime) -> None:
        """Record one container or published post; idempotent for the same reference and time."""
        ...

    def spent(self, account: str, what: Spending, since: datetime) -> tuple[datetime, ...]:
        """Return the times of spending since a time, oldest first; each frees a place after 24 hours."""
        ...

    def note_reading(self, account: str, reading: QuotaReading) -> None:
        """Store a reading unless a newer one is stored."""
        ...

    def reading(self, account: str) -> QuotaReading | None:
        """Return the latest reading."""
        ...

    def delete_before(self, moment: datetime) -> int:
        """Delete records before a moment; returns how many."""
        ...
