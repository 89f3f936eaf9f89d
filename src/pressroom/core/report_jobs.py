"""Reports that are asked for and fetched later: what was asked, by whom, and how it stands."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple, NewType

from pressroom.core.account import AccountId
from pressroom.core.actor import ActorId
from pressroom.core.errors import ErrorShape, NotFound, Refused

ReportId = NewType("ReportId", str)

REPORT_LIFETIME: Final = timedelta(hours=24)
"""How long a report can be fetched after it was asked for."""
MOST_REPORTS: Final = 20
"""How many reports are kept for one caller."""


class ReportState(StrEnum):
    """The state of a report that was asked for."""

    WORKING = "working"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportWish:
    """What a report is to tell, as `InsightService.report` takes it; None is what the account has."""

    period: str
    timezone: str | None = None
    language: str | None = None
    comments: Mapping[str, str] = field(default_factory=dict[str, str])
    top_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportJob:
    """A report that was asked for. owner: who asked, and who alone finds it.

    account_name: of the account's login when it was asked for, else its id. error: why it failed.
    """

    id: ReportId
    owner: ActorId
    account: AccountId
    account_name: str
    wish: ReportWish
    state: ReportState = ReportState.WORKING
    created_at: datetime
    ends_at: datetime
    error: ErrorShape | None = None


class ReportContent(NamedTuple):
    """A report that is ready. data: the JSON of its shape. page: the HTML file."""

    data: bytes
    page: bytes


def no_report(report_id: str) -> NotFound:
    """Build the error of a report that is not there, has ended, or is another's."""
    return NotFound(
        f"There is no report {report_id}.",
        fix="Use the id that an answer gave. A report is kept for 24 hours: ask for a new one.",
    )


def too_many_reports() -> Refused:
    """Build the error of a caller whose reports have no room left."""
    return Refused(
        f"{MOST_REPORTS} reports are kept for you already.",
        rule="reports",
        value=MOST_REPORTS,
        limit=MOST_REPORTS,
        fix="Delete one that was fetched. Each ends by itself 24 hours after it was asked for.",
    )
