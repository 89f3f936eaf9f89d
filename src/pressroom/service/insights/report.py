"""`Reports`: a period in one page that people read."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pressroom.core.errors import Refused
from pressroom.graph.ids import MediaId
from pressroom.insights.report.look import DEFAULT_NAME, Look
from pressroom.service.acting.acting import Acting
from pressroom.service.ground.output import require_report_extra, require_unused, write_private
from pressroom.service.insights.asked import asked

if TYPE_CHECKING:
    from pressroom.service.insights.report_facts import InsightsReport

__all__ = ["DEFAULT_NAME", "Look", "Reports", "WrittenReport"]
_NO_COMMENTS: Final[Mapping[str, str]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenReport:
    """A report's file."""

    file: Path
    size_bytes: int


class Reports:
    """Reports of what is kept; none makes a call. They take the extra `report`."""

    _acting: Acting

    async def report(
        self, period: str = "month", *, comments: Mapping[str, str] = _NO_COMMENTS
    ) -> "InsightsReport":
        """Tell a period as five answers, with the numbers and posts that they rest on.

        period: as of `account`. comments: a person's own sentences, by the names of the answers: `tried`,
        `happened`, `why`, `brought`, `next`. Raises Refused for a period or an answer that is none, and
        without the extra; NotFound where nothing is collected.
        """
        from pressroom.service.insights.report_answers import answered  # noqa: PLC0415  # a report's alone
        from pressroom.service.insights.report_gathering import gather  # noqa: PLC0415  # the same

        require_report_extra("A report", "altair", "numpy", "scipy", "vl_convert")
        for name in comments:
            _require_answer(name)
        return answered(await gather(self._acting, period), comments)

    async def write_report(
        self, report: "InsightsReport", output: Path, *, look: Look | None = None, overwrite: bool = False
    ) -> WrittenReport:
        """Write a report as one HTML file that asks nothing of anybody; whole, or not at all.

        Raises Refused for an output that is there and for a look that cannot be used, OSError.
        """
        from pressroom.insights.report.page import html_of  # noqa: PLC0415  # a report's alone
        from pressroom.service.insights.report_sections import page_of  # noqa: PLC0415  # the same

        require_unused(output, overwrite=overwrite)
        look = look or Look()
        dress = await asyncio.to_thread(look.dress)
        pictures = await self._thumbnails(report)
        # Off the event loop: drawing takes a second.
        page = await asyncio.to_thread(page_of, report, pictures)
        html = await asyncio.to_thread(html_of, page, dress, look.templates)
        await asyncio.to_thread(write_private, output, html)
        return WrittenReport(file=Path.cwd() / output, size_bytes=len(html.encode()))

    async def _thumbnails(self, report: "InsightsReport") -> Mapping[MediaId, bytes]:
        ours = await asked(self._acting)
        shown = [one.media.id for one in (*report.best, *report.weakest)]
        return await ours.store.run(ours.store.readings.thumbnails, ours.account, shown)


def _require_answer(name: str) -> None:
    from pressroom.service.insights.report_facts import QUESTIONS  # noqa: PLC0415  # a report's alone

    if name not in QUESTIONS:
        raise Refused(
            f"A report has no answer {name!r}.",
            rule="comment",
            value=name,
            limit=", ".join(QUESTIONS),
            fix="Name one of those.",
        )
