"""Media with their metrics as CSV, for a spreadsheet."""

from collections.abc import Iterable, Sequence

from pressroom.core.spelling import csv_line
from pressroom.graph.metrics import MEDIA_METRICS
from pressroom.service.insights import Measured
from pressroom.service.shapes.kept import MeasuredShape

_MEDIA = ("id", "account", "kind", "published_at", "caption", "permalink")
_RATE = "engagement_rate"


def insights_csv(rows: Sequence[Measured]) -> str:
    """Write a line for each media; a number that is not known is an empty cell, never 0.

    Columns: what the media is, each metric that one of them was asked for, `engagement_rate` in percent.
    """
    shapes = [MeasuredShape.of(row) for row in rows]
    metrics = _in_order({name for shape in shapes for name in shape.metrics})
    lines = [[*_MEDIA, *metrics, _RATE], *(_cells(shape, metrics) for shape in shapes)]
    return "".join(f"{csv_line(line)}\n" for line in lines)


def _cells(shape: MeasuredShape, metrics: Sequence[str]) -> list[str]:
    told = [getattr(shape, name) or "" for name in _MEDIA]
    numbers = [*(shape.metrics.get(name) for name in metrics), shape.engagement_rate]
    return [*told, *("" if number is None else str(number) for number in numbers)]


def _in_order(names: Iterable[str]) -> list[str]:
    known = [metric.name for metric in MEDIA_METRICS]
    return sorted(names, key=lambda name: (known.index(name) if name in known else len(known), name))
