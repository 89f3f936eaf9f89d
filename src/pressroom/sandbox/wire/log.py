"""Keeps the newest calls (`CallLog`), and counts them for the usage headers and allowances.

Records read from the log hold no token. Allowances are windows: the rolling 24 hours behind the usage
headers (`Meter`), and shorter ones by name (`Allowances`).
"""

import itertools
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec

from pressroom.core.secret import MASK, redact_text
from pressroom.graph.secret_names import SECRET_PARAMETERS
from pressroom.sandbox.wire.answer import parse_body


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecord:
    """One call and its answer, without secrets.

    name: the call's name, as faults use it; empty for a path without a route.
    status: None when no answer was sent. fault: the injected fault.
    """

    number: int
    at: datetime
    method: str
    path: str
    name: str
    params: Mapping[str, Any]
    status: int | None
    answer: Any
    notes: tuple[str, ...] = ()
    fault: str | None = None


@dataclass(slots=True)
class Entry:
    """A call as it is kept: cheap to write; `records` redacts it when it is read."""

    number: int
    at: float
    method: str
    path: str
    name: str
    params: Mapping[str, Any]
    status: int | None = None
    body: bytes = b""
    notes: list[str] = field(default_factory=list[str])
    fault: str | None = None


class CallLog:
    """The newest calls, up to `most`."""

    def __init__(self, secrets: Iterable[str], most: int = 20_000) -> None:
        # `secrets` is the world's own dict of tokens: what it holds when the log is read is hidden.
        self._entries: deque[Entry] = deque(maxlen=most)
        self._numbers = itertools.count(1)
        self._secrets = secrets

    @property
    def last(self) -> int:
        """The number of the newest call; 0 before the first."""
        return self._entries[-1].number if self._entries else 0

    def open(self, at: float, method: str, path: str, params: Mapping[str, Any]) -> Entry:
        """Begin the record of a call."""
        entry = Entry(next(self._numbers), at, method, path, "", params)
        self._entries.append(entry)
        return entry

    def clear(self) -> None:
        """Remove every call. Numbers go on, so that a reader's `since` stays valid."""
        self._entries.clear()

    def records(self, *, since: int = 0, most: int | None = None) -> list[CallRecord]:
        """Give the calls after a number, oldest first, without any token; with `most`, the newest of them."""
        # A copy, since another thread may add calls meanwhile: a deque must not change while it is walked.
        entries = [entry for entry in list(self._entries) if entry.number > since]
        return [
            CallRecord(
                number=entry.number,
                at=datetime.fromtimestamp(entry.at, UTC),
                method=entry.method,
                path=self.redacted(entry.path),
                name=entry.name,
                params={
                    name: MASK if name in SECRET_PARAMETERS else self._redacted_value(value)
                    for name, value in entry.params.items()
                },
                status=entry.status,
                answer=parse_body(self.redacted(entry.body.decode("utf-8", "replace"))),
                notes=tuple(self.redacted(note) for note in entry.notes),
                fault=entry.fault,
            )
            for entry in (entries if most is None else entries[-most:])
        ]

    def _redacted_value(self, value: Any) -> Any:  # noqa: ANN401  # a parameter is whatever JSON can hold
        if isinstance(value, str):
            return self.redacted(value)
        # JSON values are redacted as text, which reaches secrets at any depth.
        text = msgspec.json.encode(value).decode()
        return msgspec.json.decode(self.redacted(text))

    def redacted(self, text: str) -> str:
        """Mask every known token in a text, and values that are named or shaped like secrets."""
        return redact_text(text, *self._secrets)


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
