"""Answers the five questions of a report, by rules and no model: a test can hold each sentence."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from pressroom.core.errors import Refused
from pressroom.service.insights.report_facts import QUESTIONS, InsightsReport, ReportAnswer


def require_answers(names: Iterable[str]) -> None:
    """Raise Refused for a name that is no answer of a report."""
    for name in names:
        if name not in QUESTIONS:
            raise Refused(
                f"A report has no answer {name!r}.",
                rule="comment",
                value=name,
                limit=", ".join(QUESTIONS),
                fix="Name one of those.",
            )


def answer(report: InsightsReport, comments: Mapping[str, str]) -> InsightsReport:
    """Return the report with its answers. comments: a person's sentences, by the name of the answer."""
    # These load Babel, of the extra `report`; what a report looks like is known without it.
    from pressroom.insights.report.language import language_of  # noqa: PLC0415
    from pressroom.service.insights.report_notes import notes_of  # noqa: PLC0415
    from pressroom.service.insights.report_sentences import headline, sentences_of  # noqa: PLC0415

    language = language_of(report.language)
    sentences, notes = sentences_of(report, language), notes_of(report, language)
    answers = (
        ReportAnswer(
            name=name,
            question=language.gettext(question),
            sentences=tuple(sentences[name]),
            notes=tuple(notes[name]),
            comment=comments.get(name) or None,
        )
        for name, question in QUESTIONS.items()
    )
    return replace(report, answers=tuple(answers), headline=headline(report, language))
