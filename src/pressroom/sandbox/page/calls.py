"""The log of calls, as rows."""

from dataclasses import dataclass
from typing import Any

import msgspec

from pressroom.sandbox.control.controls import Controls
from pressroom.sandbox.wire.log import CallRecord

_LOGGED = 100  # of the 20,000 that the log keeps: each is redacted when it is read
_FAILED = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One call of the log."""

    number: int
    time: str
    method: str
    path: str
    name: str
    status: str
    is_failed: bool
    fault: str | None
    notes: tuple[str, ...]
    params: str
    answer: str


def rows_of(controls: Controls, *, since: int) -> list[Row]:
    """Give the calls after a number, newest first."""
    records = controls.scene.log.records(since=since, most=_LOGGED)
    return [_row(one) for one in reversed(records)]


def _row(one: CallRecord) -> Row:
    return Row(
        number=one.number,
        time=one.at.strftime("%H:%M:%S"),
        method=one.method,
        path=one.path,
        name=one.name or "no such call",
        status="no answer" if one.status is None else str(one.status),
        is_failed=one.status is None or one.status >= _FAILED,
        fault=one.fault,
        notes=one.notes,
        params=_pretty(one.params),
        answer=_pretty(one.answer),
    )


def _pretty(value: Any) -> str:  # noqa: ANN401  # whatever JSON can hold
    if value is None:
        return "nothing"
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
