"""Makes up ids and tokens that look like Meta's.

Ids of things are decimal strings of 17 digits; others are shortcodes, and ids of accounts and of places. An
invented token protects no real account, so it may be shown and stored.
"""

import hashlib
import secrets
from typing import Final

from pressroom.graph.hosts import LoginType

_ALPHABET: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
# Each number has a span of ids of its own, in which a hash picks one: ids rise, and none comes twice.
_STEP: Final = 104_729
_BASE: Final = 4_000_000_000_000
# A Page's id has at most 16 digits; those of Instagram's accounts and media have 17 or more.
_LONGEST_PAGE_ID: Final = 16
_FIRST_PLACE: Final = 100_000_000_000_000
_PLACES: Final = 1 << 40
LONG_LIFE_S: Final = 60 * 24 * 3600  # Business Login: a long-lived token lives 60 days
SHORT_LIFE_S: Final = 3600  # Business Login: a short-lived one an hour
# Begins as a real one, since clients tell the login type by it, and can still be told from a real one.
_STARTS: Final = ("IGsandbox", "EAAsandbox")


def thing_id(prefix: int, number: int, random_seed: int) -> str:
    """Give the id of the `number`-th thing: rising, unique, with irregular gaps as real ids have."""
    digest = hashlib.blake2b(f"{random_seed}:{number}".encode(), digest_size=4).digest()
    return f"{prefix}{_BASE + number * _STEP + int.from_bytes(digest, 'big') % _STEP:013d}"


def legacy_user_id(user_id: str) -> int:
    """Give the number an account had before the Graph API: `ig_id`, ten digits."""
    digest = hashlib.blake2b(user_id.encode(), digest_size=4).digest()
    return 4_000_000_000 + int.from_bytes(digest, "big")


def search_result_id(word: str, number: int) -> str:
    """Give the id of the `number`-th place or audio that a search for a word finds."""
    digest = hashlib.blake2b(word.lower().encode(), digest_size=5).digest()
    return str(_FIRST_PLACE + int.from_bytes(digest, "big") + number)


def may_be_page(text: str) -> bool:
    """Tell whether a text is spelled like a Page's id."""
    return text.isascii() and text.isdigit() and len(text) <= _LONGEST_PAGE_ID and text[0] != "0"


def is_place(text: str) -> bool:
    """Tell whether an id is one of those that the search for places gives."""
    return may_be_page(text) and 0 <= int(text) - _FIRST_PLACE <= _PLACES


def shortcode_of(media_id: str) -> str:
    """Encode a media id as the code in its permalink, in base 64 as Instagram does."""
    number, signs = int(media_id), list[str]()
    while number:
        number, digit = divmod(number, len(_ALPHABET))
        signs.append(_ALPHABET[digit])
    return "".join(reversed(signs))


def media_id_of(shortcode: str) -> str:
    """Decode a permalink's code to the media id; any other text gives an id that no media has."""
    number = 0
    for sign in shortcode:
        number = number * len(_ALPHABET) + max(0, _ALPHABET.find(sign))
    return str(number)


def invented_token(login: LoginType, letters: str | None = None) -> str:
    """Make up a token that can be told from a real one; with `letters` it is the same each time."""
    start = _STARTS[0] if login is LoginType.INSTAGRAM else _STARTS[1]
    return start + (letters or secrets.token_hex(24))


def is_invented(token: str) -> bool:
    """Tell whether a token is one that a sandbox made up, so that it may be shown and stored."""
    return token.startswith(_STARTS)
