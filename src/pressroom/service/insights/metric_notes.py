"""Dated notes that a user adds to a metric, such as that Meta counts it differently; reports show them."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from pressroom.core.errors import NotFound, Refused
from pressroom.core.readings import MetricNote
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.when import day_of
from pressroom.service.insights.kept import KeptAccount
from pressroom.service.insights.questions import definitions_of

LONGEST: Final = 280
"""Characters of a note: it is printed as one sentence of a report."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricNotes:
    """The notes of an account, in the order of their days."""

    account: str
    notes: tuple[MetricNote, ...]


async def list_notes(kept: KeptAccount) -> MetricNotes:
    """Return the notes of an account."""
    notes = await kept.store.run(kept.store.readings.metric_notes, kept.account)
    return MetricNotes(account=kept.name, notes=tuple(notes))


async def notes_of_days(kept: KeptAccount, first: date, last: date) -> tuple[MetricNote, ...]:
    """Return the notes of days, both ends included."""
    return tuple(note for note in (await list_notes(kept)).notes if first <= note.day <= last)


async def add(kept: KeptAccount, metric: str, text: str, day: date | str) -> MetricNote:
    """Store a note. Raises Refused, also where the metric has a note of that day: nothing is overwritten."""
    definitions_of((metric,))
    note = MetricNote(metric=metric, day=_day(kept, day), text=_one_line(text), added_at=kept.now)
    if not await kept.store.run(kept.store.readings.add_metric_note, kept.account, note):
        that_note = {"metric": metric, "day": str(note.day), "account": kept.name}
        raise Refused(
            f"{metric} has a note of {note.day} already.",
            rule="metric_note",
            value=str(note.day),
            limit="one note of a metric on a day",
            fix=Fix.of(
                "Choose another day, or remove that note first: {}.",
                Remedy(RemedyKind.REMOVE_METRIC_NOTE, that_note),
            ),
        )
    return note


async def remove(kept: KeptAccount, metric: str, day: date | str) -> MetricNote:
    """Delete a note and return it. Raises NotFound, and Refused for a text that is no day."""
    on = _day(kept, day)
    note = await kept.store.run(kept.store.readings.delete_metric_note, kept.account, metric, on)
    if note is None:
        raise NotFound(
            f"{metric} has no note of {on}.",
            fix=Fix.of("List the notes: {}.", Remedy(RemedyKind.LIST_METRIC_NOTES, {"account": kept.name})),
        )
    return note


def _day(kept: KeptAccount, day: date | str) -> date:
    return day if isinstance(day, date) else day_of(day, now=kept.now, zone=kept.zone)


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    if not line:
        problem = "A note has to say something."
    elif len(line) > LONGEST:
        problem = "The note is too long."
    elif not line.isprintable():
        problem = "The note holds a control character."
    else:
        return line
    raise Refused(
        problem,
        rule="metric_note",
        value=f"{len(line)} characters",
        limit=f"1 to {LONGEST} printable characters",
        fix="Say in a sentence what changed.",
    )
