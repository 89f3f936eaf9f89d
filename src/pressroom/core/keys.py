"""Keys: by what a program that comes over HTTP shows who it is, and what it may ask for."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, NewType

from pressroom.core.actor import ActorId, actor_of

KeyId = NewType("KeyId", str)

KEY_PREFIX: Final = "prk_"
"""What each key begins with, so that it is known for one wherever it is found."""


class Scope(StrEnum):
    """What a key may be used for. None of them stands for a person's consent."""

    READ = "read"
    DRAFT = "draft"  # making drafts, changing and cancelling
    PUBLISH = "publish"  # asking that something goes out


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key as it is kept: the key itself is not, only its SHA-256.

    actor: the program that it stands for. ends_at: None for never. last_used_at: to the minute.
    """

    id: KeyId
    actor: ActorId
    digest: str
    scopes: tuple[Scope, ...]
    created_at: datetime
    ends_at: datetime | None = None
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None

    @property
    def name(self) -> str:
        """The name of the program."""
        return actor_of(self.actor).name

    def is_good(self, now: datetime) -> bool:
        """Tell whether it lets in."""
        return self.revoked_at is None and (self.ends_at is None or self.ends_at > now)
