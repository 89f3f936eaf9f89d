"""Quotas that Instagram counts over the last 24 hours: what the store knows was spent."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


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
