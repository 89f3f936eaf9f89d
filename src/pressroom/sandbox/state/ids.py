"""Ids that look like Instagram's: decimal strings of 17 digits, and shortcodes."""

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
