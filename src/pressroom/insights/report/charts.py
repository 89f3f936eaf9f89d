"""The pictures of a report as SVG, drawn by Vega without a browser.

A picture is drawn once, as wide as a column of the page is everywhere, so that its text keeps its size.
Its words come from outside: labels as arguments, numbers and days by a `Spelling` of `ticks`.
Colours are names: `style.css` gives each its value, one for light, dark and print.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from html import escape
from typing import Final, NamedTuple, TypeAlias

import vl_convert

from pressroom.core.readings import Number
from pressroom.insights.report.ticks import (
    FONT_SIZE,
    Labels,
    Spelling,
    day_labels,
    even_ticks,
    factor_labels,
    factor_steps,
    labels_apart,
    text_width,
)

INK, GRID, MAIN, OTHER, BAND, FEW = "#a10000", "#a10001", "#a10002", "#a10003", "#a10004", "#a10005"
"""Colours as the pictures have them. MAIN is the accent, OTHER a grey, FEW hatches what few posts say."""
WIDTH: Final = 308
"""Pixels from edge to edge."""
# A specification of Vega-Lite, or a part of one.
_Spec: TypeAlias = dict[str, object]
_HEIGHT: Final = 160
_LABEL: Final = 140
_APART: Final = 10
# In percent.
_WIDEST: Final = 300.0
_SYMBOL: Final = 28
_PADDING: Final = 2
_KINDS: Final = {
    "reel": (MAIN, "circle"),
    "carousel": (OTHER, "square"),
    "photo": (INK, "triangle-up"),
    "video": (OTHER, "diamond"),
    "story": (MAIN, "circle"),
}
# More marks than these are drawn smaller, so that 500 posts do not hide one another.
_MANY: Final = 120
# Up to so many days each has its dot on the line.
_FEW_DAYS: Final = 31
_WEEK: Final = 7
# Pixels of a row of a heat map.
_ROW: Final = 24

_CONFIG: Final[_Spec] = {
    "background": "transparent",
    "padding": {"left": _PADDING, "top": _PADDING, "right": 5, "bottom": _PADDING},
    "aria": False,
    "axis": {
        "labelColor": INK,
        "labelFontSize": FONT_SIZE,
        "labelLimit": _LABEL,
        "labelPadding": 6,
        "title": None,
        "domain": False,
        "ticks": False,
        "gridColor": GRID,
    },
    "axisX": {"grid": False, "ticks": True, "tickSize": 4, "tickColor": OTHER, "labelPadding": 4},
    "legend": {
        "labelColor": INK,
        "labelFontSize": FONT_SIZE,
        "labelLimit": 270,
        "offset": 8,
        "padding": 0,
    },
    "title": {"color": INK, "fontSize": FONT_SIZE, "fontWeight": "normal", "aria": False, "anchor": "start"},
    "text": {"color": INK, "fontSize": FONT_SIZE, "baseline": "middle"},
    "view": {"stroke": None},
}
# The fonts, for the root alone: Vega repeats it with each text. Text of a page from right to left would hang
# at the wrong end of its anchor, hence the direction.
_ROOT: Final = f'<svg direction="ltr" font-family="Helvetica, Arial, sans-serif" font-size="{FONT_SIZE}px" '
# Only the picture as a whole is described: five hundred marks are no help to somebody who listens.
_REPEATED: Final = re.compile(
    r' (?:role|aria-[a-z]+|pointer-events|font-family|font-size)="[^"]*"'
    r'| opacity="1"| transform="translate\(0,0\)"'
)
# Vega puts an empty path behind and before each group.
_EMPTY: Final = re.compile(r'<path class="(?:back|fore)ground"[^>]*/>')
# The width of a stroke where there is none.
_NO_STROKE: Final = re.compile(r'(fill="[^"]*") stroke-width="[^"]*"')
_LEGEND: Final = 'role-legend"><g transform="translate({},'
# A tenth of a pixel is enough. Within tags alone: the same digits may stand in a text.
_DECIMALS: Final = re.compile(r"(\.\d)\d+(?=[^<>]*>)")


class Point(NamedTuple):
    """A post. at: as the account's clocks show it. kind: as `kind_of` names it."""

    at: datetime
    value: Number
    kind: str
    is_outlier: bool


