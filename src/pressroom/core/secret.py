"""Secrets that cannot be printed, and the registry of texts to mask while a secret exists."""

import re
from collections.abc import Callable, Iterator
from threading import RLock
from typing import Final
from urllib.parse import unquote
from weakref import WeakValueDictionary

from pressroom.core.address import addresses_in
from pressroom.core.examples import CLOUDINARY_ADDRESS, S3_ADDRESS

# Shorter texts occur in ordinary words; `postgres` and `pressroom` are common passwords, and words too.
_SHORTEST, _SHORTEST_PASSWORD = 8, 10
# Up to the first @ and up to the last: a password that was not percent-encoded may contain @.
_PASSWORDS = (re.compile(r"://[^:@/]*:(.+?)@"), re.compile(r"://[^:@/]*:(.+)@"))
# Who sets an example of ours as it stands must be able to read it in the hint that says what to set.
_NO_SECRETS = frozenset((CLOUDINARY_ADDRESS, S3_ADDRESS))


class Secret:
    """Text that must never be shown. Only `reveal` returns it; printing, formatting and pickling do not.

    While the object exists, `core.redact` masks its text in everything shown or stored.
    """

    # A WeakValueDictionary needs __weakref__ in the slots.
    __slots__ = ("__weakref__", "_hidden", "_text")

    def __init__(self, text: str) -> None:
        self._text: Final = text
        self._hidden: Final = frozenset(hidden_in(text))
        _living.add(self)

    def reveal(self) -> str:
        """Return the text, for the code that sends it."""
        return self._text

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        import hmac  # noqa: PLC0415  # loads OpenSSL, 3 ms that no help needs

        # A constant-time comparison: the time must not tell how much of a guess is right.
        return hmac.compare_digest(self._text.encode(), other._text.encode())

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__

    def __reduce__(self) -> str | tuple[object, ...]:
        raise TypeError("a secret is not pickled")

    @staticmethod
    def hidden() -> frozenset[str]:
        """Return every text to mask, of all secrets of this process."""
        return _living.texts(lambda secret: secret._hidden)  # noqa: SLF001  # of our own kind


class _Living:
    """The secrets of this process, and a cache of the texts to mask: read for every text, seldom changed."""

    def __init__(self) -> None:
        # Weak references: a text is masked as long as its Secret exists, and no longer.
        self._secrets = WeakValueDictionary[int, Secret]()
        self._turn = RLock()
        self._made = 0
        self._seen = (0, 0)
        self._texts = frozenset[str]()

    def add(self, secret: Secret) -> None:
        with self._turn:
            # By id: two equal secrets must both end before their text is shown again.
            self._secrets[id(secret)] = secret
            self._made += 1

    def texts(self, hidden_by: Callable[[Secret], frozenset[str]]) -> frozenset[str]:
        with self._turn:
            # A change shows in these two: each new secret raises the first, each that ends lowers the second.
            seen = (self._made, len(self._secrets))
            if seen != self._seen:
                held = list(self._secrets.values())
                self._texts, self._seen = frozenset[str]().union(*map(hidden_by, held)), seen
            return self._texts


_living = _Living()


def hidden_in(text: str) -> Iterator[str]:
    """Yield the texts to mask for a secret: the whole, each part of a list, an address's password."""
    if text in _NO_SECRETS:
        return
    if len(text) >= _SHORTEST:
        yield text
    if "://" in text:
        yield from passwords_in(text)
        yield from (one for one in addresses_in(text) if len(one) >= _SHORTEST)
    elif "," in text:
        yield from (one for part in text.split(",") if len(one := part.strip()) >= _SHORTEST)


def passwords_in(address: str) -> Iterator[str]:
    """Yield an address's password, as spelled and percent-decoded, unless it is as short as a word."""
    for pattern in _PASSWORDS:
        for password in pattern.findall(address):
            yield from (one for one in (password, unquote(password)) if len(one) >= _SHORTEST_PASSWORD)
