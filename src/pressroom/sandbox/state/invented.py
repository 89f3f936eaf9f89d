"""Tokens that the sandbox makes up, which are no secrets, and how long they live."""

import secrets
from typing import Final

from pressroom.graph.hosts import LoginType

LONG_LIFE_S: Final = 60 * 24 * 3600
SHORT_LIFE_S: Final = 3600
_STARTS: Final = ("IGsandbox", "EAAsandbox")


def invented_token(login: LoginType, letters: str | None = None) -> str:
    """Make up a token that can be told from a real one; `letters` make it the same each time."""
    start = _STARTS[0] if login is LoginType.INSTAGRAM else _STARTS[1]
    return start + (letters or secrets.token_hex(24))


def is_invented(token: str) -> bool:
    """Tell whether a token is one of ours, which is no secret."""
    return token.startswith(_STARTS)
