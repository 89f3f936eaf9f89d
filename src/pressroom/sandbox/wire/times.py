"""Formats times as Meta does, or by a caller's `date_format` (the letters of PHP's `date`)."""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

_PLAIN = "%Y-%m-%dT%H:%M:%S+0000"  # no colon in the offset (IG Media): strict ISO parsers refuse it
# Each letter of PHP's `date` as a pattern of `strftime`; times are UTC.
_WORDS = "d=%d D=%a l=%A m=%m M=%b F=%B Y=%Y y=%y H=%H h=%I i=%M s=%S A=%p N=%u w=%w e=UTC T=UTC P=+00:00 p=Z"
_WHOLE = {"c": "%Y-%m-%dT%H:%M:%S+00:00", "r": "%a, %d %b %Y %H:%M:%S +0000", "O": "+0000", "Z": "0"}
_LETTERS: Mapping[str, str] = {word[0]: word[2:] for word in _WORDS.split()} | _WHOLE
# Numbers without a leading zero, for which strftime has no portable pattern.
_BARE: Mapping[str, Callable[[datetime], int]] = {
    "j": lambda at: at.day,
    "n": lambda at: at.month,
    "G": lambda at: at.hour,
    "g": lambda at: at.hour % 12 or 12,
}


def wire_time(unix: float) -> str:
    """Format unix seconds as Meta does: `2019-09-26T22:36:43+0000`."""
    return time.strftime(_PLAIN, time.gmtime(unix))


def wire_date(unix: float) -> str:
    """Format unix seconds as Meta's token errors do: `Tuesday, 24-Nov-26 04:00:00 PST`."""
    # PST the whole year: daylight saving time is left out.
    return (datetime.fromtimestamp(unix, UTC) - timedelta(hours=8)).strftime("%A, %d-%b-%y %H:%M:%S PST")


def spelled(unix: float, pattern: str | None) -> str | int:
    r"""Format unix seconds by a pattern such as `Y-m-d\TH:i:sP`; `U` gives them as they are, None as Meta."""
    if not pattern:
        return wire_time(unix)
    if pattern.upper() == "U":
        return int(unix)
    at, signs = datetime.fromtimestamp(unix, UTC), iter(pattern)
    return "".join(next(signs, "") if sign == "\\" else _spelled_sign(at, sign) for sign in signs)


def _spelled_sign(at: datetime, sign: str) -> str:
    if sign in _BARE:
        return str(_BARE[sign](at))
    if sign == "a":
        return at.strftime("%p").lower()
    return at.strftime(_LETTERS[sign]) if sign in _LETTERS else sign
