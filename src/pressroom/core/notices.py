"""What people have to be told, and the part of the store that keeps it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something that a person has to be told while it is so.

    key: the same for as long as it is the same matter. body: the documented JSON object.
    """

    key: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Untold:
    """A notice on its way. channel: how it is told. tries: with this one."""

    key: str
    channel: str
    body: str
    tries: int


class Notices(Protocol):
    """What has to be told to people, and what was."""

    def keep(self, current: Sequence[Notice], channels: Collection[str], *, settled_s: float) -> None:
        """Let the notices be what is so now: new ones wait to be told, those of what is over are dropped.

        settled_s: younger ones are kept all the same, since another worker may have seen more.
        """
        ...

    def claim(self, channels: Collection[str], *, lease_s: float) -> Untold | None:
        """Take one to be told by these channels; None when none waits. It waits again when the lease ends."""
        ...

    def told(self, one: Untold) -> None:
        """Say that it was told."""
        ...

    def put_off(self, one: Untold, try_at: datetime | None) -> None:
        """Let it wait for another try; None gives it up."""
        ...
