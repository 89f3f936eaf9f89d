"""Paging of lists: opaque cursors, links that hold the token, and moments such as `-7 days`."""

import base64
import binascii
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from math import inf
from typing import Any
from urllib.parse import urlencode

from pressroom.sandbox.state.shelf import Key, Slice, Window
from pressroom.sandbox.wire.params import whole
from pressroom.sandbox.wire.refusals import invalid

_MAX_LIMIT = 100  # the usual maximum of the Graph API's lists; more is cut to it without an error
_CURSOR_MARK = b"AQHS:"  # so that cursors start with QVFI, as Meta's do
_DAYS = {"now": 0, "today": 0, "yesterday": -1, "tomorrow": 1}
_NUMBER = re.compile(r"[+-]?[0-9]+")
_EARLIEST, _LATEST = -2e9, 2e11  # unix seconds: years 1906 to 8307, where datetime still has room to add days
_UNIT_DAYS = {"hour": 1 / 24, "day": 1, "week": 7, "month": 30, "year": 365}
_AWAY = re.compile(r"([+-]?[0-9]+|last|next)\s*(hour|day|week|month|year)s?(\s+ago)?")


def window_of(args: Mapping[str, str], *, default: int = 25, most: int = _MAX_LIMIT, now: datetime) -> Window:
    """Parse the paging parameters. Raises GraphRefusal for a malformed limit, cursor or moment."""
    return Window(
        limit=_limit(args.get("limit"), default, most),
        after=_key(args.get("after")),
        before=_key(args.get("before")),
        since=moment(args.get("since"), now, "since"),
        until=moment(args.get("until"), now, "until"),
    )


def _limit(value: str | None, default: int, most: int) -> int:
    if not value:
        return default
    limit = whole(value.strip())
    if limit is None:
        raise invalid("Param limit must be an integer")
    if limit < 1:
        raise invalid("Param limit must be a positive integer")
    return min(limit, most)


def cursor(key: Key) -> str:
    """Encode a place in a list, opaquely."""
    # The place and not an index: a page stays right when new media arrive or the cursor's own is deleted.
    return base64.urlsafe_b64encode(_CURSOR_MARK + f"{key[0]!r}:{key[1]}".encode()).decode()


def _key(value: str | None) -> Key | None:
    if not value:
        return None
    try:
        # Clients strip the padding; b64decode ignores what is too much of it.
        plain = base64.b64decode(value.encode() + b"==", altchars=b"-_")
        at, number = plain.removeprefix(_CURSOR_MARK).split(b":")
        return float(at), int(number)
    except (ValueError, binascii.Error):
        raise invalid("Invalid cursor") from None


def moment(value: str | None, now: datetime, name: str) -> float | None:
    """Parse a moment: unix seconds, an ISO date or time, or PHP's `strtotime` words (`yesterday`, `-7 days`).

    Raises GraphRefusal for anything else, and for years outside 1906 to 8307.
    """
    if not value:
        return None
    try:
        found = _moment(value.strip(), now)
    except (ValueError, OverflowError):
        found = inf
    if not _EARLIEST <= found <= _LATEST:
        raise invalid(f"Param {name} must be a unix timestamp or a date")
    return found


def _moment(text: str, now: datetime) -> float:
    word = text.lower()
    if _NUMBER.fullmatch(word):
        return float(word)
    if word in _DAYS:
        shift = timedelta(days=_DAYS[word])
        return (now if word == "now" else _midnight(now) + shift).timestamp()
    if (away := _AWAY.fullmatch(word)) is not None:
        return (now + _distance(*away.groups())).timestamp()
    found = datetime.fromisoformat(text)
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def _distance(amount: str, unit: str, ago: str | None) -> timedelta:
    """Convert `-7 days`, `7 days ago`, `last week` to a span."""
    count = {"last": -1, "next": 1}.get(amount) or int(amount)
    return timedelta(days=_UNIT_DAYS[unit] * count * (-1 if ago else 1))


def _midnight(now: datetime) -> datetime:
    return now.replace(hour=0, minute=0, second=0, microsecond=0)


def paging_of(
    part: Slice[Any], address: str, query: Mapping[str, str], *, has_links: bool = True
) -> dict[str, Any]:
    """Build the `paging` object. `address`: the list's URL; `query`: its parameters without a cursor."""
    if not part.keys:
        return {}
    before, after = cursor(part.keys[0]), cursor(part.keys[-1])
    paging: dict[str, Any] = {"cursors": {"before": before, "after": after}}
    # A list ends where `next` is missing; a short page alone says nothing.
    if has_links and part.has_older:
        paging["next"] = f"{address}?{urlencode({**query, 'after': after})}"
    if has_links and part.has_newer:
        paging["previous"] = f"{address}?{urlencode({**query, 'before': before})}"
    return paging
