"""The pictures of a report as SVG, drawn by Vega without a browser.

Colours are names: `style.css` gives each its value, one for light, dark and print. A picture is drawn for a
column of 460 pixels, which a telephone shrinks by a fifth.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from html import escape
from typing import Any, Final, NamedTuple

import altair as alt
import vl_convert

from pressroom.core.readings import Number

INK, GRID, MAIN, OTHER, THIRD, FOURTH, BAND, FEW = (
    "#a10000", "#a10001", "#a10002", "#a10003", "#a10004", "#a10005", "#a10006", "#a10007"
)  # fmt: skip
"""Colours as the pictures have them. FEW hatches what fewer than 5 posts say."""
WIDTH, HEIGHT = 380, 200
_ROW: Final = 30
_FONT: Final = "Helvetica, Arial, sans-serif"
_KIND_COLOURS: Final = {"reel": MAIN, "carousel": OTHER, "photo": THIRD, "video": FOURTH, "story": MAIN}
_KIND_SHAPES: Final = {
    "reel": "circle",
    "carousel": "square",
    "photo": "triangle-up",
    "video": "diamond",
    "story": "circle",
}
# More marks than these are drawn smaller, so that 500 posts do not hide one another.
_MANY: Final = 120
_THOUSANDS: Final = (
    "abs(datum.value) >= 10000 ? format(datum.value / 1000, ',~f') + 'k' : format(datum.value, ',~f')"
)
# Only the picture as a whole is described: five hundred marks are no help to somebody who listens.
_ROLES: Final = re.compile(r' (?:role|aria-roledescription|aria-hidden)="[^"]*"')

_CONFIG: Final = {
    "background": "transparent",
    "font": _FONT,
    "aria": False,
    "axis": {
        "labelColor": INK,
        "labelFontSize": 12,
        "domainColor": GRID,
        "tickColor": GRID,
        "gridColor": GRID,
    },
    "legend": {"labelColor": INK, "labelFontSize": 12},
    "view": {"stroke": None},
}


class Point(NamedTuple):
    """A post. at: as the account's clocks show it."""

    at: datetime
    value: Number
    kind: str
    is_outlier: bool


class Day(NamedTuple):
    """A day. value: None where it is not known, which is a gap."""

    day: date
    value: Number | None


class Interval(NamedTuple):
    """A value with the interval about it. is_found: it leaves out 0, or stands out."""

    label: str
    value: float
    low: float
    high: float
    is_found: bool


class Span(NamedTuple):
    """A median between its quartiles, of n posts. group: whose it is."""

    label: str
    group: str
    n: int
    median: Number
    low: Number
    high: Number
    is_few: bool


class Bar(NamedTuple):
    """A part of a whole, in percent; one bar of each group."""

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
        plain = _ROLES.sub("", self.svg)
        return plain.replace("<svg ", f'<svg role="img" aria-label="{escape(self.text)}" ', 1)


def posts(
    points: Sequence[Point], usual: tuple[Number, Number] | None, text: str, *, is_linear: bool = False
) -> Picture:
    """Draw posts by their day. usual: quartiles of the 90 days before, a band. is_linear: no logarithm."""
    rows = [
        {
            # Drawn as it is read on the account's clocks, whatever the zone of the machine that draws.
            "at": f"{point.at.replace(tzinfo=None).isoformat(timespec='minutes')}Z",
            "value": point.value,
            "kind": point.kind,
            "far": point.is_outlier,
        }
        for point in points
    ]
    kinds = [kind for kind in _KIND_COLOURS if any(point.kind == kind for point in points)]
    values = [point.value for point in points]
    # Reach differs by factors, for which a logarithm is made; a logarithm has no place for 0.
    logarithm = "symlog" if min([*values, *(usual or ())]) <= 0 else "log"
    scale = alt.Scale(type="linear" if is_linear else logarithm, nice=is_linear, padding=8)
    shapes = alt.Scale(domain=kinds, range=[_KIND_SHAPES[kind] for kind in kinds])
    marks = (
        alt.Chart(_data(rows))
        .mark_point(filled=True, opacity=0.85, size=40 if len(points) > _MANY else 70)
        .encode(
            x=_dates(),
            y=alt.Y("value:Q", title=None, scale=scale, axis=_numbers([] if is_linear else _ticks(values))),
            color=_colours("kind", kinds, [_KIND_COLOURS[kind] for kind in kinds]),
            shape=alt.Shape("kind:N", scale=shapes),
        )
    )
    rings = (
        alt.Chart(_data([row for row in rows if row["far"]]))
        .mark_point(filled=False, size=220, stroke=INK, strokeWidth=1.5)
        .encode(x="at:T", y="value:Q")
    )
    if usual is None:
        return Picture(_svg(alt.layer(marks, rings)), text)
    band = alt.Chart(_data([{"low": usual[0], "high": usual[1]}]))
    band = band.mark_rect(color=BAND, opacity=0.25).encode(y="low:Q", y2="high:Q")
    return Picture(_svg(alt.layer(band, marks, rings)), text)


def _ticks(values: Sequence[Number]) -> list[float]:
    """Return the steps 1, 2, 5, 10 ... that lie among values."""
    low, high = min(values), max(values)
    steps = [step * 10.0**power for power in range(10) for step in (1, 2, 5)]
    return [step for step in steps if low <= step <= high]


