"""How much of an allowance is used: the rolling 24 hours behind the usage headers, and shorter windows."""

from collections import defaultdict, deque

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


class Allowances:
    """Counts calls by name in windows that roll."""

    def __init__(self) -> None:
        self._moments: defaultdict[str, deque[float]] = defaultdict(deque)

    def clear(self) -> None:
        """Begin counting anew."""
        self._moments.clear()

    def take(self, name: str, most: int, window_s: float, now: float) -> bool:
        """Count a call, unless there were as many as may be."""
        moments = self._moments[name]
        while moments and moments[0] <= now - window_s:
            moments.popleft()
        if len(moments) >= most:
            return False
        moments.append(now)
        return True


def usage_headers(user_id: str, percent: int, regain_min: int) -> list[Header]:
    """Spell both headers; the numbers are percent, the time is minutes."""
    app = {"call_count": percent, "total_time": percent * 9 // 10, "total_cputime": percent * 8 // 10}
    case = {"type": "instagram", **app, "estimated_time_to_regain_access": regain_min}
    return [
        (b"x-app-usage", msgspec.json.encode(app)),
        (b"x-business-use-case-usage", msgspec.json.encode({user_id: [case]})),
    ]
