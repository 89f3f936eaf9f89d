"""Usage of allowances: the rolling 24 hours behind the usage headers, and shorter windows."""

from collections import defaultdict, deque

import msgspec

_DAY_MIN = 24 * 60
Header = tuple[bytes, bytes]


class Meter:
    """Counts one account's calls of the last 24 hours."""

    def __init__(self) -> None:
        # [minute, calls] pairs: at most 1,440 of them, however many calls are made in a day.
        self._minutes: deque[list[int]] = deque()
        self._total = 0

    def count(self, now: float) -> int:
        """Add a call, and give the number of calls in the last 24 hours."""
        minute = int(now // 60)
        while self._minutes and self._minutes[0][0] <= minute - _DAY_MIN:
            self._total -= self._minutes.popleft()[1]
        if not self._minutes or self._minutes[-1][0] != minute:
            self._minutes.append([minute, 0])
        self._minutes[-1][1] += 1
        self._total += 1
        return self._total

    def regain_min(self, now: float) -> int:
        """Give the minutes until the oldest calls leave the window."""
        if not self._minutes:
            return 0
        return max(1, self._minutes[0][0] + _DAY_MIN - int(now // 60))


class Allowances:
    """Counts calls by name in rolling windows."""

    def __init__(self) -> None:
        self._moments: defaultdict[str, deque[float]] = defaultdict(deque)

    def clear(self) -> None:
        """Reset every count."""
        self._moments.clear()

    def take(self, name: str, most: int, window_s: float, now: float) -> bool:
        """Count a call and give True; False, uncounted, when the window holds `most` of them already."""
        moments = self._moments[name]
        while moments and moments[0] <= now - window_s:
            moments.popleft()
        if len(moments) >= most:
            return False
        moments.append(now)
        return True


def usage_headers(user_id: str, percent: int, regain_min: int) -> list[Header]:
    """Build both usage headers. Their numbers are percent, the time to regain access is minutes."""
    # Processor and wall time count too (Rate Limiting); they are made up a little below the calls.
    app = {"call_count": percent, "total_time": percent * 9 // 10, "total_cputime": percent * 8 // 10}
    case = {"type": "instagram", **app, "estimated_time_to_regain_access": regain_min}
    return [
        (b"x-app-usage", msgspec.json.encode(app)),
        (b"x-business-use-case-usage", msgspec.json.encode({user_id: [case]})),
    ]
