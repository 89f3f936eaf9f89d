"""Paging of lists, and times as Meta spells them.

`window_of` parses a request's limit, cursors (opaque) and moments such as `-7 days`; `paging_of` builds the
`paging` object, whose links hold the token. `format_time` formats a time by a caller's `date_format`.
"""

import base64
import binascii
import re
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from math import inf
from typing import Any
from urllib.parse import urlencode

from pressroom.sandbox.state.world import Key, Slice, Window
from pressroom.sandbox.wire.answer import invalid
from pressroom.sandbox.wire.params import parse_integer

_MAX_LIMIT = 100  # the usual maximum of the Graph API's lists; more is cut to it without an error
_CURSOR_MARK = b"AQHS:"  # so that cursors start with QVFI, as Meta's do
_DAYS = {"today": 0, "yesterday": -1, "tomorrow": 1}
_NUMBER = re.compile(r"[+-]?[0-9]+")
_EARLIEST, _LATEST = -2e9, 2e11  # unix seconds: years 1906 to 8307, where datetime still has room to add days
_UNIT_DAYS = {"hour": 1 / 24, "day": 1, "week": 7, "month": 30, "year": 365}
_SPAN = re.compile(r"([+-]?[0-9]+|last|next)\s*(hour|day|week|month|year)s?(\s+ago)?")


def window_of(args: Mapping[str, str], *, default: int = 25, most: int = _MAX_LIMIT, now: datetime) -> Window:
    """Parse the paging parameters. Raises GraphRefusal for a malformed limit, cursor or moment."""
    limit = default
    if words := args.get("limit"):
        number = parse_integer(words.strip())
        if number is None:
            raise invalid("Param limit must be an integer")
        if number < 1:
            raise invalid("Param limit must be a positive integer")
        limit = min(number, most)
    return Window(
        limit=limit,
        after=_decoded_cursor(args.get("after")),
        before=_decoded_cursor(args.get("before")),
        since=parse_moment(args.get("since"), now, "since"),
        until=parse_moment(args.get("until"), now, "until"),
    )


def encode_cursor(key: Key) -> str:
    """Encode a place in a list, opaquely."""
    # The place and not an index: a page stays right when new media arrive or the cursor's own is deleted.
    return base64.urlsafe_b64encode(_CURSOR_MARK + f"{key[0]!r}:{key[1]}".encode()).decode()


def _decoded_cursor(value: str | None) -> Key | None:
    if not value:
        return None
    try:
        # Clients strip the padding; b64decode ignores what is too much of it.
        plain = base64.b64decode(value.encode() + b"==", altchars=b"-_")
        at, number = plain.removeprefix(_CURSOR_MARK).split(b":")
        return float(at), int(number)
    except (ValueError, binascii.Error):
        raise invalid("Invalid cursor") from None


def parse_moment(value: str | None, now: datetime, name: str) -> float | None:
    """Parse a moment: unix seconds, an ISO date or time, or PHP's `strtotime` words (`yesterday`, `-7 days`).

    Raises GraphRefusal for anything else, and for years outside 1906 to 8307.
    """
    if not value:
        return None
    try:
        text = value.strip()
        word = text.lower()
        if _NUMBER.fullmatch(word):
            unix = float(word)
        elif word == "now":
            unix = now.timestamp()
        elif word in _DAYS:
            midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
            unix = (midnight + timedelta(days=_DAYS[word])).timestamp()
        elif (span := _SPAN.fullmatch(word)) is not None:  # `-7 days`, `7 days ago`, `last week`
            amount, unit, ago = span.groups()
            count = {"last": -1, "next": 1}.get(amount) or int(amount)
            unix = (now + timedelta(days=_UNIT_DAYS[unit] * count * (-1 if ago else 1))).timestamp()
        else:
            at = datetime.fromisoformat(text)
            unix = (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        unix = inf
    if not _EARLIEST <= unix <= _LATEST:
        raise invalid(f"Param {name} must be a unix timestamp or a date")
    return unix


def paging_of(
    part: Slice[Any], address: str, query: Mapping[str, str], *, has_links: bool = True
) -> dict[str, Any]:
    """Build the `paging` object. `address`: the list's URL; `query`: its parameters without a cursor."""
    if not part.keys:
        return {}
    before, after = encode_cursor(part.keys[0]), encode_cursor(part.keys[-1])
    paging: dict[str, Any] = {"cursors": {"before": before, "after": after}}
    # A list ends where `next` is missing; a short page alone says nothing.
    if has_links and part.has_older:
        paging["next"] = f"{address}?{urlencode({**query, 'after': after})}"
    if has_links and part.has_newer:
        paging["previous"] = f"{address}?{urlencode({**query, 'before': before})}"
    return paging


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


def wire_date(unix: float) -> str:
    """Format unix seconds as Meta's token errors do: `Tuesday, 24-Nov-26 04:00:00 PST`."""
    # PST the whole year: daylight saving time is left out.
    return (datetime.fromtimestamp(unix, UTC) - timedelta(hours=8)).strftime("%A, %d-%b-%y %H:%M:%S PST")


def format_time(unix: float, pattern: str | None) -> str | int:
    r"""Format unix seconds by a pattern such as `Y-m-d\TH:i:sP`; `U` gives them as they are, None as Meta."""
    if not pattern:
        # As Meta does: `2019-09-26T22:36:43+0000`.
        return time.strftime(_PLAIN, time.gmtime(unix))
    if pattern.upper() == "U":
        return int(unix)
    at, signs, spelled = datetime.fromtimestamp(unix, UTC), iter(pattern), list[str]()
    for sign in signs:
        if sign == "\\":
            spelled.append(next(signs, ""))
        elif sign in _BARE:
            spelled.append(str(_BARE[sign](at)))
        elif sign == "a":
            spelled.append(at.strftime("%p").lower())
        else:
            spelled.append(at.strftime(_LETTERS[sign]) if sign in _LETTERS else sign)
    return "".join(spelled)
