"""The shape of a report that is asked for and fetched later."""

from typing import Self

import msgspec

from pressroom.core.errors import ErrorShape
from pressroom.core.report_jobs import ReportContent, ReportJob, ReportState
from pressroom.service.ground.shaping import InUtc, Shape, shape_of
from pressroom.service.shapes.report import InsightsReportShape


class ReportJobShape(Shape[ReportJob], frozen=True, kw_only=True):
    """A report that was asked for. period: its days, as `2026-11-01..2026-11-30`.

    timezone, language: null for the account's. top_by: the metric of its top posts; null for the reach.
    ends_at: until when it is kept. error: why it failed. report: what it says; null until it is ready, and in
    lists.
    """

    report_id: str
    state: ReportState
    account: str
    period: str
    timezone: str | None
    language: str | None
    top_by: str | None
    created_at: InUtc
    ends_at: InUtc
    error: ErrorShape | None
    report: InsightsReportShape | None

    @classmethod
    def of(cls, job: ReportJob, content: ReportContent | None = None) -> Self:
        """Build the shape of a job, and of what it came to."""
        report = msgspec.json.decode(content.data, type=InsightsReportShape) if content else None
        return shape_of(cls, job, job.wish, report_id=job.id, account=job.account_name, report=report)
