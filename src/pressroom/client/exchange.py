"""The result of a call: its answer, and a record of each attempt."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Generic, TypeVar

AnswerT = TypeVar("AnswerT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange(Generic[AnswerT]):
    """A call's answer with facts from its headers.

    date: the `Date` header, unparsed. usage_percent: how much of the rate limit is used; None if not told.
    """

    answer: AnswerT
    date: str | None = None
    usage_percent: float | None = None

    @property
    def host_date(self) -> datetime | None:
        """The host's time, to the second; None when missing or unreadable."""
        if self.date is None:
            return None
        try:
            read = parsedate_to_datetime(self.date)
        except ValueError:
            return None
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeRecord:
    """One attempt at a call, for logs and tests. It never holds a secret.

    params: secrets masked. status: None when no answer came. error: the class name of the error, if any.
    attempt: counts from 1.
    """

    method: str
    path: str
    params: Mapping[str, str]
    at: datetime
    elapsed_s: float
    attempt: int
    status: int | None = None
    error: str | None = None
    code: int | str | None = None
    subcode: int | None = None
    fbtrace_id: str | None = None
