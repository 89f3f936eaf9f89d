"""Notices for people, and the repository that stores them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something a person must be told while it lasts.

    key: the same as long as the matter is the same. body: the documented JSON object.
    """

    key: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Untold:
    """A claimed notice. channel: how it is delivered. tries: including this one."""

    key: str
    channel: str
    body: str
    tries: int


class Notices(Protocol):
    """Notices, and whether each was delivered."""

    def keep(self, current: Sequence[Notice], channels: Collection[str], *, settled_s: float) -> None:
        """Replace the notices with the current ones: new ones wait for delivery, outdated ones are deleted.

        settled_s: outdated ones younger than this stay, since another worker may have seen more.
        """
        ...

    def claim(self, channels: Collection[str], *, lease_s: float) -> Untold | None:
        """Claim a notice that is due on one of these channels, or None. After the lease it is due again."""
        ...

    def told(self, one: Untold) -> None:
        """Mark it as delivered."""
        ...

    def put_off(self, one: Untold, try_at: datetime | None) -> None:
        """Schedule another try; None gives up."""
        ...
