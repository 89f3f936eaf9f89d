"""Tokens that the sandbox makes up, which protect no real account, and their lifetimes."""

import secrets
from typing import Final

from pressroom.graph.hosts import LoginType

LONG_LIFE_S: Final = 60 * 24 * 3600  # Business Login: a long-lived token lives 60 days
SHORT_LIFE_S: Final = 3600  # Business Login: a short-lived one an hour
# Begins as a real one, since clients tell the login type by it, and can still be told from a real one.
_STARTS: Final = ("IGsandbox", "EAAsandbox")


def invented_token(login: LoginType, letters: str | None = None) -> str:
    """Make up a token that can be told from a real one; with `letters` it is the same each time."""
    start = _STARTS[0] if login is LoginType.INSTAGRAM else _STARTS[1]
    return start + (letters or secrets.token_hex(24))


def is_invented(token: str) -> bool:
    """Tell whether a token is one that a sandbox made up, so that it may be shown and stored."""
    return token.startswith(_STARTS)
