"""Shapes of keys."""

import msgspec

from pressroom.core.keys import Key, Scope
from pressroom.service.keys import NewKey
from pressroom.service.shapes.moments import InUtc, spelled


class KeyShape(msgspec.Struct, frozen=True, kw_only=True):
    """A key of a program. name: of the program. ends_at: null for never. last_used_at: to the minute."""

    key_id: str
    name: str
    scopes: tuple[Scope, ...]
    created_at: InUtc
    ends_at: InUtc | None
    last_used_at: InUtc | None
    revoked_at: InUtc | None

    @classmethod
    def of(cls, key: Key) -> "KeyShape":
        """Build the shape of a key."""
        return cls(
            key_id=key.id,
            name=key.name,
            scopes=key.scopes,
            created_at=spelled(key.created_at, "UTC"),
            ends_at=spelled(key.ends_at, "UTC"),
            last_used_at=spelled(key.last_used_at, "UTC"),
            revoked_at=spelled(key.revoked_at, "UTC"),
        )


class NewKeyShape(msgspec.Struct, frozen=True, kw_only=True):
    """A key that was made. token: shown this once, and kept nowhere."""

    key: KeyShape
    token: str

    @classmethod
    def of(cls, made: NewKey) -> "NewKeyShape":
        """Build the shape of a new key."""
        return cls(key=KeyShape.of(made.key), token=made.token.reveal())
