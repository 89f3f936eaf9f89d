"""How much of its allowance an account has used: the rolling 24 hours behind the usage headers."""

from collections import deque

import msgspec

_DAY_MIN = 24 * 60
Header = tuple[bytes, bytes]


class Meter:
    """Counts one account's calls by the minute."""

    def __init__(self) -> None:
        self._minutes: deque[list[int]] = deque()
        self._total = 0

    def count(self, now: float) -> int:
        """Add a call and give how many there were in the last 24 hours."""
        minute = int(now // 60)
        while self._minutes and self._minutes[0][0] <= minute - _DAY_MIN:
            self._total -= self._minutes.popleft()[1]
        if not self._minutes or self._minutes[-1][0] != minute:
            self._minutes.append([minute, 0])
        self._minutes[-1][1] += 1
        self._total += 1
        return self._total

    def regain_min(self, now: float) -> int:
        """Give the minutes until the oldest calls no longer count."""
        if not self._minutes:
            return 0
        return max(1, self._minutes[0][0] + _DAY_MIN - int(now // 60))


def usage_headers(user_id: str, percent: int, regain_min: int) -> list[Header]:
    """Spell both headers; the numbers are percent, the time is minutes."""
    app = {"call_count": percent, "total_time": percent * 9 // 10, "total_cputime": percent * 8 // 10}
    case = {"type": "instagram", **app, "estimated_time_to_regain_access": regain_min}
    return [
        (b"x-app-usage", msgspec.json.encode(app)),
        (b"x-business-use-case-usage", msgspec.json.encode({user_id: [case]})),
    ]
