"""Reports of insights: asked for, made in the background, and fetched."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta
from starlette.responses import Response

from pressroom.api.fields import AccountName
from pressroom.api.insights import Period, Zone
from pressroom.api.operation import BASE, NOTHING, Answer, Call, Content, Fields, Link, Operation, gone_before
from pressroom.core.actor import Scope
from pressroom.core.errors import Conflict
from pressroom.core.report_jobs import ReportJob, no_report
from pressroom.core.requests import RequestEffect
from pressroom.service import Pressroom
from pressroom.service.shapes.report_jobs import ReportJobShape

_Sentence = Annotated[str, Meta(max_length=2000)]


class ReportJobPage(msgspec.Struct, frozen=True, kw_only=True):
    """Reports that were asked for, the newest first. next: null, since all are there: they are 20 at most."""

    reports: tuple[ReportJobShape, ...]
    next: str | None = None


class AskReport(Fields, frozen=True, kw_only=True):
    """What a report is to tell."""

    account: AccountName | None = None
    period: Period = "month"
    timezone: Zone | None = None
    language: (
        Annotated[str, Meta(max_length=20, description="Such as `de`; else the account's, or English.")]
        | None
    ) = None
    comments: Annotated[
        Mapping[Literal["tried", "happened", "why", "brought", "next"], _Sentence],
        Meta(description="A person's own sentences, by the names of the answers."),
    ] = {}
    top_by: (
        Annotated[
            str,
            Meta(max_length=40, description="The metric of the five top posts, such as `saved`; else reach."),
        ]
        | None
    ) = None


async def ask_report(call: Call[Fields, AskReport]) -> Answer:
    """Ask for a report: a period as five answers, and one HTML file that asks nothing of anybody.

    It is made in some seconds and kept for 24 hours; a key has 20 at most. Takes the extra `report`.
    """
    body = call.body
    pressroom = await call.session(body.account)
    job = await pressroom.reports.ask(
        body.period,
        timezone=body.timezone,
        language=body.language,
        comments={**body.comments},
        top_by=body.top_by,
    )
    return _asked(job)


async def _ask_again(call: Call[Fields, AskReport], effect: RequestEffect) -> Answer:
    return _asked((await _job(call, effect.subject_id))[1])


def _asked(job: ReportJob) -> Answer:
    location = {"location": f"{BASE}/reports/{job.id}"}
    return Answer(ReportJobShape.of(job), 201, location, subject=("report", job.id))


async def list_reports(call: Call[Fields, None]) -> Answer:
    """List the reports that this key asked for."""
    pressroom, allowed = await call.session(), call.program.sessions.accounts
    jobs = await pressroom.reports.list()
    shown = [job for job in jobs if allowed is None or job.account in allowed]
    return Answer(ReportJobPage(reports=tuple(map(ReportJobShape.of, shown))))


async def _job(call: Call[Fields, Any], report_id: str) -> tuple[Pressroom, ReportJob]:
    """Return a report of this key's. Raises NotFound, also for one of an account that the key is not for."""
    pressroom, allowed = await call.session(), call.program.sessions.accounts
    job = await pressroom.reports.get(report_id)
    if allowed is not None and job.account not in allowed:
        raise no_report(report_id)
    return pressroom, job


async def get_report(call: Call[Fields, None]) -> Answer:
    """Tell how a report stands, and what it says once it is ready."""
    pressroom, job = await _job(call, call.path["report_id"])
    return Answer(ReportJobShape.of(job, await pressroom.reports.content(job.id)))


async def get_report_file(call: Call[Fields, None]) -> Response:
    """Return the HTML file of a report. 409 until it is ready."""
    pressroom, job = await _job(call, call.path["report_id"])
    content = await pressroom.reports.content(job.id)
    if content is None:
        raise Conflict(f"Report {job.id} is {job.state}.", fix="Ask how it stands until it is ready.")
    name = f"report-{job.account_name}-{job.wish.period}"
    safe = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in name)
    headers = {
        "content-disposition": f'attachment; filename="{safe}.html"',
        # It never runs as ours: what a browser opens all the same has no origin and no script.
        "content-security-policy": "sandbox",
    }
    return Response(content.page, headers=headers, media_type="text/html")


async def delete_report(call: Call[Fields, None]) -> Response:
    """Delete a report, or call one off that is being made."""
    pressroom, job = await _job(call, call.path["report_id"])
    await pressroom.reports.delete(job.id)
    return Response(None, 204)


_TAG: Final = "insights"
_PATH: Final = "/reports/{report_id}"
_LINKS: Final = tuple(
    Link(name, "report_id", "report_id") for name in ("get_report", "get_report_file", "delete_report")
)

OPERATIONS: Final = (
    Operation(
        method="POST",
        path="/reports",
        run=ask_report,
        tag=_TAG,
        scope=Scope.READ,
        body=AskReport,
        answers={201: ReportJobShape},
        errors=(502,),
        again=_ask_again,
        links=_LINKS,
    ),
    Operation(
        method="GET",
        path="/reports",
        run=list_reports,
        tag=_TAG,
        scope=Scope.READ,
        answers={200: ReportJobPage},
    ),
    Operation(
        method="GET",
        path=_PATH,
        run=get_report,
        tag=_TAG,
        scope=Scope.READ,
        answers={200: ReportJobShape},
        links=_LINKS[1:],
    ),
    Operation(
        method="GET",
        path=f"{_PATH}/file",
        run=get_report_file,
        tag=_TAG,
        scope=Scope.READ,
        answers={200: Content("text/html", "One HTML file.")},
        errors=(409,),
    ),
    Operation(
        method="DELETE",
        path=_PATH,
        run=delete_report,
        tag=_TAG,
        scope=Scope.READ,
        answers={204: NOTHING},
        again=gone_before,
    ),
)
