"""Seals tokens with AES-256-GCM, bound to host and user, with keys that can be rotated."""

import secrets
from collections.abc import Sequence
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from pressroom.core.errors import SignInRequired
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.secret import Secret
from pressroom.graph.hosts import is_meta

# The layout: format (1 byte), key id (4), nonce (12), ciphertext with its tag.
_FORMAT, _EARLIER = b"\x02", b"\x01"
_ID_BYTES, _NONCE_BYTES = 4, 12
_NONCE_AT = len(_FORMAT) + _ID_BYTES
_TEXT_AT = _NONCE_AT + _NONCE_BYTES


_TOKEN = b"pressroom token 2"


class Holder(NamedTuple):
    """Whose token it is, and which API it is for. name: the login's name, or what it is called.

    purpose: what is sealed, so that a secret of one purpose never opens as one of another.
    """

    name: str
    user_id: str
    api_base: str
    purpose: bytes = _TOKEN


class Seal:
    """Seals with the first of its keys and opens what any of them sealed. Its repr shows no key."""

    def __init__(self, masters: Sequence[bytes]) -> None:
        """Derive the sealing keys from 32-byte master keys, the one in use first."""
        self._keys = {
            _derive(master, b"id", _ID_BYTES): AESGCM(_derive(master, b"seal")) for master in masters
        }
        self._current = next(iter(self._keys))

    def seal(self, holder: Holder, token: Secret) -> bytes:
        """Seal a token so that it opens only for this user at this base."""
        # Random: 96 bits do not repeat for the few tokens that one key ever seals.
        nonce = secrets.token_bytes(_NONCE_BYTES)
        text = self._keys[self._current].encrypt(nonce, token.reveal().encode(), _bound_to(holder, _FORMAT))
        return _FORMAT + self._current + nonce + text

    def open(self, holder: Holder, sealed: bytes) -> Secret:
        """Open a sealed token. Raises SignInRequired when it was sealed for another key, user or host."""
        kind, key = sealed[: len(_FORMAT)], self._keys.get(sealed[len(_FORMAT) : _NONCE_AT])
        if kind not in (_FORMAT, _EARLIER) or key is None:
            raise _unreadable(holder, "was sealed with another key")
        # An earlier seal names no host: whoever can write to the store could redirect the token to their own.
        if kind == _EARLIER and not is_meta(holder.api_base):
            raise _unreadable(holder, "was sealed by an earlier release, for a host that is not Meta's")
        try:
            nonce, text = sealed[_NONCE_AT:_TEXT_AT], sealed[_TEXT_AT:]
            return Secret(key.decrypt(nonce, text, _bound_to(holder, kind)).decode())
        except (InvalidTag, ValueError):
            raise _unreadable(holder, "was changed after it was sealed") from None

    def is_current(self, sealed: bytes) -> bool:
        """Return whether a token is sealed with the key in use."""
        return sealed.startswith(_FORMAT + self._current)


def _derive(master: bytes, purpose: bytes, length: int = 32) -> bytes:
    # The master key may serve other rooms too, so each purpose gets a key of its own.
    return HKDF(SHA256(), length, salt=None, info=b"pressroom tokens 1 " + purpose).derive(master)


def _bound_to(holder: Holder, kind: bytes) -> bytes:
    if kind == _EARLIER:
        return b"pressroom token 1\0" + holder.name.encode()
    # Bound to base and user id: a login's name says nothing about where a token goes, and may be reused.
    return b"\0".join((holder.purpose, holder.api_base.encode(), holder.user_id.encode()))


def _unreadable(holder: Holder, why: str) -> SignInRequired:
    if holder.purpose != _TOKEN:
        return SignInRequired(f"The stored secret of {holder.name} {why}.", fix="Give it again.")
    return SignInRequired(
        f"The stored token of {holder.name!r} {why}, so it cannot be read.",
        fix=Fix.of(
            "Add the key it was sealed with to PRESSROOM_KEY, after the one in use and a comma, or sign in "
            "again: {}.",
            Remedy(RemedyKind.SIGN_IN, {"account": holder.name}),
        ),
    )
