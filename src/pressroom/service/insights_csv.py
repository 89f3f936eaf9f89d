"""Media with their metrics as CSV, for a spreadsheet."""

import csv
import io
from collections.abc import Iterable, Sequence

from pressroom.graph.metrics import MEDIA_METRICS
from pressroom.service.insights import Measured
from pressroom.service.shapes.insights import MeasuredShape
from pressroom.service.tables.cells import guarded

_MEDIA = ("id", "account", "kind", "published_at", "caption", "permalink")


def insights_csv(rows: Sequence[Measured]) -> str:
    """Write a line for each media; a number that is not known is an empty cell, never 0.

    Columns: what the media is, each metric that one of them was asked for, `engagement_rate` in percent.
    """
    shapes = [MeasuredShape.of(row) for row in rows]
    metrics = _in_order({name for shape in shapes for name in shape.metrics})
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow((*_MEDIA, *metrics, "engagement_rate"))
    for shape in shapes:
        # A caption may begin with what a spreadsheet runs, and somebody else may have written it.
        told = [guarded(str(getattr(shape, name) or "")) for name in _MEDIA]
        writer.writerow([*told, *(shape.metrics.get(name) for name in metrics), shape.engagement_rate])
    return file.getvalue()


def _in_order(names: Iterable[str]) -> list[str]:
    known = [metric.name for metric in MEDIA_METRICS]
    return sorted(names, key=lambda name: (known.index(name) if name in known else len(known), name))
