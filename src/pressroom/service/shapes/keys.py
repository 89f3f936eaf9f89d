"""Shapes of keys, apart from those of posts: whoever manages keys loads nothing that publishes."""

from typing import Self

from pressroom.core.account import AccountId
from pressroom.core.actor import Scope
from pressroom.core.consent import Key
from pressroom.service.consent.keys import NewKey
from pressroom.service.ground.shaping import InUtc, Shape, shape_of


class KeyShape(Shape[Key], frozen=True, kw_only=True):
    """A key of a program. name: of the program. accounts: the only ones that it is for, by their ids.

    Empty is all accounts, later ones too. ends_at: null for never. last_used_at: to the minute.
    """

    key_id: str
    name: str
    scopes: tuple[Scope, ...]
    accounts: tuple[AccountId, ...]
    created_at: InUtc
    ends_at: InUtc | None
    last_used_at: InUtc | None
    revoked_at: InUtc | None

    @classmethod
    def of(cls, key: Key) -> Self:
        """Build the shape of a key."""
        return shape_of(cls, key, key_id=key.id)


class NewKeyShape(Shape[NewKey], frozen=True, kw_only=True):
    """A key that was made. token: shown this once, and kept nowhere."""

    key: KeyShape
    token: str

    @classmethod
    def of(cls, new: NewKey) -> Self:
        """Build the shape of a new key."""
        return shape_of(cls, new, token=new.token.reveal())
