"""The letter that a report is sent with: its answers in words, since mail shows no such pictures."""

from html import escape
from typing import NamedTuple

from pressroom.service.insights.report_facts import InsightsReport
from pressroom.service.insights.report_sections import leads


class ReportLetter(NamedTuple):
    """A report in words."""

    title: str
    text: str
    html: str


def letter_of(report: InsightsReport, name: str) -> ReportLetter:
    """Return the letter of a report. name: the head that the report has."""
    first = [f"{one.label}: {one.value}. {one.says}." for one in leads(report)]
    text = ["\n".join(first)]
    html = [f"<h1>{escape(name)}: {escape(report.title)}</h1>", *(f"<p>{escape(one)}</p>" for one in first)]
    for answer in report.answers:
        said = [*answer.facts, *([answer.comment] if answer.comment else [])]
        text.append("\n".join((answer.question, *(f"- {one}" for one in said))))
        items = "".join(f"<li>{escape(one)}</li>" for one in said)
        html.append(f"<h2>{escape(answer.question)}</h2><ul>{items}</ul>")
    return ReportLetter(title=f"{name}: {report.title}", text="\n\n".join(text), html="\n".join(html))
