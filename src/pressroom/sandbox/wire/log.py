"""Keeps the newest calls. Records read from it hold no token."""

import itertools
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec

from pressroom.core.redact import MASK, redact_text
from pressroom.graph.secret_names import SECRET_PARAMETERS


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
        wanted = [entry for entry in list(self._entries) if entry.number > since]
        return [self._record(entry) for entry in (wanted if most is None else wanted[-most:])]

    def _record(self, entry: Entry) -> CallRecord:
        params = {
            name: MASK if name in SECRET_PARAMETERS else self._redacted_value(value)
            for name, value in entry.params.items()
        }
        return CallRecord(
            number=entry.number,
            at=datetime.fromtimestamp(entry.at, UTC),
            method=entry.method,
            path=self.redacted(entry.path),
            name=entry.name,
            params=params,
            status=entry.status,
            answer=self._answer(entry.body),
            notes=tuple(self.redacted(note) for note in entry.notes),
            fault=entry.fault,
        )

    def _redacted_value(self, value: Any) -> Any:  # noqa: ANN401  # a parameter is whatever JSON can hold
        if isinstance(value, str):
            return self.redacted(value)
        # JSON values are redacted as text, which reaches secrets at any depth.
        text = msgspec.json.encode(value).decode()
        return msgspec.json.decode(self.redacted(text))

    def _answer(self, body: bytes) -> Any:  # noqa: ANN401  # an answer is whatever JSON can hold
        text = self.redacted(body.decode("utf-8", "replace"))
        try:
            return msgspec.json.decode(text) if text else None
        except msgspec.DecodeError:
            return text

    def redacted(self, text: str) -> str:
        """Mask every known token in a text, and values that are named or shaped like secrets."""
        return redact_text(text, *self._secrets)
