"""Ids that look like Meta's: decimal strings of 17 digits, shortcodes, ids of accounts and of places."""

import hashlib
from typing import Final

_ALPHABET: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
# Each number has a span of ids of its own, in which a hash picks one: ids rise, and none comes twice.
_STEP: Final = 104_729
_BASE: Final = 4_000_000_000_000


def thing_id(prefix: int, number: int, random_seed: int) -> str:
    """Give the id of the `number`-th thing: rising, unique, with irregular gaps as real ids have."""
    digest = hashlib.blake2b(f"{random_seed}:{number}".encode(), digest_size=4).digest()
    return f"{prefix}{_BASE + number * _STEP + int.from_bytes(digest, 'big') % _STEP:013d}"


# A Page's id has at most 16 digits; those of Instagram's accounts and media have 17 or more.
_LONGEST_PAGE_ID: Final = 16
_FIRST_PLACE: Final = 100_000_000_000_000
_PLACES: Final = 1 << 40


def legacy_user_id(user_id: str) -> int:
    """Give the number an account had before the Graph API: `ig_id`, ten digits."""
    digest = hashlib.blake2b(user_id.encode(), digest_size=4).digest()
    return 4_000_000_000 + int.from_bytes(digest, "big")


def found_id(word: str, number: int) -> str:
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
