"""Pictures of numbers as coordinates, which a template draws as SVG, each beside a table of its numbers."""

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from pressroom.core.spelling import number
from pressroom.service.insights.kept import KeptPost, kind_of
from pressroom.service.insights.questions import InPeriod
from pressroom.web.insights.shown import RATE
from pressroom.web.reader import Reader

WIDTH: Final = 720
HEIGHT: Final = 230
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 14, 12, 26
_DAY: Final = timedelta(days=1)
_STEPS: Final = (1, 2, 5)
_MOST_TICKS: Final = 6
_TICKS_OF_TIME: Final = 5


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Dot:
    """A number in a picture. kind: of its post; empty for a day."""

    x: float
    y: float
    kind: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """A picture in a box of WIDTH by HEIGHT. lines: points that are joined, with gaps between the lines."""

    rows: Sequence[Tick]
    columns: Sequence[Tick]
    dots: Sequence[Dot]
    lines: Sequence[str] = ()
    kinds: Sequence[str] = ()


def plot_of_posts(
    posts: Sequence[KeptPost], metric: str, since: datetime, until: datetime, reader: Reader
) -> Plot | None:
    """Place each post by when it went out and what it has of a metric; None where none has it."""
    values = dict[str, float]()
    for post in posts:
        rate = post.aged.rate if post.aged else None
        whole = rate.percent if rate and rate.by == "reach" and not rate.without else None
        value = whole if metric == RATE else post.aged.numbers.get(metric) if post.aged else None
        if value is not None:
            values[str(post.media.id)] = value
    if not values:
        return None
    # Posts differ by factors, and not by so many people: the scale is logarithmic.
    rows, height_of = _scale(values.values(), is_log=metric != RATE)
    dots = list[Dot]()
    for post in posts:
        if (value := values.get(str(post.media.id))) is not None:
            at = post.media.published_at
            local = reader.local(at)
            spelled = number(value, decimals=1 if metric == RATE else 0)
            says = f"{kind_of(post.media).capitalize()}, {local.day} {local:%b %H:%M}: {spelled}"
            dots.append(
                Dot(_across((at - since) / (until - since)), height_of(value), kind_of(post.media), says)
            )
    first, last = reader.local(since).date(), reader.local(until).date()
    return Plot(
        rows=rows,
        columns=_days(first, last),
        dots=dots,
        kinds=tuple(dict.fromkeys(dot.kind for dot in dots)),
    )


def plot_of_days(metric: InPeriod) -> Plot | None:
    """Join the days of a metric, with a gap where a day is not known; None where none is."""
    numbers = [day.number for day in metric.days if day.number is not None]
    if not numbers:
        return None
    rows, height_of = _scale([0, *numbers], is_log=False)
    length, dots = max(1, len(metric.days) - 1), list[Dot]()
    lines: list[list[str]] = [[]]
    for place, day in enumerate(metric.days):
        if day.number is None:
            lines.append([])
            continue
        says = f"{day.day.day} {day.day:%b}: {number(day.number)}"
        dots.append(Dot(_across(place / length), height_of(day.number), "", says))
        lines[-1].append(f"{dots[-1].x},{dots[-1].y}")
    return Plot(
        rows=rows,
        columns=_days(metric.days[0].day, metric.days[-1].day),
        dots=dots,
        lines=[" ".join(points) for points in lines if points],
    )


def _across(share: float) -> float:
    return round(_LEFT + min(1.0, max(0.0, share)) * (WIDTH - _LEFT - _RIGHT), 1)


def _scale(values: Collection[float], *, is_log: bool) -> tuple[list[Tick], Callable[[float], float]]:
    """Return the marks of a scale that holds some values, and what tells the height of one."""

    def place(value: float) -> float:
        return math.log1p(value) if is_log else value

    low, high = min(values), max(values)
    # A little room, so that no dot lies on the edge; a lone value stands in the middle.
    room = (place(high) - place(low)) * 0.08 or abs(place(high)) * 0.1 or 1.0
    bottom, top = place(low) - (room if low else 0), place(high) + room

    def height_of(value: float) -> float:
        share = (place(value) - bottom) / (top - bottom)
        return round(HEIGHT - _BOTTOM - share * (HEIGHT - _BOTTOM - _TOP), 1)

    steps = [step * 10.0**power for power in range(-2, 10) for step in _STEPS]
    if is_log:
        marks = [mark for mark in steps if bottom <= place(mark) <= top]
        # Of many decades their beginnings.
        marks = marks[:: math.ceil(len(marks) / _MOST_TICKS)] if marks else [low]
    else:
        step = next(step for step in steps if (top - bottom) / step < _MOST_TICKS)
        marks = [count * step for count in range(math.ceil(bottom / step), math.floor(top / step) + 1)]
    return [Tick(height_of(mark), _short(mark)) for mark in marks], height_of


def _short(mark: float) -> str:
    """Write a mark so that it has room beside its line on a phone: 1.5k."""
    thousands, letter = next(
        ((mark / unit, letter) for unit, letter in ((1e6, "M"), (1e3, "k")) if mark >= unit), (mark, "")
    )
    return f"{thousands:g}{letter}"


def _days(first: date, last: date) -> list[Tick]:
    length = max(1, (last - first).days)
    places = sorted({round(part * length / (_TICKS_OF_TIME - 1)) for part in range(_TICKS_OF_TIME)})
    days = [(place / length, first + place * _DAY) for place in places]
    return [Tick(_across(share), f"{day.day} {day:%b}") for share, day in days]
