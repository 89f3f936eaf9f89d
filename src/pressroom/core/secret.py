"""A token or key that cannot print itself, and the texts that must be hidden while one lives."""

import hmac
import re
from collections.abc import Callable, Iterator
from threading import Lock
from typing import Final
from urllib.parse import unquote
from weakref import WeakValueDictionary

# What is shorter is found in ordinary words; `postgres` and `pressroom` are common passwords, and words too.
_SHORTEST, _SHORTEST_PASSWORD = 8, 10
# The password of an address that is spelled wrong may hold @.
_PASSWORDS = (re.compile(r"://[^:@/]*:(.+?)@"), re.compile(r"://[^:@/]*:(.+)@"))


class Secret:
    """Text that must never be shown. Only `reveal` gives it; printing, formatting and pickling do not.

    While it lives, `core.redact` hides its text in everything that people see and that is kept.
    """

    __slots__ = ("__weakref__", "_hidden", "_text")

    def __init__(self, text: str) -> None:
        self._text: Final = text
        self._hidden: Final = frozenset(hidden_in(text))
        _living.add(self)

    def reveal(self) -> str:
        """Give the text, for the one place that sends it."""
        return self._text

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
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
        """Give every text to be hidden that this process holds as a secret now."""
        return _living.texts(lambda secret: secret._hidden)  # noqa: SLF001  # of our own kind


class _Living:
    """The secrets of this process. What they hide is asked for with every text, and seldom changes."""

    def __init__(self) -> None:
        self._secrets = WeakValueDictionary[int, Secret]()
        self._turn = Lock()
        self._made = 0
        self._seen = (0, 0)
        self._texts = frozenset[str]()

    def add(self, secret: Secret) -> None:
        with self._turn:
            self._secrets[id(secret)] = secret
            self._made += 1

    def texts(self, hidden_by: Callable[[Secret], frozenset[str]]) -> frozenset[str]:
        with self._turn:
            # While none is made, each that goes makes them fewer.
            seen = (self._made, len(self._secrets))
            if seen != self._seen:
                held = list(self._secrets.values())
                self._texts, self._seen = frozenset[str]().union(*map(hidden_by, held)), seen
            return self._texts


_living = _Living()


def hidden_in(text: str) -> Iterator[str]:
    """Give the texts to be hidden of a secret: the whole, each key of several, an address's password."""
    if len(text) >= _SHORTEST:
        yield text
    if "://" in text:
        yield from passwords_in(text)
    elif "," in text:
        yield from (one for part in text.split(",") if len(one := part.strip()) >= _SHORTEST)


def passwords_in(address: str) -> Iterator[str]:
    """Give an address's password as it is spelled and as it is meant, unless it is as short as a word."""
    for pattern in _PASSWORDS:
        for password in pattern.findall(address):
            yield from (one for one in (password, unquote(password)) if len(one) >= _SHORTEST_PASSWORD)