class Day(NamedTuple):
    """A day. value: None where it is not known, which is a gap."""

    day: date
    value: Number | None


class _DayRow(NamedTuple):
    span: str
    at: int
    value: Number | None


class Interval(NamedTuple):
    """A change in percent with the interval about it. is_found: it leaves out 0, or stands out."""

    label: str
    value: float
    low: float
    high: float
    is_found: bool


class Span(NamedTuple):
    """A median between its quartiles. group: whose it is, as a label. note: written beside it, as `n 12`."""

    label: str
    group: str
    note: str
    median: Number
    low: Number
    high: Number
    is_few: bool


class Cell(NamedTuple):
    """A number in a row and a column. note: written in it."""

    row: str
    column: str
    value: Number
    note: str


class Bar(NamedTuple):
    """A part of a whole, in percent. group: whose it is, as a label."""

    label: str
    group: str
    percent: float


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawn picture. text: what it shows, for who cannot see it."""

    svg: str
    text: str

    @property
    def markup(self) -> str:
        """The picture for a page, described as a whole."""
        return self.svg.replace("<svg ", f'<svg role="img" aria-label="{escape(self.text)}" ', 1)


def posts(
    points: Sequence[Point],
    usual: tuple[Number, Number] | None,
    text: str,
    *,
    period: tuple[date, date],
    kinds: Mapping[str, str],
    caption: str,
    spelling: Spelling,
) -> Picture:
    """Draw posts by day, on a logarithmic axis, since reach differs by factors.

    usual: quartiles of the 90 days before, a band. period: first and last day. kinds: a label for each kind.
    caption: says that the axis is logarithmic.
    """
    values = [*(point.value for point in points), *(usual or ())]
    steps = factor_steps(values)
    labels = factor_labels(steps, spelling.number)
    # A logarithm has no place for 0: up to the first step above, the axis is nearly linear.
    kind: _Spec = {"type": "log"} if steps[0] else {"type": "symlog", "constant": steps[1]}
    scale: _Spec = {"domain": [steps[0], max(*labels, *values)], "nice": False, **kind}
    y = _quantitative("value", scale=scale, axis=_axis(labels))
    chart: _Spec = _marks(points, period[0], _dates(period, labels, spelling), y, kinds)
    if usual is not None:
        low, high = usual
        ends: _Spec = {"y": _quantitative("low"), "y2": {"field": "high"}}
        chart = {"layer": [_layer("rect", ends, [{"low": low, "high": high}], fill=BAND), chart]}
    return Picture(_svg(chart, _HEIGHT, caption), text)


def stories(points: Sequence[Point], text: str, *, period: tuple[date, date], spelling: Spelling) -> Picture:
    """Draw a percentage of each story by day. period: first and last day."""
    labels = {tick: spelling.percent(tick) for tick in (0, 50, 100)}
    y = _quantitative("value", scale={"domain": [0, 100]}, axis=_axis(labels))
    chart = _marks(points, period[0], _dates(period, labels, spelling), y, {"story": ""})
    return Picture(_svg(chart, _HEIGHT), text)


def days(
    now: Sequence[Day],
    before: Sequence[Day],
    text: str,
    *,
    names: tuple[str, str],
    spelling: Spelling,
    is_from_zero: bool = True,
) -> Picture:
    """Draw a number by day, over the period before, day by day. A day that is not known is a gap.

    names: labels of the period and of the one before. is_from_zero: else the axis begins at the lowest day.
    """
    shown = {
        name: span
        for name, span in zip(names, (now, before), strict=True)
        if any(day.value is not None for day in span)
    }
    rows = [
        _DayRow(name, (day.day - span[0].day).days, day.value)
        # What is drawn last lies above.
        for name, span in reversed(shown.items())
        for day in span
    ]
    values = [day.value for span in shown.values() for day in span if day.value is not None]
    values += [0] if is_from_zero else []
    low, high = min(values), max(*values, min(values) + 1)
    labels = {tick: spelling.number(tick) for tick in even_ticks(low, high)}
    colours = [MAIN if name == names[0] else OTHER for name in shown]
    encoding: _Spec = {
        "x": _dates((now[0].day, now[-1].day), labels, spelling),
        "y": _quantitative("value", scale={"domain": [low, high]}, axis=_axis(labels)),
        "color": _nominal(
            "span", scale=_scale(list(shown), colours), legend=_legend(list(shown), is_line=True)
        ),
        "strokeWidth": _nominal("span", scale=_scale(names, [2, 1.2]), legend=None),
    }
    # Vega would begin the axis at 0 for the sake of the line that marks it.
    zero = [_layer("rule", {"y": _quantitative("value")}, [{"value": 0}], stroke=OTHER)] if low <= 0 else []
    lines = _layer("line", encoding, [row._asdict() for row in rows], strokeJoin="round")
    # A day between two gaps has no line, and would be lost without its dot.
    known = {(name, at) for name, at, value in rows if value is not None}
    dots = [
        row
        for row in rows
        if len(now) <= _FEW_DAYS or not {(row.span, row.at + 1), (row.span, row.at - 1)} & known
    ]
    # A day or a week leaves room for dots that are seen at once.
    size = 60 if len(now) <= _WEEK else 20
    marks = _layer("point", encoding, [row._asdict() for row in dots], filled=True, size=size, opacity=1)
    return Picture(_svg({"layer": [*zero, lines, marks]}, _HEIGHT), text)


def spans(rows: Sequence[Span], text: str, *, spelling: Spelling) -> Picture:
    """Draw medians between their quartiles, a row each; hatched where there are fewer than 5 posts."""
    groups = list(dict.fromkeys(span.group for span in rows))
    high = max(1, *(span.high for span in rows))
    column = max(text_width(span.note) for span in rows) + _APART
    room = _room([span.label for span in rows]) - column
    labels = labels_apart(0, high, room, spelling.number)
    scale: _Spec = {"domain": [0, high], "range": [_APART, {"expr": f"width - {column:.0f}"}]}
    colour = _nominal("group", scale=_scale(groups, [MAIN, OTHER]), legend=_legend(groups))
    bars = _layer(
        "bar",
        {
            "x": _quantitative("low", scale=scale, axis=_axis(labels)),
            "x2": {"field": "high"},
            "stroke": colour,
            "fill": {"condition": {"test": "datum.is_few", "value": FEW}, **colour},
        },
        height=9,
        strokeWidth=1,
    )
    ticks = _layer("tick", {"x": _quantitative("median")}, thickness=3, size=15, color=INK)
    notes = _layer("text", {"x": {"value": "width"}, "text": _nominal("note")}, align="right")
    chart: _Spec = {
        "data": {"values": [span._asdict() for span in rows]},
        "encoding": {
            "y": _rows([span.label for span in rows]),
            "yOffset": _nominal("group", sort=groups),
        },
        "layer": [bars, ticks, notes],
    }
    return Picture(_svg(chart, _row_height(rows, len(groups))), text)


def intervals(rows: Sequence[Interval], text: str, *, spelling: Spelling) -> Picture:
    """Draw changes in percent with their intervals, about 0."""
    values = [
        {
            **interval._asdict(),
            "colour": MAIN if interval.is_found else OTHER,
            "ink": MAIN if interval.is_found else INK,
            "note": spelling.percent(interval.value, is_signed=True),
        }
        for interval in rows
    ]
    # A very wide one would leave the others no room: it ends at the frame, and its value is written.
    low, high = (
        min(0, *(max(row.low, -_WIDEST) for row in rows)),
        max(1, *(min(row.high, _WIDEST) for row in rows)),
    )
    column = max(text_width(value["note"]) for value in values) + _APART
    room = _room([interval.label for interval in rows]) - column
    labels = labels_apart(low, high, room, lambda tick: spelling.percent(tick, is_signed=True))
    scale: _Spec = {
        "clamp": True,
        "domain": [low, high],
        "range": [_APART, {"expr": f"width - {column:.0f}"}],
    }
    y = _rows([interval.label for interval in rows])
    colour = _nominal("colour", scale=None)
    ends: _Spec = {"x": _quantitative("low", scale=scale, axis=_axis(labels)), "x2": {"field": "high"}}
    zero = _layer("rule", {"x": _quantitative("at")}, [{"at": 0}], stroke=INK)
    lines = _layer("rule", {"y": y, "color": colour, **ends}, strokeWidth=3)
    value = _quantitative("value")
    dots = _layer("point", {"y": y, "color": colour, "x": value}, filled=True, size=90, opacity=1)
    note: _Spec = {"x": {"value": "width"}, "text": _nominal("note"), "color": _nominal("ink", scale=None)}
    notes = _layer("text", {"y": y, **note}, align="right")
    chart: _Spec = {"data": {"values": values}, "layer": [zero, lines, dots, notes]}
    return Picture(_svg(chart, _row_height(rows, 1)), text)


def bars(rows: Sequence[Bar], text: str, *, spelling: Spelling) -> Picture:
    """Draw parts of a whole, a row each, with their numbers. rows: at least one."""
    groups = list(dict.fromkeys(bar.group for bar in rows))
    values = [
        # Less than a percent is not written as none.
        {**bar._asdict(), "note": spelling.percent(bar.percent, decimals=int(0 < bar.percent < 1))}
        for bar in rows
    ]
    column = max(text_width(value["note"]) for value in values) + _APART
    high = max(1, *(bar.percent for bar in rows))
    scale: _Spec = {"domain": [0, high], "range": [0, {"expr": f"width - {column:.0f}"}]}
    colour = _nominal("group", scale=_scale(groups, [MAIN, OTHER]), legend=_legend(groups))
    chart: _Spec = {
        "data": {"values": values},
        "encoding": {
            "x": _quantitative("percent", scale=scale, axis=None),
            "y": _rows([bar.label for bar in rows]),
            "yOffset": _nominal("group", sort=groups),
        },
        "layer": [
            _layer("bar", {"color": colour}, height=9),
            _layer("text", {"text": _nominal("note")}, align="left", dx=5),
        ],
    }
    return Picture(_svg(chart, _row_height(rows, len(groups))), text)


def heat(rows: Sequence[str], columns: Sequence[str], cells: Sequence[Cell], text: str) -> Picture:
    """Draw a number by row and column, the darker the higher, with a note in each cell that is there."""
    values = [cell._asdict() for cell in cells]
    # Never so dark that its note could not be read.
    shade = {"domain": [0, max(1, *(cell.value for cell in cells))], "range": [0.05, 0.6]}
    axis: _Spec = {"labelAngle": 0, "orient": "top", "grid": False, "ticks": False}
    chart: _Spec = {
        "data": {"values": values},
        "encoding": {
            "x": _nominal("column", scale={"domain": list(columns)}, axis=axis),
            "y": _nominal("row", scale={"domain": list(rows)}, axis={"grid": False}),
        },
        "layer": [
            _layer("rect", {"fillOpacity": _quantitative("value", scale=shade, legend=None)}, fill=MAIN),
            _layer("text", {"text": _nominal("note")}),
        ],
    }
    return Picture(_svg(chart, _ROW * (len(rows) + 1)), text)


def _marks(points: Sequence[Point], first: date, x: _Spec, y: _Spec, kinds: Mapping[str, str]) -> _Spec:
    """Draw a mark for each post, and a ring around what is far from the others. first: day at 0."""
    noon = datetime.combine(first, time(12))
    rows = [
        {
            # From the noon of the first day, by the account's clocks.
            "at": round((point.at.replace(tzinfo=None) - noon) / timedelta(days=1), 3),
            "value": point.value,
            "kind": kinds[point.kind],
            "is_outlier": point.is_outlier,
        }
        for point in points
    ]
    shown = [kind for kind in _KINDS if any(point.kind == kind for point in points)]
    names = [kinds[kind] for kind in shown]
    look: _Spec = {
        "size": {"value": 20 if len(points) > _MANY else 60},
        "color": _nominal(
            "kind", scale=_scale(names, [_KINDS[kind][0] for kind in shown]), legend=_legend(names)
        ),
        "shape": _nominal("kind", scale=_scale(names, [_KINDS[kind][1] for kind in shown])),
    }
    marks = _layer("point", look, rows, filled=True, opacity=1)
    outliers = [row for row in rows if row["is_outlier"]]
    rings = _layer("point", {}, outliers, filled=False, size=200, stroke=INK, strokeWidth=1.5, opacity=1)
    return {"encoding": {"x": x, "y": y}, "layer": [marks, rings]}


def _layer(
    mark: str, encoding: _Spec, rows: Sequence[Mapping[str, object]] | None = None, **look: object
) -> _Spec:
    """Draw a mark for each row. rows: else those of the whole picture."""
    data = {} if rows is None else {"data": {"values": rows}}
    return {"mark": {"type": mark, **look}, "encoding": encoding, **data}


def _quantitative(field: str, **options: object) -> _Spec:
    return {"field": field, "type": "quantitative", **options}


def _nominal(field: str, **options: object) -> _Spec:
    return {"field": field, "type": "nominal", **options}


def _scale(names: Sequence[str], looks: Sequence[str | float]) -> _Spec:
    return {"domain": names, "range": looks[: len(names)]}


def _legend(names: Sequence[str], *, is_line: bool = False) -> _Spec | None:
    """Name several groups, in as many columns as fit."""
    if len(names) <= 1:
        return None
    widths = [text_width(name) + _SYMBOL for name in names]
    columns = len(names) if sum(widths) <= WIDTH else max(1, int(WIDTH // max(widths)))
    symbol = {"symbolType": "stroke"} if is_line else {}
    return {"title": None, "orient": "top", "columns": columns, "symbolSize": 80, **symbol}


def _dates(period: tuple[date, date], beside: Labels, spelling: Spelling) -> _Spec:
    """Place the days of a period at 0, 1 ... beside the labels of the other axis."""
    count = (period[1] - period[0]).days + 1
    labels = day_labels(
        period[0],
        count,
        WIDTH - max(map(text_width, beside.values())) - 30,
        spelling.short_day,
        spelling.month,
    )
    return _quantitative("at", scale={"domain": [-0.5, count - 0.5]}, axis=_axis(labels))


def _axis(labels: Labels) -> _Spec:
    return {
        "values": list(labels),
        # Looked up, so that Vega needs to know no language. JSON escapes what could end the text.
        "labelExpr": f"({json.dumps(labels)})[datum.value]",
        "labelOverlap": False,
        "labelFlush": False,
    }


def _rows(labels: Sequence[str]) -> _Spec:
    return _nominal("label", sort=list(dict.fromkeys(labels)), axis={"grid": False})


def _room(labels: Sequence[str]) -> float:
    """Return how many pixels row labels leave."""
    return WIDTH - min(_LABEL, max(map(text_width, labels))) - 2 * _APART


def _row_height(rows: Sequence[Interval | Span | Bar], groups: int) -> int:
    return len({row.label for row in rows}) * (12 + 15 * groups)


def _svg(chart: _Spec, height: int, caption: str = "") -> str:
    # Axes and legends lie within the width, whatever their texts.
    size: _Spec = {"width": WIDTH, "height": height, "autosize": {"type": "fit-x", "contains": "padding"}}
    svg = vl_convert.vegalite_to_svg(
        {**chart, **size, "title": caption}, config=_CONFIG, allowed_base_urls=[]
    )
    svg = _NO_STROKE.sub(r"\1", _EMPTY.sub("", _REPEATED.sub("", svg)))
    # Vega begins a legend where the plot begins. From the left edge on there is more room for it.
    left = int(svg.partition("translate(")[2].partition(",")[0]) - _PADDING
    svg = svg.replace(_LEGEND.format(0), _LEGEND.format(-left))
    return _DECIMALS.sub(r"\1", svg).replace("<svg ", _ROOT, 1)
