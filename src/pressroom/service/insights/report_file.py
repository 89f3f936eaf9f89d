"""Writes a report to a file: as the page, or as the PDF that Chromium prints of it."""

import asyncio
from pathlib import Path

from pressroom.graph.answers import MediaId
from pressroom.insights.report.page import Look, Paper, html_of
from pressroom.insights.report.pdf import pdf_of
from pressroom.service.ground.output import write_private
from pressroom.service.insights.report_accounts import ReportOfAccounts
from pressroom.service.insights.report_facts import InsightsReport, WrittenReport
from pressroom.service.insights.report_page import page_of
from pressroom.store.store import Store


async def write_file(
    store: Store,
    report: InsightsReport | ReportOfAccounts,
    output: Path,
    look: Look,
    *,
    chromium: Path | None,
    paper: Paper,
) -> WrittenReport:
    """Write a report whole, or not at all. chromium: what prints a PDF on `paper`; None for HTML.

    Raises Refused for a look that cannot be used and for a Chromium that fails, OSError.
    """
    dress = await asyncio.to_thread(look.dress)
    pictures = dict[MediaId, bytes]()
    for part in report.reports:
        shown = [post.media.id for post in (*part.shown_best, *part.shown_weakest)]
        pictures |= await store.run(store.readings.thumbnails, part.account_id, shown)
    # Off the event loop: drawing takes a second.
    page = await asyncio.to_thread(page_of, report, pictures)
    html = await asyncio.to_thread(html_of, page, dress, look.templates, paper if chromium else None)
    content = await pdf_of(html, chromium) if chromium else html.encode()
    await asyncio.to_thread(write_private, output, content)
    return WrittenReport(file=Path.cwd() / output, size_bytes=len(content))
