"""Reads Meta's usage headers: how much of an account's rate limit is used.

Source: https://developers.facebook.com/docs/graph-api/overview/rate-limiting/
"""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

APP = "x-app-usage"
USE_CASE = "x-business-use-case-usage"


@dataclass(frozen=True, slots=True)
class Usage:
    """percent: of the most used limit; may exceed 100. regain_s: seconds until calls are accepted again."""

    percent: float
    regain_s: float = 0.0


class _Counters(msgspec.Struct, frozen=True):
    type: str = ""
    call_count: float = 0
    total_time: float = 0
    total_cputime: float = 0
    estimated_time_to_regain_access: float = 0  # minutes

    @property
    def percent(self) -> float:
        return max(self.call_count, self.total_time, self.total_cputime)


# The header is decoration: one that cannot be parsed must not fail a call that succeeded.
_APP = msgspec.json.Decoder(_Counters)
_USE_CASES = msgspec.json.Decoder(dict[str, list[_Counters]])
_INSTAGRAM = ("", "instagram")


def usage_of(headers: Mapping[str, str]) -> Usage | None:
    """Parse the usage headers of an answer; None when missing or unreadable."""
    counters = [*_app(headers.get(APP)), *_use_cases(headers.get(USE_CASE))]
    if not counters:
        return None
    return Usage(
        percent=max(counter.percent for counter in counters),
        regain_s=60 * max(counter.estimated_time_to_regain_access for counter in counters),
    )


def _app(text: str | None) -> list[_Counters]:
    if text is None:
        return []
    try:
        return [_APP.decode(text)]
    except msgspec.DecodeError:
        return []


def _use_cases(text: str | None) -> list[_Counters]:
    """Return Instagram's counters; other products' limits do not affect our calls."""
    if text is None:
        return []
    try:
        by_id = _USE_CASES.decode(text)
    except msgspec.DecodeError:
        return []
    return [counters for group in by_id.values() for counters in group if counters.type in _INSTAGRAM]