def days(now: Sequence[Day], before: Sequence[Day], text: str) -> Picture:
    """Draw a number by day, over the period before, day by day. A day that is not known is a gap."""
    both = {"this period": now, "the period before": before}
    shown = {name: span for name, span in both.items() if any(day.value is not None for day in span)}
    first = now[0].day
    rows = [
        {"at": (first + (day.day - span[0].day)).isoformat(), "value": day.value, "span": name}
        for name, span in shown.items()
        for day in span
    ]
    dashes = alt.Scale(domain=list(shown), range=[[1, 0], [4, 3]][: len(shown)])
    chart = (
        alt.Chart(_data(rows))
        .mark_line(point=alt.OverlayMarkDef(size=18), strokeWidth=2)
        .encode(
            x=_dates(),
            y=alt.Y("value:Q", title=None, axis=_numbers()),
            color=_colours("span", list(shown), [MAIN, BAND][: len(shown)]),
            strokeDash=alt.StrokeDash("span:N", scale=dashes, legend=None),
        )
    )
    return Picture(_svg(chart), text)


def spans(rows: Sequence[Span], text: str) -> Picture:
    """Draw medians between their quartiles, a row each; hatched where there are fewer than 5 posts."""
    groups = list(dict.fromkeys(span.group for span in rows))
    colours = [MAIN, *[BAND] * len(groups)]
    values = [
        {
            **span._asdict(),
            "colour": FEW if span.is_few else colours[groups.index(span.group)],
            "count": f"n {span.n}",
        }
        for span in rows
    ]
    base = alt.Chart(_data(values)).encode(
        y=_rows([span.label for span in rows]),
        yOffset=alt.YOffset("group:N", sort=groups),
        color=alt.Color("colour:N", scale=None),
    )
    x = alt.X("low:Q", title=None, axis=_numbers(), scale=alt.Scale(zero=False))
    bars = base.mark_bar(opacity=0.55, height=10).encode(x=x, x2="high:Q")
    ticks = base.mark_tick(thickness=3, size=14).encode(x="median:Q", color=alt.value(INK))
    counts = base.mark_text(align="left", dx=6, fontSize=11).encode(
        x="high:Q", text="count:N", color=alt.value(INK)
    )
    return Picture(_svg(alt.layer(bars, ticks, counts), rows=len(rows)), text)


def intervals(rows: Sequence[Interval], text: str) -> Picture:
    """Draw changes in percent with their intervals, about 0."""
    values = [{**interval._asdict(), "colour": MAIN if interval.is_found else BAND} for interval in rows]
    base = alt.Chart(_data(values)).encode(
        y=_rows([interval.label for interval in rows]), color=alt.Color("colour:N", scale=None)
    )
    x = alt.X("low:Q", title=None, axis=alt.Axis(tickCount=5, labelExpr="format(datum.value, '+,d') + ' %'"))
    zero = alt.Chart(_data([{"at": 0}])).mark_rule(stroke=INK, strokeWidth=1).encode(x="at:Q")
    lines = base.mark_rule(strokeWidth=3).encode(x=x, x2="high:Q")
    dots = base.mark_point(filled=True, size=90, opacity=1).encode(x="value:Q")
    return Picture(_svg(alt.layer(zero, lines, dots), rows=len(rows)), text)


def bars(rows: Sequence[Bar], text: str) -> Picture:
    """Draw parts of a whole, a row each."""
    groups = list(dict.fromkeys(bar.group for bar in rows))
    chart = (
        alt.Chart(_data([bar._asdict() for bar in rows]))
        .mark_bar()
        .encode(
            x=alt.X("percent:Q", title=None, axis=alt.Axis(tickCount=5, labelExpr="datum.label + ' %'")),
            y=_rows([bar.label for bar in rows]),
            yOffset=alt.YOffset("group:N", sort=groups),
            color=_colours("group", groups, [MAIN, OTHER][: len(groups)]),
        )
    )
    return Picture(_svg(chart, rows=len(rows)), text)


def _data(rows: Sequence[object]) -> alt.Data:
    return alt.Data(values=list[Any](rows))


def _colours(field: str, domain: Sequence[str], colours: Sequence[str]) -> alt.Color:
    legend = alt.Legend(title=None, orient="top") if len(domain) > 1 else None
    return alt.Color(f"{field}:N", scale=alt.Scale(domain=list(domain), range=list(colours)), legend=legend)


def _dates() -> alt.X:
    axis = alt.Axis(format="%-d %b", tickCount=6, labelOverlap=True)
    return alt.X("at:T", title=None, scale=alt.Scale(type="utc"), axis=axis)


def _numbers(ticks: Sequence[float] = ()) -> alt.Axis:
    values = list(ticks) or alt.Undefined
    return alt.Axis(labelExpr=_THOUSANDS, tickCount=5, labelOverlap=True, values=values)


def _rows(labels: Sequence[str]) -> alt.Y:
    return alt.Y("label:N", title=None, sort=list(dict.fromkeys(labels)), axis=alt.Axis(labelLimit=170))


def _svg(chart: Any, *, rows: int | None = None) -> str:  # noqa: ANN401  # one of Altair's charts
    drawn = chart.properties(width=WIDTH, height=HEIGHT if rows is None else max(3, rows) * _ROW)
    return vl_convert.vegalite_to_svg(drawn.to_dict(), config=_CONFIG, allowed_base_urls=[])
