"""Sealing of tokens: AES-256-GCM, bound to the account's name, under keys that can be changed."""

import secrets
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from pressroom.core.errors import SignInRequired
from pressroom.core.secret import Secret

# A sealed token: format, id of the key, nonce, ciphertext with its tag.
_FORMAT = b"\x01"
_ID_BYTES, _NONCE_BYTES = 4, 12
_NONCE_AT = len(_FORMAT) + _ID_BYTES
_TEXT_AT = _NONCE_AT + _NONCE_BYTES


class Seal:
    """Seals with the first of its keys, opens what any of them sealed. Its repr shows none."""

    def __init__(self, masters: Sequence[bytes]) -> None:
        """Derive the keys of this purpose from 32-byte master keys, the one in use first."""
        self._keys = {
            _derive(master, b"id", _ID_BYTES): AESGCM(_derive(master, b"seal")) for master in masters
        }
        self._current = next(iter(self._keys))

    def seal(self, account: str, token: Secret) -> bytes:
        """Seal a token so that it opens for this account alone."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        text = self._keys[self._current].encrypt(nonce, token.reveal().encode(), _bound_to(account))
        return _FORMAT + self._current + nonce + text

    def open(self, account: str, sealed: bytes) -> Secret:
        """Open a sealed token. Raises SignInRequired when it is another key's or another account's."""
        key = self._keys.get(sealed[len(_FORMAT) : _NONCE_AT])
        if not sealed.startswith(_FORMAT) or key is None:
            raise _unreadable(account, "was sealed with another key")
        try:
            nonce, text = sealed[_NONCE_AT:_TEXT_AT], sealed[_TEXT_AT:]
            return Secret(key.decrypt(nonce, text, _bound_to(account)).decode())
        except (InvalidTag, ValueError):
            raise _unreadable(account, "was changed after it was sealed") from None

    def is_current(self, sealed: bytes) -> bool:
        """Tell whether a token is sealed with the key in use."""
        return sealed.startswith(_FORMAT + self._current)


def _derive(master: bytes, purpose: bytes, length: int = 32) -> bytes:
    # The same master may serve other rooms: what is derived for one purpose opens nothing of another.
    return HKDF(SHA256(), length, salt=None, info=b"pressroom tokens 1 " + purpose).derive(master)


def _bound_to(account: str) -> bytes:
    return b"pressroom token 1\0" + account.encode()


def _unreadable(account: str, why: str) -> SignInRequired:
    return SignInRequired(
        f"The stored token of {account!r} {why}, so it cannot be read.",
        fix="Add the key it was sealed with to PRESSROOM_KEY, after the one in use and a comma, or sign in "
        f"again: `pressroom auth login --token-stdin --account {account}`.",
    )
